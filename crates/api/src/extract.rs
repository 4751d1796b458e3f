//! What a handler takes from a request. Each type checks its part against the published schema, says with a
//! [`crate::problem::Problem`] what is wrong, and describes itself to the contract
//! ([`crate::openapi::Describe`]), so that what is read and what is published are one thing.

mod as_of;
mod body;
mod both;
mod headers;
mod holidays;
mod json;
mod json_text;
mod patch;
mod path;
mod query;
mod rate_card;

pub use as_of::{NoQuery, Then};
pub(crate) use as_of::{one_of, past_problem};
pub use body::{BODY_TIMEOUT, read_body};
pub(crate) use both::Both;
pub use headers::{Accepts, IdempotencyKey, IfMatch, IfNoneMatch, OptionalIdempotencyKey, etag};
pub use holidays::HolidayBody;
pub use json::{Fingerprint, JSON_BYTES_MAX, Json, MESSAGE_BYTES_MAX, MaybeJson, MessageJson};
pub use json_text::parse_strict;
pub use patch::Patch;
pub use path::Path;
pub use query::{PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, Query};
pub use rate_card::RateCardBody;

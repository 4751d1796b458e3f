//! Frames of the live stream, as they stand on the wire: what clients say ([`asked`]) and what they are told ([`told`]).
//! The same types give `api-spec/asyncapi.yaml`, so that what is sent and what is promised cannot differ.

pub mod asked;
pub mod told;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// A string that is always this one. By hand, because the derive does not read a `rename` that a macro filled in.
fn word(word: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word])).build().into()
}

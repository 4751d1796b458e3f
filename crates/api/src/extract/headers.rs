//! Request headers with a meaning of ours: `Idempotency-Key`, `If-Match`, `If-None-Match`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::{FromRequest, HttpRequest};
use serde_json::json;

use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest Idempotency-Key.
const KEY_LENGTH_MAX: usize = 255;

/// A key that must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

/// A key that may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalIdempotencyKey(pub Option<String>);

/// The version the client has read, if it says so: the number in `If-Match: "v17-…"`; the bare `"v17"` is taken too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<u64>);

/// The entity tags the client already holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IfNoneMatch(Option<String>);

/// What the client would rather have: the first media type of `Accept`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepts(String);

impl Accepts {
    /// Whether that is this one.
    pub fn first(&self, media_type: &str) -> bool {
        self.0.eq_ignore_ascii_case(media_type)
    }
}

impl FromRequest for Accepts {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let first = accept.split(',').next().unwrap_or_default().split(';').next().unwrap_or_default();
        ready(Ok(Self(first.trim().to_owned())))
    }
}
impl Describe for Accepts {
    fn describe(_: &mut Operation) {}
}

impl IfMatch {
    /// The version, or `precondition-required` where a change without one is refused.
    pub fn required(self) -> Result<u64, Problem> {
        self.0.ok_or_else(|| Problem::new(Kind::PreconditionRequired))
    }
}

impl IfNoneMatch {
    /// What the request says.
    pub fn of(request: &HttpRequest) -> Self {
        let text = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        Self(text.map(str::to_owned))
    }
    /// Whether the client holds this entity tag already (weak comparison, as RFC 9110 wants here).
    pub fn holds(&self, etag: &str) -> bool {
        let Some(list) = &self.0 else { return false };
        list.split(',').map(str::trim).any(|each| each == "*" || each.strip_prefix("W/").unwrap_or(each) == etag)
    }
}

/// The entity tag of a version shown in these bytes: `"v17-9f86d081884c7d65"`.
pub fn etag(version: u64, body: &[u8]) -> String {
    let hash = blake3::hash(body).to_hex();
    format!("\"v{version}-{}\"", &hash[..16])
}

fn read_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut all = request.headers().get_all(IDEMPOTENCY_KEY);
    let (first, second) = (all.next(), all.next());
    let fault = |code: &str, detail: &str| Problem::parameter("Idempotency-Key", code, detail);
    let Some(first) = first else { return Ok(None) };
    if second.is_some() {
        return Err(fault("repeated", "must not be given twice"));
    }
    let bytes = first.as_bytes();
    if bytes.is_empty() || bytes.len() > KEY_LENGTH_MAX || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(fault("wrong-form", "must be 1 to 255 visible ASCII characters"));
    }
    Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
}

fn read_if_match(request: &HttpRequest) -> Result<Option<u64>, Problem> {
    let Some(value) = request.headers().get(header::IF_MATCH) else { return Ok(None) };
    let tag = value.to_str().unwrap_or_default().trim();
    if tag == "*" {
        return Ok(None);
    }
    let version = tag.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"'));
    let version = version.and_then(|rest| rest.split('-').next()?.parse().ok());
    // Any other well-formed tag is one we never gave out, so it cannot match.
    version.map(Some).ok_or_else(|| Problem::new(Kind::PreconditionFailed))
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_key(request).and_then(|key| key.map(Self).ok_or_else(|| Kind::IdempotencyKeyRequired.into())))
    }
}

impl FromRequest for OptionalIdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_key(request).map(Self))
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_if_match(request).map(Self))
    }
}

impl FromRequest for IfNoneMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

fn describe_key(operation: &mut Operation, required: bool) {
    operation.parameters.push(json!({
        "name": "Idempotency-Key", "in": "header", "required": required,
        "description": "Names this request, so that sending it again gives the first answer instead of a second effect. Kept for 48 hours.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "minLength": 1, "maxLength": KEY_LENGTH_MAX},
    }));
    operation.problems.extend([Kind::InvalidParameter, Kind::IdempotencyInProgress, Kind::IdempotencyKeyReused]);
}

impl Describe for IdempotencyKey {
    fn describe(operation: &mut Operation) {
        describe_key(operation, true);
        operation.problems.insert(Kind::IdempotencyKeyRequired);
    }
}

impl Describe for OptionalIdempotencyKey {
    fn describe(operation: &mut Operation) {
        describe_key(operation, false);
    }
}

impl Describe for IfMatch {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "The ETag of the version that was read; the change is refused when it is no longer the current one.",
            "schema": {"type": "string", "pattern": "^(\\*|\"v[0-9]{1,19}(-[0-9a-f]{16})?\")$", "maxLength": 48},
        }));
        operation.problems.insert(Kind::PreconditionFailed);
    }
}

impl Describe for IfNoneMatch {
    fn describe(operation: &mut Operation) {
        operation.parameters.push(json!({
            "name": "If-None-Match", "in": "header", "required": false,
            "description": "ETags already held; 304 when one is current.",
            "schema": {"type": "string"},
        }));
        operation.not_modified = true;
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_key_is_visible_ascii_and_given_once() {
        let with =
            |value: &str| read_key(&TestRequest::default().insert_header((IDEMPOTENCY_KEY, value)).to_http_request());
        assert_eq!(with("a-1").unwrap().as_deref(), Some("a-1"));
        assert!(with("a b").is_err());
        assert!(with(&"x".repeat(256)).is_err());
        let twice = TestRequest::default().append_header((IDEMPOTENCY_KEY, "a")).append_header((IDEMPOTENCY_KEY, "b"));
        assert!(read_key(&twice.to_http_request()).is_err());
    }

    #[test]
    fn if_match_reads_our_versions_and_matches_no_other() {
        let with = |value: &str| {
            read_if_match(&TestRequest::default().insert_header((header::IF_MATCH, value)).to_http_request())
        };
        assert_eq!(with("\"v17\"").unwrap(), Some(17));
        assert_eq!(with(&etag(17, b"{}")).unwrap(), Some(17));
        assert_eq!(with("*").unwrap(), None);
        assert_eq!(with("\"abc\"").unwrap_err().kind(), Kind::PreconditionFailed);
    }

    #[test]
    fn if_none_match_takes_lists_and_weak_tags() {
        let holds = |list: &str| IfNoneMatch(Some(list.to_owned())).holds("\"v3\"");
        assert!(holds("\"v1\", W/\"v3\"") && holds("*") && !holds("\"v1\""));
    }
}

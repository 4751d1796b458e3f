//! A JSON body that fits its published schema.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{parse_strict, read_body};
use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};
use crate::schema::Checker;

/// The largest JSON body of most operations.
pub const JSON_BYTES_MAX: usize = 64 * 1024;
/// The largest body of a message: a text of 4,096 characters or a template with all its components.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;

/// A JSON body of at most [`JSON_BYTES_MAX`], and its fingerprint. Also taken as `application/merge-patch+json`.
#[derive(Debug)]
pub struct Json<T>(pub T, pub Fingerprint);

/// A JSON body of at most [`MESSAGE_BYTES_MAX`], checked, and once more as the JSON it is.
#[derive(Debug)]
pub struct MessageJson<T>(pub T, pub Value);

/// Tells one body from another, whatever the order of its keys and the space between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of a parsed body. Maps are sorted, so equal bodies are equal texts.
    pub fn of(value: &Value) -> Self {
        Self(*blake3::hash(value.to_string().as_bytes()).as_bytes())
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let value = read::<T>(&request, &mut payload, JSON_BYTES_MAX).await?;
            let print = Fingerprint::of(&value);
            typed(value).map(|value| Self(value, print))
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for MessageJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let value = read::<T>(&request, &mut payload, MESSAGE_BYTES_MAX).await?;
            typed(value.clone()).map(|typed| Self(typed, value))
        })
    }
}

/// A JSON body of at most this size, checked: for extractors that also take another form.
pub(super) async fn read_json<T: DeserializeOwned + ToSchema + 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    bytes_max: usize,
) -> Result<T, Problem> {
    read::<T>(request, payload, bytes_max).await.and_then(typed)
}

async fn read<T: ToSchema + 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    bytes_max: usize,
) -> Result<Value, Problem> {
    if !is_json(request) {
        return Err(Problem::new(Kind::UnsupportedMediaType).detail("send application/json"));
    }
    let body = read_body(request, payload, bytes_max).await?;
    checked::<T>(&body)
}

/// The body as JSON that fits the type's schema.
fn checked<T: ToSchema + 'static>(body: &[u8]) -> Result<Value, Problem> {
    let mut value = parse_strict(body).map_err(|fault| Problem::new(Kind::Malformed).detail(fault))?;
    whole_numbers(&mut value);
    let errors = Checker::of::<T>().check(&value);
    if !errors.is_empty() {
        return Err(Problem::new(Kind::InvalidBody).errors(errors));
    }
    Ok(value)
}

/// Writes `7.0` as the integer that JSON Schema says it is; serde would not read it as one.
fn whole_numbers(value: &mut Value) {
    const EXACT_MAX: f64 = 9_007_199_254_740_991.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|each| each.fract() == 0.0 && each.abs() <= EXACT_MAX);
            if let Some(whole) = whole {
                *value = Value::from(whole as i64);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(members) => members.values_mut().for_each(whole_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    // What passed the schema and still is not the type (a number of another size, say) is our schema's gap,
    // but the client's request: refuse it, without repeating serde's text, which quotes values.
    serde_json::from_value(value).map_err(|_| Problem::new(Kind::InvalidBody).detail("a value has the wrong form"))
}

fn is_json(request: &HttpRequest) -> bool {
    let Some(Ok(value)) = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let named =
        ["application/json", "application/merge-patch+json"].iter().any(|each| essence.eq_ignore_ascii_case(each));
    let charset =
        |part: &str| part.to_ascii_lowercase().strip_prefix("charset=").map(|name| name.trim_matches('"') == "utf-8");
    named && parts.filter_map(charset).all(|utf8| utf8)
}

fn describe<T: ToSchema>(operation: &mut Operation, media_types: &[&str]) {
    let schema = operation.schema::<T>();
    let content: serde_json::Map<_, _> =
        media_types.iter().map(|media| ((*media).to_owned(), json!({"schema": schema}))).collect();
    operation.request_body = Some(json!({"required": true, "content": content}));
    operation.problems.extend(BODY_PROBLEMS);
}

/// What reading any body can end in.
const BODY_PROBLEMS: [Kind; 6] = [
    Kind::Malformed,
    Kind::InvalidBody,
    Kind::RequestTimeout,
    Kind::PayloadTooLarge,
    Kind::UnsupportedMediaType,
    Kind::ContentEncoding,
];

/// A body that is JSON of this type, or a file of another kind that says the same.
pub(super) fn describe_or_file<T: ToSchema>(operation: &mut Operation, media_type: &str, bytes_max: usize) {
    let schema = operation.schema::<T>();
    operation.request_body = Some(json!({"required": true, "content": {
        "application/json": {"schema": schema},
        media_type: {"schema": {"type": "string", "maxLength": bytes_max}},
    }}));
    operation.problems.extend(BODY_PROBLEMS);
    operation.problems.insert(Kind::Unprocessable);
}

impl<T: ToSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation) {
        let merge_patch = operation.method == "patch";
        let media: &[&str] =
            if merge_patch { &["application/json", "application/merge-patch+json"] } else { &["application/json"] };
        describe::<T>(operation, media);
    }
}

impl<T: ToSchema> Describe for MessageJson<T> {
    fn describe(operation: &mut Operation) {
        describe::<T>(operation, &["application/json"]);
    }
}

/// A JSON body that may be left out; then everything in it is absent.
#[derive(Debug)]
pub struct MaybeJson<T>(pub T, pub Fingerprint);

impl<T: DeserializeOwned + ToSchema + Default + 'static> FromRequest for MaybeJson<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read_body(&request, &mut payload, JSON_BYTES_MAX).await?;
            if body.is_empty() {
                return Ok(Self(T::default(), Fingerprint::of(&json!({}))));
            }
            if !is_json(&request) {
                return Err(Problem::new(Kind::UnsupportedMediaType).detail("send application/json"));
            }
            let value = checked::<T>(&body)?;
            let print = Fingerprint::of(&value);
            typed(value).map(|value| Self(value, print))
        })
    }
}

impl<T: ToSchema> Describe for MaybeJson<T> {
    fn describe(operation: &mut Operation) {
        describe::<T>(operation, &["application/json"]);
        if let Some(body) = &mut operation.request_body {
            body["required"] = json!(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_an_integer_however_it_is_written() {
        let mut value = json!({"a": [7.0, 7.5, -1.0, 1e300], "b": 3});
        whole_numbers(&mut value);
        assert_eq!(value, json!({"a": [7, 7.5, -1, 1e300], "b": 3}));
    }
}

//! Frames from the client, from text to type. A frame that is refused says where it is wrong, with the same codes as a
//! request's body.

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::dto::live::asked::{Auth, Hello, Ping, Signal, Subscribe};
use crate::dto::live::told::{Reply, ReplyError, ReplyType};
use crate::extract::parse_strict;
use crate::problem::{Kind, Problem};
use crate::schema::Checker;

/// What a client said.
pub(crate) enum Asked {
    Hello(Box<Hello>),
    Subscribe(Subscribe),
    Signal(Signal),
    Auth(Auth),
    Ping(Ping),
}

/// What was wrong with a frame, and its `id` where it could be read.
pub(crate) struct Refused {
    pub(crate) id: Option<String>,
    pub(crate) problem: Problem,
}

/// Reads one frame.
pub(crate) fn read(text: &str) -> Result<Asked, Box<Refused>> {
    let value = parse_strict(text.as_bytes())
        .map_err(|detail| Box::new(Refused { id: None, problem: Problem::new(Kind::Malformed).detail(detail) }))?;
    let id = value.get("id").and_then(Value::as_str).filter(|id| id.len() <= 64).map(str::to_owned);
    let refused = |problem| Box::new(Refused { id: id.clone(), problem });
    let asked = match value.get("type").and_then(Value::as_str) {
        Some("hello") => typed(value).map(|hello| Asked::Hello(Box::new(hello))),
        Some("subscribe") => typed(value).map(Asked::Subscribe),
        Some("signal") => typed(value).map(Asked::Signal),
        Some("auth") => typed(value).map(Asked::Auth),
        Some("ping") => typed(value).map(Asked::Ping),
        _ => Err(Problem::new(Kind::InvalidBody).detail("type is one of hello, subscribe, signal, auth, ping")),
    };
    asked.map_err(refused)
}

fn typed<T: DeserializeOwned + ToSchema + 'static>(value: Value) -> Result<T, Problem> {
    let errors = Checker::of::<T>().check(&value);
    if let Some(first) = errors.first() {
        let place = first.pointer.clone().unwrap_or_default();
        return Err(Problem::new(Kind::InvalidBody).detail(format!("{place}: {}", first.detail)));
    }
    serde_json::from_value(value).map_err(|error| Problem::new(Kind::InvalidBody).detail(error.to_string()))
}

/// The frame was taken.
pub(crate) fn taken(id: Option<String>) -> Reply {
    Reply { r#type: ReplyType::It, id, ok: true, effective_pos: None, error: None }
}

/// It was not.
pub(crate) fn refused(id: Option<String>, problem: &Problem) -> Reply {
    let body = problem.body(String::new());
    let error = ReplyError {
        type_uri: body.type_uri,
        title: body.title,
        status: body.status,
        code: body.code,
        detail: body.detail,
    };
    Reply { r#type: ReplyType::It, id, ok: false, effective_pos: None, error: Some(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_what_its_type_says_or_refused_with_its_id() {
        let hello = read(r#"{"type":"hello","v":1}"#);
        assert!(matches!(hello, Ok(Asked::Hello(_))), "{:?}", hello.err().map(|refused| refused.problem));
        assert!(matches!(read(r#"{"type":"ping","id":"p"}"#), Ok(Asked::Ping(_))));
        for (text, id) in [
            ("", None),
            ("[]", None),
            (r#"{"type":"dance","id":"d"}"#, Some("d")),
            (r#"{"type":"ping","id":"p","id":"q"}"#, None),
            (r#"{"type":"ping","id":"p","more":1}"#, Some("p")),
            (r#"{"type":"hello","id":"h","v":1,"filter":{"types":["a.*.b"]}}"#, Some("h")),
            (r#"{"type":"subscribe","id":"s","open":["usr_01jd8w3q5tex9bqm1d0vhkk6ws"]}"#, Some("s")),
        ] {
            let refused = read(text).err().expect(text);
            assert_eq!(refused.id.as_deref(), id, "{text}");
            assert_eq!(refused.problem.kind().status(), 400, "{text}");
        }
    }
}

//! Query parameters that fit their published schema. Lists are comma lists (`status=open,pending`); a
//! parameter that is unknown or repeated is refused, because ignoring it would answer another question than
//! the one asked.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::sync::{Arc, LazyLock};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use parking_lot::RwLock;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use crate::openapi::{Describe, Operation};
use crate::problem::{ERRORS_MAX, FieldError, Kind, Problem};
use crate::schema::Checker;

/// Rows of a page when the request does not say.
pub const PAGE_LIMIT_DEFAULT: u16 = 50;
/// The most rows of a page; more is refused, so that the published maximum is true.
pub const PAGE_LIMIT_MAX: u16 = 200;

/// Parsed and checked query parameters. `T`'s fields name and bound them (`#[derive(IntoParams)]`).
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + IntoParams + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse::<T>(request.query_string()).map(Self))
    }
}

/// One parameter: its schema, ready to check with.
struct Parameter {
    schema: Value,
    required: bool,
    checker: Checker,
}

/// The parameters of a type, compiled once.
fn compiled<T: IntoParams + 'static>() -> Arc<BTreeMap<String, Parameter>> {
    type Cache = RwLock<BTreeMap<TypeId, Arc<BTreeMap<String, Parameter>>>>;
    static CACHE: LazyLock<Cache> = LazyLock::new(RwLock::default);
    let id = TypeId::of::<T>();
    if let Some(known) = CACHE.read().get(&id) {
        return known.clone();
    }
    let compile = |(name, mut parameter): (String, Value)| {
        let schema = parameter["schema"].take();
        let checker = Checker::new(&schema, &BTreeMap::new());
        (name, Parameter { required: parameter["required"] == Value::Bool(true), schema, checker })
    };
    let compiled: BTreeMap<_, _> = parameters::<T>().into_iter().map(compile).collect();
    CACHE.write().entry(id).or_insert_with(|| Arc::new(compiled)).clone()
}

fn parse<T: DeserializeOwned + IntoParams + 'static>(text: &str) -> Result<T, Problem> {
    read(given::<T>(text)?)
}

/// Parameters that fit their schemas as a value of their type.
pub(super) fn read<T: DeserializeOwned>(given: Map<String, Value>) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(given))
        .map_err(|_| Problem::new(Kind::InvalidParameter).detail("a parameter has the wrong form"))
}

/// The parameters of a query string, each fitting its schema.
pub(super) fn given<T: IntoParams + 'static>(text: &str) -> Result<Map<String, Value>, Problem> {
    let schemas = compiled::<T>();
    let mut given = Map::new();
    let mut errors = Vec::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let Some(schema) = schemas.get(name.as_ref()) else {
            errors.push(wrong("query", "unknown-parameter", "there is a parameter this operation does not know"));
            continue;
        };
        let value = read_as(&schema.schema, &value);
        let found = schema.checker.check(&value);
        errors.extend(found.into_iter().map(|each| wrong(&name, &each.code, &each.detail)));
        if given.insert(name.clone().into_owned(), value).is_some() {
            errors.push(wrong(&name, "repeated", "must not be given twice"));
        }
        if errors.len() > ERRORS_MAX {
            break;
        }
    }
    for (name, schema) in schemas.iter() {
        if schema.required && !given.contains_key(name) {
            errors.push(wrong(name, "required", "must be present"));
        }
    }
    if !errors.is_empty() {
        return Err(Problem::new(Kind::InvalidParameter).errors(errors));
    }
    Ok(given)
}

/// The parameters of a type as the contract writes them, by name.
pub(super) fn parameters<T: IntoParams>() -> Map<String, Value> {
    let list = T::into_params(|| Some(ParameterIn::Query));
    list.into_iter().map(|each| (each.name.clone(), serde_json::to_value(each).expect("a parameter is JSON"))).collect()
}

/// A parameter's text as the JSON its schema speaks of; a text that is no number stays text and fails there.
fn read_as(schema: &Value, text: &str) -> Value {
    let is = |name: &str| match &schema["type"] {
        Value::String(only) => only == name,
        Value::Array(several) => several.iter().any(|each| each == name),
        _ => false,
    };
    if is("array") {
        let items = text.split(',').filter(|item| !item.is_empty());
        return Value::Array(items.map(|item| read_as(&schema["items"], item)).collect());
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    match text {
        "true" | "false" if is("boolean") => Value::Bool(text == "true"),
        _ if is("integer") && plain => text.parse::<u64>().map_or(Value::String(text.to_owned()), Value::from),
        _ => Value::String(text.to_owned()),
    }
}

fn wrong(name: &str, code: &str, detail: &str) -> FieldError {
    FieldError { pointer: None, parameter: Some(name.to_owned()), code: code.to_owned(), detail: detail.to_owned() }
}

impl<T: IntoParams> Describe for Query<T> {
    fn describe(operation: &mut Operation) {
        operation.parameters.extend(parameters::<T>().into_iter().map(|(_, each)| each));
        operation.problems.insert(Kind::InvalidParameter);
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, IntoParams)]
    #[allow(dead_code)]
    struct Filter {
        /// Rows.
        #[param(minimum = 1, maximum = 200)]
        limit: Option<u16>,
        #[param(inline, style = Form, explode = false)]
        status: Option<Vec<Status>>,
        follow: Option<bool>,
        #[param(max_length = 3)]
        q: Option<String>,
    }
    #[derive(Debug, PartialEq, Deserialize, utoipa::ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Status {
        Open,
        Pending,
    }

    #[test]
    fn values_take_the_types_of_their_schema() {
        let filter: Filter = parse("limit=20&status=open,pending&follow=true&q=%C3%A9").unwrap();
        assert_eq!(filter.limit, Some(20));
        assert_eq!(filter.status, Some(vec![Status::Open, Status::Pending]));
        assert_eq!(filter.follow, Some(true));
        assert_eq!(filter.q.as_deref(), Some("é"));
        assert_eq!(parse::<Filter>("status=").unwrap().status, Some(vec![]));
    }

    #[test]
    fn out_of_bounds_unknown_and_repeated_are_refused() {
        for text in [
            "limit=0",
            "limit=201",
            "limit=abc",
            "limit=",
            "limit=-1",
            "limit=1.5",
            "limit=01",
            "limit=99999999999999999999",
            "status=closed",
            "follow=yes",
            "q=abcd",
            "unknown=1",
            "limit=1&limit=2",
        ] {
            assert_eq!(parse::<Filter>(text).unwrap_err().kind(), Kind::InvalidParameter, "{text}");
        }
    }
}

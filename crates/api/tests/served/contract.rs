//! The contract and the routes are one thing.

use std::collections::BTreeSet;

use api::openapi::document;
use api::routes::endpoints;
use domain::access::Action;
use reqwest::Method;
use serde_json::Value;

use crate::desk::Served;

fn contract() -> Value {
    serde_json::from_str(&document(&endpoints())).expect("the document is JSON")
}

/// `api-spec/openapi.json` is what the server serves.
#[test]
fn the_published_contract_is_the_one_we_serve() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../api-spec/openapi.json");
    // What is published is the contract of a build without optional features.
    let standard: Vec<_> =
        endpoints().into_iter().filter(|endpoint| !endpoint.path().starts_with("/v1/auth/sso/")).collect();
    let published = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        published == document(&standard),
        "api-spec/openapi.json is not current: cargo run -p frontdesk -- openapi > api-spec/openapi.json"
    );
}

/// `api-spec/asyncapi.yaml` is what the server serves.
#[tokio::test]
async fn the_published_contract_of_the_live_stream_is_the_one_we_serve() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../api-spec/asyncapi.yaml");
    let published = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        published == api::asyncapi::yaml(),
        "api-spec/asyncapi.yaml is not current: cargo run -p frontdesk -- asyncapi > api-spec/asyncapi.yaml"
    );
    let served = Served::start().await.anonymous(Method::GET, "/asyncapi.json", None).await.expect(200);
    assert!(served == api::asyncapi::document());
}

/// A type is described once: what both contracts name is the same in both.
#[test]
fn both_contracts_mean_the_same_by_a_name() {
    let (rest, live) = (contract(), api::asyncapi::document());
    let rest = rest["components"]["schemas"].as_object().unwrap();
    let live = live["components"]["schemas"].as_object().unwrap();
    let shared: Vec<_> = live.iter().filter(|(name, _)| rest.contains_key(*name)).collect();
    assert!(shared.len() > 20, "{}", shared.len());
    for (name, schema) in shared {
        assert_eq!(schema, &rest[name], "{name}");
    }
}

#[test]
fn operation_ids_and_places_are_unique() {
    let endpoints = endpoints();
    let ids: BTreeSet<_> = endpoints.iter().map(|endpoint| endpoint.operation_id()).collect();
    let places: BTreeSet<_> = endpoints.iter().map(|endpoint| (endpoint.path(), endpoint.method().as_str())).collect();
    assert_eq!((ids.len(), places.len()), (endpoints.len(), endpoints.len()));
}

#[tokio::test]
async fn every_operation_that_needs_an_account_says_401_without_one() {
    let served = Served::start().await;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.action() != Action::Public) {
        let path = example(endpoint.path());
        let method = Method::from_bytes(endpoint.method().as_str().as_bytes()).unwrap();
        served.anonymous(method, &path, None).await.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn the_weakest_role_is_refused_what_the_table_refuses_and_never_breaks_the_server() {
    use domain::access::{Decision, Principal, Role, Standing, authorize};
    let served = Served::start().await;
    let admin = served.admin().await;
    let operator = served.member(&admin, "olga", "operator").await;
    let principal = Principal::plain(operator.user_id.parse().unwrap(), Role::Operator);
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.action() != Action::Public) {
        // Signing out would end the walk.
        if matches!(endpoint.operation_id(), "log_out" | "log_out_everywhere") {
            continue;
        }
        let path = example(endpoint.path());
        let method = Method::from_bytes(endpoint.method().as_str().as_bytes()).unwrap();
        let answer = Served::send(operator.request(method, &path)).await;
        match authorize(&principal, endpoint.action(), Standing::Workspace) {
            Decision::Forbid => assert_eq!(answer.status, 403, "{endpoint:?}"),
            Decision::Hide => assert_eq!(answer.status, 404, "{endpoint:?}"),
            Decision::Allow => assert!(answer.status < 500 && answer.status != 401, "{endpoint:?}: {}", answer.body),
        }
    }
}

fn example(path: &str) -> String {
    let mut out = String::new();
    for part in path.split('/').skip(1) {
        out.push('/');
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => out.push_str(&example_of(name)),
            None => out.push_str(part),
        }
    }
    out
}

/// Something of the right shape for a path's parameter.
pub(crate) fn example_of(name: &str) -> String {
    match name {
        "pos" => "1".to_owned(),
        "currency" => "EUR".to_owned(),
        "preset" => "triage".to_owned(),
        "purpose" => "marketing".to_owned(),
        "key" => "plan".to_owned(),
        "tag" | "emoji" | "code" | "token" => "vip".to_owned(),
        name => example_id(name),
    }
}

fn example_id(name: &str) -> String {
    let prefix = match name {
        "user_id" => "usr",
        "invite_id" => "inv",
        "key_id" => "key",
        "team_id" => "team",
        "role_id" => "role",
        "session_id" => "ses",
        "brand_id" => "brand",
        "channel_id" => "chan",
        "contact_id" => "con",
        "conversation_id" => "conv",
        "message_id" => "msg",
        "media_id" => "media",
        "note_id" => "note",
        "notification_id" => "notif",
        "template_id" => "tmpl",
        "quarantine_id" => "quar",
        "merge_id" => "merge",
        "hours_id" => "hours",
        "sla_id" => "sla",
        "queue_id" => "team",
        "rule_id" => "rrule",
        "job_id" => "job",
        "export_id" => "rexp",
        "report_id" => "srep",
        "coaching_note_id" => "coach",
        "automation_rule_id" => "arule",
        "article_id" => "kba",
        "canned_reply_id" => "canned",
        "macro_id" => "macro",
        "segment_id" => "seg",
        "campaign_id" => "camp",
        "import_id" => "cimp",
        other => panic!("no example for {other}"),
    };
    format!("{prefix}_00000000000000000000000001")
}

#[test]
fn every_property_of_an_answer_is_always_there() {
    let contract = contract();
    let schemas = contract["components"]["schemas"].as_object().unwrap();
    let mut answered = BTreeSet::new();
    for (_, operation) in operations(&contract) {
        for response in operation["responses"].as_object().unwrap().values() {
            collect(response, schemas, &mut answered);
        }
    }
    assert!(answered.contains("Conversation") && answered.contains("Message"));
    // Parts of a frame, of which a thousand are sent for one answer: what does not apply is left out.
    let framed = ["EventData", "LiveEvent"];
    for name in answered.into_iter().filter(|name| !framed.contains(&name.as_str())) {
        let schema = &schemas[&name];
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for property in schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
            assert!(required.contains(property.as_str()), "{name}.{property} may be absent");
        }
    }
}

#[test]
fn every_integer_is_bounded_and_every_operation_is_explained() {
    let contract = contract();
    unbounded(&contract, "");
    for (place, operation) in operations(&contract) {
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{place} has no summary");
        assert!(operation["operationId"].is_string() && operation["tags"][0].is_string(), "{place}");
    }
}

fn unbounded(value: &Value, place: &str) {
    if let Value::Object(map) = value {
        let is_integer = match &map.get("type") {
            Some(Value::String(kind)) => kind == "integer",
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "integer"),
            _ => false,
        };
        assert!(!is_integer || (map.contains_key("minimum") && map.contains_key("maximum")), "{place} is unbounded");
        map.iter().for_each(|(key, value)| unbounded(value, &format!("{place}/{key}")));
    } else if let Value::Array(items) = value {
        items.iter().enumerate().for_each(|(index, value)| unbounded(value, &format!("{place}/{index}")));
    }
}

fn operations(contract: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (path, methods) in contract["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            all.push((format!("{method} {path}"), operation));
        }
    }
    assert!(!all.is_empty());
    all
}

fn collect(value: &Value, schemas: &serde_json::Map<String, Value>, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref")
                && let Some(name) = reference.strip_prefix("#/components/schemas/")
                && found.insert(name.to_owned())
            {
                collect(&schemas[name], schemas, found);
            }
            map.values().for_each(|value| collect(value, schemas, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, schemas, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_pages_for_people_and_probes_answer_without_an_account() {
    let served = Served::start().await;
    for path in [
        "/",
        "/v1/meta",
        "/openapi.json",
        "/asyncapi.json",
        "/docs/",
        "/problems/stale-reply",
        "/healthz",
        "/readyz",
        "/metrics",
    ] {
        assert_eq!(served.anonymous(Method::GET, path, None).await.status, 200, "{path}");
    }
    let asset = served.anonymous(Method::GET, "/docs/swagger-ui-bundle.js", None).await;
    assert_eq!((asset.status, asset.header("content-security-policy").contains("script-src 'self'")), (200, true));
    served.anonymous(Method::GET, "/nowhere", None).await.refused(404, "not-found");
    let wrong = served.anonymous(Method::DELETE, "/v1/conversations", None).await;
    assert_eq!(wrong.header("allow"), "GET, HEAD");
    wrong.refused(405, "method-not-allowed");
}

//! The checker against the schemas we publish.

use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Checker;

#[derive(ToSchema)]
#[schema(as = Sample)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Sample {
    #[schema(min_length = 1, max_length = 5)]
    name: String,
    #[schema(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    color: Option<Color>,
    #[schema(max_items = 2)]
    tags: Option<Vec<String>>,
    #[schema(format = DateTime)]
    until: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)]
enum Color {
    Red,
    DarkBlue,
}

fn faults(value: Value) -> Vec<(String, String)> {
    let errors = Checker::of::<Sample>().check(&value);
    errors.into_iter().map(|each| (each.pointer.unwrap_or_default(), each.code)).collect()
}

fn fault(pointer: &str, code: &str) -> Vec<(String, String)> {
    vec![(pointer.to_owned(), code.to_owned())]
}

#[test]
fn what_fits_has_no_faults() {
    assert_eq!(faults(json!({"name": "Ana"})), []);
    assert_eq!(
        faults(
            json!({"name": "Ana", "limit": 200, "color": "dark_blue", "tags": ["a"], "until": "2026-11-21T09:00:00Z"})
        ),
        []
    );
    assert_eq!(faults(json!({"name": "Ana", "limit": null, "color": null, "tags": null})), []);
}

#[test]
fn each_bound_is_enforced_where_it_is_broken() {
    assert_eq!(faults(json!({})), fault("/name", "required"));
    assert_eq!(faults(json!([])), fault("", "wrong-type"));
    assert_eq!(faults(json!({"name": ""})), fault("/name", "too-short"));
    assert_eq!(faults(json!({"name": "abcdef"})), fault("/name", "too-long"));
    assert_eq!(faults(json!({"name": null})), fault("/name", "wrong-type"));
    assert_eq!(faults(json!({"name": "a", "limit": 201})), fault("/limit", "too-large"));
    assert_eq!(faults(json!({"name": "a", "limit": 0})), fault("/limit", "too-small"));
    assert_eq!(faults(json!({"name": "a", "limit": 1.5})), fault("/limit", "wrong-type"));
    assert_eq!(faults(json!({"name": "a", "limit": 18446744073709551615u64})), fault("/limit", "too-large"));
    assert_eq!(faults(json!({"name": "a", "color": "green"})).len(), 1);
    assert_eq!(faults(json!({"name": "a", "tags": ["a", "b", "c"]})), fault("/tags", "too-many"));
    assert_eq!(faults(json!({"name": "a", "tags": ["a", 2]})), fault("/tags/1", "wrong-type"));
    assert_eq!(faults(json!({"name": "a", "until": "tomorrow"})), fault("/until", "wrong-form"));
}

#[test]
fn an_unknown_field_is_refused_without_repeating_its_name() {
    let errors = Checker::of::<Sample>().check(&json!({"name": "a", "is_admin": true}));
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code, "unknown-field");
    assert!(!format!("{errors:?}").contains("is_admin"));
}

#[test]
fn an_object_two_levels_below_an_optional_one_is_checked_by_its_own_schema_alone() {
    use crate::dto::message_content::SendMessage;
    let fits = |value: Value| super::Checker::of::<SendMessage>().check(&value).is_empty();
    let template = |language: Value| json!({"type": "template", "template": {"name": "hello", "language": language}});
    assert!(fits(template(json!({"code": "en_US"}))));
    assert!(fits(template(json!({"code": "en_US", "policy": "deterministic"}))));
    assert!(!fits(template(json!({"code": "en_US", "policy": "fallback"}))));
    assert!(!fits(template(json!({"code": "en_US", "other": 1}))));
    assert!(!fits(template(json!("en_US"))));
}

/// What an event type says it looks like is what is written: every example in the fixtures fits its schema, which leaves no
/// field of it out.
#[test]
fn every_example_of_an_event_fits_the_schema_of_its_type() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/events");
    for schema in domain::event::Event::schemas() {
        let mut document = schema.document();
        let keywords = document.as_object_mut().expect("an object");
        keywords.remove("$schema");
        keywords.remove("$id");
        let Some(Value::Object(named)) = keywords.remove("$defs") else { panic!("no definitions") };
        let mut named: std::collections::BTreeMap<_, _> = named.into_iter().collect();
        named.insert("Data".to_owned(), document.clone());
        let checker = Checker::new(&document, &named);
        let name = format!("{}.v{}", schema.kind, schema.schema);
        let example = std::fs::read(folder.join(format!("{name}.json"))).expect("an example");
        let example: Value = serde_json::from_slice(&example).expect("JSON");
        let open = json!({"facts": example["facts"], "private": example["private"], "sealed": false});
        let sealed = json!({"facts": example["facts"], "private": null, "sealed": true});
        for data in [open, sealed] {
            assert_eq!(checker.check(&data), [], "{name}: {document:#}");
            assert_eq!(checker.undocumented_as("Data", &data, &|_, _, _| false), [""; 0], "{name}");
        }
        assert_ne!(
            checker.check(&json!({"facts": [], "private": null, "sealed": false})),
            [],
            "{name} refuses nothing"
        );
    }
}

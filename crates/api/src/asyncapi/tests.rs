//! The document holds together, and its examples are what it describes.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::frames::Side;
use super::{document, examples, frame_errors, frames, schemas};
use crate::dto::live::{asked, told};
use crate::schema::{Checker, schema_of};

fn examples_of(side: Side) -> Vec<(&'static str, Value)> {
    let of_side = frames().into_iter().filter(|frame| frame.side == side);
    of_side
        .flat_map(|frame| examples::of(frame.name).into_iter().map(move |(_, frame_)| (frame.name, frame_)))
        .collect()
}

#[test]
fn every_frame_has_examples_and_they_fit_its_schema() {
    let frames = frames();
    let checker = Checker::new(&json!({}), &schemas::schemas(&frames));
    for frame in &frames {
        let examples = examples::of(frame.name);
        assert!(!examples.is_empty(), "{}", frame.name);
        for (summary, example) in examples {
            assert_eq!(example["type"], frame.name, "{summary}");
            assert_eq!(checker.check_as(&frame.schema, &example), [], "{}: {summary}", frame.name);
        }
    }
    for (name, example) in examples_of(Side::Server) {
        assert_eq!(frame_errors(&example), [""; 0], "{name}");
    }
    let items = examples::of("batch").into_iter().flat_map(|(_, batch)| batch["items"].as_array().unwrap().clone());
    let kinds: BTreeSet<_> = items.map(|item| item["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["enter", "event", "leave"]);
}

#[test]
fn every_frame_the_server_can_send_is_in_the_document() {
    let (any, _) = schema_of::<told::Frame>();
    let sendable: BTreeSet<_> = any["oneOf"].as_array().unwrap().iter().map(|each| each["$ref"].to_string()).collect();
    let described = frames().into_iter().filter(|frame| frame.side == Side::Server);
    let described: BTreeSet<_> =
        described.map(|frame| json!(format!("#/components/schemas/{}", frame.schema)).to_string()).collect();
    assert_eq!(described, sendable);
}

fn decodes<T: DeserializeOwned>(frame: &Value) -> bool {
    serde_json::from_value::<T>(frame.clone()).is_ok()
}

#[test]
fn the_server_reads_the_examples_of_the_client_and_nothing_else_for_them() {
    type Reader = fn(&Value) -> bool;
    let readers: [(&str, Reader); 5] = [
        ("hello", decodes::<asked::Hello>),
        ("subscribe", decodes::<asked::Subscribe>),
        ("signal", decodes::<asked::Signal>),
        ("auth", decodes::<asked::Auth>),
        ("ping", decodes::<asked::Ping>),
    ];
    for (name, example) in examples_of(Side::Client) {
        for (word, reads) in readers {
            assert_eq!(reads(&example), word == name, "{word} reads {example}");
        }
        let reads = readers.iter().find(|(word, _)| *word == name).expect("a type").1;
        let mut unknown = example.clone();
        unknown["colour"] = json!("red");
        assert!(!reads(&unknown), "{unknown}");
    }
    let resume = json!({"type": "hello", "v": 1, "resume": {"log_id": "x", "pos": "8809"}});
    assert!(!decodes::<asked::Hello>(&resume) && !Checker::of::<asked::Hello>().check(&resume).is_empty());
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let batch = || examples::of("batch")[0].1.clone();
    let errors = |change: &dyn Fn(&mut Value), mut frame: Value| {
        change(&mut frame);
        frame_errors(&frame)
    };
    assert_eq!(frame_errors(&json!({"type": "hello"})), ["/type: the server has no frame of the type \"hello\""]);
    assert_eq!(frame_errors(&json!([])), ["/type: the server has no frame of the type null"]);
    // In a union told apart by its kind, below a reference, in a nullable one.
    assert_eq!(
        errors(&|frame| frame["items"][0]["event"]["time"] = json!("now"), batch()),
        ["/items/0/event/time: must be an RFC 3339 date and time"]
    );
    assert_eq!(
        errors(&|frame| frame["items"][2]["snapshot"]["assignee"]["name"] = json!(7), batch()),
        ["/items/2/snapshot/assignee/name: must be of type string"]
    );
    assert_eq!(
        errors(&|frame| drop(frame["items"][1].as_object_mut().unwrap().remove("reason")), batch()),
        ["/items/1/reason: must be present"]
    );
    let unknown = errors(&|frame| frame["items"][1]["kind"] = json!("gone"), batch());
    assert!(!unknown.is_empty() && unknown.iter().all(|error| error.starts_with("/items/1/")), "{unknown:?}");
    // The section says what its data is.
    let snapshot =
        json!({"type": "snapshot", "section": "agents", "pos": 1, "data": [], "next_cursor": null, "last": true});
    assert_eq!(frame_errors(&snapshot), [""; 0]);
    assert!(!errors(&|frame| frame["section"] = json!("me"), snapshot).is_empty());
    let mine = examples::of("snapshot")[0].1.clone();
    assert!(!errors(&|frame| frame["section"] = json!("agents"), mine).is_empty());
}

#[test]
fn a_member_that_is_not_published_is_named() {
    let surplus = |mut frame: Value, place: &str| {
        let (object, name) = place.rsplit_once('/').unwrap();
        frame.pointer_mut(object).unwrap()[name] = json!({"inside": 1});
        frame_errors(&frame)
    };
    let batch = || examples::of("batch")[0].1.clone();
    for place in [
        "/extra",
        "/items/0/extra",
        "/items/0/event/extra",
        "/items/0/event/data/extra",
        "/items/0/event/data/message/extra",
        "/items/0/event/data/message/author/extra",
        "/items/0/event/conversation/assignee/extra",
        "/items/1/snapshot",
        "/items/2/snapshot/contact/extra",
    ] {
        assert_eq!(surplus(batch(), place), [format!("{place}: is not in the schema")]);
    }
    for (_, snapshot) in examples::of("snapshot") {
        assert_eq!(surplus(snapshot, "/data/0/extra"), ["/data/0/extra: is not in the schema"]);
    }
    for (_, signals) in examples::of("signals") {
        assert_eq!(surplus(signals, "/extra"), ["/extra: is not in the schema"]);
    }
    // Content stands under its type, an activity's detail is its own; both hold what they like.
    let mut frame = batch();
    let data = &mut frame["items"][0]["event"]["data"];
    data["message"]["type"] = json!("contacts");
    data["message"]["contacts"] = json!([{"anything": {"at": "all"}}]);
    data["message"].as_object_mut().unwrap().remove("text");
    data["activity"] = json!({
        "type": "conversation.assigned", "actor": {"type": "system", "id": null, "name": null},
        "detail": {"anything": {"at": "all"}}, "occurred_at": "2026-11-22T10:30:40.001Z",
    });
    assert_eq!(frame_errors(&frame), [""; 0]);
    frame["items"][0]["event"]["data"]["message"]["text"] = json!({"body": "of another type"});
    assert_eq!(frame_errors(&frame), ["/items/0/event/data/message/text: is not in the schema"]);
}

#[test]
fn every_reference_leads_somewhere_and_every_component_is_reached() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    for reference in &references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    for (kind, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            assert!(references.contains(&format!("#/components/{kind}/{name}")), "{kind} {name}");
        }
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            // Linters disagree about what it is, and constant members tell frames apart.
            assert!(!members.contains_key("discriminator"));
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_frame_that_names_itself_can_be_answered() {
    let document = document();
    for frame in frames() {
        let correlated = document["components"]["messages"][frame.name]["correlationId"].is_object();
        assert_eq!(correlated, frame.has_id, "{}", frame.name);
        let operation = &document["operations"][format!("receive_{}", frame.name)];
        assert_eq!(operation["reply"]["messages"].is_array(), frame.side == Side::Client, "{}", frame.name);
        assert!(!frame.summary.is_empty(), "{}", frame.name);
    }
}

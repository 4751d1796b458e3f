//! One file per event type and schema under `fixtures/events/`: what is in a log today must be readable for ever.
//!
//! The file is the promise, the sample in [`samples`] is what the code writes now. A type whose sample no longer gives
//! its file has changed its shape: raise its schema and teach `event-log` to read the old one, or, before a first
//! release, write the file again with `UPDATE_GOLDEN=1 cargo test -p domain --test golden` and read the diff.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use domain::event::Event;
use serde_json::{Value, json};

mod samples;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/events")
}

fn file_name(kind: &str, schema: u16) -> String {
    format!("{kind}.v{schema}.json")
}

/// An event as its file shows it.
fn golden(event: &Event) -> Value {
    let parse = |json: &[u8]| serde_json::from_slice::<Value>(json).expect("events are JSON");
    let mut file = json!({"type": event.kind(), "schema": event.schema(), "facts": parse(&event.facts_json())});
    if let Some(private) = event.private_json() {
        file["private"] = parse(&private);
    }
    file
}

/// Reads a file the way the log reads a record: facts first, then the opened personal part.
fn decode(file: &Value) -> Event {
    let kind = file["type"].as_str().expect("a type");
    let mut event = Event::from_facts(kind, file["facts"].to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{kind} can no longer be read: {error}"));
    if let Some(private) = file.get("private") {
        event.set_private(private.to_string().as_bytes()).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
    event
}

/// The files, by name. With `UPDATE_GOLDEN` set, written from the samples first, once for all tests.
fn files() -> &'static BTreeMap<String, Value> {
    static FILES: LazyLock<BTreeMap<String, Value>> = LazyLock::new(read_files);
    &FILES
}

fn read_files() -> BTreeMap<String, Value> {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(folder()).expect("the folder can be made");
        for event in samples::all() {
            let text = serde_json::to_string_pretty(&golden(&event)).expect("plain data") + "\n";
            let path = folder().join(file_name(event.kind(), event.schema()));
            std::fs::write(path, text).expect("the file can be written");
        }
    }
    let entries = std::fs::read_dir(folder()).expect("fixtures/events exists");
    let read = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a text file");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, value)
    });
    read.collect()
}

#[test]
fn every_event_type_has_a_golden_file() {
    let files = files();
    for (kind, schema) in Event::KINDS {
        let name = file_name(kind, *schema);
        let hint = "UPDATE_GOLDEN=1 cargo test -p domain --test golden";
        assert!(files.contains_key(&name), "fixtures/events/{name} is missing; add a sample, then: {hint}");
    }
}

#[test]
fn every_event_type_has_one_sample() {
    let mut sampled: Vec<_> = samples::all().iter().map(|event| (event.kind(), event.schema())).collect();
    let mut kinds = Event::KINDS.to_vec();
    sampled.sort_unstable();
    kinds.sort_unstable();
    assert_eq!(sampled, kinds);
}

#[test]
fn a_golden_file_is_named_by_what_is_in_it() {
    for (name, file) in files() {
        let schema = file["schema"].as_u64().and_then(|schema| u16::try_from(schema).ok()).expect("a schema");
        let kind = file["type"].as_str().expect("a type");
        assert_eq!(*name, file_name(kind, schema));
        let newest = Event::KINDS.iter().find(|(known, _)| *known == kind).map(|(_, newest)| *newest);
        assert!(newest.is_some_and(|newest| schema <= newest), "{name} is of no type or schema we know");
    }
}

#[test]
fn what_was_written_is_read_and_written_again_the_same() {
    let files = files();
    for (kind, schema) in Event::KINDS {
        if let Some(file) = files.get(&file_name(kind, *schema)) {
            assert_eq!(golden(&decode(file)), *file, "{kind}");
        }
    }
}

#[test]
fn what_is_written_today_is_what_the_files_say() {
    let files = files();
    for event in samples::all() {
        let name = file_name(event.kind(), event.schema());
        if let Some(file) = files.get(&name) {
            assert_eq!(golden(&event), *file, "{name}: its shape changed without a new schema");
        }
    }
}

#[test]
fn samples_leave_nothing_out() {
    fn no_null(kind: &str, path: &str, value: &Value) {
        match value {
            Value::Null => panic!("{kind}: {path} is empty; a golden file shows every field"),
            Value::Array(items) => {
                assert!(!items.is_empty(), "{kind}: {path} has no item");
                items.iter().for_each(|item| no_null(kind, path, item));
            }
            Value::Object(fields) => {
                fields.iter().for_each(|(name, field)| no_null(kind, &format!("{path}.{name}"), field));
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    for event in samples::all() {
        no_null(event.kind(), "", &golden(&event));
    }
}

#[test]
fn facts_hold_nothing_personal() {
    // Every personal value in the samples contains this word, and no other value does.
    const PERSONAL: &str = "personal";
    for event in samples::all() {
        let facts = String::from_utf8(event.facts_json()).expect("JSON is UTF-8");
        assert!(!facts.contains(PERSONAL), "{}: {facts}", event.kind());
        if let Some(private) = event.private_json() {
            let private = String::from_utf8(private).expect("JSON is UTF-8");
            assert!(private.contains(PERSONAL), "{}: mark the sample's personal values", event.kind());
        }
        // And without the private part the event still reads.
        let closed = Event::from_facts(event.kind(), event.facts_json().as_slice()).expect("facts read alone");
        assert_eq!(closed.private_json(), None);
    }
}

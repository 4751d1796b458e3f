//! Every body under `fixtures/whatsapp` against the table `expected.txt` beside them, and bodies that are cut, bent or
//! large.

mod print;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::inbound::InboundFact;
use expect_test::expect_file;
use serde_json::Value;

use super::super::signature::verify;
use super::parse;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/whatsapp")
}

fn index() -> Value {
    serde_json::from_slice(&std::fs::read(folder().join("index.json")).unwrap()).unwrap()
}

/// Name and bytes of every fixture, in the index's order.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let names = index()["files"].as_array().unwrap().clone();
    let name = |entry: &Value| entry["file"].as_str().unwrap().to_owned();
    names.iter().map(|entry| (name(entry), std::fs::read(folder().join(name(entry))).unwrap())).collect()
}

#[test]
fn every_fixture_is_read_as_the_table_says() {
    let mut table = String::new();
    for (name, raw) in fixtures() {
        let parsed = parse(&raw);
        table.push_str(&name);
        if parsed.wrong_object {
            table.push_str("  (another object)");
        }
        table.push('\n');
        for item in &parsed.items {
            table.push_str(&format!("    {}\n", print::item(item)));
        }
    }
    expect_file![folder().join("expected.txt")].assert_eq(&table);
}

#[test]
fn the_index_names_every_file_and_its_signature() {
    let index = index();
    let secret = index["app_secret"].as_str().unwrap().as_bytes();
    for (entry, (name, raw)) in index["files"].as_array().unwrap().iter().zip(fixtures()) {
        assert_eq!(verify(&raw, &[entry["signature"].as_str().unwrap()], &[secret]), Ok(0), "{name}");
        assert!(entry["must"].as_str().is_some_and(|must| !must.is_empty()), "{name}");
    }
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let bodies = files.filter(|name| name.ends_with(".json") && name != "index.json").count();
    assert_eq!(bodies, index["files"].as_array().unwrap().len());
}

#[test]
fn one_message_is_the_same_however_its_bytes_are_written() {
    let read = |name: &str| parse(&std::fs::read(folder().join(name)).unwrap()).items.remove(0).fact;
    assert_eq!(read("text_escaped.json"), read("text_raw_utf8.json"));
}

#[test]
fn what_is_kept_whole_is_the_item_as_it_came() {
    for name in ["type_of_tomorrow.json", "unsupported_poll.json", "media_too_large.json"] {
        let raw = std::fs::read(folder().join(name)).unwrap();
        let body: Value = serde_json::from_slice(&raw).unwrap();
        let InboundFact::Message(message) = parse(&raw).items.remove(0).fact else { panic!("{name}") };
        assert_eq!(message.raw.as_ref(), body.pointer("/entry/0/changes/0/value/messages/0"), "{name}");
    }
}

#[test]
fn both_ways_through_the_envelope_agree() {
    for (name, raw) in fixtures() {
        let Ok(mut body) = serde_json::from_slice::<Value>(&raw) else { continue };
        let Some(entries) = body.get_mut("entry").and_then(Value::as_array_mut) else { continue };
        let strict = parse(&raw);
        for entry in entries.iter_mut().filter_map(Value::as_object_mut) {
            // A time as text is legal and not what the fast path expects.
            let time = entry.get("time").map_or(Value::Null, |time| time.to_string().into());
            entry.insert("time".to_owned(), time);
            entry.insert("changes_of_tomorrow".to_owned(), Value::Null);
        }
        body["entry"].as_array_mut().unwrap().push(Value::Null);
        let tolerant = parse(body.to_string().as_bytes());
        let facts = |parsed: &super::Parsed| parsed.items.iter().map(print::item).collect::<Vec<_>>();
        assert_eq!(facts(&strict), facts(&tolerant), "{name}");
    }
}

/// Both ways through a body, word for word: what the straight way takes for plain, the patient way reads alike.
fn ways_agree(raw: &[u8]) {
    let Ok(text) = std::str::from_utf8(raw) else { return };
    let Some(body) = super::plain::read(text).filter(|body| body.object == super::OBJECT) else { return };
    let (straight, patient) = (super::read_plain(&body), super::parse_patiently(text).items);
    assert_eq!(format!("{straight:#?}"), format!("{patient:#?}"), "{text}");
}

#[test]
fn texts_and_cards_are_read_alike_by_both_ways() {
    let messages = [
        r#"{"from":"4915700","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":"Hallo"}}"#,
        r#"{"from":"4915700","from_user_id":"DE.1","from_parent_user_id":"DE.ENT.1","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":"a\n\ud83d\ude00"}}"#,
        r#"{"from":"DE.1","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":"by a user id"}}"#,
        r#"{"from":"","from_user_id":"DE.1","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":"no number"}}"#,
        r#"{"from":"4915700","from_user_id":"","id":"wamid.1","timestamp":"1796000000123","type":"text","text":{"body":""}}"#,
        r#"{"from":"4915700","id":"","timestamp":"1796000000","type":"text","text":{"body":"no id"}}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":"soon","type":"text","text":{"body":"no time"}}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":1796000000,"type":"text","text":{"body":"a number"}}"#,
        r#"{"from":4915700,"id":"wamid.1","timestamp":" -5 ","type":"text","text":{"body":"a number"}}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":7}}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":"twice"},"text":{"body":"2"}}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":"\ud800 alone"}}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":"more","url":1}}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":"1796000000","type":"text","text":{"body":"group"},"group_id":"g1"}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":"1796000000","type":"image","text":{"body":"odd"}}"#,
        r#"{"from":"4915700","id":"wamid.1","timestamp":"1796000000","type":"text"}"#,
        "7",
    ];
    let cards = [
        r#"{"profile":{"name":"Ana"},"wa_id":"4915700"}"#,
        r#"{"profile":{"name":"Ana","username":"ana"},"wa_id":"4915700","user_id":"DE.1","parent_user_id":"DE.ENT.1"}"#,
        r#"{"profile":{"name":""},"wa_id":"","user_id":"DE.1","username":"ana"}"#,
        r#"{"profile":null,"wa_id":4915700}"#,
        r#"{"wa_id":"4915700","identity_key_hash":"h"}"#,
        r#"{"wa_id":"33600000000"}"#,
        "[]",
    ];
    for message in messages {
        for card in cards {
            let value = format!(
                r#"{{"metadata":{{"display_phone_number":"1","phone_number_id":"2"}},"contacts":[{card}],"messages":[{message}]}}"#
            );
            let body = format!(
                r#"{{"object":"{}","entry":[{{"id":"2","changes":[{{"field":"messages","value":{value}}}]}}]}}"#,
                super::OBJECT
            );
            assert!(super::plain::read(&body).is_some(), "{body}");
            ways_agree(body.as_bytes());
        }
    }
}

#[test]
fn cut_and_bent_bodies_are_read_without_a_panic_and_alike_by_both_ways() {
    for (_, raw) in fixtures().iter().filter(|(_, raw)| raw.len() < 4_000) {
        for end in (0..raw.len()).step_by(13) {
            parse(&raw[..end]);
        }
        for place in (0..raw.len()).step_by(11) {
            for byte in [0, b'"', b'}', b'[', b'\\', 0xff] {
                let mut bent = raw.clone();
                bent[place] = byte;
                parse(&bent);
                ways_agree(&bent);
            }
        }
    }
}

/// A batch of the largest size that the provider sends.
fn batch(messages: usize, text: usize) -> Vec<u8> {
    let body = "x".repeat(text);
    let message = |n: usize| {
        serde_json::json!({"from": format!("49157{n:08}"), "from_user_id": format!("DE.{n}"), "id": format!("wamid.B{n}"),
            "timestamp": "1796000000", "type": "text", "text": {"body": body}})
    };
    let card = |n: usize| serde_json::json!({"profile": {"name": format!("N{n}")}, "wa_id": format!("49157{n:08}"), "user_id": format!("DE.{n}")});
    let value = serde_json::json!({"metadata": {"phone_number_id": "1"}, "contacts": (0..messages).rev().map(card).collect::<Vec<_>>(),
        "messages": (0..messages).map(message).collect::<Vec<_>>()});
    serde_json::json!({"object": super::OBJECT, "entry": [{"id": "2", "changes": [{"field": "messages", "value": value}]}]})
        .to_string()
        .into_bytes()
}

#[test]
fn a_full_batch_is_read_whole_and_every_sender_found() {
    let raw = batch(1_000, 2_800);
    assert!(raw.len() > 2_900_000, "{}", raw.len());
    let started = Instant::now();
    let parsed = parse(&raw);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(parsed.items.len(), 1_000);
    for (n, item) in parsed.items.iter().enumerate() {
        let InboundFact::Message(message) = &item.fact else { panic!("{:?}", item.fact) };
        assert_eq!(message.from.profile_name.as_deref(), Some(format!("N{n}").as_str()));
    }
}

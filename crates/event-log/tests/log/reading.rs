//! Pages, streams, replay, following.

use std::ops::ControlFlow;

use event_log::{Group, LogConfig, MasterKey, ReadError, Upcasts, open};
use serde_json::{Value, json};

use super::support::*;

#[test]
fn pages_streams_and_replay_tell_the_same_history() {
    let place = Place::new();
    let mut log = place.open();
    write_history(&mut log, 60);
    let all = log.all();
    assert_eq!(all.len() as u64, log.reader.head());
    assert!(all.iter().zip(1..).all(|(event, pos)| event.pos == pos));
    assert_eq!(log.replayed(), all);
    drop(log);
    // Not from memory this time.
    let log = place.open();
    assert_eq!(log.all(), all);
    let of_a: Vec<u64> = all.iter().filter(|event| &*event.stream == "a").map(|event| event.pos).collect();
    let positions =
        |events: Vec<std::sync::Arc<event_log::StoredEvent>>| events.iter().map(|e| e.pos).collect::<Vec<_>>();
    assert_eq!(positions(log.reader.stream("a", 1, 1000).unwrap()), of_a);
    assert_eq!(positions(log.reader.stream("a", 11, 5).unwrap()), of_a[10..15]);
    let mut back = of_a.clone();
    back.reverse();
    assert_eq!(positions(log.reader.stream_back("a", u64::MAX, 3).unwrap()), back[..3]);
    assert_eq!(positions(log.reader.stream_back("a", 2, 3).unwrap()), back[58..]);
    assert_eq!(log.reader.stream_version("a").unwrap(), 60);
    assert_eq!(log.reader.stream_version("nobody").unwrap(), 0);
    assert_eq!(log.reader.stream("nobody", 1, 5).unwrap().len(), 0);
    assert_eq!(log.reader.get(0).unwrap(), None);
    assert_eq!(log.reader.get(all.len() as u64 + 1).unwrap(), None);
    assert_eq!(log.reader.get(17).unwrap().as_deref(), Some(&all[16]));
}

#[test]
fn a_stream_whose_name_begins_like_another_is_its_own() {
    let place = Place::new();
    let mut log = place.open();
    log.append(vec![event("a", "1"), event("ab", "1"), event("a", "2")]);
    assert_eq!(log.reader.stream("a", 1, 10).unwrap().len(), 2);
    assert_eq!(log.reader.stream_version("ab").unwrap(), 1);
}

#[test]
fn replay_starts_anywhere_and_stops_when_told() {
    let place = Place::new();
    let mut log = place.open();
    write_history(&mut log, 40);
    let head = log.reader.head();
    for after in 0..=head {
        let mut seen = Vec::new();
        let last = log
            .reader
            .replay(after, &mut |event| {
                seen.push(event.pos);
                if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        let expected: Vec<u64> = (after + 1..=head).take(3).collect();
        assert_eq!(last, expected.last().copied().unwrap_or(after));
        assert_eq!(seen, expected);
    }
}

#[test]
fn followers_on_other_threads_see_every_event_once_and_in_order() {
    let place = Place::new();
    let mut log = place.open();
    let followers: Vec<_> = (0..3)
        .map(|_| {
            let reader = log.reader.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    let mut head = reader.watch();
                    let mut seen = 0;
                    while seen < 200 {
                        for event in reader.read(seen, 7).unwrap() {
                            assert_eq!(event.pos, seen + 1);
                            seen = event.pos;
                        }
                        if seen < 200 && seen == reader.head() {
                            head.changed().await.unwrap();
                        }
                    }
                });
            })
        })
        .collect();
    for n in 0..100 {
        log.append(vec![event("a", &n.to_string()), event("b", "x")]);
    }
    for follower in followers {
        follower.join().unwrap();
    }
}

#[test]
fn old_schemas_are_lifted_on_every_way_of_reading() {
    let dir = tempfile::tempdir().unwrap();
    let config = || LogConfig::small(dir.path().join("d"), dir.path().join("c"), MasterKey::from_bytes([7; 32]));
    let upcasts = || {
        Upcasts::none()
            .current("test.happened", 3)
            .facts("test.happened", 1, |facts| json!({ "words": facts["text"] }))
            .facts("test.happened", 2, |facts| json!({ "words": [facts["words"]] }))
            .private("test.happened", 2, |text| json!({ "was": text }))
    };
    let lifted = |facts: &[u8]| serde_json::from_slice::<Value>(facts).unwrap();
    let (mut writer, reader, _) = open(config(), upcasts(), 0).unwrap();
    let mut two = sealed("a", event_log::KeyId::WORKSPACE, "\"secret\"");
    two.schema = 2;
    two.facts = b"{\"words\":\"two\"}".to_vec();
    let mut three = event("a", "x");
    three.schema = 3;
    three.facts = b"{\"words\":[\"three\"]}".to_vec();
    writer.append(vec![Group { events: vec![event("a", "one"), two, three], ..Group::default() }]).unwrap();
    let check = |reader: &event_log::Reader| {
        let expected = [json!({"words":["one"]}), json!({"words":["two"]}), json!({"words":["three"]})];
        let read: Vec<Value> = reader.read(0, 9).unwrap().iter().map(|event| lifted(&event.facts)).collect();
        let stream: Vec<Value> = reader.stream("a", 1, 9).unwrap().iter().map(|event| lifted(&event.facts)).collect();
        let mut replayed = Vec::new();
        reader
            .replay(0, &mut |event| {
                replayed.push(lifted(&event.facts));
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!((&read[..], &stream[..], &replayed[..]), (&expected[..], &expected[..], &expected[..]));
        let private = reader.open_private(&reader.get(2).unwrap().unwrap()).unwrap().unwrap();
        assert_eq!(lifted(&private), json!({ "was": "secret" }));
    };
    check(&reader);
    drop((writer, reader));
    let (writer, reader, _) = open(config(), upcasts(), 0).unwrap();
    check(&reader);
    drop((writer, reader));
    let (_writer, reader, _) = open(config(), Upcasts::none().current("test.happened", 2), 0).unwrap();
    assert!(matches!(reader.read(0, 9), Err(ReadError::TooNew { schema: 3, .. })));
    assert!(reader.replay(0, &mut |_| ControlFlow::Continue(())).is_err());
    drop((_writer, reader));
    let tolerant = Upcasts::none().current("test.happened", 2).ignorable("test.happened");
    let (_writer, reader, _) = open(config(), tolerant, 0).unwrap();
    assert_eq!(reader.read(0, 9).unwrap()[2].schema, 3);
}

#[test]
fn whatever_the_head_says_is_found_by_every_way_of_reading_while_the_store_lags() {
    let place = Place::new();
    let mut log = place.open();
    let checkers: Vec<_> = (0..3u64)
        .map(|offset| {
            let reader = log.reader.clone();
            std::thread::spawn(move || {
                let mut checked = 0u64;
                loop {
                    let head = reader.head();
                    if head > 0 {
                        // Somewhere near the head, where events move from memory to the store.
                        let pos = head - (checked * 37 + offset * 11) % head.min(700);
                        let event = reader.get(pos).unwrap().unwrap();
                        assert_eq!(event.pos, pos);
                        let same = reader.stream(&event.stream, event.version, 1).unwrap().remove(0);
                        assert_eq!(same.pos, pos);
                        let back = reader.stream_back(&event.stream, event.version, 2).unwrap();
                        assert_eq!(back[0].pos, pos);
                        assert_eq!(back.len() as u64, event.version.min(2));
                        assert!(reader.stream_version(&event.stream).unwrap() >= event.version);
                        let taken = reader.find(&key_of(pos)).unwrap().unwrap();
                        assert_eq!(taken.pos, pos);
                        let page = reader.read(pos - 1, 50).unwrap();
                        assert!(page.iter().zip(pos..).all(|(event, at)| event.pos == at));
                        assert!(!page.is_empty());
                        checked += 1;
                    }
                    if head >= 6000 {
                        return checked;
                    }
                    std::thread::yield_now();
                }
            })
        })
        .collect();
    while log.reader.head() < 6000 {
        let first = log.reader.head() + 1;
        let groups = (first..first + 20)
            .map(|pos| Group {
                events: vec![event(&format!("s{}", pos % 13), "x")],
                expected: vec![],
                keys: vec![event_log::NewKey { key: key_of(pos), event: 0, value: vec![] }],
            })
            .collect();
        log.writer.append(groups).unwrap();
    }
    for checker in checkers {
        assert!(checker.join().unwrap() > 0);
    }
}

fn key_of(pos: u64) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&pos.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    key
}

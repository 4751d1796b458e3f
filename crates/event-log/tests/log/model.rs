//! Random batches against the simplest thing that could be right, over clean closes and crashes.

use std::collections::BTreeMap;

use event_log::{Group, Refused};
use proptest::prelude::*;

use super::support::*;

/// What a test run does.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<Draft>),
    Close,
    Crash,
    LoseStore,
}

/// A group before it has a meaning: streams, expectation off by how much, keys.
#[derive(Clone, Debug)]
struct Draft {
    streams: Vec<u8>,
    size: usize,
    expect: Option<(u8, i64)>,
    keys: Vec<u8>,
}

#[derive(Default)]
struct Model {
    /// Stream and text of every event.
    events: Vec<(String, String)>,
    keys: BTreeMap<u8, u64>,
}

impl Model {
    fn version(&self, stream: &str) -> u64 {
        self.events.iter().filter(|(of, _)| of == stream).count() as u64
    }

    /// Would this group be taken?
    fn judge(&self, group: &Group, keys: &[u8]) -> Result<(), Refused> {
        for (stream, expected) in &group.expected {
            let actual = self.version(stream);
            if actual != *expected {
                return Err(Refused::VersionConflict { stream: stream.to_string(), expected: *expected, actual });
            }
        }
        for (index, key) in keys.iter().enumerate() {
            let taken = self.keys.get(key).copied();
            let earlier = keys[..index].contains(key).then(|| self.events.len() as u64 + 1);
            if let Some(pos) = taken.or(earlier) {
                return Err(Refused::DuplicateKey { index, pos, value: vec![*key] });
            }
        }
        Ok(())
    }
}

fn draft() -> impl Strategy<Value = Draft> {
    (
        prop::collection::vec(0u8..5, 1..6),
        prop_oneof![4 => 0usize..200, 1 => 5_000usize..40_000],
        prop::option::of((0u8..5, prop_oneof![3 => Just(0i64), 1 => -1i64..2])),
        prop::collection::vec(0u8..40, 0..3),
    )
        .prop_map(|(streams, size, expect, keys)| Draft { streams, size, expect, keys })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => prop::collection::vec(draft(), 1..5).prop_map(Step::Append),
        1 => Just(Step::Close),
        1 => Just(Step::Crash),
        1 => Just(Step::LoseStore),
    ]
}

fn group_of(draft: &Draft, model: &Model, serial: usize) -> Group {
    let text = noise(draft.size, serial as u64 + 1);
    Group {
        events: draft.streams.iter().map(|stream| event(&format!("s{stream}"), &text)).collect(),
        expected: draft
            .expect
            .iter()
            .map(|(stream, off)| {
                let stream = format!("s{stream}");
                let version = model.version(&stream).saturating_add_signed(*off);
                (stream.into(), version)
            })
            .collect(),
        keys: draft
            .keys
            .iter()
            .map(|byte| event_log::NewKey { key: [*byte; 16], event: 0, value: vec![*byte] })
            .collect(),
    }
}

fn check(log: &Log, model: &Model) {
    let all = log.all();
    assert_eq!(all, log.replayed());
    let seen: Vec<(String, String)> = all
        .iter()
        .map(|event| {
            let facts: serde_json::Value = serde_json::from_slice(&event.facts).unwrap();
            (event.stream.to_string(), facts["text"].as_str().unwrap().to_owned())
        })
        .collect();
    assert!(seen == model.events, "the events differ");
    for stream in 0..5 {
        let name = format!("s{stream}");
        let expected: Vec<u64> = all.iter().filter(|event| *event.stream == *name).map(|event| event.pos).collect();
        let found: Vec<u64> = log.reader.stream(&name, 1, 10_000).unwrap().iter().map(|event| event.pos).collect();
        assert_eq!(found, expected);
        assert_eq!(log.reader.stream_version(&name).unwrap(), expected.len() as u64);
    }
    for byte in 0..40 {
        let found = log.reader.find(&[byte; 16]).unwrap().map(|entry| entry.pos);
        assert_eq!(found, model.keys.get(&byte).copied());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_log_is_the_model(steps in prop::collection::vec(step(), 1..25)) {
        let place = Place::new();
        let mut log = place.open();
        let mut model = Model::default();
        let mut serial = 0;
        for step in steps {
            match step {
                Step::Append(drafts) => {
                    // Expectations are made against the log before the batch, so some fail inside it.
                    let groups: Vec<Group> = drafts.iter().map(|draft| {
                        serial += 1;
                        group_of(draft, &model, serial)
                    }).collect();
                    let answers = log.writer.append(groups.clone()).unwrap();
                    for ((group, draft), answer) in groups.iter().zip(&drafts).zip(answers) {
                        let judged = model.judge(group, &draft.keys);
                        prop_assert_eq!(answer.as_ref().map(|_| ()).map_err(Clone::clone), judged.clone());
                        if judged.is_ok() {
                            let first = model.events.len() as u64 + 1;
                            for key in &draft.keys {
                                model.keys.insert(*key, first);
                            }
                            for event in &group.events {
                                let facts: serde_json::Value = serde_json::from_slice(&event.facts).unwrap();
                                model.events.push((event.stream.to_string(), facts["text"].as_str().unwrap().to_owned()));
                            }
                        }
                    }
                    check(&log, &model);
                }
                Step::Close => {
                    log.writer.close(0).unwrap();
                    drop(log.reader);
                    log = place.open();
                    prop_assert!(log.report.clean && log.report.store_rebuilt.is_none());
                    check(&log, &model);
                }
                Step::Crash | Step::LoseStore => {
                    drop(log);
                    if matches!(step, Step::LoseStore) {
                        std::fs::remove_dir_all(place.dir().join("db")).unwrap();
                    }
                    log = place.open();
                    prop_assert!(log.report.healed.is_empty());
                    check(&log, &model);
                }
            }
        }
    }
}

//! What a batch may hold and what it answers.

use event_log::{AppendError, BATCH_BYTES_MAX, Group, Refused};

use super::support::*;

#[test]
fn events_of_a_batch_get_gapless_positions_and_versions_per_stream() {
    let place = Place::new();
    let mut log = place.open();
    let groups = vec![
        Group { events: vec![event("a", "1"), event("b", "1"), event("a", "2")], ..Group::default() },
        Group { events: vec![event("b", "2")], ..Group::default() },
    ];
    let answers = log.writer.append(groups).unwrap();
    let seen: Vec<_> = answers
        .iter()
        .flat_map(|answer| &answer.as_ref().unwrap().events)
        .map(|event| (event.pos, event.stream.to_string(), event.version))
        .collect();
    assert_eq!(seen, [(1, "a".into(), 1), (2, "b".into(), 1), (3, "a".into(), 2), (4, "b".into(), 2)]);
    assert_eq!(answers[0].as_ref().unwrap().head, 4);
    assert_eq!((log.writer.head(), log.reader.head(), *log.reader.watch().borrow()), (4, 4, 4));
    log.append(vec![event("a", "3")]);
    let ends = [0, 1, 3, 4, 5, 6].map(|pos| log.reader.record_end(pos).unwrap());
    assert_eq!(ends, [None, Some(4), Some(4), Some(4), Some(5), None]);
    let has_chain = [0, 1, 3, 4, 5, 6].map(|pos| log.reader.chain_hash_at(pos).unwrap().is_some());
    assert_eq!(has_chain, [false, false, false, true, true, false]);
}

#[test]
fn a_group_with_a_wrong_expectation_leaves_nothing_and_the_others_go() {
    let place = Place::new();
    let mut log = place.open();
    log.append(vec![event("a", "1")]);
    let answers = log
        .writer
        .append(vec![
            Group { events: vec![event("a", "2")], expected: vec![("a".into(), 1)], keys: vec![] },
            Group {
                events: vec![event("a", "x"), event("n", "x")],
                expected: vec![("a".into(), 1)],
                keys: vec![key(1, 0, "")],
            },
            Group {
                events: vec![event("n", "1")],
                expected: vec![("n".into(), 0), ("a".into(), 2)],
                keys: vec![key(1, 0, "")],
            },
        ])
        .unwrap();
    assert_eq!(answers[0].as_ref().unwrap().last_pos(), Some(2));
    let conflict = Refused::VersionConflict { stream: "a".into(), expected: 1, actual: 2 };
    assert_eq!(answers[1].as_ref().unwrap_err(), &conflict);
    assert_eq!(answers[2].as_ref().unwrap().last_pos(), Some(3));
    assert_eq!(log.reader.stream_version("n").unwrap(), 1);
}

#[test]
fn a_key_is_taken_once_within_a_group_a_batch_and_for_ever() {
    let place = Place::new();
    let mut log = place.open();
    let group = |keys| Group { events: vec![event("a", "x"), event("a", "y")], expected: vec![], keys };
    let answers = log
        .writer
        .append(vec![
            group(vec![key(1, 1, "first")]),
            group(vec![key(2, 0, ""), key(1, 0, "second")]),
            group(vec![key(3, 1, "three"), key(3, 0, "")]),
            group(vec![key(2, 0, "free again")]),
        ])
        .unwrap();
    let duplicate = |index, pos, value: &str| Refused::DuplicateKey { index, pos, value: value.into() };
    assert_eq!(answers[1].as_ref().unwrap_err(), &duplicate(1, 2, "first"));
    assert_eq!(answers[2].as_ref().unwrap_err(), &duplicate(1, 4, "three"));
    assert_eq!(answers[3].as_ref().unwrap().last_pos(), Some(4));
    drop(log);
    let mut log = place.open();
    let answers = log.writer.append(vec![group(vec![key(1, 0, "")])]).unwrap();
    assert_eq!(answers[0].as_ref().unwrap_err(), &duplicate(0, 2, "first"));
    let entry = log.reader.find(&[2; 16]).unwrap().unwrap();
    assert_eq!((entry.pos, &entry.value[..]), (3, &b"free again"[..]));
    assert_eq!(log.reader.find(&[9; 16]).unwrap(), None);
}

#[test]
fn groups_over_a_limit_are_refused_one_by_one() {
    let place = Place::new();
    let mut log = place.open();
    let of = |event| Group { events: vec![event], ..Group::default() };
    let mut nameless = event("a", "x");
    nameless.kind = "".into();
    let mut huge = event("a", "x");
    huge.facts = vec![b'1'; 9 << 20];
    let mut long = event("a", "x");
    long.actor = "x".repeat(600);
    let answers = log
        .writer
        .append(vec![
            of(event("", "x")),
            of(event("a\0b", "x")),
            of(nameless),
            of(huge),
            of(long),
            Group { keys: vec![key(1, 0, "")], ..Group::default() },
            Group { events: vec![event("a", "x")], expected: vec![], keys: vec![key(1, 0, &"v".repeat(257))] },
            of(event("a", "good")),
            Group::default(),
        ])
        .unwrap();
    for answer in &answers[..7] {
        assert!(matches!(answer, Err(Refused::Invalid(_))), "{answer:?}");
    }
    assert_eq!(answers[7].as_ref().unwrap().last_pos(), Some(1));
    assert_eq!(answers[8].as_ref().unwrap().last_pos(), None);
}

#[test]
fn a_batch_over_the_limit_writes_nothing() {
    let place = Place::new();
    let mut log = place.open();
    let events = || {
        (0..7).map(|_| {
            let mut big = event("a", "x");
            big.facts = vec![b'1'; 7_500_000];
            big
        })
    };
    let groups = events().map(|event| Group { events: vec![event], ..Group::default() }).collect();
    let Err(AppendError::TooLarge { limit, .. }) = log.writer.append(groups) else { panic!("too large") };
    assert_eq!((limit, log.writer.head()), (BATCH_BYTES_MAX, 0));
    // A batch that is larger than a segment gets one of its own size.
    log.append(events().take(3).collect());
    log.append(vec![event("a", "small")]);
    assert_eq!((log.reader.head(), log.replayed().len()), (4, 4));
    drop(log);
    assert_eq!(place.open().all().len(), 4);
}

#[test]
fn a_writer_moves_to_its_thread_and_a_reader_is_shared() {
    fn moves<T: Send + 'static>() {}
    fn is_shared<T: Send + Sync + Clone + 'static>() {}
    moves::<event_log::Writer>();
    is_shared::<event_log::Reader>();
}

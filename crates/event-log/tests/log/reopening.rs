//! Closing, crashing, opening again; who may open, and what an old copy looks like.

use event_log::{Group, MasterKey, OpenError, Upcasts, VerifyOnOpen, open};

use super::support::*;

#[test]
fn a_log_goes_on_after_a_clean_close_and_after_a_crash() {
    let place = Place::new();
    let mut log = place.open();
    assert!(log.report.created);
    write_history(&mut log, 30);
    let (all, hash, id) = (log.all(), log.reader.chain_hash(), log.reader.log_id().to_owned());
    log.writer.close(5).unwrap();
    drop(log.reader);
    let mut log = place.open();
    assert!(log.report.clean && !log.report.created);
    assert_eq!((log.report.store_caught_up, &log.report.store_rebuilt), (0, &None));
    assert_eq!((log.all(), log.reader.chain_hash(), log.reader.log_id()), (all, hash, &id[..]));
    write_history_again(&mut log);
    let all = log.all();
    drop(log);
    let log = place.open();
    assert!(!log.report.clean);
    assert_eq!(log.all(), all);
    assert_eq!(log.replayed(), all);
}

fn write_history_again(log: &mut Log) {
    for n in 0..40 {
        log.append(vec![event("later", &n.to_string())]);
    }
}

/// The store is not looked through again after a kill, and is after whatever the system may not have survived.
#[test]
fn every_row_is_checked_unless_only_the_process_ended() {
    let mut place = Place::new();
    place.verify = VerifyOnOpen::SinceCheckpoint;
    let mut log = place.open();
    write_history(&mut log, 30);
    let all = log.all();
    drop(log);
    let mark = place.dir().join("db-standing");
    if !mark.exists() {
        eprintln!("SKIPPED: this system does not tell one mount from the next (Linux 6.8 does)");
        return;
    }
    let crashed = |place: &Place, checks: bool| {
        let log = place.open();
        assert_eq!((log.report.clean, log.report.store_checked, &log.report.store_rebuilt), (false, checks, &None));
        assert_eq!(log.all(), all);
    };
    crashed(&place, false);
    // Whoever copies a file may have copied half of it.
    crashed(&place.copy(), true);
    let noted = std::fs::read_to_string(&mark).unwrap();
    let words: Vec<&str> = noted.split(' ').collect();
    for (at, other) in [(0, "ddc6bc6a-0000-0000-0000-000000000000"), (1, "7"), (2, "7:7"), (3, "7")] {
        let mut words = words.clone();
        words[at] = other;
        std::fs::write(&mark, words.join(" ")).unwrap();
        crashed(&place, true);
        crashed(&place, false);
    }
    std::fs::remove_file(&mark).unwrap();
    crashed(&place, true);
    place.verify = VerifyOnOpen::Everything;
    crashed(&place, true);
}

#[test]
fn a_second_open_is_refused_while_anybody_holds_the_log() {
    let place = Place::new();
    let log = place.open();
    assert!(matches!(place.try_open(), Err(OpenError::Locked(_))));
    let reader = log.reader.clone();
    drop(log);
    assert!(matches!(place.try_open(), Err(OpenError::Locked(_))));
    drop(reader);
    place.open();
}

#[test]
fn another_master_key_or_no_key_file_refuses() {
    let place = Place::new();
    drop(place.open());
    let mut config = place.config();
    config.master = MasterKey::from_bytes([8; 32]);
    assert!(matches!(open(config, Upcasts::none(), 0), Err(OpenError::WrongMasterKey)));
    let slots = place.dir().join("keys/slots");
    std::fs::rename(&slots, place.dir().join("hidden")).unwrap();
    assert!(matches!(place.try_open(), Err(OpenError::KeysMissing(_))));
    std::fs::rename(place.dir().join("hidden"), &slots).unwrap();
    place.open();
}

#[test]
fn an_older_copy_of_the_data_is_refused_until_somebody_accepts_it() {
    for verify in [VerifyOnOpen::Everything, VerifyOnOpen::SinceCheckpoint] {
        let mut place = Place::new();
        place.verify = verify;
        let mut log = place.open();
        log.append(vec![event("a", "1")]);
        log.writer.close(1).unwrap();
        drop(log.reader);
        let old = place.copy();
        let mut log = place.open();
        log.append(vec![event("a", "2")]);
        log.writer.close(2).unwrap();
        drop(log.reader);
        let mut config = old.config();
        config.checkpoint_dir = place.checkpoint_dir();
        let Err(OpenError::RolledBack { head: 1, checkpoint: 2, .. }) = open(config, Upcasts::none(), 0) else {
            panic!("an old copy was accepted")
        };
        // Another history of the same length is no better.
        let mut log = old.open();
        log.append(vec![event("a", "another second")]);
        log.writer.close(2).unwrap();
        drop(log.reader);
        let mut config = old.config();
        config.checkpoint_dir = place.checkpoint_dir();
        assert!(matches!(open(config, Upcasts::none(), 0), Err(OpenError::RolledBack { .. })));
        let mut config = old.config();
        config.checkpoint_dir = place.checkpoint_dir();
        config.accept_rollback = true;
        let (mut writer, _reader, _) = open(config, Upcasts::none(), 0).unwrap();
        writer.append(vec![Group { events: vec![event("a", "3")], ..Group::default() }]).unwrap();
        writer.close(3).unwrap();
    }
}

#[test]
fn a_checkpoint_that_was_edited_or_is_anothers_refuses() {
    let place = Place::new();
    let mut log = place.open();
    log.append(vec![event("a", "1")]);
    log.writer.close(1).unwrap();
    drop(log.reader);
    let note = place.checkpoint_dir().join("head.checkpoint");
    let text = std::fs::read_to_string(&note).unwrap();
    std::fs::write(&note, text.replacen("\n1\n", "\n2\n", 1)).unwrap();
    assert!(matches!(place.try_open(), Err(OpenError::BadCheckpoint { .. })));
    std::fs::write(&note, text).unwrap();
    let other = Place::new();
    drop(other.open());
    let mut config = other.config();
    config.checkpoint_dir = place.checkpoint_dir();
    assert!(matches!(open(config, Upcasts::none(), 0), Err(OpenError::BadCheckpoint { .. })));
}

#[test]
fn a_checkpoint_is_written_without_being_asked_for() {
    let place = Place::new();
    let mut log = place.open();
    let note = place.checkpoint_dir().join("head.checkpoint");
    log.append((0..999).map(|n| event("a", &n.to_string())).collect());
    assert!(!note.exists());
    log.append(vec![event("a", "the thousandth")]);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !note.exists() {
        assert!(std::time::Instant::now() < deadline, "no checkpoint was written");
        std::thread::yield_now();
    }
    assert!(std::fs::read_to_string(&note).unwrap().contains("\n1000\n"));
}

#[test]
fn only_what_follows_the_checkpoint_is_read_at_open_and_older_damage_is_found_when_read() {
    let mut place = Place::new();
    place.verify = VerifyOnOpen::SinceCheckpoint;
    let mut log = place.open();
    write_history(&mut log, 60);
    assert!(log.reader.look_through(&|| false).unwrap(), "nothing is damaged");
    let all = log.all();
    log.writer.close(1).unwrap();
    drop(log.reader);
    let first = &place.segments()[0];
    let mut bytes = std::fs::read(first).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(first, bytes).unwrap();
    let log = place.open();
    assert_eq!(log.report.healed, Vec::<String>::new());
    assert_eq!(log.all(), all, "the store has it");
    let replay = log.reader.replay(0, &mut |_| std::ops::ControlFlow::Continue(()));
    assert!(replay.is_err(), "the journal has not");
    assert!(!log.reader.look_through(&|| true).unwrap(), "it was stopped");
    assert!(log.reader.look_through(&|| false).is_err(), "whoever only looks through it notices as well");
    drop(log);
    place.verify = VerifyOnOpen::Everything;
    let log = place.open();
    assert_eq!(log.report.healed.len(), 1);
    assert_eq!(log.replayed(), all);
}

#[test]
fn every_key_is_found_after_a_reopening_and_no_other() {
    let place = Place::new();
    let mut log = place.open();
    for n in 0..200 {
        let group = Group { events: vec![event("a", "x")], expected: vec![], keys: vec![key(n, 0, "")] };
        log.writer.append(vec![group]).unwrap();
    }
    log.writer.close(1).unwrap();
    drop(log.reader);
    let mut log = place.open();
    let found = |log: &Log, n: u8| log.reader.find(&[n; 16]).unwrap().map(|entry| entry.pos);
    assert!((0..200).all(|n| found(&log, n) == Some(u64::from(n) + 1)));
    assert!((200..=255).all(|n| found(&log, n).is_none()));
    let group = Group { events: vec![event("a", "x")], expected: vec![], keys: vec![key(201, 0, "")] };
    log.writer.append(vec![group]).unwrap();
    assert_eq!(found(&log, 201), Some(201));
}

#[test]
fn a_damaged_header_of_the_segment_that_is_read_first_is_healed() {
    let mut place = Place::new();
    place.verify = VerifyOnOpen::SinceCheckpoint;
    let mut log = place.open();
    write_history(&mut log, 60);
    let all = log.all();
    log.writer.close(1).unwrap();
    drop(log.reader);
    let last = place.segments().pop().unwrap();
    let mut bytes = std::fs::read(&last).unwrap();
    bytes[50] ^= 1;
    std::fs::write(&last, bytes).unwrap();
    let log = place.open();
    assert_eq!(log.report.healed.len(), 1);
    assert_eq!(log.replayed(), all);
}

#[test]
fn the_file_that_says_which_log_this_is_comes_back_from_its_copy() {
    let place = Place::new();
    let log = place.open();
    let id = log.reader.log_id().to_owned();
    drop(log);
    let path = place.dir().join("lineage");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..10]).unwrap();
    assert_eq!(place.open().reader.log_id(), id);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
}

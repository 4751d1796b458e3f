//! What is personal: sealed at rest, opened by the reader, gone with its key.

use event_log::{Group, KeyId, Refused, SealError};

use super::support::*;

#[test]
fn a_private_part_opens_until_its_key_is_erased() {
    let place = Place::new();
    let mut log = place.open();
    let (ana, ben) = (log.writer.assign_key().unwrap(), log.writer.assign_key().unwrap());
    log.append(vec![sealed("a", ana, "\"ana's number\""), sealed("b", ben, "\"ben's\""), event("c", "plain")]);
    let open = |log: &Log, pos| log.reader.open_private(&log.reader.get(pos).unwrap().unwrap());
    assert_eq!(open(&log, 1).unwrap().unwrap(), b"\"ana's number\"");
    assert_eq!(open(&log, 3), Ok(None));
    log.writer.erase_key(ana).unwrap();
    assert_eq!(open(&log, 1), Err(SealError::Erased(ana)));
    assert_eq!(open(&log, 2).unwrap().unwrap(), b"\"ben's\"");
    drop(log);
    let mut log = place.open();
    assert_eq!(open(&log, 1), Err(SealError::Erased(ana)));
    let answers = log.writer.append(vec![Group { events: vec![sealed("a", ana, "x")], ..Group::default() }]).unwrap();
    assert_eq!(answers[0].as_ref().unwrap_err(), &Refused::Seal { index: 0, error: SealError::Erased(ana) });
    assert_eq!(log.reader.head(), 3);
}

#[test]
fn nothing_private_lies_on_disk_in_the_clear() {
    let place = Place::new();
    let mut log = place.open();
    let ana = log.writer.assign_key().unwrap();
    log.append(vec![sealed("a", ana, "canary-4711"), sealed("a", KeyId::WORKSPACE, "canary-4711")]);
    log.writer.close(0).unwrap();
    drop(log.reader);
    let mut files = vec![place.dir()];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"canary-4711"), "{}", path.display());
        seen += 1;
    }
    assert!(seen > 4);
}

#[test]
fn a_sealed_part_moved_to_another_event_does_not_open() {
    let place = Place::new();
    let mut log = place.open();
    let key = log.writer.assign_key().unwrap();
    log.append(vec![sealed("a", key, "one"), sealed("b", key, "two")]);
    let (one, two) = (log.reader.get(1).unwrap().unwrap(), log.reader.get(2).unwrap().unwrap());
    let mut forged = event_log::StoredEvent::clone(&one);
    forged.sealed = two.sealed.clone();
    assert_eq!(log.reader.open_private(&forged), Err(SealError::Tampered));
}

#[test]
fn keys_used_by_events_are_not_given_out_again_and_unused_ones_are() {
    let place = Place::new();
    let mut log = place.open();
    let first = log.writer.assign_key().unwrap();
    log.append(vec![sealed("a", first, "x")]);
    let unused = log.writer.assign_key().unwrap();
    drop(log);
    let mut log = place.open();
    assert_eq!(log.writer.assign_key().unwrap(), unused);
    log.writer.mark_keys_used(KeyId(400)).unwrap();
    assert_eq!(log.writer.assign_key().unwrap(), KeyId(401));
    assert_eq!(log.writer.erase_key(KeyId(999)), Err(SealError::UnknownKey(KeyId(999))));
}

#[test]
fn bytes_kept_elsewhere_and_blind_keys_survive_a_reopen() {
    let place = Place::new();
    let log = place.open();
    let sealed = log.reader.seal(KeyId::WORKSPACE, b"snapshot 1", b"content").unwrap();
    let blind = log.reader.blind("phone", b"+34600000000");
    drop(log);
    let log = place.open();
    assert_eq!(log.reader.unseal(KeyId::WORKSPACE, b"snapshot 1", &sealed).unwrap(), b"content");
    assert_eq!(log.reader.unseal(KeyId::WORKSPACE, b"snapshot 2", &sealed), Err(SealError::Tampered));
    assert_eq!(log.reader.blind("phone", b"+34600000000"), blind);
    assert_ne!(log.reader.blind("email", b"+34600000000"), blind);
}

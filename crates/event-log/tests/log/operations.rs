//! Verify, export and import, salvage, stats, backup and restore.

use std::path::Path;

use event_log::ops::OpsError;
use event_log::ops::backup::{BackupSource, backup};
use event_log::ops::export::export;
use event_log::ops::import::import;
use event_log::ops::restore::{RestoreTarget, confirm_restore, frozen, restore};
use event_log::ops::salvage::salvage;
use event_log::ops::stats::stats;
use event_log::ops::verify::verify;
use event_log::{LogConfig, MasterKey, OpenError, Parent, SealError, Upcasts, open};

use super::support::*;

fn history() -> (Place, Vec<event_log::StoredEvent>) {
    let place = Place::new();
    let mut log = place.open();
    write_history(&mut log, 40);
    let all = log.all();
    log.writer.close(9).unwrap();
    drop(log.reader);
    (place, all)
}

fn config(dir: &Path) -> LogConfig {
    LogConfig::small(dir.join("data"), dir.join("checkpoint"), MasterKey::from_bytes([7; 32]))
}

fn read_all(reader: &event_log::Reader) -> Vec<event_log::StoredEvent> {
    reader.read(0, 10_000).unwrap().iter().map(|event| event_log::StoredEvent::clone(event)).collect()
}

#[test]
fn a_good_log_verifies_without_key_and_lock_wholly_and_in_part() {
    let (place, all) = history();
    let _held = place.open();
    let report = verify(&place.dir(), Some(&place.checkpoint_dir()), 1, u64::MAX).unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!((report.events, report.head), (all.len() as u64, all.len() as u64));
    assert_eq!(report.checkpoint.unwrap().pos, all.len() as u64);
    let part = verify(&place.dir(), None, 30, 40).unwrap();
    assert!(part.is_sound() && part.first <= 30 && part.head >= 40 && part.events < all.len() as u64);
}

#[test]
fn every_edit_of_history_is_found_and_its_first_place_named() {
    let (place, _) = history();
    let first = place.segments()[0].clone();
    let whole = std::fs::read(&first).unwrap();
    for at in (0..1000).step_by(31) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&first, &bytes).unwrap();
        let report = verify(&place.dir(), Some(&place.checkpoint_dir()), 1, u64::MAX).unwrap();
        let problem = report.problems.first().unwrap_or_else(|| panic!("byte {at}"));
        assert_eq!(problem.file, first);
        assert!(problem.offset <= at as u64 && problem.offset + 600 > at as u64, "{} for {at}", problem.offset);
    }
    std::fs::write(&first, &whole).unwrap();
    // The last segment gone: the chain is fine, the checkpoint knows better.
    let last = place.segments().pop().unwrap();
    std::fs::remove_file(&last).unwrap();
    let report = verify(&place.dir(), Some(&place.checkpoint_dir()), 1, u64::MAX).unwrap();
    assert_eq!(report.problems.len(), 1);
    assert!(verify(&place.dir(), None, 1, u64::MAX).unwrap().is_sound());
}

#[test]
fn an_export_imports_to_the_same_events_keys_and_secrets() {
    let (place, all) = history();
    let log = place.open();
    let mut text = Vec::new();
    let header = export(&log.reader, 0, &mut text).unwrap();
    assert_eq!((header.oldest, header.head), (1, all.len() as u64));
    let parent = Parent { log_id: log.reader.log_id().to_owned(), pos: header.head };
    drop(log);

    let with_keys = tempfile::tempdir().unwrap();
    let slots = place.dir().join("keys/slots");
    let report = import(config(with_keys.path()), Some(&slots), &mut &text[..], 5).unwrap();
    assert_eq!((report.events, report.keys, &report.parent), (all.len() as u64, 40, &parent));
    let (_writer, reader, opened) = open(config(with_keys.path()), Upcasts::none(), 6).unwrap();
    assert!(opened.clean);
    assert_eq!(read_all(&reader), all);
    assert_eq!(reader.parent(), Some(&parent));
    assert_eq!(reader.find(&[5; 16]).unwrap().unwrap().value, b"kept");
    assert_eq!(reader.open_private(&all[1]).unwrap().unwrap(), b"personal");
    let mut again = Vec::new();
    export(&reader, 0, &mut again).unwrap();
    let body = |text: &[u8]| text[text.iter().position(|byte| *byte == b'\n').unwrap()..].to_vec();
    assert!(body(&again) == body(&text), "the same lines");

    let without = tempfile::tempdir().unwrap();
    import(config(without.path()), None, &mut &text[..], 5).unwrap();
    let (mut writer, reader, _) = open(config(without.path()), Upcasts::none(), 6).unwrap();
    let sealed = all[1].sealed.as_ref().unwrap().key;
    assert_eq!(reader.open_private(&all[1]), Err(SealError::Erased(sealed)));
    assert!(writer.assign_key().unwrap().0 > 40);
}

#[test]
fn an_import_of_nonsense_names_the_line_and_an_import_over_a_log_is_refused() {
    let (place, _) = history();
    let log = place.open();
    let mut text = Vec::new();
    export(&log.reader, 0, &mut text).unwrap();
    drop(log);
    let lines: Vec<&str> = std::str::from_utf8(&text).unwrap().lines().collect();
    let attempt = |text: String| {
        let dir = tempfile::tempdir().unwrap();
        import(config(dir.path()), None, &mut text.as_bytes(), 5)
    };
    let at_line = |result: Result<_, OpsError>| match result {
        Err(OpsError::Input { line, .. }) => line,
        Err(other) => panic!("{other}"),
        Ok(event_log::ops::import::ImportReport { .. }) => panic!("imported"),
    };
    assert_eq!(at_line(attempt(String::new())), 1);
    assert_eq!(at_line(attempt(lines[1..].join("\n"))), 1);
    assert_eq!(at_line(attempt([lines[0], lines[2]].join("\n"))), 2);
    assert_eq!(at_line(attempt([lines[0], lines[1], "{"].join("\n"))), 3);
    at_line(attempt(lines[..lines.len() - 1].join("\n")));
    assert!(matches!(import(place.config(), None, &mut &text[..], 5), Err(OpsError::NotEmpty(_))));
}

#[test]
fn salvage_saves_what_lies_before_and_after_the_damage() {
    let (place, all) = history();
    std::fs::remove_dir_all(place.dir().join("db")).unwrap();
    let first = place.segments()[0].clone();
    let mut bytes = std::fs::read(&first).unwrap();
    bytes[1500] ^= 1;
    std::fs::write(&first, &bytes).unwrap();
    assert!(matches!(place.try_open(), Err(OpenError::Damaged { .. })));
    let mut text = Vec::new();
    let report = salvage(&place.dir(), &mut text).unwrap();
    assert_eq!(report.damage.len(), 1);
    assert_eq!((report.records, report.head), (39, all.len() as u64));
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("{\"pos\"")).count() as u64, report.events);
    assert_eq!(text.lines().filter(|line| line.starts_with("{\"damaged\"")).count(), 1);
}

#[test]
fn no_operation_panics_on_any_damage() {
    let (place, _) = history();
    let source =
        |place: &Place| BackupSource { dir: place.dir(), checkpoint_dir: place.checkpoint_dir(), media_dir: None };
    let mut seed = 99u64;
    for trial in 0..40 {
        let copy = place.copy();
        super::damage::harm(&copy, &mut seed, trial);
        let report = verify(&copy.dir(), Some(&copy.checkpoint_dir()), 1, u64::MAX);
        let saved = salvage(&copy.dir(), &mut std::io::sink());
        let out = tempfile::tempdir().unwrap();
        let copied = backup(&source(&copy), out.path(), 1);
        if let Ok(report) = &report
            && !report.is_sound()
        {
            assert!(copied.is_err(), "a damaged log was backed up as sound");
        }
        drop(saved);
    }
}

#[test]
fn stats_count_every_event_key_and_byte() {
    let (place, all) = history();
    let log = place.open();
    let stats = stats(&log.reader).unwrap();
    assert_eq!((stats.events, stats.records, stats.unique_keys), (all.len() as u64, 40, 40));
    assert_eq!(stats.by_kind["test.happened"].events, all.len() as u64);
    assert_eq!(stats.segments, place.segments().len());
    let content: usize =
        all.iter().map(|event| event.facts.len() + event.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len())).sum();
    assert_eq!(stats.by_kind["test.happened"].content_bytes, content as u64);
    assert!(stats.journal_bytes as usize > content && stats.store_bytes > 0);
}

#[test]
fn a_backup_of_a_running_log_restores_with_a_new_identity_and_a_frozen_outbox() {
    let (place, _) = history();
    let mut log = place.open();
    log.append(vec![event("a", "while it runs")]);
    let all = log.all();
    let media = tempfile::tempdir().unwrap();
    std::fs::create_dir(media.path().join("ab")).unwrap();
    std::fs::write(media.path().join("ab/picture"), b"sealed picture").unwrap();
    let source = BackupSource {
        dir: place.dir(),
        checkpoint_dir: place.checkpoint_dir(),
        media_dir: Some(media.path().to_owned()),
    };
    let root = tempfile::tempdir().unwrap();
    let saved = root.path().join("backup");
    let manifest = backup(&source, &saved, 100).unwrap();
    assert_eq!((manifest.head, &manifest.log_id[..]), (all.len() as u64, log.reader.log_id()));
    log.append(vec![event("a", "after the backup")]);
    let old_id = log.reader.log_id().to_owned();
    drop(log);

    let target =
        RestoreTarget { dir: root.path().join("data"), media_dir: Some(root.path().join("media")), new_log_id: None };
    let restored = restore(&saved, &target, 200).unwrap();
    assert_eq!(std::fs::read(root.path().join("media/ab/picture")).unwrap(), b"sealed picture");
    assert_eq!(frozen(&target.dir).unwrap(), Some(restored.clone()));
    let mut config = config(root.path());
    config.checkpoint_dir = root.path().join("new-checkpoint");
    let (mut writer, reader, report) = open(config, Upcasts::none(), 300).unwrap();
    assert_eq!(report.store_caught_up, all.len() as u64);
    assert_eq!(read_all(&reader), all);
    assert_eq!((reader.log_id(), restored.log_id != old_id), (&restored.log_id[..], true));
    assert_eq!(reader.parent(), Some(&Parent { log_id: old_id, pos: all.len() as u64 }));
    assert_eq!(reader.open_private(&all[1]).unwrap().unwrap(), b"personal");
    let group = event_log::Group { events: vec![event("a", "a new life")], ..Default::default() };
    writer.append(vec![group]).unwrap();
    writer.close(400).unwrap();
    drop(reader);
    let report = verify(&target.dir, Some(&root.path().join("new-checkpoint")), 1, u64::MAX).unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    confirm_restore(&target.dir).unwrap();
    assert_eq!(frozen(&target.dir).unwrap(), None);
    assert!(matches!(restore(&saved, &target, 1), Err(OpsError::NotEmpty(_))));
}

#[test]
fn a_backup_that_was_changed_anywhere_does_not_restore() {
    let (place, _) = history();
    let source = BackupSource { dir: place.dir(), checkpoint_dir: place.checkpoint_dir(), media_dir: None };
    let root = tempfile::tempdir().unwrap();
    let saved = root.path().join("backup");
    let manifest = backup(&source, &saved, 100).unwrap();
    for entry in &manifest.files {
        let path = saved.join(&entry.path);
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let target = RestoreTarget { dir: root.path().join("data"), media_dir: None, new_log_id: None };
        assert!(restore(&saved, &target, 1).is_err(), "{}", entry.path);
        std::fs::write(&path, &whole).unwrap();
    }
    let path = saved.join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"lineage\"", "\"../lineage\"")).unwrap();
    let target = RestoreTarget { dir: root.path().join("data"), media_dir: None, new_log_id: None };
    assert!(matches!(restore(&saved, &target, 1), Err(OpsError::Manifest(_))));
}

//! Damage of every kind, to every file: the verdict is intact, healed or refused, never silent.

use event_log::{OpenError, VerifyOnOpen};

use super::support::*;

/// End of the last record in the newest segment: everything after is zeros.
fn written(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1)
}

#[test]
fn deleting_the_store_just_works() {
    let place = Place::new();
    let mut log = place.open();
    write_history(&mut log, 60);
    let all = log.all();
    log.writer.close(0).unwrap();
    drop(log.reader);
    std::fs::remove_dir_all(place.dir().join("db")).unwrap();
    let log = place.open();
    assert_eq!(log.report.store_caught_up, all.len() as u64);
    assert_eq!((log.all(), log.replayed()), (all.clone(), all));
    assert_eq!(log.reader.find(&[5; 16]).unwrap().unwrap().value, b"kept");
    assert_eq!(log.reader.stream_version("a").unwrap(), 60);
}

#[test]
fn a_torn_last_record_is_cut_at_whatever_byte_it_ends() {
    let place = Place::new();
    let mut log = place.open();
    log.append(vec![event("a", "kept")]);
    drop(log);
    let before = written(&std::fs::read(&place.segments()[0]).unwrap());
    // As a crash between the journal's write and the store leaves it: the store knows nothing of the record.
    let store = place.copy();
    let mut log = place.open();
    log.append(vec![event("a", "torn")]);
    drop(log);
    let whole = std::fs::read(&place.segments()[0]).unwrap();
    let start = before.next_multiple_of(8);
    for cut in (start..written(&whole)).step_by(3) {
        let torn = store.copy();
        let mut bytes = whole.clone();
        bytes[cut..].fill(0);
        std::fs::write(&torn.segments()[0], &bytes).unwrap();
        let mut log = torn.open();
        assert_eq!(log.reader.head(), 1, "cut at {cut}");
        assert_eq!(log.report.torn_tail_bytes as usize, written(&bytes).saturating_sub(start), "cut at {cut}");
        log.append(vec![event("a", "next")]);
        drop(log);
        let log = torn.open();
        assert_eq!((log.report.torn_tail_bytes, log.all().len()), (0, 2));
    }
    // Whole, and never applied to the store: it was durable, so it counts.
    std::fs::write(&store.segments()[0], &whole).unwrap();
    assert_eq!(store.open().reader.head(), 2);
}

#[test]
fn a_record_the_store_knows_is_healed_byte_for_byte_even_at_the_end() {
    let place = Place::new();
    let mut log = place.open();
    write_history(&mut log, 40);
    let all = log.all();
    drop(log);
    let segments = place.segments();
    assert!(segments.len() > 2);
    for path in &segments {
        let whole = std::fs::read(path).unwrap();
        for at in [0, 20, 130, 200, written(&whole) / 2, written(&whole) - 3] {
            let copy = place.copy();
            let target = copy.dir().join("journal").join(path.file_name().unwrap());
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            std::fs::write(&target, &bytes).unwrap();
            let log = copy.open();
            assert_eq!(log.report.healed.len(), 1, "{} byte {at}", path.display());
            assert_eq!(std::fs::read(&target).unwrap(), whole);
            assert_eq!(log.replayed(), all);
        }
    }
}

#[test]
fn without_the_store_damage_before_the_end_refuses_and_names_the_place() {
    let place = Place::new();
    let mut log = place.open();
    write_history(&mut log, 40);
    drop(log);
    std::fs::remove_dir_all(place.dir().join("db")).unwrap();
    let segments = place.segments();
    for (path, at) in [(&segments[0], 500), (&segments[1], 300)] {
        let copy = place.copy();
        let target = copy.dir().join("journal").join(path.file_name().unwrap());
        let mut bytes = std::fs::read(&target).unwrap();
        bytes[at] ^= 1;
        std::fs::write(&target, &bytes).unwrap();
        let Err(OpenError::Damaged { file, offset, .. }) = copy.try_open() else { panic!("opened") };
        assert_eq!(file, target);
        assert!(offset as usize <= at && offset as usize + 400 > at, "{offset} for {at}");
    }
    let copy = place.copy();
    std::fs::remove_file(&copy.segments()[1]).unwrap();
    assert!(matches!(copy.try_open(), Err(OpenError::Damaged { .. })));
}

#[test]
fn a_lost_or_cut_segment_comes_back_from_the_store() {
    let place = Place::new();
    let mut log = place.open();
    write_history(&mut log, 40);
    let all = log.all();
    drop(log);
    let last = place.segments().pop().unwrap();
    let half = written(&std::fs::read(&last).unwrap()) / 2;
    let cut = place.copy();
    let target = cut.dir().join("journal").join(last.file_name().unwrap());
    std::fs::File::options().write(true).open(&target).unwrap().set_len(half as u64).unwrap();
    let log = cut.open();
    assert!(!log.report.healed.is_empty());
    assert_eq!(log.replayed(), all);
    drop(log);
    assert_eq!(cut.open().replayed(), all);
    std::fs::remove_file(&last).unwrap();
    assert_eq!(place.open().replayed(), all);
}

#[test]
fn flipped_bits_cut_files_and_zeroed_sectors_are_never_silent() {
    for verify in [VerifyOnOpen::Everything, VerifyOnOpen::SinceCheckpoint] {
        for clean in [true, false] {
            let mut place = Place::new();
            place.verify = verify;
            let mut log = place.open();
            write_history(&mut log, 50);
            let all = log.all();
            if clean {
                log.writer.close(0).unwrap();
                drop(log.reader);
            } else {
                log.writer.checkpoint(0).unwrap();
                drop(log);
            }
            let mut seed = 11;
            for trial in 0..60 {
                let copy = place.copy();
                let what = harm(&copy, &mut seed, trial);
                let Ok(mut log) = copy.try_open() else {
                    continue;
                };
                let context = format!("{verify:?} clean={clean} trial={trial} {what} {:?}", log.report);
                assert_eq!(log.all(), all, "{context}");
                assert_eq!(log.reader.stream_version("a").unwrap(), 50, "{context}");
                for n in 0..50 {
                    let entry = log.reader.find(&[n; 16]).unwrap();
                    assert!(entry.is_some_and(|entry| entry.value == b"kept"), "{context} key {n}");
                }
                for event in all.iter().filter(|event| event.sealed.is_some()) {
                    // A damaged slot answers for itself; any text that opens is the right one.
                    let opened = log.reader.open_private(event);
                    assert!(opened.is_err() || opened.unwrap().unwrap() == b"personal", "{context}");
                }
                log.append(vec![event("a", "more")]);
                assert_eq!(log.reader.head(), all.len() as u64 + 1, "{context}");
            }
        }
    }
}

/// Damages one file in one way and says which.
pub(super) fn harm(place: &Place, seed: &mut u64, trial: usize) -> String {
    let mut random = |below: usize| {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        (*seed % below as u64) as usize
    };
    let mut files = vec![place.dir()];
    let mut found = Vec::new();
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if std::fs::metadata(&path).unwrap().len() > 0 {
            found.push(path);
        }
    }
    found.sort();
    let path = found[random(found.len())].clone();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = random(written(&bytes).max(1));
    let how = match trial % 3 {
        0 => {
            bytes[at] ^= 1 << random(8);
            "bit"
        }
        1 => {
            let sector = at / 512 * 512;
            let end = (sector + 512).min(bytes.len());
            bytes[sector..end].fill(0);
            "sector"
        }
        _ => {
            bytes.truncate(at);
            "cut"
        }
    };
    std::fs::write(&path, &bytes).unwrap();
    format!("{how} {at} of {}", path.display())
}

//! Figures of the log on this machine: durable appends against the same bytes written and synced by hand
//! (interleaved, so that a busy disk is busy for both), replay, reading, bytes per event, opening.
//!
//! `cargo bench -p event-log --bench append -- [events for replay and open, default 100000] [directory]`
//!
//! Not a test: it asserts nothing about speed. Medians of several rounds with the smallest and largest.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing to say")]
#![expect(clippy::print_stdout, reason = "the figures are the output")]

use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use event_log::ops::stats::stats;
use event_log::{Group, KeyId, LogConfig, MasterKey, NewEvent, NewKey, Private, Reader, Upcasts, Writer, open};

const ROUNDS: usize = 7;

fn main() {
    let numbers: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let events = numbers.first().and_then(|arg| arg.parse().ok()).unwrap_or(100_000u64);
    let root = match numbers.get(1) {
        Some(dir) => tempfile::tempdir_in(dir).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    durable_appends(root.path());
    replay_and_open(root.path(), events);
}

/// The log and the raw file take turns, so that both see the same disk.
fn durable_appends(root: &Path) {
    println!(
        "durable appends, events/s: median (smallest to largest of {ROUNDS} rounds), raw = pwrite + fdatasync of the same bytes"
    );
    for group in [1usize, 64, 512] {
        let rounds = (4096 / group).clamp(20, 400);
        let dir = root.join(format!("append-{group}"));
        let (mut writer, reader) = open_in(&dir);
        let raw = File::create(dir.join("raw")).unwrap();
        let zeros = vec![0; 1 << 20];
        for at in 0..64 {
            raw.write_all_at(&zeros, at << 20).unwrap();
        }
        raw.sync_all().unwrap();
        let (mut ours, mut by_hand, mut each) = (Vec::new(), Vec::new(), Vec::new());
        let (mut serial, mut raw_at) = (0u64, 0u64);
        for _ in 0..ROUNDS {
            let before = reader.head();
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                // Built outside the clock: a command's events exist before they are appended.
                let groups = (0..group).map(|_| group_of(&mut serial)).collect();
                let start = Instant::now();
                writer.append(groups).unwrap();
                each.push(start.elapsed());
                spent += *each.last().unwrap();
            }
            ours.push((reader.head() - before) as f64 / spent.as_secs_f64());
            let bytes = vec![0x5A; 480 * group];
            let start = Instant::now();
            for _ in 0..rounds {
                raw.write_all_at(&bytes, raw_at % (60 << 20)).unwrap();
                raw_at += bytes.len() as u64;
                raw.sync_data().unwrap();
            }
            by_hand.push((rounds * group) as f64 / start.elapsed().as_secs_f64());
        }
        each.sort();
        println!(
            "  groups of {group:>3}: log {}   raw {}   one call p50 {:?} p99 {:?}",
            spread(&mut ours),
            spread(&mut by_hand),
            each[each.len() / 2],
            each[each.len() * 99 / 100]
        );
        writer.close(0).unwrap();
    }
}

fn replay_and_open(root: &Path, events: u64) {
    let dir = root.join("history");
    let (mut writer, reader) = open_in(&dir);
    let mut serial = 0;
    let start = Instant::now();
    let cpu = cpu_ms();
    while reader.head() < events {
        writer.append((0..64).map(|_| group_of(&mut serial)).collect()).unwrap();
    }
    println!(
        "{events} events in groups of 64 with keys and sealing: {:.0} events/s, {:.1} µs of CPU each",
        events as f64 / start.elapsed().as_secs_f64(),
        (cpu_ms() - cpu) as f64 * 1000.0 / events as f64
    );
    let counted = stats(&reader).unwrap();
    println!(
        "bytes per event: journal {:.0}, store {:.0}",
        counted.journal_bytes as f64 / counted.events as f64,
        counted.store_bytes as f64 / counted.events as f64
    );
    let mut rates = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut bytes = 0;
        reader
            .replay(0, &mut |event| {
                bytes += event.facts.len();
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(bytes > 0);
        rates.push(reader.head() as f64 / start.elapsed().as_secs_f64());
    }
    println!("replay from the journal, events/s: {}", spread(&mut rates));
    rates.clear();
    for _ in 0..3 {
        let (start, mut after) = (Instant::now(), 0);
        while let Some(last) = reader.read(after, 1000).unwrap().last() {
            after = last.pos;
        }
        rates.push(reader.head() as f64 / start.elapsed().as_secs_f64());
    }
    println!("pages of 1000 from the store, events/s: {}", spread(&mut rates));
    writer.close(0).unwrap();
    drop(reader);
    let timed = |what: &str| {
        let start = Instant::now();
        let (writer, reader, report) = open(config(&dir), Upcasts::none(), 0).unwrap();
        println!("open, {what}: {:?}, {} events caught up", start.elapsed(), report.store_caught_up);
        (writer, reader)
    };
    let (writer, reader) = timed("after a clean close");
    drop((writer, reader));
    let (writer, reader) = timed("after a crash (every row of the store checked)");
    drop((writer, reader));
    std::fs::remove_dir_all(dir.join("data/db")).unwrap();
    let (_writer, _reader) = timed("with the store gone (built from the journal)");
}

fn config(dir: &Path) -> LogConfig {
    LogConfig::new(dir.join("data"), dir.join("checkpoint"), MasterKey::from_bytes([1; 32]))
}

fn open_in(dir: &Path) -> (Writer, Reader) {
    let (writer, reader, _) = open(config(dir), Upcasts::none(), 0).unwrap();
    (writer, reader)
}

/// A message as the desk stores it: some facts, a sealed body, one dedupe key. About 430 bytes.
fn group_of(serial: &mut u64) -> Group {
    *serial += 1;
    let n = *serial;
    let facts = format!(
        "{{\"message_id\":\"msg_{n:016x}\",\"channel\":\"whatsapp\",\"direction\":\"in\",\"kind\":\"text\",\"sent_at\":{n},\"team\":\"tea_{:04}\"}}",
        n % 20
    );
    let body =
        format!("{{\"from\":\"+34600{n:06}\",\"text\":\"Where is my order {n}? It was promised for yesterday.\"}}");
    let mut key = [0; 16];
    key[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
    Group {
        events: vec![NewEvent {
            stream: format!("conversation:cnv_{:012}", n % 10_000).into(),
            kind: "conversation.message_received".into(),
            schema: 1,
            occurred_at_ms: n as i64,
            recorded_at_ms: n as i64,
            actor: "contact:con_0000000001".to_owned(),
            correlation_id: Some(format!("req_{n:020}")),
            causation_pos: None,
            facts: facts.into_bytes(),
            private: Some(Private { key: KeyId::WORKSPACE, plaintext: body.into_bytes() }),
        }],
        expected: Vec::new(),
        keys: vec![NewKey { key, event: 0, value: Vec::new() }],
    }
}

fn spread(values: &mut [f64]) -> String {
    values.sort_by(f64::total_cmp);
    let middle = values[values.len() / 2];
    format!("{middle:.0} ({:.0} to {:.0})", values[0], values[values.len() - 1])
}

/// User and system time of this process so far.
fn cpu_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap()..].split_whitespace().collect();
    // utime and stime, in ticks of 10 ms.
    (fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()) * 10
}

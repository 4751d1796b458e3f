//! Appends events and says of each, after it is durable, that it is; or checks what was said against the log.
//! The scripts in `tests/scripts` kill it, or the file system under it, at every moment.
//!
//! ```text
//! crashdrive write DIR CHECKPOINT_DIR COUNT BYTES   prints "ack POS TEXT_HASH" per event, flushed
//! crashdrive check DIR CHECKPOINT_DIR ACKS          every acknowledged event is there and the same
//! ```
//! `check` opens the log twice (the second time after the first was dropped without closing), appends one event,
//! and exits 0 when nothing is missing, 1 when something is, 2 when the log does not open.

#![expect(clippy::unwrap_used, reason = "a drive that cannot go on must fail loudly")]
#![expect(clippy::print_stdout, reason = "the acknowledgements are the output")]

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use event_log::{Group, KeyId, LogConfig, MasterKey, NewEvent, NewKey, Private, Upcasts, VerifyOnOpen, open};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text: Vec<&str> = args.iter().map(String::as_str).collect();
    match text[..] {
        ["write", dir, checkpoint, count, bytes] => {
            write(dir, checkpoint, count.parse().unwrap(), bytes.parse().unwrap());
            ExitCode::SUCCESS
        }
        ["check", dir, checkpoint, acks] => check(dir, checkpoint, acks),
        _ => {
            println!("usage: crashdrive write DIR CHECKPOINT_DIR COUNT BYTES | check DIR CHECKPOINT_DIR ACKS");
            ExitCode::from(64)
        }
    }
}

fn config(dir: &str, checkpoint: &str) -> LogConfig {
    let mut config = LogConfig::small(dir, checkpoint, MasterKey::from_bytes([5; 32]));
    config.segment_bytes = 1 << 20;
    config.verify_on_open = VerifyOnOpen::Everything;
    config
}

/// A new data key for every ten events, so that crashes meet the key file being written too.
fn key_of(n: u64) -> KeyId {
    KeyId(1 + n / 10)
}

fn event(n: u64, bytes: usize) -> NewEvent {
    let mut state = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let text: String = (0..bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'a' + (state % 26) as u8)
        })
        .collect();
    NewEvent {
        stream: format!("conversation:{}", n % 7).into(),
        kind: "drive.happened".into(),
        schema: 1,
        occurred_at_ms: 0,
        recorded_at_ms: n as i64,
        actor: "system".to_owned(),
        correlation_id: None,
        causation_pos: None,
        facts: format!("\"{text}\"").into_bytes(),
        private: Some(Private { key: key_of(n), plaintext: b"personal".to_vec() }),
    }
}

fn write(dir: &str, checkpoint: &str, count: u64, bytes: usize) {
    let (mut writer, reader, _) = open(config(dir, checkpoint), Upcasts::none(), 0).unwrap();
    let mut out = std::io::stdout().lock();
    for n in 0..count {
        let serial = reader.head() + 1;
        let key = NewKey { key: reader.blind("serial", &serial.to_le_bytes()), event: 0, value: Vec::new() };
        writer.ready_keys(key_of(serial)).unwrap();
        let group = Group { events: vec![event(serial, bytes)], expected: Vec::new(), keys: vec![key] };
        let appended = writer.append(vec![group]).unwrap().remove(0).unwrap();
        let stored = &appended.events[0];
        writeln!(out, "ack {} {:08x}", stored.pos, crc(&stored.facts)).unwrap();
        out.flush().unwrap();
        // A checkpoint now and then, so that cuts meet one as well.
        if n % 50 == 49 {
            writer.checkpoint(0).unwrap();
        }
    }
    writer.close(0).unwrap();
}

fn check(dir: &str, checkpoint: &str, acks: &str) -> ExitCode {
    let mut acknowledged = BTreeMap::new();
    for line in std::fs::read_to_string(acks).unwrap_or_default().lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        // The last line may be cut: what was not fully said was not said.
        if let ["ack", pos, hash] = parts[..]
            && hash.len() == 8
        {
            acknowledged.insert(pos.parse::<u64>().unwrap(), hash.to_owned());
        }
    }
    for _ in 0..2 {
        let (mut writer, reader, report) = match open(config(dir, checkpoint), Upcasts::none(), 0) {
            Ok(opened) => opened,
            Err(e) => {
                println!("does not open: {e}");
                return ExitCode::from(2);
            }
        };
        let mut found = BTreeMap::new();
        let mut after = 0;
        while let Some(last) = reader.read(after, 500).unwrap().last() {
            for event in reader.read(after, 500).unwrap() {
                assert_eq!(event.pos, found.len() as u64 + 1, "positions have no gaps");
                assert_eq!(reader.open_private(&event).unwrap().unwrap(), b"personal");
                let key = reader.blind("serial", &event.pos.to_le_bytes());
                assert_eq!(reader.find(&key).unwrap().unwrap().pos, event.pos);
                found.insert(event.pos, format!("{:08x}", crc(&event.facts)));
            }
            after = last.pos;
        }
        let mut replayed = 0;
        reader
            .replay(0, &mut |_| {
                replayed += 1;
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(replayed, found.len());
        let lost = acknowledged.iter().filter(|(pos, hash)| found.get(pos) != Some(hash)).count();
        println!("acked {} kept {} lost {lost} {report:?}", acknowledged.len(), found.len());
        if lost > 0 {
            return ExitCode::from(1);
        }
        let serial = reader.head() + 1;
        let key = NewKey { key: reader.blind("serial", &serial.to_le_bytes()), event: 0, value: Vec::new() };
        writer.ready_keys(key_of(serial)).unwrap();
        let group = Group { events: vec![event(serial, 100)], expected: Vec::new(), keys: vec![key] };
        writer.append(vec![group]).unwrap().remove(0).unwrap();
    }
    ExitCode::SUCCESS
}

fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0xFFFF_FFFF, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

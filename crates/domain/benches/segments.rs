//! What a segment of a million contacts costs: `cargo bench -p domain --bench segments`.

#![expect(clippy::print_stdout, reason = "a bench answers on standard output")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use domain::condition::Condition;
use domain::contact::attributes::AttributeValue;
use domain::event::contact::*;
use domain::event::workspace::BrandCreated;
use domain::event::{Actor, Event, Recorded, SealKey, StreamId};
use domain::identity::{BlindKey, IdentityKind};
use domain::ids::*;
use domain::segment::{self, Segment};
use domain::time::{Millis, Timestamp};
use domain::world::World;
use serde_json::json;

const CONTACTS: u64 = 1_000_000;
const ROUNDS: usize = 5;

/// Ids as they are minted: a common beginning, then what looks random.
fn id(n: u64) -> ContactId {
    let spread = u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    ContactId::from_u128((0x019a_b000_0000 + u128::from(n)) << 80 | spread)
}

fn key(n: u64, kind: u8) -> BlindKey {
    let mut bytes = [kind; 16];
    bytes[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    BlindKey(bytes)
}

/// What is recorded one after the other.
struct Log {
    world: World,
    pos: u64,
    now: Timestamp,
}

impl Log {
    fn add(&mut self, stream: StreamId, event: impl Into<Event>) {
        self.pos += 1;
        let (pos, at) = (self.pos, self.now);
        let event = event.into();
        let actor = Actor::System;
        let recorded = Recorded { pos, stream, version: pos, event, occurred_at: at, recorded_at: at, actor };
        self.world.evolve(&recorded, false);
    }
}

/// Resident bytes of this process, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1_024
}

fn main() {
    let mut log = Log { world: World::new(), pos: 0, now: Timestamp::from_seconds(1_795_251_600) };
    let brand_id = BrandId::from_u128(1);
    log.add(StreamId::Brand(brand_id), BrandCreated { brand_id, name: "Shop".to_owned() });

    let (before, begun) = (resident(), Instant::now());
    for n in 0..CONTACTS {
        log.now = log.now + Millis(100);
        let identities = vec![BlindIdentity { kind: IdentityKind::Phone, key: Some(key(n, 1)), exact: key(n, 2) }];
        let contact_id = id(n);
        let seal = SealKey(n as u32 + 1);
        let event = ContactCreated { contact_id, brand_id, seal, identities, profile: None, private: None };
        log.add(StreamId::Contact(contact_id), event);
    }
    println!("bare     {} bytes a contact, {} ns each", (resident() - before) / CONTACTS, per(begun));

    let (before, begun) = (resident(), Instant::now());
    let text = |words: &[&str], n: u64| AttributeValue::Text(words[n as usize % words.len()].to_owned());
    for n in 0..CONTACTS {
        let contact_id = id(n);
        let attributes = BTreeMap::from([
            ("plan".to_owned(), Some(text(&["gold", "silver", "bronze", "none"], n))),
            ("language".to_owned(), Some(text(&["pt-BR", "es", "en"], n))),
            ("orders".to_owned(), Some(AttributeValue::Number((n % 40).into()))),
        ]);
        let event = ContactAttributesChanged { contact_id, attributes, sealed: BTreeMap::new(), private: None };
        log.add(StreamId::Contact(contact_id), event);
    }
    println!("labels   {} bytes more for 3 attributes, {} ns each", (resident() - before) / CONTACTS, per(begun));

    let (before, begun) = (resident(), Instant::now());
    for n in 0..CONTACTS {
        let contact_id = id(n);
        let (category, granted, at) = ("marketing_messages".to_owned(), n % 3 > 0, log.now);
        let source = Some(ConsentSource::Import);
        let event = ContactConsentChanged { contact_id, category, granted, at, source, private: None };
        log.add(StreamId::Contact(contact_id), event);
        if n % 5 == 0 {
            log.add(StreamId::Contact(contact_id), ContactTagged { contact_id, tag: "fair-2026".to_owned() });
        }
    }
    let more = (resident() - before) / CONTACTS;
    println!("consent  {more} bytes more for a consent, and a tag of every fifth, {} ns each", per(begun));

    let when = json!({"all": [
        {"field": "attribute.plan", "op": "in", "value": ["gold", "silver"]},
        {"field": "language", "op": "is", "value": "pt"},
        {"field": "attribute.orders", "op": "at_least", "value": 3},
        {"field": "consent.marketing", "op": "is", "value": "opted_in"},
        {"none": [{"field": "contact_tag", "op": "is", "value": "employee"}]},
    ]});
    let all_fit = json!({"all": [
        {"field": "attribute.plan", "op": "not_in", "value": ["platinum"]},
        {"field": "language", "op": "is_present"},
        {"field": "attribute.orders", "op": "at_least", "value": 0},
        {"field": "blocked", "op": "is", "value": false},
        {"field": "seconds_since_created", "op": "at_least", "value": 0},
    ]});
    for (name, when) in [("some", when), ("all", all_fit)] {
        let Ok(when) = serde_json::from_value::<Condition>(when) else { return };
        let segment = Segment { name: name.to_owned(), brand_id: None, when, contact_ids: Default::default() };
        let mut took = Vec::new();
        let mut found = 0;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            found = black_box(segment::members(&log.world, &segment, log.now)).len();
            took.push(begun.elapsed().as_millis());
        }
        took.sort_unstable();
        println!("members  {found} of {CONTACTS} by 5 tests ({name}): {took:?} ms");
    }
    let Some(Ok(when)) = Some(serde_json::from_value::<Condition>(json!({"all": []}))) else { return };
    let segment = Segment { name: "one".to_owned(), brand_id: None, when, contact_ids: Default::default() };
    let begun = Instant::now();
    for n in 0..100_000 {
        black_box(segment::holds(&log.world, &segment, id(n * 7), log.now));
    }
    println!("holds    {} ns for one contact", begun.elapsed().as_nanos() / 100_000);
}

fn per(begun: Instant) -> u128 {
    begun.elapsed().as_nanos() / u128::from(CONTACTS)
}

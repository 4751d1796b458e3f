//! What is in a log and what it weighs.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::OpsError;
use crate::encoding::{self, Events};
use crate::reader::Reader;

/// Counts and sizes, read from the journal in one pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub events: u64,
    pub records: u64,
    pub unique_keys: u64,
    pub by_kind: BTreeMap<String, KindStats>,
    /// Bytes of all records with their frames, without the unused ends of segments.
    pub journal_bytes: u64,
    pub segments: usize,
    pub store_bytes: u64,
}

/// Of one kind of event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindStats {
    pub events: u64,
    /// Facts and sealed parts, without the envelope.
    pub content_bytes: u64,
}

/// Counts everything up to the present head.
pub fn stats(reader: &Reader) -> Result<Stats, OpsError> {
    let mut stats = Stats { store_bytes: reader.shared.store.disk_bytes(), ..Stats::default() };
    let oldest = reader.oldest();
    let journal = &reader.shared.journal;
    journal.scan(oldest - 1, reader.head(), &mut |record| {
        stats.records += 1;
        stats.journal_bytes += record.bytes.len() as u64;
        let bytes = record.payload.get(encoding::PREFIX..).unwrap_or_default();
        for event in Events::new(bytes, record.first_pos, record.count).map_while(Result::ok) {
            stats.events += 1;
            let kind = stats.by_kind.entry(event.kind.to_string()).or_default();
            kind.events += 1;
            let sealed = event.sealed.as_ref().map_or(0, |sealed| sealed.bytes.len());
            kind.content_bytes += (event.facts.len() + sealed) as u64;
        }
        stats.unique_keys += encoding::view(record.payload, record.count).map_or(0, |view| view.keys.len() as u64);
        ControlFlow::Continue(())
    })?;
    stats.segments = crate::journal::segment_file::list(&reader.shared.dir.join("journal"))
        .map_err(super::io_at(&reader.shared.dir))?
        .len();
    Ok(stats)
}

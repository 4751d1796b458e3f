//! Segments: groups of contacts by what is known of them, and of some named one by one. A segment is a condition over a
//! contact's fields; who belongs to it is never written down but found out when somebody asks, so that it is true at that
//! moment. Only a count can be kept ([`manage::snapshot`]).
//!
//! [`facts`] says what a contact's fields are worth, [`members`] asks them of the world, [`manage`] sets segments up. Read
//! models ask the same [`facts`] of their own rows, so that decisions and lists agree.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::condition::{Condition, Field};
use crate::event::{Event, Recorded};
use crate::ids::*;
use crate::time::Timestamp;

pub mod facts;
pub mod manage;
pub mod members;

pub use facts::{ContactFacts, Group, Person, SeenOn};
pub use members::{group, holds, holds_standing, members};

/// Segments at most.
pub const SEGMENTS_MAX: usize = 500;
/// Characters of a name at most.
pub const NAME_MAX: usize = 100;
/// Contacts named one by one in a segment, at most.
pub const NAMED_MAX: usize = 1_000;
/// How deep segments may name each other.
pub const DEPTH_MAX: usize = 5;
/// Snapshots of a segment that are kept at hand; older ones stay in the log.
pub const SNAPSHOTS_MAX: usize = 100;

/// What a segment says. Its id and version stand beside it.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Segment {
    pub name: String,
    /// The brand whose contacts it holds; `None`: all.
    pub brand_id: Option<BrandId>,
    /// Who belongs to it; an empty `any` fits nobody, for a segment of named ones only.
    pub when: Condition,
    /// Who belongs to it whatever the condition says.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contact_ids: BTreeSet<ContactId>,
}

impl Segment {
    /// The segments its condition names.
    pub fn names(&self) -> impl Iterator<Item = SegmentId> {
        named_in(&self.when)
    }
}

/// The segments that a condition names.
pub fn named_in(condition: &Condition) -> impl Iterator<Item = SegmentId> {
    let tests = condition.tests().into_iter().filter(|test| test.field == Field::SegmentId);
    tests.flat_map(|test| test.values()).filter_map(|value| value.as_str()?.parse().ok())
}

/// How many belonged to it at a moment.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    pub at: Timestamp,
    /// The position it was counted at.
    pub as_of: u64,
    pub members: u64,
}

/// A segment with its place in the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: SegmentId,
    /// Events in its stream that changed what it says.
    pub version: u64,
    pub segment: Segment,
    /// Newest last.
    pub snapshots: Vec<Snapshot>,
}

/// The segments there are. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Segments {
    known: BTreeMap<SegmentId, Entry>,
    /// The brand of every segment there ever was.
    brands: BTreeMap<SegmentId, Option<BrandId>>,
}

impl Segments {
    /// All there are, oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.known.values()
    }
    pub fn get(&self, id: SegmentId) -> Option<&Entry> {
        self.known.get(&id)
    }
    /// The brand of one, also of one that was removed; the inner `None`: the whole workspace's.
    pub fn brand_of(&self, id: SegmentId) -> Option<Option<BrandId>> {
        self.brands.get(&id).copied()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        let version = recorded.version;
        match &recorded.event {
            Event::SegmentCreated(event) => {
                let (id, segment) = (event.segment_id, event.segment.clone());
                self.brands.insert(id, segment.brand_id);
                self.known.insert(id, Entry { id, version, segment, snapshots: Vec::new() });
            }
            Event::SegmentChanged(event) => {
                if let Some(entry) = self.known.get_mut(&event.segment_id) {
                    entry.segment.clone_from(&event.segment);
                    entry.version = version;
                    self.brands.insert(event.segment_id, event.segment.brand_id);
                }
            }
            Event::SegmentRemoved(event) => {
                self.known.remove(&event.segment_id);
            }
            Event::SegmentSnapshotted(event) => {
                if let Some(entry) = self.known.get_mut(&event.segment_id) {
                    let at = recorded.occurred_at;
                    entry.snapshots.push(Snapshot { at, as_of: event.as_of, members: event.members });
                    let over = entry.snapshots.len().saturating_sub(SNAPSHOTS_MAX);
                    entry.snapshots.drain(..over);
                    entry.version = version;
                }
            }
            _ => {}
        }
    }
}

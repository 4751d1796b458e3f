//! Webhook items nobody could place, until they are read after all or dismissed. Their text stays sealed in the log
//! at `pos`.

use std::collections::BTreeMap;

use domain::event::workspace::QuarantineReason;
use domain::event::{Event, Recorded, SealKey};
use domain::ids::{ChannelId, QuarantineId};
use domain::time::Timestamp;

/// An open item.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct QuarantineItem {
    pub id: QuarantineId,
    pub reason: QuarantineReason,
    /// The webhook field it came under.
    pub field: String,
    pub detail: Option<String>,
    pub channel_id: Option<ChannelId>,
    pub added_at: Timestamp,
    /// The event that holds the item.
    pub pos: u64,
    pub version: u64,
    pub seal: SealKey,
}

/// The open items.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Quarantine {
    open: BTreeMap<QuarantineId, QuarantineItem>,
}

impl Quarantine {
    pub fn get(&self, id: QuarantineId) -> Option<&QuarantineItem> {
        self.open.get(&id)
    }
    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &QuarantineItem> {
        self.open.values()
    }
    /// Those after `after`, oldest first.
    pub fn after(&self, after: Option<QuarantineId>) -> impl Iterator<Item = &QuarantineItem> {
        use std::ops::Bound;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.open.range((from, Bound::Unbounded)).map(|(_, item)| item)
    }
    pub fn len(&self) -> usize {
        self.open.len()
    }
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::QuarantineItemAdded(event) => {
                let item = QuarantineItem {
                    id: event.quarantine_id,
                    reason: event.reason,
                    field: event.field.clone(),
                    detail: event.detail.clone(),
                    channel_id: event.channel_id,
                    added_at: recorded.occurred_at,
                    pos: recorded.pos,
                    version: recorded.version,
                    seal: event.seal,
                };
                self.open.insert(event.quarantine_id, item);
            }
            Event::QuarantineItemReinterpreted(event) => {
                self.open.remove(&event.quarantine_id);
            }
            Event::QuarantineItemDismissed(event) => {
                self.open.remove(&event.quarantine_id);
            }
            _ => {}
        }
    }
}

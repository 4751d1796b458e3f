//! All policies: those that stand, in their order, and every version there was, because a promise is kept as it was made.
//! Folded by decisions and by read models alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::SlaPolicy;
use crate::condition::{Facts, Field, Test};
use crate::event::{Event, Recorded};
use crate::ids::*;

/// A policy that stands.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: SlaPolicyId,
    pub version: u64,
    pub policy: Arc<SlaPolicy>,
    /// Running promises of older versions than this move to the newest.
    pub(super) applied_from: u64,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Policies {
    order: Vec<SlaPolicyId>,
    standing: BTreeMap<SlaPolicyId, Entry>,
    versions: BTreeMap<(SlaPolicyId, u64), Arc<SlaPolicy>>,
    /// Position of the last change of any of them: what began before it is promised nothing new.
    changed_pos: u64,
    /// Events that moved the order, for whoever compares what they saw.
    order_version: u64,
}

impl Policies {
    /// Those that stand, in the order in which they are asked.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.order.iter().filter_map(|id| self.standing.get(id))
    }
    pub fn get(&self, id: SlaPolicyId) -> Option<&Entry> {
        self.standing.get(&id)
    }
    pub fn len(&self) -> usize {
        self.order.len()
    }
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
    /// A policy as it read at a version, also of one that was removed.
    pub fn of_version(&self, id: SlaPolicyId, version: u64) -> Option<&Arc<SlaPolicy>> {
        self.versions.get(&(id, version))
    }
    /// A policy as it read last, also of one that was removed.
    pub fn newest(&self, id: SlaPolicyId) -> Option<&Arc<SlaPolicy>> {
        self.versions.range((id, 0)..=(id, u64::MAX)).next_back().map(|(_, policy)| policy)
    }
    /// Whether any that stands counts by this calendar.
    pub fn use_hours(&self, id: HoursId) -> bool {
        self.standing.values().any(|entry| entry.policy.uses_hours(id))
    }
    /// Whether any that stands asks about the contact's attributes.
    pub fn ask_attributes(&self) -> bool {
        let asks = |test: &&Test| matches!(test.field, Field::Language | Field::Attribute(_));
        self.standing.values().any(|entry| entry.policy.matches.tests().iter().any(asks))
    }
    /// Counts every creation, removal and ordering.
    pub fn order_version(&self) -> u64 {
        self.order_version
    }
    pub(super) fn changed_pos(&self) -> u64 {
        self.changed_pos
    }

    /// The first that is for a conversation of this brand with these facts.
    pub(super) fn first_match(&self, brand: BrandId, facts: &dyn Facts) -> Option<&Entry> {
        self.iter().find(|entry| {
            let policy = &entry.policy;
            policy.enabled && policy.brand_id.is_none_or(|of| of == brand) && policy.matches.fits(facts)
        })
    }

    /// The same policies with a draft in place of one: for looking at what would be. It reads as if it had always been so.
    pub fn with_draft(&self, id: SlaPolicyId, draft: Option<SlaPolicy>) -> Self {
        let mut drafted = self.clone();
        drafted.changed_pos = 0;
        if let (Some(draft), Some(entry)) = (draft, drafted.standing.get_mut(&id)) {
            let policy = Arc::new(draft);
            entry.version += 1;
            entry.policy = policy.clone();
            drafted.versions.insert((id, entry.version), policy);
        }
        drafted
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::SlaPolicyCreated(event) => {
                self.put(event.policy_id, recorded.version, &event.policy, 0);
                self.order.push(event.policy_id);
                self.order_version += 1;
            }
            Event::SlaPolicyChanged(event) => {
                let before = self.standing.get(&event.policy_id).map_or(0, |entry| entry.applied_from);
                let applied_from = if event.apply_to_open { recorded.version } else { before };
                self.put(event.policy_id, recorded.version, &event.policy, applied_from);
            }
            Event::SlaPolicyRemoved(event) => {
                self.standing.remove(&event.policy_id);
                self.order.retain(|id| *id != event.policy_id);
                self.order_version += 1;
            }
            Event::SlaPoliciesOrdered(event) => {
                self.order.clone_from(&event.policy_ids);
                self.order_version += 1;
            }
            _ => return,
        }
        self.changed_pos = recorded.pos;
    }

    fn put(&mut self, id: SlaPolicyId, version: u64, policy: &SlaPolicy, applied_from: u64) {
        let policy = Arc::new(policy.clone());
        self.versions.insert((id, version), policy.clone());
        self.standing.insert(id, Entry { id, version, policy, applied_from });
    }
}

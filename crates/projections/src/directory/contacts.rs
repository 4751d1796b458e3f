//! Customers without anything personal: what lists, access checks, sending and segments need. There are as many as the desk
//! ever met, so entries are packed and given by value; what is known of them lies beside it ([`super::known`]), merges apart.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::contact::BlindIdentity;
use domain::event::{Event, Recorded, StreamId};
use domain::identity::{BlindKey, IdentityKind};
use domain::ids::{BrandId, ContactId, ConversationId, MergeId};
use domain::segment::Group;
use domain::time::Timestamp;

use super::audience::{Audience, person};
use super::known::{AllKnown, Known, Labels, Seen};
use crate::digest::Digest;
use domain::packed::{Field, Fields, Pages};
use domain::paged::SlotIndex;

domain::packed! {
    /// A customer of a brand.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Contact {
        pub id: ContactId,
        pub brand_id: BrandId,
        pub created_at: Timestamp,
        version: u32,
        kinds: Kinds,
        pub blocked: bool,
        /// Erasure has begun or is done: nothing personal can be read or sent.
        pub erased: bool,
    }
}

/// How many identities of each kind still belong to a contact.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Kinds([u8; KINDS.len()]);

impl Field for Kinds {
    fn put(self, out: &mut [u64]) {
        out[0] = self.0.iter().rev().fold(0, |number, count| number << 8 | u64::from(*count));
    }
    fn take(from: &[u64]) -> Self {
        Self(std::array::from_fn(|kind| (from[0] >> (8 * kind)) as u8))
    }
}

/// What a customer allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    pub granted: bool,
    /// The provider's time: the newest wins.
    pub at: Timestamp,
}

impl From<(Timestamp, bool)> for Consent {
    fn from((at, granted): (Timestamp, bool)) -> Self {
        Self { granted, at }
    }
}

/// A merge in force.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeRecord {
    pub winner: ContactId,
    pub loser: ContactId,
    pub at: Timestamp,
}

/// All customers.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Contacts {
    rows: Pages<Contact>,
    /// By the same slots; this too.
    known: AllKnown,
    seen: Pages<Seen>,
    by_id: SlotIndex,
    external_ids: BTreeMap<BlindKey, ContactId>,
    merges: BTreeMap<MergeId, MergeRecord>,
    merged_into: BTreeMap<ContactId, ContactId>,
    losers: BTreeSet<(ContactId, ContactId)>,
    suggestions: BTreeMap<(ContactId, ContactId), Timestamp>,
}

const KINDS: [IdentityKind; 5] =
    [IdentityKind::Bsuid, IdentityKind::Group, IdentityKind::WaId, IdentityKind::Phone, IdentityKind::ParentBsuid];

impl Contact {
    /// Events in the contact's stream.
    pub fn version(&self) -> u64 {
        u64::from(self.version)
    }
    /// The kinds of identity that are in use, most trusted first.
    pub fn identity_kinds(&self) -> impl Iterator<Item = IdentityKind> {
        let Kinds(kinds) = self.kinds;
        KINDS.into_iter().filter(move |kind| kinds[place(*kind)] > 0)
    }
    /// It stands for a group chat.
    pub fn is_group(&self) -> bool {
        self.kinds.0[place(IdentityKind::Group)] > 0
    }
    fn link(&mut self, identities: &[BlindIdentity]) {
        for identity in identities {
            let count = &mut self.kinds.0[place(identity.kind)];
            *count = count.saturating_add(1);
        }
    }
}

impl Contacts {
    pub fn get(&self, id: ContactId) -> Option<Contact> {
        self.slot(id).map(|slot| self.rows.at(slot))
    }
    /// The place at which a contact came, which means the same contact at every position of the log.
    pub fn place(&self, id: ContactId) -> Option<u32> {
        self.slot(id)
    }
    /// The contact that came at a place.
    pub fn at_place(&self, place: u32) -> Option<Contact> {
        self.rows.get(place)
    }

    /// See [`Pages::pack`].
    pub(crate) fn pack(&mut self) {
        self.rows.pack();
        self.known.pack();
        self.seen.pack();
    }
    pub fn len(&self) -> usize {
        self.rows.len() as usize
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Those that came after `after`, in the order they came; nobody where `after` is unknown.
    pub fn after(&self, after: Option<ContactId>) -> impl Iterator<Item = (ContactId, Contact)> {
        let from = match after {
            None => 0,
            Some(id) => self.slot(id).map_or(self.rows.len(), |slot| slot + 1),
        };
        self.rows.from(from).map(|contact| (contact.id, contact))
    }
    /// What the customer last said about a category; `None` if nothing.
    pub fn consent(&self, id: ContactId, category: &str) -> Option<Consent> {
        self.labels(id).and_then(|labels| labels.consents.get(category)).map(|said| Consent::from(*said))
    }
    /// Every category the customer spoke about.
    pub fn consents(&self, id: ContactId) -> impl Iterator<Item = (&str, Consent)> {
        let said = self.labels(id).into_iter().flat_map(|labels| &labels.consents);
        said.map(|(category, said)| (category.as_str(), Consent::from(*said)))
    }
    /// Tags, attributes and what they said; `None`: nobody noted anything.
    pub fn labels(&self, id: ContactId) -> Option<&Labels> {
        self.slot(id).and_then(|slot| self.known.of(slot).labels())
    }
    /// What is known beside labels: where they were met.
    pub fn known(&self, id: ContactId) -> Option<Known<'_>> {
        self.slot(id).map(|slot| self.known.of(slot))
    }
    /// When they last wrote, how many conversations there are.
    pub fn seen(&self, id: ContactId) -> Option<Seen> {
        self.slot(id).map(|slot| self.seen.at(slot))
    }
    /// The contact that another system's id finds.
    pub fn by_external_id(&self, key: BlindKey) -> Option<ContactId> {
        self.external_ids.get(&key).copied()
    }
    /// Everybody, to be asked about outside of any lock: pages are shared, merges copied.
    pub fn audience(&self) -> Audience {
        let mut merged: BTreeMap<ContactId, Vec<ContactId>> = BTreeMap::new();
        for loser in self.merged_into.keys() {
            merged.entry(self.resolve(*loser)).or_default().push(*loser);
        }
        let slots = merged.values().flatten().filter_map(|id| Some((*id, self.slot(*id)?))).collect();
        Audience { rows: self.rows.clone(), known: self.known.clone(), seen: self.seen.clone(), merged, slots }
    }
    /// One person: the contact that stands for this one, with those merged with it. `None`: unknown, or erased.
    pub fn person(&self, id: ContactId) -> Option<Group<'_>> {
        let standing = self.slot(self.resolve(id)).filter(|slot| !self.rows.at(*slot).erased)?;
        let of = |slot: u32| person(&self.rows.at(slot), self.known.of(slot), self.seen.at(slot));
        let others = self.group(self.rows.at(standing).id).into_iter().filter_map(|id| self.slot(id));
        Some(Group { standing: of(standing), merged: others.filter(|slot| *slot != standing).map(of).collect() })
    }
    /// The contact that stands for `id` now: itself, or the winner of its merges.
    pub fn resolve(&self, id: ContactId) -> ContactId {
        let mut id = id;
        // A chain is never longer than the number of merges, whatever order they were made in.
        for _ in 0..=self.merged_into.len() {
            match self.merged_into.get(&id) {
                Some(winner) => id = *winner,
                None => break,
            }
        }
        id
    }
    /// The contact `id` was merged into directly.
    pub fn merged_into(&self, id: ContactId) -> Option<ContactId> {
        self.merged_into.get(&id).copied()
    }
    /// `id` and every contact merged into it, directly or through others.
    pub fn group(&self, id: ContactId) -> BTreeSet<ContactId> {
        let mut group = BTreeSet::from([id]);
        let mut todo = vec![id];
        while let Some(winner) = todo.pop() {
            let losers = (winner, ContactId::from_u128(0))..=(winner, ContactId::from_u128(u128::MAX));
            todo.extend(self.losers.range(losers).map(|(_, loser)| *loser).filter(|loser| group.insert(*loser)));
        }
        group
    }
    /// A merge that has not been undone.
    pub fn merge(&self, id: MergeId) -> Option<MergeRecord> {
        self.merges.get(&id).copied()
    }
    /// The pairs somebody should look at: `(contact, other, since)`.
    pub fn merge_suggestions(&self) -> impl Iterator<Item = (ContactId, ContactId, Timestamp)> {
        self.suggestions.iter().map(|((contact, other), at)| (*contact, *other, *at))
    }

    pub(super) fn digest(&self, digest: &mut Digest) {
        self.rows.iter().for_each(|contact| digest.add(&contact.numbers()));
        self.known.digest(digest);
        self.seen.iter().for_each(|seen| digest.add(&seen.numbers()));
        digest.add(&(&self.external_ids, &self.merges, &self.merged_into, &self.losers, &self.suggestions));
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ContactCreated(event) => {
                if self.slot(event.contact_id).is_some() {
                    return;
                }
                let mut contact = Contact {
                    id: event.contact_id,
                    brand_id: event.brand_id,
                    created_at: recorded.occurred_at,
                    version: recorded.version as u32,
                    kinds: Default::default(),
                    blocked: false,
                    erased: false,
                };
                contact.link(&event.identities);
                let slot = self.rows.push(contact);
                self.known.push();
                self.seen.push(Seen::NEVER);
                self.by_id.set(event.contact_id.as_u128(), slot, |slot| self.rows.id(slot));
            }
            Event::ContactIdentityLinked(event) => {
                self.change(event.contact_id, |contact| contact.link(&event.identities));
            }
            Event::ContactIdentityRetired(event) => {
                self.change(event.contact_id, |contact| {
                    let count = &mut contact.kinds.0[place(event.identity.kind)];
                    *count = count.saturating_sub(1);
                });
            }
            Event::ContactBlocked(event) => self.change(event.contact_id, |contact| contact.blocked = true),
            Event::ContactUnblocked(event) => self.change(event.contact_id, |contact| contact.blocked = false),
            Event::ContactMergeSuggested(event) => {
                self.suggestions.insert((event.contact_id, event.other_id), recorded.occurred_at);
            }
            Event::ContactMerged(event) => {
                let (winner, loser) = (event.contact_id, event.loser_id);
                self.merges.insert(event.merge_id, MergeRecord { winner, loser, at: recorded.occurred_at });
                self.merged_into.insert(loser, winner);
                self.losers.insert((winner, loser));
                self.suggestions.remove(&(winner, loser));
                self.suggestions.remove(&(loser, winner));
            }
            Event::ContactMergeUndone(event) => {
                self.merges.remove(&event.merge_id);
                self.losers.remove(&(event.contact_id, event.loser_id));
                if self.merged_into.get(&event.loser_id) == Some(&event.contact_id) {
                    self.merged_into.remove(&event.loser_id);
                }
            }
            Event::ContactExternalIdChanged(event) => {
                if let Some(previous) = event.previous {
                    self.external_ids.remove(&previous);
                }
                if let Some(key) = event.key {
                    self.external_ids.insert(key, event.contact_id);
                }
            }
            Event::ContactConsentChanged(_)
            | Event::ContactAttributesChanged(_)
            | Event::ContactTagged(_)
            | Event::ContactUntagged(_) => {
                if let StreamId::Contact(id) = recorded.stream
                    && let Some(slot) = self.slot(id)
                {
                    self.known.apply(slot, recorded);
                }
            }
            Event::ContactErasureStarted(event) => {
                for id in event.merged.iter().chain([&event.contact_id]) {
                    self.erase(*id);
                }
            }
            Event::ContactErased(event) => self.erase(event.contact_id),
            // Names are folded on demand.
            _ => {}
        }
        if let StreamId::Contact(id) = recorded.stream {
            self.change(id, |contact| contact.version = recorded.version as u32);
        }
    }

    /// A conversation of theirs began, or they wrote in one. `contact_of`: whose a conversation is.
    pub(super) fn notice(&mut self, recorded: &Recorded, contact_of: impl FnOnce(ConversationId) -> Option<ContactId>) {
        match &recorded.event {
            Event::ConversationOpened(event) => {
                if let Some(slot) = self.slot(event.contact_id) {
                    self.known.met_on(slot, event.channel_id);
                    self.seen.change(slot, |seen| seen.conversations += 1);
                }
            }
            Event::MessageReceived(event) => {
                if let Some(slot) = contact_of(event.conversation_id).and_then(|id| self.slot(id)) {
                    self.seen.change(slot, |seen| seen.wrote(recorded.occurred_at));
                }
            }
            _ => {}
        }
    }

    fn change(&mut self, id: ContactId, change: impl FnOnce(&mut Contact)) {
        if let Some(slot) = self.slot(id) {
            self.rows.change(slot, change);
        }
    }

    fn slot(&self, id: ContactId) -> Option<u32> {
        self.by_id.get(id.as_u128(), |slot| self.rows.id(slot))
    }

    fn erase(&mut self, id: ContactId) {
        self.change(id, |contact| {
            contact.erased = true;
            contact.kinds = Default::default();
        });
        if let Some(slot) = self.slot(id) {
            self.known.forget(slot);
        }
        self.external_ids.retain(|_, owner| *owner != id);
        self.suggestions.retain(|(contact, other), _| *contact != id && *other != id);
    }
}

fn place(kind: IdentityKind) -> usize {
    match kind {
        IdentityKind::Bsuid => 0,
        IdentityKind::Group => 1,
        IdentityKind::WaId => 2,
        IdentityKind::Phone => 3,
        IdentityKind::ParentBsuid => 4,
    }
}

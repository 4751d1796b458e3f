//! Every contact, in the order in which they came, and which of them an identity finds. There are as many as the desk ever met, so
//! what each has is packed, what few have (labels, consents, merges) lies beside it, and what points to one is its place.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::contact::attributes::Attributes;
use crate::contact::tags::Tags;
use crate::event::SealKey;
use crate::event::contact::{BlindIdentity, ContactCreated};
use crate::identity::{BlindKey, IdentityKind};
use crate::ids::{BrandId, ContactId};
use crate::packed::Pages;
use crate::paged::{Paged, SlotIndex};
use crate::time::Timestamp;
use crate::{packed, packed_as};

packed! {
    /// What every contact has; nothing personal.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Record {
        pub id: ContactId,
        pub brand_id: BrandId,
        pub seal: SealKey,
        pub version: u64,
        /// None was observed: [`Mark::NONE`].
        profile: Mark,
        pub blocked: bool,
        /// Erasure has begun: nothing may be written about them any more.
        pub erased: bool,
        /// When they were last asked how satisfied they are.
        pub surveyed_at: Option<Timestamp>,
        pub created_at: Timestamp,
        /// When they last wrote.
        pub last_seen_at: Option<Timestamp>,
        /// Conversations with them.
        pub conversations: u32,
        /// Of their identities the one that was linked last.
        identity: Option<u32>,
        notes: Option<u32>,
    }
}

packed! {
    /// An identity of a contact.
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Linked {
        /// [`NO_KEY`]: of a kind that never finds anybody, or no longer theirs.
        key: BlindKey,
        /// The contact's place.
        contact: u32,
        kind: IdentityKind,
        /// Of exactly this value. It is no longer theirs: [`Mark::NONE`].
        mark: Mark,
        /// How far back the one is that was linked to the same contact before; 0: there is none.
        back: u32,
    }
}

/// What no value hashes to.
const NO_KEY: BlindKey = BlindKey([0; 16]);

/// Half of a value's hash: enough to tell the few values of one contact from each other, and from any other that comes to them.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
struct Mark(u64);
packed_as!(Mark: u64);

impl Mark {
    const NONE: Self = Self(0);

    fn of(key: BlindKey) -> Self {
        Self(u64::from_be_bytes(*key.0.last_chunk().expect("a key has 16 bytes")))
    }
}

/// What is kept of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownIdentity {
    pub kind: IdentityKind,
    /// Finds the contact.
    pub key: Option<BlindKey>,
    mark: Mark,
}

impl KnownIdentity {
    /// Whether it is this one.
    pub fn is(&self, identity: &BlindIdentity) -> bool {
        (self.kind, self.mark) == (identity.kind, Mark::of(identity.exact))
    }
}

/// What is noted of some customers and of most is not.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Noted {
    pub merged_into: Option<ContactId>,
    pub consents: BTreeMap<String, (Timestamp, bool)>,
    pub suggested: Vec<ContactId>,
    /// Labels that rules may ask about.
    pub attributes: Attributes,
    pub tags: Tags,
    /// What another system's id of them hashes to.
    pub external_id: Option<BlindKey>,
}

static NOTHING: Noted = Noted {
    merged_into: None,
    consents: BTreeMap::new(),
    suggested: Vec::new(),
    attributes: Attributes::new(),
    tags: Tags::new(),
    external_id: None,
};

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Contacts {
    rows: Pages<Record>,
    by_id: SlotIndex,
    identities: Pages<Linked>,
    /// Those that find somebody.
    by_key: SlotIndex,
    notes: Paged<Noted>,
}

/// One contact as it is now.
#[derive(Debug, Clone, Copy)]
pub struct Contact<'w> {
    record: Record,
    all: &'w Contacts,
}

impl Deref for Contact<'_> {
    type Target = Record;

    fn deref(&self) -> &Record {
        &self.record
    }
}

impl<'w> Contact<'w> {
    pub fn noted(&self) -> &'w Noted {
        self.record.notes.map_or(&NOTHING, |slot| &self.all.notes[slot])
    }

    /// What identifies them, the newest first.
    pub fn identities(&self) -> impl Iterator<Item = KnownIdentity> + use<'w> {
        self.all.identities_from(self.record.identity).map(|(_, linked)| KnownIdentity {
            kind: linked.kind,
            key: Some(linked.key).filter(|key| *key != NO_KEY),
            mark: linked.mark,
        })
    }

    /// It stands for a group chat.
    pub fn is_group(&self) -> bool {
        self.identities().any(|identity| identity.kind == IdentityKind::Group)
    }

    /// Whether their profile hashed to this when it was last observed.
    pub fn has_profile(&self, profile: BlindKey) -> bool {
        self.record.profile == Mark::of(profile)
    }
}

impl Contacts {
    pub fn get(&self, id: &ContactId) -> Option<Contact<'_>> {
        self.place(*id).map(|place| self.at(place))
    }
    /// In the order in which they came.
    pub fn ids(&self) -> impl Iterator<Item = ContactId> {
        (0..self.rows.len()).map(|place| ContactId::from_u128(self.rows.id(place)))
    }
    /// In the order in which they came.
    pub fn values(&self) -> impl Iterator<Item = Contact<'_>> {
        (0..self.rows.len()).map(|place| self.at(place))
    }
    pub(super) fn by_identity(&self, key: BlindKey) -> Option<ContactId> {
        let linked = self.identities.at(self.slot_of(key)?);
        Some(ContactId::from_u128(self.rows.id(linked.contact)))
    }
    /// See [`Pages::pack`].
    pub(super) fn pack(&mut self) {
        self.rows.pack();
        self.identities.pack();
    }

    pub(super) fn insert(&mut self, event: &ContactCreated, at: Timestamp) {
        let record = Record {
            id: event.contact_id,
            brand_id: event.brand_id,
            seal: event.seal,
            version: 0,
            profile: event.profile.map_or(Mark::NONE, Mark::of),
            blocked: false,
            erased: false,
            surveyed_at: None,
            created_at: at,
            last_seen_at: None,
            conversations: 0,
            identity: None,
            notes: None,
        };
        let place = self.rows.push(record);
        self.by_id.set(record.id.as_u128(), place, |place| self.rows.id(place));
        self.link(record.id, &event.identities);
    }

    pub(super) fn change(&mut self, id: ContactId, change: impl FnOnce(&mut Record)) {
        if let Some(place) = self.place(id) {
            self.rows.change(place, change);
        }
    }

    pub(super) fn profile_observed(&mut self, id: ContactId, profile: BlindKey) {
        self.change(id, |record| record.profile = Mark::of(profile));
    }

    /// Notes something, or takes it back.
    pub(super) fn note(&mut self, id: ContactId, change: impl FnOnce(&mut Noted)) {
        let Some(place) = self.place(id) else { return };
        match self.rows.at(place).notes {
            Some(slot) => change(&mut self.notes[slot]),
            None => {
                let mut noted = Noted::default();
                change(&mut noted);
                if noted != NOTHING {
                    let slot = self.notes.push(noted);
                    self.rows.change(place, |record| record.notes = Some(slot));
                }
            }
        }
    }

    /// Identities lead to the contact from here on.
    pub(super) fn link(&mut self, id: ContactId, identities: &[BlindIdentity]) {
        let Some(contact) = self.place(id) else { return };
        for BlindIdentity { kind, key, exact } in identities {
            let before = self.rows.at(contact).identity;
            let back = before.map_or(0, |before| self.identities.len() - before);
            let key = key.unwrap_or(NO_KEY);
            let slot = self.identities.push(Linked { contact, kind: *kind, key, mark: Mark::of(*exact), back });
            self.rows.change(contact, |record| record.identity = Some(slot));
            self.lead(key, slot);
        }
    }

    /// One identity no longer does.
    pub(super) fn retire(&mut self, id: ContactId, identity: &BlindIdentity) {
        let Some(contact) = self.get(&id) else { return };
        let known: Vec<_> = self.identities_from(contact.identity).collect();
        let mark = Mark::of(identity.exact);
        for (slot, linked) in known.iter().filter(|(_, linked)| linked.mark == mark) {
            let led = self.slot_of(linked.key) == Some(*slot);
            self.forget(*slot);
            // Two forms of one number find by one key.
            let other = known.iter().find(|(_, other)| other.key == linked.key && other.mark != mark);
            if let (true, Some((other, _))) = (led, other) {
                self.lead(linked.key, *other);
            }
        }
    }

    /// None does.
    pub(super) fn forget_identities(&mut self, id: ContactId) {
        let Some(contact) = self.get(&id) else { return };
        for (slot, _) in self.identities_from(contact.identity).collect::<Vec<_>>() {
            self.forget(slot);
        }
        self.change(id, |record| record.identity = None);
    }

    fn lead(&mut self, key: BlindKey, slot: u32) {
        if key != NO_KEY {
            self.by_key.set(u128::from_be_bytes(key.0), slot, |slot| self.identities.id(slot));
        }
    }

    /// What was there stays as a gap: places of the index that lead to it lead to nothing.
    fn forget(&mut self, slot: u32) {
        self.identities.change(slot, |linked| (linked.key, linked.mark) = (NO_KEY, Mark::NONE));
    }

    fn slot_of(&self, key: BlindKey) -> Option<u32> {
        let found = || self.by_key.get(u128::from_be_bytes(key.0), |slot| self.identities.id(slot));
        (key != NO_KEY).then(found).flatten()
    }

    /// Those that are still theirs, from one on that was linked to them.
    fn identities_from(&self, newest: Option<u32>) -> impl Iterator<Item = (u32, Linked)> + use<'_> {
        let with_slot = |slot: u32| (slot, self.identities.at(slot));
        let all = std::iter::successors(newest.map(with_slot), move |(slot, linked)| {
            (linked.back > 0).then(|| with_slot(slot - linked.back))
        });
        all.filter(|(_, linked)| linked.mark != Mark::NONE)
    }

    fn at(&self, place: u32) -> Contact<'_> {
        Contact { record: self.rows.at(place), all: self }
    }

    fn place(&self, id: ContactId) -> Option<u32> {
        self.by_id.get(id.as_u128(), |place| self.rows.id(place))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::id_map::IdMap;

    const CONTACTS: u8 = 4;

    #[derive(Debug, Clone)]
    enum Act {
        Link(u8, Vec<BlindIdentity>),
        Retire(u8, BlindIdentity),
        Forget(u8),
    }

    /// Of few values, two forms of each key, so that contacts get in each other's way.
    fn identity() -> impl Strategy<Value = BlindIdentity> {
        (1..6u8, 0..2u8, any::<bool>()).prop_map(|(key, form, finds)| BlindIdentity {
            kind: if finds { IdentityKind::Phone } else { IdentityKind::ParentBsuid },
            key: finds.then_some(BlindKey([key; 16])),
            exact: BlindKey([0x80 | key << 2 | form << 1 | u8::from(finds); 16]),
        })
    }

    fn act() -> impl Strategy<Value = Act> {
        let who = || 0..CONTACTS;
        prop_oneof![
            4 => (who(), prop::collection::vec(identity(), 0..3)).prop_map(|(who, linked)| Act::Link(who, linked)),
            2 => (who(), identity()).prop_map(|(who, identity)| Act::Retire(who, identity)),
            1 => who().prop_map(Act::Forget),
        ]
    }

    fn id(who: u8) -> ContactId {
        ContactId::from_u128((0x019a << 112) + u128::from(who))
    }

    proptest! {
        /// As a list for each contact and a map of keys would have it.
        #[test]
        fn identities_lead_to_who_has_them(acts in prop::collection::vec(act(), 0..80), packs in any::<bool>()) {
            let mut contacts = Contacts::default();
            let mut known: IdMap<ContactId, Vec<BlindIdentity>> = IdMap::default();
            let mut owners: HashMap<BlindKey, ContactId> = HashMap::new();
            for who in 0..CONTACTS {
                let created = ContactCreated {
                    contact_id: id(who),
                    brand_id: BrandId::from_u128(1),
                    seal: SealKey(u32::from(who) + 1),
                    identities: Vec::new(),
                    profile: None,
                    private: None,
                };
                contacts.insert(&created, Timestamp::from_millis(1));
            }
            for act in acts {
                match act {
                    Act::Link(who, linked) => {
                        contacts.link(id(who), &linked);
                        owners.extend(linked.iter().filter_map(|identity| Some((identity.key?, id(who)))));
                        known.entry(id(who)).or_default().extend(linked);
                    }
                    Act::Retire(who, identity) => {
                        contacts.retire(id(who), &identity);
                        let of = known.entry(id(who)).or_default();
                        of.retain(|other| other.exact != identity.exact);
                        if let Some(key) = identity.key
                            && owners.get(&key) == Some(&id(who))
                            && of.iter().all(|other| other.key != Some(key))
                        {
                            owners.remove(&key);
                        }
                    }
                    Act::Forget(who) => {
                        contacts.forget_identities(id(who));
                        known.remove(&id(who));
                        owners.retain(|_, owner| *owner != id(who));
                    }
                }
                if packs {
                    contacts.pack();
                }
                for who in 0..CONTACTS {
                    let expected = known.get(&id(who)).into_iter().flatten().rev();
                    let found: Vec<_> = contacts.get(&id(who)).unwrap().identities().collect();
                    prop_assert_eq!(found.len(), expected.clone().count());
                    prop_assert!(found.iter().zip(expected).all(|(found, theirs)| found.is(theirs) && found.key == theirs.key));
                }
                for key in (1..6).map(|key| BlindKey([key; 16])) {
                    prop_assert_eq!(contacts.by_identity(key), owners.get(&key).copied());
                }
            }
        }
    }

    #[test]
    fn what_is_noted_and_taken_back_is_nothing() {
        let mut contacts = Contacts::default();
        let created = ContactCreated {
            contact_id: id(0),
            brand_id: BrandId::from_u128(1),
            seal: SealKey(1),
            identities: Vec::new(),
            profile: None,
            private: None,
        };
        contacts.insert(&created, Timestamp::from_millis(1));
        contacts.note(id(0), |noted| noted.merged_into = None);
        assert!(contacts.notes.is_empty(), "nothing was noted");
        contacts.note(id(0), |noted| noted.merged_into = Some(id(1)));
        assert_eq!(contacts.get(&id(0)).unwrap().noted().merged_into, Some(id(1)));
        contacts.note(id(0), |noted| noted.merged_into = None);
        assert_eq!(*contacts.get(&id(0)).unwrap().noted(), NOTHING);
    }
}

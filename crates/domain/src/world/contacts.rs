//! Every contact, in the order in which they came, and which of them an identity finds. There are as many as the desk ever met, so
//! they lie in pages, and what points to one is its place.

use super::Contact;
use crate::event::contact::BlindIdentity;
use crate::id_map::IdMap;
use crate::identity::BlindKey;
use crate::ids::ContactId;
use crate::paged::{Paged, SlotIndex};

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Contacts {
    rows: Paged<Contact>,
    by_id: SlotIndex,
    by_identity: IdMap<BlindKey, u32>,
}

impl Contacts {
    pub fn get(&self, id: &ContactId) -> Option<&Contact> {
        self.place(*id).map(|place| &self.rows[place])
    }
    /// In the order in which they came.
    pub fn ids(&self) -> impl Iterator<Item = ContactId> {
        self.values().map(|contact| contact.id)
    }
    /// In the order in which they came.
    pub fn values(&self) -> impl Iterator<Item = &Contact> {
        self.rows.iter()
    }
    pub(super) fn by_identity(&self, key: BlindKey) -> Option<ContactId> {
        self.by_identity.get(&key).map(|place| self.rows[*place].id)
    }

    pub(super) fn get_mut(&mut self, id: &ContactId) -> Option<&mut Contact> {
        self.place(*id).map(|place| &mut self.rows[place])
    }
    pub(super) fn insert(&mut self, contact: Contact) {
        let id = contact.id.as_u128();
        let place = self.rows.push(contact);
        self.by_id.set(id, place, |place| self.rows[place].id.as_u128());
    }

    /// Identities lead to the contact from here on.
    pub(super) fn link(&mut self, id: ContactId, identities: &[BlindIdentity]) {
        let Some(place) = self.place(id) else { return };
        for key in identities.iter().filter_map(|identity| identity.key) {
            self.by_identity.insert(key, place);
        }
        let known = &mut self.rows[place].identities;
        known.extend(identities);
        // Few more are ever linked.
        known.shrink_to_fit();
    }

    /// One identity no longer does.
    pub(super) fn retire(&mut self, id: ContactId, identity: &BlindIdentity) {
        let Some(contact) = self.get_mut(&id) else { return };
        contact.identities.retain(|known| known.exact != identity.exact);
        let still = contact.identities.iter().any(|known| known.key == identity.key);
        if let (Some(key), false) = (identity.key, still) {
            self.by_identity.remove(&key);
        }
    }

    /// None does.
    pub(super) fn forget_identities(&mut self, id: ContactId) {
        let Some(contact) = self.get_mut(&id) else { return };
        for key in std::mem::take(&mut contact.identities).into_iter().filter_map(|identity| identity.key) {
            self.by_identity.remove(&key);
        }
    }

    fn place(&self, id: ContactId) -> Option<u32> {
        self.by_id.get(id.as_u128(), |place| self.rows[place].id.as_u128())
    }
}

impl std::ops::Index<&ContactId> for Contacts {
    type Output = Contact;

    /// Of a contact that there is.
    fn index(&self, id: &ContactId) -> &Contact {
        self.get(id).expect("whoever asks knows that there is one")
    }
}

//! Every contact, by id. Each lies in a box of its own: a map that has just doubled has room for twice as many as it holds, and
//! at a million contacts of 288 bytes that alone was 300 MB, all of it moved at once when the map grew.

use super::Contact;
use crate::id_map::IdMap;
use crate::ids::ContactId;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Contacts(IdMap<ContactId, Box<Contact>>);

impl Contacts {
    pub fn get(&self, id: &ContactId) -> Option<&Contact> {
        self.0.get(id).map(AsRef::as_ref)
    }
    /// In no order.
    pub fn ids(&self) -> impl Iterator<Item = ContactId> {
        self.0.keys().copied()
    }
    /// In no order.
    pub fn values(&self) -> impl Iterator<Item = &Contact> {
        self.0.values().map(AsRef::as_ref)
    }

    pub(super) fn get_mut(&mut self, id: &ContactId) -> Option<&mut Contact> {
        self.0.get_mut(id).map(AsMut::as_mut)
    }
    pub(super) fn insert(&mut self, id: ContactId, contact: Contact) {
        self.0.insert(id, Box::new(contact));
    }
}

impl std::ops::Index<&ContactId> for Contacts {
    type Output = Contact;

    /// Of a contact that there is.
    fn index(&self, id: &ContactId) -> &Contact {
        &self.0[id]
    }
}

//! Everybody, to ask who belongs to a segment: the contacts of one position, which can be gone through while the desk goes
//! on. It answers as decisions do ([`domain::segment`]), from the rows that lists are made of.

use std::collections::BTreeMap;

use domain::ids::ContactId;
use domain::segment::{Group, Person, Segment, Segments};
use domain::time::Timestamp;

use super::contacts::Contact;
use super::known::{AllKnown, Known, Seen};
use domain::packed::Pages;

/// See the module.
#[derive(Debug, Clone)]
pub struct Audience {
    pub(super) rows: Pages<Contact>,
    pub(super) known: AllKnown,
    pub(super) seen: Pages<Seen>,
    /// Those merged into a contact, directly or through others, in the order of their ids.
    pub(super) merged: BTreeMap<ContactId, Vec<ContactId>>,
    /// Where those lie.
    pub(super) slots: BTreeMap<ContactId, u32>,
}

impl Audience {
    /// Everybody who belongs to a segment and whom `sees` lets through, in the order they became known; those after `after`
    /// alone, and nobody where that is unknown.
    pub fn members<'a>(
        &'a self,
        segments: &'a Segments,
        segment: &'a Segment,
        now: Timestamp,
        after: Option<ContactId>,
        sees: impl Fn(&Contact) -> bool + 'a,
    ) -> impl Iterator<Item = ContactId> + 'a {
        let place = |id: ContactId| (0..self.rows.len()).position(|slot| self.rows.id(slot) == id.as_u128());
        let from = after.map_or(0, |id| place(id).map_or(self.rows.len() as usize, |place| place + 1)) as u32;
        let people = self.rows.from(from).zip(self.known.from(from)).zip(self.seen.from(from));
        people.filter_map(move |((contact, known), seen)| {
            let belongs = || self.group(&contact, known, seen).belongs(segments, segment, now);
            let fits = self.stands(&contact) && sees(&contact) && belongs();
            fits.then_some(contact.id)
        })
    }

    /// Everybody who stands for themselves, in the order they became known.
    pub fn everybody(&self) -> impl Iterator<Item = Contact> {
        self.rows.iter().filter(|contact| self.stands(contact))
    }

    fn stands(&self, contact: &Contact) -> bool {
        !contact.erased && !self.slots.contains_key(&contact.id)
    }

    fn group<'a>(&'a self, contact: &Contact, known: Known<'a>, seen: Seen) -> Group<'a> {
        let merged = self.merged.get(&contact.id).map_or(&[][..], Vec::as_slice);
        let slots = merged.iter().filter_map(|id| self.slots.get(id));
        let merged =
            slots.map(|slot| person(&self.rows.at(*slot), self.known.of(*slot), self.seen.at(*slot))).collect();
        Group { standing: person(contact, known, seen), merged }
    }
}

pub(super) fn person<'a>(contact: &Contact, known: Known<'a>, seen: Seen) -> Person<'a> {
    let labels = known.labels_or_none();
    Person {
        id: contact.id,
        brand_id: contact.brand_id,
        created_at: contact.created_at,
        last_seen_at: seen.last_seen_at(),
        conversations: seen.conversations,
        blocked: contact.blocked,
        attributes: &labels.attributes,
        tags: &labels.tags,
        consents: &labels.consents,
        seen_on: known.seen_on(),
    }
}

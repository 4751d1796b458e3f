//! Who belongs to a segment, asked of the world: for decisions. One contact is cheap; all of them are gone through one by
//! one, which for a million takes the better part of a second, so whoever only wants to know asks the read models instead.

use std::collections::BTreeMap;

use super::{Group, Person, SeenOn, Segment};
use crate::ids::*;
use crate::time::Timestamp;
use crate::world::{Contact, World};

/// Whether a contact, or the one that stands for them, belongs to a segment; no erased one does.
pub fn holds(world: &World, segment: &Segment, id: ContactId, now: Timestamp) -> bool {
    group(world, id).is_some_and(|group| group.belongs(&world.segments, segment, now))
}

/// The same for a contact that nobody stands for; a merged one belongs to none by itself.
pub fn holds_standing(world: &World, segment: &Segment, id: ContactId, now: Timestamp) -> bool {
    world.contacts.get(&id).is_some_and(|contact| contact.noted().merged_into.is_none())
        && holds(world, segment, id, now)
}

/// Everybody who belongs to a segment, in the order of their ids. Merged contacts are left out, those they were merged
/// into are not; erased ones are gone.
pub fn members(world: &World, segment: &Segment, now: Timestamp) -> impl ExactSizeIterator<Item = ContactId> + use<> {
    let mut merged: BTreeMap<ContactId, Vec<ContactId>> = BTreeMap::new();
    for (_, loser) in world.merges.values() {
        merged.entry(world.standing_for(*loser)).or_default().push(*loser);
    }
    merged.values_mut().for_each(|losers| losers.sort_unstable());
    let belongs = |contact: &Contact<'_>| {
        let stands = contact.noted().merged_into.is_none() && !contact.erased;
        let losers = merged.get(&contact.id).map_or(&[][..], Vec::as_slice);
        stands && of(world, *contact, losers).belongs(&world.segments, segment, now)
    };
    let mut found: Vec<_> = world.contacts.values().filter(belongs).map(|contact| contact.id).collect();
    found.sort_unstable();
    found.into_iter()
}

/// A contact with those merged with it; `None`: unknown, or erased.
pub fn group(world: &World, id: ContactId) -> Option<Group<'_>> {
    let standing = world.contacts.get(&world.standing_for(id)).filter(|contact| !contact.erased)?;
    let mut losers = world.stands_for(standing.id);
    losers.sort_unstable();
    Some(of(world, standing, &losers))
}

fn of<'a>(world: &'a World, standing: Contact<'a>, losers: &[ContactId]) -> Group<'a> {
    let merged = losers.iter().filter_map(|id| world.contacts.get(id)).map(|contact| person(world, contact)).collect();
    Group { standing: person(world, standing), merged }
}

fn person<'a>(world: &'a World, contact: Contact<'a>) -> Person<'a> {
    Person {
        id: contact.id,
        brand_id: contact.brand_id,
        created_at: contact.created_at,
        last_seen_at: contact.last_seen_at,
        conversations: contact.conversations,
        blocked: contact.blocked,
        attributes: &contact.noted().attributes,
        tags: &contact.noted().tags,
        consents: &contact.noted().consents,
        seen_on: SeenOn::World(world),
    }
}

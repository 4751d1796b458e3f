//! Tags of a contact: words by which people sort them. Like attributes they are labels, not personal text, and lie in the
//! log's readable part.

use std::collections::BTreeSet;

use super::edit::living;
use crate::conversation::label::normal;
use crate::event::StreamId;
use crate::event::contact::{ContactTagged, ContactUntagged};
use crate::ids::ContactId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Tags on one contact at most.
pub const TAGS_MAX: usize = 50;

/// Tags in their order.
pub type Tags = BTreeSet<String>;

/// Adds a tag; adding it twice is adding it once.
pub fn add(step: &mut Step<'_>, id: ContactId, tag: &str) -> Result<(), Rejection> {
    living(step, id)?;
    let tag = normal(tag)?;
    let tags = &step.world.contacts.get(&id).ok_or(Rejection::NotFound)?.noted().tags;
    if tags.contains(&tag) {
        return Ok(());
    }
    if tags.len() >= TAGS_MAX {
        return Err(Rejection::Invalid { field: "tag", detail: format!("at most {TAGS_MAX} tags") });
    }
    step.emit(StreamId::Contact(id), ContactTagged { contact_id: id, tag });
    Ok(())
}

/// Takes a tag away.
pub fn remove(step: &mut Step<'_>, id: ContactId, tag: &str) -> Result<(), Rejection> {
    living(step, id)?;
    let tag = normal(tag)?;
    if step.world.contacts.get(&id).ok_or(Rejection::NotFound)?.noted().tags.contains(&tag) {
        step.emit(StreamId::Contact(id), ContactUntagged { contact_id: id, tag });
    }
    Ok(())
}

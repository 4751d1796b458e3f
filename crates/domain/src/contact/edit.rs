//! What colleagues know about a contact: a name, further numbers.

use super::identify::{blind_identity, link};
use crate::event::StreamId;
use crate::event::contact::{Attested, ContactEdited, ContactProfile};
use crate::ids::ContactId;
use crate::inbound::Identity;
use crate::rejection::Rejection;
use crate::step::Step;

/// Characters of a name at most.
pub const NAME_MAX: usize = 200;

/// Gives a name.
pub fn rename(step: &mut Step<'_>, id: ContactId, name: &str) -> Result<(), Rejection> {
    living(step, id)?;
    let private = Some(ContactProfile { name: Some(checked_name(name)?), ..ContactProfile::default() });
    step.emit(StreamId::Contact(id), ContactEdited { contact_id: id, private });
    Ok(())
}

/// A name as it is kept.
pub fn checked_name(name: &str) -> Result<String, Rejection> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("1 to {NAME_MAX} characters") });
    }
    Ok(name.to_owned())
}

/// Takes the given name away; the contact is called what they call themself again.
pub fn clear_name(step: &mut Step<'_>, id: ContactId) -> Result<(), Rejection> {
    living(step, id)?;
    // An empty name is how the log says that there is none.
    let private = Some(ContactProfile { name: Some(String::new()), ..ContactProfile::default() });
    step.emit(StreamId::Contact(id), ContactEdited { contact_id: id, private });
    Ok(())
}

/// Adds a number or id by hand; one that belongs to another contact is refused.
pub fn add_identity(step: &mut Step<'_>, id: ContactId, identity: Identity) -> Result<(), Rejection> {
    let brand = living(step, id)?;
    let key = blind_identity(step.blind, brand, &identity).key;
    if key.and_then(|key| step.world.contact_by_identity(key)).is_some_and(|owner| owner != id) {
        return Err(Rejection::Duplicate("a contact with this identity"));
    }
    link(step, brand, id, &[identity], Attested::Agent);
    Ok(())
}

pub(super) fn living(step: &Step<'_>, id: ContactId) -> Result<crate::ids::BrandId, Rejection> {
    let contact = step.world.contacts.get(&id).ok_or(Rejection::NotFound)?;
    if contact.erased { Err(Rejection::ContactErased) } else { Ok(contact.brand_id) }
}

//! The id by which another system knows a contact: one contact of a brand for each. Like a number it is personal, so it is
//! sealed, and found by its keyed hash.

use super::edit::living;
use crate::event::StreamId;
use crate::event::contact::{ContactExternalIdChanged, ExternalId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::{Blind, Step};

/// Characters at most.
pub const LENGTH_MAX: usize = 128;

/// What finds the contact of a brand by an external id.
pub fn key(blind: &dyn Blind, brand: BrandId, external_id: &str) -> BlindKey {
    blind.blind_parts(&["external:", brand.text().as_str(), ":", external_id])
}

/// An external id as it is kept.
pub fn checked(text: &str) -> Result<String, Rejection> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LENGTH_MAX || text.chars().any(char::is_control) {
        let detail = format!("1 to {LENGTH_MAX} printable characters");
        return Err(Rejection::Invalid { field: "external_id", detail });
    }
    Ok(text.to_owned())
}

/// Whether a contact may have an external id: no other of the brand has it.
pub fn may_have(step: &Step<'_>, id: ContactId, external_id: &str) -> Result<(), Rejection> {
    let brand = living(step, id)?;
    let owner = step.world.contact_by_external_id(key(step.blind, brand, external_id));
    let others = owner.is_some_and(|owner| owner != id);
    if others { Err(Rejection::Duplicate("a contact with this identity")) } else { Ok(()) }
}

/// Gives, replaces or takes away the external id.
pub fn set(step: &mut Step<'_>, id: ContactId, external_id: Option<&str>) -> Result<(), Rejection> {
    let brand = living(step, id)?;
    let external_id = external_id.map(checked).transpose()?;
    if let Some(text) = &external_id {
        may_have(step, id, text)?;
    }
    let key = external_id.as_deref().map(|text| key(step.blind, brand, text));
    let previous = step.world.external_id_of(id);
    if previous != key {
        let private = external_id.map(|external_id| ExternalId { external_id });
        step.emit(StreamId::Contact(id), ContactExternalIdChanged { contact_id: id, key, previous, private });
    }
    Ok(())
}

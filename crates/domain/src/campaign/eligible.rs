//! Whether somebody who is meant is written to, and to whom of those they stand for.

use super::{Campaign, Kind, Reason};
use crate::contact::consent::{MARKETING, Purpose};
use crate::identity::IdentityKind;
use crate::ids::*;
use crate::template::Template;
use crate::world::{Contact, World};

/// The category of templates that the provider calls marketing.
const MARKETING_CATEGORY: &str = "MARKETING";

/// The campaign's template, if there is one.
pub(super) fn template<'w>(world: &'w World, campaign: &Campaign) -> Option<&'w Template> {
    let waba = world.channels.get(&campaign.channel_id)?.config.waba_id.as_str();
    let name = &campaign.template;
    world.templates.values().find(|template| template.is(waba, &name.name, &name.language))
}

/// Whom a message goes to, or why nobody is written to.
pub(super) fn address(world: &World, campaign: &Campaign, id: ContactId) -> Result<ContactId, Reason> {
    let standing = world.standing_for(id);
    let contact = world.contacts.get(&standing).ok_or(Reason::Unknown)?;
    if contact.brand_id != campaign.brand_id {
        return Err(Reason::Unknown);
    }
    if contact.erased || world.contacts.get(&id).is_none_or(|contact| contact.erased) {
        return Err(Reason::Erased);
    }
    if world.is_blocked(id) {
        return Err(Reason::Blocked);
    }
    wanted(world, campaign, id)?;
    let others = if world.merges.is_empty() { Vec::new() } else { world.stands_for(standing) };
    let reached = |id: &ContactId| world.contacts.get(id).is_some_and(is_reached);
    let mut all: Vec<ContactId> = std::iter::once(standing).chain(others).filter(reached).collect();
    // Where they wrote before, there the answer is expected.
    all.sort_by_key(|id| world.thread(campaign.channel_id, *id).is_none());
    all.first().copied().ok_or(Reason::NoIdentity)
}

/// Whether they want it: asked when their turn comes, and again before it goes.
pub(super) fn wanted(world: &World, campaign: &Campaign, id: ContactId) -> Result<(), Reason> {
    let purpose = campaign.consent_purpose.map(Purpose::category);
    if purpose.is_some_and(|purpose| world.has_declined(id, purpose)) {
        return Err(Reason::OptedOut);
    }
    let marketing = campaign.kind == Kind::Marketing
        || template(world, campaign).and_then(|template| template.category.as_deref()) == Some(MARKETING_CATEGORY);
    if marketing && world.has_declined(id, MARKETING) {
        return Err(Reason::OptedOut);
    }
    match purpose {
        Some(purpose) if !has_agreed(world, id, purpose) => Err(Reason::NoConsent),
        _ => Ok(()),
    }
}

fn has_agreed(world: &World, id: ContactId, purpose: &str) -> bool {
    let agreed = |contact: Contact<'_>| contact.noted().consents.get(purpose).is_some_and(|(_, granted)| *granted);
    [id, world.standing_for(id)].iter().any(|id| world.contacts.get(id).is_some_and(agreed))
}

/// Somebody, not a group, with something to reach them by.
fn is_reached(contact: Contact<'_>) -> bool {
    let kinds = || contact.identities().map(|identity| identity.kind);
    !contact.erased
        && kinds().all(|kind| kind != IdentityKind::Group)
        && kinds().any(|kind| matches!(kind, IdentityKind::WaId | IdentityKind::Phone | IdentityKind::Bsuid))
}

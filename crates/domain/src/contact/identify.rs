//! Who wrote: find the contact by what the provider attests, or begin one.
//!
//! Identities are tried in their order of trust. What the provider names together belongs together, so the ones we
//! did not know are linked; one that already belongs to another contact is never moved, it suggests a merge to
//! people.

use crate::event::contact::*;
use crate::event::{SealKey, StreamId};
use crate::identity::{BlindKey, IdentityKind};
use crate::ids::*;
use crate::inbound::{Identity, Sender};
use crate::step::{Blind, Step};

/// The contact of a sender within a brand, created or completed as needed. `None` where the sender names nobody.
pub fn identify(step: &mut Step<'_>, brand: BrandId, sender: &Sender) -> Option<ContactId> {
    if sender.identities.is_empty() {
        return None;
    }
    let blind: Vec<_> = sender.identities.iter().map(|identity| blind_identity(step.blind, brand, identity)).collect();
    let contact_id = match find_blind(step, &blind) {
        Some(id) => {
            link_blind(step, id, &blind, &sender.identities, Attested::Provider);
            observe_profile(step, brand, id, sender);
            id
        }
        None => create(step, brand, sender, None),
    };
    Some(contact_id)
}

/// The contact that the most trusted known identity finds.
pub fn find(step: &Step<'_>, brand: BrandId, identities: &[Identity]) -> Option<ContactId> {
    let blind: Vec<_> = identities.iter().map(|identity| blind_identity(step.blind, brand, identity)).collect();
    find_blind(step, &blind)
}

fn find_blind(step: &Step<'_>, identities: &[BlindIdentity]) -> Option<ContactId> {
    let found = |identity: &BlindIdentity| Some((identity.kind, step.world.contact_by_identity(identity.key?)?));
    identities.iter().filter_map(found).min_by_key(|(kind, _)| *kind).map(|(_, contact)| contact)
}

/// Begins a contact. `given_name` is a name a colleague or the phone's address book gave.
pub fn create(step: &mut Step<'_>, brand: BrandId, sender: &Sender, given_name: Option<String>) -> ContactId {
    let contact_id: ContactId = step.mint.fresh();
    let seal: SealKey = step.next_seal();
    let identities = sender.identities.iter().map(|identity| blind_identity(step.blind, brand, identity)).collect();
    step.emit(
        StreamId::Contact(contact_id),
        ContactCreated {
            contact_id,
            brand_id: brand,
            seal,
            identities,
            profile: profile_key(step.blind, brand, sender),
            private: Some(ContactProfile {
                name: given_name,
                profile_name: sender.profile_name.clone(),
                username: sender.username.clone(),
                identities: sender.identities.clone(),
            }),
        },
    );
    contact_id
}

/// Adds the identities that are new to the contact; suggests a merge where one is another contact's.
pub fn link(step: &mut Step<'_>, brand: BrandId, id: ContactId, identities: &[Identity], attested_by: Attested) {
    let blind: Vec<_> = identities.iter().map(|identity| blind_identity(step.blind, brand, identity)).collect();
    link_blind(step, id, &blind, identities, attested_by);
}

fn link_blind(step: &mut Step<'_>, id: ContactId, blind: &[BlindIdentity], clear: &[Identity], attested_by: Attested) {
    let mut added: Vec<(BlindIdentity, Identity)> = Vec::new();
    let mut others = Vec::new();
    let Some(contact) = step.world.contacts.get(&id) else { return };
    for (blind, identity) in blind.iter().zip(clear) {
        let is_added = || added.iter().any(|(other, _)| (other.kind, other.exact) == (blind.kind, blind.exact));
        if contact.identities().any(|known| known.is(blind)) || is_added() {
            continue;
        }
        match blind.key.and_then(|key| step.world.contact_by_identity(key)) {
            Some(other) if other != id => others.push(other),
            _ => added.push((*blind, identity.clone())),
        }
    }
    if !added.is_empty() {
        let (blind, clear) = added.into_iter().unzip();
        let private = Some(ContactProfile { identities: clear, ..ContactProfile::default() });
        step.emit(
            StreamId::Contact(id),
            ContactIdentityLinked { contact_id: id, identities: blind, attested_by, private },
        );
    }
    for other in others {
        suggest_merge(step, id, other);
    }
}

/// Asks people whether two contacts are one, once.
pub fn suggest_merge(step: &mut Step<'_>, id: ContactId, other: ContactId) {
    let together = step.world.standing_for(id) == step.world.standing_for(other);
    let asked = step.world.contacts.get(&id).is_none_or(|contact| contact.noted().suggested.contains(&other));
    if !together && !asked {
        step.emit(StreamId::Contact(id), ContactMergeSuggested { contact_id: id, other_id: other });
    }
}

fn observe_profile(step: &mut Step<'_>, brand: BrandId, id: ContactId, sender: &Sender) {
    let Some(profile) = profile_key(step.blind, brand, sender) else { return };
    if step.world.contacts.get(&id).is_none_or(|contact| contact.has_profile(profile)) {
        return;
    }
    let private = ContactProfile {
        profile_name: sender.profile_name.clone(),
        username: sender.username.clone(),
        ..ContactProfile::default()
    };
    step.emit(StreamId::Contact(id), ContactProfileObserved { contact_id: id, profile, private: Some(private) });
}

/// The identity without its value. Scoped to the brand: walls hold for customers too.
pub fn blind_identity(blind: &dyn Blind, brand: BrandId, identity: &Identity) -> BlindIdentity {
    let (brand, value) = (brand.text(), &*identity.value);
    let form = identity.kind.index_form(value);
    let key = form.map(|(space, form)| blind.blind_parts(&["identity:", brand.as_str(), ":", space, ":", &form]));
    let kind = match identity.kind {
        IdentityKind::Bsuid => "bsuid",
        IdentityKind::Group => "group",
        IdentityKind::WaId => "wa_id",
        IdentityKind::Phone => "phone",
        IdentityKind::ParentBsuid => "parent_bsuid",
    };
    let exact = blind.blind_parts(&["exact:", brand.as_str(), ":", kind, ":", value]);
    BlindIdentity { kind: identity.kind, key, exact }
}

fn profile_key(blind: &dyn Blind, brand: BrandId, sender: &Sender) -> Option<BlindKey> {
    let (name, username) = (sender.profile_name.as_deref(), sender.username.as_deref());
    (name.is_some() || username.is_some()).then(|| {
        let (name, username) = (name.unwrap_or(""), username.unwrap_or(""));
        blind.blind_parts(&["profile:", brand.text().as_str(), ":", name, "\u{0}", username])
    })
}

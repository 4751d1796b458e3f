//! The provider attests that an identity became another: a changed number, a rotated user id, a new security code.

use super::identify::{blind_identity, find, identify, link, suggest_merge};
use crate::event::StreamId;
use crate::event::contact::*;
use crate::identity::IdentityKind;
use crate::ids::*;
use crate::inbound::{Identity, Sender};
use crate::step::Step;
use crate::time::Timestamp;

/// `from` became `to`. The contact keeps its history and is found by the new identity; where that one already belongs
/// to another contact, the two are merged, because the provider itself says that they are one person.
pub fn identity_changed(step: &mut Step<'_>, brand: BrandId, from: &[Identity], to: &[Identity]) {
    let (old, new) = (find(step, brand, from), find(step, brand, to));
    match (old, new) {
        (Some(old), Some(new)) if old == new => {
            // Found by one of the new identities; the others may still be new to it.
            link(step, brand, old, to, Attested::Provider);
            retire(step, brand, old, from, to);
        }
        (Some(old), Some(new)) => {
            if step.world.standing_for(old) != step.world.standing_for(new) {
                let winner = step.world.standing_for(new);
                let loser = step.world.standing_for(old);
                let merge_id = step.mint.fresh();
                step.emit(StreamId::Contact(winner), ContactMerged { merge_id, contact_id: winner, loser_id: loser });
            }
            // Whoever has the old number next is somebody else.
            retire(step, brand, old, from, to);
        }
        (Some(old), None) => {
            link(step, brand, old, to, Attested::Provider);
            retire(step, brand, old, from, to);
        }
        (None, Some(_)) => {}
        (None, None) => {
            let sender = Sender { identities: to.to_vec(), ..Sender::default() };
            identify(step, brand, &sender);
        }
    }
}

/// The old value of a kind that has a new one no longer finds the contact.
fn retire(step: &mut Step<'_>, brand: BrandId, id: ContactId, from: &[Identity], to: &[Identity]) {
    for old in from {
        // A number and a wa_id are one space: either replaces either.
        let group = |kind: IdentityKind| if kind == IdentityKind::Phone { IdentityKind::WaId } else { kind };
        let replaced = to.iter().any(|new| group(new.kind) == group(old.kind) && new.value != old.value);
        let identity = blind_identity(step.blind, brand, old);
        let has =
            step.world.contacts.get(&id).is_some_and(|contact| contact.identities().any(|known| known.is(&identity)));
        if replaced && has {
            let private = Some(ContactProfile { identities: vec![old.clone()], ..ContactProfile::default() });
            step.emit(StreamId::Contact(id), ContactIdentityRetired { contact_id: id, identity, private });
        }
    }
}

/// The customer's security code changed.
pub fn identity_key_changed(step: &mut Step<'_>, brand: BrandId, of: &Sender, hash: &str, at: Timestamp) {
    if let Some(contact_id) = identify(step, brand, of) {
        let private = Some(IdentityKeyHash { hash: hash.to_owned() });
        step.emit_at(
            StreamId::Contact(contact_id),
            ContactIdentityKeyChanged { contact_id, at, private },
            at.clamped_to(step.now),
            Vec::new(),
        );
    }
}

/// The customer shared their own number when asked: it is theirs, unless somebody else already has it.
pub fn shared_own_number(step: &mut Step<'_>, brand: BrandId, id: ContactId, numbers: &[Identity]) {
    let owner = find(step, brand, numbers);
    match owner {
        Some(other) if other != id => suggest_merge(step, id, other),
        _ => link(step, brand, id, numbers, Attested::Customer),
    }
}

/// The phone's address book named a contact (coexistence). Removing one there removes nothing here.
pub fn address_book(step: &mut Step<'_>, brand: BrandId, identities: &[Identity], name: Option<&str>, removed: bool) {
    if removed || identities.is_empty() {
        return;
    }
    let given = name.map(str::to_owned);
    match find(step, brand, identities) {
        Some(id) => {
            link(step, brand, id, identities, Attested::Provider);
            if given.is_some() {
                let private = Some(ContactProfile { name: given, ..ContactProfile::default() });
                step.emit(StreamId::Contact(id), ContactEdited { contact_id: id, private });
            }
        }
        None => {
            let sender = Sender { identities: identities.to_vec(), ..Sender::default() };
            super::identify::create(step, brand, &sender, given);
        }
    }
}

//! Webhooks about customers rather than messages: what they want to receive, and rotated user ids.

use domain::identity::IdentityKind;
use domain::inbound::InboundFact;

use super::item::{Object, str_of, text, time_of};
use super::people::{identity, rotation};
use super::{Read, Scope};

/// Reads a choice about marketing messages: `stop` or `resume`.
pub(super) fn read_preference(scope: &Scope<'_>, item: Object) -> Read {
    let of = scope.cards.person(&item, "wa_id", "user_id", "parent_user_id").identities;
    if of.is_empty() {
        return Err("the preference is nobody's");
    }
    let granted = match str_of(&item, "value") {
        Some("stop") => false,
        Some("resume") => true,
        _ => return Ok(InboundFact::Unknown { field: scope.field.clone(), body: item.into() }),
    };
    let category = text(&item, "category").unwrap_or_else(|| "marketing_messages".to_owned());
    Ok(InboundFact::Consent { of, category, granted, at: time_of(&item, "timestamp", scope.made) })
}

/// Reads a rotated user id. The number beside it still is the customer's, so it helps to find the contact.
pub(super) fn read_rotation(scope: &Scope<'_>, item: Object) -> Read {
    let (previous, current) = rotation(item.get("user_id"));
    let previous = previous.or_else(|| text(&item, "previous_user_id"));
    let (old_parent, new_parent) = rotation(item.get("parent_user_id"));
    let current = current.ok_or("the rotation has no new user id")?;
    let from: Vec<_> = [
        identity(IdentityKind::Bsuid, previous),
        identity(IdentityKind::WaId, text(&item, "wa_id")),
        identity(IdentityKind::ParentBsuid, old_parent),
    ]
    .into_iter()
    .flatten()
    .collect();
    if from.is_empty() {
        return Err("the rotation names nobody");
    }
    let to = [identity(IdentityKind::Bsuid, Some(current)), identity(IdentityKind::ParentBsuid, new_parent)]
        .into_iter()
        .flatten()
        .collect();
    let at = time_of(&item, "timestamp", scope.made);
    Ok(InboundFact::IdentityChanged { from, to, provider_id: None, at })
}

//! `calls[]` and the call reports that share the key of message reports.

use domain::inbound::{Call, InboundFact};

use super::item::{Object, str_of, text, time_of};
use super::people::same_number;
use super::{Read, Scope};

/// Reads a step of a call.
pub(super) fn read(scope: &Scope<'_>, item: Object) -> Read {
    let provider_id = text(&item, "id").ok_or("the call has no id")?;
    let event = text(&item, "event").ok_or("the call has no event")?.to_lowercase();
    let ours = |key: &str| {
        let number = text(&item, key);
        number.zip(scope.business.as_deref()).is_some_and(|(number, business)| same_number(&number, business))
    };
    let from_customer = match str_of(&item, "direction") {
        Some("USER_INITIATED") => Some(true),
        Some("BUSINESS_INITIATED") => Some(false),
        _ if ours("to") => Some(true),
        _ if ours("from") => Some(false),
        _ => None,
    };
    let with = if from_customer == Some(false) {
        scope.cards.person(&item, "to", "to_user_id", "to_parent_user_id")
    } else {
        scope.cards.person(&item, "from", "from_user_id", "from_parent_user_id")
    };
    if with.identities.is_empty() {
        return Err("the call names no customer");
    }
    let at = time_of(&item, "timestamp", scope.made);
    Ok(InboundFact::Call(Call { provider_id, with, event, from_customer, at, body: item.into() }))
}

/// Reads a report on a call that we placed.
pub(super) fn read_status(scope: &Scope<'_>, item: Object) -> Read {
    let provider_id = text(&item, "id").ok_or("the call report names no call")?;
    let event = text(&item, "status").ok_or("the call report has no status")?.to_lowercase();
    let with = scope.cards.person(&item, "recipient_id", "recipient_user_id", "recipient_parent_user_id");
    if with.identities.is_empty() {
        return Err("the call report names no customer");
    }
    let at = time_of(&item, "timestamp", scope.made);
    Ok(InboundFact::Call(Call { provider_id, with, event, from_customer: Some(false), at, body: item.into() }))
}

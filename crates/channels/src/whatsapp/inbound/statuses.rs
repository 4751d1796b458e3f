//! `statuses[]`: delivery reports.

use domain::identity::IdentityKind;
use domain::inbound::{Identity, InboundFact, StatusObservation};

use super::item::{Object, first_error, str_of, text, time_of};
use super::people::identity;
use super::{Read, Scope};

/// Reads one report. Its recipient is listed as far as the report and the card beside it tell.
pub(super) fn read(scope: &Scope<'_>, mut item: Object) -> Read {
    let provider_id = text(&item, "id").ok_or("the report names no message")?;
    let status = text(&item, "status").ok_or("the report has no status")?.to_lowercase();
    let group = str_of(&item, "recipient_type") == Some("group");
    let participant = text(&item, "recipient_participant_user_id").or_else(|| text(&item, "recipient_participant_id"));
    Ok(InboundFact::Status(StatusObservation {
        provider_id,
        status,
        at: time_of(&item, "timestamp", scope.made),
        participant,
        callback_data: text(&item, "biz_opaque_callback_data"),
        recipient: if group { of_group(&item) } else { of_person(scope, &item) },
        error: first_error(&item),
        pricing: item.remove("pricing").filter(|pricing| pricing.is_object()),
        conversation: item.remove("conversation").filter(|conversation| conversation.is_object()),
    }))
}

fn of_group(item: &Object) -> Vec<Identity> {
    identity(IdentityKind::Group, text(item, "recipient_id")).into_iter().collect()
}

fn of_person(scope: &Scope<'_>, item: &Object) -> Vec<Identity> {
    // The parent's key was renamed in May 2026; reports with either are about.
    let parent = if item.contains_key("recipient_parent_user_id") {
        "recipient_parent_user_id"
    } else {
        "parent_recipient_user_id"
    };
    scope.cards.person(item, "recipient_id", "recipient_user_id", parent).identities
}

//! Messages.

use app::Desk;
use domain::content::Content;
use domain::ids;
use domain::message::DeliveryStatus;
use projections::media::MediaState as ViewMediaState;
use projections::timeline::{
    Attempt, AttemptOutcome, Author as TimelineAuthor, Direction as TimelineDirection, MessageError as TimelineError,
    Reactor, TimelineMessage,
};
use serde_json::{Map, Value};

use super::conversation::shortened;
use crate::dto::media::MediaState;
use crate::dto::message::*;

/// Field names of a message that a content's key must not take.
const RESERVED: &[&str] = &[
    "id",
    "version",
    "conversation_id",
    "pos",
    "direction",
    "author",
    "type",
    "status",
    "status_history",
    "provider_message_id",
    "reply_to_id",
    "client_ref",
    "scheduled_at",
    "cancel_if_customer_writes",
    "error",
    "media",
    "reactions",
    "referral",
    "provider_errors",
    "imported",
    "late",
    "courtesy_after_resolve",
    "survey_id",
    "possible_duplicate",
    "created_at",
    "edited_at",
    "revoked_at",
];

/// A message of a conversation the asker may see.
pub(crate) fn message(desk: &Desk, message: &TimelineMessage) -> Message {
    Message {
        id: message.id.into(),
        version: message.version.into(),
        conversation_id: message.conversation_id.into(),
        pos: message.pos.into(),
        direction: match message.direction {
            TimelineDirection::Inbound => Direction::Inbound,
            TimelineDirection::Outbound => Direction::Outbound,
        },
        author: author(desk, message.author),
        r#type: shortened(message.kind.as_str(), 64),
        status: status(message.status),
        status_history: message
            .status_history
            .iter()
            .filter(|change| !change.of_participant)
            .filter_map(|change| Some(StatusChange { status: status_of_word(&change.status)?, at: change.at.into() }))
            .collect(),
        provider_message_id: message.provider_message_id.clone(),
        reply_to_id: message.reply_to_id.map(Into::into),
        client_ref: message.client_ref.clone(),
        scheduled_at: message.scheduled.map(|scheduled| scheduled.at.into()),
        cancel_if_customer_writes: message.scheduled.is_some_and(|scheduled| scheduled.cancel_if_customer_writes),
        error: message.error.as_ref().map(|why| {
            let error = error(why);
            // What never was queued cannot be sent again.
            MessageError { retryable: error.retryable && !message.was_dropped(), ..error }
        }),
        media: message.media_id.map(|id| media(desk, id)),
        reactions: message
            .reactions
            .iter()
            .filter_map(|reaction| {
                let by = match (reaction.by, reaction.user_id) {
                    (Reactor::Customer(id), _) => author(desk, TimelineAuthor::Customer(id)),
                    (Reactor::Business, Some(user)) => author(desk, TimelineAuthor::User(user)),
                    (Reactor::Business, None) => author(desk, TimelineAuthor::PhoneApp),
                };
                let emoji = shortened(reaction.emoji.as_deref()?, 32);
                Some(MessageReaction { author: by, emoji, at: reaction.at.into() })
            })
            .collect(),
        referral: message.referral.clone(),
        provider_errors: message.errors.clone(),
        imported: message.imported,
        late: message.late,
        courtesy_after_resolve: message.courtesy_after_resolve,
        survey_id: message.survey_id.map(Into::into),
        possible_duplicate: message.possible_duplicate,
        created_at: message.occurred_at.into(),
        edited_at: message.edited_at.map(Into::into),
        revoked_at: message.revoked.map(|revoked| revoked.at.into()),
        content: content(message.content.as_ref(), message.media_id),
    }
}

/// The content under its type's key. A file is named by our id, whichever way the message went.
fn content(content: Option<&Content>, media_id: Option<ids::MediaId>) -> Map<String, Value> {
    let Some(content) = content.filter(|content| !content.body.is_null()) else { return Map::new() };
    let mut body = content.body.clone();
    if let (Some(object), true) = (body.as_object_mut(), content.kind.is_media()) {
        object.remove("id");
        if let Some(id) = media_id {
            object.insert("id".to_owned(), Value::String(id.to_string()));
        }
    }
    let key = content.kind.as_str();
    let key = if RESERVED.contains(&key) { format!("{key}_content") } else { key.to_owned() };
    Map::from_iter([(key, body)])
}

fn author(desk: &Desk, author: TimelineAuthor) -> Author {
    let (r#type, id, name) = match author {
        TimelineAuthor::Customer(id) => {
            (AuthorType::Contact, id.map(|id| id.to_string()), id.and_then(|id| desk.contact_name(id)))
        }
        TimelineAuthor::User(id) => (AuthorType::User, Some(id.to_string()), desk.user_name(id)),
        TimelineAuthor::PhoneApp => (AuthorType::PhoneApp, None, None),
        TimelineAuthor::Rule(id) => (AuthorType::Bot, Some(id.to_string()), desk.automation_rule_name(id)),
        TimelineAuthor::System => (AuthorType::System, None, None),
        TimelineAuthor::Campaign(id) => (AuthorType::Campaign, Some(id.to_string()), None),
    };
    Author { r#type, id, name }
}

fn media(desk: &Desk, id: ids::MediaId) -> MessageMedia {
    let facts = desk.media_of_message(id).ok();
    let file = facts.as_ref().and_then(|facts| facts.file.as_ref());
    MessageMedia {
        id: id.into(),
        mime_type: file.map(|file| shortened(&file.mime, 255)),
        size_bytes: file.map(|file| file.size.into()),
        filename: facts.as_ref().and_then(|facts| facts.filename.as_deref()).map(|name| shortened(name, 255)),
        state: facts.as_ref().map_or(MediaState::Pending, |facts| media_state(facts.state)),
    }
}

pub(crate) fn media_state(state: ViewMediaState) -> MediaState {
    match state {
        ViewMediaState::Pending => MediaState::Pending,
        ViewMediaState::Stored { .. } => MediaState::Stored,
        ViewMediaState::Failed { .. } => MediaState::Failed,
        ViewMediaState::Erased => MediaState::Erased,
    }
}

fn error(error: &TimelineError) -> MessageError {
    MessageError {
        code: shortened(&error.reason, 64),
        title: error.title.as_deref().map(|title| shortened(title, 1000)),
        provider_code: error.code,
        // A person may send a failed message again; whether that helps depends on the reason.
        retryable: !matches!(error.reason.as_str(), "contact_erased" | "contact_blocked"),
    }
}

fn status(status: DeliveryStatus) -> MessageStatus {
    match status {
        DeliveryStatus::Received => MessageStatus::Received,
        DeliveryStatus::Scheduled => MessageStatus::Scheduled,
        DeliveryStatus::Cancelled => MessageStatus::Cancelled,
        DeliveryStatus::Queued => MessageStatus::Queued,
        DeliveryStatus::Sending => MessageStatus::Sending,
        DeliveryStatus::Accepted => MessageStatus::Accepted,
        DeliveryStatus::Held => MessageStatus::Held,
        DeliveryStatus::Sent => MessageStatus::Sent,
        DeliveryStatus::Delivered => MessageStatus::Delivered,
        DeliveryStatus::Read => MessageStatus::Read,
        DeliveryStatus::Played => MessageStatus::Played,
        DeliveryStatus::Failed => MessageStatus::Failed,
        DeliveryStatus::Uncertain => MessageStatus::Uncertain,
    }
}

/// Words of the provider that name no step of ours are left to the log.
fn status_of_word(word: &str) -> Option<MessageStatus> {
    Some(match word {
        "received" => MessageStatus::Received,
        "scheduled" => MessageStatus::Scheduled,
        "cancelled" => MessageStatus::Cancelled,
        "queued" => MessageStatus::Queued,
        "sending" => MessageStatus::Sending,
        "accepted" => MessageStatus::Accepted,
        "held" => MessageStatus::Held,
        "sent" => MessageStatus::Sent,
        "delivered" => MessageStatus::Delivered,
        "read" => MessageStatus::Read,
        "played" => MessageStatus::Played,
        "failed" | "error" => MessageStatus::Failed,
        "uncertain" => MessageStatus::Uncertain,
        _ => return None,
    })
}

/// Tries and reports of a message, oldest first.
pub(crate) fn status_reports(message: &TimelineMessage) -> Vec<StatusReport> {
    let mut reports: Vec<StatusReport> = message.attempts.iter().flat_map(attempt).collect();
    let told = message.status_history.iter().filter(|change| !change.inferred);
    for change in told {
        let Some(status) = status_of_word(&change.status) else { continue };
        let at = change.at.into();
        if !reports.iter().any(|known| known.status == status && known.at == at) {
            let failed = status == MessageStatus::Failed;
            let error = message.error.as_ref().filter(|_| failed).map(error);
            reports.push(StatusReport { status, at, attempt: None, error });
        }
    }
    reports.sort_by_key(|report| report.at);
    reports
}

fn attempt(attempt: &Attempt) -> Vec<StatusReport> {
    let number = Some(attempt.number);
    let started = attempt.started_at.map(|at| StatusReport {
        status: MessageStatus::Sending,
        at: at.into(),
        attempt: number,
        error: None,
    });
    let ended = match &attempt.outcome {
        AttemptOutcome::Running => None,
        AttemptOutcome::Accepted { at, held, .. } => Some(StatusReport {
            status: if *held { MessageStatus::Held } else { MessageStatus::Accepted },
            at: (*at).into(),
            attempt: number,
            error: None,
        }),
        AttemptOutcome::Refused { at, error: reason, .. } => Some(StatusReport {
            status: MessageStatus::Failed,
            at: (*at).into(),
            attempt: number,
            error: Some(error(reason)),
        }),
        AttemptOutcome::Uncertain { at, .. } => {
            Some(StatusReport { status: MessageStatus::Uncertain, at: (*at).into(), attempt: number, error: None })
        }
    };
    started.into_iter().chain(ended).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_named_by_our_id_and_never_by_the_providers() {
        let image = Content { kind: "image".into(), body: json!({"id": "778", "caption": "x"}) };
        let id = ids::MediaId::from_u128(5);
        assert_eq!(content(Some(&image), Some(id))["image"], json!({"id": id.to_string(), "caption": "x"}));
        assert_eq!(content(Some(&image), None)["image"], json!({"caption": "x"}));
    }

    #[test]
    fn a_kind_named_like_a_field_of_ours_takes_another_key() {
        let odd = Content { kind: "status".into(), body: json!({"x": 1}) };
        assert_eq!(Value::from(content(Some(&odd), None)), json!({"status_content": {"x": 1}}));
        assert!(content(None, None).is_empty());
    }
}

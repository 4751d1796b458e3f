//! Messages: reading them, sending, sending again.

use std::sync::Arc;

use domain::access::Action;
use domain::content::{Content, MessageKind};
use domain::conversation::reply::{self, Reply};
use domain::conversation::schedule::{self, Plan};
use domain::event::message::Sender;
use domain::ids;
use domain::rejection::Rejection;
use domain::replies::canned;
use projections::timeline::{Entry, Timeline, TimelineMessage};
use serde_json::Value;

use super::timeline::{Cursor, cursor, is_before};
use crate::answer::{Accepted, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::message::{Message, MessagePage, StatusReports};
use crate::dto::message_content::{OnStale, SendMessage};
use crate::dto::scalar::{ConversationId, MessageId};
use crate::dto::timeline::ListQuery;
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Fingerprint, IdempotencyKey, MessageJson, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::message::{message, status_reports};
use crate::problem::{FieldError, Kind, Problem};

/// What can stand in the way of a message.
pub(super) const UNSENDABLE: &[Kind] = &[
    Kind::StaleReply,
    Kind::ServiceWindowClosed,
    Kind::ContactBlocked,
    Kind::ContactOptedOut,
    Kind::ContactErased,
    Kind::NumberBarred,
    Kind::ChannelDisabled,
    Kind::Unprocessable,
    Kind::UnknownReference,
    Kind::TemplateParametersMismatch,
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/conversations/{conversation_id}/messages", "list_messages", list)
            .about(Tag::Messages, "List messages, newest first")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/conversations/{conversation_id}/messages", "send_message", send)
            .about(Tag::Messages, "Send a message")
            .description(
                "The message is durable and queued when this answers; `GET /v1/messages/{message_id}` tells how its \
                 sending went. The content stands under the key named by `type`. With `scheduled_at` it waits for its time \
                 first: it answers nobody, needs no open window yet, and can be changed or taken back.",
            )
            .needs(Action::MessageSend)
            .rate(RateClass::Send)
            .refuses(UNSENDABLE),
        Endpoint::get("/v1/messages/{message_id}", "get_message", read)
            .about(Tag::Messages, "Get a message")
            .needs(Action::ConversationRead),
        Endpoint::get("/v1/messages/{message_id}/statuses", "list_message_statuses", statuses)
            .about(Tag::Messages, "List every try and report of a message")
            .needs(Action::ConversationRead),
        Endpoint::post("/v1/messages/{message_id}/retries", "retry_message", retry)
            .about(Tag::Messages, "Send a failed or uncertain message again")
            .description(
                "The same message, a new attempt. An uncertain one may have arrived already: a person decides, frontdesk \
                 never does.",
            )
            .needs(Action::MessageSend)
            .rate(RateClass::Send)
            .refuses(UNSENDABLE)
            .refuses_too(&[Kind::NotResendable]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<ConversationId>,
) -> Result<Found<MessagePage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated(format!("messages {}", id.0)), query.cursor, query.limit);
    let end = pager.after::<Cursor>()?;
    let as_of = front.position();
    let timeline = front.timeline(&caller.principal, id.0)?;
    let older = timeline.entries().iter().rev().filter_map(|entry| match entry {
        Entry::Message(found) => Some((entry.place(), &**found)),
        Entry::Note(_) | Entry::Activity(_) => None,
    });
    // A reaction is shown on its message, not as one of its own.
    let older = older.filter(|(place, found)| is_before(*place, end) && found.kind != MessageKind::Reaction);
    let (rows, page) = pager.cut(older.take(pager.limit() + 1).collect(), |(place, _)| cursor(*place));
    let data = rows.into_iter().map(|(_, found)| message(&front, found)).collect();
    Ok(Found(MessagePage { data, page, as_of: as_of.into() }))
}

async fn send(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    IdempotencyKey(key): IdempotencyKey,
    MessageJson(body, raw): MessageJson<SendMessage>,
) -> Result<Accepted<Message>, Problem> {
    // Whoever may not see the conversation learns nothing from what follows.
    front.conversation(&caller.principal, id.0)?;
    let sender = author(&caller, body.automated.unwrap_or_default())?;
    let print = Fingerprint::of(&raw);
    // A file goes to the customer as their own copy, so that erasing them takes it along.
    let (content, media_id) = front.attach(&caller.principal, id.0, content(raw)?).await?;
    let reply_to = body.reply_to_id.map(ids::MessageId::from);
    let context_provider_id = match reply_to {
        Some(quoted) => quoted_id(&*front.timeline(&caller.principal, id.0)?, quoted)?,
        None => None,
    };
    let wanted = Reply {
        conversation_id: id.0,
        sender,
        content,
        reply_to_id: reply_to,
        context_provider_id,
        client_ref: body.client_ref,
        media_id,
        after_pos: match body.on_stale.unwrap_or_default() {
            OnStale::Reject => body.after_pos.map(|pos| pos.0),
            OnStale::Send => None,
        },
    };
    let cancel_if_customer_writes = body.cancel_if_customer_writes.unwrap_or_default();
    let canned_reply = body.canned_reply_id.map(ids::CannedReplyId::from);
    let plan = body.scheduled_at.map(|at| Plan { at: at.0, cancel_if_customer_writes });
    if plan.is_none() && cancel_if_customer_writes {
        let detail = "is for a message with scheduled_at".to_owned();
        return Err(Rejection::Invalid { field: "cancel_if_customer_writes", detail }.into());
    }
    let what = format!("send_message {}", id.0);
    let repeatable = Repeatable { key: OptionalIdempotencyKey(Some(key)), what: &what, body: print };
    let made = front
        .creation(&caller, repeatable, move |gate| {
            let step = &mut gate.conversation(Action::MessageSend, wanted.conversation_id)?;
            let principal = step.principal();
            canned_reply.map_or(Ok(()), |id| canned::usable(step.world, &principal, id))?;
            let message = match plan {
                Some(plan) => schedule::schedule(step, &wanted, plan),
                None => reply::reply(step, &wanted),
            }?;
            if let Some(id) = canned_reply {
                canned::used(step, id, wanted.conversation_id, message);
            }
            Ok(message)
        })
        .await?;
    // As it was when it was made, so that the same request has the same answer whatever happened since.
    let place = front.find_message(&caller.principal, made.value)?;
    let timeline = match canned_reply {
        None => front.entry_at(&caller.principal, place.conversation_id, made.entry_pos)?,
        // The message's own event is not the last of its command.
        Some(_) => front.timeline_of_message(&caller.principal, made.value, made.entry_pos)?,
    };
    answer(&front, &timeline, made.value, made.replayed)
}

/// Who answers: a program may say that nobody does.
fn author(caller: &Caller, automated: bool) -> Result<Sender, Problem> {
    if automated && caller.principal.key_id().is_none() {
        let detail = "is for keys of programs".to_owned();
        return Err(Rejection::Invalid { field: "automated", detail }.into());
    }
    Ok(if automated { Sender::System } else { Sender::User(caller.principal.user_id) })
}

/// The object under the key that `type` names; nothing else may be there.
pub(super) fn content(raw: Value) -> Result<Content, Problem> {
    let Value::Object(mut fields) = raw else { return Err(Kind::InvalidBody.into()) };
    let word = fields.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let at = |pointer: &str, code: &str, detail: String| FieldError {
        pointer: Some(format!("/{pointer}")),
        parameter: None,
        code: code.to_owned(),
        detail,
    };
    const OTHERS: &[&str] = &[
        "type",
        "reply_to_id",
        "client_ref",
        "after_pos",
        "on_stale",
        "scheduled_at",
        "cancel_if_customer_writes",
        "automated",
        "canned_reply_id",
    ];
    let stray = fields.iter().find(|(key, value)| **key != word && !OTHERS.contains(&key.as_str()) && !value.is_null());
    if let Some((key, _)) = stray {
        let detail = format!("a message of type {word} has its content under the key {word}");
        return Err(Problem::new(Kind::Unprocessable).errors(vec![at(key, "wrong-type", detail)]));
    }
    match fields.remove(&word).filter(|body| !body.is_null()) {
        Some(body) => Ok(Content { kind: MessageKind::from(word.as_str()), body }),
        None => {
            let detail = format!("a message of type {word} needs its content under the key {word}");
            Err(Problem::new(Kind::Unprocessable).errors(vec![at(&word, "required", detail)]))
        }
    }
}

/// The provider's id of a message of this conversation.
pub(super) fn quoted_id(timeline: &Timeline, quoted: ids::MessageId) -> Result<Option<String>, Problem> {
    let message = timeline.message(quoted).ok_or(Rejection::UnknownReference { field: "reply_to_id" })?;
    Ok(message.provider_message_id.clone())
}

fn answer(
    front: &Front,
    timeline: &Timeline,
    id: ids::MessageId,
    replayed: bool,
) -> Result<Accepted<Message>, Problem> {
    let found = timeline.message(id).ok_or_else(|| Problem::internal("a message that was just made is not there"))?;
    Ok(Accepted { location: format!("/v1/messages/{id}"), body: message(front, found), replayed })
}

/// A message with the conversation around it.
pub(super) fn find(front: &Front, caller: &Caller, id: MessageId) -> Result<(Arc<Timeline>, ids::MessageId), Problem> {
    let place = front.find_message(&caller.principal, id.0)?;
    Ok((front.timeline(&caller.principal, place.conversation_id)?, id.0))
}

fn found(timeline: &Timeline, id: ids::MessageId) -> Result<&TimelineMessage, Problem> {
    timeline.message(id).ok_or_else(|| Kind::NotFound.into())
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<MessageId>) -> Result<Versioned<Message>, Problem> {
    let (timeline, id) = find(&front, &caller, id)?;
    let found = found(&timeline, id)?;
    Ok(Versioned(message(&front, found), found.version))
}

async fn statuses(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<MessageId>,
) -> Result<Found<StatusReports>, Problem> {
    let as_of = front.position();
    let (timeline, id) = find(&front, &caller, id)?;
    Ok(Found(StatusReports { data: status_reports(found(&timeline, id)?), as_of: as_of.into() }))
}

async fn retry(
    caller: Caller,
    front: Front,
    Path(id): Path<MessageId>,
    key: OptionalIdempotencyKey,
) -> Result<Accepted<Message>, Problem> {
    let what = format!("retry_message {}", id.0);
    let repeatable = Repeatable { key, what: &what, body: Fingerprint::of(&Value::Null) };
    let made = front
        .creation(&caller, repeatable, move |gate| {
            let step = &mut gate.message(Action::MessageSend, id.0)?;
            reply::resend(step, id.0).map(|()| id.0)
        })
        .await?;
    let (timeline, _) = find(&front, &caller, id)?;
    answer(&front, &timeline, made.value, made.replayed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_stands_under_the_key_of_its_type_alone() {
        let text = content(json!({"type": "text", "text": {"body": "hi"}, "client_ref": "a"})).unwrap();
        assert_eq!(text, Content::text("hi"));
        for wrong in [
            json!({"type": "text"}),
            json!({"type": "text", "text": null}),
            json!({"type": "text", "image": {"id": "x"}}),
            json!({"type": "text", "text": {"body": "hi"}, "image": {"id": "x"}}),
        ] {
            assert_eq!(content(wrong).unwrap_err().kind(), Kind::Unprocessable);
        }
    }
}

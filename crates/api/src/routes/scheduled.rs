//! Messages that wait for their time: another time, another content, or none.

use app::gate::{Cleared, Gate};
use domain::access::Action;
use domain::conversation::schedule::{self, Change, Rewrite};
use domain::event::message::Sender;
use domain::ids::{self, UserId};
use domain::rejection::Rejection;
use serde_json::Value;

use super::messages::{content, find};
use crate::answer::{Done, Found};
use crate::caller::Caller;
use crate::dto::message::Message;
use crate::dto::message_content::UpdateMessage;
use crate::dto::scalar::MessageId;
use crate::endpoint::Endpoint;
use crate::extract::{MessageJson, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::message::message;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const REFUSED: &[Kind] = &[
        Kind::InvalidTransition,
        Kind::ContactBlocked,
        Kind::ContactOptedOut,
        Kind::ContactErased,
        Kind::Unprocessable,
        Kind::UnknownReference,
        Kind::TemplateParametersMismatch,
    ];
    vec![
        Endpoint::patch("/v1/messages/{message_id}", "update_message", update)
            .about(Tag::Messages, "Change a message that waits for its time")
            .description(
                "Another time, another content, or both; whoever writes the content is its author. Only while the message is \
                 `scheduled`.",
            )
            .needs(Action::MessageSend)
            .refuses(REFUSED),
        Endpoint::delete("/v1/messages/{message_id}", "cancel_message", cancel)
            .about(Tag::Messages, "Take back a message that waits for its time")
            .needs(Action::MessageSend)
            .refuses(&[Kind::InvalidTransition]),
    ]
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<MessageId>,
    MessageJson(body, raw): MessageJson<UpdateMessage>,
) -> Result<Found<Message>, Problem> {
    let me = caller.principal.user_id;
    let place = front.find_message(&caller.principal, id.0)?;
    let rewrite = if names_content(&raw) {
        let (content, media_id) = front.attach(&caller.principal, place.conversation_id, content(raw)?).await?;
        Some(Rewrite { sender: Sender::User(me), content, media_id })
    } else {
        None
    };
    let change = Change {
        at: body.scheduled_at.map(|at| at.0),
        cancel_if_customer_writes: body.cancel_if_customer_writes,
        content: rewrite,
    };
    front
        .command(&caller, move |gate| {
            let step = &mut cleared(gate, me, id.0)?;
            schedule::change(step, id.0, change)
        })
        .await?;
    let (timeline, id) = find(&front, &caller, id)?;
    let found = timeline.message(id).ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(Found(message(&front, found)))
}

/// Lets through whoever may send there, and whoever wrote it: what one wrote one can take back, also where one may only
/// read by now.
fn cleared<'g, 's>(gate: &'g mut Gate<'_, 's>, me: UserId, id: ids::MessageId) -> Result<Cleared<'g, 's>, Rejection> {
    let seen = gate.message(Action::ConversationRead, id)?;
    let own = seen.world.schedules.get(id).is_some_and(|waiting| waiting.sender == Sender::User(me));
    gate.message(if own { Action::ConversationRead } else { Action::MessageSend }, id)
}

/// Whether anything but the time and its condition is there.
fn names_content(raw: &Value) -> bool {
    let plan = |key: &str| matches!(key, "scheduled_at" | "cancel_if_customer_writes");
    raw.as_object().is_some_and(|fields| fields.iter().any(|(key, value)| !plan(key) && !value.is_null()))
}

async fn cancel(caller: Caller, front: Front, Path(id): Path<MessageId>) -> Result<Done, Problem> {
    let me = caller.principal.user_id;
    front
        .command(&caller, move |gate| {
            let step = &mut cleared(gate, me, id.0)?;
            schedule::cancel(step, id.0)
        })
        .await?;
    Ok(Done)
}

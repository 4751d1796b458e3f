//! One's sign under a message.

use domain::access::Action;
use domain::content::{Content, MessageKind};
use domain::conversation::reply::{self, Reply};
use domain::event::message::Sender;
use domain::rejection::Rejection;
use serde_json::json;

use super::messages::{UNSENDABLE, find, quoted_id};
use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::message::{Message, SetReaction};
use crate::dto::scalar::MessageId;
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Json, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::message::message;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::put("/v1/messages/{message_id}/reaction", "set_reaction", set)
            .about(Tag::Messages, "React to a message")
            .needs(Action::MessageSend)
            .rate(RateClass::Send)
            .refuses(UNSENDABLE)
            .refuses_too(&[Kind::Conflict]),
        Endpoint::delete("/v1/messages/{message_id}/reaction", "remove_reaction", remove)
            .about(Tag::Messages, "Take a reaction back")
            .needs(Action::MessageSend)
            .rate(RateClass::Send)
            .refuses(UNSENDABLE)
            .refuses_too(&[Kind::Conflict]),
    ]
}

async fn set(
    caller: Caller,
    front: Front,
    Path(id): Path<MessageId>,
    Json(body, _): Json<SetReaction>,
) -> Result<Found<Message>, Problem> {
    react(&caller, &front, id, body.emoji).await
}

async fn remove(caller: Caller, front: Front, Path(id): Path<MessageId>) -> Result<Found<Message>, Problem> {
    // The provider's way to take a reaction back is an empty one.
    react(&caller, &front, id, String::new()).await
}

async fn react(caller: &Caller, front: &Front, id: MessageId, emoji: String) -> Result<Found<Message>, Problem> {
    let me = caller.principal.user_id;
    let (timeline, target) = find(front, caller, id)?;
    let provider_id = quoted_id(&timeline, target)?;
    let provider_id = provider_id
        .ok_or_else(|| Problem::new(Kind::Conflict).detail("the provider has no such message yet; try again later"))?;
    let wanted = Reply {
        conversation_id: timeline.conversation.id,
        sender: Sender::User(me),
        content: Content { kind: MessageKind::Reaction, body: json!({"message_id": provider_id, "emoji": emoji}) },
        reply_to_id: Some(target),
        context_provider_id: Some(provider_id),
        client_ref: None,
        media_id: None,
        after_pos: None,
    };
    front
        .command(caller, move |gate| {
            let step = &mut gate.conversation(Action::MessageSend, wanted.conversation_id)?;
            reply::reply(step, &wanted)
        })
        .await?;
    let (timeline, target) = find(front, caller, id)?;
    let found = timeline.message(target).ok_or(Rejection::NotFound)?;
    Ok(Found(message(front, found)))
}

//! Tags, and how far somebody has read.

use domain::access::Action;
use domain::conversation::label;

use super::conversations::{change, shown};
use crate::answer::{Done, Found};
use crate::caller::Caller;
use crate::dto::conversation::{Conversation, SetRead};
use crate::dto::scalar::ConversationId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, MaybeJson, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::put("/v1/conversations/{conversation_id}/tags/{tag}", "tag_conversation", tag)
            .about(Tag::Conversations, "Tag a conversation")
            .needs(Action::ConversationTag)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::delete("/v1/conversations/{conversation_id}/tags/{tag}", "untag_conversation", untag)
            .about(Tag::Conversations, "Take a tag away")
            .needs(Action::ConversationTag)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::put("/v1/conversations/{conversation_id}/read", "mark_conversation_read", mark_read)
            .about(Tag::Conversations, "Mark a conversation read, up to a message or altogether")
            .description("Yours alone; the customer is shown that their messages were read.")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::UnknownReference]),
        Endpoint::delete("/v1/conversations/{conversation_id}/read", "mark_conversation_unread", mark_unread)
            .about(Tag::Conversations, "Mark a conversation unread")
            .needs(Action::ConversationRead),
        Endpoint::post("/v1/conversations/{conversation_id}/typing", "show_typing", typing)
            .about(Tag::Conversations, "Show the customer that somebody writes")
            .description("Lasts 25 seconds or until a message is sent; also shows that their messages were read.")
            .needs(Action::MessageSend),
    ]
}

async fn tag(
    caller: Caller,
    front: Front,
    Path((id, tag)): Path<(ConversationId, String)>,
    expected: IfMatch,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::ConversationTag, expected, move |step| label::tag(step, id.0, &tag)).await
}

async fn untag(
    caller: Caller,
    front: Front,
    Path((id, tag)): Path<(ConversationId, String)>,
    expected: IfMatch,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::ConversationTag, expected, move |step| label::untag(step, id.0, &tag)).await
}

async fn mark_read(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    MaybeJson(body, _): MaybeJson<SetRead>,
) -> Result<Found<Conversation>, Problem> {
    front.mark_read(&caller.principal, id.0, body.up_to_message_id.map(Into::into), false).await?;
    shown(&caller, &front, id)
}

async fn mark_unread(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
) -> Result<Found<Conversation>, Problem> {
    front.mark_read(&caller.principal, id.0, None, true).await?;
    shown(&caller, &front, id)
}

async fn typing(caller: Caller, front: Front, Path(id): Path<ConversationId>) -> Result<Done, Problem> {
    front.typing(&caller.principal, id.0).await?;
    Ok(Done)
}

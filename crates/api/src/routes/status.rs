//! Status, snooze, priority, the handing over by a bot, and the second thought about a "thanks".

use domain::access::Action;
use domain::bot::hold;
use domain::conversation::change_status::Resolve;
use domain::conversation::{Status, change_status, hand_off, label};
use domain::rejection::Rejection;

use super::conversations::{change, domain_priority};
use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::conversation::{Conversation, HandOff, SetBot, SetPriority, SetSnooze, SetStatus, SettableStatus};
use crate::dto::csat::CsatChoice;
use crate::dto::scalar::ConversationId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, MaybeJson, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const STATUS: &[Kind] = &[Kind::InvalidTransition, Kind::Unprocessable];
    vec![
        Endpoint::put("/v1/conversations/{conversation_id}/status", "set_conversation_status", set_status)
            .about(Tag::Conversations, "Open, park or resolve a conversation")
            .description(
                "The queue that the conversation lies in says what a resolution can be called, and whether it must be: \
                 `disposition`.",
            )
            .needs(Action::ConversationStatus)
            .refuses(STATUS),
        Endpoint::put("/v1/conversations/{conversation_id}/snooze", "snooze_conversation", snooze)
            .about(Tag::Conversations, "Put a conversation out of sight until a time, or until the customer writes")
            .description("Exactly one of `until` and `until_reply` is given. The customer's next message ends either.")
            .needs(Action::ConversationStatus)
            .refuses(STATUS),
        Endpoint::delete("/v1/conversations/{conversation_id}/snooze", "wake_conversation", wake)
            .about(Tag::Conversations, "End a snooze")
            .needs(Action::ConversationStatus)
            .refuses(STATUS),
        Endpoint::put("/v1/conversations/{conversation_id}/priority", "set_conversation_priority", set_priority)
            .about(Tag::Conversations, "Set a conversation's priority")
            .needs(Action::ConversationPriority),
        Endpoint::post("/v1/conversations/{conversation_id}/bot-handoff", "hand_off_conversation", hand_off_to_people)
            .about(Tag::Conversations, "Hand a conversation over from a bot to people")
            .description(
                "From here on people are expected to answer: what they are measured by and promised to counts from now, and \
                 no longer from the customer's first message. Said again, it changes nothing. A bot sends \
                 its messages with `automated`, so that they answer nobody.",
            )
            .needs(Action::MessageSend)
            .refuses(&[Kind::InvalidTransition]),
        Endpoint::put("/v1/conversations/{conversation_id}/bot", "set_conversation_bot", set_bot)
            .about(Tag::Conversations, "Say whether a bot has a conversation")
            .description(
                "While one has it, people are not given it and nothing is promised in their name. Our own rules take it when they \
                 ask or answer; a program that answers by itself says so here, and hands over with `false` or with \
                 `bot-handoff`. What somebody has cannot be a bot's.",
            )
            .needs(Action::MessageSend)
            .refuses(&[Kind::InvalidTransition, Kind::Unprocessable]),
        Endpoint::post("/v1/conversations/{conversation_id}/courtesy-undo", "undo_courtesy", undo_courtesy)
            .about(Tag::Conversations, "Reopen after a \"thanks\" that was more than that")
            .description(
                "A courtesy message leaves a resolved conversation resolved. This makes it count: the conversation \
                 reopens and its customer waits since they wrote it.",
            )
            .needs(Action::ConversationStatus)
            .refuses(STATUS),
    ]
}

async fn set_status(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    expected: IfMatch,
    Json(body, _): Json<SetStatus>,
) -> Result<Found<Conversation>, Problem> {
    let to = match body.status {
        SettableStatus::Open => Status::Open,
        SettableStatus::Pending => Status::Pending,
        SettableStatus::Resolved => Status::Resolved,
    };
    let without_survey = body.csat == Some(CsatChoice::Skip);
    let asked = body.csat.is_some();
    change(&caller, &front, id, Action::ConversationStatus, expected, move |step| match (to, body.disposition) {
        (Status::Resolved, disposition) => {
            let how = Resolve { reason: body.reason, disposition, without_survey, ..Resolve::default() };
            change_status::resolve(step, id.0, how)
        }
        (_, Some(_)) => {
            Err(Rejection::Invalid { field: "disposition", detail: "is what a resolution comes to".to_owned() })
        }
        (_, None) if asked => {
            Err(Rejection::Invalid { field: "csat", detail: "is asked about after a resolution".to_owned() })
        }
        (_, None) => change_status::change(step, id.0, to, None, body.reason),
    })
    .await
}

async fn snooze(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    expected: IfMatch,
    Json(body, _): Json<SetSnooze>,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::ConversationStatus, expected, move |step| {
        let until = match (body.until, body.until_reply.unwrap_or_default()) {
            (Some(until), false) => Some(until.0),
            (None, true) => None,
            (Some(_), true) | (None, false) => {
                let detail = "exactly one of until and until_reply is given".to_owned();
                return Err(Rejection::Invalid { field: "until", detail });
            }
        };
        change_status::change(step, id.0, Status::Snoozed, until, None)
    })
    .await
}

async fn wake(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    expected: IfMatch,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::ConversationStatus, expected, move |step| {
        let status = step.conversation(id.0).ok_or(Rejection::NotFound)?.status;
        // A snooze that is over already is not ended twice.
        if status == Status::Snoozed { change_status::change(step, id.0, Status::Open, None, None) } else { Ok(()) }
    })
    .await
}

async fn set_priority(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    expected: IfMatch,
    Json(body, _): Json<SetPriority>,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::ConversationPriority, expected, move |step| {
        label::prioritize(step, id.0, domain_priority(body.priority))
    })
    .await
}

async fn hand_off_to_people(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    MaybeJson(body, _): MaybeJson<HandOff>,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::MessageSend, IfMatch(None), move |step| {
        hand_off::hand_off(step, id.0, body.reason)
    })
    .await
}

async fn set_bot(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    expected: IfMatch,
    Json(body, _): Json<SetBot>,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::MessageSend, expected, move |step| match (body.active, body.reason) {
        (true, Some(_)) => Err(Rejection::Invalid { field: "reason", detail: "is why it is handed over".to_owned() }),
        (true, None) => hold::hold(step, id.0),
        (false, reason) => hand_off::hand_off(step, id.0, reason),
    })
    .await
}

async fn undo_courtesy(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
) -> Result<Found<Conversation>, Problem> {
    change(&caller, &front, id, Action::ConversationStatus, IfMatch(None), move |step| {
        change_status::undo_courtesy(step, id.0)
    })
    .await
}

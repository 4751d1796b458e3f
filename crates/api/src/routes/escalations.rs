//! Handing conversations up.

use domain::access::Action;
use domain::bulk::escalate;

use super::conversations::domain_priority;
use crate::answer::Carried;
use crate::caller::Caller;
use crate::dto::bulk::{Escalate, Escalation};
use crate::endpoint::Endpoint;
use crate::extract::{Json, OptionalIdempotencyKey};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::present::bulk::{bulk_item, counts};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/v1/escalations", "escalate_conversations", escalate)
            .about(Tag::Conversations, "Hand conversations up to a team, more urgent and with a note")
            .description(
                "Each lies in the team's queue afterwards, with nobody, more urgent than before, and with the note in it. Each is \
                 decided by itself: one that is refused is left as it was and holds up no other.",
            )
            .needs(Action::ConversationEscalate)
            .refuses(&[Kind::UnknownReference, Kind::Unprocessable]),
    ]
}

async fn escalate(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<Escalate>,
) -> Result<Carried<Escalation>, Problem> {
    let wanted = escalate::Escalation {
        conversation_ids: body.conversation_ids.into_iter().map(Into::into).collect(),
        to_team_id: body.to_team_id.into(),
        priority: body.priority.map(domain_priority),
        note: body.note,
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "escalate_conversations", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ConversationEscalate)?;
            let principal = step.principal();
            escalate::escalate(step, &principal, &wanted)
        })
        .await?;
    let job = front.bulk_job(&caller.principal, made.value)?.job;
    let items = front.bulk_items(&caller.principal, made.value)?;
    let body = Escalation {
        job_id: job.id.into(),
        counts: counts(job.total, job.tally),
        data: items.into_iter().map(bulk_item).collect(),
    };
    Ok(Carried { body, replayed: made.replayed })
}

//! Why somebody can or cannot see a conversation, now or at an earlier position of the log.

use domain::access::{Action, Reason};

use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::access::{AccessExplanation, AccessReason, ExplanationQuery};
use crate::endpoint::Endpoint;
use crate::extract::{Query, one_of, past_problem};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

const AS_OF: [&str; 2] = ["as_of_pos", "as_of"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/access-explanations", "explain_access", explain)
            .about(Tag::Access, "Explain why somebody can, or cannot, see a conversation")
            .description("Folded from the log, so that it can be asked of any earlier position too.")
            .needs(Action::AccessExplain)
            .refuses(&[Kind::NotFound, Kind::PositionGone]),
    ]
}

async fn explain(
    caller: Caller,
    front: Front,
    Query(query): Query<ExplanationQuery>,
) -> Result<Found<AccessExplanation>, Problem> {
    let (user, conversation) = (query.user_id.0, query.conversation_id.0);
    // It has a fold of its own, which needs no views of then: whoever explains access need not read the past.
    let as_of = match one_of(query.as_of_pos, query.as_of, AS_OF)? {
        Some(asked) => Some(front.moment(asked).await.map_err(|error| past_problem(error, asked, AS_OF))?.pos),
        None => None,
    };
    let answer = front.explain_access(&caller.principal, user, conversation, as_of)?;
    Ok(Found(AccessExplanation {
        user_id: query.user_id,
        conversation_id: query.conversation_id,
        can_see: answer.can_see,
        can_reply: answer.can_reply,
        reasons: answer.reasons.into_iter().map(reason).collect(),
        since_pos: answer.since_pos.into(),
        as_of: answer.as_of.into(),
    }))
}

fn reason(reason: Reason) -> AccessReason {
    match reason {
        Reason::Assignee => AccessReason::Assignee,
        Reason::Role => AccessReason::Role,
        Reason::TeamMember => AccessReason::TeamMember,
        Reason::OpenTeam => AccessReason::OpenTeam,
        Reason::CommonQueue => AccessReason::CommonQueue,
        Reason::Collaborator => AccessReason::Collaborator,
        Reason::OutsideBrand => AccessReason::OutsideBrand,
        Reason::OutsideTeam => AccessReason::OutsideTeam,
        Reason::RoleOwnOnly => AccessReason::RoleOwnOnly,
        Reason::TeamHidden => AccessReason::TeamHidden,
        Reason::NotPermitted => AccessReason::NotPermitted,
        Reason::AccountClosed => AccessReason::AccountClosed,
        Reason::AccountUnknown => AccessReason::AccountUnknown,
        Reason::ConversationUnknown => AccessReason::ConversationUnknown,
    }
}

//! Who owns it. Assigning is compare-and-set: whoever saw an older owner is told the new one instead of taking the
//! conversation from under a colleague.

use crate::event::StreamId;
use crate::event::conversation::ConversationAssigned;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// What the asker wants.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assignment {
    pub assignee_id: Option<UserId>,
    /// `None` keeps the team.
    pub team_id: Option<TeamId>,
    pub reason: Option<String>,
    /// The owner the asker saw; anything else refuses.
    pub expected: Option<Option<UserId>>,
}

/// Sets the owner. Asking for what already is does nothing.
pub fn assign(step: &mut Step<'_>, id: ConversationId, wanted: &Assignment) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let (assignee, team) = (conversation.assignee_id, conversation.team_id);
    if wanted.expected.is_some_and(|expected| expected != assignee) {
        return Err(Rejection::AlreadyAssigned { assignee_id: assignee });
    }
    if let Some(user) = wanted.assignee_id {
        let user = step.world.users.get(&user).ok_or(Rejection::AssigneeNotEligible)?;
        if !user.active {
            return Err(Rejection::AssigneeNotEligible);
        }
    }
    // Teams come with the walls; until there are any, none can be named.
    if wanted.team_id.is_some() {
        return Err(Rejection::UnknownReference { field: "team_id" });
    }
    if wanted.assignee_id == assignee {
        return Ok(());
    }
    let event = ConversationAssigned {
        conversation_id: id,
        assignee_id: wanted.assignee_id,
        team_id: team,
        previous_assignee_id: assignee,
        previous_team_id: team,
        reason: wanted.reason.clone(),
    };
    step.emit(StreamId::Conversation(id), event);
    Ok(())
}

/// Takes it if nobody has it. Of two who claim at once exactly one wins.
pub fn claim(step: &mut Step<'_>, id: ConversationId, user: UserId) -> Result<(), Rejection> {
    let wanted = Assignment { assignee_id: Some(user), expected: Some(None), ..Assignment::default() };
    let mine = step.conversation(id).ok_or(Rejection::NotFound)?.assignee_id == Some(user);
    if mine { Ok(()) } else { assign(step, id, &wanted) }
}

//! Who owns it, and in which team's queue it lies. Assigning is compare-and-set: whoever saw an older owner is told the
//! new one instead of taking the conversation from under a colleague. Nobody is given what lies behind a wall of theirs.

use super::Conversation;
use crate::access::{Action, Roster};
use crate::event::StreamId;
use crate::event::conversation::ConversationAssigned;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// What the asker wants.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assignment {
    pub assignee_id: Option<UserId>,
    /// `None` keeps the team, or takes the assignee's where they are not in it; `Some(None)` is the brand's common queue.
    pub team_id: Option<Option<TeamId>>,
    pub reason: Option<String>,
    /// The owner the asker saw; anything else refuses.
    pub expected: Option<Option<UserId>>,
}

/// What it takes to carry an assignment out, for the asker's rights to be held against.
pub fn action_for(step: &mut Step<'_>, id: ConversationId, asker: UserId, wanted: &Assignment) -> Option<Action> {
    let (step, conversation) = step.view(id)?;
    let moves = target_team(&step.world.roster, conversation, wanted) != conversation.team_id;
    Some(match wanted.assignee_id {
        None if moves => Action::ConversationTransfer,
        None => Action::ConversationRelease,
        Some(_) if moves => Action::ConversationMove,
        Some(user) if user == asker && conversation.assignee_id.is_none() => Action::ConversationClaim,
        Some(_) => Action::ConversationReassign,
    })
}

/// Sets owner and team. Asking for what already is does nothing.
pub fn assign(step: &mut Step<'_>, id: ConversationId, wanted: &Assignment) -> Result<(), Rejection> {
    let (looking, conversation) = step.view(id).ok_or(Rejection::NotFound)?;
    let (assignee, team, brand) = (conversation.assignee_id, conversation.team_id, conversation.brand_id);
    let roster = &looking.world.roster;
    if wanted.expected.is_some_and(|expected| expected != assignee) {
        return Err(Rejection::AlreadyAssigned { assignee_id: assignee });
    }
    let target = target_team(roster, conversation, wanted);
    if let Some(target) = target.filter(|_| target != team) {
        crate::team::takes_from(looking, target, brand)?;
    }
    if let Some(user) = wanted.assignee_id {
        let eligible = roster.principal(user).is_some_and(|principal| principal.may_own(brand, target));
        if !eligible {
            return Err(Rejection::AssigneeNotEligible);
        }
    }
    if (wanted.assignee_id, target) == (assignee, team) {
        return Ok(());
    }
    let event = ConversationAssigned {
        conversation_id: id,
        assignee_id: wanted.assignee_id,
        team_id: target,
        previous_assignee_id: assignee,
        previous_team_id: team,
        reason: wanted.reason.clone(),
    };
    step.emit(StreamId::Conversation(id), event);
    Ok(())
}

/// Takes it if nobody has it. Of two who claim at once exactly one wins.
pub fn claim(step: &mut Step<'_>, id: ConversationId, user: UserId) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let (mine, team) = (conversation.assignee_id == Some(user), conversation.team_id);
    let wanted =
        Assignment { assignee_id: Some(user), team_id: Some(team), expected: Some(None), ..Assignment::default() };
    if mine { Ok(()) } else { assign(step, id, &wanted) }
}

/// The team it will lie in: the one that was named, else its own, else, where the assignee does not work there, the first
/// of theirs that works for the brand.
fn target_team(roster: &Roster, conversation: &Conversation, wanted: &Assignment) -> Option<TeamId> {
    if let Some(named) = wanted.team_id {
        return named;
    }
    let stays = conversation.team_id;
    let Some(user) = wanted.assignee_id else { return stays };
    let brand = conversation.brand_id;
    let fits = |team: Option<TeamId>| roster.principal(user).is_some_and(|principal| principal.may_own(brand, team));
    if fits(stays) {
        return stays;
    }
    let theirs = roster.teams_of(user).find(|team| team.brand_id.is_none_or(|of| of == brand)).map(|team| team.id);
    if fits(theirs) { theirs } else { stays }
}

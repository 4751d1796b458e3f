//! Who owns it, and in which team's queue it lies. Assigning is compare-and-set: whoever saw an older owner is told the
//! new one instead of taking the conversation from under a colleague. Nobody is given what lies behind a wall of theirs.

use super::Conversation;
use crate::access::{Action, Decision, Principal, Roster, authorize_at};
use crate::bot::hold::taken_over;
use crate::event::conversation::ConversationAssigned;
use crate::event::{Actor, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// What the asker wants.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assignment {
    pub assignee_id: Option<UserId>,
    /// `None` keeps the team; `Some(None)` is the brand's common queue.
    pub team_id: Option<Option<TeamId>>,
    pub reason: Option<String>,
    /// The owner the asker saw; anything else refuses.
    pub expected: Option<Option<UserId>>,
}

/// What it takes to carry an assignment out, for the asker's rights to be held against, and the assignment with its team
/// settled: whoever may move conversations between teams and names only a person moves it to that person's team. For
/// everybody else a person outside the team is nobody it can be given to, whether they exist or not.
pub fn settle(
    step: &mut Step<'_>,
    by: &Principal,
    id: ConversationId,
    mut wanted: Assignment,
) -> Option<(Action, Assignment)> {
    let (step, conversation) = step.view(id)?;
    let roster = &step.world.roster;
    let place = conversation.placement(by.user_id);
    let may_move = authorize_at(by, Action::ConversationMove, &place) == Decision::Allow;
    if let (None, Some(user), true) = (wanted.team_id, wanted.assignee_id, may_move) {
        wanted.team_id = team_of(roster, conversation, user);
    }
    let moves = wanted.team_id.is_some_and(|team| team != conversation.team_id);
    let action = match wanted.assignee_id {
        None if moves => Action::ConversationTransfer,
        None => Action::ConversationRelease,
        Some(_) if moves => Action::ConversationMove,
        Some(user) if user == by.user_id && conversation.assignee_id.is_none() => Action::ConversationClaim,
        Some(_) => Action::ConversationReassign,
    };
    Some((action, wanted))
}

/// The team somebody would own it in where they do not work in its own: the first of theirs that works for the brand.
fn team_of(roster: &Roster, conversation: &Conversation, user: UserId) -> Option<Option<TeamId>> {
    let brand = conversation.brand_id;
    let principal = roster.principal(user)?;
    if principal.may_own(brand, conversation.team_id) {
        return None;
    }
    let theirs = roster.teams_of(user).find(|team| team.brand_id.is_none_or(|of| of == brand)).map(|team| team.id);
    principal.may_own(brand, theirs).then_some(theirs)
}

/// Sets owner and team. Asking for what already is does nothing.
pub fn assign(step: &mut Step<'_>, id: ConversationId, wanted: &Assignment) -> Result<(), Rejection> {
    let (looking, conversation) = step.view(id).ok_or(Rejection::NotFound)?;
    let (assignee, team, brand) = (conversation.assignee_id, conversation.team_id, conversation.brand_id);
    let roster = &looking.world.roster;
    if wanted.expected.is_some_and(|expected| expected != assignee) {
        return Err(Rejection::AlreadyAssigned { assignee_id: assignee });
    }
    let target = wanted.team_id.unwrap_or(team);
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
    // Whom the desk gives it to by itself, it gives what people have.
    if wanted.assignee_id.is_some() && step.actor != Actor::System {
        taken_over(step, id);
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

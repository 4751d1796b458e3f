//! Where the conversations of somebody who leaves go.

use crate::access::Principal;
use crate::conversation::assign::{Assignment, assign};
use crate::ids::{ConversationId, TeamId, UserId};
use crate::rejection::Rejection;
use crate::step::Step;

/// Who takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HandOver {
    /// Nobody: back to the queue each lies in.
    #[default]
    Unassigned,
    /// A team's queue.
    Team(TeamId),
    User(UserId),
}

/// Whether there is somebody to take over.
pub(super) fn check(step: &Step<'_>, by: &Principal, leaving: UserId, to: HandOver) -> Result<(), Rejection> {
    let roster = &step.world.roster;
    match to {
        HandOver::Unassigned => Ok(()),
        HandOver::Team(id) => {
            let seen = |team: &&crate::access::Team| team.brand_id.is_none_or(|brand| by.rights().in_brand(brand));
            roster.team(id).filter(seen).map(drop).ok_or(Rejection::UnknownReference { field: "reassign_to/team_id" })
        }
        HandOver::User(id) => roster
            .principal(id)
            .filter(|_| id != leaving)
            .map(drop)
            .ok_or(Rejection::UnknownReference { field: "reassign_to/user_id" }),
    }
}

/// Hands on what somebody holds. What lies behind a wall of whoever takes over goes back to its queue instead, and what
/// somebody else took meanwhile stays with them. Returns how many changed hands.
pub fn hand_over(step: &mut Step<'_>, from: UserId, to: HandOver, owned: &[ConversationId]) -> usize {
    let release = Assignment {
        reason: Some("account deactivated".to_owned()),
        expected: Some(Some(from)),
        ..Assignment::default()
    };
    let wanted = match to {
        HandOver::Unassigned => release.clone(),
        HandOver::Team(team) => Assignment { team_id: Some(Some(team)), ..release.clone() },
        HandOver::User(user) => Assignment { assignee_id: Some(user), ..release.clone() },
    };
    let mut handed = 0;
    for id in owned {
        let done = assign(step, *id, &wanted).is_ok() || assign(step, *id, &release).is_ok();
        handed += usize::from(done);
    }
    handed
}

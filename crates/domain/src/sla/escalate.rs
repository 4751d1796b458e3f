//! Carries out the steps of an escalation, as the desk itself and by the same decisions as people do, and says who is told
//! of what happens to a promise.

use super::{EscalationAction, Metric, Notified, Outcome};
use crate::conversation::Conversation;
use crate::conversation::assign::{Assignment, assign};
use crate::conversation::label::prioritize;
use crate::event::sla::SlaEscalated;
use crate::event::{Event, StreamId};
use crate::ids::*;
use crate::step::Step;
use crate::time::Timestamp;

/// What a conversation moves for says so.
const REASON: &str = "escalated by a service level";

/// Does what the step says, and writes that it was done; `false`: there is no such step. `late`: the promise has ended meanwhile, so nothing is done any more.
pub(super) fn carry_out(
    step: &mut Step<'_>,
    id: ConversationId,
    (metric, n, place): (Metric, u32, u32),
    at: Timestamp,
    late: bool,
) -> bool {
    let Some(action) = action_of(step, id, metric, n, place) else { return false };
    let before = step.made();
    let mut told = Vec::new();
    let outcome = if late {
        Outcome::TooLate
    } else {
        let refused = match action {
            EscalationAction::Reassign { user_id } => give(step, id, user_id, None),
            EscalationAction::MoveTeam { team_id } => {
                let elsewhere = step.conversation(id).is_some_and(|it| it.team_id != Some(team_id));
                elsewhere && give(step, id, None, Some(team_id))
            }
            EscalationAction::RaisePriority { priority } => {
                let lower = step.conversation(id).is_some_and(|conversation| conversation.priority < priority);
                lower && prioritize(step, id, priority).is_err()
            }
            EscalationAction::Notify { who } => {
                told = step.view(id).map(|(view, conversation)| named(view, conversation, who)).unwrap_or_default();
                false
            }
        };
        match refused {
            true => Outcome::Refused,
            false if step.made() > before || !told.is_empty() => Outcome::Done,
            false => Outcome::NothingToDo,
        }
    };
    let detected_at = step.now;
    let event = SlaEscalated { conversation_id: id, metric, n, step: place, at, detected_at, action, outcome, told };
    step.emit_at(StreamId::Conversation(id), event, at, Vec::new());
    true
}

fn action_of(step: &mut Step<'_>, id: ConversationId, metric: Metric, n: u32, place: u32) -> Option<EscalationAction> {
    let (view, conversation) = step.view(id)?;
    let instance = conversation.sla.get(metric, n)?;
    let policy = view.world.sla_policies.of_version(instance.policy_id, instance.policy_version)?;
    policy.steps(metric).nth(place as usize).map(|step| step.action)
}

/// Whether it was refused.
fn give(step: &mut Step<'_>, id: ConversationId, user: Option<UserId>, team: Option<TeamId>) -> bool {
    let wanted =
        Assignment { assignee_id: user, team_id: team.map(Some), reason: Some(REASON.to_owned()), expected: None };
    assign(step, id, &wanted).is_err()
}

/// The event with those who are to know of it.
pub(super) fn told(step: &mut Step<'_>, id: ConversationId, mut event: Event) -> Event {
    if let Event::SlaAtRisk(_) | Event::SlaBreached(_) = &event
        && let Some((view, conversation)) = step.view(id)
    {
        let whoever = named(view, conversation, Notified::Assignee);
        match &mut event {
            Event::SlaAtRisk(event) => event.told = whoever,
            Event::SlaBreached(event) => event.told = whoever,
            _ => {}
        }
    }
    event
}

/// Whoever has it; where nobody has, the leads of its team.
fn named(step: &Step<'_>, conversation: &Conversation, who: Notified) -> Vec<UserId> {
    let roster = &step.world.roster;
    let open = |user: &UserId| roster.principal(*user).is_some();
    let leads = || {
        let team = conversation.team_id.and_then(|team| roster.team(team));
        let members = team.into_iter().flat_map(|team| &team.members);
        members.filter(|(_, lead)| **lead).map(|(user, _)| *user).filter(open).collect()
    };
    match who {
        Notified::Assignee => conversation.assignee_id.filter(open).map_or_else(leads, |user| vec![user]),
        Notified::TeamLeads => leads(),
        Notified::User(user) => Some(user).filter(open).into_iter().collect(),
    }
}

//! Working a queue: who waits is looked at in the queue's order and given to whoever can have it. Nobody is passed over for
//! somebody behind them whom the same person could have served.

use std::collections::BTreeSet;

use super::route::{Decision, anybody_has_room, relaxing, route};
use super::triage::last_owner;
use crate::conversation::assign::{Assignment, assign};
use crate::event::StreamId;
use crate::event::routing::*;
use crate::ids::*;
use crate::queue::settings::Strategy;
use crate::queue::{Entry, QueueId};
use crate::step::Step;
use crate::time::Timestamp;

/// Given out by one command at most; the rest follows in the next.
pub const GIVEN_MAX: usize = 500;
/// Those at the head of a queue who are told that the reason why they wait is another now. All would be a flood of events
/// with everybody who comes and goes.
const RETOLD_MAX: usize = 10;

/// Works a queue. `news`: those in it that have just come, who are told why they wait.
pub(crate) fn work(step: &mut Step<'_>, queue: QueueId, trigger: Trigger, news: &BTreeSet<ConversationId>) {
    let settings = step.world.queues.settings(queue);
    let assigns = settings.assigns();
    let Some(line) = step.world.queues.board().line(queue) else { return };
    let closed = closed_until(step, queue);
    let mut room = anybody_has_room(step.world, queue);
    // With room for nobody, only what has just come is told why it waits; the others were.
    let all = room || trigger == Trigger::Changed || closed.is_some();
    // Of a queue where people take for themselves, only what a rule gives out is looked at.
    let waiting: Vec<ConversationId> = line
        .waiting()
        .map(|key| key.id)
        .filter(|id| all || news.contains(id))
        .filter(|id| assigns || step.world.queues.board().entry(*id).is_some_and(Entry::is_overridden))
        .collect();
    let (mut given, mut retold) = (0, 0);
    // Those nobody can have for the same reason are not all looked at.
    let mut unserved: Vec<(Signature, HoldReason)> = Vec::new();
    for id in waiting {
        let fresh = news.contains(&id);
        let Some(entry) = step.world.queues.board().entry(id).filter(|entry| entry.waits_for_somebody()).cloned()
        else {
            continue;
        };
        if let Some(retry_at) = closed {
            if (entry.hold, entry.retry_at) != (Some(HoldReason::Closed), Some(retry_at)) {
                let decision = route(step.world, &entry, None, step.now);
                hold(step, &entry, trigger, decision, HoldReason::Closed, Some(retry_at));
            }
            continue;
        }
        let (relaxed, relaxes_at) = relaxing(step.world, &entry, step.now);
        // Nothing changed for it but, perhaps, the reason. When it is looked at again must be known of all.
        let told = !fresh && entry.hold.is_some() && entry.retry_at == relaxes_at;
        if told && !room && retold >= RETOLD_MAX {
            continue;
        }
        let sticky = sticky(step, &entry);
        let signature = Signature::of(&entry, relaxed, sticky);
        let known = unserved.iter().find(|(other, _)| *other == signature).map(|(_, reason)| *reason);
        if known.is_some() && told && (entry.hold == known || retold >= RETOLD_MAX) {
            continue;
        }
        if given >= GIVEN_MAX {
            let decision = route(step.world, &entry, None, step.now);
            let now = step.now;
            hold(step, &entry, trigger, decision, HoldReason::MoreBefore, Some(now));
            return;
        }
        let decision = route(step.world, &entry, sticky, step.now);
        match decision.choice {
            Ok((user, strategy)) => {
                if give(step, &entry, trigger, decision, user, strategy) {
                    given += 1;
                    room = anybody_has_room(step.world, queue);
                }
            }
            Err(reason) => {
                unserved.push((signature, reason));
                let retry_at = decision.relaxes_at;
                let news = (entry.hold, entry.retry_at) != (Some(reason), retry_at);
                if news && (!told || retold < RETOLD_MAX) {
                    retold += usize::from(told);
                    hold(step, &entry, trigger, decision, reason, retry_at);
                }
            }
        }
    }
}

/// What decides whether somebody can have it, beside who they are.
#[derive(PartialEq)]
struct Signature {
    demand: Option<Box<Demand>>,
    channel: ChannelId,
    brand: BrandId,
    excluded: Vec<(UserId, u64)>,
    sticky: Option<UserId>,
    relaxed: bool,
}

impl Signature {
    fn of(entry: &Entry, relaxed: bool, sticky: Option<UserId>) -> Self {
        Self {
            demand: entry.demand.clone(),
            channel: entry.channel_id,
            brand: entry.brand_id,
            excluded: entry.excluded.clone(),
            sticky,
            relaxed,
        }
    }
}

/// When the queue is worked again, if it is not at this moment. Hours that were removed close nothing.
fn closed_until(step: &Step<'_>, queue: QueueId) -> Option<Timestamp> {
    let hours = step.world.queues.settings(queue).hours_id?;
    let calendar = &step.world.calendars.get(hours)?.calendar;
    if calendar.is_open(step.now) { None } else { calendar.next_open(step.now) }
}

/// Who had the contact last, where that counts.
fn sticky(step: &mut Step<'_>, entry: &Entry) -> Option<UserId> {
    if let Some(hint) = entry.hint {
        return Some(hint);
    }
    let settings = step.world.queues.settings(entry.queue_id());
    let demanded = entry.demand.as_ref().and_then(|demand| demand.strategies.as_ref());
    if !demanded.unwrap_or(&settings.strategies).contains(&Strategy::Sticky) {
        return None;
    }
    let within = settings.sticky_within_ms;
    let (user, ended) = last_owner(step, entry);
    user.filter(|_| ended.is_none_or(|at| step.now - at <= within))
}

fn give(
    step: &mut Step<'_>,
    entry: &Entry,
    trigger: Trigger,
    decision: Decision,
    user_id: UserId,
    strategy: Strategy,
) -> bool {
    let settings = step.world.queues.settings(entry.queue_id());
    let lease = settings.lease_ms.filter(|_| entry.waiting_since.is_some());
    let lease_until = lease.map(|lease| step.now + lease);
    let outcome = Outcome::Assigned { user_id, strategy, lease_until };
    step.emit(StreamId::Conversation(entry.id), routed(entry, trigger, decision, outcome));
    let wanted = Assignment {
        assignee_id: Some(user_id),
        reason: Some("routing".to_owned()),
        expected: Some(None),
        ..Assignment::default()
    };
    let done = assign(step, entry.id, &wanted);
    debug_assert!(done.is_ok(), "whoever is chosen may own it: {done:?}");
    done.is_ok()
}

fn hold(
    step: &mut Step<'_>,
    entry: &Entry,
    trigger: Trigger,
    decision: Decision,
    reason: HoldReason,
    retry_at: Option<Timestamp>,
) {
    let event = routed(entry, trigger, decision, Outcome::Held { reason, retry_at });
    step.emit(StreamId::Conversation(entry.id), event);
}

fn routed(entry: &Entry, trigger: Trigger, decision: Decision, outcome: Outcome) -> ConversationRouted {
    ConversationRouted {
        conversation_id: entry.id,
        queue_id: entry.queue_id(),
        trigger,
        outcome,
        priority: entry.priority,
        sla_due_at: entry.promised.due_at,
        waiting_since: entry.waiting_since,
        entered_at: entry.entered_at,
        skills: decision.skills,
        relaxed: decision.relaxed,
        candidates: decision.candidates,
        skipped: decision.skipped,
        eligible: decision.eligible,
    }
}

//! Compares the promises a conversation must have with those it has, and writes the difference. Level-triggered: it looks at
//! what is, so it can be asked at any time, and asked twice it does nothing the second time. Deadlines that have passed since
//! it was last asked are written with their exact times, in their order, before anything else.
//!
//! Called at the end of every command for the conversations it touched, and by the timer for those whose time has come.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::course::{Course, Goal, Pace};
use super::facts::OfConversation;
use super::want::{Want, WantEnd, wants};
use super::{
    CancelReason, Clock, End, HeldBy, HoursUsed, Instance, Metric, Noticed, Policies, SlaPolicy, Target, escalate,
};
use crate::business_hours::Calendars;
use crate::contact::attributes::Attributes;
use crate::conversation::Conversation;
use crate::event::sla::*;
use crate::event::{Event, StreamId};
use crate::ids::*;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// Differences written for one conversation at once at most. A conversation has three clocks and few steps; past this there is
/// a mistake of ours, and the timer comes back to it.
const CHANGES_MAX: usize = 500;

static NO_ATTRIBUTES: Attributes = Attributes::new();

/// What is looked at beside the conversation.
pub(super) struct Ground<'a> {
    pub(super) policies: &'a Policies,
    pub(super) calendars: &'a Calendars,
    /// Of the contact.
    pub(super) attributes: &'a Attributes,
    pub(super) now: Timestamp,
    /// Nobody owes a blocked contact anything.
    pub(super) blocked: bool,
    /// What began and ended at or after this position is promised too, although it is over.
    pub(super) fresh_pos: u64,
}

/// One difference.
pub(super) enum Change {
    /// An event, and when what it says happened.
    Event(Box<Event>, Timestamp),
    /// A step of an escalation has come.
    Step { metric: Metric, n: u32, step: u32, at: Timestamp, late: bool },
}

fn change(event: impl Into<Event>, at: Timestamp) -> Change {
    Change::Event(Box::new(event.into()), at)
}

/// See the module.
pub(crate) fn settle(step: &mut Step<'_>, id: ConversationId) {
    let none_stand = step.world.sla_policies.is_empty();
    // Nothing is promised, and nothing was.
    if none_stand && step.conversation(id).is_none_or(|conversation| conversation.sla.is_empty()) {
        return;
    }
    let fresh_pos = step.world.head + 1 - step.made() as u64;
    let Some(wanted) = step.conversation(id).map(wants) else { return };
    for _ in 0..CHANGES_MAX {
        let Some((view, conversation)) = step.view(id) else { return };
        let contact = view.world.contacts.get(&view.world.standing_for(conversation.contact_id));
        let ground = Ground {
            policies: &view.world.sla_policies,
            calendars: &view.world.calendars,
            attributes: contact.map_or(&NO_ATTRIBUTES, |contact| &contact.noted().attributes),
            now: view.now,
            blocked: view.world.is_blocked(conversation.contact_id),
            fresh_pos,
        };
        match next(conversation, &wanted, &ground) {
            None => return,
            Some(Change::Event(event, at)) => {
                let event = escalate::told(step, id, *event);
                step.emit_at(StreamId::Conversation(id), event, at, Vec::new());
            }
            Some(Change::Step { metric, n, step: place, at, late }) => {
                if !escalate::carry_out(step, id, (metric, n, place), at, late) {
                    return;
                }
            }
        }
    }
}

/// A deadline of the conversation may have come, or a policy was applied to it. Everything that is due is written.
pub fn fire(step: &mut Step<'_>, id: ConversationId) {
    settle(step, id);
}

/// The first difference, in the order in which they are written.
pub(super) fn next(conversation: &Conversation, wanted: &[Want], ground: &Ground<'_>) -> Option<Change> {
    moment(conversation, wanted, ground)
        .or_else(|| broken(conversation, wanted, ground))
        .or_else(|| again(conversation, wanted, ground))
        .or_else(|| begun(conversation, wanted, ground))
        .or_else(|| moved(conversation, wanted, ground))
        .or_else(|| ended(conversation, wanted, ground))
}

/// What the instance is about, if the conversation still has it.
fn want_of<'w>(conversation: &Conversation, wanted: &'w [Want], instance: &Instance) -> Option<&'w Want> {
    let same = |want: &&Want| (want.metric, want.message_id) == (instance.metric, instance.message_id);
    wanted.iter().find(|want| instance.episode == conversation.episode && same(want))
}

/// The earliest moment that has come: at risk, the deadline, a step. Those of a promise that has ended come only if they lie
/// before its end.
fn moment(conversation: &Conversation, wanted: &[Want], ground: &Ground<'_>) -> Option<Change> {
    let mut earliest: Option<(Timestamp, u8, u32, &Instance, bool)> = None;
    for instance in conversation.sla.iter().filter(|instance| instance.is_open()) {
        let want = want_of(conversation, wanted, instance);
        // One that is part of another promise from now on stood on its own until now.
        let (end, over) = (want.and_then(|want| want.end), want.is_none_or(|want| want.end.is_some()));
        let come = |at: Timestamp| end.map_or(at <= ground.now, |end| at < end.at());
        let Moments { at_risk_at, due_at, steps_at } = Moments::of(conversation, instance, end, ground);
        let risk = (at_risk_at, 0, 0, instance.at_risk.is_some());
        let due = (due_at, 1, 0, instance.breached.is_some());
        let steps = steps_at.into_iter().zip(0u32..).map(|(at, place)| (at, 2, place, instance.step_done(place)));
        for (at, kind, place, done) in [risk, due].into_iter().chain(steps) {
            let Some(at) = at else { continue };
            if !done && come(at) && earliest.is_none_or(|(other, other_kind, ..)| (at, kind) < (other, other_kind)) {
                earliest = Some((at, kind, place, instance, over));
            }
        }
    }
    let (at, kind, place, instance, late) = earliest?;
    let (conversation_id, metric, n) = (conversation.id, instance.metric, instance.n);
    let (detected_at, nobody_yet) = (ground.now, Vec::new());
    Some(match kind {
        0 => {
            let due_at = instance.clock.due_at().unwrap_or(at);
            change(SlaAtRisk { conversation_id, metric, n, at, due_at, detected_at, told: nobody_yet }, at)
        }
        1 => change(SlaBreached { conversation_id, metric, n, at, detected_at, told: nobody_yet }, at),
        _ => Change::Step { metric, n, step: place, at, late },
    })
}

/// When what is noticed of a promise comes; `None`: not before its pause ends.
struct Moments {
    at_risk_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    steps_at: Vec<Option<Timestamp>>,
}

impl Moments {
    fn of(conversation: &Conversation, instance: &Instance, end: Option<WantEnd>, ground: &Ground<'_>) -> Self {
        match &instance.clock {
            Clock::Running { due_at, at_risk_at, steps_at } => Self {
                at_risk_at: Some(*at_risk_at),
                due_at: Some(*due_at),
                steps_at: steps_at.iter().map(|at| Some(*at)).collect(),
            },
            // A promise that was made, or made again, while it stands still may have passed them before.
            Clock::Paused { .. } => {
                let plan = Plan::of(instance, ground);
                let course = plan.course(conversation, end.map_or(ground.now, WantEnd::at), ground);
                plan.with_goal(|goal| Self {
                    at_risk_at: course.reached(goal, goal.at_risk_percent),
                    due_at: course.reached(goal, 100),
                    steps_at: goal.step_percents.iter().map(|percent| course.reached(goal, *percent)).collect(),
                })
            }
        }
    }
}

/// A promise about nothing: its wait is part of another one now, the contact is blocked, the policy has no target for it.
fn broken(conversation: &Conversation, wanted: &[Want], ground: &Ground<'_>) -> Option<Change> {
    conversation.sla.iter().find_map(|instance| {
        let want = want_of(conversation, wanted, instance);
        let reason = match want {
            None if instance.is_open() && instance.episode != conversation.episode => CancelReason::Resolved,
            None if instance.episode != conversation.episode => return None,
            None if matches!(instance.end, Some(End::Cancelled { reason: CancelReason::WaitResumed, .. })) => {
                return None;
            }
            None => CancelReason::WaitResumed,
            Some(_) if !instance.is_open() => return None,
            Some(want) if want.end.is_some() => return None,
            Some(_) if ground.blocked => CancelReason::ContactBlocked,
            Some(_) if applied(instance, ground) && applied_target(instance, ground).is_none() => {
                CancelReason::NoTarget
            }
            Some(_) => return None,
        };
        Some(cancelled(conversation, instance, ground.now, reason))
    })
}

/// A promise that had ended and has not, or of another wait than it was: a reply failed, or arrived after all.
fn again(conversation: &Conversation, wanted: &[Want], ground: &Ground<'_>) -> Option<Change> {
    conversation.sla.iter().find_map(|instance| {
        let want = want_of(conversation, wanted, instance)?;
        // An answer that failed after a later wait was over may leave that one having waited since before it.
        let since =
            instance.started_at == want.since || instance.breached.is_some() || instance.metric != Metric::NextResponse;
        let stands = match (instance.end?, want.end) {
            (End::Fulfilled { at, message_id, .. }, Some(WantEnd::Met { at: met, message_id: by, .. })) => {
                since && (at, message_id) == (met, by)
            }
            (End::Cancelled { reason: CancelReason::Resolved, .. }, Some(WantEnd::Resolved { .. })) => since,
            (End::Cancelled { reason: CancelReason::ContactBlocked | CancelReason::NoTarget, .. }, _) => true,
            (End::Cancelled { reason: CancelReason::Resolved | CancelReason::WaitResumed, .. }, _)
            | (End::Fulfilled { .. }, _) => false,
        };
        if stands {
            return None;
        }
        let plan = Plan::of(instance, ground).by_priority(conversation, instance, want);
        let clock = plan.clock(conversation, want, ground);
        let event = SlaActivated {
            conversation_id: conversation.id,
            policy_id: instance.policy_id,
            policy_version: instance.policy_version,
            metric: instance.metric,
            n: instance.n,
            episode: instance.episode,
            message_id: instance.message_id,
            started_at: plan.started_at,
            target_ms: plan.target_ms,
            hours: plan.hours,
            pause_on: plan.pause_on,
            clock,
            noticed: instance.noticed(),
            retracts: instance.counted(),
        };
        Some(change(event, ground.now))
    })
}

/// A wait or an episode that is promised something and has no instance yet.
fn begun(conversation: &Conversation, wanted: &[Want], ground: &Ground<'_>) -> Option<Change> {
    if ground.blocked {
        return None;
    }
    let held = |want: &Want| {
        conversation.sla.iter().any(|instance| {
            instance.episode == conversation.episode
                && (instance.metric, instance.message_id) == (want.metric, want.message_id)
        })
    };
    let fresh = |want: &&Want| {
        let runs = match want.end {
            None => true,
            Some(WantEnd::Met { pos, .. }) => pos >= ground.fresh_pos,
            Some(WantEnd::Resolved { .. }) => false,
        };
        runs && want.opened_pos > ground.policies.changed_pos() && !held(want)
    };
    let mut fresh = wanted.iter().filter(fresh).peekable();
    fresh.peek()?;
    let entry = ground
        .policies
        .first_match(conversation.brand_id, &OfConversation { conversation, attributes: ground.attributes })?;
    let (want, target) = fresh.find_map(|want| Some((want, entry.policy.target(want.metric)?)))?;
    let plan = Plan::new(entry.policy.clone(), target, conversation, want.since, ground);
    let n = match want.metric {
        Metric::FirstResponse | Metric::Resolution => conversation.episode,
        Metric::NextResponse => conversation.sla.next_response_n(),
    };
    let event = SlaActivated {
        conversation_id: conversation.id,
        policy_id: entry.id,
        policy_version: entry.version,
        metric: want.metric,
        n,
        episode: conversation.episode,
        message_id: want.message_id,
        started_at: want.since,
        target_ms: plan.target_ms,
        hours: plan.hours,
        clock: plan.clock(conversation, want, ground),
        pause_on: plan.pause_on,
        noticed: Noticed::default(),
        retracts: None,
    };
    Some(change(event, ground.now))
}

/// A clock that stands or runs otherwise than it must. A deadline that has passed is not moved.
fn moved(conversation: &Conversation, wanted: &[Want], ground: &Ground<'_>) -> Option<Change> {
    conversation.sla.iter().filter(|instance| instance.is_open()).find_map(|instance| {
        let want = want_of(conversation, wanted, instance)?;
        if want.end.is_some() && (instance.breached.is_some() || want.since == instance.started_at) {
            return None;
        }
        let applied = instance.breached.is_none() && want.end.is_none() && applied(instance, ground);
        let now = match applied_target(instance, ground).filter(|_| applied) {
            Some((policy, target)) => Plan::new(policy, &target, conversation, want.since, ground),
            None => Plan::of(instance, ground).by_priority(conversation, instance, want),
        };
        let policy_version = if applied { applied_version(instance, ground) } else { instance.policy_version };
        let retargeted = applied
            || (now.started_at, now.target_ms, now.hours) != (instance.started_at, instance.target_ms, instance.hours);
        let clock = now.clock(conversation, want, ground);
        let (conversation_id, metric, n) = (conversation.id, instance.metric, instance.n);
        if retargeted {
            let event = SlaRetargeted {
                conversation_id,
                metric,
                n,
                policy_version,
                started_at: now.started_at,
                target_ms: now.target_ms,
                hours: now.hours,
                steps_done: steps_done(instance, &now, ground),
                pause_on: now.pause_on,
                clock,
            };
            return Some(change(event, ground.now));
        }
        match (&instance.clock, clock) {
            (stands, clock) if *stands == clock => None,
            (_, Clock::Running { due_at, at_risk_at, steps_at }) => {
                let event = SlaResumed { conversation_id, metric, n, due_at, at_risk_at, steps_at };
                Some(change(event, ground.now))
            }
            (_, Clock::Paused { since: at, left_ms }) => {
                Some(change(SlaPaused { conversation_id, metric, n, at, left_ms }, at))
            }
        }
    })
}

/// A promise whose end has come.
fn ended(conversation: &Conversation, wanted: &[Want], ground: &Ground<'_>) -> Option<Change> {
    conversation.sla.iter().filter(|instance| instance.is_open()).find_map(|instance| {
        match want_of(conversation, wanted, instance)?.end? {
            WantEnd::Resolved { at } => Some(cancelled(conversation, instance, at, CancelReason::Resolved)),
            WantEnd::Met { at, message_id, .. } => {
                let plan = Plan::of(instance, ground);
                let margin = plan.course(conversation, at, ground).margin(instance.target_ms, at);
                let event = SlaFulfilled {
                    conversation_id: conversation.id,
                    metric: instance.metric,
                    n: instance.n,
                    message_id,
                    at,
                    margin_s: margin.0.div_euclid(1_000),
                    policy_id: instance.policy_id,
                    held_by: held_by(conversation),
                };
                Some(change(event, at))
            }
        }
    })
}

fn held_by(conversation: &Conversation) -> HeldBy {
    let Conversation { assignee_id, team_id, priority, .. } = *conversation;
    HeldBy { assignee_id, team_id, priority }
}

fn cancelled(conversation: &Conversation, instance: &Instance, at: Timestamp, reason: CancelReason) -> Change {
    let event = SlaCancelled {
        conversation_id: conversation.id,
        metric: instance.metric,
        n: instance.n,
        at,
        reason,
        breached: instance.breached.is_some(),
        policy_id: instance.policy_id,
        held_by: held_by(conversation),
        retracts: instance.counted(),
    };
    change(event, at)
}

/// Whether a newer version of its policy was applied to what runs. A deadline that has passed stays.
fn applied(instance: &Instance, ground: &Ground<'_>) -> bool {
    let entry = ground.policies.get(instance.policy_id);
    instance.breached.is_none() && entry.is_some_and(|entry| instance.policy_version < entry.applied_from)
}

fn applied_version(instance: &Instance, ground: &Ground<'_>) -> u64 {
    ground.policies.get(instance.policy_id).map_or(instance.policy_version, |entry| entry.version)
}

fn applied_target(instance: &Instance, ground: &Ground<'_>) -> Option<(Arc<SlaPolicy>, Target)> {
    let policy = &ground.policies.get(instance.policy_id)?.policy;
    let target = policy.target(instance.metric)?.clone();
    policy.enabled.then(|| (policy.clone(), target))
}

/// Steps of the plan that were carried out already: under a newer version those that read the same.
fn steps_done(instance: &Instance, plan: &Plan, ground: &Ground<'_>) -> BTreeSet<u32> {
    let before = ground.policies.of_version(instance.policy_id, instance.policy_version);
    let done: Vec<_> = before
        .map(|policy| policy.steps(instance.metric).zip(0u32..).filter(|(_, place)| instance.step_done(*place)))
        .into_iter()
        .flatten()
        .map(|(step, _)| step)
        .collect();
    let now = plan.policy.as_deref().map(|policy| policy.steps(instance.metric).zip(0u32..));
    now.into_iter().flatten().filter(|(step, _)| done.contains(step)).map(|(_, place)| place).collect()
}

/// By which an instance's clock is made.
struct Plan {
    policy: Option<Arc<SlaPolicy>>,
    metric: Metric,
    started_at: Timestamp,
    target_ms: Millis,
    hours: Option<HoursUsed>,
    pause_on: BTreeSet<super::Pausing>,
}

impl Plan {
    /// By a policy as it reads now.
    fn new(
        policy: Arc<SlaPolicy>,
        target: &Target,
        conversation: &Conversation,
        started_at: Timestamp,
        ground: &Ground<'_>,
    ) -> Self {
        let calendar = target.hours_id.and_then(|id| ground.calendars.get(id));
        Self {
            metric: target.metric,
            started_at,
            target_ms: target.length(conversation.priority),
            hours: calendar.map(|entry| HoursUsed { id: entry.id, version: entry.version }),
            pause_on: target.pause_on.clone(),
            policy: Some(policy),
        }
    }

    /// As the instance has it.
    fn of(instance: &Instance, ground: &Ground<'_>) -> Self {
        Self {
            policy: ground.policies.of_version(instance.policy_id, instance.policy_version).cloned(),
            metric: instance.metric,
            started_at: instance.started_at,
            target_ms: instance.target_ms,
            hours: instance.hours,
            pause_on: instance.pause_on.clone(),
        }
    }

    /// The same for what the conversation is now, unless the deadline has passed.
    fn by_priority(mut self, conversation: &Conversation, instance: &Instance, want: &Want) -> Self {
        if instance.breached.is_none() {
            self.started_at = want.since;
            let target = self.policy.as_ref().and_then(|policy| policy.target(self.metric));
            if let Some(target) = target.filter(|_| want.end.is_none()) {
                self.target_ms = target.length(conversation.priority);
            }
        }
        self
    }

    fn course<'g>(&self, conversation: &Conversation, at: Timestamp, ground: &Ground<'g>) -> Course<'g> {
        let calendars = ground.calendars;
        let calendar = self.hours.and_then(|used| calendars.of_version(used.id, used.version));
        Course::new(Pace(calendar), self.started_at, conversation.pauses(), &self.pause_on, at)
    }

    /// The clock as it stands now, or stood when the wait ended.
    fn clock(&self, conversation: &Conversation, want: &Want, ground: &Ground<'_>) -> Clock {
        let at = want.end.map_or(ground.now, WantEnd::at);
        self.with_goal(|goal| self.course(conversation, at, ground).clock(goal))
    }

    fn with_goal<T>(&self, use_it: impl FnOnce(&Goal<'_>) -> T) -> T {
        let target = self.policy.as_ref().and_then(|policy| policy.target(self.metric));
        let percents: Vec<u32> =
            self.policy.iter().flat_map(|policy| policy.steps(self.metric)).map(|step| step.at_percent).collect();
        use_it(&Goal {
            target: self.target_ms,
            at_risk_percent: target.map_or(super::policy::AT_RISK_PERCENT, |target| target.at_risk_percent),
            step_percents: &percents,
        })
    }
}

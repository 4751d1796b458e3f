//! Service levels as they are shown, and policies as they are asked for.

use app::Desk;
use domain::conversation::Priority as DomainPriority;
use domain::sla::book::{Standing, State};
use domain::sla::{self, End, Entry, EscalationAction, Notified, Verdict};
use domain::time::Millis;
use projections::promises::{AskedPause, Promise};
use serde_json::Value;

use super::activity::actor;
use super::conversation::priority;
use crate::dto::sla::*;
use crate::problem::{FieldError, Kind, Problem};
use crate::refusal::fields;
use crate::routes::conversations::domain_priority;

/// Events and stretches of one promise shown at most.
const MOMENTS_MAX: usize = 200;

pub(crate) fn policy(entry: &Entry, place: usize) -> SlaPolicy {
    let sla::SlaPolicy { name, brand_id, enabled, matches, targets, escalations } = &*entry.policy;
    SlaPolicy {
        id: entry.id.into(),
        version: entry.version.into(),
        place: u32::try_from(place).unwrap_or(u32::MAX),
        name: name.clone(),
        brand_id: brand_id.map(Into::into),
        enabled: *enabled,
        matches: matches.into(),
        targets: targets.iter().map(target).collect(),
        escalations: escalations.iter().map(escalation).collect(),
    }
}

fn target(target: &sla::Target) -> SlaTarget {
    let of = |priority| target.target_s_by_priority.get(&priority).copied();
    SlaTarget {
        metric: metric(target.metric),
        target_seconds: target.target_s,
        target_seconds_by_priority: SlaTargetByPriority {
            none: of(DomainPriority::None),
            low: of(DomainPriority::Low),
            normal: of(DomainPriority::Normal),
            high: of(DomainPriority::High),
            urgent: of(DomainPriority::Urgent),
        },
        hours_id: target.hours_id.map(Into::into),
        pause_on: target.pause_on.iter().map(|on| pausing(*on)).collect(),
        at_risk_percent: target.at_risk_percent,
    }
}

fn escalation(step: &sla::Escalation) -> SlaEscalation {
    let none = SlaAction { r#type: SlaActionType::Notify, user_id: None, team_id: None, priority: None, who: None };
    let action = match step.action {
        EscalationAction::Reassign { user_id } => {
            SlaAction { r#type: SlaActionType::Reassign, user_id: user_id.map(Into::into), ..none }
        }
        EscalationAction::MoveTeam { team_id } => {
            SlaAction { r#type: SlaActionType::MoveTeam, team_id: Some(team_id.into()), ..none }
        }
        EscalationAction::RaisePriority { priority: to } => {
            SlaAction { r#type: SlaActionType::RaisePriority, priority: Some(priority(to)), ..none }
        }
        EscalationAction::Notify { who: Notified::Assignee } => SlaAction { who: Some(SlaNotified::Assignee), ..none },
        EscalationAction::Notify { who: Notified::TeamLeads } => {
            SlaAction { who: Some(SlaNotified::TeamLeads), ..none }
        }
        EscalationAction::Notify { who: Notified::User(id) } => {
            SlaAction { who: Some(SlaNotified::User), user_id: Some(id.into()), ..none }
        }
    };
    SlaEscalation { metric: metric(step.metric), at_percent: step.at_percent, action }
}

/// A policy as the domain has it; what does not even have the form of one is refused with a pointer to its place, below
/// `under`.
pub(crate) fn asked(body: CreateSlaPolicy, under: &str) -> Result<sla::SlaPolicy, Problem> {
    let mut wrong = Vec::new();
    let matches = body.matches.map(|matches| domain::condition::parse(&matches.0, &format!("{under}/matches")));
    let matches = matches.transpose().unwrap_or_else(|errors| {
        wrong.extend(fields(errors));
        None
    });
    let steps = body.escalations.unwrap_or_default().into_iter().enumerate();
    let escalations = steps
        .filter_map(|(index, step)| {
            let at = format!("{under}/escalations/{index}/action");
            let action = action_asked(&step.action, &at, &mut wrong)?;
            Some(sla::Escalation { metric: domain_metric(step.metric), at_percent: step.at_percent, action })
        })
        .collect();
    if !wrong.is_empty() {
        return Err(Problem::new(Kind::Unprocessable).errors(wrong));
    }
    Ok(sla::SlaPolicy {
        name: body.name,
        brand_id: body.brand_id.map(Into::into),
        enabled: body.enabled.unwrap_or(true),
        matches: matches.unwrap_or_default(),
        targets: body.targets.into_iter().map(target_asked).collect(),
        escalations,
    })
}

fn target_asked(target: NewSlaTarget) -> sla::Target {
    let NewSlaTargetByPriority { none, low, normal, high, urgent } =
        target.target_seconds_by_priority.unwrap_or_default();
    let all = [
        (DomainPriority::None, none),
        (DomainPriority::Low, low),
        (DomainPriority::Normal, normal),
        (DomainPriority::High, high),
        (DomainPriority::Urgent, urgent),
    ];
    sla::Target {
        metric: domain_metric(target.metric),
        target_s: target.target_seconds,
        target_s_by_priority: all.into_iter().filter_map(|(of, seconds)| Some((of, seconds?))).collect(),
        hours_id: target.hours_id.map(Into::into),
        pause_on: target.pause_on.unwrap_or_default().into_iter().map(domain_pausing).collect(),
        at_risk_percent: target.at_risk_percent.unwrap_or(sla::policy::AT_RISK_PERCENT),
    }
}

fn action_asked(action: &NewSlaAction, at: &str, wrong: &mut Vec<FieldError>) -> Option<EscalationAction> {
    let NewSlaAction { r#type, user_id, team_id, priority, who } = action;
    let names_user = matches!(r#type, SlaActionType::Reassign) || *who == Some(SlaNotified::User);
    let given = [
        ("user_id", user_id.is_some(), names_user),
        ("team_id", team_id.is_some(), matches!(r#type, SlaActionType::MoveTeam)),
        ("priority", priority.is_some(), matches!(r#type, SlaActionType::RaisePriority)),
        ("who", who.is_some(), matches!(r#type, SlaActionType::Notify)),
    ];
    let before = wrong.len();
    for (field, given, used) in given {
        // Nobody in particular is given what goes back to the queue.
        let needed = used && !(field == "user_id" && matches!(r#type, SlaActionType::Reassign));
        if given && !used {
            wrong.push(error(format!("{at}/{field}"), "not-allowed", "this action does not use it".to_owned()));
        } else if needed && !given {
            wrong.push(error(format!("{at}/{field}"), "required", "this action needs it".to_owned()));
        }
    }
    if wrong.len() > before {
        return None;
    }
    Some(match r#type {
        SlaActionType::Reassign => EscalationAction::Reassign { user_id: user_id.map(Into::into) },
        SlaActionType::MoveTeam => EscalationAction::MoveTeam { team_id: (*team_id)?.into() },
        SlaActionType::RaisePriority => EscalationAction::RaisePriority { priority: domain_priority((*priority)?) },
        SlaActionType::Notify => EscalationAction::Notify {
            who: match (*who)? {
                SlaNotified::Assignee => Notified::Assignee,
                SlaNotified::TeamLeads => Notified::TeamLeads,
                SlaNotified::User => Notified::User((*user_id)?.into()),
            },
        },
    })
}

fn error(pointer: String, code: &str, detail: String) -> FieldError {
    FieldError { pointer: Some(pointer), parameter: None, code: code.to_owned(), detail }
}

/// What is promised in a conversation now.
pub(crate) fn standing(standing: &Standing) -> ConversationSla {
    let [first_response, next_response, resolution] = standing
        .metrics
        .map(|clock| clock.map(|(due_at, of)| SlaClock { due_at: due_at.map(Into::into), state: state(of) }));
    ConversationSla {
        policy_id: standing.policy_id.into(),
        state: state(standing.state),
        due_at: standing.due_at.map(Into::into),
        first_response,
        next_response,
        resolution,
    }
}

/// One promise with its evidence.
pub(crate) fn instance(desk: &Desk, promise: &Promise) -> SlaInstance {
    let of = &promise.instance;
    let (name, segments) = desk.view(|views| {
        let name = views.sla_policies.newest(of.policy_id).map(|policy| policy.name.clone());
        let calendar = of.hours.and_then(|used| views.calendars.of_version(used.id, used.version));
        let counted = |from, to: domain::time::Timestamp| match calendar {
            Some(calendar) => calendar.between(from, to),
            None => to - from,
        };
        let segments = promise.segments.iter().take(MOMENTS_MAX).map(|segment| {
            let counts = segment.to.map(|to| if segment.running { counted(segment.from, to) } else { Millis(0) });
            SlaSegment {
                running: segment.running,
                from: segment.from.into(),
                to: segment.to.map(Into::into),
                counted_seconds: counts.map(|counts| u64::try_from(counts.0 / 1_000).unwrap_or_default()),
            }
        });
        (name, segments.collect())
    });
    let (ended_at, margin_s, cancel_reason) = match of.end {
        None => (None, None, None),
        Some(End::Fulfilled { at, margin_s, .. }) => (Some(at), Some(margin_s), None),
        Some(End::Cancelled { at, reason, .. }) => {
            let word = serde_json::to_value(reason).ok().and_then(|value| value.as_str().map(str::to_owned));
            (Some(at), None, word)
        }
    };
    let skipped = promise.events.len().saturating_sub(MOMENTS_MAX);
    SlaInstance {
        metric: metric(of.metric),
        n: of.n,
        episode: of.episode,
        policy_id: of.policy_id.into(),
        policy_version: of.policy_version.into(),
        policy_name: name,
        message_id: of.message_id.map(Into::into),
        verdict: verdict(of.verdict()),
        started_at: of.started_at.into(),
        target_seconds: u32::try_from(of.target_ms.0 / 1_000).unwrap_or(u32::MAX),
        hours: of.hours.map(|used| SlaHours { id: used.id.into(), version: used.version.into() }),
        pause_on: of.pause_on.iter().map(|on| pausing(*on)).collect(),
        due_at: of.clock.due_at().map(Into::into),
        at_risk_at: of.at_risk.map(Into::into),
        breached_at: of.breached.map(Into::into),
        ended_at: ended_at.map(Into::into),
        margin_seconds: margin_s,
        cancel_reason,
        segments,
        events: promise.events.iter().skip(skipped).map(moment).collect(),
    }
}

/// A time in which somebody had stopped the clocks.
pub(crate) fn asked_pause(desk: &Desk, pause: AskedPause) -> SlaPause {
    SlaPause {
        paused_by: actor(desk, pause.by),
        reason: pause.reason,
        paused_at: pause.from.into(),
        resumed_at: pause.to.map(Into::into),
        resumed_by: pause.ended_by.map(|by| actor(desk, by)),
    }
}

fn moment(recorded: &domain::event::Recorded) -> SlaMoment {
    let facts = serde_json::from_slice::<Value>(&recorded.event.facts_json()).ok();
    let mut detail = facts.and_then(|facts| facts.as_object().cloned()).unwrap_or_default();
    for known in ["conversation_id", "metric", "n", "policy_id", "told"] {
        detail.remove(known);
    }
    SlaMoment {
        r#type: recorded.event.kind().to_owned(),
        pos: recorded.pos.into(),
        at: recorded.occurred_at.into(),
        recorded_at: recorded.recorded_at.into(),
        detail,
    }
}

pub(crate) fn metric(metric: sla::Metric) -> SlaMetric {
    match metric {
        sla::Metric::FirstResponse => SlaMetric::FirstResponse,
        sla::Metric::NextResponse => SlaMetric::NextResponse,
        sla::Metric::Resolution => SlaMetric::Resolution,
    }
}

pub(crate) fn domain_metric(metric: SlaMetric) -> sla::Metric {
    match metric {
        SlaMetric::FirstResponse => sla::Metric::FirstResponse,
        SlaMetric::NextResponse => sla::Metric::NextResponse,
        SlaMetric::Resolution => sla::Metric::Resolution,
    }
}

fn pausing(on: sla::Pausing) -> SlaPausing {
    match on {
        sla::Pausing::Pending => SlaPausing::Pending,
        sla::Pausing::Snoozed => SlaPausing::Snoozed,
    }
}

fn domain_pausing(on: SlaPausing) -> sla::Pausing {
    match on {
        SlaPausing::Pending => sla::Pausing::Pending,
        SlaPausing::Snoozed => sla::Pausing::Snoozed,
    }
}

fn state(state: State) -> SlaState {
    match state {
        State::Ok => SlaState::Ok,
        State::AtRisk => SlaState::AtRisk,
        State::Breached => SlaState::Breached,
        State::Paused => SlaState::Paused,
    }
}

pub(crate) fn verdict(verdict: Verdict) -> SlaVerdict {
    match verdict {
        Verdict::Open => SlaVerdict::Open,
        Verdict::Met => SlaVerdict::Met,
        Verdict::Late => SlaVerdict::Late,
        Verdict::Breached => SlaVerdict::Breached,
        Verdict::Cancelled => SlaVerdict::Cancelled,
    }
}

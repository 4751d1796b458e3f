//! Automation rules and their runs as the API shows them.

use app::automation::{DryRunned, Shown};
use domain::automation::conflicts::{Conflict, ConflictKind};
use domain::automation::rule::{Entry, Limits, Mode, Once};
use domain::automation::trigger::{self, Since};
use domain::automation::{self as rules, Outcome};
use domain::event::automation::AutomationRuleRan;
use domain::event::{Event, Recorded};
use domain::time::Millis;

use super::automation_action;
use super::conversation::status;
use super::routing::word;
use super::sla::{domain_metric, metric};
use crate::dto::automation::*;
use crate::problem::{FieldError, Kind, Problem};
use crate::routes::conversations::domain_status;

pub(crate) fn rule(entry: &Entry, conflicts: &[Conflict]) -> AutomationRule {
    let rule = &entry.rule;
    AutomationRule {
        id: entry.id.into(),
        version: entry.version.into(),
        name: rule.name.clone(),
        brand_id: rule.brand_id.map(Into::into),
        mode: mode(rule.mode),
        trigger: trigger(&rule.trigger),
        when: (&rule.when).into(),
        actions: automation_action::shown(&rule.actions),
        limits: RuleLimits {
            once: rule.limits.once.map(|once| match once {
                Once::Conversation => RunsOnce::Conversation,
                Once::Episode => RunsOnce::Episode,
            }),
            per_hour_max: rule.limits.per_hour_max,
            cooldown_seconds: rule.limits.cooldown_ms.map(Millis::whole_seconds),
        },
        follows_automation: rule.follows_automation,
        conflicts: conflicts.iter().map(conflict).collect(),
    }
}

fn conflict(conflict: &Conflict) -> RuleConflict {
    RuleConflict {
        kind: match conflict.kind {
            ConflictKind::Contradiction => RuleConflictKind::Contradiction,
            ConflictKind::LimitedLoop => RuleConflictKind::LimitedLoop,
        },
        rule_ids: conflict.rule_ids.iter().copied().map(Into::into).collect(),
        property: conflict.property.map(str::to_owned),
    }
}

fn mode(mode: Mode) -> RuleMode {
    match mode {
        Mode::Enabled => RuleMode::Enabled,
        Mode::Shadow => RuleMode::Shadow,
        Mode::Disabled => RuleMode::Disabled,
    }
}

pub(crate) fn mode_asked(mode: RuleMode) -> Mode {
    match mode {
        RuleMode::Enabled => Mode::Enabled,
        RuleMode::Shadow => Mode::Shadow,
        RuleMode::Disabled => Mode::Disabled,
    }
}

pub(crate) fn limits_asked(limits: RuleLimits) -> Limits {
    Limits {
        once: limits.once.map(|once| match once {
            RunsOnce::Conversation => Once::Conversation,
            RunsOnce::Episode => Once::Episode,
        }),
        per_hour_max: limits.per_hour_max,
        cooldown_ms: limits.cooldown_seconds.map(|rest| Millis::seconds(i64::from(rest))),
    }
}

fn trigger(trigger: &trigger::Trigger) -> Trigger {
    use trigger::Trigger as T;
    let on = kind(trigger.kind());
    let plain = Trigger { on, to: None, tag: None, metric: None, at_most: None, since: None, after_seconds: None };
    match trigger {
        T::MessageReceived | T::Opened | T::Reopened | T::Resolved | T::Assigned | T::PriorityChanged => plain,
        T::StatusChanged { to } => Trigger { to: to.map(status), ..plain },
        T::TagAdded { tag } | T::TagRemoved { tag } => Trigger { tag: tag.clone(), ..plain },
        T::SlaAtRisk { metric: only } | T::SlaBreached { metric: only } => {
            Trigger { metric: only.map(metric), ..plain }
        }
        T::Rated { at_most } => Trigger { at_most: *at_most, ..plain },
        T::Timer { since, after_ms } => Trigger {
            since: Some(match since {
                Since::Waiting => TimerBase::Waiting,
                Since::Opened => TimerBase::Opened,
                Since::AgentReply => TimerBase::AgentReply,
                Since::Resolved => TimerBase::Resolved,
            }),
            after_seconds: Some(after_ms.whole_seconds()),
            ..plain
        },
    }
}

fn kind(kind: trigger::TriggerKind) -> TriggerKind {
    use trigger::TriggerKind as K;
    match kind {
        K::MessageReceived => TriggerKind::MessageReceived,
        K::Opened => TriggerKind::Opened,
        K::Reopened => TriggerKind::Reopened,
        K::Resolved => TriggerKind::Resolved,
        K::StatusChanged => TriggerKind::StatusChanged,
        K::Assigned => TriggerKind::Assigned,
        K::PriorityChanged => TriggerKind::PriorityChanged,
        K::TagAdded => TriggerKind::TagAdded,
        K::TagRemoved => TriggerKind::TagRemoved,
        K::SlaAtRisk => TriggerKind::SlaAtRisk,
        K::SlaBreached => TriggerKind::SlaBreached,
        K::Rated => TriggerKind::Rated,
        K::Timer => TriggerKind::Timer,
    }
}

/// A trigger that stands at `at` of a body: it says nothing that its kind does not have.
pub(crate) fn trigger_asked(asked: Trigger, at: &str) -> Result<trigger::Trigger, Problem> {
    use trigger::Trigger as T;
    let Trigger { on, to, tag, metric, at_most, since, after_seconds } = asked;
    let said = [
        ("to", to.is_some(), matches!(on, TriggerKind::StatusChanged)),
        ("tag", tag.is_some(), matches!(on, TriggerKind::TagAdded | TriggerKind::TagRemoved)),
        ("metric", metric.is_some(), matches!(on, TriggerKind::SlaAtRisk | TriggerKind::SlaBreached)),
        ("at_most", at_most.is_some(), matches!(on, TriggerKind::Rated)),
        ("since", since.is_some(), matches!(on, TriggerKind::Timer)),
        ("after_seconds", after_seconds.is_some(), matches!(on, TriggerKind::Timer)),
    ];
    let wrong = |name: &str, code: &str, detail: &str| {
        let pointer = Some(format!("{at}/{name}"));
        let error = FieldError { pointer, parameter: None, code: code.to_owned(), detail: detail.to_owned() };
        Problem::new(Kind::Unprocessable).errors(vec![error])
    };
    if let Some((name, ..)) = said.iter().find(|(_, said, fits)| *said && !fits) {
        return Err(wrong(name, "not-allowed", "this trigger has no such thing"));
    }
    let tag = tag.map(|tag| tag.trim().to_lowercase());
    let metric = metric.map(domain_metric);
    Ok(match on {
        TriggerKind::MessageReceived => T::MessageReceived,
        TriggerKind::Opened => T::Opened,
        TriggerKind::Reopened => T::Reopened,
        TriggerKind::Resolved => T::Resolved,
        TriggerKind::StatusChanged => T::StatusChanged { to: to.map(domain_status) },
        TriggerKind::Assigned => T::Assigned,
        TriggerKind::PriorityChanged => T::PriorityChanged,
        TriggerKind::TagAdded => T::TagAdded { tag },
        TriggerKind::TagRemoved => T::TagRemoved { tag },
        TriggerKind::SlaAtRisk => T::SlaAtRisk { metric },
        TriggerKind::SlaBreached => T::SlaBreached { metric },
        TriggerKind::Rated => T::Rated { at_most },
        TriggerKind::Timer => T::Timer {
            since: match since.ok_or_else(|| wrong("since", "required", "what it counts from"))? {
                TimerBase::Waiting => Since::Waiting,
                TimerBase::Opened => Since::Opened,
                TimerBase::AgentReply => Since::AgentReply,
                TimerBase::Resolved => Since::Resolved,
            },
            after_ms: after_seconds
                .map(|after| Millis::seconds(i64::from(after)))
                .ok_or_else(|| wrong("after_seconds", "required", "how long after"))?,
        },
    })
}

/// A run. `None`: the event is none.
pub(crate) fn run(recorded: &Recorded) -> Option<AutomationRun> {
    let Event::AutomationRuleRan(event) = &recorded.event else { return None };
    Some(AutomationRun {
        pos: recorded.pos.into(),
        at: recorded.recorded_at.into(),
        rule_id: event.rule_id.into(),
        rule_version: event.version.into(),
        conversation_id: event.conversation_id.into(),
        episode: event.episode,
        trigger: kind(event.trigger),
        trigger_pos: event.trigger_pos.map(Into::into),
        since_at: event.timer.map(|timer| timer.from.into()),
        depth: event.depth,
        matched: event.matched.clone(),
        outcomes: outcomes(&event.outcomes),
        caused: event.caused,
        shadow: event.shadow,
        stopped: event.stopped.map(word),
    })
}

fn outcomes(outcomes: &[Outcome]) -> Vec<ActionOutcome> {
    let one = |outcome: &Outcome| ActionOutcome {
        action: word(outcome.action),
        done: outcome.skipped.is_none(),
        skipped: outcome.skipped.map(word),
        message_id: outcome.message_id.map(Into::into),
        then: self::outcomes(&outcome.then),
    };
    outcomes.iter().map(one).collect()
}

pub(crate) fn simulation(found: &DryRunned, as_of: u64) -> AutomationSimulation {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let firing = |shown: &Shown| {
        let ran: &AutomationRuleRan = &shown.firing.ran;
        SimulatedRun {
            at: shown.firing.at.into(),
            conversation_id: ran.conversation_id.into(),
            episode: ran.episode,
            trigger_pos: ran.trigger_pos.map(Into::into),
            since_at: ran.timer.map(|timer| timer.from.into()),
            matched: ran.matched.clone(),
            outcomes: outcomes(&ran.outcomes),
            real: shown.real,
        }
    };
    AutomationSimulation {
        from_pos: found.from_pos.into(),
        to_pos: found.to_pos.into(),
        count: count(found.count),
        conversations: count(found.conversations),
        real_count: count(found.real),
        same_count: count(found.same),
        firings: found.firings.iter().map(firing).collect(),
        as_of: as_of.into(),
    }
}

/// A whole rule, as it stands at `at` of a body.
pub(crate) fn whole(body: CreateAutomationRule, at: &str) -> Result<rules::AutomationRule, Problem> {
    let when = body.when.map(|when| when.read(&format!("{at}/when"))).transpose()?;
    Ok(rules::AutomationRule {
        name: body.name.trim().to_owned(),
        brand_id: body.brand_id.map(Into::into),
        mode: mode_asked(body.mode.unwrap_or(RuleMode::Enabled)),
        trigger: trigger_asked(body.trigger, &format!("{at}/trigger"))?,
        when: when.unwrap_or_default(),
        actions: automation_action::asked(body.actions, &format!("{at}/actions"))?,
        limits: limits_asked(body.limits.unwrap_or_default()),
        follows_automation: body.follows_automation.unwrap_or(false),
    })
}

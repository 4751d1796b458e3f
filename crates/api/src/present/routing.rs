//! Rules and decisions as the API shows them.

use app::{Desk, reach};
use domain::access::Principal;
use domain::event::routing::{self as fact, Outcome};
use domain::event::{Event, Recorded};
use domain::queue::settings;
use domain::routing::rule;

use crate::dto::queue::Strategy;
use crate::dto::routing::*;
use crate::present::conversation::priority;

pub(crate) fn strategy(strategy: settings::Strategy) -> Strategy {
    match strategy {
        settings::Strategy::Sticky => Strategy::Sticky,
        settings::Strategy::Skill => Strategy::Skill,
        settings::Strategy::RoundRobin => Strategy::RoundRobin,
        settings::Strategy::LeastLoaded => Strategy::LeastLoaded,
        settings::Strategy::Manual => Strategy::Manual,
    }
}

pub(crate) fn strategy_asked(strategy: Strategy) -> settings::Strategy {
    match strategy {
        Strategy::Sticky => settings::Strategy::Sticky,
        Strategy::Skill => settings::Strategy::Skill,
        Strategy::RoundRobin => settings::Strategy::RoundRobin,
        Strategy::LeastLoaded => settings::Strategy::LeastLoaded,
        Strategy::Manual => settings::Strategy::Manual,
    }
}

pub(crate) fn rule(entry: &rule::Entry) -> RoutingRule {
    let then = &entry.rule.then;
    let skills = &then.demand.skills;
    RoutingRule {
        id: entry.id.into(),
        version: entry.version.into(),
        name: entry.rule.name.clone(),
        brand_id: entry.rule.brand_id.map(Into::into),
        enabled: entry.rule.enabled,
        when: (&entry.rule.when).into(),
        then: Destination {
            queue_id: then.queue_id.map(Into::into),
            priority: then.priority.map(priority),
            required_skills: skills.required.iter().cloned().collect(),
            preferred_skills: skills.preferred.iter().cloned().collect(),
            relax_skills_after_seconds: then.demand.relax_skills_after_ms.map(|after| after.whole_seconds()),
            strategies: then.demand.strategies.as_ref().map(|list| list.iter().copied().map(strategy).collect()),
            language: then.language.map(|language| match language {
                rule::LanguageMatch::Required => LanguageMatch::Required,
                rule::LanguageMatch::Preferred => LanguageMatch::Preferred,
            }),
        },
    }
}

/// The word of a fact's enum.
pub(crate) fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A decision, with the people in it that the asker sees. `None`: the event is none.
pub(crate) fn decision(desk: &Desk, asker: &Principal, recorded: &Recorded) -> Option<RoutingDecision> {
    let mut shown = RoutingDecision {
        pos: recorded.pos.into(),
        at: recorded.recorded_at.into(),
        conversation_id: domain::ids::ConversationId::from_u128(0).into(),
        kind: DecisionKind::Triaged,
        queue_id: domain::queue::QueueId::Team(domain::ids::TeamId::from_u128(0)).into(),
        rule: None,
        passed_rules: Vec::new(),
        user_id: None,
        strategy: None,
        trigger: None,
        hold_reason: None,
        retry_at: None,
        lease_until: None,
        priority: crate::dto::conversation::Priority::None,
        sla_due_at: None,
        waiting_since: None,
        entered_at: None,
        required_skills: Vec::new(),
        preferred_skills: Vec::new(),
        skills_relaxed: false,
        candidates: Vec::new(),
        eligible: 0,
        skipped: Vec::new(),
    };
    let sees = |user| desk.view(|views| reach::sees_user(views, asker, user));
    match &recorded.event {
        Event::ConversationTriaged(event) => {
            shown.conversation_id = event.conversation_id.into();
            shown.queue_id = event.queue_id.into();
            shown.rule =
                event.rule.map(|rule| RuleVersion { rule_id: rule.rule_id.into(), version: rule.version.into() });
            shown.passed_rules = event.passed.iter().map(passed).collect();
            shown.priority = priority(event.priority);
            demand(&mut shown, &event.demand.skills);
        }
        Event::ConversationRouted(event) => {
            shown.conversation_id = event.conversation_id.into();
            shown.queue_id = event.queue_id.into();
            shown.trigger = Some(word(event.trigger));
            match event.outcome {
                Outcome::Assigned { user_id, strategy: by, lease_until } => {
                    shown.kind = DecisionKind::Assigned;
                    shown.user_id = Some(user_id).filter(|user| sees(*user)).map(Into::into);
                    shown.strategy = Some(strategy(by));
                    shown.lease_until = lease_until.map(Into::into);
                }
                Outcome::Held { reason, retry_at } => {
                    shown.kind = DecisionKind::Held;
                    shown.hold_reason = Some(word(reason));
                    shown.retry_at = retry_at.map(Into::into);
                }
            }
            shown.priority = priority(event.priority);
            shown.sla_due_at = event.sla_due_at.map(Into::into);
            shown.waiting_since = event.waiting_since.map(Into::into);
            shown.entered_at = Some(event.entered_at.into());
            shown.skills_relaxed = event.relaxed;
            demand(&mut shown, &event.skills);
            let seen = event.candidates.iter().filter(|candidate| sees(candidate.user_id));
            shown.candidates = seen.map(|each| candidate(desk, each)).collect();
            shown.eligible = event.eligible;
            shown.skipped = event
                .skipped
                .iter()
                .map(|(reason, count)| SkippedCount { reason: word(reason), count: *count })
                .collect();
        }
        Event::ConversationLeaseExpired(event) => {
            shown.kind = DecisionKind::LeaseExpired;
            shown.conversation_id = event.conversation_id.into();
            shown.user_id = Some(event.user_id).filter(|user| sees(*user)).map(Into::into);
            shown.queue_id = event.queue_id.into();
        }
        Event::ConversationSpilled(event) => {
            shown.kind = DecisionKind::Spilled;
            shown.conversation_id = event.conversation_id.into();
            shown.queue_id = event.to.into();
            shown.entered_at = Some(event.entered_at.into());
        }
        _ => return None,
    }
    Some(shown)
}

fn demand(shown: &mut RoutingDecision, skills: &fact::Skills) {
    shown.required_skills = skills.required.iter().cloned().collect();
    shown.preferred_skills = skills.preferred.iter().cloned().collect();
}

fn passed(rule: &fact::PassedRule) -> PassedRule {
    PassedRule { rule_id: rule.rule_id.into(), version: rule.version.into(), failed_at: rule.failed_at.clone() }
}

pub(crate) fn candidate(desk: &Desk, candidate: &fact::Candidate) -> Candidate {
    Candidate {
        user_id: candidate.user_id.into(),
        name: desk.user_name(candidate.user_id).unwrap_or_default(),
        skipped: candidate.skipped.map(word),
        open: candidate.open,
        capacity: candidate.capacity,
        load: candidate.load,
        preferred_skills: candidate.preferred,
    }
}

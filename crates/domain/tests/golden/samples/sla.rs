//! Policies, and what became of promises.

use domain::conversation::Priority;
use domain::event::Event;
use domain::event::sla::*;
use domain::sla::*;
use domain::time::Millis;

use super::{at, id};

pub(super) fn samples() -> Vec<Event> {
    let (metric, n, conversation_id) = (Metric::FirstResponse, 1, id(1));
    let running = Clock::Running { due_at: at(65), at_risk_at: at(53), steps_at: vec![at(35), at(65)] };
    let hours = Some(HoursUsed { id: id(6), version: 2 });
    let held_by = HeldBy { assignee_id: Some(id(5)), team_id: Some(id(9)), priority: Priority::High };
    let retracts = Retracted { at: at(20), verdict: Verdict::Met, held_by };
    let pause_on = [Pausing::Pending, Pausing::Snoozed];
    vec![
        SlaPolicyCreated { policy_id: id(2), policy: policy() }.into(),
        SlaPolicyChanged { policy_id: id(2), policy: policy(), apply_to_open: true }.into(),
        SlaPolicyRemoved { policy_id: id(2) }.into(),
        SlaPoliciesOrdered { policy_ids: vec![id(3), id(2)] }.into(),
        SlaActivated {
            conversation_id,
            policy_id: id(2),
            policy_version: 3,
            metric,
            n,
            episode: 1,
            message_id: Some(id(4)),
            started_at: at(5),
            target_ms: Millis::minutes(60),
            hours,
            pause_on: pause_on.into(),
            clock: running,
            noticed: Noticed { at_risk: Some(at(53)), breached: Some(at(65)), steps_done: [0].into() },
            retracts: Some(retracts),
        }
        .into(),
        SlaPaused { conversation_id, metric, n, at: at(10), left_ms: Millis::minutes(55) }.into(),
        SlaResumed { conversation_id, metric, n, due_at: at(75), at_risk_at: at(63), steps_at: vec![at(45), at(75)] }
            .into(),
        SlaAtRisk { conversation_id, metric, n, at: at(63), due_at: at(75), detected_at: at(64), told: vec![id(5)] }
            .into(),
        SlaBreached { conversation_id, metric, n, at: at(75), detected_at: at(80), told: vec![id(5)] }.into(),
        SlaFulfilled {
            conversation_id,
            metric,
            n,
            message_id: Some(id(7)),
            at: at(77),
            margin_s: -120,
            policy_id: id(2),
            held_by,
        }
        .into(),
        SlaCancelled {
            conversation_id,
            metric,
            n,
            at: at(77),
            reason: CancelReason::WaitResumed,
            breached: true,
            policy_id: id(2),
            held_by,
            retracts: Some(retracts),
        }
        .into(),
        SlaRetargeted {
            conversation_id,
            metric,
            n,
            policy_version: 4,
            started_at: at(5),
            target_ms: Millis::minutes(30),
            hours,
            pause_on: pause_on.into(),
            steps_done: [0].into(),
            clock: Clock::Paused { since: at(10), left_ms: Millis::minutes(25) },
        }
        .into(),
        SlaEscalated {
            conversation_id,
            metric,
            n,
            step: 1,
            at: at(75),
            detected_at: at(80),
            action: EscalationAction::Notify { who: Notified::User(id(5)) },
            outcome: Outcome::Done,
            told: vec![id(5)],
        }
        .into(),
    ]
}

fn policy() -> SlaPolicy {
    let step = |at_percent, action| Escalation { metric: Metric::FirstResponse, at_percent, action };
    SlaPolicy {
        name: "Gold".to_owned(),
        brand_id: Some(id(8)),
        enabled: true,
        matches: serde_json::from_value(serde_json::json!({"field": "tag", "op": "in", "value": ["vip"]}))
            .expect("a condition"),
        targets: vec![Target {
            metric: Metric::FirstResponse,
            target_s: 3_600,
            target_s_by_priority: [(Priority::Urgent, 600)].into(),
            hours_id: Some(id(6)),
            pause_on: [Pausing::Snoozed].into(),
            at_risk_percent: 80,
        }],
        escalations: vec![
            step(50, EscalationAction::RaisePriority { priority: Priority::High }),
            step(75, EscalationAction::Reassign { user_id: Some(id(5)) }),
            step(100, EscalationAction::Notify { who: Notified::User(id(5)) }),
            step(150, EscalationAction::MoveTeam { team_id: id(9) }),
        ],
    }
}

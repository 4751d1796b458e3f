//! Automation rules, and what their runs came to.

use std::collections::BTreeMap;

use domain::automation::action::*;
use domain::automation::rule::{AutomationRule, HeldBy, Limits, Mode, Once};
use domain::automation::trigger::{Since, Trigger, TriggerKind};
use domain::automation::{ActionKind, Origin, Outcome, RuleVersion, SkipReason};
use domain::content::Content;
use domain::conversation::Priority;
use domain::event::Event;
use domain::event::automation::*;
use domain::ids::TeamId;
use domain::queue::QueueId;
use domain::sla::Metric;
use domain::time::Millis;
use serde_json::json;

use super::{at, id};

pub(super) fn samples() -> Vec<Event> {
    let when = json!({"all": [
        {"field": "text", "op": "has_any_word", "value": ["parcel", "delivery"]},
        {"field": "assignee_id", "op": "is_absent"},
    ]});
    let queue_id = QueueId::Team(id::<TeamId>(2));
    let question = Question {
        text: "What is it about?".to_owned(),
        list_button: Some("Choose".to_owned()),
        choices: vec![Choice {
            title: "A parcel".to_owned(),
            also: vec!["parcel".to_owned()],
            then: vec![AutomationAction::MoveToQueue { queue_id }],
        }],
        wait_ms: Millis::minutes(15),
        repeats_max: 1,
        on_timeout: vec![AutomationAction::HandOver { queue_id: Some(queue_id) }],
        on_no_match: vec![AutomationAction::HandOver { queue_id: Some(queue_id) }],
    };
    let knowledge = KnowledgeAnswer {
        lookup: KnowledgeLookup::Search { score_min: 60 },
        category: Some("Delivery".to_owned()),
        offer_human: Some("Talk to a person".to_owned()),
        otherwise: vec![AutomationAction::Ask(question)],
    };
    let rule = AutomationRule {
        name: "Where is my parcel".to_owned(),
        brand_id: Some(id(3)),
        mode: Mode::Enabled,
        trigger: Trigger::Timer { since: Since::Waiting, after_ms: Millis::minutes(5) },
        when: serde_json::from_value(when).expect("a condition"),
        actions: vec![
            AutomationAction::SendMessage { content: Content::text("Hello {{contact.first_name|there}}") },
            AutomationAction::AnswerFromKnowledge(knowledge),
            AutomationAction::AddTag { tag: "parcel".to_owned() },
            AutomationAction::SetPriority { priority: Priority::High },
            AutomationAction::SetStatus { status: SettableStatus::Resolved, disposition: Some("answered".to_owned()) },
        ],
        limits: Limits { once: Some(Once::Episode), per_hour_max: Some(3), cooldown_ms: Some(Millis::minutes(10)) },
        follows_automation: true,
    };
    let plain = Limits::default();
    let changed = AutomationRule { trigger: Trigger::MessageReceived, limits: plain, ..rule.clone() };
    let origin = Origin::Rule(RuleVersion { rule_id: id(41), version: 2 });
    let timer = OfTimer { since: Since::Waiting, from: at(0) };
    let outcome = |action, skipped, message_id| Outcome { action, skipped, message_id, then: Vec::new() };
    vec![
        AutomationRuleCreated { rule_id: id(41), rule }.into(),
        AutomationRuleChanged { rule_id: id(41), rule: changed }.into(),
        AutomationRulesOrdered { rule_ids: vec![id(41), id(42)] }.into(),
        AutomationRuleRemoved { rule_id: id(41) }.into(),
        AutomationRuleRan {
            conversation_id: id(5),
            episode: 2,
            rule_id: id(41),
            version: 2,
            trigger: TriggerKind::SlaAtRisk,
            trigger_pos: Some(310),
            promise: Some(OfPromise { metric: Metric::FirstResponse, n: 2 }),
            timer: Some(timer),
            settled: true,
            depth: 1,
            matched: vec!["/all/0".to_owned(), "/all/1".to_owned()],
            outcomes: vec![
                outcome(ActionKind::SendMessage, None, Some(id(43))),
                Outcome {
                    then: vec![outcome(ActionKind::HandOver, None, None)],
                    ..outcome(ActionKind::AnswerFromKnowledge, Some(SkipReason::NotAvailable), None)
                },
            ],
            caused: 2,
            shadow: true,
            stopped: Some(Stopped::CausationDepth),
        }
        .into(),
        AutomationTimerPassed {
            conversation_id: id(5),
            rule_id: id(41),
            version: 2,
            timer,
            failed_at: Some("/all/1".to_owned()),
            held_by: Some(HeldBy::OncePerEpisode),
        }
        .into(),
        AutomationNotified {
            conversation_id: id(5),
            origin,
            told: vec![id(6), id(7)],
            private: Some(NoticeText { text: "Ines waits (personal)".to_owned() }),
        }
        .into(),
        IntegrationCallRequested {
            conversation_id: id(5),
            origin,
            integration: "crm".to_owned(),
            operation: "contact.note".to_owned(),
            private: Some(CallParameters {
                parameters: BTreeMap::from([("name".to_owned(), "Ines (personal)".to_owned())]),
            }),
        }
        .into(),
    ]
}

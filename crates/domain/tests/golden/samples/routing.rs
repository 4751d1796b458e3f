//! Rules, and how conversations are given out.

use std::collections::{BTreeMap, BTreeSet};

use domain::conversation::Priority;
use domain::event::Event;
use domain::event::routing::*;
use domain::ids::*;
use domain::queue::QueueId;
use domain::queue::settings::Strategy;
use domain::routing::rule::{Destination, LanguageMatch, RoutingRule};
use domain::time::Millis;
use serde_json::json;

use super::{at, id};

pub(super) fn samples() -> Vec<Event> {
    let queue = |n| QueueId::Team(id::<TeamId>(n));
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    let when = json!({"all": [
        {"field": "text", "op": "has_any_word", "value": ["invoice", "refund"]},
        {"any": [{"field": "returning", "op": "is", "value": true}, {"field": "attribute.plan", "op": "is", "value": "gold"}]},
    ]});
    let demand = Demand {
        skills: Skills { required: set(&["billing"]), preferred: set(&["vip"]) },
        relax_skills_after_ms: Some(Millis::minutes(10)),
        strategies: Some(vec![Strategy::Skill, Strategy::RoundRobin]),
    };
    let rule = RoutingRule {
        name: "Money".to_owned(),
        brand_id: Some(id(3)),
        enabled: true,
        when: serde_json::from_value(when).expect("a condition"),
        then: Destination {
            queue_id: Some(queue(2)),
            priority: Some(Priority::High),
            demand: demand.clone(),
            language: Some(LanguageMatch::Preferred),
        },
    };
    let candidate =
        |n, skipped| Candidate { user_id: id::<UserId>(n), skipped, open: 3, capacity: 20, load: 325, preferred: 1 };
    let routed = |outcome| ConversationRouted {
        conversation_id: id(5),
        queue_id: queue(2),
        trigger: Trigger::Entered,
        outcome,
        priority: Priority::High,
        sla_due_at: Some(at(15)),
        waiting_since: Some(at(0)),
        entered_at: at(1),
        skills: demand.skills.clone(),
        relaxed: false,
        candidates: vec![candidate(6, None), candidate(7, Some(SkipReason::FullInTeam))],
        skipped: BTreeMap::from([(SkipReason::FullInTeam, 1), (SkipReason::Away, 4)]),
        eligible: 1,
    };
    let lease_until = Some(at(6));
    let assigned = Outcome::Assigned { user_id: id(6), strategy: Strategy::RoundRobin, lease_until };
    vec![
        RoutingRuleCreated { rule_id: id(1), rule: rule.clone() }.into(),
        RoutingRuleChanged { rule_id: id(1), rule }.into(),
        RoutingRuleRemoved { rule_id: id(1) }.into(),
        RoutingRulesOrdered { rule_ids: vec![id(2), id(1)] }.into(),
        ConversationTriaged {
            conversation_id: id(5),
            episode: 1,
            rule: Some(RuleVersion { rule_id: id(1), version: 2 }),
            campaign_id: Some(id(60)),
            queue_id: queue(2),
            priority: Priority::High,
            demand: demand.clone(),
            passed: vec![PassedRule { rule_id: id(2), version: 1, failed_at: "/all/1/any".to_owned() }],
        }
        .into(),
        routed(assigned).into(),
        ConversationLeaseExpired { conversation_id: id(5), user_id: id(6), queue_id: queue(2), at: at(6) }.into(),
        ConversationSpilled { conversation_id: id(5), from: queue(2), to: queue(4), entered_at: at(1), at: at(31) }
            .into(),
    ]
}

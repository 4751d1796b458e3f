//! New leads: who writes for the first time is asked whether they are a customer; who is not becomes a lead of Sales, and the
//! CRM is told how it ended.

use std::collections::BTreeMap;

use serde_json::json;

use super::part::{Around, Kind, Part, Thing, test};
use crate::access::Walls;
use crate::automation::action::{AutomationAction, Choice, Question};
use crate::automation::rule::{AutomationRule, Limits, Mode, Once};
use crate::automation::trigger::Trigger;
use crate::condition::{Condition, Field, Operator};
use crate::rejection::Rejection;
use crate::replies::canned::CannedReply;
use crate::replies::scope::Scope;
use crate::template::draft::{Category, Draft};
use crate::time::Millis;

/// What leads are called.
const NEW_LEAD: &str = "new lead";
const CUSTOMER: &str = "customer";

pub(super) const PARTS: &[Part] = &[
    Part { key: "sales", kind: Kind::Team, says: |_| Ok(Thing::Team("Sales", Walls::Closed)) },
    Part { key: "greeting", kind: Kind::AutomationRule, says: greeting },
    Part { key: "crm", kind: Kind::AutomationRule, says: crm },
    Part { key: "welcome", kind: Kind::CannedReply, says: welcome },
    Part { key: "follow_up", kind: Kind::Template, says: follow_up },
];

fn greeting(around: &Around<'_>) -> Result<Thing, Rejection> {
    let tagged = |tag: &str, queue_id| {
        let tag = tag.to_owned();
        vec![AutomationAction::AddTag { tag }, AutomationAction::HandOver { queue_id: Some(queue_id) }]
    };
    let choice = |title: &str, also: &[&str], then| Choice {
        title: title.to_owned(),
        also: also.iter().map(|&word| word.to_owned()).collect(),
        then,
    };
    let to_people = || vec![AutomationAction::HandOver { queue_id: Some(around.common()) }];
    let question = Question {
        text: "Hello {{contact.first_name|there}}, thank you for writing to {{brand.name}}. Are you a customer of ours, or new here?"
            .to_owned(),
        list_button: None,
        choices: vec![
            choice("I'm new", &["new", "not yet", "no"], tagged(NEW_LEAD, around.queue("sales")?)),
            choice("I'm a customer", &["customer", "existing", "existing customer", "yes"], tagged(CUSTOMER, around.common())),
        ],
        wait_ms: Millis::minutes(30),
        repeats_max: 1,
        on_timeout: to_people(),
        on_no_match: to_people(),
    };
    let first =
        [test(Field::Returning, Operator::Is, json!(false)), test(Field::Origin, Operator::Is, json!("inbound"))];
    Ok(Thing::AutomationRule(AutomationRule {
        name: "New leads: ask who writes for the first time".to_owned(),
        brand_id: Some(around.brand_id),
        mode: Mode::Enabled,
        trigger: Trigger::Opened,
        when: Condition::All { all: first.into() },
        actions: vec![AutomationAction::Ask(question)],
        limits: Limits { once: Some(Once::Conversation), ..Limits::default() },
        follows_automation: false,
    }))
}

fn crm(around: &Around<'_>) -> Result<Thing, Rejection> {
    let parameter = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let call = AutomationAction::CallIntegration {
        integration: "crm".to_owned(),
        operation: "record_contact_and_summary".to_owned(),
        parameters: BTreeMap::from([
            parameter("name", "{{contact.name}}"),
            parameter("conversation", "{{conversation.number}}"),
            parameter("source", "whatsapp"),
        ]),
    };
    Ok(Thing::AutomationRule(AutomationRule {
        name: "New leads: tell the CRM how it ended".to_owned(),
        brand_id: Some(around.brand_id),
        mode: Mode::Enabled,
        trigger: Trigger::Resolved,
        when: test(Field::Tag, Operator::In, json!([NEW_LEAD])),
        actions: vec![call],
        limits: Limits { once: Some(Once::Episode), ..Limits::default() },
        follows_automation: false,
    }))
}

fn welcome(around: &Around<'_>) -> Result<Thing, Rejection> {
    Ok(Thing::CannedReply(CannedReply {
        scope: Scope::Team { team_id: around.part("sales")? },
        shortcut: "welcome".to_owned(),
        title: "Welcome a new lead".to_owned(),
        text: "Hi {{contact.first_name|there}}, this is {{agent.first_name}} from {{brand.name}}. What are you looking for?"
            .to_owned(),
        locale: Some("en".to_owned()),
        interactive: None,
    }))
}

fn follow_up(_: &Around<'_>) -> Result<Thing, Rejection> {
    Ok(Thing::Template(Draft {
        name: "lead_follow_up".to_owned(),
        language: "en_US".to_owned(),
        category: Category::Marketing,
        components: vec![json!({
            "type": "BODY",
            "text": "Hello {{1}}, you asked us about our offer. Do you have questions that we can answer?",
            "example": { "body_text": [["Lucía"]] }
        })],
        message_send_ttl_seconds: None,
    }))
}

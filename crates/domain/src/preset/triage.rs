//! Triage and escalation: a first line with a checklist, a second line that is asked in a note or takes over in one step, and
//! a warning before a promise is broken. Both lines see each other's conversations, so that each can name the other in a note.

use super::part::{Around, Kind, Part, Thing, test};
use crate::access::Walls;
use crate::automation::action::AutomationAction;
use crate::automation::rule::{AutomationRule, Limits, Mode, Once};
use crate::automation::trigger::Trigger;
use crate::condition::{Condition, Field, Operator};
use crate::conversation::Priority;
use crate::rejection::Rejection;
use crate::replies::canned::CannedReply;
use crate::replies::macros::Macro;
use crate::replies::scope::Scope;

const ESCALATED: &str = "escalated";

pub(super) const PARTS: &[Part] = &[
    Part { key: "l1", kind: Kind::Team, says: |_| Ok(Thing::Team("Support L1", Walls::Open)) },
    Part { key: "l2", kind: Kind::Team, says: |_| Ok(Thing::Team("Support L2", Walls::Open)) },
    Part { key: "checklist", kind: Kind::CannedReply, says: checklist },
    Part { key: "escalate", kind: Kind::Macro, says: escalate },
    Part { key: "at_risk", kind: Kind::AutomationRule, says: at_risk },
];

fn checklist(around: &Around<'_>) -> Result<Thing, Rejection> {
    Ok(Thing::CannedReply(CannedReply {
        scope: Scope::Brand { brand_id: around.brand_id },
        shortcut: "checklist".to_owned(),
        title: "First-line checklist".to_owned(),
        text: "So that we can help you at once, please tell us:\n1. What did you want to do?\n2. What happened instead, and \
               since when?\n3. Which device and version are you using?\nA screenshot helps."
            .to_owned(),
        locale: Some("en".to_owned()),
        interactive: None,
    }))
}

fn escalate(around: &Around<'_>) -> Result<Thing, Rejection> {
    let l2: crate::ids::TeamId = around.part("l2")?;
    Ok(Thing::Macro(Macro {
        scope: Scope::Brand { brand_id: around.brand_id },
        name: "Escalate to L2".to_owned(),
        description: Some(
            "Tags it, raises its priority, asks the second line in a note and moves it there.".to_owned(),
        ),
        actions: vec![
            AutomationAction::AddTag { tag: ESCALATED.to_owned() },
            AutomationAction::AddNote { body: format!("@[{l2}] The checklist is done; please take it from here.") },
            AutomationAction::MoveToQueue { queue_id: around.queue("l2")? },
        ],
    }))
}

fn at_risk(around: &Around<'_>) -> Result<Thing, Rejection> {
    let of_l1 =
        test(Field::TeamId, Operator::Is, serde_json::json!(around.part::<crate::ids::TeamId>("l1")?.to_string()));
    Ok(Thing::AutomationRule(AutomationRule {
        name: "Triage: warn before a promise is broken".to_owned(),
        brand_id: Some(around.brand_id),
        mode: Mode::Enabled,
        trigger: Trigger::SlaAtRisk { metric: None },
        when: Condition::All { all: vec![of_l1] },
        actions: vec![
            AutomationAction::SetPriority { priority: Priority::Urgent },
            AutomationAction::Notify {
                user_ids: Vec::new(),
                team_ids: vec![around.part("l2")?],
                text: "A first-line conversation is about to miss its target.".to_owned(),
            },
        ],
        limits: Limits { once: Some(Once::Episode), ..Limits::default() },
        follows_automation: false,
    }))
}

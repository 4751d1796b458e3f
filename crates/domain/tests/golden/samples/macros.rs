//! Macros.

use domain::automation::act::{ActionKind, Outcome, SkipReason};
use domain::automation::action::{AutomationAction, SettableStatus};
use domain::event::Event;
use domain::event::macros::*;
use domain::ids::*;
use domain::replies::macros::Macro;
use domain::replies::scope::Scope;

use super::{id, text};

pub(super) fn samples() -> Vec<Event> {
    let macro_id = id::<MacroId>(1);
    let says = |scope| Macro {
        scope,
        name: "Close politely".to_owned(),
        description: text("Thanks, tags and resolves"),
        actions: vec![
            AutomationAction::AddTag { tag: "thanked".to_owned() },
            AutomationAction::SetStatus { status: SettableStatus::Resolved, disposition: text("solved") },
        ],
    };
    let nested = Outcome {
        action: ActionKind::AddTag,
        skipped: Some(SkipReason::AlreadySo),
        message_id: Some(id(4)),
        then: Vec::new(),
    };
    let outcome = Outcome {
        action: ActionKind::SendMessage,
        skipped: Some(SkipReason::ServiceWindowClosed),
        message_id: Some(id(3)),
        then: vec![nested],
    };
    vec![
        MacroCreated { macro_id, says: says(Scope::Brand { brand_id: id(2) }) }.into(),
        MacroChanged { macro_id, says: says(Scope::Workspace) }.into(),
        MacroRemoved { macro_id }.into(),
        MacroRan { macro_id, version: 2, conversation_id: id(5), outcomes: vec![outcome], left: 1 }.into(),
    ]
}

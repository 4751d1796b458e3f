//! Macros as the API shows them.

use domain::automation::act::{Outcome, SkipReason};
use domain::event::macros::MacroRan;
use domain::replies::macros::{Entry, is_refused};

use crate::dto::macros::*;
use crate::present::automation_action;
use crate::present::canned_reply::scope;
use crate::present::routing::word;

pub(crate) fn shown(entry: &Entry) -> Macro {
    let says = &entry.says;
    Macro {
        id: entry.id.into(),
        version: entry.version.into(),
        scope: scope(says.scope),
        name: says.name.clone(),
        description: says.description.clone(),
        actions: automation_action::shown(&says.actions),
        runs: entry.runs.into(),
        last_run_at: entry.last_run_at.map(Into::into),
        created_at: entry.created_at.into(),
        updated_at: entry.updated_at.into(),
    }
}

/// What a run came to, as its event tells.
pub(crate) fn run(pos: u64, event: &MacroRan) -> MacroRun {
    let left = || MacroResult { outcome: MacroOutcome::Left, r#type: None, reason: None, message_id: None };
    let results = event.outcomes.iter().map(result).chain((0..event.left).map(|_| left())).collect();
    MacroRun {
        pos: pos.into(),
        macro_id: event.macro_id.into(),
        macro_version: event.version.into(),
        conversation_id: event.conversation_id.into(),
        results,
        complete: event.left == 0 && !event.outcomes.iter().any(is_refused),
    }
}

fn result(of: &Outcome) -> MacroResult {
    let outcome = match of.skipped {
        None => MacroOutcome::Done,
        Some(SkipReason::AlreadySo) => MacroOutcome::AlreadySo,
        Some(_) => MacroOutcome::Refused,
    };
    MacroResult {
        outcome,
        r#type: Some(word(of.action)),
        reason: of.skipped.filter(|reason| *reason != SkipReason::AlreadySo).map(word),
        message_id: of.message_id.map(Into::into),
    }
}

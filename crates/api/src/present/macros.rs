//! Macros as the API takes and shows them.

use domain::automation::act::{Outcome, SkipReason};
use domain::automation::action::{self, AutomationAction};
use domain::content::Content;
use domain::event::macros::MacroRan;
use domain::rejection::Rejection;
use domain::replies::macros::{Entry, is_refused};
use domain::time::Millis;

use crate::dto::conversation::SettableStatus;
use crate::dto::macros::*;
use crate::present::canned_reply::scope;
use crate::present::conversation::priority;
use crate::present::routing::word;
use crate::problem::Problem;
use crate::routes::conversations::domain_priority;

pub(crate) fn shown(entry: &Entry) -> Macro {
    let says = &entry.says;
    Macro {
        id: entry.id.into(),
        version: entry.version.into(),
        scope: scope(says.scope),
        name: says.name.clone(),
        description: says.description.clone(),
        actions: says.actions.iter().filter_map(action).collect(),
        runs: entry.runs.into(),
        last_run_at: entry.last_run_at.map(Into::into),
        created_at: entry.created_at.into(),
        updated_at: entry.updated_at.into(),
    }
}

/// An action as it is shown; `None`: of a kind that no macro has.
fn action(of: &AutomationAction) -> Option<MacroAction> {
    use AutomationAction as A;
    use MacroActionType as T;
    Some(match of {
        A::SendMessage { content } => {
            MacroAction { content: serde_json::to_value(content).ok(), ..blank(T::SendMessage) }
        }
        A::AddTag { tag } => MacroAction { tag: Some(tag.clone()), ..blank(T::AddTag) },
        A::RemoveTag { tag } => MacroAction { tag: Some(tag.clone()), ..blank(T::RemoveTag) },
        A::MoveToQueue { queue_id } => MacroAction { queue_id: Some((*queue_id).into()), ..blank(T::MoveToQueue) },
        A::AssignAgent { user_id } => MacroAction { user_id: Some((*user_id).into()), ..blank(T::AssignAgent) },
        A::SetPriority { priority: of } => MacroAction { priority: Some(priority(*of)), ..blank(T::SetPriority) },
        A::SetStatus { status, disposition } => {
            let status = match status {
                action::SettableStatus::Open => SettableStatus::Open,
                action::SettableStatus::Pending => SettableStatus::Pending,
                action::SettableStatus::Resolved => SettableStatus::Resolved,
            };
            MacroAction { status: Some(status), disposition: disposition.clone(), ..blank(T::SetStatus) }
        }
        A::Snooze { for_ms } => MacroAction { for_seconds: Some(for_ms.whole_seconds()), ..blank(T::Snooze) },
        A::AddNote { body } => MacroAction { text: Some(body.clone()), ..blank(T::AddNote) },
        A::Notify { user_ids, team_ids, text } => MacroAction {
            text: Some(text.clone()),
            user_ids: Some(user_ids.iter().copied().map(Into::into).collect()),
            team_ids: Some(team_ids.iter().copied().map(Into::into).collect()),
            ..blank(T::Notify)
        },
        A::AskSatisfaction => blank(T::AskSatisfaction),
        A::HandOver { queue_id } => MacroAction { queue_id: queue_id.map(Into::into), ..blank(T::HandOver) },
        A::CallIntegration { integration, operation, parameters } => MacroAction {
            integration: Some(integration.clone()),
            operation: Some(operation.clone()),
            parameters: Some(parameters.clone()),
            ..blank(T::CallIntegration)
        },
        A::Ask(_) | A::AnswerFromKnowledge(_) => return None,
    })
}

fn blank(r#type: MacroActionType) -> MacroAction {
    MacroAction {
        r#type,
        content: None,
        tag: None,
        queue_id: None,
        user_id: None,
        priority: None,
        status: None,
        disposition: None,
        for_seconds: None,
        text: None,
        user_ids: None,
        team_ids: None,
        integration: None,
        operation: None,
        parameters: None,
    }
}

/// The actions that somebody asks for, with every place where one lacks what its type takes, or has what it does not.
pub(crate) fn asked(actions: Vec<SetMacroAction>) -> Result<Vec<AutomationAction>, Problem> {
    let mut errors = Vec::new();
    let read = |(index, action)| one(action, &format!("/actions/{index}"), &mut errors);
    let read: Vec<_> = actions.into_iter().enumerate().map(read).collect();
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors).into());
    }
    Ok(read.into_iter().flatten().collect())
}

type Errors = Vec<domain::outbound_content::FieldError>;

/// What a type may take, and must.
fn takes(of: MacroActionType) -> (&'static [&'static str], &'static [&'static str]) {
    use MacroActionType as T;
    match of {
        T::SendMessage => (&["content"], &[]),
        T::AddTag | T::RemoveTag => (&["tag"], &[]),
        T::MoveToQueue => (&["queue_id"], &[]),
        T::AssignAgent => (&["user_id"], &[]),
        T::SetPriority => (&["priority"], &[]),
        T::SetStatus => (&["status"], &["disposition"]),
        T::Snooze => (&["for_seconds"], &[]),
        T::AddNote => (&["text"], &[]),
        T::Notify => (&["text"], &["user_ids", "team_ids"]),
        T::AskSatisfaction => (&[], &[]),
        T::HandOver => (&[], &["queue_id"]),
        T::CallIntegration => (&["integration", "operation"], &["parameters"]),
    }
}

fn one(asked: SetMacroAction, at: &str, errors: &mut Errors) -> Option<AutomationAction> {
    use AutomationAction as A;
    use MacroActionType as T;
    let mut say = |field: &str, code, detail: &str| {
        errors.push(domain::outbound_content::FieldError {
            pointer: format!("{at}/{field}"),
            code,
            detail: detail.to_owned(),
        });
    };
    let (must, may) = takes(asked.r#type);
    for (field, given) in [
        ("content", asked.content.is_some()),
        ("tag", asked.tag.is_some()),
        ("queue_id", asked.queue_id.is_some()),
        ("user_id", asked.user_id.is_some()),
        ("priority", asked.priority.is_some()),
        ("status", asked.status.is_some()),
        ("disposition", asked.disposition.is_some()),
        ("for_seconds", asked.for_seconds.is_some()),
        ("text", asked.text.is_some()),
        ("user_ids", asked.user_ids.is_some()),
        ("team_ids", asked.team_ids.is_some()),
        ("integration", asked.integration.is_some()),
        ("operation", asked.operation.is_some()),
        ("parameters", asked.parameters.is_some()),
    ] {
        if !given && must.contains(&field) {
            say(field, "required", "is what this type takes");
        } else if given && !must.contains(&field) && !may.contains(&field) {
            say(field, "unexpected", "is nothing that this type takes");
        }
    }
    Some(match asked.r#type {
        T::SendMessage => match serde_json::from_value::<Content>(asked.content?) {
            Ok(content) => A::SendMessage { content },
            Err(_) => {
                say("content", "wrong_type", "its type, and under that key its content");
                return None;
            }
        },
        T::AddTag => A::AddTag { tag: asked.tag? },
        T::RemoveTag => A::RemoveTag { tag: asked.tag? },
        T::MoveToQueue => A::MoveToQueue { queue_id: asked.queue_id?.0 },
        T::AssignAgent => A::AssignAgent { user_id: asked.user_id?.0 },
        T::SetPriority => A::SetPriority { priority: domain_priority(asked.priority?) },
        T::SetStatus => A::SetStatus {
            status: match asked.status? {
                SettableStatus::Open => action::SettableStatus::Open,
                SettableStatus::Pending => action::SettableStatus::Pending,
                SettableStatus::Resolved => action::SettableStatus::Resolved,
            },
            disposition: asked.disposition,
        },
        T::Snooze => A::Snooze { for_ms: Millis::seconds(i64::from(asked.for_seconds?)) },
        T::AddNote => A::AddNote { body: asked.text? },
        T::Notify => A::Notify {
            user_ids: asked.user_ids.unwrap_or_default().into_iter().map(Into::into).collect(),
            team_ids: asked.team_ids.unwrap_or_default().into_iter().map(Into::into).collect(),
            text: asked.text?,
        },
        T::AskSatisfaction => A::AskSatisfaction,
        T::HandOver => A::HandOver { queue_id: asked.queue_id.map(|id| id.0) },
        T::CallIntegration => A::CallIntegration {
            integration: asked.integration?,
            operation: asked.operation?,
            parameters: asked.parameters.unwrap_or_default(),
        },
    })
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

//! Audit entries as clients see them.

use app::Desk;
use app::audit::AuditRow;
use domain::audit::{AuditKind, Outcome};
use domain::event::Actor;
use serde_json::Value;

use crate::dto::audit::{AuditAction, AuditActor, AuditEntry, AuditOutcome};

/// An entry with the actor's name as it is now.
pub(crate) fn entry(desk: &Desk, row: AuditRow) -> AuditEntry {
    let (r#type, id, name) = match row.actor {
        Actor::User(id) | Actor::Key { user_id: id, .. } => {
            ("user", Some(id.to_string()), desk.account(id).map(|account| account.name))
        }
        Actor::Contact(id) => ("contact", Some(id.to_string()), None),
        Actor::Provider => ("provider", None, None),
        Actor::Rule(id) => ("automation", Some(id.to_string()), desk.automation_rule_name(id)),
        Actor::System => ("system", None, None),
    };
    AuditEntry {
        pos: row.pos.into(),
        at: row.at.into(),
        action: action(row.kind),
        outcome: match row.kind.outcome() {
            Outcome::Done => AuditOutcome::Done,
            Outcome::Failed => AuditOutcome::Failed,
            Outcome::Denied => AuditOutcome::Denied,
        },
        event: row.event.to_owned(),
        actor: AuditActor { r#type: r#type.to_owned(), id, name },
        target_id: row.target,
        address: row.address,
        details: row.details.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text))).collect(),
    }
}

/// An entry as the cells of a table.
pub(crate) fn cells(entry: &AuditEntry) -> [String; 11] {
    let outcome = match entry.outcome {
        AuditOutcome::Done => "done",
        AuditOutcome::Failed => "failed",
        AuditOutcome::Denied => "denied",
    };
    let details: Vec<String> =
        entry.details.iter().map(|(name, text)| format!("{name}={}", text.as_str().unwrap_or_default())).collect();
    [
        entry.pos.0.to_string(),
        entry.at.0.to_rfc3339(),
        kind(entry.action).name().to_owned(),
        outcome.to_owned(),
        entry.event.clone(),
        entry.actor.r#type.clone(),
        entry.actor.id.clone().unwrap_or_default(),
        entry.actor.name.clone().unwrap_or_default(),
        entry.target_id.clone().unwrap_or_default(),
        entry.address.clone().unwrap_or_default(),
        details.join("; "),
    ]
}

fn action(kind: AuditKind) -> AuditAction {
    match kind {
        AuditKind::SignedIn => AuditAction::SignedIn,
        AuditKind::SignInFailed => AuditAction::SignInFailed,
        AuditKind::SessionEnded => AuditAction::SessionEnded,
        AuditKind::AccountChanged => AuditAction::AccountChanged,
        AuditKind::AccessChanged => AuditAction::AccessChanged,
        AuditKind::AccessDenied => AuditAction::AccessDenied,
        AuditKind::DataRevealed => AuditAction::DataRevealed,
        AuditKind::DataExported => AuditAction::DataExported,
        AuditKind::DataErased => AuditAction::DataErased,
        AuditKind::ConfigurationChanged => AuditAction::ConfigurationChanged,
        AuditKind::BillingChanged => AuditAction::BillingChanged,
        AuditKind::ClockSuspected => AuditAction::ClockSuspected,
    }
}

/// The kind a request names.
pub(crate) fn kind(action: AuditAction) -> AuditKind {
    match action {
        AuditAction::SignedIn => AuditKind::SignedIn,
        AuditAction::SignInFailed => AuditKind::SignInFailed,
        AuditAction::SessionEnded => AuditKind::SessionEnded,
        AuditAction::AccountChanged => AuditKind::AccountChanged,
        AuditAction::AccessChanged => AuditKind::AccessChanged,
        AuditAction::AccessDenied => AuditKind::AccessDenied,
        AuditAction::DataRevealed => AuditKind::DataRevealed,
        AuditAction::DataExported => AuditKind::DataExported,
        AuditAction::DataErased => AuditKind::DataErased,
        AuditAction::ConfigurationChanged => AuditKind::ConfigurationChanged,
        AuditAction::BillingChanged => AuditKind::BillingChanged,
        AuditAction::ClockSuspected => AuditKind::ClockSuspected,
    }
}

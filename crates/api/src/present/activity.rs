//! Lines between the messages: who did what to the conversation.

use app::Desk;
use domain::event::Actor;
use domain::event::conversation::{Cause, Origin};
use projections::timeline::{Activity, ActivityKind, Entry};
use serde_json::{Map, Value, json};

use super::message::message;
use super::note::note;
use crate::dto::timeline::{ActivityActor, ActivityActorType, TimelineActivity, TimelineEntry, TimelineKind};

/// One line of a timeline.
pub(crate) fn entry(desk: &Desk, conversation: domain::ids::ConversationId, entry: &Entry) -> TimelineEntry {
    let mut shown = TimelineEntry {
        kind: TimelineKind::Activity,
        pos: entry.pos().into(),
        version: entry.version().into(),
        message: None,
        note: None,
        activity: None,
    };
    match entry {
        Entry::Message(found) => {
            shown.kind = TimelineKind::Message;
            shown.message = Some(message(desk, found));
        }
        Entry::Note(found) => {
            shown.kind = TimelineKind::Note;
            shown.note = Some(note(desk, conversation, found));
        }
        Entry::Activity(found) => shown.activity = Some(activity(desk, found)),
    }
    shown
}

pub(crate) fn activity(desk: &Desk, activity: &Activity) -> TimelineActivity {
    let (r#type, detail) = told(&activity.kind);
    TimelineActivity {
        r#type: r#type.to_owned(),
        actor: actor(desk, activity.actor),
        detail: detail.as_object().cloned().unwrap_or_else(Map::new),
        occurred_at: activity.occurred_at.into(),
    }
}

pub(crate) fn actor(desk: &Desk, actor: Actor) -> ActivityActor {
    let (r#type, id, name) = match actor {
        Actor::User(id) | Actor::Key { user_id: id, .. } => {
            (ActivityActorType::User, Some(id.to_string()), desk.user_name(id))
        }
        Actor::Contact(id) => (ActivityActorType::Contact, Some(id.to_string()), desk.contact_name(id)),
        Actor::Provider => (ActivityActorType::Provider, None, None),
        Actor::Rule(id) => (ActivityActorType::Automation, Some(id.to_string()), desk.automation_rule_name(id)),
        Actor::System => (ActivityActorType::System, None, None),
    };
    ActivityActor { r#type, id, name }
}

fn told(kind: &ActivityKind) -> (&'static str, Value) {
    match kind {
        ActivityKind::Opened { origin, previous } => {
            ("conversation.opened", json!({"origin": origin_word(*origin), "previous_conversation_id": previous}))
        }
        ActivityKind::Reopened { episode, cause } => {
            ("conversation.reopened", json!({"episode": episode, "cause": cause_word(*cause)}))
        }
        ActivityKind::Resolved(event) => (
            "conversation.resolved",
            json!({
                "episode": event.episode, "cause": cause_word(event.cause), "reason": event.reason,
                "disposition": event.disposition, "assignee_id": event.assignee_id,
                "total_ms": event.res_total_ms, "active_ms": event.res_active_ms, "unanswered": event.unanswered,
            }),
        ),
        ActivityKind::StatusChanged { from, to, until, cause, reason } => (
            "conversation.status_changed",
            json!({
                "from": from.as_str(), "to": to.as_str(), "until": until.map(|until| until.to_rfc3339()),
                "cause": cause_word(*cause), "reason": reason,
            }),
        ),
        ActivityKind::Assigned { assignee_id, team_id, previous_assignee_id, previous_team_id, reason } => (
            "conversation.assigned",
            json!({
                "assignee_id": assignee_id, "team_id": team_id, "previous_assignee_id": previous_assignee_id,
                "previous_team_id": previous_team_id, "reason": reason,
            }),
        ),
        ActivityKind::PriorityChanged { priority } => ("conversation.priority_changed", json!({"priority": priority})),
        ActivityKind::Tagged { tag } => ("conversation.tagged", json!({"tag": tag})),
        ActivityKind::Untagged { tag } => ("conversation.untagged", json!({"tag": tag})),
        ActivityKind::CourtesyUndone { message_id } => {
            ("conversation.courtesy_undone", json!({"message_id": message_id}))
        }
        ActivityKind::BotStarted { holder } => ("conversation.bot_started", json!({"holder": holder})),
        ActivityKind::QuestionAnswered { question_id, title, by } => {
            ("question.answered", json!({"question_id": question_id, "title": title, "by": by}))
        }
        ActivityKind::QuestionExpired { question_id } => ("question.expired", json!({"question_id": question_id})),
        ActivityKind::QuestionClosed { question_id, reason } => {
            ("question.closed", json!({"question_id": question_id, "reason": reason}))
        }
        ActivityKind::HandedOff { cause, queue_id, reason } => {
            ("conversation.handed_off", json!({"cause": cause, "queue_id": queue_id, "reason": reason}))
        }
        ActivityKind::Call { event, from_customer, provider_id, body } => (
            "conversation.call_observed",
            json!({"event": event, "from_customer": from_customer, "provider_id": provider_id, "body": body}),
        ),
        ActivityKind::AutomationRan(event) => (
            "automation.rule_ran",
            json!({
                "rule_id": event.rule_id, "version": event.version, "trigger": event.trigger,
                "matched": event.matched, "outcomes": event.outcomes, "shadow": event.shadow, "stopped": event.stopped,
            }),
        ),
        ActivityKind::PromisesPaused { reason } => ("conversation.promises_paused", json!({"reason": reason})),
        ActivityKind::PromisesResumed => ("conversation.promises_resumed", json!({})),
        ActivityKind::MacroRan(event) => (
            "macro.ran",
            json!({
                "macro_id": event.macro_id, "version": event.version, "outcomes": event.outcomes, "left": event.left,
            }),
        ),
        ActivityKind::SlaBreached { metric, n } => ("sla.breached", json!({"metric": metric.as_str(), "n": n})),
        ActivityKind::SlaEscalated { metric, n, action, outcome } => {
            ("sla.escalated", json!({"metric": metric.as_str(), "n": n, "action": action, "outcome": outcome}))
        }
        ActivityKind::Group { event, body } => ("conversation.group_observed", json!({"event": event, "body": body})),
    }
}

fn origin_word(origin: Origin) -> Value {
    serde_json::to_value(origin).unwrap_or(Value::Null)
}

fn cause_word(cause: Cause) -> Value {
    serde_json::to_value(cause).unwrap_or(Value::Null)
}

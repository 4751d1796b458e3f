//! Actions between the API's shapes and the domain's.

use domain::automation::action::{self, AutomationAction as D};
use domain::content::{Content, MessageKind};
use domain::rejection::Rejection;
use domain::time::Millis;
use serde_json::{Map, Value};

use super::conversation::priority;
use crate::dto::automation_action::*;
use crate::problem::Problem;
use crate::routes::conversations::domain_priority;

/// How long a question waits, and how often it is repeated, where that is not said.
const WAIT_SECONDS: u32 = 900;
const REPEATS: u32 = 1;
const SCORE_MIN: u8 = 50;

/// Actions that stand at `at` of a body.
pub(crate) fn asked(actions: Vec<AutomationAction>, at: &str) -> Result<Vec<D>, Problem> {
    let one = |(index, wanted)| asked_one(wanted, &format!("{at}/{index}"));
    actions.into_iter().enumerate().map(one).collect()
}

fn seconds(seconds: u32) -> Millis {
    Millis::seconds(i64::from(seconds))
}

fn asked_one(wanted: AutomationAction, at: &str) -> Result<D, Problem> {
    Ok(match wanted {
        AutomationAction::SendMessage(it) => D::SendMessage { content: content(it.content, &format!("{at}/content"))? },
        AutomationAction::AnswerFromKnowledge(it) => D::AnswerFromKnowledge(action::KnowledgeAnswer {
            lookup: match it.lookup {
                KnowledgeLookup::Keyword => action::KnowledgeLookup::Keyword,
                KnowledgeLookup::Search => {
                    action::KnowledgeLookup::Search { score_min: it.score_min.unwrap_or(SCORE_MIN) }
                }
            },
            category: it.category,
            offer_human: it.offer_human,
            otherwise: asked(it.otherwise, &format!("{at}/otherwise"))?,
        }),
        AutomationAction::Ask(it) => D::Ask(action::Question {
            text: it.text,
            list_button: it.list_button,
            choices: it
                .choices
                .into_iter()
                .enumerate()
                .map(|(index, choice)| {
                    let then = asked(choice.then, &format!("{at}/choices/{index}/then"))?;
                    Ok(action::Choice { title: choice.title, also: choice.also, then })
                })
                .collect::<Result<_, Problem>>()?,
            wait_ms: seconds(it.wait_seconds.unwrap_or(WAIT_SECONDS)),
            repeats_max: it.repeats_max.unwrap_or(REPEATS),
            on_timeout: asked(it.on_timeout, &format!("{at}/on_timeout"))?,
            on_no_match: asked(it.on_no_match, &format!("{at}/on_no_match"))?,
        }),
        AutomationAction::AddTag(it) => D::AddTag { tag: it.tag },
        AutomationAction::RemoveTag(it) => D::RemoveTag { tag: it.tag },
        AutomationAction::MoveToQueue(it) => D::MoveToQueue { queue_id: it.queue_id.0 },
        AutomationAction::AssignAgent(it) => D::AssignAgent { user_id: it.user_id.0 },
        AutomationAction::SetPriority(it) => D::SetPriority { priority: domain_priority(it.priority) },
        AutomationAction::SetStatus(it) => D::SetStatus {
            status: match it.status {
                SettableStatus::Open => action::SettableStatus::Open,
                SettableStatus::Pending => action::SettableStatus::Pending,
                SettableStatus::Resolved => action::SettableStatus::Resolved,
            },
            disposition: it.disposition,
        },
        AutomationAction::Snooze(it) => D::Snooze { for_ms: seconds(it.for_seconds) },
        AutomationAction::AddNote(it) => D::AddNote { body: it.body },
        AutomationAction::Notify(it) => D::Notify {
            user_ids: it.user_ids.into_iter().map(|id| id.0).collect(),
            team_ids: it.team_ids.into_iter().map(|id| id.0).collect(),
            text: it.text,
        },
        AutomationAction::AskSatisfaction(_) => D::AskSatisfaction,
        AutomationAction::HandOver(it) => D::HandOver { queue_id: it.queue_id.map(|id| id.0) },
        AutomationAction::CallIntegration(it) => {
            D::CallIntegration { integration: it.integration, operation: it.operation, parameters: it.parameters }
        }
    })
}

/// The object under the key that `type` names; nothing else may be there.
fn content(raw: Value, at: &str) -> Result<Content, Problem> {
    let wrong = |pointer: String, code, detail: &str| {
        let error = domain::outbound_content::FieldError { pointer, code, detail: detail.to_owned() };
        Problem::from(Rejection::Fields(vec![error]))
    };
    let Value::Object(mut fields) = raw else {
        return Err(wrong(at.to_owned(), "wrong_type", "an object with a type"));
    };
    let word = fields.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(key) = fields.keys().find(|key| *key != "type" && **key != word) {
        return Err(wrong(format!("{at}/{key}"), "unknown_key", "the content stands under the key that type names"));
    }
    match fields.remove(&word).filter(|body| word != "type" && !body.is_null()) {
        Some(body) => Ok(Content { kind: MessageKind::from(word.as_str()), body }),
        None => Err(wrong(format!("{at}/{word}"), "required", "the content, under the key that type names")),
    }
}

/// Actions as the API shows them.
pub(crate) fn shown(actions: &[D]) -> Vec<AutomationAction> {
    actions.iter().map(shown_one).collect()
}

fn shown_one(known: &D) -> AutomationAction {
    use AutomationAction as A;
    match known.clone() {
        D::SendMessage { content } => {
            let kind = content.kind.as_str().to_owned();
            let fields = [("type".to_owned(), Value::String(kind.clone())), (kind, content.body)];
            A::SendMessage(SendMessageAction { content: Value::Object(Map::from_iter(fields)) })
        }
        D::AnswerFromKnowledge(it) => {
            let (lookup, score_min) = match it.lookup {
                action::KnowledgeLookup::Keyword => (KnowledgeLookup::Keyword, None),
                action::KnowledgeLookup::Search { score_min } => (KnowledgeLookup::Search, Some(score_min)),
            };
            A::AnswerFromKnowledge(AnswerFromKnowledgeAction {
                lookup,
                score_min,
                category: it.category,
                offer_human: it.offer_human,
                otherwise: shown(&it.otherwise),
            })
        }
        D::Ask(it) => A::Ask(AskAction {
            text: it.text,
            list_button: it.list_button,
            choices: it
                .choices
                .into_iter()
                .map(|choice| AskChoice { title: choice.title, also: choice.also, then: shown(&choice.then) })
                .collect(),
            wait_seconds: Some(it.wait_ms.whole_seconds()),
            repeats_max: Some(it.repeats_max),
            on_timeout: shown(&it.on_timeout),
            on_no_match: shown(&it.on_no_match),
        }),
        D::AddTag { tag } => A::AddTag(TagAction { tag }),
        D::RemoveTag { tag } => A::RemoveTag(TagAction { tag }),
        D::MoveToQueue { queue_id } => A::MoveToQueue(MoveToQueueAction { queue_id: queue_id.into() }),
        D::AssignAgent { user_id } => A::AssignAgent(AssignAgentAction { user_id: user_id.into() }),
        D::SetPriority { priority: to } => A::SetPriority(SetPriorityAction { priority: priority(to) }),
        D::SetStatus { status, disposition } => A::SetStatus(SetStatusAction {
            status: match status {
                action::SettableStatus::Open => SettableStatus::Open,
                action::SettableStatus::Pending => SettableStatus::Pending,
                action::SettableStatus::Resolved => SettableStatus::Resolved,
            },
            disposition,
        }),
        D::Snooze { for_ms } => A::Snooze(SnoozeAction { for_seconds: for_ms.whole_seconds() }),
        D::AddNote { body } => A::AddNote(AddNoteAction { body }),
        D::Notify { user_ids, team_ids, text } => A::Notify(NotifyAction {
            user_ids: user_ids.into_iter().map(Into::into).collect(),
            team_ids: team_ids.into_iter().map(Into::into).collect(),
            text,
        }),
        D::AskSatisfaction => A::AskSatisfaction(NothingMore {}),
        D::HandOver { queue_id } => A::HandOver(HandOverAction { queue_id: queue_id.map(Into::into) }),
        D::CallIntegration { integration, operation, parameters } => {
            A::CallIntegration(CallIntegrationAction { integration, operation, parameters })
        }
    }
}

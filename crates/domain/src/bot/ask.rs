//! Asking: up to three choices as buttons, up to ten as a list. What stands behind each names the question, whose id nobody
//! can guess and which counts only in its own conversation. What a question may be is checked where rules are
//! ([`crate::automation::rule::errors`]): nothing is cut here.

use serde_json::{Value, json};

use super::hold;
use crate::automation::act::{Done, Origin, RuleVersion, SkipReason, send};
use crate::automation::action::Question;
use crate::automation::check::{BUTTON_CHARS_MAX, ROW_CHARS_MAX};
use crate::automation::words::filled;
use crate::content::{Content, MessageKind};
use crate::conversation::Status;
use crate::event::StreamId;
use crate::event::bot::{CloseReason, Holder, QuestionAsked, QuestionClosed};
use crate::ids::*;
use crate::step::Step;

/// Choices that have a button each; more are a list.
const BUTTONS_MAX: usize = 3;
/// Asks. A question that was open is not waited with any more.
pub(crate) fn ask(step: &mut Step<'_>, id: ConversationId, question: &Question, origin: Origin) -> Done {
    let conversation = step.conversation(id).ok_or(SkipReason::UnknownReference)?;
    if conversation.status == Status::Resolved {
        return Err(SkipReason::InvalidTransition);
    }
    let (episode, contact_id) = (conversation.episode, conversation.contact_id);
    let before = conversation.bot.question.as_ref().map(|open| open.question_id);
    let contact = step.world.contacts.get(&contact_id).ok_or(SkipReason::NobodyToReach)?;
    // Buttons do not exist in groups, and anybody's word would be the group's.
    if contact.is_group() {
        return Err(SkipReason::NobodyToReach);
    }
    let question_id: QuestionId = step.mint.fresh();
    let said = shown(step, id, question, origin);
    let Some(message_id) = send(step, id, &content(&said, question_id), origin)? else { return Ok(None) };
    // A colleague's own message has closed it already.
    let still = step.conversation(id).and_then(|it| it.bot.question.as_ref()).map(|open| open.question_id);
    if let Some(question_id) = before.filter(|_| still == before) {
        let event = QuestionClosed { conversation_id: id, question_id, episode, reason: CloseReason::Replaced };
        step.emit(StreamId::Conversation(id), event);
    }
    hold::begin(step, id, Holder::Automation);
    let event = QuestionAsked {
        conversation_id: id,
        question_id,
        episode,
        message_id,
        question: Box::new(question.clone()),
        origin,
        expires_at: step.now + question.wait_ms,
    };
    step.emit(StreamId::Conversation(id), event);
    Ok(Some(message_id))
}

/// The question as the customer reads its choices: with what their variables stand for at this moment, as long as a choice may be.
/// Names stay out of the log this way: there, choices are called as the rule calls them.
pub(super) fn shown(step: &mut Step<'_>, id: ConversationId, question: &Question, origin: Origin) -> Question {
    let chars_max = if question.choices.len() <= BUTTONS_MAX { BUTTON_CHARS_MAX } else { ROW_CHARS_MAX };
    let mut shown = question.clone();
    for choice in shown.choices.iter_mut().filter(|choice| choice.title.contains("{{")) {
        choice.title = filled(step, id, origin, &choice.title).chars().take(chars_max).collect();
    }
    shown
}

/// The rule behind what asks, if one is.
pub(super) fn rule_of(origin: Origin) -> Option<RuleVersion> {
    match origin {
        Origin::Rule(rule) => Some(rule),
        Origin::Question { asked_by, .. } => asked_by,
        Origin::Macro { .. } => None,
    }
}

/// What stands behind a choice that can be pressed: `ask:<question>:<n>`, from 1.
fn choice_id(question: QuestionId, n: usize) -> String {
    format!("ask:{question}:{n}")
}

/// The question and the number behind what was pressed, whatever the number is.
pub(super) fn read_choice(id: &str) -> Option<(QuestionId, usize)> {
    let (question, n) = id.strip_prefix("ask:")?.split_once(':')?;
    Some((question.parse().ok()?, n.parse().ok()?))
}

/// The message that asks.
pub(super) fn content(question: &Question, id: QuestionId) -> Content {
    let titles = question.choices.iter().map(|choice| &choice.title).zip(1..);
    let body = if question.choices.len() <= BUTTONS_MAX {
        let button =
            |(title, n): (&String, usize)| json!({"type": "reply", "reply": {"id": choice_id(id, n), "title": title}});
        let buttons: Vec<Value> = titles.map(button).collect();
        json!({"type": "button", "body": {"text": question.text}, "action": {"buttons": buttons}})
    } else {
        let rows: Vec<Value> = titles.map(|(title, n)| json!({"id": choice_id(id, n), "title": title})).collect();
        let button = question.list_button.as_deref().unwrap_or_default();
        json!({
            "type": "list", "body": {"text": question.text},
            "action": {"button": button, "sections": [{"rows": rows}]},
        })
    };
    Content { kind: MessageKind::Interactive, body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automation::action::Choice;
    use crate::outbound_content;
    use crate::time::Millis;

    fn question(titles: &[&str]) -> Question {
        let choice = |title: &&str| Choice { title: (*title).to_owned(), also: Vec::new(), then: Vec::new() };
        Question {
            text: "What is it about?".to_owned(),
            list_button: Some("Choose".to_owned()),
            choices: titles.iter().map(choice).collect(),
            wait_ms: Millis::minutes(10),
            repeats_max: 1,
            on_timeout: Vec::new(),
            on_no_match: Vec::new(),
        }
    }

    #[test]
    fn three_choices_are_buttons_and_ten_a_list_that_the_provider_takes() {
        let id = QuestionId::from_u128(7);
        for (n, kind) in [(1, "button"), (3, "button"), (4, "list"), (10, "list")] {
            let titles: Vec<_> = (1..=n).map(|n| format!("Choice {n}")).collect();
            let titles: Vec<_> = titles.iter().map(String::as_str).collect();
            let content = content(&question(&titles), id);
            assert_eq!((content.body["type"].as_str(), outbound_content::check(&content)), (Some(kind), vec![]), "{n}");
        }
    }

    #[test]
    fn what_stands_behind_a_choice_is_read_back() {
        let id = QuestionId::from_u128(7);
        assert_eq!(read_choice(&choice_id(id, 4)), Some((id, 4)));
        for other in ["ask:", "ask:5", "csat:1:2", &format!("ask:{id}:"), &format!("ask:{id}:-1")] {
            assert_eq!(read_choice(other), None, "{other}");
        }
    }
}

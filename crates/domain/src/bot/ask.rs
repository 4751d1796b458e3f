//! Asking: up to three choices as buttons, up to ten as a list. What stands behind each names the question, whose id nobody
//! can guess and which counts only in its own conversation.

use serde_json::{Value, json};

use super::hold;
use crate::automation::act::{Done, Origin, RuleVersion, SkipReason, send};
use crate::automation::action::Question;
use crate::content::{Content, MessageKind};
use crate::conversation::Status;
use crate::event::StreamId;
use crate::event::bot::{CloseReason, Holder, QuestionAsked, QuestionClosed};
use crate::identity::IdentityKind;
use crate::ids::*;
use crate::outbound_content::{self, FieldError};
use crate::step::Step;
use crate::time::Millis;

/// Choices that have a button each; more are a list.
const BUTTONS_MAX: usize = 3;
/// Choices of a question at most.
pub const CHOICES_MAX: usize = 10;
/// Other words for a choice at most, and characters of one.
pub const ALSO_MAX: usize = 20;
const WORD_CHARS_MAX: usize = 100;
/// The shortest and the longest time an answer is waited for.
pub const WAIT_MIN: Millis = Millis::minutes(1);
pub const WAIT_MAX: Millis = Millis::days(7);
/// How often a question is asked again at most.
pub const REPEATS_MAX: u32 = 3;

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
    if contact.identities.iter().any(|identity| identity.kind == IdentityKind::Group) {
        return Err(SkipReason::NobodyToReach);
    }
    let question_id: QuestionId = step.mint.fresh();
    let Some(message_id) = send(step, id, &content(question, question_id), origin)? else { return Ok(None) };
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

/// What is wrong with a question, each at its place below `at`; the actions behind its choices are not looked at. Nothing is
/// cut: what the provider would not take is an error.
pub fn errors(question: &Question, at: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |place: String, code: &'static str, detail: String| {
        errors.push(FieldError { pointer: format!("{at}{place}"), code, detail });
    };
    let Question { choices, wait_ms, repeats_max, .. } = question;
    if !(1..=CHOICES_MAX).contains(&choices.len()) {
        say("/choices".to_owned(), "out_of_range", format!("1 to {CHOICES_MAX} choices"));
    }
    if !(WAIT_MIN..=WAIT_MAX).contains(wait_ms) {
        say("/wait_seconds".to_owned(), "out_of_range", "a minute to 7 days".to_owned());
    }
    if *repeats_max > REPEATS_MAX {
        say("/repeats_max".to_owned(), "out_of_range", format!("at most {REPEATS_MAX}"));
    }
    let mut known: Vec<String> = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        if choice.also.len() > ALSO_MAX {
            say(format!("/choices/{index}/also"), "too_many", format!("at most {ALSO_MAX} words"));
        }
        let also = choice.also.iter().zip(0..).map(|(word, n)| (word, format!("/also/{n}")));
        for (word, place) in std::iter::once((&choice.title, "/title".to_owned())).chain(also) {
            let place = format!("/choices/{index}{place}");
            let core = super::words::core(word);
            if core.is_empty() || word.chars().count() > WORD_CHARS_MAX {
                say(place, "out_of_range", format!("1 to {WORD_CHARS_MAX} characters"));
            } else if known.contains(&core) {
                say(place, "duplicate", "stands for another choice as well".to_owned());
            } else {
                known.push(core);
            }
        }
    }
    if (1..=CHOICES_MAX).contains(&choices.len()) {
        let wrong = outbound_content::check(&content(question, QuestionId::from_u128(0)));
        errors.extend(wrong.into_iter().map(|error| FieldError { pointer: place_of(at, &error.pointer), ..error }));
    }
    errors
}

/// Where a question has what its message has at a place.
fn place_of(at: &str, pointer: &str) -> String {
    let number = |below: &str| pointer.strip_prefix(below)?.split('/').next()?.parse::<usize>().ok();
    let row = number("/interactive/action/buttons/").or_else(|| number("/interactive/action/sections/0/rows/"));
    match row {
        Some(index) => format!("{at}/choices/{index}/title"),
        None if pointer.starts_with("/interactive/body") => format!("{at}/text"),
        None if pointer.starts_with("/interactive/action/button") => format!("{at}/list_button"),
        None => format!("{at}/choices"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::automation::action::Choice;

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

    #[test]
    fn what_is_too_long_or_stands_for_two_choices_is_refused_at_its_place() {
        let pointers = |question: &Question| -> Vec<_> {
            errors(question, "/actions/0").into_iter().map(|error| (error.pointer, error.code)).collect()
        };
        assert_eq!(pointers(&question(&["Billing", "Delivery"])), []);
        let long = "x".repeat(21);
        assert_eq!(pointers(&question(&["Yes", &long])), [("/actions/0/choices/1/title".to_owned(), "too_long")]);
        assert_eq!(pointers(&question(&[])), [("/actions/0/choices".to_owned(), "out_of_range")]);
        assert_eq!(pointers(&question(&["Yes", "yes!"]))[0], ("/actions/0/choices/1/title".to_owned(), "duplicate"));
        let mut wrong = question(&["A", "B", "C", "D"]);
        (wrong.list_button, wrong.wait_ms, wrong.repeats_max) = (None, Millis(0), 9);
        let places: Vec<_> = pointers(&wrong).into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(places, ["/actions/0/wait_seconds", "/actions/0/repeats_max", "/actions/0/list_button"]);
    }
}

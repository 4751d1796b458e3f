//! The bot's part of an episode.

use domain::automation::act::{ActionKind, Origin, Outcome, RuleVersion, SkipReason};
use domain::automation::action::{AutomationAction, Choice, Question};
use domain::event::Event;
use domain::event::bot::*;
use domain::ids::{ConversationId, QuestionId};
use domain::queue::QueueId;
use domain::time::Millis;

use super::{at, id, text};

pub(super) fn samples() -> Vec<Event> {
    let (conversation_id, question_id): (ConversationId, QuestionId) = (id(11), id(18));
    let message_id = id(13);
    let outcomes = vec![
        Outcome { action: ActionKind::AddTag, skipped: None, message_id: None, then: Vec::new() },
        Outcome {
            action: ActionKind::HandOver,
            skipped: Some(SkipReason::AlreadySo),
            message_id: None,
            then: Vec::new(),
        },
    ];
    vec![
        ConversationBotStarted { conversation_id, episode: 2, holder: Holder::Automation }.into(),
        QuestionAsked {
            conversation_id,
            question_id,
            episode: 2,
            message_id,
            question: Box::new(question()),
            origin: Origin::Rule(RuleVersion { rule_id: id(19), version: 3 }),
            expires_at: at(10),
        }
        .into(),
        QuestionRepeated { conversation_id, question_id, message_id, times: 2, expires_at: at(12) }.into(),
        QuestionAnswered {
            conversation_id,
            question_id,
            episode: 2,
            choice: 1,
            title: "Billing".to_owned(),
            by: ChosenBy::Tap,
            message_id,
        }
        .into(),
        QuestionExpired { conversation_id, question_id, episode: 2, at: at(12) }.into(),
        QuestionClosed { conversation_id, question_id, episode: 2, reason: CloseReason::TakenOver }.into(),
        QuestionFollowed { conversation_id, question_id, outcomes }.into(),
    ]
}

fn question() -> Question {
    let over = || vec![AutomationAction::HandOver { queue_id: Some(QueueId::Team(id(14))) }];
    let billing = Choice { title: "Billing".to_owned(), also: vec!["invoice".to_owned()], then: over() };
    let other = Choice { title: "Something else".to_owned(), also: vec!["more".to_owned()], then: over() };
    Question {
        text: "What is it about?".to_owned(),
        list_button: text("Choose"),
        choices: vec![billing, other],
        wait_ms: Millis::minutes(10),
        repeats_max: 1,
        on_timeout: over(),
        on_no_match: over(),
    }
}

//! The bot's part of an episode: who has the conversation while automation asks, what counts as an answer, and how it comes to
//! people.

use std::collections::BTreeSet;

use domain::access::Role;
use domain::automation::act::{Origin, Outcome, RuleVersion, SkipReason, perform};
use domain::automation::action::{AutomationAction, Choice, Question, SettableStatus};
use domain::availability::Availability;
use domain::bot::{choose, hold};
use domain::content::{Content, MessageKind};
use domain::conversation::assign::claim;
use domain::conversation::hand_off::hand_off;
use domain::conversation::{Conversation, Status, change_status, inactivity};
use domain::event::bot::{ChosenBy, CloseReason};
use domain::event::conversation::{ConversationHandedOff, HandOffCause};
use domain::event::{Event, StreamId};
use domain::ids::*;
use domain::inbound::{CustomerMessage, EchoMessage, InboundFact};
use domain::queue::settings::{AutoResolve, Strategy};
use domain::queue::{QueueId, QueueSettings};
use domain::rejection::Rejection;
use domain::routing::rule::Destination;
use domain::sla::{End, Metric};
use domain::time::Millis;
use serde_json::json;

use crate::desk::{Desk, message, minute, refused, sender};
use crate::sla::{policy, target};

/// The brand's common queue gives out to whoever has least.
fn gives_out(desk: &mut Desk) {
    let queue = desk.common();
    desk.works(queue, QueueSettings { strategies: vec![Strategy::LeastLoaded], ..QueueSettings::default() }).unwrap();
}

/// A rule of routing: with these words into this team's queue; without any, whatever is said.
fn routes(desk: &mut Desk, words: Option<&str>, team: TeamId) {
    let when = words.map_or(json!({"all": []}), |word| json!({"field": "text", "op": "has_any_word", "value": [word]}));
    let then = Destination { queue_id: Some(QueueId::Team(team)), ..Destination::default() };
    desk.rule(words.unwrap_or("rest"), when, then).unwrap();
}

fn rule() -> Origin {
    Origin::Rule(RuleVersion { rule_id: AutomationRuleId::from_u128(1), version: 1 })
}

fn text(text: &str) -> AutomationAction {
    AutomationAction::SendMessage { content: Content::text(text) }
}

fn tag(tag: &str) -> AutomationAction {
    AutomationAction::AddTag { tag: tag.to_owned() }
}

fn choice(title: &str, then: Vec<AutomationAction>) -> Choice {
    Choice { title: title.to_owned(), also: Vec::new(), then }
}

/// "Billing" is tagged and handed over, "Opening hours" is answered.
fn question() -> Question {
    Question {
        text: "What is it about?".to_owned(),
        list_button: None,
        choices: vec![
            choice("Billing", vec![tag("billing"), AutomationAction::HandOver { queue_id: None }]),
            choice("Opening hours", vec![text("Nine to five.")]),
        ],
        wait_ms: Millis::minutes(10),
        repeats_max: 1,
        on_timeout: Vec::new(),
        on_no_match: Vec::new(),
    }
}

/// A rule does something in a conversation.
fn does(desk: &mut Desk, at: i64, id: ConversationId, actions: &[AutomationAction]) -> Vec<Outcome> {
    desk.now = desk.now.max(minute(at));
    desk.run(|step| Ok(perform(step, id, actions, rule()))).unwrap()
}

fn asks(desk: &mut Desk, at: i64, id: ConversationId, question: Question) -> Vec<Outcome> {
    does(desk, at, id, &[AutomationAction::Ask(question)])
}

/// A customer who wrote at minute 0 and was asked then.
fn asked(question: Question) -> (Desk, ConversationId) {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    asks(&mut desk, 0, id, question);
    (desk, id)
}

fn open(desk: &Desk, id: ConversationId) -> Option<QuestionId> {
    desk.state(id).bot.question.map(|open| open.question_id)
}

fn held(desk: &Desk, id: ConversationId) -> bool {
    let held = desk.world.queues.board().entry(id).is_some_and(|entry| entry.held);
    assert_eq!(held, desk.state(id).bot.is_held(), "the queue and the conversation say the same");
    held
}

fn presses(desk: &mut Desk, at: i64, wamid: &str, behind: &str) -> Vec<&'static str> {
    let body = json!({"type": "button_reply", "button_reply": {"id": behind, "title": "A button"}});
    let content = Content { kind: MessageKind::Interactive, body };
    let pressed = CustomerMessage { content, ..message("491", wamid, minute(at), "") };
    desk.now = desk.now.max(minute(at));
    desk.kinds_of(|desk| {
        desk.takes(InboundFact::Message(pressed));
    })
}

fn says(desk: &mut Desk, at: i64, wamid: &str, text: &str) -> Vec<&'static str> {
    desk.kinds_of(|desk| desk.says(at, "491", wamid, text))
}

fn last<T>(desk: &Desk, pick: impl Fn(&Event) -> Option<T>) -> T {
    desk.log.events.iter().rev().find_map(|event| pick(&event.event)).expect("it happened")
}

fn handed(desk: &Desk) -> ConversationHandedOff {
    last(desk, |event| match event {
        Event::ConversationHandedOff(event) => Some(event.clone()),
        _ => None,
    })
}

fn chose(desk: &Desk) -> (String, ChosenBy) {
    last(desk, |event| match event {
        Event::QuestionAnswered(event) => Some((event.title.clone(), event.by)),
        _ => None,
    })
}

fn closed(desk: &Desk) -> CloseReason {
    last(desk, |event| match event {
        Event::QuestionClosed(event) => Some(event.reason),
        _ => None,
    })
}

fn due(desk: &mut Desk, at: i64, id: ConversationId, question: QuestionId) -> Vec<&'static str> {
    desk.now = desk.now.max(minute(at));
    desk.kinds_of(|desk| {
        desk.run(|step| {
            choose::due(step, id, question);
            Ok(())
        })
        .unwrap();
    })
}

fn state(desk: &Desk, id: ConversationId) -> Conversation {
    desk.state(id)
}

const ASKED: [&str; 3] = ["message.queued", "conversation.bot_started", "question.asked"];

#[test]
fn who_is_asked_is_the_bots_and_given_to_nobody_until_it_hands_over() {
    let mut desk = Desk::new();
    gives_out(&mut desk);
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    assert_eq!(desk.kinds_of(|desk| drop(asks(desk, 0, id, question()))), ASKED);
    // Somebody comes, and is not given it.
    let ben = desk.ben;
    desk.is(ben, Availability::Available);
    assert!(held(&desk, id));
    assert_eq!(state(&desk, id).assignee_id, None);
    let tally = desk.world.queues.board().tallies(QueueId::Common(desk.brand)).next().unwrap().1.clone();
    assert_eq!((tally.unassigned, tally.with_bot, tally.waiting()), (0, 1, 0));
    let kinds = says(&mut desk, 6, "m2", "billing");
    let answered = ["message.received", "question.answered", "conversation.tagged", "conversation.handed_off"];
    let given = ["question.followed", "conversation.routed", "conversation.assigned"];
    assert_eq!(kinds, [&answered[..], &given].concat());
    assert!(!held(&desk, id));
    assert_eq!(state(&desk, id).assignee_id, Some(ben));
    assert_eq!(desk.world.queues.board().entry(id).unwrap().entered_at, minute(6));
    assert_eq!((chose(&desk), handed(&desk).cause), (("Billing".to_owned(), ChosenBy::Text), HandOffCause::Action));
    assert!(state(&desk, id).tags.contains("billing"));
}

#[test]
fn what_a_choice_is_called_is_filled_in_where_it_is_shown_and_where_it_is_typed() {
    let brand = "{{brand.name}}";
    let choices = vec![choice(brand, vec![tag("brand")]), choice("Something else", vec![])];
    let (mut desk, id) = asked(Question { choices, ..question() });
    let name = desk.world.brands[&desk.brand].clone();
    let shown = last(&desk, |event| match event {
        Event::MessageQueued(event) => Some(event.private.as_ref()?.content.body.clone()),
        _ => None,
    });
    assert_eq!(shown["action"]["buttons"][0]["reply"]["title"], json!(name));
    says(&mut desk, 1, "m2", &name.to_uppercase());
    assert_eq!(chose(&desk), (brand.to_owned(), ChosenBy::Text));
    assert!(state(&desk, id).tags.contains("brand"));
}

#[test]
fn what_a_button_says_counts_in_its_own_conversation_alone() {
    let (mut desk, id) = asked(question());
    let question_id = open(&desk, id).unwrap();
    // Another customer sends the same.
    desk.says(1, "492", "o1", "hello");
    let body = json!({"type": "button_reply", "button_reply": {"id": format!("ask:{question_id}:1"), "title": "x"}});
    let content = Content { kind: MessageKind::Interactive, body };
    desk.takes(InboundFact::Message(CustomerMessage { content, ..message("492", "o2", minute(1), "") }));
    assert_eq!(desk.count("question.answered"), 0);
    // A number there is none of, and another question's: asked again.
    assert!(presses(&mut desk, 2, "m2", &format!("ask:{question_id}:7")).contains(&"question.repeated"));
    let kinds = presses(&mut desk, 3, "m3", &format!("ask:{question_id}:2"));
    assert_eq!(kinds, ["message.received", "question.answered", "message.queued", "question.followed"]);
    assert_eq!((chose(&desk), open(&desk, id)), (("Opening hours".to_owned(), ChosenBy::Tap), None));
    // The bot still has it: it answered, and nothing was handed over.
    assert!(held(&desk, id));
    // Pressed again it is a message like any other, and nobody has an answer to it.
    let again = presses(&mut desk, 4, "m4", &format!("ask:{question_id}:1"));
    assert_eq!(again, ["message.received", "conversation.handed_off"]);
    assert_eq!(handed(&desk).cause, HandOffCause::NothingToSay);
}

#[test]
fn what_is_no_choice_is_asked_again_and_then_goes_where_the_question_says() {
    let (mut desk, id) = asked(Question { on_no_match: vec![tag("lost")], ..question() });
    let before = open(&desk, id);
    assert_eq!(says(&mut desk, 1, "m2", "what?"), ["message.received", "message.queued", "question.repeated"]);
    assert_eq!(open(&desk, id), before);
    assert_eq!(state(&desk, id).bot.question.unwrap().expires_at, minute(11));
    let kinds = says(&mut desk, 2, "m3", "what??");
    let followed = ["message.received", "question.closed", "conversation.tagged", "question.followed"];
    // Nothing was said to the customer, so people do.
    assert_eq!(kinds, [&followed[..], &["conversation.handed_off"]].concat());
    assert_eq!(closed(&desk), CloseReason::NoMatch);
    assert!(state(&desk, id).tags.contains("lost"));
}

#[test]
fn where_a_question_says_nothing_for_no_match_people_get_it() {
    let (mut desk, id) = asked(Question { repeats_max: 0, ..question() });
    let kinds = says(&mut desk, 1, "m2", "what?");
    assert_eq!(kinds, ["message.received", "question.closed", "conversation.handed_off"]);
    assert_eq!(handed(&desk).cause, HandOffCause::NoMatch);
    assert!(!held(&desk, id));
}

#[test]
fn what_was_typed_before_the_question_was_read_is_no_wrong_answer() {
    let (mut desk, id) = asked(question());
    let question_id = open(&desk, id);
    assert_eq!(says(&mut desk, 0, "m2", "I have a problem"), ["message.received"]);
    assert_eq!((open(&desk, id), desk.count("question.repeated")), (question_id, 0));
}

#[test]
fn nobody_answers_and_the_question_ends_at_its_time_once() {
    let resolve = AutomationAction::SetStatus { status: SettableStatus::Resolved, disposition: None };
    let (mut desk, id) = asked(Question { on_timeout: vec![text("Bye."), resolve], ..question() });
    let question_id = open(&desk, id).unwrap();
    assert!(due(&mut desk, 9, id, question_id).is_empty());
    desk.restart();
    let kinds = due(&mut desk, 15, id, question_id);
    assert_eq!(kinds, ["question.expired", "message.queued", "conversation.resolved", "question.followed"]);
    let at = last(&desk, |event| match event {
        Event::QuestionExpired(event) => Some(event.at),
        _ => None,
    });
    assert_eq!(at, minute(10));
    assert!(due(&mut desk, 16, id, question_id).is_empty());
    // A deflection: no person ever answered.
    assert_eq!(state(&desk, id).clocks.first_response, None);
}

#[test]
fn where_a_question_says_nothing_for_its_time_people_get_it() {
    let (mut desk, id) = asked(question());
    let question_id = open(&desk, id).unwrap();
    assert_eq!(due(&mut desk, 10, id, question_id), ["question.expired", "conversation.handed_off"]);
    assert_eq!(handed(&desk).cause, HandOffCause::Timeout);
}

#[test]
fn a_customer_who_asks_for_a_person_gets_one_at_any_time() {
    for words in ["agent", "Quiero hablar con una persona", "please let me talk to a human", "转人工"] {
        let (mut desk, id) = asked(question());
        let kinds = says(&mut desk, 1, "m2", words);
        assert_eq!(kinds, ["message.received", "question.closed", "conversation.handed_off"], "{words}");
        assert_eq!((handed(&desk).cause, closed(&desk)), (HandOffCause::Keyword, CloseReason::HandedOver));
        assert!(!held(&desk, id));
    }
    // Without a question too, as long as the bot has it; what people have is a message to them.
    let (mut desk, _) = asked(question());
    says(&mut desk, 1, "m2", "2");
    assert!(says(&mut desk, 2, "m3", "human").contains(&"conversation.handed_off"));
    assert_eq!(says(&mut desk, 3, "m4", "human"), ["message.received"]);
}

#[test]
fn a_choice_that_is_called_so_is_no_call_for_a_person() {
    let choices = vec![choice("Agent", vec![text("Become an agent.")]), choice("Other", vec![text("Well.")])];
    let (mut desk, _) = asked(Question { choices, ..question() });
    assert!(says(&mut desk, 1, "m2", "agent").contains(&"question.answered"));
}

#[test]
fn whoever_takes_it_or_writes_in_it_has_it_from_then_on() {
    let (mut desk, id) = asked(question());
    let kinds = desk.kinds_of(|desk| {
        desk.replies(4, desk.ana, id);
    });
    assert_eq!(kinds, ["question.closed", "conversation.handed_off", "message.queued"]);
    assert_eq!((closed(&desk), handed(&desk).cause), (CloseReason::TakenOver, HandOffCause::TakenOver));
    let first = desk.clocks(id).first_response.unwrap();
    assert_eq!((first.frt_total_ms, first.frt_agent_ms), (Millis::minutes(4), Millis(0)));
    // What is typed afterwards is for people.
    assert_eq!(says(&mut desk, 5, "m2", "billing"), ["message.received"]);

    let (mut desk, id) = asked(question());
    let (ben, by) = (desk.ben, domain::event::Actor::User(desk.ben));
    let kinds = desk.kinds_of(|desk| {
        desk.run(|step| {
            step.actor = by;
            claim(step, id, ben)
        })
        .unwrap();
    });
    assert_eq!(kinds, ["question.closed", "conversation.handed_off", "conversation.assigned"]);
    assert!(!held(&desk, id));

    let (mut desk, id) = asked(question());
    let echo = EchoMessage {
        to: sender("491"),
        provider_id: "e1".to_owned(),
        at: minute(3),
        content: Content::text("Hello from the phone"),
    };
    desk.now = minute(3);
    let kinds = desk.kinds_of(|desk| {
        desk.takes(InboundFact::Echo(echo));
    });
    assert_eq!(kinds, ["question.closed", "conversation.handed_off", "message.echoed"]);
    assert!(!held(&desk, id));
}

#[test]
fn vector_4_what_the_bot_took_is_not_the_agents() {
    let (mut desk, id) = asked(question());
    says(&mut desk, 6, "m2", "agent");
    desk.replies(10, desk.ana, id);
    let first = desk.clocks(id).first_response.unwrap();
    assert_eq!((first.frt_total_ms, first.frt_agent_ms), (Millis::minutes(10), Millis::minutes(4)));
}

#[test]
fn vector_5_what_the_bot_resolved_has_no_response_and_the_next_episode_its_own() {
    let resolve = AutomationAction::SetStatus { status: SettableStatus::Resolved, disposition: None };
    let choices = vec![choice("Opening hours", vec![text("Nine to five."), resolve])];
    let (mut desk, id) = asked(Question { choices, ..question() });
    says(&mut desk, 0, "m2", "1");
    let resolved = state(&desk, id);
    assert_eq!((resolved.status, resolved.clocks.first_response), (Status::Resolved, None));
    says(&mut desk, 60, "m3", "and on Sundays?");
    // What was of the episode before is not of this one.
    assert!(!held(&desk, id));
    desk.replies(62, desk.ana, id);
    assert_eq!((state(&desk, id).episode, desk.frt(id)), (2, Some(2)));
}

#[test]
fn rules_of_routing_are_asked_again_with_what_the_customer_chose() {
    let mut desk = Desk::new();
    let (support, billing) = (desk.team("Support", &[]), desk.team("Billing", &[]));
    routes(&mut desk, Some("billing"), billing);
    routes(&mut desk, None, support);
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    assert_eq!(state(&desk, id).team_id, Some(support));
    let choices = vec![choice("Billing", vec![AutomationAction::HandOver { queue_id: None }])];
    asks(&mut desk, 0, id, Question { choices, ..question() });
    let kinds = says(&mut desk, 1, "m2", "1");
    let told = ["conversation.handed_off", "question.followed", "conversation.triaged", "conversation.assigned"];
    assert_eq!(kinds, [&["message.received", "question.answered"], &told[..]].concat());
    assert_eq!(state(&desk, id).team_id, Some(billing));
    assert_eq!(handed(&desk).chosen, ["Billing"]);
}

#[test]
fn a_queue_that_is_named_is_where_it_goes_and_no_rule_moves_it_away() {
    let mut desk = Desk::new();
    let (support, billing) = (desk.team("Support", &[]), desk.team("Billing", &[]));
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    let over = AutomationAction::HandOver { queue_id: Some(QueueId::Team(billing)) };
    asks(&mut desk, 0, id, Question { choices: vec![choice("Billing", vec![over])], ..question() });
    routes(&mut desk, None, support);
    says(&mut desk, 1, "m2", "billing");
    assert_eq!(state(&desk, id).team_id, Some(billing));
    assert_eq!(handed(&desk).queue_id, Some(QueueId::Team(billing)));
    says(&mut desk, 2, "m3", "are you there?");
    assert_eq!(state(&desk, id).team_id, Some(billing));
}

#[test]
fn a_queue_that_is_gone_by_then_leaves_it_to_the_rules() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    let gone = QueueId::Team(TeamId::from_u128(77));
    let outcomes = does(&mut desk, 1, id, &[AutomationAction::HandOver { queue_id: Some(gone) }]);
    assert_eq!((outcomes[0].skipped, handed(&desk).queue_id), (None, None));
}

#[test]
fn thanks_after_an_answer_calls_nobody_and_a_new_question_does() {
    let (mut desk, id) = asked(question());
    says(&mut desk, 1, "m2", "opening hours");
    assert_eq!(says(&mut desk, 2, "m3", "Thanks!"), ["message.received"]);
    assert!(held(&desk, id));
    assert_eq!(says(&mut desk, 3, "m4", "and on Sunday?"), ["message.received", "conversation.handed_off"]);
}

#[test]
fn what_the_bot_answered_ends_by_itself_where_the_queue_says_so() {
    let mut desk = Desk::new();
    let after_ms = Millis::hours(1);
    let rule = AutoResolve { after_ms, warn_before_ms: None, warning: None, disposition: None };
    let queue = desk.common();
    desk.works(queue, QueueSettings { auto_resolve: Some(rule), ..QueueSettings::default() }).unwrap();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    asks(&mut desk, 0, id, Question { wait_ms: Millis::hours(9), ..question() });
    let looks = |desk: &mut Desk, at| {
        desk.now = desk.now.max(minute(at));
        desk.kinds_of(|desk| desk.run(|step| inactivity::due(step, id)).unwrap())
    };
    // Their answer is waited for.
    assert!(looks(&mut desk, 70).is_empty());
    says(&mut desk, 80, "m2", "2");
    assert!(looks(&mut desk, 100).is_empty());
    assert_eq!(looks(&mut desk, 140), ["conversation.resolved"]);
}

#[test]
fn a_snoozed_conversation_is_woken_for_people() {
    let (mut desk, id) = asked(question());
    let question_id = open(&desk, id).unwrap();
    desk.snoozes(1, id, 60);
    let kinds = due(&mut desk, 10, id, question_id);
    assert_eq!(kinds, ["question.expired", "conversation.status_changed", "conversation.handed_off"]);
    assert_eq!(state(&desk, id).status, Status::Open);
}

#[test]
fn another_question_takes_the_place_of_the_first() {
    let (mut desk, id) = asked(question());
    let first = open(&desk, id);
    let kinds = desk.kinds_of(|desk| drop(asks(desk, 1, id, question())));
    assert_eq!(kinds, ["message.queued", "question.closed", "question.asked"]);
    assert_eq!(closed(&desk), CloseReason::Replaced);
    assert!(open(&desk, id).is_some() && open(&desk, id) != first);
    // What was asked before is no answer to what is asked now.
    let stale = format!("ask:{}:1", first.unwrap());
    assert!(presses(&mut desk, 2, "m2", &stale).contains(&"question.repeated"));
}

#[test]
fn nothing_is_asked_where_it_cannot_be_or_too_often() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    let skipped = |outcomes: Vec<Outcome>| outcomes.first().and_then(|outcome| outcome.skipped);
    for _ in 0..5 {
        assert_eq!(skipped(asks(&mut desk, 1, id, question())), None);
    }
    assert_eq!(skipped(asks(&mut desk, 2, id, question())), Some(SkipReason::MessagesPerHour));
    // So a wrong answer is not asked about again, but handed over.
    assert!(says(&mut desk, 3, "m2", "what?").contains(&"conversation.handed_off"));
    assert_eq!(skipped(asks(&mut desk, 26 * 60, id, question())), Some(SkipReason::ServiceWindowClosed));
    desk.moves(26 * 60, id, Status::Resolved);
    assert_eq!(skipped(asks(&mut desk, 26 * 60, id, question())), Some(SkipReason::InvalidTransition));
}

#[test]
fn in_what_people_have_a_question_is_asked_and_holds_nothing() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.replies(1, desk.ana, id);
    assert_eq!(desk.kinds_of(|desk| drop(asks(desk, 2, id, question()))), ["message.queued", "question.asked"]);
    assert!(!held(&desk, id));
    assert!(says(&mut desk, 3, "m2", "2").contains(&"question.answered"));
}

#[test]
fn a_program_can_say_that_it_has_it_and_answers_in_its_own_time() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    let hold = |desk: &mut Desk| desk.run(|step| hold::hold(step, id));
    hold(&mut desk).unwrap();
    assert!(held(&desk, id));
    assert_eq!(says(&mut desk, 1, "m2", "hm"), ["message.received"]);
    desk.run(|step| hand_off(step, id, Some("wants a person".to_owned()))).unwrap();
    assert!(!held(&desk, id));
    // Again is another time, and the clocks look at the first.
    desk.now = minute(5);
    hold(&mut desk).unwrap();
    desk.now = minute(9);
    desk.run(|step| hand_off(step, id, None)).unwrap();
    assert_eq!((desk.count("conversation.handed_off"), desk.clocks(id).handoff), (2, Some(minute(1))));
    desk.replies(10, desk.ana, id);
    let ben = desk.ben;
    desk.run(|step| claim(step, id, ben)).unwrap();
    assert!(matches!(hold(&mut desk), Err(Rejection::InvalidTransition { from: "assigned", .. })));
    desk.moves(11, id, Status::Resolved);
    assert!(matches!(hold(&mut desk), Err(Rejection::InvalidTransition { from: "resolved", .. })));
}

#[test]
fn what_the_bot_says_and_does_not_arrive_is_no_answer() {
    let (mut desk, id) = asked(question());
    says(&mut desk, 1, "m2", "opening hours");
    let sent = last(&desk, |event| match event {
        Event::MessageQueued(event) => Some(event.message_id),
        _ => None,
    });
    let attempt = desk.starts(sent).expect("due");
    let kinds = desk.kinds_of(|desk| desk.finishes(sent, attempt, refused(131_026)));
    assert_eq!(kinds, ["message.refused", "conversation.handed_off"]);
    assert!(!held(&desk, id));
}

#[test]
fn a_restart_forgets_neither_the_question_nor_who_has_it() {
    let (mut desk, id) = asked(question());
    desk.restart();
    assert!(held(&desk, id));
    assert!(says(&mut desk, 2, "m2", "2").contains(&"question.answered"));
}

#[test]
fn nothing_is_promised_in_peoples_name_before_they_have_it() {
    let mut desk = Desk::new();
    desk.promises(&policy("fast", vec![target(Metric::FirstResponse, 5, &[])]));
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    asks(&mut desk, 0, id, Question { wait_ms: Millis::hours(1), ..question() });
    desk.timer(20);
    assert_eq!(desk.count("sla.breached"), 0);
    says(&mut desk, 30, "m2", "agent");
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert_eq!((promise.started_at, promise.clock.due_at()), (minute(30), Some(minute(35))));
    desk.replies(33, desk.ana, id);
    assert!(matches!(desk.promise(id, Metric::FirstResponse, 1).end, Some(End::Fulfilled { margin_s: 120, .. })));
}

#[test]
fn the_people_of_a_team_see_it_with_the_bot_and_are_not_counted_for_it() {
    let (mut desk, id) = asked(question());
    let who: BTreeSet<UserId> = [desk.hire("cem", Role::Agent)].into();
    assert!(who.iter().all(|user| desk.world.queues.board().seats().of(*user).is_some_and(|seat| seat.open == 0)));
    let stream = StreamId::Conversation(id);
    assert!(desk.log.events.iter().any(|event| event.stream == stream));
    desk.run(|step| change_status::change(step, id, Status::Resolved, None, None)).unwrap();
    assert!(!held(&desk, id));
}

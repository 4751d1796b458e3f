//! Rules that hold a conversation: asked before anybody is given anything, and answers from the knowledge base, by keyword at once
//! and by search in two steps.

use domain::automation::action::{
    AutomationAction, Choice, KnowledgeAnswer, KnowledgeLookup, Question, SettableStatus,
};
use domain::automation::rule::{self, AutomationRule, Limits, Mode, Once};
use domain::automation::trigger::Trigger;
use domain::availability::Availability;
use domain::bot::answer::{Found, found};
use domain::condition::Condition;
use domain::content::{Content, MessageKind};
use domain::conversation::Status;
use domain::event::bot::KnowledgeLookupEnded;
use domain::event::conversation::HandOffCause;
use domain::event::knowledge::{ArticleAnswered, Lookup};
use domain::event::{Actor, Event};
use domain::ids::*;
use domain::inbound::{CustomerMessage, InboundFact};
use domain::knowledge::write::Draft;
use domain::knowledge::{Particulars, Translation, Visibility};
use domain::queue::QueueSettings;
use domain::queue::settings::Strategy;
use domain::sla::Metric;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::desk::{Desk, message, minute};
use crate::sla::{policy, target};

fn rules(desk: &mut Desk, trigger: Trigger, when: Value, once: Option<Once>, actions: Vec<AutomationAction>) {
    let rule = AutomationRule {
        name: format!("rule {}", desk.world.automation.iter().len()),
        brand_id: None,
        mode: Mode::Enabled,
        trigger,
        when: serde_json::from_value::<Condition>(when).unwrap(),
        actions,
        limits: Limits { once, ..Limits::default() },
        follows_automation: false,
    };
    let admin = desk.principal(desk.ana);
    desk.run(|step| {
        step.actor = Actor::User(admin.user_id);
        rule::create(step, &admin, rule)
    })
    .unwrap();
}

fn always() -> Value {
    json!({"all": []})
}

fn knows(lookup: KnowledgeLookup, otherwise: Vec<AutomationAction>) -> AutomationAction {
    let offer_human = Some("Talk to a person".to_owned());
    AutomationAction::AnswerFromKnowledge(KnowledgeAnswer { lookup, category: None, offer_human, otherwise })
}

fn search(score_min: u8) -> AutomationAction {
    knows(KnowledgeLookup::Search { score_min }, Vec::new())
}

fn article(desk: &mut Desk, keyword: &str, says: &str) -> ArticleId {
    let text = Translation {
        title: says.to_owned(),
        keywords: vec![keyword.to_owned()],
        body_md: says.to_owned(),
        answer_text: None,
    };
    let particulars =
        Particulars { category: None, visibility: Visibility::Public, priority: 0, default_locale: "en".to_owned() };
    desk.publishes(&Draft { particulars, translations: [("en".to_owned(), text)].into() })
}

fn says(desk: &mut Desk, at: i64, wamid: &str, text: &str) -> Vec<&'static str> {
    desk.kinds_of(|desk| desk.says(at, "491", wamid, text))
}

fn finds(
    desk: &mut Desk,
    at: i64,
    id: ConversationId,
    message: MessageId,
    hits: &[(ArticleId, u8)],
) -> Vec<&'static str> {
    desk.now = desk.now.max(minute(at));
    let hit = |(article_id, score): &(ArticleId, u8)| Found {
        article_id: *article_id,
        locale: "en".to_owned(),
        score: *score,
    };
    let hits: Vec<Found> = hits.iter().map(hit).collect();
    desk.kinds_of(|desk| {
        desk.run(|step| {
            found(step, id, message, &hits);
            Ok(())
        })
        .unwrap();
    })
}

fn last<T>(desk: &Desk, pick: impl Fn(&Event) -> Option<T>) -> T {
    desk.log.events.iter().rev().find_map(|event| pick(&event.event)).expect("it happened")
}

fn answered(desk: &Desk) -> ArticleAnswered {
    last(desk, |event| match event {
        Event::ArticleAnswered(event) => Some(event.clone()),
        _ => None,
    })
}

fn ended(desk: &Desk) -> KnowledgeLookupEnded {
    last(desk, |event| match event {
        Event::KnowledgeLookupEnded(event) => Some(event.clone()),
        _ => None,
    })
}

fn wanted(desk: &Desk) -> MessageId {
    last(desk, |event| match event {
        Event::KnowledgeLookupRequested(event) => Some(event.message_id),
        _ => None,
    })
}

fn cause(desk: &Desk) -> HandOffCause {
    last(desk, |event| match event {
        Event::ConversationHandedOff(event) => Some(event.cause),
        _ => None,
    })
}

fn sent(desk: &Desk) -> Content {
    last(desk, |event| match event {
        Event::MessageQueued(event) => Some(event.private.clone().unwrap().content),
        _ => None,
    })
}

fn held(desk: &Desk, id: ConversationId) -> bool {
    desk.state(id).bot.is_held()
}

#[test]
fn a_rule_that_asks_who_writes_first_takes_it_before_anybody_is_given_it_or_promised_anything() {
    let mut desk = Desk::new();
    let (queue, ben) = (desk.common(), desk.ben);
    desk.works(queue, QueueSettings { strategies: vec![Strategy::LeastLoaded], ..QueueSettings::default() }).unwrap();
    desk.is(ben, Availability::Available);
    desk.promises(&policy("fast", vec![target(Metric::FirstResponse, 5, &[])]));
    let over = vec![AutomationAction::HandOver { queue_id: None }];
    let question = Question {
        text: "What is it about?".to_owned(),
        list_button: None,
        choices: vec![
            Choice { title: "Billing".to_owned(), also: Vec::new(), then: over.clone() },
            Choice { title: "Delivery".to_owned(), also: Vec::new(), then: over },
        ],
        wait_ms: Millis::minutes(10),
        repeats_max: 1,
        on_timeout: Vec::new(),
        on_no_match: Vec::new(),
    };
    let ask = vec![AutomationAction::Ask(question)];
    rules(&mut desk, Trigger::MessageReceived, always(), Some(Once::Episode), ask);
    let asked = ["message.queued", "conversation.bot_started", "question.asked", "automation.rule_ran"];
    let kinds = says(&mut desk, 0, "m1", "hello");
    assert_eq!(kinds[kinds.len() - 4..], asked, "nothing follows: {kinds:?}");
    let id = desk.conversation_of("491");
    assert_eq!((held(&desk, id), desk.owner(id), desk.count("sla.activated")), (true, None, 0));
    let kinds = says(&mut desk, 6, "m2", "delivery");
    let given = ["sla.activated", "conversation.routed", "conversation.assigned"];
    assert_eq!(kinds[kinds.len() - 3..], given, "{kinds:?}");
    assert_eq!(desk.owner(id), Some(ben));
    assert_eq!(desk.promise(id, Metric::FirstResponse, 1).clock.due_at(), Some(minute(11)));
}

#[test]
fn an_article_whose_keyword_was_written_answers_and_offers_a_person() {
    let mut desk = Desk::new();
    let id = article(&mut desk, "opening hours", "Nine to five.");
    let by_keyword = vec![knows(KnowledgeLookup::Keyword, Vec::new())];
    rules(&mut desk, Trigger::MessageReceived, always(), None, by_keyword);
    says(&mut desk, 0, "m1", "What are your opening hours?");
    let conversation = desk.conversation_of("491");
    let told = answered(&desk);
    assert_eq!((told.article_id, told.by, told.score), (id, Lookup::Keyword, None));
    assert!(held(&desk, conversation));
    let content = sent(&desk);
    assert_eq!(content.body.pointer("/body/text"), Some(&json!("Nine to five.")));
    let behind = content.body.pointer("/action/buttons/0/reply/id").unwrap().as_str().unwrap().to_owned();
    // They press it.
    let body = json!({"type": "button_reply", "button_reply": {"id": behind, "title": "Talk to a person"}});
    let content = Content { kind: MessageKind::Interactive, body };
    desk.now = minute(2);
    desk.takes(InboundFact::Message(CustomerMessage { content, ..message("491", "m2", minute(2), "") }));
    assert_eq!((cause(&desk), held(&desk, conversation)), (HandOffCause::Button, false));
    assert_eq!(desk.clocks(conversation).handoff, Some(minute(2)));
}

#[test]
fn what_no_article_answers_is_done_otherwise_or_by_people() {
    let mut desk = Desk::new();
    article(&mut desk, "opening hours", "Nine to five.");
    let by_keyword = vec![knows(KnowledgeLookup::Keyword, Vec::new())];
    rules(&mut desk, Trigger::MessageReceived, always(), None, by_keyword);
    says(&mut desk, 0, "m1", "opening hours?");
    let id = desk.conversation_of("491");
    assert!(held(&desk, id));
    says(&mut desk, 1, "m2", "and do you have shoes?");
    assert_eq!((cause(&desk), held(&desk, id)), (HandOffCause::NoArticle, false));
    // What people have, the knowledge base may still answer; it holds nothing.
    says(&mut desk, 2, "m3", "opening hours?");
    assert_eq!((desk.count("article.answered"), held(&desk, id)), (2, false));
}

#[test]
fn a_search_is_asked_for_and_answers_when_it_found_something_good_enough() {
    let mut desk = Desk::new();
    let (hours, shoes) = (article(&mut desk, "hours", "Nine to five."), article(&mut desk, "shoes", "We have shoes."));
    rules(&mut desk, Trigger::MessageReceived, always(), None, vec![search(60)]);
    let kinds = says(&mut desk, 0, "m1", "when are you there?");
    let asked = ["conversation.bot_started", "knowledge.lookup_requested", "automation.rule_ran"];
    assert_eq!(kinds[kinds.len() - 3..], asked);
    let id = desk.conversation_of("491");
    // Nobody is called as long as it is searched.
    assert!(held(&desk, id));
    desk.restart();
    let message_id = wanted(&desk);
    let kinds = finds(&mut desk, 1, id, message_id, &[(shoes, 20), (hours, 80)]);
    assert_eq!(kinds, ["message.queued", "article.answered", "knowledge.lookup_ended"]);
    let told = answered(&desk);
    assert_eq!((told.article_id, told.by, told.score), (hours, Lookup::Search, Some(80)));
    assert_eq!((ended(&desk).article_id, ended(&desk).best_score), (Some(hours), Some(80)));
    // Handed in twice is once.
    assert!(finds(&mut desk, 1, id, message_id, &[(hours, 80)]).is_empty());
    assert!(held(&desk, id));
}

#[test]
fn a_search_that_finds_nothing_good_enough_hands_over() {
    let mut desk = Desk::new();
    let hours = article(&mut desk, "hours", "Nine to five.");
    rules(&mut desk, Trigger::MessageReceived, always(), None, vec![search(60)]);
    says(&mut desk, 0, "m1", "when are you there?");
    let (id, message_id) = (desk.conversation_of("491"), wanted(&desk));
    let kinds = finds(&mut desk, 1, id, message_id, &[(hours, 59)]);
    assert_eq!(kinds, ["conversation.handed_off", "knowledge.lookup_ended"]);
    assert_eq!((cause(&desk), ended(&desk).best_score, held(&desk, id)), (HandOffCause::NoArticle, Some(59), false));
}

#[test]
fn what_is_found_for_whom_people_have_or_who_is_done_answers_nobody() {
    let mut desk = Desk::new();
    let hours = article(&mut desk, "hours", "Nine to five.");
    rules(&mut desk, Trigger::MessageReceived, always(), None, vec![search(60)]);
    says(&mut desk, 0, "m1", "when are you there?");
    let (id, message_id) = (desk.conversation_of("491"), wanted(&desk));
    desk.replies(1, desk.ana, id);
    assert!(finds(&mut desk, 2, id, message_id, &[(hours, 90)]).is_empty());
    says(&mut desk, 3, "m2", "and on Sunday?");
    let message_id = wanted(&desk);
    desk.moves(4, id, Status::Resolved);
    assert!(finds(&mut desk, 5, id, message_id, &[(hours, 90)]).is_empty());
}

#[test]
fn what_is_not_published_any_more_answers_nobody() {
    let mut desk = Desk::new();
    let gone = ArticleId::from_u128(77);
    rules(&mut desk, Trigger::MessageReceived, always(), None, vec![search(60)]);
    says(&mut desk, 0, "m1", "when are you there?");
    let (id, message_id) = (desk.conversation_of("491"), wanted(&desk));
    assert!(finds(&mut desk, 1, id, message_id, &[(gone, 99)]).contains(&"conversation.handed_off"));
}

#[test]
fn what_is_done_otherwise_is_told_with_what_the_rule_did() {
    let mut desk = Desk::new();
    let tag = AutomationAction::AddTag { tag: "unanswered".to_owned() };
    let resolve = AutomationAction::SetStatus { status: SettableStatus::Pending, disposition: None };
    let by_keyword = vec![knows(KnowledgeLookup::Keyword, vec![tag, resolve])];
    rules(&mut desk, Trigger::MessageReceived, always(), None, by_keyword);
    says(&mut desk, 0, "m1", "do you have shoes?");
    let ran = last(&desk, |event| match event {
        Event::AutomationRuleRan(event) => Some(event.clone()),
        _ => None,
    });
    let id = desk.conversation_of("491");
    assert_eq!(ran.outcomes[0].skipped, Some(domain::automation::SkipReason::NoArticle));
    assert!(ran.outcomes[0].then.iter().all(|outcome| outcome.skipped.is_none()));
    assert_eq!((desk.state(id).status, held(&desk, id)), (Status::Pending, false));
}

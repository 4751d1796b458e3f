//! The bot's part of a conversation as customers, agents and programs meet it.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::access::Principal;
use domain::automation::action::{AutomationAction, Choice, Question};
use domain::automation::rule::{self, AutomationRule, Limits, Mode, Once};
use domain::automation::trigger::Trigger;
use domain::condition::Condition;
use domain::content::Content;
use domain::event::Actor;
use domain::step::Step;
use domain::time::Millis;
use serde_json::{Value, json};

use crate::desk::{Client, HandClock, Served, text_webhook};
use crate::hall::id;

const KIM: &str = "4915112345678";

/// Whoever writes first is asked: "Billing" is handed over, "Opening hours" is answered.
async fn asks(served: &Served, admin: &Client) {
    let choice = |title: &str, then| Choice { title: title.to_owned(), also: Vec::new(), then };
    let answer = AutomationAction::SendMessage { content: Content::text("Nine to five.") };
    let question = Question {
        text: "What is it about?".to_owned(),
        list_button: None,
        choices: vec![
            choice("Billing", vec![AutomationAction::HandOver { queue_id: None }]),
            choice("Opening hours", vec![answer]),
        ],
        wait_ms: Millis::minutes(10),
        repeats_max: 1,
        on_timeout: Vec::new(),
        on_no_match: Vec::new(),
    };
    let rule = AutomationRule {
        name: "Asks what it is about".to_owned(),
        brand_id: None,
        mode: Mode::Enabled,
        trigger: Trigger::MessageReceived,
        when: Condition::default(),
        actions: vec![AutomationAction::Ask(question)],
        limits: Limits { once: Some(Once::Episode), ..Limits::default() },
        follows_automation: false,
    };
    let user_id = admin.user_id.parse().expect("a user's id");
    let by: Principal = served.desk.view(|views| views.roster.principal(user_id).cloned()).expect("an account");
    let create = move |step: &mut Step<'_>| rule::create(step, &by, rule);
    served.desk.run(Actor::User(user_id), create).await.expect("a rule");
}

async fn writes(served: &Served, text: &str) {
    let message_id = format!("wamid.{}", served.desk.entropy());
    let webhook = text_webhook(KIM, &message_id, text, served.desk.now().as_millis() / 1_000);
    assert_eq!(served.deliver(&webhook).await.status, 200);
}

async fn presses(served: &Served, button: &Value) {
    let message_id = format!("wamid.{}", served.desk.entropy());
    let mut webhook = text_webhook(KIM, &message_id, "", served.desk.now().as_millis() / 1_000);
    let message = &mut webhook["entry"][0]["changes"][0]["value"]["messages"][0];
    message.as_object_mut().expect("a message").remove("text");
    message["type"] = json!("interactive");
    message["interactive"] = json!({"type": "button_reply", "button_reply": button});
    assert_eq!(served.deliver(&webhook).await.status, 200);
}

/// The buttons of the newest question in a conversation.
async fn buttons(client: &Client, path: &str) -> Vec<Value> {
    let messages = client.get(&format!("{path}/messages")).await.expect(200);
    let question = messages["data"].as_array().expect("a list").iter().find(|message| message["type"] == "interactive");
    let buttons = question.expect("a question")["interactive"]["action"]["buttons"].as_array().expect("a list").clone();
    buttons.into_iter().map(|button| button["reply"].clone()).collect()
}

async fn activities(client: &Client, path: &str) -> Vec<String> {
    let timeline = client.get(&format!("{path}/timeline?limit=100")).await.expect(200);
    let kinds = timeline["data"].as_array().expect("a list").iter();
    let mut kinds: Vec<String> = kinds.filter_map(|it| Some(it["activity"]["type"].as_str()?.to_owned())).collect();
    kinds.reverse();
    kinds
}

#[tokio::test]
async fn a_customer_taps_through_and_comes_to_people_with_everything_said_before() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    asks(&served, &admin).await;
    let row = served.customer_writes(&admin, KIM, "hello").await;
    let path = format!("/v1/conversations/{}", id(&row));
    let row = admin.get(&path).await.expect(200);
    assert_eq!((&row["bot"]["active"], &row["bot"]["handoff_at"]), (&json!(true), &Value::Null));
    assert!(row["bot"]["question_id"].is_string() && row["bot"]["question_expires_at"].is_string());
    let with_bot = admin.get("/v1/conversations?view=bot").await.expect(200);
    assert_eq!(with_bot["data"][0]["id"], row["id"]);
    assert_eq!(admin.get("/v1/conversation-counts").await.expect(200)["bot"]["total"], 1);
    let offered = buttons(&admin, &path).await;
    assert_eq!(offered.iter().map(|it| it["title"].clone()).collect::<Vec<_>>(), ["Billing", "Opening hours"]);
    clock.advance(Millis::minutes(1));
    presses(&served, &offered[1]).await;
    let row = admin.get(&path).await.expect(200);
    assert_eq!((&row["bot"]["active"], &row["bot"]["question_id"]), (&json!(true), &Value::Null));
    assert_eq!(row["last_message"]["preview"], "Nine to five.");
    clock.advance(Millis::minutes(5));
    writes(&served, "please let me talk to a human").await;
    let row = admin.get(&path).await.expect(200);
    assert_eq!(row["bot"]["active"], false);
    assert!(row["bot"]["handoff_at"].is_string());
    assert_eq!(admin.get("/v1/conversations?view=bot").await.expect(200)["data"], json!([]));
    let lines = activities(&admin, &path).await;
    let told = ["conversation.bot_started", "question.answered", "conversation.handed_off"];
    let of_bot: Vec<&String> = lines.iter().filter(|line| told.contains(&line.as_str())).collect();
    assert_eq!(of_bot, told);
    // What the bot took is its own, to the minute.
    clock.advance(Millis::minutes(4));
    admin.say(row["id"].as_str().unwrap(), "first", json!({"type": "text", "text": {"body": "hi"}})).await.expect(202);
    let waterfall = admin.get(&format!("{path}/waterfall")).await.expect(200);
    let stretches = waterfall["episodes"][0]["stretches"].as_array().unwrap();
    let kinds: Vec<_> = stretches.iter().map(|it| it["waits_for"].as_str().unwrap()).collect();
    assert_eq!(kinds[..2], ["bot", "queue"], "{stretches:?}");
    assert_eq!(stretches[0]["to"], row["bot"]["handoff_at"]);
    // A period's end is excluded.
    clock.advance(Millis::seconds(1));
    let seconds = async |metric: &str| {
        let answer = admin.get(&format!("/v1/analytics/summary?metrics={metric}")).await.expect(200);
        answer["data"]["total"]["metrics"][0]["value"].as_f64().unwrap().floor()
    };
    assert_eq!((seconds("frt").await, seconds("frt_total").await), (240.0, 600.0));
}

#[tokio::test]
async fn what_is_typed_counts_and_whoever_claims_it_has_it() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    asks(&served, &admin).await;
    let row = served.customer_writes(&admin, KIM, "hello").await;
    let path = format!("/v1/conversations/{}", id(&row));
    writes(&served, "what?").await;
    let asked_again = buttons(&admin, &path).await;
    assert_eq!(asked_again.len(), 2);
    let ana = served.member(&admin, "bea", "agent").await;
    ana.post(&format!("{path}/claim"), json!({})).await.expect(200);
    let row = admin.get(&path).await.expect(200);
    assert_eq!((&row["bot"]["active"], &row["assignee"]["id"]), (&json!(false), &json!(ana.user_id)));
    assert_eq!(row["bot"]["question_id"], Value::Null);
    // A button from then is a message like any other now.
    presses(&served, &asked_again[1]).await;
    assert_eq!(admin.events("question.answered").await.len(), 0);
}

#[tokio::test]
async fn a_program_says_that_it_has_a_conversation_and_hands_it_over() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    let row = served.customer_writes(&admin, KIM, "hello").await;
    let path = format!("/v1/conversations/{}", id(&row));
    let bot = format!("{path}/bot");
    assert_eq!(admin.put(&bot, json!({"active": true})).await.expect(200)["bot"]["active"], true);
    admin.put(&bot, json!({"active": true, "reason": "why"})).await.expect(422);
    writes(&served, "are you there?").await;
    assert_eq!(admin.get(&path).await.expect(200)["bot"]["active"], true);
    let over = admin.put(&bot, json!({"active": false, "reason": "wants a person"})).await.expect(200);
    assert_eq!(over["bot"]["active"], false);
    let handed = admin.events("conversation.handed_off").await;
    assert_eq!(handed.len(), 1);
    admin.post(&format!("{path}/claim"), json!({})).await.expect(200);
    admin.put(&bot, json!({"active": true})).await.refused(409, "invalid-transition");
}

#[tokio::test]
async fn a_workspace_says_how_its_customers_ask_for_a_person() {
    let served = Served::start().await;
    let admin = served.admin().await;
    served.connect(&admin).await;
    asks(&served, &admin).await;
    let settings = admin.get("/v1/settings").await.expect(200);
    assert!(settings["bot"]["person_phrases"].as_array().unwrap().contains(&json!("human")));
    let version = settings["version"].as_u64().unwrap();
    let change = json!({"bot": {"person_phrases": ["Erika"]}});
    let request = admin.request(reqwest::Method::PATCH, "/v1/settings").header("if-match", format!("\"v{version}\""));
    assert_eq!(Served::send(request.json(&change)).await.expect(200)["bot"]["person_phrases"], json!(["erika"]));
    let row = served.customer_writes(&admin, KIM, "hello").await;
    writes(&served, "Erika bitte").await;
    let row = admin.get(&format!("/v1/conversations/{}", id(&row))).await.expect(200);
    assert_eq!(row["bot"]["active"], false);
}

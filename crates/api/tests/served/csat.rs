//! Satisfaction surveys as customers, agents and whoever looks at the results meet them.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::access::Standing;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, HandClock, Served, text_webhook, webhook_on};
use crate::hall::{Hall, id};

const KIM: &str = "4915112345678";

/// Changes how a brand asks, at a version.
async fn asks(admin: &Client, brand: &str, version: u64, body: Value) -> Answer {
    let request = admin.request(Method::PUT, &format!("/v1/csat-surveys/{brand}"));
    Served::send(request.header("if-match", format!("\"v{version}\"")).json(&body)).await
}

/// A row of a list that a customer presses.
fn press(wa_id: &str, message_id: &str, row: &str, at_s: i64) -> Value {
    let mut webhook = text_webhook(wa_id, message_id, "", at_s);
    let message = &mut webhook["entry"][0]["changes"][0]["value"]["messages"][0];
    message.as_object_mut().expect("a message").remove("text");
    message["type"] = json!("interactive");
    message["interactive"] = json!({"type": "list_reply", "list_reply": {"id": row, "title": "Good"}});
    webhook
}

async fn presses(served: &Served, wa_id: &str, row: &str) {
    let message_id = format!("wamid.{}", served.desk.entropy());
    let pressed = press(wa_id, &message_id, row, served.desk.now().as_millis() / 1_000);
    assert_eq!(served.deliver(&pressed).await.status, 200);
}

async fn writes(served: &Served, wa_id: &str, text: &str) {
    let message_id = format!("wamid.{}", served.desk.entropy());
    let webhook = text_webhook(wa_id, &message_id, text, served.desk.now().as_millis() / 1_000);
    assert_eq!(served.deliver(&webhook).await.status, 200);
}

/// What stands behind each score of the newest question in a conversation, from 1 to 5.
async fn rows(client: &Client, path: &str) -> Vec<String> {
    let messages = client.get(&format!("{path}/messages")).await.expect(200);
    let question = messages["data"].as_array().expect("a list").iter().find(|message| message["type"] == "interactive");
    let rows = question.expect("a question")["interactive"]["action"]["sections"][0]["rows"]
        .as_array()
        .expect("a list")
        .clone();
    rows.iter().rev().map(|row| row["id"].as_str().expect("a text").to_owned()).collect()
}

/// Kim's answered conversation on a desk whose brand asks like this, and its path.
async fn asking(served: &Served, admin: &Client, survey: Value) -> String {
    served.connect(admin).await;
    let row = served.customer_writes(admin, KIM, "hello").await;
    let brand = row["brand_id"].as_str().expect("a text");
    asks(admin, brand, 0, survey).await.expect(200);
    let conversation = id(&row);
    admin.say(&conversation, "first", json!({"type": "text", "text": {"body": "hi"}})).await.expect(202);
    format!("/v1/conversations/{conversation}")
}

async fn resolved(admin: &Client, path: &str, more: Value) -> Value {
    let mut body = json!({"status": "resolved"});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    admin.put(&format!("{path}/status"), body).await.expect(200)
}

#[tokio::test]
async fn what_a_customer_presses_is_the_result_of_whoever_resolved_it_and_reopens_nothing() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let survey = json!({"enabled": true, "thanks": "Thank you. Why?", "asks_comment": true});
    let path = asking(&served, &admin, survey).await;
    assert_eq!(admin.get(&path).await.expect(200)["csat"], Value::Null);
    let row = resolved(&admin, &path, json!({})).await;
    assert_eq!((&row["csat"]["state"], &row["csat"]["episode"]), (&json!("sent"), &json!(1)));
    let survey_id = row["csat"]["survey_id"].clone();
    let scores = rows(&admin, &path).await;
    presses(&served, KIM, &scores[4]).await;
    presses(&served, KIM, &scores[1]).await;
    writes(&served, KIM, "It took three days.").await;
    let row = admin.get(&path).await.expect(200);
    assert_eq!(
        (&row["status"], &row["unread_count"], &row["waiting_since"]),
        (&json!("resolved"), &json!(0), &Value::Null)
    );
    assert_eq!((&row["csat"]["state"], &row["csat"]["score"]), (&json!("answered"), &json!(2)));
    let found = admin.get("/v1/csat-responses").await.expect(200);
    let response = &found["data"][0];
    assert_eq!(response["survey_id"], survey_id);
    assert_eq!((&response["score"], &response["answers"], &response["via"]), (&json!(2), &json!(2), &json!("list")));
    assert_eq!(response["resolver_id"], admin.user_id);
    assert_eq!(response["comment"], "It took three days.");
    // Whoever resolved it is told that the customer is not satisfied.
    let told = admin.get("/v1/notifications?kind=csat_low").await.expect(200);
    assert_eq!(told["data"].as_array().unwrap().len(), 1);
    let of_one = admin.get(&format!("{path}/csat-responses")).await.expect(200);
    assert_eq!(of_one["data"], found["data"]);
    let messages = admin.get(&format!("{path}/messages")).await.expect(200);
    let marked = messages["data"].as_array().unwrap().iter().filter(|message| message["survey_id"] == survey_id);
    assert_eq!(marked.count(), 3);
    // Somebody else who presses the same row writes a message, and so does Kim with a row that is none.
    presses(&served, "4915187654321", &scores[0]).await;
    assert_eq!(admin.get("/v1/csat-responses").await.expect(200)["data"][0]["score"], 2);
    presses(&served, KIM, &scores[0].replace(":1", ":99")).await;
    let row = admin.get(&path).await.expect(200);
    assert_eq!((&row["status"], &row["csat"]["score"]), (&json!("open"), &json!(2)));
}

#[tokio::test]
async fn who_resolves_may_leave_the_customer_in_peace_and_the_conversation_says_so() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let path = asking(&served, &admin, json!({"enabled": true})).await;
    let early = admin.put(&format!("{path}/status"), json!({"status": "pending", "csat": "skip"})).await;
    assert_eq!(early.refused(422, "unprocessable")["errors"][0]["pointer"], "/csat");
    let row = resolved(&admin, &path, json!({"csat": "skip"})).await;
    let csat = &row["csat"];
    assert_eq!((&csat["state"], &csat["reason"]), (&json!("skipped"), &json!("asked_not_to")));
    assert_eq!(csat["survey_id"], Value::Null);
    // A blocked contact is not asked either.
    writes(&served, KIM, "one more thing").await;
    let contact = id(&row["contact"]);
    admin.post(&format!("/v1/contacts/{contact}/block"), json!({"reason": "rude"})).await.expect(200);
    let row = resolved(&admin, &path, json!({"csat": "send"})).await;
    assert_eq!(row["csat"]["reason"], "blocked");
    assert_eq!(admin.get("/v1/csat-responses").await.expect(200)["data"], json!([]));
}

#[tokio::test]
async fn the_page_of_a_link_needs_no_account_and_is_gone_when_its_time_is_over() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let admin = served.admin().await;
    let survey = json!({
        "enabled": true, "form": "link", "public_url": "https://example.com/rate/", "question": "How was it?",
        "answer_within_seconds": 3_600,
    });
    let path = asking(&served, &admin, survey).await;
    resolved(&admin, &path, json!({})).await;
    let messages = admin.get(&format!("{path}/messages")).await.expect(200);
    let text = messages["data"][0]["text"]["body"].as_str().unwrap().to_owned();
    let token = text.rsplit('/').next().unwrap();
    let page = format!("/v1/csat-answers/{token}");
    let question = served.anonymous(Method::GET, &page, None).await.expect(200);
    assert_eq!((&question["question"], &question["score"]), (&json!("How was it?"), &Value::Null));
    for wrong in [json!({"score": 6}), json!({"score": 0}), json!({"score": "5"}), json!({})] {
        let refused = served.anonymous(Method::POST, &page, Some(wrong)).await;
        assert!(matches!(refused.status, 400 | 422), "{}", refused.body);
    }
    let answer = json!({"score": 4, "comment": "Quick."});
    assert_eq!(served.anonymous(Method::POST, &page, Some(answer.clone())).await.expect(200)["score"], 4);
    let response = admin.get("/v1/csat-responses?score=4,5&state=answered").await.expect(200)["data"][0].clone();
    assert_eq!((&response["via"], &response["comment"]), (&json!("link"), &json!("Quick.")));
    // What is no secret of ours is nothing.
    let other = format!("/v1/csat-answers/{}", "0".repeat(32));
    for nothing in [other.as_str(), "/v1/csat-answers/vip"] {
        served.anonymous(Method::GET, nothing, None).await.refused(404, "not-found");
        served.anonymous(Method::POST, nothing, Some(answer.clone())).await.refused(404, "not-found");
    }
    clock.advance(Millis::hours(25));
    served.anonymous(Method::GET, &page, None).await.refused(410, "gone");
    served.anonymous(Method::POST, &page, Some(answer)).await.refused(410, "gone");
}

#[tokio::test]
async fn how_a_brand_asks_is_for_those_who_set_it_up_and_is_changed_at_its_version() {
    let hall = Hall::open().await;
    for weak in [&hall.operator, &hall.agent] {
        weak.get("/v1/csat-surveys").await.refused(403, "forbidden");
        asks(weak, &hall.brands[0], 0, json!({"enabled": true})).await.refused(403, "forbidden");
    }
    let of_admin = hall.admin.get("/v1/csat-surveys").await.expect(200);
    let brands: Vec<_> = of_admin["data"].as_array().unwrap().iter().map(|survey| survey["brand_id"].clone()).collect();
    assert_eq!(brands, [json!(hall.brands[0])]);
    assert_eq!((&of_admin["data"][0]["enabled"], &of_admin["data"][0]["version"]), (&json!(false), &json!(0)));
    asks(&hall.admin, &hall.brands[1], 0, json!({"enabled": true})).await.refused(404, "not-found");
    let path = format!("/v1/csat-surveys/{}", hall.brands[0]);
    hall.admin.put(&path, json!({"enabled": true})).await.refused(428, "precondition-required");
    let wrong = json!({"enabled": true, "question": " ", "channel_ids": [hall.channels[1]], "form": "link"});
    let refused = asks(&hall.admin, &hall.brands[0], 0, wrong).await.refused(422, "unprocessable");
    let pointers: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/question", "/channel_ids/0", "/public_url"]);
    let template = json!({"name": "how_was_it", "language": "en", "scores": [5, 3, 1]});
    let wanted = json!({
        "enabled": true, "channel_ids": [hall.channels[0]], "form": "buttons", "template": template, "delay_seconds": 60,
    });
    let survey = asks(&hall.admin, &hall.brands[0], 0, wanted).await.expect(200);
    assert_eq!((&survey["version"], &survey["template"], &survey["delay_seconds"]), (&json!(1), &template, &json!(60)));
    asks(&hall.admin, &hall.brands[0], 0, json!({"enabled": false})).await.refused(412, "precondition-failed");
    assert_eq!(hall.admin.get(&path).await.expect(200), survey);
}

#[tokio::test]
async fn results_are_seen_with_their_conversations_and_nowhere_else() {
    let hall = Hall::open().await;
    for brand in &hall.brands {
        asks(&hall.root, brand, 0, json!({"enabled": true})).await.expect(200);
    }
    let standings = [Standing::Own, Standing::Team, Standing::OtherTeam, Standing::OtherBrand];
    for (role, viewer) in hall.viewers() {
        let mut cases = Vec::new();
        for standing in standings {
            let case = hall.case(viewer, standing).await;
            let path = format!("/v1/conversations/{}", case.conversation);
            resolved(&hall.root, &path, json!({})).await;
            cases.push((standing, case.conversation));
        }
        let found = viewer.get("/v1/csat-responses?limit=200").await.expect(200);
        let sees: Vec<_> = cases
            .iter()
            .filter(|(_, id)| found["data"].as_array().unwrap().iter().any(|row| row["conversation_id"] == **id))
            .map(|(standing, _)| *standing)
            .collect();
        let wanted: &[Standing] = match role {
            "super_admin" => &standings,
            "admin" => &standings[..3],
            "agent" => &standings[..2],
            _ => &standings[..1],
        };
        assert_eq!(sees, wanted, "{role}");
        // Page by page it is the same.
        let mut walked = Vec::new();
        let mut next = Some(String::new());
        while let Some(cursor) = next {
            let page = viewer.get(&format!("/v1/csat-responses?limit=1&cursor={cursor}")).await.expect(200);
            walked.extend(page["data"].as_array().unwrap().clone());
            next = page["page"]["next_cursor"].as_str().map(str::to_owned);
        }
        assert_eq!(json!(walked), found["data"], "{role}");
    }
    // What a filter asks for behind a wall is not there.
    let behind = format!("/v1/csat-responses?brand_id={}", hall.brands[1]);
    assert_eq!(hall.admin.get(&behind).await.expect(200)["data"], json!([]));
    assert!(!hall.root.get(&behind).await.expect(200)["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn an_erased_customers_words_are_gone_and_the_score_stays() {
    let served = Served::start().await;
    let admin = served.admin().await;
    let path = asking(&served, &admin, json!({"enabled": true, "thanks": "Why?", "asks_comment": true})).await;
    let row = resolved(&admin, &path, json!({})).await;
    let message = webhook_on(crate::desk::NUMBER_ID, KIM, "wamid.rated", "3/5", served.desk.now().as_millis() / 1_000);
    for _ in 0..3 {
        assert_eq!(served.deliver(&message).await.status, 200);
    }
    writes(&served, KIM, "Too slow.").await;
    let of = async || admin.get("/v1/csat-responses").await.expect(200)["data"][0].clone();
    assert_eq!((&of().await["comment"], &of().await["answers"]), (&json!("Too slow."), &json!(1)));
    let contact = id(&row["contact"]);
    admin.post(&format!("/v1/contacts/{contact}/erasure"), json!({"confirm": true})).await.expect(200);
    let left = of().await;
    assert_eq!((&left["comment"], &left["score"], &left["via"]), (&Value::Null, &json!(3), &json!("typed")));
}

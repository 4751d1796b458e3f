//! What changed and why: topics that several contacts write about, spikes and what makes them, questions without an answer; to
//! whom may read the words, for as long as there are any.

use std::sync::Arc;

use api::context::Settings;
use app::OsEntropy;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Client, HandClock, NUMBER_ID, Served, webhook_on};
use crate::hall::{Hall, SECOND_NUMBER_ID, id};

const INSIGHTS: &str = "/v1/analytics/insights";

/// A customer of this number writes, so many days ago.
async fn writes(served: &Served, number: &str, wa_id: &str, text: &str, days_ago: i64) {
    let message_id = format!("wamid.{}", served.desk.entropy());
    let seconds = served.desk.now().as_millis() / 1_000 - days_ago * 86_400;
    let delivered = served.deliver(&webhook_on(number, wa_id, &message_id, text, seconds)).await;
    assert_eq!(delivered.status, 200, "{}", delivered.body);
}

/// Two days, and so the two before them.
async fn two_days(served: &Served, who: &Client, more: &str) -> Value {
    let now = served.desk.now();
    let (from, to) = (now - Millis::days(2), now + Millis(1_000));
    who.get(&format!("{INSIGHTS}?from={}&to={}{more}", from.to_rfc3339(), to.to_rfc3339())).await.expect(200)
}

fn named<'v>(list: &'v Value, field: &str, name: &str) -> Option<&'v Value> {
    list.as_array().expect("a list").iter().find(|row| row[field] == name)
}

async fn conversation_of(hall: &Hall, wa_id: &str) -> Value {
    let rows = hall.root.get("/v1/conversations?limit=50").await.expect(200);
    let name = json!(format!("Customer {wa_id}"));
    rows["data"].as_array().expect("rows").iter().find(|row| row["contact"]["name"] == name).expect("a row").clone()
}

#[tokio::test]
async fn a_topic_is_what_several_contacts_write_about_and_opens_into_their_messages() {
    let hall = Hall::open().await;
    for n in 1..=3 {
        let wa_id = format!("4915100000{n}");
        writes(&hall.served, NUMBER_ID, &wa_id, "Hello, where is my REFUND status? Order 7788120", 0).await;
    }
    writes(&hall.served, NUMBER_ID, "49151000001", "refund status please, my neighbour waits", 0).await;
    writes(&hall.served, NUMBER_ID, "49151000001", "neighbour neighbour", 0).await;
    writes(&hall.served, NUMBER_ID, "49151000009", "refund status", 3).await;
    writes(&hall.served, SECOND_NUMBER_ID, "49151000007", "refund status", 0).await;
    let first = id(&conversation_of(&hall, "49151000001").await);
    for n in 1..=3 {
        let row = conversation_of(&hall, &format!("4915100000{n}")).await;
        hall.root.put(&format!("/v1/conversations/{}/tags/refunds", id(&row)), json!({})).await;
    }
    let found = two_days(&hall.served, &hall.admin, "").await;
    let topic = named(&found["data"]["topics"], "phrase", "refund status").expect("a topic");
    assert_eq!((&topic["count"], &topic["contacts"], &topic["conversations"]), (&json!(4), &json!(3), &json!(3)));
    assert_eq!((&topic["previous_count"], &topic["delta"], &topic["delta_ratio"]), (&json!(1), &json!(3), &json!(3.0)));
    for silent in ["neighbour", "7788120", "hello", "status", "customer"] {
        assert_eq!(named(&found["data"]["topics"], "phrase", silent), None, "{silent}");
    }
    assert_eq!(found["data"]["messages"]["read"], 5);
    let tag = named(&found["data"]["tags"], "tag", "refunds").expect("a tag");
    assert_eq!((&tag["count"], &tag["previous_count"], &tag["share"]), (&json!(3), &json!(0), &json!(1.0)));
    // As many messages as are counted, a page at a time, each where it lies.
    let (from, to) = (found["from"].as_str().expect("a time"), found["to"].as_str().expect("a time"));
    let path = format!("{INSIGHTS}/messages?topic=Refund%20status&limit=3&from={from}&to={to}");
    let page = hall.admin.get(&path).await.expect(200);
    let mut rows = page["data"]["rows"].as_array().expect("rows").clone();
    let cursor = page["data"]["page"]["next_cursor"].as_str().expect("more");
    rows.extend(
        hall.admin.get(&format!("{path}&cursor={cursor}")).await.expect(200)["data"]["rows"]
            .as_array()
            .expect("rows")
            .clone(),
    );
    assert_eq!(rows.len(), 4);
    let received: Vec<u64> =
        hall.root.events("message.received").await.iter().filter_map(|event| event["pos"].as_u64()).collect();
    assert!(
        received.is_empty() || rows.iter().all(|row| received.contains(&row["position"].as_u64().expect("a position")))
    );
    assert_eq!(rows.iter().filter(|row| row["conversation_id"] == json!(first)).count(), 2);
    // The same question about the same position has the same answer.
    let past = format!("&as_of_pos={}", found["as_of"]);
    writes(&hall.served, NUMBER_ID, "49151000004", "refund status", 0).await;
    let (from, to) = (found["from"].as_str().expect("a time"), found["to"].as_str().expect("a time"));
    let again = hall.admin.get(&format!("{INSIGHTS}?from={from}&to={to}{past}")).await.expect(200);
    assert_eq!(again["data"], found["data"]);
    hall.admin.get(&format!("{INSIGHTS}?min_contacts=2")).await.refused(400, "invalid-parameter");
    hall.admin.get(&format!("{INSIGHTS}/messages")).await.refused(422, "unprocessable");
}

#[tokio::test]
async fn words_stay_behind_walls_and_go_with_whoever_wrote_them() {
    let hall = Hall::open().await;
    for n in 1..=3 {
        writes(&hall.served, NUMBER_ID, &format!("4915100000{n}"), "broken violetcanary", 0).await;
        writes(&hall.served, SECOND_NUMBER_ID, &format!("4915200000{n}"), "broken scarletcanary", 0).await;
    }
    // Two lie in the neighbour's queue.
    for (wa_id, team) in [("49151000001", 0), ("49151000002", 1), ("49151000003", 1)] {
        let row = conversation_of(&hall, wa_id).await;
        let path = format!("/v1/conversations/{}/assignment", id(&row));
        hall.root.put(&path, json!({"team_id": hall.teams[team], "assignee_id": null})).await.expect(200);
    }
    for (who, none) in [(&hall.agent, 403), (&hall.operator, 403)] {
        who.get(INSIGHTS).await.refused(none, "forbidden");
    }
    hall.root
        .put(&format!("/v1/teams/{}/members/{}", hall.teams[1], hall.neighbour.user_id), json!({"lead": true}))
        .await
        .expect(200);
    // Two contacts are too few to say what they say.
    let lead = two_days(&hall.served, &hall.neighbour, "").await;
    assert_eq!((&lead["data"]["topics"], &lead["data"]["messages"]["messages"]), (&json!([]), &json!(2)));
    let admin = two_days(&hall.served, &hall.admin, "").await.to_string();
    assert!(admin.contains("violetcanary") && !admin.contains("scarletcanary"));
    let both = two_days(&hall.served, &hall.root, "").await;
    assert_eq!(named(&both["data"]["topics"], "phrase", "broken").expect("of both")["contacts"], 6);
    let of_second = two_days(&hall.served, &hall.root, &format!("&brand_id={}", hall.brands[1])).await.to_string();
    assert!(!of_second.contains("violetcanary") && of_second.contains("scarletcanary"));
    // Two of three are left, also for whoever asks about the time before.
    let past = format!("&as_of_pos={}", both["as_of"]);
    let contact = id(&conversation_of(&hall, "49151000001").await["contact"]);
    hall.root.post(&format!("/v1/contacts/{contact}/erasure"), json!({"confirm": true})).await.expect(200);
    for asked in [String::new(), past] {
        let left = two_days(&hall.served, &hall.root, &asked).await.to_string();
        assert!(!left.contains("violetcanary") && left.contains("scarletcanary"));
    }
}

#[tokio::test]
async fn a_spike_names_the_number_and_the_words_that_make_it() {
    let clock = HandClock::new();
    let served = Served::start_on(Settings::default(), clock.clone(), Arc::new(OsEntropy)).await;
    let root = served.admin().await;
    served.connect_number(&root, NUMBER_ID, None).await;
    let second = id(&served.connect_number(&root, SECOND_NUMBER_ID, None).await);
    // In the middle of an hour.
    clock.advance(Millis(3_600_000 - served.desk.now().as_millis() % 3_600_000 + 1_800_000));
    for week in 0..2 {
        writes(&served, NUMBER_ID, &format!("4915100{week}"), "a copy of my invoice", 0).await;
        clock.advance(Millis::days(7));
    }
    for n in 0..8 {
        writes(&served, SECOND_NUMBER_ID, &format!("4915200{n}"), "internet down again", 0).await;
    }
    let root = served.admin().await;
    let found = two_days(&served, &root, "&spike_interval=hour").await;
    let spikes = found["data"]["spikes"].as_array().expect("spikes");
    assert_eq!(spikes.len(), 1, "{found}");
    let spike = &spikes[0];
    assert_eq!((&spike["count"], &spike["usual"], &spike["weeks"]), (&json!(8), &json!(1.0), &json!(2)));
    assert_eq!((&spike["excess"], &spike["z_score"], &spike["words_read"]), (&json!(7.0), &json!(7.0), &json!(8)));
    let cause = |kind: &str| named(&spike["causes"], "kind", kind).unwrap_or_else(|| panic!("no {kind} in {spike}"));
    assert_eq!((&cause("channel")["value"], &cause("channel")["excess"]), (&json!(second), &json!(8.0)));
    assert_eq!((&cause("keyword")["value"], &cause("keyword")["count"]), (&json!("down again"), &json!(8)));
    // Opened, it is what came in it.
    let (from, to) = (spike["from"].as_str().expect("a time"), spike["to"].as_str().expect("a time"));
    let rows = root.get(&format!("/v1/analytics/drilldown?metric=volume&from={from}&to={to}")).await.expect(200);
    assert_eq!(rows["data"]["rows"].as_array().expect("rows").len(), 8);
    // A week later nothing is out of the usual.
    clock.advance(Millis::days(7));
    let root = served.admin().await;
    assert_eq!(two_days(&served, &root, "").await["data"]["spikes"], json!([]));
}

#[tokio::test]
async fn what_the_knowledge_base_did_not_answer_is_put_together_by_its_words() {
    let hall = Hall::open().await;
    let texts = json!([{"locale": "en", "title": "Opening hours", "keywords": ["hours"], "body_md": "Nine to five."}]);
    let article = json!({"brand_id": hall.brands[0], "visibility": "public", "translations": texts});
    let article = hall.root.post("/v1/kb/articles", article).await.expect(201);
    let path = format!("/v1/kb/articles/{}/publication", id(&article));
    let publish = hall.root.request(Method::PUT, &path).header("if-match", "\"v1\"");
    Served::send(publish.json(&json!({"status": "published"}))).await.expect(200);
    let rule = json!({
        "name": "Answers", "trigger": {"on": "message_received"},
        "actions": [{"type": "answer_from_knowledge", "lookup": "keyword"}],
    });
    hall.root.post("/v1/automation-rules", rule).await.expect(201);
    for (n, text) in
        ["How long is the warranty?", "warranty long?", "is it a long warranty", "what about llamas", "your hours?"]
            .iter()
            .enumerate()
    {
        writes(&hall.served, NUMBER_ID, &format!("4915100000{n}"), text, 0).await;
    }
    let found = two_days(&hall.served, &hall.admin, "").await;
    let knowledge = &found["data"]["knowledge"];
    let counted =
        ["asked", "answered_by_keyword", "unanswered", "ungrouped", "withheld"].map(|name| knowledge[name].as_u64());
    assert_eq!(counted, [Some(5), Some(1), Some(4), Some(1), Some(0)], "{knowledge}");
    assert_eq!(knowledge["articles"], json!([{"article_id": article["id"], "title": "Opening hours", "count": 1}]));
    let questions = found["data"]["unanswered_questions"].as_array().expect("questions");
    assert_eq!(questions.len(), 1);
    assert_eq!(
        (&questions[0]["words"], &questions[0]["count"], &questions[0]["contacts"]),
        (&json!("long warranty"), &json!(3), &json!(3))
    );
    assert_eq!(questions[0]["examples"].as_array().expect("examples").len(), 3);
    assert!(!found.to_string().contains("llama"));
    let now = hall.served.desk.now();
    let (from, to) = ((now - Millis::days(2)).to_rfc3339(), (now + Millis(1_000)).to_rfc3339());
    let rows =
        hall.admin.get(&format!("{INSIGHTS}/messages?question=long%20warranty&from={from}&to={to}")).await.expect(200);
    assert_eq!(rows["data"]["rows"].as_array().expect("rows").len(), 3);
    // A lead whose queue has none of it has none of it.
    hall.root
        .put(&format!("/v1/teams/{}/members/{}", hall.teams[1], hall.neighbour.user_id), json!({"lead": true}))
        .await
        .expect(200);
    let lead = two_days(&hall.served, &hall.neighbour, "").await;
    assert_eq!((&lead["data"]["unanswered_questions"], &lead["data"]["knowledge"]["asked"]), (&json!([]), &json!(0)));
}

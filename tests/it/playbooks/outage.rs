//! Playbook 4: whom an outage concerns is told by template, once, and what they answer goes to a queue of its own.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{Stage, id_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_it_concerns_is_told_once_and_their_answers_have_a_queue_of_their_own() {
    let stage = Stage::set().await;
    let parts = stage.installs("outage").await;
    let otto = stage.agent("Otto", "agent", Some(&parts["team"])).await;
    stage.templates_are_approved().await;

    // Five customers who wrote before: three whom it concerns, one of whom is blocked, and two whom it does not.
    let people = [
        ("+34611000001", "Nina", "business", "north"),
        ("+34611000002", "Noah", "business", "north"),
        ("+34611000003", "Nick", "business", "north"),
        ("+34611000004", "Sara", "business", "south"),
        ("+34611000005", "Free", "free", "north"),
    ];
    let phones: Vec<_> = people.iter().map(|(phone, name, ..)| stage.customer(phone, name)).collect();
    for (phone, (_, name, plan, region)) in phones.iter().zip(people) {
        phone.writes("Hello");
        let row = stage.conversation_with(name).await;
        let contact = format!("/v1/contacts/{}", id_of(&row["contact"]));
        let attributes = json!({"attributes": {"plan": plan, "region": region}});
        stage.admin.send(Method::PATCH, &contact, attributes).await.expect(StatusCode::OK);
        stage.admin.replies(&id_of(&row), "Hello!").await;
        phone.sees("Hello!").await;
        stage.admin.resolves(&id_of(&row)).await;
    }
    let nick = id_of(&stage.conversation_with("Nick").await["contact"]);
    let block = stage.admin.post(&format!("/v1/contacts/{nick}/block"), json!({"reason": "threats"})).await;
    assert!(block.status.is_success(), "{}", block.body);
    // Everybody's window is long closed.
    stage.minutes(3 * 24 * 60);

    // Before anything is sent it is said who gets it, who does not and why.
    let campaign = format!("/v1/campaigns/{}", parts["campaign"]);
    let preview = stage.admin.post(&format!("{campaign}/previews"), json!({})).await.expect(StatusCode::OK);
    assert_eq!(preview["eligible"].as_u64().or(preview["audience"]["eligible"].as_u64()), Some(2), "{preview}");
    assert!(preview.to_string().contains("blocked"), "{preview}");
    stage.admin.post(&format!("{campaign}/launch"), json!({})).await.expect(StatusCode::ACCEPTED);
    stage
        .ticks_until("it is finished", Duration::from_secs(1), || async {
            let state = stage.admin.get(&campaign).await.expect(StatusCode::OK)["state"].clone();
            (state == "finished").then_some(())
        })
        .await;
    for (phone, name) in phones[..2].iter().zip(["Nina", "Noah"]) {
        let text = phone.sees("<service_outage>").await;
        assert!(text.contains(name) && text.contains("north"), "{text}");
    }
    let told = |phone: &super::phone::Phone<'_>| {
        phone.screen().iter().filter(|text| text.contains("<service_outage>")).count()
    };
    assert_eq!(phones.iter().map(told).collect::<Vec<_>>(), [1, 1, 0, 0, 0]);

    // An answer comes to the Outage team, marked, and its clock begins with the customer's words.
    phones[0].writes("When will it be back?");
    otto.is_shown("the answer", |item| item.to_string().contains("When will it be back?")).await;
    let row = stage.conversation_with("Nina").await;
    assert_eq!((&row["team_id"], &row["tags"]), (&json!(parts["team"]), &json!(["outage"])));
    let id = id_of(&row);
    otto.claims(&id).await;
    stage.minutes(10);
    otto.replies(&id, "At noon.").await;
    phones[0].sees("At noon.").await;
    let replies: Vec<Value> = stage.events("message.queued").await;
    let clocks = &replies.last().unwrap()["facts"]["clocks"]["first_response"];
    assert_eq!(clocks["frt_total_ms"], json!(600_000), "{clocks}");
    stage.pass(Duration::from_secs(5));
    stage
        .ticks_until("the results", Duration::from_secs(1), || async {
            let results = stage.admin.get(&format!("{campaign}/metrics")).await.expect(StatusCode::OK);
            let of = |name: &str| results[name].as_u64().or(results["data"][name].as_u64());
            (of("replied") == Some(1) && of("read") == Some(2)).then_some(())
        })
        .await;
    // Installed and launched: doing it again makes no second campaign and sends nothing.
    assert_eq!(stage.installs("outage").await, parts);
    assert_eq!(phones.iter().map(told).collect::<Vec<_>>(), [1, 1, 0, 0, 0]);
    stage.clear().await;
}

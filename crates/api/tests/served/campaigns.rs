//! Campaigns over HTTP: drafts, what they would come to, trying, launching, and what came of them.

use domain::campaign::send::{self, Filled};
use domain::content::{Content, MessageKind};
use domain::ids::CampaignId;
use domain::inbound::TemplateChange;
use serde_json::{Value, json};

use crate::desk::{Client, Served};
use crate::hall::{Hall, id};

const CAMPAIGNS: &str = "/v1/campaigns";

/// A draft that greets everybody of a number's brand.
pub(crate) fn spring(channel: &str) -> Value {
    json!({
        "name": "Spring", "kind": "marketing", "channel_id": channel, "audience": {"type": "everyone"},
        "template": {"name": "spring", "language": "en"},
        "parameters": [{"part": "body", "text": "{{contact.first_name|there}}"}],
    })
}

/// A served desk with a number, its approved template and three customers.
async fn desk() -> (Served, Client, String) {
    let served = Served::start().await;
    let root = served.admin().await;
    let channel = id(&served.connect(&root).await);
    for who in ["4915100000001", "4915100000002", "4915100000003"] {
        served.customer_writes(&root, who, "hello").await;
    }
    approve(&served, &channel).await;
    (served, root, channel)
}

async fn approve(served: &Served, channel: &str) {
    let channel = channel.parse().expect("an id");
    let change = TemplateChange {
        name: "spring".to_owned(),
        language: "en".to_owned(),
        status: Some("APPROVED".to_owned()),
        category: Some("MARKETING".to_owned()),
        components: Some(json!([{"type": "BODY", "text": "Hello {{1}}, spring is here"}])),
        ..TemplateChange::default()
    };
    let made = served.desk.work(move |step| {
        let waba = step.world.channels[&channel].config.waba_id.clone();
        domain::channel::change_template(step, &waba, &change, None);
        Ok(())
    });
    made.await.expect("the template is known");
}

async fn launched(root: &Client, draft: Value) -> String {
    let campaign = id(&root.post(CAMPAIGNS, draft).await.expect(201));
    asks(root, &campaign, "launch").await.expect(202);
    campaign
}

async fn asks(client: &Client, campaign: &str, what: &str) -> crate::desk::Answer {
    let path = format!("{CAMPAIGNS}/{campaign}/{what}");
    let request = client.request(reqwest::Method::POST, &path).header("idempotency-key", format!("{what}-{campaign}"));
    Served::send(request).await
}

/// Hands in everybody who is still to be decided about, as the worker does.
async fn works_off(served: &Served, campaign: &str) {
    let id: CampaignId = campaign.parse().expect("an id");
    let body = json!({"name": "spring", "language": {"code": "en"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "there"}]}]});
    let content = Content { kind: MessageKind::Template, body };
    let next: Vec<Filled> = served.desk.view(|views| {
        let selected = views.campaigns.selected_after(id, None);
        selected.map(|contact_id| Filled { contact_id, content: Some(content.clone()) }).collect()
    });
    let made = served.desk.work(move |step| {
        send::queue(step, id, next);
        Ok(())
    });
    made.await.expect("they are queued");
}

#[tokio::test]
async fn a_draft_is_written_changed_and_thrown_away_by_its_version() {
    let (_served, root, channel) = desk().await;
    let made = root.post(CAMPAIGNS, spring(&channel)).await;
    let campaign = made.body.clone();
    let path = format!("{CAMPAIGNS}/{}", id(&campaign));
    assert_eq!((made.status, made.header("location")), (201, path.as_str()));
    assert_eq!((&campaign["state"], &campaign["rate_per_minute"]), (&json!("draft"), &json!(600)));
    root.patch(&path, json!({"name": "Summer"})).await.refused(428, "precondition-required");
    let change = json!({"name": "Summer", "send_at": "2999-01-01T00:00:00Z", "consent_purpose": "service",
        "quiet_hours": {"zone": "contact", "time_zone": "Europe/Madrid", "from": "21:00", "to": "09:00"}});
    let request = root.request(reqwest::Method::PATCH, &path).header("if-match", "\"v1\"").json(&change);
    let changed = Served::send(request).await.expect(200);
    assert_eq!((&changed["name"], &changed["quiet_hours"]["from"]), (&json!("Summer"), &json!("21:00")));
    let far = asks(&root, &id(&campaign), "launch").await.refused(422, "unprocessable");
    assert_eq!(far["errors"][0]["pointer"], "/send_at");
    let wrong = json!({"name": "x", "kind": "utility", "channel_id": channel, "audience": {"type": "contacts"},
        "template": {"name": "spring", "language": "en"}});
    root.post(CAMPAIGNS, wrong).await.refused(422, "unprocessable");
    let listed = root.get(CAMPAIGNS).await.expect(200);
    assert_eq!(listed["data"].as_array().expect("rows").len(), 1);
    let request = root.request(reqwest::Method::DELETE, &path).header("if-match", "\"v2\"");
    assert_eq!(Served::send(request).await.status, 204);
    root.get(&path).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_preview_says_who_is_left_out_and_what_the_others_would_read() {
    let (_served, root, channel) = desk().await;
    let campaign = id(&root.post(CAMPAIGNS, spring(&channel)).await.expect(201));
    let contacts = root.get("/v1/contacts").await.expect(200);
    let blocked = id(&contacts["data"][0]);
    root.post(&format!("/v1/contacts/{blocked}/block"), json!({})).await.expect(200);
    let looked = asks(&root, &campaign, "previews").await.expect(200);
    assert_eq!((&looked["audience"], &looked["eligible"]), (&json!(3), &json!(2)));
    assert_eq!(looked["excluded"], json!([{"reason": "blocked", "count": 1}]));
    assert_eq!(looked["samples"][0]["text"], "Hello Customer, spring is here");
    assert_eq!(root.get(&format!("{CAMPAIGNS}/{campaign}")).await.expect(200)["progress"]["audience"], 0);
}

#[tokio::test]
async fn a_launch_happens_once_and_its_recipients_and_results_are_told() {
    let (served, root, channel) = desk().await;
    let campaign = launched(&root, spring(&channel)).await;
    assert_eq!(asks(&root, &campaign, "launch").await.header("idempotency-replayed"), "true");
    works_off(&served, &campaign).await;
    let path = format!("{CAMPAIGNS}/{campaign}");
    let rows = root.get(&format!("{path}/recipients?state=queued&limit=2")).await.expect(200);
    assert_eq!(rows["data"].as_array().expect("rows").len(), 2);
    let cursor = rows["page"]["next_cursor"].as_str().expect("a next page");
    let rest = root.get(&format!("{path}/recipients?state=queued&limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["data"].as_array().expect("rows").len(), 1);
    let message = rest["data"][0]["message_id"].as_str().expect("a message");
    let message = root.get(&format!("/v1/messages/{message}")).await.expect(200);
    assert_eq!(message["author"], json!({"type": "campaign", "id": campaign, "name": null}));
    asks(&root, &campaign, "pause").await.expect(202);
    asks(&root, &campaign, "cancel").await.expect(202);
    asks(&root, &campaign, "resume").await.refused(409, "invalid-transition");
    let metrics = root.get(&format!("{path}/metrics")).await.expect(200);
    assert_eq!((&metrics["audience"], &metrics["dropped"], &metrics["sent"]), (&json!(3), &json!(3), &json!(0)));
    assert_eq!(root.get(&path).await.expect(200)["state"], "cancelled");
}

#[tokio::test]
async fn a_test_goes_to_the_contact_that_is_named() {
    let (_served, root, channel) = desk().await;
    let campaign = id(&root.post(CAMPAIGNS, spring(&channel)).await.expect(201));
    let contact = id(&root.get("/v1/contacts").await.expect(200)["data"][0]);
    let path = format!("{CAMPAIGNS}/{campaign}/test-sends");
    let send = |contact: &str| {
        let request = root.request(reqwest::Method::POST, &path).header("idempotency-key", format!("try-{contact}"));
        Served::send(request.json(&json!({"contact_id": contact})))
    };
    let sent = send(&contact).await.expect(202);
    let message = root.get(&format!("/v1/messages/{}", sent["message_id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!((&message["type"], &message["author"]["type"]), (&json!("template"), &json!("campaign")));
    send("con_00000000000000000000000001").await.refused(422, "unknown-reference");
}

#[tokio::test]
async fn an_admin_of_one_brand_has_its_campaigns_alone() {
    let hall = Hall::open().await;
    let (own, other) = (hall.campaign_of(0).await, hall.campaign_of(1).await);
    let listed = hall.admin.get(CAMPAIGNS).await.expect(200);
    let ids: Vec<_> = listed["data"].as_array().expect("rows").iter().map(id).collect();
    assert_eq!(ids, std::slice::from_ref(&own));
    hall.admin.get(&format!("{CAMPAIGNS}/{other}/recipients")).await.refused(404, "not-found");
    hall.admin.post(CAMPAIGNS, spring(&hall.channels[1])).await.refused(422, "unprocessable");
    hall.agent.get(&format!("{CAMPAIGNS}/{own}")).await.refused(403, "forbidden");
}

#[tokio::test]
async fn within_the_reopen_window_a_campaign_goes_into_the_matter_there_is() {
    let (served, root, channel) = desk().await;
    let contact = root.get("/v1/contacts").await.expect(200)["data"][0].clone();
    let rows = root.get("/v1/conversations?view=all").await.expect(200);
    let row = rows["data"].as_array().expect("rows").iter().find(|row| row["contact"]["id"] == contact["id"]);
    let row = row.expect("a conversation").clone();
    assert_eq!((&row["origin"], &row["campaign_id"]), (&json!("inbound"), &Value::Null));
    let path = format!("/v1/conversations/{}/status", id(&row));
    root.put(&path, json!({"status": "resolved"})).await.expect(200);
    let mut draft = spring(&channel);
    draft["audience"] = json!({"type": "contacts", "contact_ids": [contact["id"]]});
    let campaign = launched(&root, draft).await;
    works_off(&served, &campaign).await;
    let recipients = root.get(&format!("{CAMPAIGNS}/{campaign}/recipients")).await.expect(200);
    assert_eq!(recipients["data"][0]["conversation_id"], row["id"], "within the reopen window it is the same matter");
}

#[tokio::test]
async fn who_follows_campaigns_is_told_their_figures_and_lists_narrow_to_where_they_wrote() {
    let (served, root, channel) = desk().await;
    let stats = |frame: &Value| frame["type"] == "snapshot" && frame["section"] == "campaigns";
    let mut listener = served.listen(&root, json!({"snapshot": ["campaigns"]})).await;
    let mut silent = served.listen(&root, json!({"snapshot": ["me"]})).await;
    assert_eq!(listener.until(stats).await["data"], json!([]));
    let contacts = root.get("/v1/contacts").await.expect(200);
    let mut draft = spring(&channel);
    let two = [contacts["data"][0]["id"].clone(), contacts["data"][1]["id"].clone()];
    draft["audience"] = json!({"type": "contacts", "contact_ids": two});
    let campaign = launched(&root, draft).await;
    let selected = |frame: &Value| stats(frame) && frame["data"][0]["progress"]["selected"] == 2;
    let told = listener.until(selected).await;
    assert_eq!((&told["data"][0]["id"], &told["data"][0]["state"]), (&json!(campaign), &json!("running")));
    works_off(&served, &campaign).await;
    let queued = listener.until(|frame| stats(frame) && frame["data"][0]["progress"]["in_flight"] == 2).await;
    assert_eq!(queued["data"][0]["progress"]["audience"], 2);
    silent.reaches(served.head()).await;
    assert!(silent.frames.iter().all(|frame| !frame.contains("in_flight")), "who did not ask is not told");

    let numbers = async |query: &str| {
        let page = root.get(&format!("/v1/conversations?view=all&{query}")).await.expect(200);
        page["data"].as_array().expect("rows").len()
    };
    assert_eq!(numbers("status=open,pending,snoozed,resolved").await, 3);
    assert_eq!(numbers(&format!("campaign_id={campaign}")).await, 2);
    assert_eq!(numbers("campaign_id=camp_00000000000000000000000001").await, 0);
}

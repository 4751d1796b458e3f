//! A campaign to many, with kill -9 at random moments, refusals, a number that is told to slow down, answers that never come,
//! and people who say stop on the way: each who may be written to is written to once or visibly uncertain, none twice, none who
//! is left out at all.
//!
//! `FRONTDESK_CAMPAIGN=10000 FRONTDESK_KILLS=10 cargo test --test it campaigns` writes to more than an ordinary run does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::whatsapp::{Behaviour, Number, Profile};

use crate::support::{APP, EMAIL, Frontdesk, NUMBER, PASSWORD, Person, Shop, WABA, eventually};

/// Contacts of an ordinary run.
const CONTACTS: usize = 240;
/// How long a whole run may take, for each contact.
const PATIENCE_EACH: Duration = Duration::from_millis(250);

fn setting(name: &str, ordinary: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(ordinary)
}

fn phone(n: usize) -> String {
    format!("34622{n:06}")
}

fn name(n: usize) -> String {
    format!("Customer {n}")
}

/// What becomes of messages to them: most are ordinary.
fn behaviour(n: usize) -> Behaviour {
    match n % 50 {
        11 => Behaviour::NotOnWhatsapp,
        22 => Behaviour::OptedOut,
        33 => Behaviour::Capped,
        44 => Behaviour::Experiment,
        _ => Behaviour::Normal,
    }
}

fn is_blocked(n: usize) -> bool {
    n % 50 == 7
}

fn said_stop_before(n: usize) -> bool {
    n % 50 == 8
}

/// A shop whose template is approved, with so many customers who wrote once.
async fn shop_of(contacts: usize) -> Shop {
    let shop = Shop::open().await;
    shop.whatsapp.number(Number {
        phone_number_id: NUMBER.to_owned(),
        waba_id: WABA.to_owned(),
        app_id: APP.to_owned(),
        display: "12025550188".to_owned(),
        verified_name: "Shop".to_owned(),
        throughput_mps: 1_000,
    });
    let body = json!([{ "type": "BODY", "text": "Hello {{1}}, spring is here" }]);
    shop.whatsapp.template(WABA, "spring", "en", "MARKETING", body);
    let path = format!("/v1/channels/{}/template-syncs", shop.channel_id);
    shop.admin.post(&path, json!({})).await.expect(StatusCode::OK);
    for n in 0..contacts {
        let customer = shop.whatsapp.customer(Profile::new(&phone(n), &name(n)).who(behaviour(n)), NUMBER);
        customer.says(if said_stop_before(n) { "STOP" } else { "Hola" });
    }
    shop
}

/// Every row of a paged list.
async fn all_of(person: &Person, base: &str) -> Vec<Value> {
    let (mut path, mut rows) = (format!("{base}limit=200"), Vec::new());
    loop {
        let page = person.get(&path).await.expect(StatusCode::OK);
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["page"]["next_cursor"].as_str() {
            Some(cursor) => path = format!("{base}limit=200&cursor={cursor}"),
            None => return rows,
        }
    }
}

/// Contact ids by the number of the customer.
async fn contacts_of(shop: &Shop, contacts: usize) -> BTreeMap<usize, String> {
    let deadline = tokio::time::Instant::now() + PATIENCE_EACH * contacts as u32 + Duration::from_secs(60);
    loop {
        let rows = all_of(&shop.admin, "/v1/contacts?").await;
        assert!(tokio::time::Instant::now() < deadline, "only {} are known", rows.len());
        if rows.len() >= contacts {
            let number = |row: &Value| row["display_name"].as_str().unwrap().strip_prefix("Customer ")?.parse().ok();
            return rows.iter().filter_map(|row| Some((number(row)?, row["id"].as_str()?.to_owned()))).collect();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn campaign(shop: &Shop, id: &str) -> Value {
    shop.admin.get(&format!("/v1/campaigns/{id}")).await.expect(StatusCode::OK)
}

async fn create(shop: &Shop) -> String {
    let body = json!({
        "name": "Spring", "kind": "marketing", "channel_id": shop.channel_id, "audience": { "type": "everyone" },
        "template": { "name": "spring", "language": "en" }, "rate_per_minute": 60_000,
        "parameters": [{ "part": "body", "text": "{{contact.first_name|there}}" }],
    });
    let made = shop.admin.post("/v1/campaigns", body).await.expect(StatusCode::CREATED);
    made["id"].as_str().unwrap().to_owned()
}

/// Whom templates were sent to that the provider took, or may have taken, with how often.
fn taken(shop: &Shop) -> BTreeMap<String, u32> {
    let mut sends = BTreeMap::new();
    for call in shop.whatsapp.ledger().sends() {
        let is_template = call.body["type"] == "template";
        if is_template && (call.status == 200 || call.status == 0) {
            let to = call.body["to"].as_str().unwrap().trim_start_matches('+').to_owned();
            *sends.entry(to).or_default() += 1;
        }
    }
    sends
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_kills_refusals_limits_and_opt_outs_everybody_is_written_to_once_or_visibly_uncertain() {
    let (count, kills) = (setting("FRONTDESK_CAMPAIGN", CONTACTS), setting("FRONTDESK_KILLS", 3));
    let mut shop = shop_of(count).await;
    let contacts = contacts_of(&shop, count).await;
    for n in (0..count).filter(|n| is_blocked(*n)) {
        shop.admin.post(&format!("/v1/contacts/{}/block", contacts[&n]), json!({})).await.expect(StatusCode::OK);
    }
    // A number that is told to slow down, and answers that never come.
    for n in (0..count).filter(|n| n % 97 == 5) {
        shop.whatsapp.fail_next(&phone(n), 130_429);
    }
    let id = create(&shop).await;
    let previewed = shop.admin.post(&format!("/v1/campaigns/{id}/previews"), json!({})).await.expect(StatusCode::OK);
    assert_eq!(previewed["audience"], count, "{previewed}");
    assert_eq!(previewed["samples"][0]["text"], "Hello Customer, spring is here");
    shop.admin.post_once(&format!("/v1/campaigns/{id}/launch"), "go", json!({})).await.expect(StatusCode::ACCEPTED);
    // Twice is once.
    shop.admin.post_once(&format!("/v1/campaigns/{id}/launch"), "go", json!({})).await.expect(StatusCode::ACCEPTED);

    let deadline = tokio::time::Instant::now() + PATIENCE_EACH * count as u32 + Duration::from_secs(120);
    let (mut killed, mut stopped) = (0, BTreeSet::new());
    loop {
        assert!(tokio::time::Instant::now() < deadline, "it takes too long: {}", campaign(&shop, &id).await);
        let now = campaign(&shop, &id).await;
        let progress = &now["progress"];
        let decided = count as u64 - progress["selected"].as_u64().unwrap();
        if now["state"] == "finished" {
            break;
        }
        assert_eq!(now["state"], "running", "{now}");
        // Another moment each time.
        let next = (killed as u64 + 1) * count as u64 / (kills as u64 + 1) + u64::from(std::process::id()) % 7;
        if killed < kills && decided >= next {
            shop.whatsapp.faults(|faults| faults.cut_after_accept = 1);
            // Somebody who is still to be written to says stop.
            let late = (0..count).rev().find(|n| !stopped.contains(n) && behaviour(*n) == Behaviour::Normal);
            if let Some(n) = late {
                stopped.insert(n);
                shop.whatsapp.customer(Profile::new(&phone(n), &name(n)), NUMBER).says("STOP");
            }
            let folder = shop.desk.kill();
            shop.desk = Frontdesk::on(folder);
            shop.admin = Person::sign_in(&shop.desk, EMAIL, PASSWORD).await;
            shop.subscribe().await;
            killed += 1;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(killed, kills, "the campaign was over before the last kill");

    let recipients = all_of(&shop.admin, &format!("/v1/campaigns/{id}/recipients?")).await;
    assert_eq!(recipients.len(), count);
    let state: BTreeMap<&str, &Value> =
        recipients.iter().map(|row| (row["contact_id"].as_str().unwrap(), row)).collect();
    let sends = taken(&shop);
    let twice: Vec<_> = sends.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "written to twice: {twice:?}");
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (n, contact) in &contacts {
        let (row, was_taken) = (state[contact.as_str()], sends.contains_key(&phone(*n)));
        let (is, reason) = (row["state"].as_str().unwrap(), row["reason"].as_str());
        *seen.entry(reason.map_or(is.to_owned(), |reason| format!("{is} {reason}"))).or_default() += 1;
        let said = format!("customer {n}: {row}, taken: {was_taken}");
        match is {
            "sent" | "delivered" | "read" => assert!(was_taken, "{said}"),
            "uncertain" => {}
            "excluded" | "failed" => assert!(!was_taken, "{said}"),
            _ => panic!("{said}"),
        }
        if is_blocked(*n) {
            assert_eq!(reason, Some("blocked"), "{said}");
        } else if said_stop_before(*n) {
            assert_eq!(reason, Some("opted_out"), "{said}");
        } else if behaviour(*n) == Behaviour::Normal && !stopped.contains(n) {
            assert!(["sent", "delivered", "read", "uncertain"].contains(&is), "{said}");
        }
    }
    let metrics = shop.admin.get(&format!("/v1/campaigns/{id}/metrics")).await.expect(StatusCode::OK);
    assert_eq!(metrics["audience"], count, "{metrics}");
    eprintln!("{count} contacts, {kills} kills: {seen:?}; {} taken by the provider, none twice", sends.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_stops_it_at_once_and_an_answer_lies_in_the_campaigns_queue() {
    let shop = shop_of(6).await;
    let contacts = contacts_of(&shop, 6).await;
    let team = shop.admin.post("/v1/teams", json!({ "name": "Spring offers" })).await.expect(StatusCode::CREATED);
    for n in 0..6 {
        let row = shop.conversation_with(&name(n)).await;
        let path = format!("/v1/conversations/{}/status", row["id"].as_str().unwrap());
        shop.admin.put(&path, json!({ "status": "resolved" })).await.expect(StatusCode::OK);
    }
    let body = json!({
        "name": "Spring", "kind": "marketing", "channel_id": shop.channel_id,
        "audience": { "type": "contacts", "contact_ids": [contacts[&0], contacts[&1]] },
        "template": { "name": "spring", "language": "en" }, "rate_per_minute": 1,
        "parameters": [{ "part": "body", "text": "{{contact.first_name|there}}" }],
        "reply_routing": { "queue_id": team["id"], "tag": "spring", "expires_after_seconds": 3_600 },
    });
    let made = shop.admin.post("/v1/campaigns", body).await.expect(StatusCode::CREATED);
    let path = format!("/v1/campaigns/{}", made["id"].as_str().unwrap());
    shop.admin.post(&format!("{path}/launch"), json!({})).await.expect(StatusCode::ACCEPTED);
    let written = eventually("the first to be written to", || async {
        let rows = all_of(&shop.admin, &format!("{path}/recipients?")).await;
        let done = |row: &&Value| ["sent", "delivered", "read"].contains(&row["state"].as_str().unwrap());
        rows.iter().find(done).cloned()
    })
    .await;
    shop.admin.post(&format!("{path}/pause"), json!({})).await.expect(StatusCode::ACCEPTED);
    let n = contacts.iter().find(|(_, id)| written["contact_id"] == **id).map(|(n, _)| *n).unwrap();
    shop.customer(&phone(n), &name(n)).says("tell me more");
    let conversation = format!("/v1/conversations/{}", written["conversation_id"].as_str().unwrap());
    let row = eventually("the answer in its queue", || async {
        let row = shop.admin.get(&conversation).await.expect(StatusCode::OK);
        (row["team_id"] == team["id"]).then_some(row)
    })
    .await;
    assert_eq!((&row["status"], &row["tags"]), (&json!("open"), &json!(["spring"])), "{row}");
    let now = shop.admin.get(&path).await.expect(StatusCode::OK);
    assert_eq!((&now["state"], &now["progress"]["selected"]), (&json!("paused"), &json!(1)), "{now}");
    shop.admin.post(&format!("{path}/cancel"), json!({})).await.expect(StatusCode::ACCEPTED);
    let metrics = shop.admin.get(&format!("{path}/metrics")).await.expect(StatusCode::OK);
    assert_eq!((&metrics["sent"], &metrics["dropped"], &metrics["replied"]), (&json!(1), &json!(1), &json!(1)));
}

//! What survives: deleted stores, a crash with messages on their way, a second process. Kills under load are in `kills.rs`.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Frontdesk, Person, Shop, eventually, every_answer};

#[tokio::test]
async fn without_its_store_every_answer_is_the_same_byte_for_byte_from_the_journal() {
    let shop = Shop::open().await;
    let customer = shop.customer("+34611222333", "Lucía");
    customer.says("Hola");
    customer.sends_file("image", "image/png", testkit::whatsapp::media::png(), Some("mira"));
    shop.customer("+34611222444", "Marta").says("Buenas");
    assert_eq!(
        shop.whatsapp.inject_raw("app-1", b"{not json".to_vec(), testkit::whatsapp::SignWith::App).await,
        Ok(200)
    );
    let conversation = shop.conversation_with("Lucía").await;
    shop.conversation_with("Marta").await;
    let path = format!("/v1/conversations/{}", conversation["id"].as_str().unwrap());
    shop.admin.post(&format!("{path}/notes"), json!({ "body": "be kind" })).await.expect(StatusCode::CREATED);
    shop.admin.post("/v1/teams", json!({ "name": "Front" })).await.expect(StatusCode::CREATED);
    shop.hire("Ben", "agent").await;
    let reply = shop.admin.replies(&conversation, "Buenas").await;
    shop.message_reaches(reply["id"].as_str().unwrap(), "read").await;
    eventually("the picture", || async {
        let page = shop.admin.get(&format!("{path}/messages")).await.expect(StatusCode::OK);
        page["data"].as_array().unwrap().iter().any(|row| row["media"]["state"] == "stored").then_some(())
    })
    .await;
    let data = shop.desk.data_dir();
    // Workers ask the provider for nothing more, so that the log stands still.
    shop.whatsapp.stop();
    let (folder, ended_well) = shop.desk.stop();
    assert!(ended_well);
    let with_store = Frontdesk::on(folder);
    let admin = shop.admin.at(&with_store);
    let head = admin.get("/v1/log").await.expect(StatusCode::OK)["head_pos"].as_u64().unwrap();
    // Reading the log or who read it is itself written down, which moves the position that every answer names.
    let written_down = ["/v1/events", "/v1/audit-log"];
    let facts = async |admin: &Person| {
        let events = admin.get("/v1/events?limit=1000").await.expect(StatusCode::OK);
        let audit = admin.get("/v1/audit-log?limit=200").await.expect(StatusCode::OK);
        let upto = |list: &Value| {
            let rows = list["data"].as_array().unwrap().iter();
            rows.filter(|row| row["pos"].as_u64().unwrap() <= head).cloned().collect::<Vec<_>>()
        };
        (upto(&events), upto(&audit))
    };
    let facts_before = facts(&admin).await;
    let before = every_answer(&admin, head, &written_down).await;
    let (folder, ended_well) = with_store.stop();
    assert!(ended_well);
    let store = data.join("log/db");
    assert!(store.is_dir(), "the store is where this test looks for it");
    std::fs::remove_dir_all(store).unwrap();
    let without_store = Frontdesk::on(folder);
    let after = every_answer(&admin.at(&without_store), head, &written_down).await;
    assert_eq!(facts(&admin.at(&without_store)).await, facts_before);
    assert!(before.values().filter(|(status, _)| *status == StatusCode::OK).count() > 40, "{:?}", before.keys());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let differ: Vec<_> = before
        .iter()
        .filter(|(path, (status, body))| {
            let (now, now_body) = &after[*path];
            // A problem names its request; the rest of it is its status.
            now != status || (status.is_success() && timeless(now_body) != timeless(body))
        })
        .map(|(path, (status, body))| {
            let (now, now_body) = &after[path];
            let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
            format!("{path}\nbefore {status} {}\nafter {now} {}\n", text(body), text(now_body))
        })
        .collect();
    assert!(differ.is_empty(), "{}", differ.concat());
    eprintln!("{} answers compared", before.len());
}

/// An answer without what goes on between two answers: how long somebody has waited by now, and a period that ends now.
fn timeless(body: &[u8]) -> Result<Value, Vec<u8>> {
    fn strip(json: &mut Value) {
        match json {
            Value::Object(members) => {
                members.retain(|name, _| !name.ends_with("_wait_seconds") && !["from", "to"].contains(&name.as_str()));
                members.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut json = serde_json::from_slice(body).map_err(|_| body.to_vec())?;
    strip(&mut json);
    Ok(json)
}

#[tokio::test]
async fn what_was_queued_before_a_crash_is_sent_after_it_and_what_was_under_way_is_not_sent_twice() {
    let shop = Shop::open().await;
    let customer = shop.customer("+34611222333", "Lucía");
    customer.says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    // Accepted by the provider, but its answer never comes.
    shop.whatsapp.faults(|faults| faults.answer_delay_ms = 60_000);
    let under_way = shop.admin.replies(&conversation, "Primera").await;
    let sent = shop
        .whatsapp
        .ledger()
        .wait_until(Duration::from_secs(10), |ledger| !ledger.delivered_to("34611222333").is_empty());
    assert!(sent.await);
    let queued = shop.admin.replies(&conversation, "Segunda").await;
    shop.whatsapp.faults(|faults| faults.answer_delay_ms = 0);
    let shop = shop.crash_and_restart().await;
    shop.message_reaches(queued["id"].as_str().unwrap(), "read").await;
    // The report that names our reference settles the first.
    shop.message_reaches(under_way["id"].as_str().unwrap(), "read").await;
    let bodies: Vec<_> = shop
        .whatsapp
        .ledger()
        .delivered_to("34611222333")
        .iter()
        .map(|delivered| delivered.content["text"]["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(bodies, ["Primera", "Segunda"]);
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_turned_away() {
    let desk = Frontdesk::start();
    let second = Frontdesk::try_on(desk.folder(), &[]);
    let said = second.err().expect("a second process must not start");
    assert!(said.contains("another process"), "{said}");
}

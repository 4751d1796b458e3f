//! What survives: kill -9 under load, deleted stores, a second process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;

use crate::support::{Frontdesk, Person, Shop, eventually};

#[tokio::test]
async fn every_acknowledged_message_survives_kill_9_under_load_once() {
    let mut shop = Shop::open().await;
    let mut acknowledged = 0;
    for round in 0..3_u64 {
        let stop = Arc::new(AtomicBool::new(false));
        let taken = Arc::new(AtomicU64::new(0));
        let load = {
            let (stop, taken, whatsapp) = (stop.clone(), taken.clone(), shop.whatsapp.clone());
            tokio::spawn(async move {
                for n in 0_u64.. {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let body = message(round, n);
                    match whatsapp.inject_raw("app-1", body, testkit::whatsapp::SignWith::App).await {
                        Ok(200) => {
                            taken.fetch_add(1, Ordering::SeqCst);
                        }
                        _ => return,
                    }
                }
            })
        };
        eventually("some load", || async { (taken.load(Ordering::SeqCst) > 40 * (round + 1)).then_some(()) }).await;
        let folder = shop.desk.kill();
        stop.store(true, Ordering::SeqCst);
        load.await.unwrap();
        acknowledged += taken.load(Ordering::SeqCst);
        shop.desk = Frontdesk::on(folder);
        shop.admin = Person::sign_in(&shop.desk, "ada@example.com", "correct horse battery staple").await;
        shop.subscribe().await;
    }
    let conversation = shop.conversation_with("Kim").await;
    let base = format!("/v1/conversations/{}/messages?limit=200", conversation["id"].as_str().unwrap());
    let (mut path, mut ids) = (base.clone(), Vec::new());
    loop {
        let page = shop.admin.get(&path).await.expect(StatusCode::OK);
        let rows = page["data"].as_array().unwrap();
        ids.extend(rows.iter().map(|row| row["provider_message_id"].as_str().unwrap().to_owned()));
        match page["page"]["next_cursor"].as_str() {
            Some(cursor) => path = format!("{base}&cursor={cursor}"),
            None => break,
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "no message twice");
    // One more than was acknowledged may be there for each kill: written, its 200 not seen.
    assert!((acknowledged..=acknowledged + 3).contains(&(all as u64)), "{acknowledged} acknowledged, {all} there");
}

fn message(round: u64, n: u64) -> Vec<u8> {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
    serde_json::json!({ "object": "whatsapp_business_account", "entry": [{ "id": "700100200", "changes": [{ "field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "12025550188", "phone_number_id": "700100200300400" },
        "contacts": [{ "profile": { "name": "Kim" }, "wa_id": "12025550111", "user_id": "US.42" }],
        "messages": [{ "from": "12025550111", "from_user_id": "US.42", "id": format!("wamid.{round}.{n}"),
                       "timestamp": now, "type": "text", "text": { "body": format!("message {n} of round {round}") } }],
    } }] }] })
    .to_string()
    .into_bytes()
}

#[tokio::test]
async fn without_its_store_the_desk_answers_the_same_from_the_journal() {
    let shop = Shop::open().await;
    shop.customer("+34611222333", "Lucía").says("Hola");
    let conversation = shop.conversation_with("Lucía").await;
    let reply = shop.admin.replies(&conversation, "Buenas").await;
    shop.message_reaches(reply["id"].as_str().unwrap(), "read").await;
    let path = format!("/v1/conversations/{}/timeline", conversation["id"].as_str().unwrap());
    let before = shop.admin.get(&path).await.expect(StatusCode::OK);
    let data = shop.desk.data_dir();
    let (folder, ended_well) = shop.desk.stop();
    assert!(ended_well);
    let store = data.join("log/db");
    assert!(store.is_dir(), "the store is where this test looks for it");
    std::fs::remove_dir_all(store).unwrap();
    let desk = Frontdesk::on(folder);
    let admin = Person::sign_in(&desk, "ada@example.com", "correct horse battery staple").await;
    let after = admin.get(&path).await.expect(StatusCode::OK);
    assert_eq!(after["data"], before["data"]);
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

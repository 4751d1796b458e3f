//! Kill -9 under load: customers write and agents act on many connections when the process dies, again and again.
//! Everything that was acknowledged is there afterwards, once, and nothing is sent twice by itself.
//!
//! `FRONTDESK_KILLS=10 cargo test --test it kills` kills more often than the three times of an ordinary run; with more, the
//! pauses between messages to one customer would take longer than the test waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::whatsapp::{SignWith, Simulator};

use crate::support::{APP, Frontdesk, NUMBER, Person, Shop, WABA, eventually};

/// Customers, each with a conversation of their own.
const CUSTOMERS: usize = 12;
/// Connections on which customers' messages arrive, and on which agents act.
const WEBHOOK_CONNECTIONS: usize = 4;
const AGENT_CONNECTIONS: usize = 4;

/// What one side of the load did.
#[derive(Default)]
struct Done {
    /// Acknowledged: the customers' message ids, or texts of replies and notes with the ids they were given.
    acknowledged: BTreeMap<String, String>,
    /// Asked for without an answer: the key, the path and the body.
    unanswered: Vec<(String, String, Value)>,
}

/// Runs until told to stop or until nobody answers.
struct Load {
    stop: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
    round: u64,
}

impl Load {
    /// One message after the other, to all customers' conversations in turn.
    async fn customers_write(self, whatsapp: Simulator, connection: usize) -> Done {
        let mut done = Done::default();
        for n in 0_usize.. {
            let id = format!("wamid.{}.{connection}.{n}", self.round);
            let body = message(&id, (n + connection) % CUSTOMERS);
            if self.stop.load(Ordering::SeqCst) || whatsapp.inject_raw(APP, body, SignWith::App).await != Ok(200) {
                break;
            }
            self.count.fetch_add(1, Ordering::SeqCst);
            done.acknowledged.insert(id, String::new());
        }
        done
    }

    /// A reply, a note, a reply, …, in all conversations in turn.
    async fn agents_act(
        self,
        requests: impl Fn(&str) -> reqwest::RequestBuilder,
        ids: Vec<String>,
        connection: usize,
    ) -> Done {
        let mut done = Done::default();
        for n in 0_usize.. {
            if self.stop.load(Ordering::SeqCst) {
                break;
            }
            let conversation = &ids[(n / 2 + connection * 3) % ids.len()];
            let text = format!("round {} agent {connection} said {n}", self.round);
            let (path, body) = if n % 2 == 0 {
                let body = json!({ "type": "text", "text": { "body": text } });
                (format!("/v1/conversations/{conversation}/messages"), body)
            } else {
                (format!("/v1/conversations/{conversation}/notes"), json!({ "body": text }))
            };
            let key = format!("kills-{}-{connection}-{n}", self.round);
            let sent = requests(&path).header("idempotency-key", &key).json(&body).send().await;
            let Ok(answer) = sent else {
                done.unanswered.push((key, path, body));
                break;
            };
            let status = answer.status();
            let Ok(answer) = answer.json::<Value>().await else {
                done.unanswered.push((key, path, body));
                break;
            };
            assert!(status.is_success(), "{status} {answer}");
            self.count.fetch_add(1, Ordering::SeqCst);
            done.acknowledged.insert(text, answer["id"].as_str().unwrap().to_owned());
        }
        done
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_was_acknowledged_survives_kill_9_under_load_once_and_is_sent_once() {
    let kills: u64 = std::env::var("FRONTDESK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let mut shop = Shop::open().await;
    for customer in 0..CUSTOMERS {
        shop.customer(&phone(customer), &name(customer)).says("Hola");
    }
    let mut ids = Vec::new();
    for customer in 0..CUSTOMERS {
        ids.push(shop.conversation_with(&name(customer)).await["id"].as_str().unwrap().to_owned());
    }
    let (mut written, mut done) = (BTreeSet::new(), BTreeMap::new());
    let mut unanswered_in_all = 0;
    for round in 0..kills {
        let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let load = || Load { stop: stop.clone(), count: count.clone(), round };
        let customers: Vec<_> = (0..WEBHOOK_CONNECTIONS)
            .map(|connection| tokio::spawn(load().customers_write(shop.whatsapp.clone(), connection)))
            .collect();
        let agents: Vec<_> = (0..AGENT_CONNECTIONS)
            .map(|connection| {
                let requests = shop.admin.requests();
                let requests = move |path: &str| requests(Method::POST, path);
                tokio::spawn(load().agents_act(requests, ids.clone(), connection))
            })
            .collect();
        // Another moment each time.
        let enough = 8 + (round * 7_919 + u64::from(std::process::id())) % 200;
        eventually("some load", || async { (count.load(Ordering::SeqCst) >= enough).then_some(()) }).await;
        let folder = shop.desk.kill();
        stop.store(true, Ordering::SeqCst);
        for task in customers {
            written.extend(task.await.unwrap().acknowledged.into_keys());
        }
        let mut unanswered = Vec::new();
        for task in agents {
            let of_agent = task.await.unwrap();
            done.extend(of_agent.acknowledged);
            unanswered.extend(of_agent.unanswered);
        }
        shop.desk = Frontdesk::on(folder);
        shop.admin = Person::sign_in(&shop.desk, "ada@example.com", "correct horse battery staple").await;
        shop.subscribe().await;
        // Who got no answer asks again with the same key: done then or done now, once.
        unanswered_in_all += unanswered.len();
        for (key, path, body) in unanswered {
            let text = body["text"]["body"].as_str().or(body["body"].as_str()).unwrap().to_owned();
            let answer = shop.admin.post_once(&path, &key, body).await;
            assert!(answer.status.is_success(), "{} {}", answer.status, answer.body);
            done.insert(text, answer.body["id"].as_str().unwrap().to_owned());
        }
    }

    let (mut from_customers, mut by_text) = (Vec::new(), Vec::new());
    for id in &ids {
        for entry in all_of(&shop.admin, &format!("/v1/conversations/{id}/messages")).await {
            match entry["direction"].as_str() {
                Some("inbound") => from_customers.push(entry["provider_message_id"].as_str().unwrap().to_owned()),
                _ => by_text.push((entry["text"]["body"].as_str().unwrap().to_owned(), entry["id"].clone())),
            }
        }
        for note in all_of(&shop.admin, &format!("/v1/conversations/{id}/notes")).await {
            by_text.push((note["body"].as_str().unwrap().to_owned(), note["id"].clone()));
        }
    }
    let all: BTreeSet<_> = from_customers.iter().cloned().collect();
    assert_eq!(all.len(), from_customers.len(), "a customer's message is there twice");
    let lost: Vec<_> = written.difference(&all).collect();
    assert!(lost.is_empty(), "acknowledged to the provider and lost: {lost:?}");
    // Written, and its 200 not seen: at most one for each connection and kill, beside the first words.
    let extra = all.len() - written.len() - CUSTOMERS;
    assert!(extra as u64 <= kills * WEBHOOK_CONNECTIONS as u64, "{extra} that nobody was told of");
    let count = by_text.len();
    let by_text: BTreeMap<_, _> = by_text.into_iter().collect();
    assert_eq!(by_text.len(), count, "a reply or note is there twice");
    for (text, id) in &done {
        assert_eq!(by_text.get(text).and_then(Value::as_str), Some(id.as_str()), "acknowledged and lost: {text}");
    }
    assert_eq!(by_text.len(), done.len(), "every command was answered in the end");

    // Everything is sent, or says that it may have been.
    let replies: Vec<(&String, &str)> = by_text
        .iter()
        .map(|(text, id)| (text, id.as_str().unwrap()))
        .filter(|(_, id)| id.starts_with("msg_"))
        .collect();
    let mut uncertain = 0;
    for (text, id) in &replies {
        let path = format!("/v1/messages/{id}");
        let status = eventually(&format!("the end of {text}"), || async {
            let status = shop.admin.get(&path).await.expect(StatusCode::OK)["status"].as_str().unwrap().to_owned();
            (!["queued", "sending", "accepted", "sent"].contains(&status.as_str())).then_some(status)
        })
        .await;
        assert!(["delivered", "read", "uncertain"].contains(&status.as_str()), "{text}: {status}");
        uncertain += u64::from(status == "uncertain");
    }
    let mut sends: BTreeMap<String, u32> = BTreeMap::new();
    for call in shop.whatsapp.ledger().sends() {
        // A clean refusal may be followed by another try; what the provider took may not.
        if call.status == 200 || call.status == 0 {
            *sends.entry(call.body["text"]["body"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    let twice: Vec<_> = sends.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "sent twice: {twice:?}");
    assert_eq!(sends.keys().filter(|text| !by_text.contains_key(*text)).count(), 0, "sent and not in the log");
    eprintln!(
        "{kills} kills: {} webhooks and {} commands acknowledged, {extra} webhooks and {unanswered_in_all} commands without \
         an answer, {} replies, {uncertain} of them uncertain; 0 lost, 0 twice",
        written.len(),
        done.len(),
        replies.len()
    );
}

/// Every row of a paged list.
async fn all_of(person: &Person, base: &str) -> Vec<Value> {
    let (mut path, mut rows) = (format!("{base}?limit=100"), Vec::new());
    loop {
        let page = person.get(&path).await.expect(StatusCode::OK);
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["page"]["next_cursor"].as_str() {
            Some(cursor) => path = format!("{base}?limit=100&cursor={cursor}"),
            None => return rows,
        }
    }
}

fn phone(customer: usize) -> String {
    format!("34611222{customer:03}")
}

fn name(customer: usize) -> String {
    format!("Customer {customer}")
}

fn message(id: &str, customer: usize) -> Vec<u8> {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs().to_string();
    let profile = testkit::whatsapp::Profile::new(&phone(customer), &name(customer));
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": WABA, "changes": [{ "field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "12025550188", "phone_number_id": NUMBER },
        "contacts": [{ "profile": { "name": profile.name }, "wa_id": profile.wa_id, "user_id": profile.user_id }],
        "messages": [{ "from": profile.wa_id, "from_user_id": profile.user_id, "id": id,
                       "timestamp": now, "type": "text", "text": { "body": format!("this is {id}") } }],
    } }] }] })
    .to_string()
    .into_bytes()
}

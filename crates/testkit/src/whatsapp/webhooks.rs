//! Sends webhooks: batches what is due for an app, signs the exact bytes, counts only a 200 within the time-out as
//! delivered, and otherwise tries again, at once and then with growing pauses, for up to seven days.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ledger::Attempt;
use super::wire;
use super::world::{Later, World};

/// Updates in one POST at most.
const BATCH_MAX: usize = 1_000;
/// POSTs under way at a time.
const PARALLEL_MAX: usize = 16;
/// After this the provider gives up.
const GIVE_UP_MS: i64 = 7 * 24 * 3_600_000;
/// Pauses between tries, then doubling up to an hour.
const FIRST_PAUSES_MS: [i64; 4] = [0, 1_000, 5_000, 15_000];

/// One thing to tell.
#[derive(Debug, Clone)]
pub(super) enum Update {
    /// A message, with the contact who wrote it.
    Message {
        phone_number_id: String,
        contact: Option<Value>,
        message: Value,
    },
    Status {
        phone_number_id: String,
        contact: Option<Value>,
        status: Value,
    },
    /// Any other change of an account.
    Change {
        waba_id: String,
        field: String,
        value: Value,
    },
}

/// What goes wrong, in parts per thousand where it is a rate.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// An update is delivered twice.
    pub duplicate_permille: u64,
    /// An update is held back by up to this long.
    pub delay_ms_max: u64,
    /// The `delivered` report never comes.
    pub drop_delivered_permille: u64,
    /// Reports overtake the answer to the send.
    pub status_before_answer: bool,
    /// The next sends are accepted and their connection is cut.
    pub cut_after_accept: u32,
    /// The next sends are accepted and answered this late.
    pub answer_delay_ms: u64,
    /// The next sends answer a gateway's HTML page; nothing was sent.
    pub html_502: u32,
    /// The next sends are accepted and answered with nonsense.
    pub garbage_200: u32,
    /// All sends get this code.
    pub refuse_all: Option<i64>,
    /// No batching: every update is a POST of its own.
    pub unbatched: bool,
}

/// How injected bytes are signed.
#[derive(Debug, Clone)]
pub enum SignWith {
    /// The app's secret.
    App,
    /// Another one.
    Secret(String),
    /// This header value, whatever it is.
    Header(String),
    Nothing,
}

/// The GET handshake: the callback must give the challenge back.
pub(super) async fn handshake(callback: &str, verify_token: &str) -> Result<(), String> {
    let challenge = "1158201444";
    let client =
        reqwest::Client::builder().timeout(Duration::from_secs(10)).build().map_err(|error| error.to_string())?;
    let answer = client
        .get(callback)
        .query(&[("hub.mode", "subscribe"), ("hub.challenge", challenge), ("hub.verify_token", verify_token)])
        .send()
        .await
        .map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = answer.text().await.map_err(|error| error.to_string())?;
    if status == 200 && body == challenge { Ok(()) } else { Err(format!("{status}: {body}")) }
}

/// Posts bytes as they are.
pub(super) async fn inject(world: &Arc<World>, app: &str, body: Vec<u8>, sign: SignWith) -> Result<u16, String> {
    let (callback, secret) = {
        let state = world.state.lock();
        let app = state.apps.get(app).ok_or("no such app")?;
        (app.callback.clone().ok_or("the app has no callback")?, app.secret.clone())
    };
    let header = match sign {
        SignWith::App => Some(wire::signature(&secret, &body)),
        SignWith::Secret(other) => Some(wire::signature(&other, &body)),
        SignWith::Header(value) => Some(value),
        SignWith::Nothing => None,
    };
    let client = reqwest::Client::new();
    Ok(post(world, &client, &callback, body, header).await)
}

/// Delivers what is due until the simulator stops.
pub(super) async fn run(world: Arc<World>) {
    let client =
        reqwest::Client::builder().timeout(world.webhook_timeout).build().expect("the client has no odd settings");
    let slots = Arc::new(tokio::sync::Semaphore::new(PARALLEL_MAX));
    loop {
        let woken = world.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        for (app, due) in take_due(&world) {
            let permit = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
            let (world, client) = (world.clone(), client.clone());
            tokio::spawn(async move {
                deliver(&world, &client, &app, due).await;
                drop(permit);
            });
        }
        // A manual clock wakes us when it moves; a real one is looked at as often as a person would notice.
        let _ = tokio::time::timeout(Duration::from_millis(20), woken).await;
    }
}

/// Everything due, in batches per app.
fn take_due(world: &World) -> Vec<(String, Vec<Update>)> {
    let now = world.now_ms();
    let unbatched = world.faults.lock().unbatched;
    let mut state = world.state.lock();
    let (due, later): (Vec<Later>, Vec<Later>) = state.later.drain(..).partition(|later| later.at_ms <= now);
    state.later = later;
    drop(state);
    let mut batches: Vec<(String, Vec<Update>)> = Vec::new();
    for Later { callback_app, update, .. } in due {
        let open =
            batches.iter_mut().find(|(app, batch)| *app == callback_app && batch.len() < BATCH_MAX && !unbatched);
        match open {
            Some((_, batch)) => batch.push(update),
            None => batches.push((callback_app, vec![update])),
        }
    }
    batches
}

async fn deliver(world: &Arc<World>, client: &reqwest::Client, app: &str, updates: Vec<Update>) {
    let faults = world.faults.lock().clone();
    let body = wire::encode(&envelope(world, updates));
    let twice = world.chance(1_000) < faults.duplicate_permille;
    let first = world.now_ms();
    let mut tries = 0;
    loop {
        let target = {
            let state = world.state.lock();
            state.apps.get(app).and_then(|app| Some((app.callback.clone()?, app.secret.clone())))
        };
        let Some((callback, secret)) = target else { return };
        let header = wire::signature(&secret, &body);
        // Pauses count from the sending: whoever saw it arrive may move the clock before its answer is back here.
        let sent = world.now_ms();
        let status = post(world, client, &callback, body.clone(), Some(header.clone())).await;
        if status == 200 {
            if twice {
                post(world, client, &callback, body.clone(), Some(header)).await;
            }
            return;
        }
        let pause =
            FIRST_PAUSES_MS.get(tries).copied().unwrap_or_else(|| (15_000_i64 << (tries - 3).min(8)).min(3_600_000));
        tries += 1;
        if world.now_ms() + pause - first > GIVE_UP_MS {
            return;
        }
        until(world, sent + pause).await;
    }
}

async fn until(world: &World, at_ms: i64) {
    while world.now_ms() < at_ms {
        let woken = world.wake.notified();
        let _ = tokio::time::timeout(Duration::from_millis(20), woken).await;
    }
}

/// The status answered, 0 for none.
async fn post(
    world: &World,
    client: &reqwest::Client,
    callback: &str,
    body: Vec<u8>,
    signature: Option<String>,
) -> u16 {
    let started = Instant::now();
    let mut request = client.post(callback).header("content-type", "application/json").body(body.clone());
    if let Some(signature) = signature {
        request = request.header("x-hub-signature-256", signature);
    }
    let status = request.send().await.map_or(0, |answer| answer.status().as_u16());
    world.ledger.attempt(Attempt {
        at_ms: world.now_ms(),
        callback: callback.to_owned(),
        body,
        status,
        latency_ms: started.elapsed().as_millis() as u64,
    });
    status
}

/// Groups updates the way the provider does: an entry per account, a change per number, messages and statuses together.
fn envelope(world: &World, updates: Vec<Update>) -> Value {
    let mut entries: Vec<(String, Vec<Value>)> = Vec::new();
    let mut timed = std::collections::BTreeSet::new();
    let mut values: Vec<(String, String, Map<String, Value>)> = Vec::new();
    for update in updates {
        match update {
            Update::Change { waba_id, field, value } => {
                if value.get("metadata").is_none() {
                    timed.insert(waba_id.clone());
                }
                entry(&mut entries, &waba_id).push(json!({ "field": field, "value": value }));
            }
            Update::Message { phone_number_id, contact, message } => {
                if let Some(value) = value_of(world, &mut values, &phone_number_id) {
                    contact.into_iter().for_each(|contact| add(value, "contacts", contact));
                    add(value, "messages", message);
                }
            }
            Update::Status { phone_number_id, contact, status } => {
                if let Some(value) = value_of(world, &mut values, &phone_number_id) {
                    contact.into_iter().for_each(|contact| add(value, "contacts", contact));
                    add(value, "statuses", status);
                }
            }
        }
    }
    for (waba, _, value) in values {
        entry(&mut entries, &waba).push(json!({ "field": "messages", "value": value }));
    }
    let time = world.now_ms() / 1_000;
    let shown = |(id, changes): (String, Vec<Value>)| {
        // what is about the account rather than a chat carries the time of the entry
        let timed = timed.contains(&id);
        let mut entry = json!({ "id": id, "changes": changes });
        if timed {
            entry["time"] = json!(time);
        }
        entry
    };
    let entries: Vec<Value> = entries.into_iter().map(shown).collect();
    json!({ "object": "whatsapp_business_account", "entry": entries })
}

fn entry<'a>(entries: &'a mut Vec<(String, Vec<Value>)>, waba: &str) -> &'a mut Vec<Value> {
    let index = entries.iter().position(|(id, _)| id == waba).unwrap_or_else(|| {
        entries.push((waba.to_owned(), Vec::new()));
        entries.len() - 1
    });
    &mut entries[index].1
}

fn value_of<'a>(
    world: &World,
    values: &'a mut Vec<(String, String, Map<String, Value>)>,
    number: &str,
) -> Option<&'a mut Map<String, Value>> {
    let index = match values.iter().position(|(_, known, _)| known == number) {
        Some(index) => index,
        None => {
            let (waba, metadata) = world.metadata(number)?;
            let mut value = Map::new();
            value.insert("messaging_product".to_owned(), json!("whatsapp"));
            value.insert("metadata".to_owned(), metadata);
            values.push((waba, number.to_owned(), value));
            values.len() - 1
        }
    };
    Some(&mut values[index].2)
}

fn add(value: &mut Map<String, Value>, list: &str, item: Value) {
    if let Value::Array(items) = value.entry(list).or_insert_with(|| json!([])) {
        // A contact is listed once however much they wrote.
        if list != "contacts" || !items.contains(&item) {
            items.push(item);
        }
    }
}

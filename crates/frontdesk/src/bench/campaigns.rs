//! What a campaign costs agents: how long their replies take to be answered, and to reach the provider, first while nothing
//! else is sent and then while a campaign is launched and sent, in one run; and how fast the campaign goes. The server is a
//! process of its own, the provider a simulated one in this process.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::whatsapp::{Number, Profile, SimConfig, Simulator};

use super::child::{EMAIL, PASSWORD, Server};
use super::session::Session;
use super::{line, middle_and_p99, scratch};
use crate::exit::Exit;

const NUMBER: &str = "100200300400500";
const WABA: &str = "100200300";
const APP: &str = "app-1";
/// Customers whom agents answer; each has one message at a time.
const ANSWERED: usize = 40;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(900);

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) contacts: usize,
    pub(super) replies: usize,
    /// Replies a second.
    pub(super) pace: u64,
    pub(super) rate_per_minute: u32,
    /// Messages a second of the number.
    pub(super) mps: u32,
}

pub(super) fn run(size: Size) -> Result<(), Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(Exit::software)?.block_on(measure(size))
}

async fn measure(size: Size) -> Result<(), Exit> {
    let (folder, key) = scratch()?;
    let simulator = Simulator::start(SimConfig::default()).map_err(Exit::io)?;
    simulator.app(APP, "app-secret", "token");
    simulator.number(Number {
        phone_number_id: NUMBER.to_owned(),
        waba_id: WABA.to_owned(),
        app_id: APP.to_owned(),
        display: "12025550188".to_owned(),
        verified_name: "Shop".to_owned(),
        throughput_mps: size.mps,
    });
    let body = json!([{ "type": "BODY", "text": "Hello {{1}}, spring is here" }]);
    simulator.template(WABA, "spring", "en", "MARKETING", body);
    let server = Server::start(&folder.path().join("data"), &key)?;
    let admin = Session::sign_in(server.address, EMAIL, PASSWORD).await?;
    let channel = json!({
        "type": "whatsapp", "name": "Shop", "phone_e164": "+12025550188", "graph_base_url": simulator.graph_base_url(),
        "credentials": {
            "phone_number_id": NUMBER, "waba_id": WABA, "access_token": "token", "app_secret": "app-secret",
            "verify_token": "verify-me"
        }
    });
    let channel = admin.send(Method::POST, "/channels", &channel).await?;
    let syncs = format!("/channels/{}/template-syncs", channel["id"].as_str().unwrap_or_default());
    admin.send(Method::POST, &syncs, &json!({})).await?;
    let callback = format!("http://{}/v1/inbound/whatsapp", server.address);
    simulator.subscribe(APP, &callback, "verify-me").await.map_err(Exit::unavailable)?;
    for n in 0..size.contacts.max(ANSWERED) {
        simulator.customer(Profile::new(&phone(n), &format!("Customer {n}")), NUMBER).says("Hola");
    }
    let answered = conversations(&admin, size.contacts.max(ANSWERED)).await?;
    line(&format!("{} contacts, number of {} messages a second; milliseconds p50 / p99", size.contacts, size.mps));

    let idle = replies(&admin, &simulator, &answered, size, "idle").await?;
    show("idle", &idle);
    let begun = Instant::now();
    // Agents do not wait for the launch either: everybody is gone through and selected while they answer.
    let launch = async {
        let id = launched(&admin, &channel, size).await?;
        Ok::<_, Exit>((id, begun.elapsed()))
    };
    let (launched, busy) = tokio::join!(launch, replies(&admin, &simulator, &answered, size, "busy"));
    let ((id, took), busy) = (launched?, busy?);
    show(&format!("while a campaign is launched ({:.0} ms) and sent", took.as_secs_f64() * 1e3), &busy);
    let during = progress(&admin, &id).await?;
    let ended = finished(&admin, &id).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let ratio = |which: fn(&Times) -> Vec<f64>| {
        let ((one, one_p99), (other, other_p99)) = (middle_and_p99(which(&idle)), middle_and_p99(which(&busy)));
        format!("{:.2} / {:.2}", other / one.max(0.001), other_p99 / one_p99.max(0.001))
    };
    line(&format!(
        "times idle, p50 / p99: answered {}, at the provider {}",
        ratio(|it| it.answered.clone()),
        ratio(|it| it.at_provider.clone())
    ));
    line(&format!(
        "campaign: {} decided when the replies were through, ended after {seconds:.1} s, {:.0} a second; {}",
        size.contacts as u64 - during["selected"].as_u64().unwrap_or(0),
        size.contacts as f64 / seconds,
        ended
    ));
    Ok(())
}

fn phone(n: usize) -> String {
    format!("34622{n:06}")
}

/// Milliseconds of each reply.
#[derive(Default)]
struct Times {
    /// Until the desk had it, durably.
    answered: Vec<f64>,
    /// Until the provider had it.
    at_provider: Vec<f64>,
}

fn show(what: &str, times: &Times) {
    let ((answered, answered_p99), (sent, sent_p99)) =
        (middle_and_p99(times.answered.clone()), middle_and_p99(times.at_provider.clone()));
    line(&format!("{what}: answered {answered:.1} / {answered_p99:.1}, at the provider {sent:.1} / {sent_p99:.1}"));
}

/// The first customers' conversations, once everybody has written.
async fn conversations(admin: &Session, contacts: usize) -> Result<Vec<(String, String)>, Exit> {
    let patience = Instant::now() + PATIENCE;
    loop {
        let counted = admin.get("/conversation-counts").await?;
        let all = counted["all"]["total"].as_u64().unwrap_or(0);
        if all >= contacts as u64 || Instant::now() > patience {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let page = admin.get(&format!("/conversations?view=all&sort=created_at&limit={ANSWERED}")).await?;
    let rows = page["data"].as_array().cloned().unwrap_or_default();
    let row = |row: &Value| {
        let n: usize = row["contact"]["name"].as_str()?.strip_prefix("Customer ")?.parse().ok()?;
        Some((row["id"].as_str()?.to_owned(), phone(n)))
    };
    Ok(rows.iter().filter_map(row).collect())
}

/// Replies at an even pace, each timed until the provider has it.
async fn replies(
    admin: &Session,
    simulator: &Simulator,
    answered: &[(String, String)],
    size: Size,
    word: &str,
) -> Result<Times, Exit> {
    let mut times = Times::default();
    let mut next = tokio::time::interval(Duration::from_millis(1_000 / size.pace.max(1)));
    for n in 0..size.replies {
        next.tick().await;
        let (conversation, phone) = &answered[n % answered.len()];
        let text = format!("{word} {n}");
        let body = json!({ "type": "text", "text": { "body": text } });
        let begin = Instant::now();
        admin.reply(conversation, &text, &body).await?;
        times.answered.push(begin.elapsed().as_secs_f64() * 1e3);
        let here = |ledger: &testkit::whatsapp::Ledger| {
            ledger.newest_to(phone).is_some_and(|delivered| delivered.content["text"]["body"] == text)
        };
        if simulator.ledger().wait_until(Duration::from_secs(30), here).await {
            times.at_provider.push(begin.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(times)
}

async fn launched(admin: &Session, channel: &Value, size: Size) -> Result<String, Exit> {
    let body = json!({
        "name": "Spring", "kind": "marketing", "channel_id": channel["id"], "audience": { "type": "everyone" },
        "template": { "name": "spring", "language": "en" }, "rate_per_minute": size.rate_per_minute,
        "parameters": [{ "part": "body", "text": "{{contact.first_name|there}}" }],
    });
    let made = admin.send(Method::POST, "/campaigns", &body).await?;
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    admin.once(&format!("/campaigns/{id}/launch"), "launch", &json!({})).await?;
    Ok(id)
}

async fn progress(admin: &Session, id: &str) -> Result<Value, Exit> {
    Ok(admin.get(&format!("/campaigns/{id}")).await?["progress"].clone())
}

async fn finished(admin: &Session, id: &str) -> Result<Value, Exit> {
    let patience = Instant::now() + PATIENCE;
    while Instant::now() < patience {
        let campaign = admin.get(&format!("/campaigns/{id}")).await?;
        if campaign["state"] == "finished" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    progress(admin, id).await
}

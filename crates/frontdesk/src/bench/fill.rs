//! What a log of a given size costs: made through the desk as customers' messages would make it, then the server is
//! started on it and timed.

use std::path::Path;
use std::time::Instant;

use app::Desk;
use domain::channel::Connection;
use domain::content::Content;
use domain::event::Actor;
use domain::event::channel::Credentials;
use domain::identity::IdentityKind;
use domain::ids::ChannelId;
use domain::inbound::{CustomerMessage, Identity, InboundFact, InboundItem, Route, Sender};
use domain::time::Timestamp;

use super::child::Server;
use super::{line, scratch, spread};
use crate::config::Config;
use crate::exit::Exit;
use crate::open;

pub(super) const NUMBER: &str = "100200300400500";
/// Messages handed in at a time.
const BATCH: u64 = 500;
/// Messages of one customer.
const PER_CUSTOMER: u64 = 10;

pub(super) fn run(events: u64, rounds: usize) -> Result<(), Exit> {
    let (folder, key) = scratch()?;
    let config =
        Config { data_dir: folder.path().join("data"), master_key_file: Some(key.clone()), ..Config::default() };
    let made = fill(&config, events)?;
    let size = |name: &str| folder_bytes(&config.data_dir.join(name)) as f64;
    line(&format!(
        "{made} events; on disk {:.0} B each in all, of which {:.0} B in the journal",
        size("log") / made as f64,
        size("log/journal") / made as f64
    ));
    starts("without a snapshot", &config, &key, made, rounds)?;
    let desk = open::desk(&config, false)?;
    let start = Instant::now();
    desk.write_snapshot(&|| false).map_err(Exit::software)?;
    let took = start.elapsed().as_secs_f64();
    desk.close();
    drop(desk);
    line(&format!(
        "a snapshot made beside the running desk: {took:.2} s, {:.1} MiB, {:.0} B an event",
        size("snapshots") / f64::from(1 << 20),
        size("snapshots") / made as f64
    ));
    starts("from a snapshot", &config, &key, made, rounds)
}

/// Starts the server again and again, each time after it was killed.
fn starts(how: &str, config: &Config, key: &Path, made: u64, rounds: usize) -> Result<(), Exit> {
    let (mut seconds, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let start = Instant::now();
        let server = Server::start(&config.data_dir, key)?;
        seconds.push(start.elapsed().as_secs_f64());
        memory.push(server.memory_mib());
    }
    let rates: Vec<f64> = seconds.iter().map(|seconds| made as f64 / seconds).collect();
    line(&format!("ready after kill -9 {how}: {} s, that is {} events/s", spread(&seconds, 2), spread(&rates, 0)));
    line(&format!("memory when ready: {} MiB; medians with [min..max] over {rounds} starts", spread(&memory, 0)));
    Ok(())
}

fn fill(config: &Config, events: u64) -> Result<u64, Exit> {
    let desk = open::desk(config, false)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    let start = Instant::now();
    let made = runtime.block_on(async {
        let channel = connect(&desk, NUMBER).await?;
        let mut next = 0;
        while desk.reader().head() < events {
            hand_in(&desk, channel, next, BATCH, PER_CUSTOMER).await?;
            next += BATCH;
        }
        Ok::<u64, Exit>(desk.reader().head())
    })?;
    let rate = made as f64 / start.elapsed().as_secs_f64();
    line(&format!("filled at {rate:.0} events/s, {BATCH} messages to a group"));
    desk.close();
    Ok(made)
}

/// So many customers on one number, each with a conversation of so many messages.
pub(super) async fn customers(desk: &Desk, customers: u64, messages: u64) -> Result<(), Exit> {
    let channel = connect(desk, NUMBER).await?;
    let all = customers * messages;
    let mut next = 0;
    while next < all {
        hand_in(desk, channel, next, BATCH.min(all - next), messages).await?;
        next += BATCH;
    }
    Ok(())
}

async fn hand_in(desk: &Desk, channel: ChannelId, from: u64, count: u64, per_customer: u64) -> Result<(), Exit> {
    let at = desk.now();
    let items = (from..from + count).map(|n| message(NUMBER, n, per_customer, at)).collect();
    desk.take_webhook(items, vec![channel]).await.map_err(Exit::software)?;
    Ok(())
}

pub(super) async fn connect(desk: &Desk, number: &str) -> Result<ChannelId, Exit> {
    let connection = Connection {
        name: "Bench".to_owned(),
        phone_e164: "+12025550100".to_owned(),
        brand_id: None,
        graph_base_url: Some("http://127.0.0.1:9".to_owned()),
        graph_version: None,
        phone_number_id: number.to_owned(),
        waba_id: "100200300".to_owned(),
        credentials: Credentials {
            access_token: "t".to_owned(),
            app_secret: "s".to_owned(),
            previous_app_secret: None,
            verify_token: "v".to_owned(),
        },
    };
    let done = desk.run(Actor::System, move |step| domain::channel::connect(step, &connection)).await;
    Ok(done.map_err(Exit::software)?.value)
}

/// The `n`th message, of one of the customers, on a number.
pub(super) fn message(number: &str, n: u64, per_customer: u64, at: Timestamp) -> InboundItem {
    let text = format!(
        "Hello, could you tell me where my order {n} is? It was due yesterday and the tracking page has not moved."
    );
    message_saying(number, n, per_customer, at, text)
}

/// The same with a text.
pub(super) fn message_saying(number: &str, n: u64, per_customer: u64, at: Timestamp, text: String) -> InboundItem {
    let customer = 15_550_000_000 + n / per_customer;
    let fact = InboundFact::Message(CustomerMessage {
        from: Sender {
            identities: vec![
                Identity { kind: IdentityKind::Bsuid, value: format!("US.{customer}0001") },
                Identity { kind: IdentityKind::WaId, value: customer.to_string() },
            ],
            profile_name: Some(format!("Customer {customer}")),
            username: None,
        },
        group_id: None,
        provider_id: format!("wamid.bench{n:020}"),
        at,
        content: Content::text(text),
        context: None,
        referral: None,
        errors: None,
        raw: None,
    });
    InboundItem { route: Route::Number(number.to_owned()), fact, raw: String::new() }
}

pub(super) fn folder_bytes(folder: &Path) -> u64 {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => folder_bytes(&entry.path()),
            // What is allocated, not the length: segments are preallocated.
            Ok(meta) => std::os::unix::fs::MetadataExt::blocks(&meta) * 512,
            Err(_) => 0,
        })
        .sum()
}

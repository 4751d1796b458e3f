//! How many customer messages a second are durable, and how long each waits for its 200. Every cell runs against the
//! same server, cells interleaved over rounds; beside each, in the same second, what the disk alone does with
//! the same bytes (append and fdatasync by one thread for all who wait), so that the ratio means something on a noisy machine.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::child::{EMAIL, PASSWORD, Server};
use super::http::Connection;
use super::session::Session;
use super::{line, scratch, spread};
use crate::exit::Exit;

const APP_SECRET: &str = "bench-app-secret";
const NUMBER: &str = "100200300400500";
/// Customers the messages come from.
const CUSTOMERS: u64 = 2_000;
/// Before a message's number in its text, and how long the number is.
pub(super) const MARK: &[u8] = b"@@";
pub(super) const MARK_DIGITS: usize = 10;

#[derive(Default)]
struct Cell {
    rates: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    cpu: Vec<f64>,
    per_sync: Vec<f64>,
    raw: Vec<f64>,
}

pub(super) fn run(connections: &[usize], rounds: usize, length: Duration) -> Result<(), Exit> {
    let (folder, key) = scratch()?;
    let server = Server::start(&folder.path().join("data"), &key)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(Exit::software)?;
    runtime.block_on(async {
        connect_channel(server.address).await?;
        let mut cells: BTreeMap<usize, Cell> = BTreeMap::new();
        for round in 1..=rounds {
            for &count in connections {
                let cell = cells.entry(count).or_default();
                cell.raw.push(raw_appends(folder.path(), length / 3)?);
                let before = (server.cpu(), counters(server.address).await?);
                let (accepted, mut waits) = load(server.address, count, length).await?;
                let (cpu, after) = (server.cpu() - before.0, counters(server.address).await?);
                waits.sort_unstable();
                let at = |share: f64| waits.get((waits.len() as f64 * share) as usize).map_or(0.0, |us| *us as f64 / 1e3);
                cell.rates.push(accepted as f64 / length.as_secs_f64());
                cell.p50.push(at(0.50));
                cell.p99.push(at(0.99));
                cell.cpu.push(cpu.as_secs_f64() * 1e6 / accepted.max(1) as f64);
                cell.per_sync.push(accepted as f64 / (after - before.1).max(1) as f64);
                line(&format!("round {round}: {count} connections, {accepted} accepted"));
            }
        }
        line("");
        line("connections | accepted/s | p50 ms | p99 ms | server CPU us each | webhooks per sync | raw append+fdatasync/s, one at a time");
        for (count, cell) in &cells {
            line(&format!(
                "{count} | {} | {} | {} | {} | {} | {}",
                spread(&cell.rates, 0),
                spread(&cell.p50, 2),
                spread(&cell.p99, 2),
                spread(&cell.cpu, 0),
                spread(&cell.per_sync, 1),
                spread(&cell.raw, 0)
            ));
        }
        line(&format!("server memory at the end: {:.0} MiB; medians with [min..max] over {rounds} rounds", server.memory_mib()));
        Ok(())
    })
}

pub(super) async fn connect_channel(address: SocketAddr) -> Result<(), Exit> {
    let session = Session::sign_in(address, EMAIL, PASSWORD).await?;
    let channel = serde_json::json!({
        "type": "whatsapp", "name": "Bench", "phone_e164": "+12025550100",
        // Nothing is sent in this benchmark; the address is one where nobody listens.
        "graph_base_url": "http://127.0.0.1:9",
        "credentials": {
            "phone_number_id": NUMBER, "waba_id": "100200300", "access_token": "t", "app_secret": APP_SECRET,
            "verify_token": "v"
        }
    });
    session.send(reqwest::Method::POST, "/channels", &channel).await?;
    Ok(())
}

/// Syncs so far, from the server's metrics.
async fn counters(address: SocketAddr) -> Result<u64, Exit> {
    let text = reqwest::get(format!("http://{address}/metrics"))
        .await
        .map_err(Exit::unavailable)?
        .text()
        .await
        .map_err(Exit::unavailable)?;
    Ok(text
        .lines()
        .find_map(|metric| metric.strip_prefix("frontdesk_log_syncs "))
        .and_then(|value| value.trim().parse::<f64>().ok())
        .map_or(0, |value| value as u64))
}

/// Loads the server and gives how many were accepted and each one's wait in microseconds.
async fn load(address: SocketAddr, connections: usize, length: Duration) -> Result<(u64, Vec<u32>), Exit> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let end = Instant::now() + length;
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await?;
                let mut waits = Vec::with_capacity(16_384);
                while Instant::now() < end {
                    let request = signed_request(NEXT.fetch_add(1, Ordering::Relaxed), CUSTOMERS);
                    let sent = Instant::now();
                    let status = connection.call(&request).await?;
                    if status != 200 {
                        return Err(std::io::Error::other(format!("answered {status}")));
                    }
                    waits.push(sent.elapsed().as_micros() as u32);
                }
                Ok(waits)
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.map_err(Exit::software)?.map_err(Exit::unavailable)?);
    }
    Ok((all.len() as u64, all))
}

/// A text message nobody sent before, from one of so many customers, as the provider would post it.
pub(super) fn signed_request(n: u64, customers: u64) -> Vec<u8> {
    // The shape and size of a real single-message webhook.
    let now = std::time::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_secs());
    let customer = 15_550_000_000 + n % customers;
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"100200300","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"12025550100","phone_number_id":"{NUMBER}"}},"contacts":[{{"profile":{{"name":"Customer {customer}"}},"wa_id":"{customer}","user_id":"US.{customer}0001"}}],"messages":[{{"from":"{customer}","from_user_id":"US.{customer}0001","id":"wamid.bench{n:020}{now}","timestamp":"{now}","type":"text","text":{{"body":"Hello, could you tell me where my order @@{n:010} is? It was due yesterday and the tracking page has not moved since."}}}}]}}}}]}}]}}"#
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("any key length is fine");
    mac.update(body.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    let mut request = format!(
        "POST /v1/inbound/whatsapp HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body.as_bytes());
    request
}

/// Appends and syncs of 600 bytes, one after the other, into a preallocated file: what the disk alone allows.
fn raw_appends(folder: &std::path::Path, length: Duration) -> Result<f64, Exit> {
    let mut file = std::fs::File::create(folder.join("raw")).map_err(Exit::io)?;
    file.write_all(&vec![0; 16 << 20]).and_then(|()| file.sync_all()).map_err(Exit::io)?;
    let file = Arc::new(file);
    let (start, mut count) = (Instant::now(), 0_u64);
    while start.elapsed() < length {
        std::os::unix::fs::FileExt::write_all_at(&*file, &[7; 600], (count * 600) % (15 << 20)).map_err(Exit::io)?;
        file.sync_data().map_err(Exit::io)?;
        count += 1;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

//! A wave of sign-ins beside ordinary work: what another route's answers take while nobody signs in, and while so many do
//! at once. Turned-away sign-ins come again after what `Retry-After` says, as clients do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::child::{EMAIL, PASSWORD, Server};
use super::http::Connection;
use super::session::Session;
use super::{line, middle_and_p99, scratch, spread};
use crate::exit::Exit;

/// Between two requests of the route that is watched: work, not a flood.
const PACE: Duration = Duration::from_millis(2);
/// A sign-in gives up after so many tries.
const TRIES: usize = 30;

pub(super) fn run(logins: usize, rounds: usize) -> Result<(), Exit> {
    let (folder, key) = scratch()?;
    let server = Server::start(&folder.path().join("data"), &key)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(Exit::software)?;
    runtime.block_on(async {
        let (mut idle_p50, mut idle_p99, mut busy_p50, mut busy_p99) = (vec![], vec![], vec![], vec![]);
        let (mut ratios, mut took) = (vec![], vec![]);
        // Somebody else's session: a user has so many at most, and the wave ends its user's oldest ones.
        let watcher = Session::sign_in(server.address, EMAIL, PASSWORD).await?.agent(server.address).await?;
        let request = watcher.get_bytes("/conversation-counts");
        for round in 1..=rounds {
            let idle = watch(server.address, request.clone(), Duration::from_secs(3)).await?;
            let done = Arc::new(AtomicBool::new(false));
            let watching = tokio::spawn(watch_until(server.address, request.clone(), done.clone()));
            let begin = Instant::now();
            let tasks: Vec<_> = (0..logins).map(|_| tokio::spawn(sign_in(server.address))).collect();
            let (mut turned_away, mut given_up) = (0, 0);
            for task in tasks {
                match task.await.map_err(Exit::software)? {
                    Ok(refusals) => turned_away += refusals,
                    Err(()) => given_up += 1,
                }
            }
            let seconds = begin.elapsed().as_secs_f64();
            done.store(true, Ordering::Release);
            let busy = watching.await.map_err(Exit::software)??;
            ratios.push(busy.1 / idle.1);
            took.push(seconds);
            idle_p50.push(idle.0);
            idle_p99.push(idle.1);
            busy_p50.push(busy.0);
            busy_p99.push(busy.1);
            line(&format!(
                "round {round}: {logins} sign-ins in {seconds:.1} s, {turned_away} times told to come back, {given_up} gave up"
            ));
        }
        line("");
        line(&format!("another route, nobody signing in: p50 {} ms, p99 {} ms", spread(&idle_p50, 2), spread(&idle_p99, 2)));
        line(&format!("the same during the wave:         p50 {} ms, p99 {} ms", spread(&busy_p50, 2), spread(&busy_p99, 2)));
        line(&format!("ratio of p99 {}; the wave took {} s", spread(&ratios, 2), spread(&took, 1)));
        Ok(())
    })
}

/// One sign-in; gives how often it was told to come back.
async fn sign_in(address: SocketAddr) -> Result<usize, ()> {
    let client = reqwest::Client::new();
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    for refusals in 0..TRIES {
        let answer = client.post(format!("http://{address}/v1/auth/login")).json(&body).send().await.map_err(|_| ())?;
        if answer.status().is_success() {
            return Ok(refusals);
        }
        let header = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let seconds = header.and_then(|text| text.parse().ok()).unwrap_or(1);
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    Err(())
}

async fn watch(address: SocketAddr, request: Vec<u8>, length: Duration) -> Result<(f64, f64), Exit> {
    let done = Arc::new(AtomicBool::new(false));
    let watching = tokio::spawn(watch_until(address, request, done.clone()));
    tokio::time::sleep(length).await;
    done.store(true, Ordering::Release);
    watching.await.map_err(Exit::software)?
}

/// Median and 99th percentile in milliseconds.
async fn watch_until(address: SocketAddr, request: Vec<u8>, done: Arc<AtomicBool>) -> Result<(f64, f64), Exit> {
    let mut connection = Connection::open(address).await.map_err(Exit::unavailable)?;
    let mut times = Vec::new();
    while !done.load(Ordering::Acquire) {
        let begin = Instant::now();
        let status = connection.call(&request).await.map_err(Exit::unavailable)?;
        if status != 200 {
            return Err(Exit::unavailable(format!("the watched route answered {status}")));
        }
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(PACE).await;
    }
    Ok(middle_and_p99(times))
}

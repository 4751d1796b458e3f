//! How long after somebody's account is closed their connections are, beside readers to whom messages flow.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::LiveArgs;
use super::crowd::{Crowd, Reader};
use super::scene::Scene;
use super::sender::Sending;
use super::tally::Tally;
use crate::bench::child::{EMAIL, PASSWORD};
use crate::bench::session::Session;
use crate::bench::{line, middle_and_p99};
use crate::exit::Exit;

/// Connections of each account that is closed.
const CONNECTIONS: usize = 10;
/// Accounts that are closed, one after the other.
const ACCOUNTS: usize = 20;

pub(super) async fn run(args: &LiveArgs, tally: &Arc<Tally>) -> Result<(), Exit> {
    let scene = Scene::set(args, tally, args.sockets).await?;
    let crowd = Crowd::gather(&scene, tally, 0, args.sockets).await?;
    let root = Session::sign_in(scene.address(), EMAIL, PASSWORD).await?;
    let sending = Sending::at_rate(tally, scene.address(), args.first_rate(), Duration::from_secs(60))?;
    let (mut from_asking, mut from_answer, mut codes) = (vec![], vec![], std::collections::BTreeMap::new());
    for n in 0..ACCOUNTS {
        let leaving = root.colleague(scene.address(), "admin", &format!("leaving{n}@example.com")).await?;
        let mut readers = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut reader = Reader::new(usize::MAX, tally);
            let mut socket = reader.open(scene.address(), &leaving.token).await.map_err(Exit::unavailable)?;
            reader.ready(&mut socket, &mut |_| {}).await.map_err(Exit::unavailable)?;
            let tally = tally.clone();
            readers.push(tokio::spawn(async move {
                loop {
                    match reader.read(&mut socket, &mut |_| {}).await {
                        Ok(None) => {}
                        Ok(Some(code)) => return (code, tally.now()),
                        Err(_) => return (0, tally.now()),
                    }
                }
            }));
        }
        let asked = tally.now();
        root.send(Method::POST, &format!("/users/{}/deactivation", leaving.user_id), &json!({})).await?;
        let answered = tally.now();
        for reader in readers {
            let ended = tokio::time::timeout(Duration::from_secs(30), reader).await.map_err(Exit::unavailable)?;
            let (code, at) = ended.map_err(Exit::software)?;
            *codes.entry(code).or_insert(0) += 1;
            from_asking.push(at.saturating_sub(asked) as f64 / 1e6);
            from_answer.push((at as f64 - answered as f64) / 1e6);
        }
    }
    sending.stop().await;
    let ((asking, asking_p99), (answer, answer_p99)) = (middle_and_p99(from_asking), middle_and_p99(from_answer));
    line(&format!(
        "{ACCOUNTS} accounts with {CONNECTIONS} connections each, closed beside {} readers and {} messages/s; close codes {codes:?}",
        args.sockets,
        args.first_rate()
    ));
    line(&format!(
        "to the close p50 / p99 ms: {asking:.1} / {asking_p99:.1} from asking, {answer:.1} / {answer_p99:.1} from the answer; {} batches that did not chain",
        tally.breaks.load(Ordering::Relaxed)
    ));
    crowd.leave().await;
    Ok(())
}

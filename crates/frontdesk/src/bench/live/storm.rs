//! The server dies by kill -9 while messages flow, and starts again where it was: everybody comes back with where they stand.
//! Each reader keeps which messages it was told, so that one missed or told twice is found.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::LiveArgs;
use super::crowd::{self, Reader};
use super::scene::Scene;
use super::sender::Sending;
use super::socket::Socket;
use super::tally::Tally;
use crate::bench::http::Connection;
use crate::bench::webhooks::signed_request;
use crate::bench::{line, spread};
use crate::exit::Exit;

/// The first pause before coming back is below this, and twice that every further time.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(8);
const PATIENCE: Duration = Duration::from_secs(120);

/// What the readers share.
#[derive(Default)]
struct Storm {
    /// The last message of a round; who has it is caught up.
    last: AtomicU64,
    caught_up: AtomicUsize,
    failures: AtomicU64,
    not_resumed: AtomicU64,
    over: AtomicBool,
}

pub(super) async fn run(args: &LiveArgs, tally: &Arc<Tally>) -> Result<(), Exit> {
    let mut scene = Scene::set(args, tally, args.sockets).await?;
    let storm = Arc::new(Storm::default());
    let first = tally.number();
    let readers: Vec<_> = crowd::open(&scene, tally, 0, args.sockets)
        .await?
        .into_iter()
        .enumerate()
        .map(|(n, (reader, socket))| {
            let (key, address, storm) = (scene.key(n).to_owned(), scene.address(), storm.clone());
            tokio::spawn(follow(reader, socket, address, key, storm))
        })
        .collect();
    let (mut from_kill, mut from_ready) = (vec![], vec![]);
    for round in 1..=args.rounds {
        let sending = Sending::at_rate(tally, scene.address(), args.first_rate(), args.length() * 2)?;
        tokio::time::sleep(args.length()).await;
        storm.caught_up.store(0, Ordering::SeqCst);
        storm.last.store(u64::MAX, Ordering::SeqCst);
        let killed = Instant::now();
        scene.kill();
        sending.stop().await;
        scene.restart()?;
        let ready = Instant::now();
        let mut connection = Connection::open(scene.address()).await.map_err(Exit::unavailable)?;
        let last = tally.number();
        storm.last.store(last, Ordering::SeqCst);
        tally.sends(last, tally.now());
        let status =
            connection.call(&signed_request(last, super::sender::CUSTOMERS)).await.map_err(Exit::unavailable)?;
        if status != 200 {
            return Err(Exit::unavailable(format!("the first message after the restart was answered {status}")));
        }
        tally.answered(last);
        while storm.caught_up.load(Ordering::SeqCst) < args.sockets {
            if ready.elapsed() > PATIENCE {
                let back = storm.caught_up.load(Ordering::SeqCst);
                return Err(Exit::unavailable(format!("only {back} of {} came back", args.sockets)));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        from_kill.push(killed.elapsed().as_secs_f64());
        from_ready.push(ready.elapsed().as_secs_f64());
        line(&format!(
            "round {round}: server back after {:.2} s, the last of {} caught up {:.2} s later; {} attempts failed so far",
            (ready - killed).as_secs_f64(),
            args.sockets,
            ready.elapsed().as_secs_f64(),
            storm.failures.load(Ordering::Relaxed)
        ));
    }
    let end = tally.number();
    let acknowledged: BTreeSet<u64> = (first + 1..end).filter(|number| tally.was_answered(*number)).collect();
    storm.over.store(true, Ordering::SeqCst);
    drop(scene);
    let (mut missed, mut twice, mut resets) = (0, 0, 0);
    for reader in readers {
        let told = reader.await.map_err(Exit::software)?;
        missed += acknowledged.difference(&told.numbers).count();
        twice += told.twice;
        resets += told.resets;
    }
    line("");
    line(&format!(
        "until the last one is caught up: {} s after the kill, {} s after the server is ready",
        spread(&from_kill, 2),
        spread(&from_ready, 2)
    ));
    line(&format!(
        "{} acknowledged messages at {} readers: {missed} missed, {twice} told twice, {} batches that did not chain, {resets} resets, {} came back without resuming; {} rounds",
        acknowledged.len(),
        args.sockets,
        tally.breaks.load(Ordering::Relaxed),
        storm.not_resumed.load(Ordering::Relaxed),
        args.rounds
    ));
    Ok(())
}

/// What one reader was told.
#[derive(Default)]
struct Kept {
    numbers: BTreeSet<u64>,
    twice: usize,
    resets: u64,
}

/// Follows, and comes back until it is over.
async fn follow(mut reader: Reader, mut socket: Socket, address: SocketAddr, key: String, storm: Arc<Storm>) -> Kept {
    let mut kept = Kept::default();
    let mut each = |number: u64| {
        kept.twice += usize::from(!kept.numbers.insert(number));
        if number == storm.last.load(Ordering::SeqCst) {
            storm.caught_up.fetch_add(1, Ordering::SeqCst);
        }
    };
    'connected: loop {
        while let Ok(None) = reader.read(&mut socket, &mut each).await {}
        let mut most = PAUSE_FIRST;
        while !storm.over.load(Ordering::SeqCst) {
            let random = getrandom::u32().map_or(0.5, |random| f64::from(random) / f64::from(u32::MAX));
            tokio::time::sleep(most.mul_f64(random)).await;
            most = (most * 2).min(PAUSE_MAX);
            let back = async {
                let mut socket = reader.open(address, &key).await?;
                reader.ready(&mut socket, &mut each).await?;
                Ok::<_, std::io::Error>(socket)
            };
            if let Ok(back) = back.await {
                socket = back;
                storm.not_resumed.fetch_add(u64::from(!reader.resumed), Ordering::Relaxed);
                continue 'connected;
            }
            storm.failures.fetch_add(1, Ordering::Relaxed);
        }
        kept.resets = reader.resets;
        return kept;
    }
}

//! The provider's side: webhooks from a thread of their own, at a rate whatever becomes of them, or a few at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::tally::Tally;
use crate::bench::http::Connection;
use crate::bench::webhooks::signed_request;
use crate::exit::Exit;

/// Connections of the open loop: at most so many wait for their 200 at once.
const CONNECTIONS: u32 = 64;
/// Customers the messages come from.
pub(super) const CUSTOMERS: u64 = 200;
/// A message that not everybody has after this is given up.
const GIVE_UP: Duration = Duration::from_secs(20);

/// Webhooks under way. Stops when told, or when its time is over.
pub(super) struct Sending {
    thread: JoinHandle<std::io::Result<()>>,
    stop: Arc<AtomicBool>,
}

impl Sending {
    /// So many a second for so long, whatever the server makes of them.
    pub(super) fn at_rate(tally: &Arc<Tally>, address: SocketAddr, rate: u32, length: Duration) -> Result<Self, Exit> {
        let begin = Instant::now() + Duration::from_millis(20);
        let every = Duration::from_secs(1) / rate.max(1);
        let tally = tally.clone();
        Self::start(move |stop| async move {
            let tasks = (0..CONNECTIONS).map(|first| {
                let (tally, stop) = (tally.clone(), stop.clone());
                tokio::spawn(async move {
                    let mut connection = Connection::open(address).await?;
                    for n in (first..).step_by(CONNECTIONS as usize) {
                        let due = begin + every * n;
                        if due >= begin + length || stop.load(Ordering::Relaxed) {
                            break;
                        }
                        // Who is late because of the message before waits from when it was due.
                        let late = due.elapsed();
                        tokio::time::sleep_until(due.into()).await;
                        send(&tally, &mut connection, late).await?;
                    }
                    Ok(())
                })
            });
            ended(tasks.collect()).await
        })
    }

    /// So many in flight, as load tools of broadcast servers count it: as long as fewer deliveries are owed than that many
    /// messages make. Each waits for its 200 on a connection of its own; there are twice as many of those, so that a 200 holds up
    /// nothing: what is published to those servers is not acknowledged at all.
    pub(super) fn in_flight(
        tally: &Arc<Tally>,
        address: SocketAddr,
        count: usize,
        length: Duration,
    ) -> Result<Self, Exit> {
        let end = Instant::now() + length;
        let tally = tally.clone();
        tally.owe_at_most(count);
        Self::start(move |stop| async move {
            let tasks = (0..count * 2).map(|_| {
                let (tally, stop) = (tally.clone(), stop.clone());
                tokio::spawn(async move {
                    let mut connection = Connection::open(address).await?;
                    while Instant::now() < end && !stop.load(Ordering::Relaxed) {
                        within(tally.owe_one_more()).await?;
                        send(&tally, &mut connection, Duration::ZERO).await?;
                    }
                    Ok(())
                })
            });
            ended(tasks.collect()).await?;
            within(tally.nothing_owed()).await
        })
    }

    fn start<F: Future<Output = std::io::Result<()>>>(
        work: impl FnOnce(Arc<AtomicBool>) -> F + Send + 'static,
    ) -> Result<Self, Exit> {
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = std::thread::Builder::new()
            .name("webhooks".to_owned())
            .spawn(move || tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work(told)));
        Ok(Self { thread: thread.map_err(Exit::software)?, stop })
    }

    /// Waits for its end.
    pub(super) async fn join(self) -> Result<(), Exit> {
        let joined = tokio::task::spawn_blocking(move || self.thread.join()).await.map_err(Exit::software)?;
        joined.map_err(|_| Exit::software("the sender panicked"))?.map_err(Exit::unavailable)
    }

    /// Stops it. What was under way may have failed: the server may be gone.
    pub(super) async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = tokio::task::spawn_blocking(move || self.thread.join()).await;
    }
}

/// Waits, but not for ever.
async fn within(waits: impl Future<Output = ()>) -> std::io::Result<()> {
    let waited = tokio::time::timeout(GIVE_UP, waits).await;
    waited.map_err(|_| std::io::Error::other("not everybody was told"))
}

async fn ended(tasks: Vec<tokio::task::JoinHandle<std::io::Result<()>>>) -> std::io::Result<()> {
    for task in tasks {
        task.await.map_err(std::io::Error::other)??;
    }
    Ok(())
}

/// One message; `late` is how long it has been due.
async fn send(tally: &Tally, connection: &mut Connection, late: Duration) -> std::io::Result<u64> {
    let number = tally.number();
    let request = signed_request(number, CUSTOMERS);
    tally.sends(number, tally.now().saturating_sub(late.as_nanos() as u64));
    match connection.call(&request).await? {
        200 => tally.answered(number),
        _ => drop(tally.refusals.fetch_add(1, Ordering::Relaxed)),
    }
    Ok(number)
}

/// One message of each customer, so that later ones find a conversation.
pub(super) async fn greet(tally: &Tally, address: SocketAddr) -> Result<(), Exit> {
    let mut connection = Connection::open(address).await.map_err(Exit::unavailable)?;
    for _ in 0..CUSTOMERS {
        send(tally, &mut connection, Duration::ZERO).await.map_err(Exit::unavailable)?;
    }
    Ok(())
}

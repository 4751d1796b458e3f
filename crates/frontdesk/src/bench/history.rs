//! What the past costs over HTTP: a log of a year of customers' messages and resolved conversations, asked as of a month ago
//! and of other days, for the first time and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use app::{Clock, Desk, DeskConfig, OsEntropy, SystemClock};
use domain::access::{Principal, Role};
use domain::conversation::change_status::{self, Resolve};
use domain::event::Actor;
use domain::ids::UserId;
use domain::time::{Millis, Timestamp};
use projections::inbox::query::{Filters, PAGE_MAX};
use projections::inbox::{InboxQuery, Sort, View};

use super::child::{EMAIL, PASSWORD, Server};
use super::http::Connection;
use super::session::Session;
use super::{fill, line, scratch, spread};
use crate::config::Config;
use crate::exit::Exit;
use crate::open;

/// Messages handed in at a time, ten of a customer.
const BATCH: u64 = 500;
/// Days ago that are asked for, each for the first time.
const DAYS: [i64; 7] = [29, 45, 75, 100, 200, 300, 3];

/// A clock that is moved along the year.
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(super) fn run(events: u64, days: i64, rounds: usize) -> Result<(), Exit> {
    let (folder, key) = scratch()?;
    let config =
        Config { data_dir: folder.path().join("data"), master_key_file: Some(key.clone()), ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    let (made, conversations) = runtime.block_on(a_year(&config, events, Millis::days(days)))?;
    let begun = Instant::now();
    let server = Server::start(&config.data_dir, &key)?;
    line(&format!(
        "{made} events over {days} days, {conversations} conversations; ready in {:.2} s with {:.0} MiB",
        begun.elapsed().as_secs_f64(),
        server.memory_mib()
    ));
    runtime.block_on(async {
        let root = Session::sign_in(server.address, EMAIL, PASSWORD).await?;
        let mut connection = Connection::open(server.address).await.map_err(Exit::unavailable)?;
        let now = SystemClock.now();
        line("asked for | first ms | again ms, p50 [min..max]");
        for (name, path) in [
            ("now, a page of 50", "/conversations?limit=50".to_owned()),
            ("a month ago, a page of 50", format!("/conversations?limit=50&as_of={}", ago(now, 30))),
            ("a month ago, open only", format!("/conversations?limit=50&status=open&as_of={}", ago(now, 30))),
            ("a month ago, counts", format!("/conversation-counts?as_of={}", ago(now, 30))),
        ] {
            asked(&mut connection, &root, name, &path, rounds).await?;
        }
        for day in DAYS {
            let path = format!("/conversations?limit=50&as_of={}", ago(now, day));
            asked(&mut connection, &root, &format!("{day} days ago, a page of 50"), &path, rounds).await?;
        }
        let path = format!("/history/diff?limit=50&from={}&to={}", ago(now, 31), ago(now, 30));
        asked(&mut connection, &root, "what differs, a day a month ago", &path, rounds).await?;
        Ok::<_, Exit>(())
    })?;
    line(&format!("memory afterwards: {:.0} MiB", server.memory_mib()));
    Ok(())
}

fn ago(now: Timestamp, days: i64) -> String {
    (now - Millis::days(days)).to_rfc3339()
}

async fn asked(connection: &mut Connection, root: &Session, name: &str, path: &str, rounds: usize) -> Result<(), Exit> {
    let request = root.get_bytes(path);
    let mut times = Vec::with_capacity(rounds + 1);
    for _ in 0..=rounds {
        let begin = Instant::now();
        let status = connection.call(&request).await.map_err(Exit::unavailable)?;
        if status != 200 {
            return Err(Exit::unavailable(format!("{path} answered {status}")));
        }
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    line(&format!("{name} | {:.1} | {}", times[0], spread(&times[1..], 2)));
    Ok(())
}

/// So many events, evenly over the time up to now; gives how many there are, and conversations.
async fn a_year(config: &Config, events: u64, span: Millis) -> Result<(u64, usize), Exit> {
    let begin = SystemClock.now() - span;
    let clock = Arc::new(Moved(AtomicI64::new(begin.as_millis())));
    let (desk, _) = Desk::open(DeskConfig {
        log: open::log_config(config, false)?,
        media_dir: config.data_dir.join("media"),
        search_dir: config.data_dir.join("search"),
        snapshot_dir: config.data_dir.join("snapshots"),
        clock: clock.clone(),
        entropy: Arc::new(OsEntropy),
    })?;
    let channel = fill::connect(&desk, fill::NUMBER).await?;
    let mut next = 0;
    while desk.reader().head() < events {
        let share = desk.reader().head() as f64 / events as f64;
        clock.0.store(begin.as_millis() + (span.0 as f64 * share) as i64, Ordering::SeqCst);
        let at = desk.now();
        let items = (next..next + BATCH).map(|n| fill::message(fill::NUMBER, n, 10, at)).collect();
        desk.take_webhook(items, vec![channel]).await.map_err(Exit::software)?;
        next += BATCH;
        resolve_open(&desk).await?;
    }
    let made = (desk.reader().head(), desk.view(|views| views.inbox.len()));
    desk.close();
    Ok(made)
}

/// All but the newest are done.
async fn resolve_open(desk: &Desk) -> Result<(), Exit> {
    let root = Principal::plain(UserId::from_u128(1), Role::SuperAdmin);
    let open = InboxQuery {
        view: View::All,
        filters: Filters { statuses: [domain::conversation::Status::Open].into(), ..Filters::default() },
        sort: Sort::CreatedAtDescending,
        after: None,
        limit: PAGE_MAX,
    };
    let (page, _) = desk.inbox(&root, &open).map_err(Exit::software)?;
    let done: Vec<_> = page.rows.iter().skip(20).map(projections::inbox::Row::id).collect();
    let resolved = desk.run(Actor::System, move |step| {
        done.into_iter().try_for_each(|id| change_status::resolve(step, id, Resolve::default()))
    });
    resolved.await.map_err(Exit::software)?;
    Ok(())
}

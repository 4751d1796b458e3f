//! A year of a busy desk (`frontdesk generate`) in the running product: how long it takes to be ready, what memory it holds,
//! and how quickly screens and reports answer; each beside the same question to PostgreSQL and DuckDB on the same data, asked
//! in turns, with the answers held against each other.
//!
//! Neither database is needed: without them the product's own figures are printed, and what was skipped is said.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use app::{Clock, SystemClock};
use clap::Args;
use domain::time::Millis;
use serde_json::Value;

use super::child::Server;
use super::http::Connection;
use super::session::Session;
use super::{line, middle_and_p99, spread};
use crate::config::Config;
use crate::exit::Exit;
use crate::generate::{EMAIL, KEY_FILE, PASSWORD};

mod console;
mod questions;
mod schema;
mod tables;

use console::{Console, Engine};
use questions::Question;
use tables::Tables;

#[derive(Debug, Args)]
pub(crate) struct YearArgs {
    /// What `frontdesk generate` made
    #[arg(long)]
    data_dir: PathBuf,
    /// Its master key; the generated one, if not given
    #[arg(long)]
    master_key_file: Option<PathBuf>,
    /// Starts to time
    #[arg(long, default_value_t = 3)]
    starts: usize,
    /// How often each question is asked, in turns
    #[arg(long, default_value_t = 101)]
    rounds: usize,
    /// Clients at once, for rates
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// A database that may be overwritten, as psql names it
    #[arg(long)]
    postgres: Option<String>,
    /// A Python interpreter that has the module duckdb
    #[arg(long)]
    duckdb: Option<String>,
}

/// How long each rate is measured, and how often.
const RATE_FOR: Duration = Duration::from_millis(1_500);
const RATE_ROUNDS: usize = 3;
/// Pasts that are asked for once.
const DAYS_AGO: [i64; 6] = [3, 20, 75, 100, 200, 300];
/// Rounds of what takes long, at the most.
const SLOW_MS: f64 = 100.0;
const SLOW_ROUNDS: usize = 9;

pub(super) fn run(args: &YearArgs) -> Result<(), Exit> {
    let key = args.master_key_file.clone().unwrap_or_else(|| args.data_dir.join(KEY_FILE));
    let config = Config { data_dir: args.data_dir.clone(), master_key_file: Some(key.clone()), ..Config::default() };
    // What is due by now is written by this first start, so that everybody is asked about the same.
    drop(settled(&config, &key)?);
    let folder = tempfile::tempdir_in(&args.data_dir).map_err(Exit::io)?;
    let begin = Instant::now();
    let tables = tables::write(&config, folder.path())?;
    line(&format!(
        "{} conversations, {} messages, {} first responses, replies and resolutions; {} events; read and written as tables in {:.1} s",
        tables.conversations,
        tables.messages,
        tables.reports,
        tables.events,
        begin.elapsed().as_secs_f64()
    ));
    let server = starts(args, &config, &key, tables.events)?;
    let mut others = others(args, &tables)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(Exit::software)?.block_on(async {
        let session = Session::sign_in(server.address, EMAIL, PASSWORD).await?;
        let questions = questions::all(&session, &tables).await?;
        line("");
        line("question | frontdesk p50 / p99 ms | PostgreSQL p50 / p99 ms, times ours | DuckDB p50 / p99 ms, times ours | answers");
        for question in &questions {
            in_turns(&server, &session, question, &mut others, args.rounds).await?;
        }
        line("");
        line(&format!(
            "question | frontdesk/s with {} clients, server CPU us each | PostgreSQL/s, share of ours",
            args.clients
        ));
        for question in questions.iter().filter(|question| question.rate) {
            rates(&server, &session, question, args).await?;
        }
        line("");
        long_ago(&session, args).await?;
        line(&format!("memory at the end: {:.0} MiB", server.memory_mib()));
        Ok(())
    })
}

/// Starts, waits until nothing is written any more, and stops.
fn settled(config: &Config, key: &Path) -> Result<Server, Exit> {
    let server = Server::start(&config.data_dir, key)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    runtime.block_on(async {
        let session = Session::sign_in(server.address, EMAIL, PASSWORD).await?;
        let mut before = Value::Null;
        for _ in 0..120 {
            let now = session.get("/conversation-counts").await?["as_of"].clone();
            if now == before {
                break;
            }
            before = now;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok::<(), Exit>(())
    })?;
    Ok(server)
}

fn starts(args: &YearArgs, config: &Config, key: &Path, events: u64) -> Result<Server, Exit> {
    let (mut seconds, mut cpu, mut memory, mut last) = (Vec::new(), Vec::new(), Vec::new(), None);
    for _ in 0..args.starts.max(1) {
        drop(last.take());
        let begin = Instant::now();
        let server = Server::start(&config.data_dir, key)?;
        seconds.push(begin.elapsed().as_secs_f64());
        cpu.push(server.cpu().as_secs_f64());
        memory.push(server.memory_mib());
        last = Some(server);
    }
    let rates = |seconds: &[f64]| seconds.iter().map(|seconds| events as f64 / seconds).collect::<Vec<_>>();
    line(&format!(
        "ready after kill -9: {} s, that is {} events/s into all projections; {} s of CPU, {} events/s of one core",
        spread(&seconds, 2),
        spread(&rates(&seconds), 0),
        spread(&cpu, 2),
        spread(&rates(&cpu), 0)
    ));
    line(&format!(
        "memory when ready: {} MiB; medians with [min..max] over {} starts",
        spread(&memory, 0),
        args.starts
    ));
    last.ok_or_else(|| Exit::software("no start"))
}

/// The databases that were named, filled with the same.
fn others(args: &YearArgs, tables: &Tables) -> Result<Vec<Console>, Exit> {
    let mut others = Vec::new();
    match &args.postgres {
        Some(url) => others.push(Console::postgres(url)?),
        None => line("PostgreSQL: skipped, none was named"),
    }
    match &args.duckdb {
        Some(python) => others.push(Console::duckdb(python, &tables.folder.join("year.duckdb"))?),
        None => line("DuckDB: skipped, none was named"),
    }
    for other in &mut others {
        let begin = Instant::now();
        schema::load(other, tables)?;
        let version = other.ask("SELECT version()")?.0.join(" ");
        line(&format!("{:?} ({version}) loaded in {:.1} s", other.engine, begin.elapsed().as_secs_f64()));
    }
    Ok(others)
}

async fn in_turns(
    server: &Server,
    session: &Session,
    question: &Question,
    others: &mut [Console],
    rounds: usize,
) -> Result<(), Exit> {
    let body = session.get(&question.path).await?;
    let ours = (question.answer)(&body);
    let mut connection = Connection::open(server.address).await.map_err(Exit::unavailable)?;
    let requests = session.all_bytes(question.paths());
    let mut own = Vec::new();
    let mut theirs: Vec<(Engine, Vec<f64>, String)> = Vec::new();
    for other in others.iter_mut() {
        if let Some(statement) = question.sql(other.engine) {
            let (rows, _) = other.ask(&statement)?;
            theirs.push((other.engine, Vec::new(), questions::agreement(&ours, &rows)));
        }
    }
    let mut rounds = rounds;
    let mut round = 0;
    while round < rounds {
        let begin = Instant::now();
        let status = connection.call(&requests[round % requests.len()]).await.map_err(Exit::unavailable)?;
        own.push(begin.elapsed().as_secs_f64() * 1e3);
        if status != 200 {
            return Err(Exit::unavailable(format!("{} answered {status}", question.path)));
        }
        let mut slowest = 0.0_f64;
        for (other, (_, times, _)) in others.iter_mut().zip(&mut theirs) {
            let Some(statement) = question.sql(other.engine) else { continue };
            let (_, took) = other.ask(&statement)?;
            times.push(took);
            slowest = slowest.max(took);
        }
        if slowest > SLOW_MS {
            rounds = rounds.min(SLOW_ROUNDS);
        }
        round += 1;
    }
    let (middle, worst) = middle_and_p99(own);
    let mut cells = format!("{} | {middle:.2} / {worst:.2}", question.name);
    for engine in [Engine::Postgres, Engine::Duckdb] {
        let cell = theirs.iter().find(|(of, ..)| *of == engine).map(|(_, times, _)| {
            let (p50, p99) = middle_and_p99(times.clone());
            format!("{p50:.2} / {p99:.2}, {:.0} x", p50 / middle.max(1e-6))
        });
        cells = format!("{cells} | {}", cell.unwrap_or_else(|| "-".to_owned()));
    }
    let verdicts: Vec<String> = theirs.iter().map(|(engine, _, verdict)| format!("{engine:?} {verdict}")).collect();
    line(&format!("{cells} | {}", if verdicts.is_empty() { "-".to_owned() } else { verdicts.join("; ") }));
    Ok(())
}

/// Pages of pasts that nobody asked for before: each is read back from the nearest copy or file there is.
async fn long_ago(session: &Session, args: &YearArgs) -> Result<(), Exit> {
    let files = std::fs::read_dir(args.data_dir.join("snapshots/past")).map_or(0, Iterator::count);
    line(&format!("days ago | inbox for the first time, ms | again, ms ({files} earlier states in files)"));
    for days in DAYS_AGO {
        let at = SystemClock.now() - Millis::days(days);
        let path = format!("/conversations?limit=50&status=open&sort=waiting_since&as_of={at}");
        let mut took = [0.0; 2];
        for took in &mut took {
            let begin = Instant::now();
            session.get(&path).await?;
            *took = begin.elapsed().as_secs_f64() * 1e3;
        }
        line(&format!("{days} | {:.0} | {:.1}", took[0], took[1]));
    }
    Ok(())
}

/// How many a second so many clients get, in turns.
async fn rates(server: &Server, session: &Session, question: &Question, args: &YearArgs) -> Result<(), Exit> {
    let (mut own, mut cpu, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RATE_ROUNDS {
        let before = server.cpu();
        let (count, seconds) = own_rate(server, session, question, args.clients).await?;
        own.push(count / seconds);
        cpu.push((server.cpu() - before).as_secs_f64() * 1e6 / count.max(1.0));
        if let (Some(url), Some(statement)) = (&args.postgres, question.sql(Engine::Postgres)) {
            theirs.push(postgres_rate(url, &statement, args.clients)?);
        }
    }
    let shares: Vec<f64> = own.iter().zip(&theirs).map(|(own, theirs)| own / theirs.max(1e-6)).collect();
    line(&format!(
        "{} | {}, {} us | {}; ours is {} x",
        question.name,
        spread(&own, 0),
        spread(&cpu, 0),
        spread(&theirs, 0),
        spread(&shares, 1)
    ));
    Ok(())
}

/// How many answers so many clients got, and in how many seconds.
async fn own_rate(server: &Server, session: &Session, question: &Question, clients: usize) -> Result<(f64, f64), Exit> {
    let (address, begin) = (server.address, Instant::now());
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let requests = session.all_bytes(question.paths());
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await?;
                let mut count = 0_usize;
                while begin.elapsed() < RATE_FOR {
                    // Where there are several, no two clients ask for the same at once.
                    let status = connection.call(&requests[(client * 7 + count) % requests.len()]).await?;
                    if status != 200 {
                        return Err(std::io::Error::other(format!("answered {status}")));
                    }
                    count += 1;
                }
                Ok(count)
            })
        })
        .collect();
    let mut all = 0;
    for task in tasks {
        all += task.await.map_err(Exit::software)?.map_err(Exit::unavailable)?;
    }
    Ok((all as f64, begin.elapsed().as_secs_f64()))
}

fn postgres_rate(url: &str, statement: &str, clients: usize) -> Result<f64, Exit> {
    let consoles = (0..clients).map(|_| Console::postgres(url)).collect::<Result<Vec<_>, _>>()?;
    let threads = consoles.into_iter().map(|mut console| {
        let statement = statement.to_owned();
        std::thread::spawn(move || {
            // The first answer is the connection's.
            console.ask(&statement)?;
            let (mut count, begin) = (0_u64, Instant::now());
            while begin.elapsed() < RATE_FOR {
                console.ask(&statement)?;
                count += 1;
            }
            Ok::<f64, Exit>(count as f64 / begin.elapsed().as_secs_f64())
        })
    });
    let threads: Vec<_> = threads.collect();
    let mut all = 0.0;
    for thread in threads {
        all += thread.join().map_err(|_| Exit::software("a client panicked"))??;
    }
    Ok(all)
}

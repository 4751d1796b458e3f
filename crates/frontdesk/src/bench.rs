//! `frontdesk bench`: figures of the running product, printed with their spread. Programs, not tests: nothing here passes
//! or fails.

use std::time::Duration;

use clap::{Args, Subcommand};

use crate::exit::Exit;

mod campaigns;
mod child;
mod fill;
mod history;
mod http;
mod lists;
mod live;
mod logins;
mod queues;
mod search;
mod session;
mod texts;
mod webhooks;
mod year;

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Durable webhook accept rate over real HTTP: signed bodies, unique messages
    Webhooks {
        /// Connections to try, interleaved
        #[arg(long, value_delimiter = ',', default_value = "1,16,64,256")]
        connections: Vec<usize>,
        /// Rounds over all of them
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// Seconds per cell
        #[arg(long, default_value_t = 3)]
        seconds: u64,
    },
    /// Lists for a Super Admin and for an Agent behind walls, in turns
    Lists {
        /// Open conversations
        #[arg(long, default_value_t = 100_000)]
        conversations: u64,
        /// Teams they are spread over
        #[arg(long, default_value_t = 200)]
        teams: usize,
        #[arg(long, default_value_t = 301)]
        rounds: usize,
    },
    /// The monitor's query, a routing decision, memory and start time with timers, and how late deadlines are written
    Queues {
        /// Open conversations
        #[arg(long, default_value_t = 100_000)]
        conversations: u64,
        /// Teams they are spread over
        #[arg(long, default_value_t = 50)]
        queues: usize,
        #[arg(long, default_value_t = 1_000)]
        agents: usize,
        #[arg(long, default_value_t = 200)]
        rules: usize,
        #[arg(long, default_value_t = 301)]
        rounds: usize,
    },
    /// Agents' replies while nothing else is sent, and while a campaign is
    Campaigns {
        #[arg(long, default_value_t = 10_000)]
        contacts: usize,
        /// Replies timed in each of the two
        #[arg(long, default_value_t = 200)]
        replies: usize,
        /// Replies a second
        #[arg(long, default_value_t = 5)]
        pace: u64,
        #[arg(long, default_value_t = 6_000)]
        rate_per_minute: u32,
        /// Messages a second that the number may send
        #[arg(long, default_value_t = 80)]
        mps: u32,
    },
    /// Full text: how fast the index is made, what it takes, and answers for a Super Admin and for an Agent behind walls
    Search {
        /// Of customers, ten each, in several languages
        #[arg(long, default_value_t = 1_000_000)]
        messages: u64,
        /// Teams they are spread over; the agent is in one
        #[arg(long, default_value_t = 50)]
        teams: usize,
        #[arg(long, default_value_t = 201)]
        rounds: usize,
    },
    /// Another route's answers during a wave of sign-ins
    Logins {
        /// Sign-ins at once
        #[arg(long, default_value_t = 200)]
        logins: usize,
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
    /// The live stream: latency, frames a second, idle sockets, stalled readers, everybody coming back
    Live(live::LiveArgs),
    /// A generated year: start, memory, screens and reports, beside PostgreSQL and DuckDB on the same data
    Year(year::YearArgs),
    /// Lists, counts and differences as of a month ago and of other days, for the first time and again
    History {
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
        /// Days the log covers
        #[arg(long, default_value_t = 365)]
        days: i64,
        #[arg(long, default_value_t = 101)]
        rounds: usize,
    },
    /// Start time without a snapshot and from one, its size, replay rate, memory and bytes per event of a log of this size
    Start {
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
        /// Starts to time
        #[arg(long, default_value_t = 3)]
        rounds: usize,
    },
}

pub(crate) fn run(args: &BenchArgs) -> Result<(), Exit> {
    match &args.what {
        What::Webhooks { connections, rounds, seconds } => {
            webhooks::run(connections, *rounds, Duration::from_secs(*seconds))
        }
        What::Lists { conversations, teams, rounds } => lists::run(*conversations, *teams, *rounds),
        What::Queues { conversations, queues, agents, rules, rounds } => queues::run(queues::Size {
            conversations: *conversations,
            queues: *queues,
            agents: *agents,
            rules: *rules,
            rounds: *rounds,
        }),
        What::Campaigns { contacts, replies, pace, rate_per_minute, mps } => campaigns::run(campaigns::Size {
            contacts: *contacts,
            replies: *replies,
            pace: *pace,
            rate_per_minute: *rate_per_minute,
            mps: *mps,
        }),
        What::Search { messages, teams, rounds } => search::run(*messages, *teams, *rounds),
        What::Logins { logins, rounds } => logins::run(*logins, *rounds),
        What::Live(args) => live::run(args),
        What::Year(args) => year::run(args),
        What::History { events, days, rounds } => history::run(*events, *days, *rounds),
        What::Start { events, rounds } => fill::run(*events, *rounds),
    }
}

/// Prints a line of figures.
#[expect(clippy::print_stdout, reason = "a benchmark's answer is its output")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// `median [min..max]` with `digits` decimals.
pub(crate) fn spread(values: &[f64], digits: usize) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.as_slice() {
        [] => "-".to_owned(),
        [first, .., last] => format!("{:.digits$} [{first:.digits$}..{last:.digits$}]", sorted[sorted.len() / 2]),
        [only] => format!("{only:.digits$}"),
    }
}

/// A folder of a benchmark's own, gone with it, and the file of the master key in it.
fn scratch() -> Result<(tempfile::TempDir, std::path::PathBuf), Exit> {
    let folder = tempfile::tempdir().map_err(Exit::io)?;
    let key = folder.path().join("master-key");
    std::fs::write(&key, "5a".repeat(32)).map_err(Exit::io)?;
    Ok((folder, key))
}

/// Median and 99th percentile, 0 of none.
fn middle_and_p99(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((values.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(0.0);
    (at(0.5), at(0.99))
}

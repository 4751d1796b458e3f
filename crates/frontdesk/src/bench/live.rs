//! What the live stream costs: how long from a webhook to the frame, how many frames a second, what a socket holds while
//! nothing happens, what readers that do not read do to the others, how long until everybody is
//! back after a kill -9, and until somebody without rights is gone.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::line;
use crate::exit::Exit;

mod crowd;
mod fanout;
mod histogram;
mod idle;
mod latency;
mod revoked;
mod scene;
mod sender;
mod socket;
mod stalled;
mod storm;
mod tally;

use tally::Tally;

#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    /// Another build of the server, to be measured by this one's load
    #[arg(long)]
    program: Option<PathBuf>,
    /// What to measure
    #[arg(long, value_delimiter = ',', default_value = "latency,fanout,idle,stalled,storm,revoked")]
    parts: Vec<Part>,
    /// Sockets that all see all
    #[arg(long, default_value_t = 1_000)]
    sockets: usize,
    /// The few sockets of `latency`
    #[arg(long, default_value_t = 20)]
    few: usize,
    /// Messages a second of `latency`; the first one is that of `stalled` and `storm`
    #[arg(long, value_delimiter = ',', default_value = "100,1000")]
    rate: Vec<u32>,
    /// Messages in flight of `fanout`
    #[arg(long, value_delimiter = ',', default_value = "1,16")]
    in_flight: Vec<usize>,
    /// Sockets of `idle`
    #[arg(long, value_delimiter = ',', default_value = "1000,10000")]
    idle_sockets: Vec<usize>,
    /// How long readers of `stalled` do not read
    #[arg(long, default_value_t = 22)]
    stall_seconds: u64,
    /// Rounds over all cells of a part
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds per cell; `idle` takes six times that
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// From sending a webhook to the frame, at given rates
    Latency,
    /// Frames a second, as fast as they go
    Fanout,
    /// Memory and CPU time of sockets on which nothing happens
    Idle,
    /// Readers beside others who do not read
    Stalled,
    /// Everybody comes back after a kill -9
    Storm,
    /// From the end of somebody's rights to the end of their connections
    Revoked,
}

impl LiveArgs {
    fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
    fn first_rate(&self) -> u32 {
        self.rate.first().copied().unwrap_or(100)
    }
}

pub(super) fn run(args: &LiveArgs) -> Result<(), Exit> {
    // Readers on a thread of their own; webhooks come from another one, so that neither waits for the other's turn.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().map_err(Exit::software)?;
    for part in &args.parts {
        let tally = Arc::new(Tally::new());
        runtime.block_on(async {
            match part {
                Part::Latency => latency::run(args, &tally).await,
                Part::Fanout => fanout::run(args, &tally).await,
                Part::Idle => idle::run(args, &tally).await,
                Part::Stalled => stalled::run(args, &tally).await,
                Part::Storm => storm::run(args, &tally).await,
                Part::Revoked => revoked::run(args, &tally).await,
            }
        })?;
        line("");
    }
    Ok(())
}

/// Nanoseconds as milliseconds.
fn ms(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}

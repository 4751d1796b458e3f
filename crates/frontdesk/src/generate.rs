//! `frontdesk generate`: a year of a busy desk, written into a data directory of its own by the product's real decisions under
//! a clock that runs as fast as they go. Two brands with four numbers, eight teams, people with shifts, customers who write by
//! day and by night, promises that are kept and broken. The same seed gives the same facts, position by position.
//!
//! What it makes is for measuring (`frontdesk bench year`) and for looking around; `serve` opens it like any other log.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Instant;

use app::{Entropy, History};
use clap::Args;
use domain::time::{Millis, Timestamp};

use crate::bench::line;
use crate::config::Config;
use crate::exit::Exit;
use crate::open;

mod company;
mod day;
pub(crate) mod random;
mod words;
mod year;

use random::Random;
use year::Year;

/// The account that sees everything in what was generated.
pub(crate) const EMAIL: &str = "chief@year.example";
pub(crate) const PASSWORD: &str = "a-year-of-slow-otters";
/// The key beside the data, where none is named.
pub(crate) const KEY_FILE: &str = "generated-master-key";

/// How long the year is.
const LENGTH: Millis = Millis::days(365);
/// Conversations that one person looks after in a year.
const PER_AGENT: u64 = 5_000;

#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// Where the data goes; there must be no log yet
    #[arg(long)]
    data_dir: PathBuf,
    /// The master key to use; without one, a key is made and left in the data directory
    #[arg(long)]
    master_key_file: Option<PathBuf>,
    #[arg(long, default_value_t = 1_000_000)]
    conversations: u64,
    /// On average, both sides together
    #[arg(long, default_value_t = 10)]
    messages_per_conversation: u32,
    /// People who answer; as many as that much work takes, if not given
    #[arg(long)]
    agents: Option<usize>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The day the year ends with, as YYYY-MM-DD; today, if not given
    #[arg(long)]
    until: Option<String>,
}

pub(crate) fn run(args: &GenerateArgs) -> Result<(), Exit> {
    std::fs::create_dir_all(&args.data_dir).map_err(Exit::io)?;
    let key = match &args.master_key_file {
        Some(file) => file.clone(),
        None => made_key(args)?,
    };
    let config = Config { data_dir: args.data_dir.clone(), master_key_file: Some(key), ..Config::default() };
    let until = match &args.until {
        Some(day) => Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z"))
            .ok_or_else(|| Exit::config(format!("{day} is not a day like 2026-11-26")))?,
        None => today(),
    };
    let least = company::TEAMS.len() * 3;
    let agents = args.agents.unwrap_or_else(|| ((args.conversations / PER_AGENT) as usize).max(least));
    let entropy = std::sync::Arc::new(Seeded(Mutex::new(Random::new(args.seed))));
    let from = until - LENGTH;
    let begun = Instant::now();
    let mut history = History::begin(open::log_config(&config, false)?, entropy, from - Millis::hours(1))?;
    let company = company::found(&mut history, agents, from - Millis::hours(1), &password_hash()?)?;
    let random = Random::new(args.seed ^ 0x5eed);
    let mut year = Year::new(history, company, random, args.messages_per_conversation);
    let mut told = Instant::now();
    let mut at = from;
    while at < until {
        year.hour(at, args.conversations, LENGTH)?;
        at = at + Millis::hours(1);
        if told.elapsed().as_secs() >= 5 {
            told = Instant::now();
            line(&year.progress(at, begun.elapsed()));
        }
    }
    line(&year.progress(until, begun.elapsed()));
    let closing = Instant::now();
    year.close()?;
    line(&format!("closed after {:.1} s more; sign in as {EMAIL} with {PASSWORD}", closing.elapsed().as_secs_f64()));
    Ok(())
}

/// A key of the seed beside the data: what is in there is made up.
fn made_key(args: &GenerateArgs) -> Result<PathBuf, Exit> {
    let file = args.data_dir.join(KEY_FILE);
    let mut random = Random::new(args.seed ^ 0x004b_6579);
    let bytes: Vec<u8> = (0..4).flat_map(|_| random.next().to_le_bytes()).collect();
    std::fs::write(&file, hex::encode(bytes)).map_err(Exit::io)?;
    Ok(file)
}

fn password_hash() -> Result<String, Exit> {
    let passwords = api::auth::password::Passwords::new(api::context::Settings::default().password_cost);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    let hash = passwords.hash(secrecy::SecretString::from(PASSWORD.to_owned()), [7; 16]);
    runtime.block_on(hash).map_err(|problem| Exit::software(format!("{problem:?}")))
}

fn today() -> Timestamp {
    let now = app::Clock::now(&app::SystemClock);
    Timestamp::from_millis(now.as_millis() - now.as_millis().rem_euclid(Millis::days(1).0))
}

/// Randomness for ids that is the same every time.
struct Seeded(Mutex<Random>);

impl Entropy for Seeded {
    fn next(&self) -> u128 {
        let mut random = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        u128::from(random.next()) << 64 | u128::from(random.next())
    }
}

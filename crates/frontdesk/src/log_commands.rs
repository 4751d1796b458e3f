//! `frontdesk log …`, `frontdesk backup`, `frontdesk restore`: what an operator does with the data besides running it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use app::{Clock, SystemClock};
use clap::{Args, Subcommand};
use domain::event::Actor;
use event_log::ops::backup::{BackupSource, backup};
use event_log::ops::restore::{RestoreTarget, confirm_restore, restore};
use event_log::ops::verify::Problem;
use event_log::ops::{OpsError, export::export, import::import, salvage::salvage, stats::stats, verify::verify};
use event_log::{OpenError, Reader, Upcasts, Writer};

use crate::cli::ConfigArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::log_export::ExportArgs;
use crate::open::log_config;

#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    #[command(subcommand)]
    what: LogCommand,
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    /// Check every record, the chain and the signed checkpoint. Needs no key; a running log may be checked
    Verify {
        #[command(flatten)]
        source: ConfigArgs,
        /// First position to check
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// Last position to check
        #[arg(long, default_value_t = u64::MAX)]
        to: u64,
    },
    /// Write events as files for analysis, a folder a day, with their JSON Schemas. A running log may be exported
    Export(ExportArgs),
    /// Write the whole log as one text that `import` reads: facts readable, personal parts sealed. The server must be stopped
    Dump {
        #[command(flatten)]
        source: ConfigArgs,
        /// A file; standard output without it
        #[arg(long)]
        out: Option<PathBuf>,
        /// Only events after this position
        #[arg(long, default_value_t = 0)]
        after: u64,
    },
    /// Read a dump into an empty data directory
    Import {
        #[command(flatten)]
        source: ConfigArgs,
        /// A file; standard input without it
        #[arg(long)]
        from: Option<PathBuf>,
        /// The dumped log's key file (`log/keys/slots`), to open what is sealed
        #[arg(long)]
        keys: Option<PathBuf>,
    },
    /// Write every whole record of a damaged log as NDJSON
    Salvage {
        #[command(flatten)]
        source: ConfigArgs,
        #[arg(long)]
        out: PathBuf,
    },
    /// Count events by kind, and bytes. The server must be stopped
    Stats {
        #[command(flatten)]
        source: ConfigArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    source: ConfigArgs,
    /// An empty folder. Keep the master key somewhere else
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    source: ConfigArgs,
    /// The folder that `frontdesk backup` made
    #[arg(long, required_unless_present = "confirm")]
    from: Option<PathBuf>,
    /// Let a restored copy send again. Until then its outbox stands still: what waits in it may have been sent by the original
    #[arg(long, conflicts_with = "from")]
    confirm: bool,
}

impl From<OpsError> for Exit {
    fn from(error: OpsError) -> Self {
        match error {
            OpsError::Open(error) => error.into(),
            OpsError::Damaged { .. } | OpsError::Manifest(_) | OpsError::Input { .. } | OpsError::Read(_) => {
                Self::data(error)
            }
            OpsError::NotEmpty(_) => Self::config(error),
            OpsError::Io { .. } | OpsError::Output(_) | OpsError::Append(_) => Self::io(error),
        }
    }
}

pub(crate) fn run(args: LogArgs) -> Result<(), Exit> {
    match args.what {
        LogCommand::Verify { source, from, to } => verify_log(&Config::load(&source)?, from, to),
        LogCommand::Export(args) => crate::log_export::run(&args),
        LogCommand::Dump { source, out, after } => {
            let (_writer, reader) = open(&Config::load(&source)?)?;
            let mut output = output(out.as_deref())?;
            let header = export(&reader, after, &mut output)?;
            output.flush().map_err(Exit::io)?;
            say(&format!("{} events of {} written", header.head.saturating_sub(after), header.log_id))
        }
        LogCommand::Import { source, from, keys } => {
            let config = Config::load(&source)?;
            let input: Box<dyn Read> = match from {
                Some(path) => Box::new(File::open(path).map_err(Exit::io)?),
                None => Box::new(std::io::stdin()),
            };
            let report = import(log_config(&config, false)?, keys.as_deref(), &mut BufReader::new(input), now_ms())?;
            say(&format!("{} events imported as {}", report.events, report.log_id))
        }
        LogCommand::Salvage { source, out } => {
            let config = Config::load(&source)?;
            let mut output = output(Some(&out))?;
            let report = salvage(&config.data_dir.join("log"), &mut output)?;
            output.flush().map_err(Exit::io)?;
            list(&report.damage)?;
            say(&format!("{} events up to position {} saved in {}", report.events, report.head, out.display()))
        }
        LogCommand::Stats { source } => {
            let (_writer, reader) = open(&Config::load(&source)?)?;
            let stats = stats(&reader)?;
            let mut out = std::io::stdout().lock();
            let mut table = || -> std::io::Result<()> {
                for (kind, of_kind) in &stats.by_kind {
                    writeln!(out, "{:>10}  {kind}  {} bytes", of_kind.events, of_kind.content_bytes)?;
                }
                let each = |bytes: u64| bytes / stats.events.max(1);
                writeln!(
                    out,
                    "{:>10}  events in {} records, {} look-up keys",
                    stats.events, stats.records, stats.unique_keys
                )?;
                writeln!(
                    out,
                    "journal {} bytes in {} segments ({} each)",
                    stats.journal_bytes,
                    stats.segments,
                    each(stats.journal_bytes)
                )?;
                writeln!(out, "store {} bytes ({} each)", stats.store_bytes, each(stats.store_bytes))
            };
            table().map_err(Exit::io)
        }
    }
}

pub(crate) fn run_backup(args: &BackupArgs) -> Result<(), Exit> {
    let config = Config::load(&args.source)?;
    let source = BackupSource {
        dir: config.data_dir.join("log"),
        checkpoint_dir: config.checkpoint_dir(),
        media_dir: Some(config.data_dir.join("media")).filter(|media| media.is_dir()),
    };
    let manifest = backup(&source, &args.out, now_ms())?;
    say(&format!("{} up to position {} in {}", manifest.log_id, manifest.head, args.out.display()))
}

pub(crate) fn run_restore(args: &RestoreArgs) -> Result<(), Exit> {
    let config = Config::load(&args.source)?;
    let dir = config.data_dir.join("log");
    let Some(from) = &args.from else {
        return confirm(&config, &dir);
    };
    let target = RestoreTarget { dir, media_dir: Some(config.data_dir.join("media")), new_log_id: None };
    let restored = restore(from, &target, now_ms())?;
    say(&format!(
        "{} restored as {} (from {} at position {}). Its outbox stands still until `frontdesk restore --confirm`.",
        from.display(),
        restored.log_id,
        restored.parent.log_id,
        restored.parent.pos
    ))
}

/// Writes into the log that this copy may send, so that it stays so through later backups and restores.
fn confirm(config: &Config, dir: &Path) -> Result<(), Exit> {
    let desk = crate::open::desk(config, false)?;
    let released = crate::serve::runtime()?.block_on(desk.release_outbox(Actor::System));
    desk.close();
    released.map_err(Exit::io)?;
    confirm_restore(dir)?;
    say("confirmed: the outbox sends again from the next start on")
}

fn verify_log(config: &Config, from: u64, to: u64) -> Result<(), Exit> {
    let report = verify(&config.data_dir.join("log"), Some(&config.checkpoint_dir()), from, to)?;
    list(&report.problems)?;
    if let Some(checkpoint) = &report.checkpoint {
        say(&format!("signed checkpoint at position {}", checkpoint.pos))?;
    }
    if report.unfinished_bytes > 0 {
        say(&format!(
            "{} bytes at the end belong to no whole record (cut at the next start)",
            report.unfinished_bytes
        ))?;
    }
    if report.is_sound() {
        say(&format!(
            "sound: {} events, positions {} to {}, {} segments",
            report.events, report.first, report.head, report.segments
        ))
    } else {
        Err(Exit::data(format!("{} problems", report.problems.len())))
    }
}

fn list(problems: &[Problem]) -> Result<(), Exit> {
    problems.iter().try_for_each(|problem| {
        say(&format!("{} at byte {}: {}", problem.file.display(), problem.offset, problem.what))
    })
}

/// The log alone, locked against a server.
fn open(config: &Config) -> Result<(Writer, Reader), Exit> {
    let (writer, reader, _) =
        event_log::open(log_config(config, false)?, Upcasts::none(), now_ms()).map_err(|error: OpenError| error)?;
    Ok((writer, reader))
}

fn output(path: Option<&Path>) -> Result<Box<dyn Write>, Exit> {
    Ok(match path {
        Some(path) => Box::new(BufWriter::new(File::create_new(path).map_err(Exit::io)?)),
        None => Box::new(BufWriter::new(std::io::stdout())),
    })
}

fn now_ms() -> i64 {
    SystemClock.now().as_millis()
}

/// To standard error, because standard output may be the data.
pub(crate) fn say(text: &str) -> Result<(), Exit> {
    writeln!(std::io::stderr(), "{text}").map_err(Exit::io)
}

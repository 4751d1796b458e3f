//! `frontdesk log export`: the log as files for people who ask it questions. A folder per day (of recording, UTC), each with
//! compressed lines of CloudEvents; the JSON Schema of every event type beside them; and a manifest that says which positions
//! are in which file.
//!
//! Files are never written again. A run writes the events that no file has yet, as further parts, so it can be run every
//! minute or be killed at any moment: a part gets its name once it is whole, and counts once the manifest lists it.
//!
//! Facts are in the open and personal parts sealed, which takes no key and no lock: the files of a running server will do. With
//! `--open-personal` it is the other way round: the desk is opened, so it must be stopped, and that the file is made, and why,
//! is an event of the log before the first line is written.

mod manifest;
mod parts;
mod source;

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use domain::calendar::Date;
use domain::event::{Actor, Event};
use domain::time::Timestamp;

use crate::cli::ConfigArgs;
use crate::config::Config;
use crate::exit::Exit;
use manifest::{Manifest, Personal};
use parts::Parts;
use source::Source;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    source: ConfigArgs,
    /// A folder; made if it is not there, continued if it holds an earlier export of the same log
    #[arg(long)]
    out: PathBuf,
    /// First day, as YYYY-MM-DD: of recording, UTC
    #[arg(long)]
    from: Option<Date>,
    /// Last day
    #[arg(long)]
    to: Option<Date>,
    /// Open what is sealed: names, addresses, texts. The server must be stopped; erasing a contact does not reach the files
    #[arg(long, requires = "reason")]
    open_personal: bool,
    /// Why; written into the audit log
    #[arg(long, requires = "open_personal")]
    reason: Option<String>,
}

/// The longest reason.
const REASON_MAX: usize = 1_000;

/// The days that are wanted.
#[derive(Debug, Clone, Copy)]
struct Days {
    from: Option<Date>,
    to: Option<Date>,
}

impl Days {
    /// Whether this day is among them; `None`: it comes after all of them.
    fn holds(self, day: Date) -> Option<bool> {
        if self.to.is_some_and(|to| day > to) { None } else { Some(self.from.is_none_or(|from| day >= from)) }
    }
}

fn day_of(recorded_at_ms: i64) -> Date {
    Date::of(Timestamp::from_millis(recorded_at_ms))
}

pub(crate) fn run(args: &ExportArgs) -> Result<(), Exit> {
    let config = Config::load(&args.source)?;
    if args.from.zip(args.to).is_some_and(|(from, to)| from > to) {
        return Err(Exit::config("--from is after --to"));
    }
    let reason = args.reason.as_deref().map(str::trim);
    if reason.is_some_and(|reason| reason.is_empty() || reason.chars().count() > REASON_MAX) {
        return Err(Exit::config(format!("--reason must have 1 to {REASON_MAX} characters")));
    }
    let days = Days { from: args.from, to: args.to };
    let personal = if args.open_personal { Personal::Opened } else { Personal::Sealed };
    let source = match reason {
        Some(_) => Source::opened(&config)?,
        None => Source::sealed(&config),
    };
    let written = export(&source, &args.out, days, personal, reason);
    source.close();
    let (manifest, events) = written?;
    crate::log_commands::say(&format!(
        "{events} events added; {} of {} in {} files in {}",
        manifest.events,
        manifest.log_id,
        manifest.files.len(),
        args.out.display()
    ))
}

fn export(
    source: &Source,
    out: &Path,
    days: Days,
    personal: Personal,
    reason: Option<&str>,
) -> Result<(Manifest, u64), Exit> {
    std::fs::create_dir_all(out).map_err(Exit::io)?;
    // Held until the end: two exports into one folder would number their parts alike.
    let lock = File::create(out.join(".lock")).map_err(Exit::io)?;
    lock.try_lock().map_err(|_| Exit::temporary(format!("another export into {} is running", out.display())))?;
    let identity = source.identity()?;
    let mut manifest = Manifest::of(out, identity, personal)?;
    let head = source.head()?;
    if manifest.last_pos() > head {
        return Err(Exit::data(format!(
            "{} holds events up to position {}, the log ends at {head}: it went back to an earlier state",
            out.display(),
            manifest.last_pos(),
        )));
    }
    if let Some(reason) = reason {
        let missing = missing(source, &manifest, days, head)?;
        if missing.count > 0 {
            source.write_down(reason, missing.first.zip(missing.last), missing.count)?;
        }
    }
    schemas(out)?;
    manifest.save(out)?;
    let mut parts = Parts::new(out, &mut manifest);
    let mut fault = None;
    source.events(parts.begin(), head, &mut |event, private| {
        let day = day_of(event.recorded_at_ms);
        let wanted = match days.holds(day) {
            None => return ControlFlow::Break(()),
            Some(wanted) => wanted,
        };
        let taken = if wanted { parts.take(day, event, private) } else { parts.pass() };
        match taken {
            Ok(()) => ControlFlow::Continue(()),
            Err(exit) => {
                fault = Some(exit);
                ControlFlow::Break(())
            }
        }
    })?;
    fault.map_or(Ok(()), Err)?;
    let added = parts.finish()?;
    Ok((manifest, added))
}

/// What no file has yet.
#[derive(Debug, Default)]
struct Missing {
    first: Option<u64>,
    last: Option<u64>,
    count: u64,
}

fn missing(source: &Source, manifest: &Manifest, days: Days, head: u64) -> Result<Missing, Exit> {
    let mut missing = Missing::default();
    source.positions(
        manifest.whole_until(),
        head,
        &mut |pos, recorded_at_ms| match days.holds(day_of(recorded_at_ms)) {
            None => ControlFlow::Break(()),
            Some(wanted) => {
                if wanted && !manifest.has(pos) {
                    missing.first = missing.first.or(Some(pos));
                    missing.last = Some(pos);
                    missing.count += 1;
                }
                ControlFlow::Continue(())
            }
        },
    )?;
    Ok(missing)
}

/// What each event type looks like, in the schema that the lines are in.
fn schemas(out: &Path) -> Result<(), Exit> {
    let folder = out.join("schemas");
    std::fs::create_dir_all(&folder).map_err(Exit::io)?;
    for schema in Event::schemas() {
        let text = serde_json::to_string_pretty(&schema.document()).map_err(Exit::software)? + "\n";
        let path = folder.join(format!("{}.v{}.json", schema.kind, schema.schema));
        if std::fs::read(&path).is_ok_and(|known| known == text.as_bytes()) {
            continue;
        }
        manifest::write_whole(&path, text.as_bytes())?;
    }
    Ok(())
}

/// Who the log says has made an export at the machine.
const BY: Actor = Actor::System;

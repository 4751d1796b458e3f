//! Holidays out of an iCalendar file (RFC 5545): events that last whole days, once or every year.
//!
//! Read here rather than by a crate: the parsers there are descend once for every component that lies in another, which a
//! file of a quarter megabyte can make deep enough to end the process, and holidays need little of what they know.
//! Nothing in a file is an error but that it is no calendar; an event that is not understood is told with its reason.

mod event;
mod lines;
mod rule;

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};

pub(crate) use event::Skipped;
use event::{Event, events};

/// Events of one file at most.
pub(crate) const EVENTS_MAX: usize = 2_000;
/// How far ahead a yearly event is written out.
const YEARS_AHEAD: u32 = 5;
/// Characters of a name that are kept.
const NAME_MAX: usize = 100;

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Holidays {
    /// By date; where two events share one, the first names it.
    pub(crate) days: BTreeMap<NaiveDate, Option<String>>,
    /// In the order of the file.
    pub(crate) skipped: Vec<SkippedEvent>,
}

/// An event that is no holiday to come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SkippedEvent {
    /// From 1.
    pub(crate) line: usize,
    pub(crate) name: Option<String>,
    pub(crate) why: Skipped,
}

/// The file cannot be read as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoCalendar {
    #[error("does not begin with BEGIN:VCALENDAR")]
    NoBeginning,
    #[error("ends before its components do")]
    BrokenOff,
    #[error("has more than {EVENTS_MAX} events")]
    TooMany,
}

/// The holidays of a file from `today` on.
pub(crate) fn holidays(text: &str, today: NaiveDate) -> Result<Holidays, NoCalendar> {
    let until = today.checked_add_months(Months::new(12 * YEARS_AHEAD)).unwrap_or(NaiveDate::MAX);
    let mut found = Holidays::default();
    for event in events(text)? {
        match event.days(today, until) {
            Ok(days) => {
                for day in days {
                    found.days.entry(day).or_insert_with(|| event.name());
                }
            }
            Err(why) => found.skipped.push(SkippedEvent { line: event.line, name: event.name(), why }),
        }
    }
    Ok(found)
}

impl Event<'_> {
    /// Its summary as a name.
    fn name(&self) -> Option<String> {
        let text = lines::text(self.summary.as_deref()?);
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(NAME_MAX).collect();
        let name = plain.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }
}

#[cfg(test)]
mod tests;

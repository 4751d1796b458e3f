//! Events of a calendar, and the days they take.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeDelta};

use super::lines::{Line, lines};
use super::rule::Rule;
use super::{EVENTS_MAX, NoCalendar};

/// Days of one holiday at most.
const LENGTH_MAX: i64 = 31;

/// Why an event gives no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skipped {
    NotAllDay,
    Unreadable,
    Cancelled,
    ChangesASeries,
    UnknownRule,
    TooLong,
    Past,
    FarAhead,
}

/// The lines of an event that matter.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) line: usize,
    pub(super) summary: Option<Cow<'a, str>>,
    start: Option<Cow<'a, str>>,
    end: Option<Cow<'a, str>>,
    duration: Option<Cow<'a, str>>,
    rule: Option<Cow<'a, str>>,
    /// Several lines, each with several dates.
    except: Vec<Cow<'a, str>>,
    also: Vec<Cow<'a, str>>,
    cancelled: bool,
    of_series: bool,
}

/// The events of a file. Of components in an event (alarms) nothing is taken.
pub(super) fn events(text: &str) -> Result<Vec<Event<'_>>, NoCalendar> {
    let mut found = Vec::new();
    let mut event: Option<Event<'_>> = None;
    let mut depth = 0_usize;
    let mut in_event = 0_usize;
    let mut begun = false;
    for line in lines(text) {
        match line.name.as_str() {
            "BEGIN" => {
                let what = line.value.trim();
                if !begun && !what.eq_ignore_ascii_case("VCALENDAR") {
                    return Err(NoCalendar::NoBeginning);
                }
                begun = true;
                depth += 1;
                if event.is_none() && what.eq_ignore_ascii_case("VEVENT") {
                    event = Some(Event { line: line.number, ..Event::default() });
                    in_event = depth;
                }
            }
            "END" => {
                if depth == in_event
                    && let Some(event) = event.take()
                {
                    if found.len() >= EVENTS_MAX {
                        return Err(NoCalendar::TooMany);
                    }
                    found.push(event);
                }
                depth = depth.saturating_sub(1);
            }
            _ if !begun => return Err(NoCalendar::NoBeginning),
            _ if depth == in_event => {
                if let Some(event) = &mut event {
                    event.take(line);
                }
            }
            _ => {}
        }
    }
    match (begun, depth) {
        (false, _) => Err(NoCalendar::NoBeginning),
        (true, 0) => Ok(found),
        (true, _) => Err(NoCalendar::BrokenOff),
    }
}

impl<'a> Event<'a> {
    fn take(&mut self, line: Line<'a>) {
        let value = line.value;
        match line.name.as_str() {
            "SUMMARY" => self.summary = Some(value),
            "DTSTART" => self.start = Some(value),
            "DTEND" => self.end = Some(value),
            "DURATION" => self.duration = Some(value),
            "RRULE" => self.rule = Some(value),
            "EXDATE" => self.except.push(value),
            "RDATE" => self.also.push(value),
            "STATUS" => self.cancelled = value.trim().eq_ignore_ascii_case("CANCELLED"),
            "RECURRENCE-ID" => self.of_series = true,
            _ => {}
        }
    }

    /// The days it takes from `today` on, before `until`.
    pub(super) fn days(&self, today: NaiveDate, until: NaiveDate) -> Result<BTreeSet<NaiveDate>, Skipped> {
        if self.cancelled {
            return Err(Skipped::Cancelled);
        }
        if self.of_series {
            return Err(Skipped::ChangesASeries);
        }
        let start = match moment(self.start.as_deref().ok_or(Skipped::Unreadable)?) {
            Some(Moment::Day(day)) => day,
            Some(Moment::Time) => return Err(Skipped::NotAllDay),
            None => return Err(Skipped::Unreadable),
        };
        let length = self.length(start)?;
        if length > LENGTH_MAX {
            return Err(Skipped::TooLong);
        }
        let mut starts = BTreeSet::from([start]);
        starts.extend(dates(&self.also)?);
        if let Some(rule) = &self.rule {
            let rule = Rule::read(rule, start).ok_or(Skipped::UnknownRule)?;
            // What began before today may last until then.
            starts.extend(rule.dates(today - TimeDelta::days(length), until));
        }
        for date in dates(&self.except)? {
            starts.remove(&date);
        }
        let days = starts.iter().flat_map(|start| start.iter_days().take(usize::try_from(length).unwrap_or_default()));
        let (mut taken, mut ahead) = (BTreeSet::new(), false);
        for day in days {
            ahead |= day >= until;
            if (today..until).contains(&day) {
                taken.insert(day);
            }
        }
        match (taken.is_empty(), ahead) {
            (false, _) => Ok(taken),
            (true, true) => Err(Skipped::FarAhead),
            (true, false) => Err(Skipped::Past),
        }
    }

    /// In days. Its end is the first day after it; some programs write the day itself.
    fn length(&self, start: NaiveDate) -> Result<i64, Skipped> {
        if let Some(end) = &self.end {
            return match moment(end) {
                Some(Moment::Day(end)) => Ok((end - start).num_days().max(1)),
                Some(Moment::Time) => Err(Skipped::NotAllDay),
                None => Err(Skipped::Unreadable),
            };
        }
        let Some(duration) = &self.duration else { return Ok(1) };
        let written = duration.trim().strip_prefix('+').unwrap_or(duration.trim());
        let written = written.strip_prefix('P').ok_or(Skipped::Unreadable)?;
        let count = |text: &str| text.parse::<u16>().ok().map(i64::from);
        let days = match (written.strip_suffix('D'), written.strip_suffix('W')) {
            (Some(days), _) => count(days),
            (_, Some(weeks)) => count(weeks).map(|weeks| weeks * 7),
            _ => None,
        };
        days.filter(|days| *days > 0).ok_or(Skipped::Unreadable)
    }
}

enum Moment {
    Day(NaiveDate),
    /// A day and a time of it.
    Time,
}

fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    match text.split_once('T') {
        None => day(text).map(Moment::Day),
        Some((date, _)) => day(date).map(|_| Moment::Time),
    }
}

/// `20261225`, in years in which somebody may have begun to keep calendars.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let date = digits.then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok())??;
    let year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    (year(1900)..year(9000)).contains(&date).then_some(date)
}

/// Lists of days; of dates with times only the day counts.
fn dates(lists: &[Cow<'_, str>]) -> Result<Vec<NaiveDate>, Skipped> {
    let each = lists.iter().flat_map(|list| list.split(','));
    let date = |text: &str| day(text.trim().split('T').next().unwrap_or_default()).ok_or(Skipped::Unreadable);
    each.map(date).collect()
}

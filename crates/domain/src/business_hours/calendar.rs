//! Business time: how much of it lies between two moments, and where so much of it ends.
//!
//! Local times become moments by two rules. A segment begins at the first moment whose local time is not before its start,
//! and ends after the last whose local time is before its end: so a time that does not exist moves forward to the first
//! that does, an ambiguous start is the first of the two and an ambiguous end the second. Time that two segments would
//! cover counts once.
//!
//! The zone's rules are those of the database this was built with. A fact that was computed with a calendar keeps its
//! result, so a newer database changes nothing that was.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};

use super::spec::{Segment, Spec};
use super::{CLOSED_DAYS_MAX, YEARS};
use crate::calendar::Date;
use crate::time::{Millis, Timestamp};
use crate::zone::Zone;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Calendar {
    zone: Zone,
    /// By the day on which they start, Monday first.
    weekly: [Vec<Segment>; 7],
    /// By date.
    overrides: Vec<(Date, Vec<Segment>)>,
}

/// How things stand at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    pub open: bool,
    /// Since when; `None`: for more than a year.
    pub since: Option<Timestamp>,
    /// Until when; `None`: for more than a year.
    pub until: Option<Timestamp>,
}

/// An open time in milliseconds since the epoch, its end excluded.
type Span = (i64, i64);

impl Calendar {
    /// Compiles what was checked before. A zone that the database of another day did not have is read as UTC.
    pub fn of(spec: &Spec) -> Self {
        let mut weekly: [Vec<Segment>; 7] = Default::default();
        for each in &spec.weekly {
            weekly[each.day.index()].push(Segment { start_s: each.start_s, end_s: each.end_s });
        }
        weekly.iter_mut().for_each(|segments| segments.sort_unstable());
        let mut overrides: Vec<_> = spec.overrides.iter().map(|each| (each.date, each.segments.clone())).collect();
        overrides.sort_unstable();
        for (_, segments) in &mut overrides {
            segments.sort_unstable();
        }
        Self { zone: spec.time_zone.parse().unwrap_or(Zone::UTC), weekly, overrides }
    }

    /// Whether it is open at this moment.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.next_open(at) == Some(at)
    }

    /// Open time in `[from, to)`; 0 where `to` is not after `from`.
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Millis {
        let to = to.as_millis();
        let inside = self.spans(from).take_while(|(begin, _)| *begin < to);
        Millis(inside.map(|(begin, end)| end.min(to) - begin).sum())
    }

    /// The earliest moment from `from` on by which so much open time has passed: `from` itself for none. A length that no
    /// year the calendar knows can hold ends with the last of them.
    pub fn add(&self, from: Timestamp, open: Millis) -> Timestamp {
        let mut left = open.0;
        if left <= 0 {
            return from;
        }
        for (begin, end) in self.spans(from) {
            if end - begin >= left {
                return Timestamp::from_millis(begin + left);
            }
            left -= end - begin;
        }
        from.max(Timestamp::from_millis(after_the_last_year()))
    }

    /// The earliest moment from `at` on at which it is open: `at` itself where it is.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        self.spans(at).next().map(|(begin, _)| Timestamp::from_millis(begin))
    }

    /// The local date at a moment.
    pub fn date_at(&self, at: Timestamp) -> Date {
        self.zone.date_at(at).into()
    }

    /// The open times in `[from, to)`, cut to it; what touches is one.
    pub fn open_times(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let end_of_all = to.as_millis();
        let mut found: Vec<Span> = Vec::new();
        for (begin, end) in self.spans(from).take_while(|(begin, _)| *begin < end_of_all) {
            let end = end.min(end_of_all);
            match found.last_mut() {
                Some(last) if last.1 == begin => last.1 = end,
                _ => found.push((begin, end)),
            }
        }
        let moment = Timestamp::from_millis;
        found.into_iter().map(|(begin, end)| (moment(begin), moment(end))).collect()
    }

    /// Open or closed, since when and until when.
    pub fn change_around(&self, at: Timestamp) -> Change {
        let far = Millis::days(CLOSED_DAYS_MAX + 2);
        let (first, last) = (at - far, at + far);
        let before = self.open_times(first, at).last().copied();
        let after = self.open_times(at, last).first().copied();
        match after {
            Some((begin, end)) if begin == at => Change {
                open: true,
                since: before.filter(|(_, end)| *end == at).map_or(Some(at), |(begin, _)| Some(begin)),
                until: Some(end).filter(|end| *end < last),
            },
            Some((begin, _)) => Change { open: false, since: before.map(|(_, end)| end), until: Some(begin) },
            None => Change { open: false, since: before.map(|(_, end)| end), until: None },
        }
        .within(first)
    }

    /// Open times from a moment on, the first cut to it, none counted twice.
    fn spans(&self, from: Timestamp) -> Spans<'_> {
        let from = from.as_millis().clamp(0, after_the_last_year());
        let local = self.zone.local_s(from.div_euclid(1_000)).date();
        // A segment of the day before may reach over midnight, and a zone may have left out a whole day.
        let date = local.checked_sub_signed(TimeDelta::days(3)).unwrap_or(local);
        let begun = self.overrides.partition_point(|(of, _)| of.naive() < date);
        let overrides = &self.overrides[begun..];
        let mut spans = Spans { calendar: self, date, overrides, segments: [].iter(), covered: from };
        spans.segments = spans.of_date();
        spans
    }
}

impl Change {
    /// Forgets a beginning that is only where the search began.
    fn within(self, first: Timestamp) -> Self {
        Self { since: self.since.filter(|since| *since > first), ..self }
    }
}

/// The first millisecond after the years a calendar knows.
fn after_the_last_year() -> i64 {
    let next = NaiveDate::from_ymd_opt(YEARS.end() + 1, 1, 1).unwrap_or(NaiveDate::MAX);
    next.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

/// See [`Calendar::spans`]. Begins and ends of segments come in the order of their local times, because both rules of the
/// module only ever move forward.
struct Spans<'a> {
    calendar: &'a Calendar,
    date: NaiveDate,
    /// Those that are not before `date`.
    overrides: &'a [(Date, Vec<Segment>)],
    segments: std::slice::Iter<'a, Segment>,
    covered: i64,
}

impl<'a> Spans<'a> {
    fn of_date(&self) -> std::slice::Iter<'a, Segment> {
        match self.overrides.first() {
            Some((date, segments)) if date.naive() == self.date => segments.iter(),
            _ => self.calendar.weekly[self.date.weekday().num_days_from_monday() as usize].iter(),
        }
    }

    /// Whether there is a next date.
    fn turn(&mut self) -> Option<()> {
        if self.overrides.first().is_some_and(|(date, _)| date.naive() == self.date) {
            self.overrides = &self.overrides[1..];
        }
        self.date = self.date.succ_opt().filter(|date| date.year() <= *YEARS.end())?;
        self.segments = self.of_date();
        Some(())
    }
}

impl Iterator for Spans<'_> {
    type Item = Span;
    fn next(&mut self) -> Option<Span> {
        loop {
            let Some(segment) = self.segments.next() else {
                self.turn()?;
                continue;
            };
            let midnight = self.date.and_time(NaiveTime::MIN);
            let end = self.calendar.zone.ends(midnight + TimeDelta::seconds(i64::from(segment.end_s))) * 1_000;
            if end <= self.covered {
                continue;
            }
            let begin = self.calendar.zone.begins(midnight + TimeDelta::seconds(i64::from(segment.start_s))) * 1_000;
            let begin = begin.max(self.covered);
            if begin < end {
                self.covered = end;
                return Some((begin, end));
            }
        }
    }
}

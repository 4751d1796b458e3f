//! What a calendar must be to be taken. All errors at once, each with a pointer to its place.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use super::draft::{Draft, DraftOverride, DraftSegment, seconds};
use super::spec::{DAY_S, Override, Segment, Spec, Weekday, WeeklySegment};
use super::{CLOSED_DAYS_MAX, NAME_MAX, OVERRIDES_MAX, SEGMENTS_PER_DAY_MAX, YEARS};
use crate::calendar::Date;
use crate::outbound_content::FieldError;

/// Seconds of a week of the clock.
const WEEK_S: u32 = 7 * DAY_S;

/// Whether a text can be a name.
pub(super) fn printable(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control)
}

/// The calendar as it is stored, or everything that is wrong with it.
pub(super) fn check(draft: &Draft) -> Result<Spec, Vec<FieldError>> {
    let mut errors = Errors::default();
    if draft.time_zone.parse::<Tz>().is_err() {
        errors.say("/time_zone", "unknown_value", "a name of the IANA time zone database, like Europe/Madrid");
    }
    let weekly = weekly(draft, &mut errors);
    let overrides = overrides(draft, &mut errors);
    // Only a calendar that can be read can be asked when it is open.
    if errors.0.is_empty()
        && let Some((first, last)) = too_long_closed(&weekly, &overrides)
    {
        let detail = format!("nothing is open between {first} and {last}, more than {CLOSED_DAYS_MAX} days");
        errors.say("/overrides", "conflict", detail);
    }
    if errors.0.is_empty() { Ok(Spec { time_zone: draft.time_zone.clone(), weekly, overrides }) } else { Err(errors.0) }
}

#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn say(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.into(), code, detail: detail.into() });
    }
}

/// The weekly table, sorted.
fn weekly(draft: &Draft, errors: &mut Errors) -> Vec<WeeklySegment> {
    if draft.weekly.is_empty() {
        errors.say("/weekly", "empty", "without a weekly segment nothing is open once the last date has passed");
    }
    if draft.weekly.len() > 7 * SEGMENTS_PER_DAY_MAX {
        errors.say("/weekly", "too_many", format!("at most {SEGMENTS_PER_DAY_MAX} segments a day"));
        return Vec::new();
    }
    let mut placed = Vec::new();
    for (index, each) in draft.weekly.iter().enumerate() {
        if let Some(segment) = segment(&each.segment, &format!("/weekly/{index}"), errors) {
            placed.push((each.day, segment, index));
        }
    }
    placed.sort_unstable();
    for day in Weekday::ALL {
        if placed.iter().filter(|(of, _, _)| *of == day).count() > SEGMENTS_PER_DAY_MAX {
            errors.say("/weekly", "too_many", format!("at most {SEGMENTS_PER_DAY_MAX} segments a day"));
        }
    }
    // The week is a circle: Sunday's night ends on Monday.
    let in_week = |(day, segment, index): &(Weekday, Segment, usize)| {
        let midnight = day.index() as u32 * DAY_S;
        (midnight + segment.start_s, midnight + segment.end_s, *index)
    };
    let mut round: Vec<_> = placed.iter().map(in_week).collect();
    if let (Some((start_s, end_s, index)), true) = (round.first().copied(), round.len() > 1) {
        round.push((start_s + WEEK_S, end_s + WEEK_S, index));
    }
    overlaps(&round, |index| format!("/weekly/{index}"), errors);
    let stored = |(day, segment, _): (Weekday, Segment, usize)| WeeklySegment {
        day,
        start_s: segment.start_s,
        end_s: segment.end_s,
    };
    placed.into_iter().map(stored).collect()
}

/// The overrides, sorted.
fn overrides(draft: &Draft, errors: &mut Errors) -> Vec<Override> {
    if draft.overrides.len() > OVERRIDES_MAX {
        errors.say("/overrides", "too_many", format!("at most {OVERRIDES_MAX} dates"));
        return Vec::new();
    }
    let mut known = BTreeSet::new();
    let mut stored = Vec::new();
    for (index, each) in draft.overrides.iter().enumerate() {
        let at = format!("/overrides/{index}");
        if let Some(each) = override_of(each, &at, errors) {
            if !known.insert(each.date) {
                errors.say(format!("{at}/date"), "duplicate", "this date is there already");
            }
            stored.push(each);
        }
    }
    stored.sort_unstable();
    stored
}

fn override_of(each: &DraftOverride, at: &str, errors: &mut Errors) -> Option<Override> {
    let date = each.date.parse::<Date>().ok().filter(|date| YEARS.contains(&date.naive().year()));
    if date.is_none() {
        let detail = format!("a day of the calendar in the years {} to {}", YEARS.start(), YEARS.end());
        errors.say(format!("{at}/date"), "bad_format", detail);
    }
    if each.name.as_deref().is_some_and(|name| !printable(name)) {
        errors.say(format!("{at}/name"), "bad_format", format!("1 to {NAME_MAX} printable characters"));
    }
    if each.segments.len() > SEGMENTS_PER_DAY_MAX {
        errors.say(format!("{at}/segments"), "too_many", format!("at most {SEGMENTS_PER_DAY_MAX} segments a day"));
        return None;
    }
    let mut placed = Vec::new();
    for (index, each) in each.segments.iter().enumerate() {
        placed.extend(segment(each, &format!("{at}/segments/{index}"), errors).map(|segment| (segment, index)));
    }
    placed.sort_unstable();
    let row: Vec<_> = placed.iter().map(|(segment, index)| (segment.start_s, segment.end_s, *index)).collect();
    overlaps(&row, |index| format!("{at}/segments/{index}"), errors);
    let name = each.name.as_deref().map(|name| name.trim().to_owned());
    Some(Override { date: date?, name, segments: placed.into_iter().map(|(segment, _)| segment).collect() })
}

fn segment(each: &DraftSegment, at: &str, errors: &mut Errors) -> Option<Segment> {
    let start_s = seconds(&each.start).filter(|start| *start < DAY_S);
    if start_s.is_none() {
        errors.say(format!("{at}/start"), "bad_format", "a time from 00:00 to 23:59, with or without seconds");
    }
    let end_s = seconds(&each.end);
    if end_s.is_none() {
        errors.say(format!("{at}/end"), "bad_format", "a time from 00:00 to 24:00, with or without seconds");
    }
    let (start_s, end_s) = (start_s?, end_s?);
    let end_s = if each.ends_next_day { end_s + DAY_S } else { end_s };
    if end_s <= start_s {
        let detail = "is not after its start; what runs past midnight has ends_next_day";
        errors.say(format!("{at}/end"), "out_of_range", detail);
        return None;
    }
    if end_s - start_s > DAY_S {
        errors.say(format!("{at}/end"), "out_of_range", "a segment lasts 24 hours at most");
        return None;
    }
    Some(Segment { start_s, end_s })
}

/// Names every segment of a sorted row that begins before one in front of it has ended. Where one ends, the next may begin.
fn overlaps(row: &[(u32, u32, usize)], pointer: impl Fn(usize) -> String, errors: &mut Errors) {
    let mut covered = 0;
    for (start_s, end_s, index) in row {
        if *start_s < covered {
            errors.say(pointer(*index), "conflict", "overlaps another segment");
        }
        covered = covered.max(*end_s);
    }
}

/// The last open date before, and the first after, a time without any opening that is too long.
fn too_long_closed(weekly: &[WeeklySegment], overrides: &[Override]) -> Option<(Date, Date)> {
    let of_date: BTreeMap<NaiveDate, &Override> = overrides.iter().map(|each| (each.date.naive(), each)).collect();
    // First start and last end on a date, in seconds since its midnight.
    let open_on = |date: NaiveDate| match of_date.get(&date) {
        Some(each) => Some((each.segments.first()?.start_s, each.segments.iter().map(|each| each.end_s).max()?)),
        None => {
            let day = date.weekday().num_days_from_monday() as usize;
            let mut segments = weekly.iter().filter(|segment| segment.day.index() == day);
            let first = segments.next()?;
            Some((first.start_s, segments.fold(first.end_s, |end, segment| end.max(segment.end_s))))
        }
    };
    let week = TimeDelta::days(7);
    let mut date = *of_date.keys().next()? - week;
    let last = *of_date.keys().next_back()? + week;
    let mut open: Option<(NaiveDate, u32)> = None;
    while date <= last {
        // A week without overrides is open once at least: only the one before the next override matters.
        if let Some((next, _)) = of_date.range(date..).next()
            && *next - week > date
        {
            (date, open) = (*next - week, None);
        }
        if let Some((start_s, end_s)) = open_on(date) {
            if let Some((before, ended_s)) = open {
                let closed_s = (date - before).num_seconds() + i64::from(start_s) - i64::from(ended_s);
                if closed_s > CLOSED_DAYS_MAX * i64::from(DAY_S) {
                    return Some((before.into(), date.into()));
                }
            }
            open = Some((date, end_s));
        }
        date = date.succ_opt()?;
    }
    None
}

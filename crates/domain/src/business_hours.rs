//! Business hours: calendars that say when somebody is there, by which waiting is measured and routing decides. A calendar
//! is a time zone, a weekly table and dates that differ from it; every version ever is kept, because facts name the version
//! they were computed with.
//!
//! Not here: public holidays (they are imported) and what anybody does with the result.

use crate::access::Principal;
use crate::calendar::Date;
use crate::event::StreamId;
use crate::event::business_hours::*;
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::routing::rule::manages;
use crate::step::Step;

mod calendar;
mod calendars;
mod check;
mod draft;
mod spec;

pub use calendar::{Calendar, Change};
pub use calendars::{Calendars, Entry};
pub use draft::{Draft, DraftOverride, DraftSegment, DraftWeekly};
pub use spec::{Override, Segment, Spec, Weekday, WeeklySegment};

/// Characters of a calendar's or a holiday's name at most.
pub const NAME_MAX: usize = 100;
/// Calendars that exist at once at most.
pub const CALENDARS_MAX: usize = 500;
/// Segments that begin on one day at most.
pub const SEGMENTS_PER_DAY_MAX: usize = 12;
/// Dates that differ from the weekly table at most.
pub const OVERRIDES_MAX: usize = 1_000;
/// The years a calendar knows; before and after them it is closed.
pub const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;
/// No calendar is closed for longer.
pub const CLOSED_DAYS_MAX: i64 = 366;

/// A new calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCalendar {
    pub name: String,
    /// `None`: for the whole workspace.
    pub brand_id: Option<BrandId>,
    pub draft: Draft,
}

/// The parts that a change names; `None` leaves one as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CalendarChange {
    pub name: Option<String>,
    pub time_zone: Option<String>,
    pub weekly: Option<Vec<DraftWeekly>>,
    pub overrides: Option<Vec<DraftOverride>>,
}

/// What closing on dates did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closed {
    pub added: Vec<Date>,
    /// What stood on these dates before is gone.
    pub replaced: Vec<Date>,
    /// These were closed under this name already.
    pub unchanged: Vec<Date>,
}

/// Creates a calendar. Somebody who works for some brands only makes calendars of those.
pub fn create(step: &mut Step<'_>, by: &Principal, new: &NewCalendar) -> Result<HoursId, Rejection> {
    match new.brand_id {
        Some(brand) if !step.world.brands.contains_key(&brand) || !by.rights().in_brand(brand) => {
            return Err(Rejection::UnknownReference { field: "brand_id" });
        }
        None if by.rights().brands().is_some() => {
            let detail = "name one of your brands".to_owned();
            return Err(Rejection::Invalid { field: "brand_id", detail });
        }
        _ => {}
    }
    if step.world.calendars.iter().count() >= CALENDARS_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {CALENDARS_MAX} calendars") });
    }
    let (name, spec) = taken(&new.name, &new.draft)?;
    refuse_double(step, &name, new.brand_id, None)?;
    let hours_id: HoursId = step.mint.fresh();
    let event = BusinessHoursCreated { hours_id, brand_id: new.brand_id, name, spec };
    step.emit(StreamId::BusinessHours(hours_id), event);
    Ok(hours_id)
}

/// Changes parts of it. What is measured from now on uses the new version; what was measured stays.
pub fn change(
    step: &mut Step<'_>,
    by: &Principal,
    id: HoursId,
    expected: u64,
    change: CalendarChange,
) -> Result<(), Rejection> {
    let entry = managed(step, by, id, Some(expected))?;
    let mut draft = entry.spec.draft();
    draft.time_zone = change.time_zone.unwrap_or(draft.time_zone);
    draft.weekly = change.weekly.unwrap_or(draft.weekly);
    draft.overrides = change.overrides.unwrap_or(draft.overrides);
    let (name, spec) = taken(change.name.as_deref().unwrap_or(&entry.name), &draft)?;
    refuse_double(step, &name, entry.brand_id, Some(id))?;
    if name != entry.name || spec != entry.spec {
        step.emit(StreamId::BusinessHours(id), BusinessHoursChanged { hours_id: id, name, spec });
    }
    Ok(())
}

/// Closes it on these dates, whatever stood there before: how holidays are imported.
pub fn close_on(
    step: &mut Step<'_>,
    by: &Principal,
    id: HoursId,
    expected: Option<u64>,
    days: &[(Date, Option<String>)],
) -> Result<Closed, Rejection> {
    let entry = managed(step, by, id, expected)?;
    if days.len() > OVERRIDES_MAX {
        let detail = format!("at most {OVERRIDES_MAX} dates");
        return Err(Rejection::Fields(vec![FieldError { pointer: "/overrides".to_owned(), code: "too_many", detail }]));
    }
    let mut spec = entry.spec.clone();
    let mut closed = Closed::default();
    for (date, name) in days {
        let holiday = Override { date: *date, name: name.clone(), segments: Vec::new() };
        match spec.overrides.iter_mut().find(|each| each.date == *date) {
            Some(known) if *known == holiday => closed.unchanged.push(*date),
            Some(known) => {
                *known = holiday;
                closed.replaced.push(*date);
            }
            None => {
                spec.overrides.push(holiday);
                closed.added.push(*date);
            }
        }
    }
    let (name, spec) = taken(&entry.name, &spec.draft())?;
    if spec != entry.spec {
        step.emit(StreamId::BusinessHours(id), BusinessHoursChanged { hours_id: id, name, spec });
    }
    Ok(closed)
}

/// Removes it. Its versions stay for the facts that name them.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: HoursId, expected: u64) -> Result<(), Rejection> {
    managed(step, by, id, Some(expected))?;
    if step.world.queues.changed().any(|(_, settings)| settings.hours_id == Some(id)) {
        return Err(Rejection::InUse("a queue is worked by it"));
    }
    if step.world.sla_policies.use_hours(id) {
        return Err(Rejection::InUse("a service level counts by it"));
    }
    step.emit(StreamId::BusinessHours(id), BusinessHoursRemoved { hours_id: id });
    Ok(())
}

/// The calendar as it is, where the asker may change it and has seen its newest version.
fn managed(step: &Step<'_>, by: &Principal, id: HoursId, expected: Option<u64>) -> Result<Entry, Rejection> {
    let by = step.world.roster.current(by).ok_or(Rejection::SessionEnded)?;
    let entry = step.world.calendars.get(id).ok_or(Rejection::NotFound)?;
    manages(&by, entry.brand_id)?;
    if expected.is_some_and(|expected| expected != entry.version) {
        return Err(Rejection::VersionMismatch { actual: entry.version });
    }
    Ok(entry.clone())
}

/// Name and calendar as they are stored, or everything that is wrong with them.
fn taken(name: &str, draft: &Draft) -> Result<(String, Spec), Rejection> {
    let name = name.trim();
    let mut errors = Vec::new();
    if !check::printable(name) {
        let detail = format!("1 to {NAME_MAX} printable characters");
        errors.push(FieldError { pointer: "/name".to_owned(), code: "bad_format", detail });
    }
    match check::check(draft) {
        Ok(spec) if errors.is_empty() => Ok((name.to_owned(), spec)),
        Ok(_) => Err(Rejection::Fields(errors)),
        Err(more) => {
            errors.extend(more);
            Err(Rejection::Fields(errors))
        }
    }
}

/// Names are unique within a brand: whether one is taken behind another brand's wall is nobody's to learn.
fn refuse_double(
    step: &Step<'_>,
    name: &str,
    brand: Option<BrandId>,
    except: Option<HoursId>,
) -> Result<(), Rejection> {
    let same = |entry: &Entry| entry.brand_id == brand && entry.name.to_lowercase() == name.to_lowercase();
    if step.world.calendars.iter().any(|entry| Some(entry.id) != except && same(entry)) {
        return Err(Rejection::Duplicate("a calendar of this name"));
    }
    Ok(())
}

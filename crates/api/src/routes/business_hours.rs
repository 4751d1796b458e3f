//! Calendars of business hours: keeping them, asking them, and taking holidays from a file.

use app::reach;
use domain::access::Action;
use domain::business_hours::{self, CalendarChange, Draft, Entry, NewCalendar};
use domain::calendar::Date;
use domain::time::Millis;
use domain::{ids, time};

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::business_hours::*;
use crate::dto::scalar::HoursId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Fingerprint, HolidayBody, IfMatch, MessageJson, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::ical;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::business_hours::{overrides_asked, shown, summary, weekly_asked};
use crate::problem::{FieldError, Kind, Problem};

/// The longest period that is counted.
const PERIOD_MAX: Millis = Millis::days(366);
/// The period where none is named.
const PERIOD: Millis = Millis::days(7);
/// Open times listed at most.
const TIMES_MAX: usize = 1_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/business-hours", "list_business_hours", list)
            .about(Tag::BusinessHours, "List the calendars of the workspace and of your brands")
            .needs(Action::HoursRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/business-hours", "create_business_hours", create)
            .about(Tag::BusinessHours, "Create a calendar")
            .description(
                "A time zone, a weekly table and dates that differ from it. A local time that does not exist when the \
                 clocks go forward moves to the first that does; of one that exists twice, a start is the first and an end \
                 the second. A calendar that is closed for more than 366 days anywhere is refused.",
            )
            .needs(Action::HoursManage)
            .refuses(&[Kind::NameTaken, Kind::UnknownReference, Kind::Unprocessable]),
        Endpoint::get("/v1/business-hours/{hours_id}", "get_business_hours", read)
            .about(Tag::BusinessHours, "Get a calendar")
            .needs(Action::HoursRead),
        Endpoint::patch("/v1/business-hours/{hours_id}", "update_business_hours", update)
            .about(Tag::BusinessHours, "Change a calendar")
            .description("What is measured from now on uses the new version; what was measured keeps its own.")
            .needs(Action::HoursManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::NameTaken, Kind::Unprocessable]),
        Endpoint::delete("/v1/business-hours/{hours_id}", "remove_business_hours", remove)
            .about(Tag::BusinessHours, "Remove a calendar")
            .description("Refused while something is worked by it.")
            .needs(Action::HoursManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::InUse]),
        Endpoint::get("/v1/business-hours/{hours_id}/is-open", "get_open_state", is_open)
            .about(Tag::BusinessHours, "Ask whether it is open, since when and until when")
            .needs(Action::HoursRead)
            .refuses(&[Kind::NotFound]),
        Endpoint::get("/v1/business-hours/{hours_id}/elapsed", "get_elapsed_time", elapsed)
            .about(Tag::BusinessHours, "Count the open time of a period")
            .description("With the open times it is the sum of, so that any business time can be checked by hand.")
            .needs(Action::HoursRead)
            .refuses(&[Kind::NotFound, Kind::InvalidParameter]),
        Endpoint::post("/v1/business-hours/{hours_id}/holiday-imports", "import_holidays", import)
            .about(Tag::BusinessHours, "Close a calendar on the holidays of an iCalendar file")
            .description(
                "The file as `text/calendar`, or as a text in JSON. Events that last whole days, also several, close the \
                 calendar on them, whatever stood there before; yearly ones do for the coming five years. All others are \
                 told with the reason why they were not taken. Importing a file again changes nothing.",
            )
            .needs(Action::HoursManage)
            .refuses(&[Kind::NotFound, Kind::PreconditionFailed, Kind::Unprocessable]),
    ]
}

/// A calendar the caller sees.
fn seen(front: &Front, caller: &Caller, id: ids::HoursId) -> Result<Entry, Problem> {
    let entry = front.view(|views| views.calendars.get(id).cloned());
    let sees = |entry: &Entry| reach::sees_configured(&caller.principal, entry.brand_id);
    entry.filter(sees).ok_or_else(|| Kind::NotFound.into())
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
) -> Result<Found<BusinessHoursPage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated("business hours"), query.cursor, query.limit);
    let after = pager.after::<ids::HoursId>()?;
    let (found, as_of) = front.view(|views| {
        let later = views.calendars.iter().filter(|entry| after.is_none_or(|after| entry.id > after));
        let seen = later.filter(|entry| reach::sees_configured(&caller.principal, entry.brand_id));
        (seen.take(pager.limit() + 1).map(summary).collect::<Vec<_>>(), views.position())
    });
    let (data, page) = pager.cut(found, |entry| entry.id.0);
    Ok(Found(BusinessHoursPage { data, page, as_of: as_of.into() }))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<HoursId>,
) -> Result<Versioned<BusinessHours>, Problem> {
    let entry = seen(&front, &caller, id.0)?;
    Ok(Versioned(shown(&entry), entry.version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    MessageJson(body, value): MessageJson<CreateBusinessHours>,
) -> Result<Created<BusinessHours>, Problem> {
    let draft = Draft {
        time_zone: body.time_zone,
        weekly: weekly_asked(body.weekly),
        overrides: overrides_asked(body.overrides.unwrap_or_default()),
    };
    let new = NewCalendar { name: body.name, brand_id: body.brand_id.map(Into::into), draft };
    let repeatable = Repeatable { key, what: "create_business_hours", body: Fingerprint::of(&value) };
    let made = front
        .creation(&caller, repeatable, move |gate| {
            let step = &mut gate.workspace(Action::HoursManage)?;
            let principal = step.principal();
            business_hours::create(step, &principal, &new)
        })
        .await?;
    let body = shown(&seen(&front, &caller, made.value)?);
    Ok(Created { location: format!("/v1/business-hours/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<HoursId>,
    expected: IfMatch,
    MessageJson(body, _): MessageJson<UpdateBusinessHours>,
) -> Result<Found<BusinessHours>, Problem> {
    seen(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let change = CalendarChange {
        name: body.name,
        time_zone: body.time_zone,
        weekly: body.weekly.map(weekly_asked),
        overrides: body.overrides.map(overrides_asked),
    };
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::HoursManage)?;
            let principal = step.principal();
            business_hours::change(step, &principal, id.0, expected, change)
        })
        .await?;
    Ok(Found(shown(&seen(&front, &caller, id.0)?)))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<HoursId>, expected: IfMatch) -> Result<Done, Problem> {
    seen(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::HoursManage)?;
            let principal = step.principal();
            business_hours::remove(step, &principal, id.0, expected)
        })
        .await?;
    Ok(Done)
}

async fn is_open(
    caller: Caller,
    Then(front, query): Then<OpenQuery>,
    Path(id): Path<HoursId>,
) -> Result<Found<OpenState>, Problem> {
    let entry = seen(&front, &caller, id.0)?;
    let at = query.at.map_or(front.now(), |at| at.0);
    let change = entry.calendar.change_around(at);
    Ok(Found(OpenState {
        hours_id: id,
        version: entry.version.into(),
        time_zone: entry.spec.time_zone,
        at: at.into(),
        open: change.open,
        since: change.since.map(Into::into),
        until: change.until.map(Into::into),
    }))
}

async fn elapsed(
    caller: Caller,
    Then(front, query): Then<ElapsedQuery>,
    Path(id): Path<HoursId>,
) -> Result<Found<ElapsedTime>, Problem> {
    let entry = seen(&front, &caller, id.0)?;
    let to = query.to.map_or(front.now(), |to| to.0);
    let from = query.from.map_or(to - PERIOD, |from| from.0);
    if to < from || to - from > PERIOD_MAX {
        return Err(Problem::parameter("to", "out-of-range", "must be 0 to 366 days after `from`"));
    }
    let version = query.version.unwrap_or(entry.version);
    let count = |calendar: &business_hours::Calendar| (calendar.between(from, to), calendar.open_times(from, to));
    let counted = front.view(|views| views.calendars.of_version(id.0, version).map(count));
    let (open, times) = counted.ok_or(Kind::NotFound)?;
    let open_ms = u64::try_from(open.0).unwrap_or_default();
    let listed = |(from, to): &(time::Timestamp, time::Timestamp)| OpenTime { from: (*from).into(), to: (*to).into() };
    Ok(Found(ElapsedTime {
        hours_id: id,
        version: version.into(),
        time_zone: entry.spec.time_zone,
        from: from.into(),
        to: to.into(),
        open_ms,
        open_s: open_ms / 1_000,
        open_times: times.iter().take(TIMES_MAX).map(listed).collect(),
        more: times.len() > TIMES_MAX,
    }))
}

async fn import(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<HoursId>,
    expected: IfMatch,
    HolidayBody(text): HolidayBody,
) -> Result<Found<HolidayImport>, Problem> {
    let entry = seen(&front, &caller, id.0)?;
    let today = entry.calendar.date_at(shared.now()).naive();
    let found = ical::holidays(&text, today).map_err(|fault| {
        let pointer = Some("/ical".to_owned());
        let wrong = FieldError { pointer, parameter: None, code: "no-calendar".to_owned(), detail: fault.to_string() };
        Problem::new(Kind::Unprocessable).detail(format!("the file {fault}")).errors(vec![wrong])
    })?;
    let days: Vec<(Date, Option<String>)> = found.days.into_iter().map(|(day, name)| (day.into(), name)).collect();
    let names = days.clone();
    let closed = front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::HoursManage)?;
            let principal = step.principal();
            business_hours::close_on(step, &principal, id.0, expected.0, &days)
        })
        .await?
        .value;
    let named = |dates: Vec<Date>| {
        let name = |date: &Date| names.iter().find(|(of, _)| of == date).and_then(|(_, name)| name.clone());
        dates.into_iter().map(|date| HolidayDate { name: name(&date), date: date.to_string() }).collect()
    };
    Ok(Found(HolidayImport {
        hours_id: id,
        version: seen(&front, &caller, id.0)?.version.into(),
        added: named(closed.added),
        replaced: named(closed.replaced),
        unchanged: named(closed.unchanged),
        skipped: found.skipped.into_iter().map(skipped).collect(),
    }))
}

fn skipped(event: ical::SkippedEvent) -> SkippedEvent {
    let reason = match event.why {
        ical::Skipped::NotAllDay => SkippedBecause::NotAllDay,
        ical::Skipped::Unreadable => SkippedBecause::Unreadable,
        ical::Skipped::Cancelled => SkippedBecause::Cancelled,
        ical::Skipped::ChangesASeries => SkippedBecause::ChangesASeries,
        ical::Skipped::UnknownRule => SkippedBecause::UnknownRule,
        ical::Skipped::TooLong => SkippedBecause::TooLong,
        ical::Skipped::Past => SkippedBecause::Past,
        ical::Skipped::FarAhead => SkippedBecause::FarAhead,
    };
    SkippedEvent { line: u32::try_from(event.line).unwrap_or(u32::MAX), name: event.name, reason }
}

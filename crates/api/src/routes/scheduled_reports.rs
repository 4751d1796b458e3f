//! Reports that come again and again.

use domain::access::Action;
use domain::ids;
use domain::report::cadence::{Cadence, Every};
use domain::report::{Question, schedule};

use super::report_exports::{written, wrong};
use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::report::*;
use crate::dto::scalar::ScheduledReportId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Query};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::report::{filters_asked, format_asked, kind_asked, number_of, scheduled_report};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/scheduled-reports", "list_scheduled_reports", list)
            .about(Tag::Reports, "List reports that come again and again")
            .description("Your own and those that come to you; whoever works for all brands sees every one.")
            .needs(Action::ReportManage)
            .refuses(CURSOR),
        Endpoint::post("/v1/scheduled-reports", "create_scheduled_report", create)
            .about(Tag::Reports, "Have a report come again and again")
            .description(
                "At its time each recipient gets an export of the local day, week or month before, made with their own \
                 rights, and finds it among `GET /v1/report-exports`; whoever may not have reports by then gets none. If \
                 nothing ran when it was due, it comes once as soon as it can, for the newest period; earlier ones are \
                 counted in the log and can be asked for as exports.",
            )
            .needs(Action::ReportManage)
            .refuses(&[Kind::Unprocessable, Kind::InUse]),
        Endpoint::get("/v1/scheduled-reports/{report_id}", "get_scheduled_report", read)
            .about(Tag::Reports, "Get a report that comes again and again")
            .needs(Action::ReportManage),
        Endpoint::put("/v1/scheduled-reports/{report_id}", "replace_scheduled_report", replace)
            .about(Tag::Reports, "Change a report that comes again and again")
            .description("Whoever made it, and whoever works for all brands. It is next due by its new cadence.")
            .needs(Action::ReportManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable]),
        Endpoint::delete("/v1/scheduled-reports/{report_id}", "remove_scheduled_report", remove)
            .about(Tag::Reports, "End a report that comes again and again")
            .description("Files that it made stay for their time.")
            .needs(Action::ReportManage)
            .refuses(CHANGE),
    ]
}

/// What is asked for, where its parts fit together.
fn asked(body: SetScheduledReport) -> Result<schedule::ScheduledReport, Problem> {
    let format = format_asked(body.question.format);
    written(format, "/question/format")?;
    let SetReportCadence { every, weekday, day, at, time_zone } = body.cadence;
    let every = match (every, weekday, day) {
        (ReportFrequency::Daily, None, None) => Every::Day,
        (ReportFrequency::Weekly, Some(day), None) => Every::Week { day: number_of(day) },
        (ReportFrequency::Monthly, None, Some(day)) => Every::Month { day },
        (ReportFrequency::Weekly, None, _) => return Err(wrong("/cadence/weekday", "required", "weekly on which day")),
        (ReportFrequency::Monthly, _, None) => return Err(wrong("/cadence/day", "required", "monthly on which day")),
        (ReportFrequency::Daily | ReportFrequency::Monthly, Some(_), _) => {
            return Err(wrong("/cadence/weekday", "not-of-this-type", "only weekly ones have it"));
        }
        (ReportFrequency::Daily | ReportFrequency::Weekly, _, Some(_)) => {
            return Err(wrong("/cadence/day", "not-of-this-type", "only monthly ones have it"));
        }
    };
    // The contract's pattern lets nothing else through.
    let (hours, minutes) = at.split_once(':').unwrap_or_default();
    let at_s = hours.parse::<u32>().unwrap_or(0) * 3_600 + minutes.parse::<u32>().unwrap_or(0) * 60;
    Ok(schedule::ScheduledReport {
        name: body.name.trim().to_owned(),
        enabled: body.enabled.unwrap_or(true),
        question: Question {
            kind: kind_asked(body.question.kind),
            format,
            filters: filters_asked(body.question.filters),
        },
        cadence: Cadence { every, at_s, time_zone },
        recipient_ids: body.recipient_ids.into_iter().map(Into::into).collect(),
    })
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<ListQuery>,
) -> Result<Found<ScheduledReportPage>, Problem> {
    let pager = Pager::new(&shared, &caller, "scheduled reports".to_owned(), query.cursor, query.limit);
    let after = pager.after::<ids::ScheduledReportId>()?;
    let (found, as_of) = front.scheduled_reports(&caller.principal)?;
    let rest = found.into_iter().filter(|entry| after.is_none_or(|after| entry.id > after));
    let (found, page) = pager.cut(rest.take(pager.limit() + 1).collect(), |entry| entry.id);
    let data = found.into_iter().map(|entry| scheduled_report(&front, entry)).collect();
    Ok(Found(ScheduledReportPage { data, page, as_of: as_of.into() }))
}

fn found(front: &Front, caller: &Caller, id: ids::ScheduledReportId) -> Result<ScheduledReport, Problem> {
    Ok(scheduled_report(front, front.scheduled_report(&caller.principal, id)?))
}

async fn read(
    caller: Caller,
    front: Front,
    Path(id): Path<ScheduledReportId>,
) -> Result<Versioned<ScheduledReport>, Problem> {
    let report = found(&front, &caller, id.0)?;
    let version = report.version.0;
    Ok(Versioned(report, version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<SetScheduledReport>,
) -> Result<Created<ScheduledReport>, Problem> {
    let report = asked(body)?;
    let made = front
        .creation(&caller, Repeatable { key, what: "create_scheduled_report", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ReportManage)?;
            let principal = step.principal();
            schedule::create(step, &principal, report)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/scheduled-reports/{}", made.value), body, replayed: made.replayed })
}

async fn replace(
    caller: Caller,
    front: Front,
    Path(id): Path<ScheduledReportId>,
    expected: IfMatch,
    Json(body, _): Json<SetScheduledReport>,
) -> Result<Found<ScheduledReport>, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let report = asked(body)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::ReportManage)?;
            let principal = step.principal();
            schedule::change(step, &principal, id.0, expected, report)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(
    caller: Caller,
    front: Front,
    Path(id): Path<ScheduledReportId>,
    expected: IfMatch,
) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::ReportManage)?;
            let principal = step.principal();
            schedule::remove(step, &principal, id.0, expected)
        })
        .await?;
    Ok(Done)
}

//! Reports as files: asked for, looked after, fetched.

use std::convert::Infallible;

use actix_web::body::{BoxBody, SizedStream};
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use app::media::OpenMedia;
use app::reports::{FetchError, writes};
use bytes::Bytes;
use domain::access::Action;
use domain::ids;
use domain::report::{Format, Question, Spec, export};
use futures_util::StreamExt;
use serde_json::json;

use crate::answer::{Accepted, Found};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::report::{CreateReportExport, ReportExport, ReportExportPage};
use crate::dto::scalar::ReportExportId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Json, OptionalIdempotencyKey, Path, Query};
use crate::front::{Front, Repeatable};
use crate::openapi::{Describe, Operation, Tag};
use crate::paging::Pager;
use crate::present::report::{filters_asked, format_asked, kind_asked, report_export};
use crate::problem::{FieldError, Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/v1/report-exports", "create_report_export", create)
            .about(Tag::Reports, "Ask for a report as a file")
            .description(
                "A row for each thing that was measured, with the conversation, the definition it was measured by and the \
                 positions of the events it follows from, which `GET /v1/events/{pos}` shows. As of a position it is the same \
                 rows whenever it is asked for. It holds what you may see when it is made. Times are in the zone asked for, \
                 lengths in seconds; in CSV what would be a formula gets an apostrophe and lists are JSON.",
            )
            .needs(Action::ReportManage)
            .refuses(&[Kind::Unprocessable, Kind::InUse]),
        Endpoint::get("/v1/report-exports", "list_report_exports", list)
            .about(Tag::Reports, "List exports, newest first")
            .description(
                "Your own, those that scheduled reports made for you included; a Super Admin's everybody's. Those that wait, \
                 those that can be fetched, and the last 200 that failed or whose file is gone.",
            )
            .needs(Action::ReportManage)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::get("/v1/report-exports/{export_id}", "get_report_export", read)
            .about(Tag::Reports, "Get an export")
            .needs(Action::ReportManage),
        Endpoint::get("/v1/report-exports/{export_id}/content", "get_report_export_content", content)
            .about(Tag::Reports, "Get an export's file")
            .description(
                "For seven days. Refused to whoever has lost a brand or a team since that the file reaches into.",
            )
            .needs(Action::ReportManage)
            .refuses(&[Kind::NotFound, Kind::Forbidden, Kind::InvalidTransition, Kind::Gone]),
    ]
}

/// Refuses a format that this build does not write; `pointer` is where it stands in the body.
pub(super) fn written(format: Format, pointer: &str) -> Result<(), Problem> {
    if writes(format) {
        return Ok(());
    }
    let detail = format!("this build does not write {}; it was made without that feature", format.as_str());
    Err(wrong(pointer, "unavailable", &detail))
}

/// One thing that makes no sense in a body.
pub(super) fn wrong(pointer: &str, code: &str, detail: &str) -> Problem {
    let pointer = Some(pointer.to_owned());
    let error = FieldError { pointer, parameter: None, code: code.to_owned(), detail: detail.to_owned() };
    Problem::new(Kind::Unprocessable).errors(vec![error]).detail(detail.to_owned())
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateReportExport>,
) -> Result<Accepted<ReportExport>, Problem> {
    let format = format_asked(body.format);
    written(format, "/format")?;
    // What is decided later is not what was asked about.
    let as_of_pos = body.as_of_pos.map_or_else(|| front.position(), |pos| pos.0);
    let made = front
        .creation(&caller, Repeatable { key, what: "create_report_export", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ReportManage)?;
            let principal = step.principal();
            let spec = Spec {
                question: Question { kind: kind_asked(body.kind), format, filters: filters_asked(body.filters) },
                from: body.from.0,
                to: body.to.0,
                time_zone: body.time_zone.unwrap_or_else(|| "UTC".to_owned()),
                as_of_pos,
            };
            export::request(step, &principal, spec)
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Accepted { location: format!("/v1/report-exports/{}", made.value), body, replayed: made.replayed })
}

fn found(front: &Front, caller: &Caller, id: ids::ReportExportId) -> Result<ReportExport, Problem> {
    Ok(report_export(front, front.report_export(&caller.principal, id)?))
}

/// An export as whoever asked for it is shown it.
pub(super) fn exported(front: &Front, caller: &Caller, id: ids::ReportExportId) -> Result<ReportExport, Problem> {
    found(front, caller, id)
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<ListQuery>,
) -> Result<Found<ReportExportPage>, Problem> {
    let pager = Pager::new(&shared, &caller, "report exports".to_owned(), query.cursor, query.limit);
    let before = pager.after::<ids::ReportExportId>()?;
    let (found, as_of) = front.report_exports(&caller.principal, before, pager.limit() + 1)?;
    let (found, page) = pager.cut(found, |known| known.id);
    let data = found.into_iter().map(|known| report_export(&front, known)).collect();
    Ok(Found(ReportExportPage { data, page, as_of: as_of.into() }))
}

async fn read(caller: Caller, front: Front, Path(id): Path<ReportExportId>) -> Result<Found<ReportExport>, Problem> {
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn content(caller: Caller, front: Front, Path(id): Path<ReportExportId>) -> Result<Content, Problem> {
    let known = front.report_export(&caller.principal, id.0)?;
    let file = front.open_report(&caller.principal, id.0)?;
    Ok(Content { file, format: known.spec.question.format })
}

impl From<FetchError> for Problem {
    fn from(error: FetchError) -> Self {
        let words = error.to_string();
        match error {
            FetchError::Failed(failure) => failure.into(),
            FetchError::NotThere => Self::new(Kind::InvalidTransition).detail(words),
            FetchError::Gone => Self::new(Kind::Gone).detail(words),
            FetchError::BeyondRights => Self::new(Kind::Forbidden).detail(words),
        }
    }
}

/// A whole file, piece by piece.
struct Content {
    file: OpenMedia,
    format: Format,
}

const fn media_type(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Ndjson => "application/x-ndjson",
        Format::Parquet => "application/vnd.apache.parquet",
    }
}

impl Responder for Content {
    type Body = BoxBody;
    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let size = self.file.file.size;
        let name = self.file.filename.as_deref().unwrap_or("report");
        let mut response = HttpResponse::Ok();
        response.insert_header((header::CONTENT_TYPE, media_type(self.format)));
        response.insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
        response.insert_header((header::CACHE_CONTROL, "private, no-store"));
        if request.method() == Method::HEAD {
            // Of the right length, and never read.
            return response.body(SizedStream::new(size, futures_util::stream::empty::<Result<Bytes, Infallible>>()));
        }
        match self.file.read(0, size) {
            Ok(pieces) => {
                response.body(SizedStream::new(size, pieces.into_stream().map(|piece| piece.map(Bytes::from))))
            }
            Err(error) => actix_web::ResponseError::error_response(&Problem::internal(error)),
        }
    }
}

impl Describe for Content {
    fn describe(operation: &mut Operation) {
        let text = json!({"schema": {"type": "string"}});
        let content = json!({
            "text/csv": text,
            "application/x-ndjson": text,
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        });
        operation.responses.insert(200, json!({"description": "The file.", "content": content}));
    }
}

//! The audit log, as pages and as a file.

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, Responder};
use app::audit::{AuditQuery as Question, AuditRow, Moment};
use domain::access::Action;
use domain::time::Timestamp;
use serde_json::json;

use crate::caller::Caller;
use crate::context::Shared;
use crate::csv;
use crate::disclosures;
use crate::dto::audit::*;
use crate::endpoint::Endpoint;
use crate::extract::{Accepts, Query};
use crate::front::Front;
use crate::openapi::{Describe, Operation, Tag};
use crate::paging::Pager;
use crate::present::audit::{cells, entry, kind};
use crate::problem::{Kind, Problem};

/// Rows of a CSV at most.
const CSV_ROWS_MAX: usize = 10_000;
/// Rows of a CSV gathered at a time.
const CSV_CHUNK: usize = 1_000;
/// Where a CSV that is not the whole of it goes on.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("frontdesk-next-cursor");

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/audit-log", "list_audit_log", list)
            .about(Tag::Audit, "List who did what to accounts, rights, data and settings")
            .description(
                "Newest first. Super Admins see everything; Admins what lies in their brands, without bills and without what \
                 concerns a Super Admin's account; everybody else their own actions. As CSV with `format=csv` or \
                 `Accept: text/csv`; a file that is not the whole of it names the rest in `Frontdesk-Next-Cursor`. Making \
                 a file is itself an entry.",
            )
            .needs(Action::AuditRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
    ]
}

/// A page, or a file.
enum AuditAnswer {
    Page(AuditPage),
    File { text: String, next: Option<String> },
}

impl Responder for AuditAnswer {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::VARY, "Accept"));
        match self {
            Self::Page(page) => response.json(page),
            Self::File { text, next } => {
                response.insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"));
                response.insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"audit-log.csv\""));
                if let Some(next) = next {
                    response.insert_header((NEXT_CURSOR, next));
                }
                response.body(text)
            }
        }
    }
}

impl Describe for AuditAnswer {
    fn describe(operation: &mut Operation) {
        let schema = operation.schema::<AuditPage>();
        let content = json!({"application/json": {"schema": schema}, "text/csv": {"schema": {"type": "string"}}});
        operation.responses.insert(200, json!({"description": "Done.", "content": content}));
    }
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    accepts: Accepts,
    Query(query): Query<AuditQuery>,
) -> Result<AuditAnswer, Problem> {
    front.allow(&caller.principal, Action::AuditRead)?;
    let as_file = query.format.map_or(accepts.first("text/csv"), |format| format == AuditFormat::Csv);
    let question = question_of(&query);
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let mut asked = Question {
        from: query.from.as_deref().map(|text| moment("from", text)).transpose()?,
        to: query.to.as_deref().map(|text| moment("to", text)).transpose()?,
        before: pager.after::<u64>()?,
        actor: query.actor_id.map(|id| id.0),
        kinds: query.action.unwrap_or_default().into_iter().map(kind).collect(),
        target: query.target_id,
        limit: pager.limit(),
    };
    if !as_file {
        let found = front.audit(&caller.principal, &asked)?;
        let data = found.rows.into_iter().map(|row| entry(&front, row)).collect();
        return Ok(AuditAnswer::Page(AuditPage { data, page: pager.info(found.next), as_of: found.position.into() }));
    }
    let wanted = if query.limit.is_some() { pager.limit() } else { CSV_ROWS_MAX };
    let mut rows: Vec<AuditRow> = Vec::new();
    let next = loop {
        asked.limit = CSV_CHUNK.min(wanted - rows.len());
        let found = front.audit(&caller.principal, &asked)?;
        rows.extend(found.rows);
        asked.before = found.next;
        if found.next.is_none() || rows.len() >= wanted {
            break found.next;
        }
    };
    let positions = rows.last().zip(rows.first()).map(|(oldest, newest)| (oldest.pos, newest.pos));
    disclosures::export(&front, &caller, "list_audit_log", positions, rows.len() as u64).await?;
    let mut text = csv::row(COLUMNS);
    for row in rows {
        let cells = cells(&entry(&front, row));
        text.push_str(&csv::row(cells.iter().map(String::as_str)));
    }
    Ok(AuditAnswer::File { text, next: pager.info(next).next_cursor })
}

/// The heading of a CSV; [`cells`] gives the same columns.
const COLUMNS: [&str; 11] = [
    "pos",
    "at",
    "action",
    "outcome",
    "event",
    "actor_type",
    "actor_id",
    "actor_name",
    "target_id",
    "address",
    "details",
];

/// The same text for the same filters, in whatever form the answer is wanted.
fn question_of(query: &AuditQuery) -> String {
    let AuditQuery { actor_id, action, target_id, from, to, format: _, cursor: _, limit: _ } = query;
    format!("audit {actor_id:?} {action:?} {target_id:?} {from:?} {to:?}")
}

fn moment(name: &str, text: &str) -> Result<Moment, Problem> {
    let position = text.parse().ok().map(Moment::Position);
    let time = || Timestamp::parse_rfc3339(text).map(Moment::Time);
    position.or_else(time).ok_or_else(|| Problem::parameter(name, "wrong-form", "must be a position or a time"))
}

//! The log as a stream of lines, from any position on, up to the head or beyond. A page is read when the reader's socket takes
//! more, so a slow reader holds one page and nothing else; what its rights are is asked anew for every page.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use app::event_feed::EventFilter;
use bytes::Bytes;
use domain::access::Action;
use futures_util::stream::{Stream, unfold};
use serde_json::json;
use tokio::time::Instant;

use super::events::{cloud_event, filter, range, shown};
use crate::caller::Caller;
use crate::cloud_event::CloudEvent;
use crate::context::Shared;
use crate::disclosures;
use crate::dto::event::{EventSelection, EventStreamQuery, LineFormat};
use crate::endpoint::Endpoint;
use crate::extract::Both;
use crate::front::Front;
use crate::gzip::{AcceptsGzip, Gzip};
use crate::openapi::{Describe, Operation, Tag};
use crate::problem::{Kind, Problem};
use crate::streams::Place;

/// Positions looked at for one part of the answer.
const CHUNK: usize = 500;
/// The longest silence: after it a line says where the stream stands.
const BOOKMARK_EVERY: Duration = Duration::from_secs(15);

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/event-stream", "stream_events", stream)
            .about(Tag::Events, "Stream events as lines of JSON")
            .description(
                "`application/x-ndjson`: one CloudEvent per line (the schema `CloudEvent`), or with `format=plain` one event as \
                 in `GET /v1/events`; compressed where `Accept-Encoding` has `gzip`. With `follow=true` the stream stays open \
                 and gives what comes. After 15 seconds without an event a line `{\"bookmark\": pos}` says how far it has \
                 come; the last line of every stream that ends in order is `{\"end\": pos}`. A stream without it broke off, \
                 or its reader's rights ended. Continue with `after`. What is personal stays sealed (`data.sealed`) unless \
                 `open_personal=true` and the permission `events.open`; opening it is written down before the first line.",
            )
            .needs(Action::EventRead)
            .refuses(&[Kind::PositionGone, Kind::Overloaded]),
    ]
}

/// Lines of JSON.
struct Lines {
    lines: Box<dyn Stream<Item = Result<Bytes, actix_web::Error>> + Unpin>,
    gzip: bool,
}

impl Responder for Lines {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::CONTENT_TYPE, "application/x-ndjson"));
        response.insert_header((header::VARY, "Accept-Encoding"));
        // A proxy that collects the answer first would keep everything from the reader.
        response.insert_header(("x-accel-buffering", "no"));
        if self.gzip {
            response.insert_header((header::CONTENT_ENCODING, "gzip"));
        }
        response.streaming(self.lines)
    }
}

impl Describe for Lines {
    fn describe(operation: &mut Operation) {
        // Lines cannot be described one by one; the schema of a line is in the contract beside them.
        let _ = operation.schema::<CloudEvent>();
        let content = json!({"application/x-ndjson": {"schema": {"type": "string"}}});
        operation.responses.insert(200, json!({"description": "One event per line.", "content": content}));
    }
}

/// Where a stream stands.
struct Following {
    front: Front,
    caller: Caller,
    filter: EventFilter,
    format: LineFormat,
    open_personal: bool,
    after: u64,
    /// The last position it is to give.
    until: u64,
    follow: bool,
    ended: bool,
    gzip: Option<Gzip>,
    _place: Place,
}

async fn stream(
    caller: Caller,
    front: Front,
    shared: Shared,
    AcceptsGzip(gzip): AcceptsGzip,
    Both(selection, query): Both<EventSelection, EventStreamQuery>,
) -> Result<Lines, Problem> {
    front.allow(&caller.principal, Action::EventRead)?;
    let (follow, open_personal) = (query.follow.unwrap_or(false), query.open_personal.unwrap_or(false));
    if follow && selection.until.is_some() {
        return Err(Problem::parameter("until", "contradictory", "does not go with follow: use until_pos"));
    }
    let (after, until) = range(&front, &selection)?;
    let place = shared.streams.take(caller.actor())?;
    let head = front.view(|views| views.position());
    if open_personal {
        front.allow(&caller.principal, Action::EventOpen)?;
        let to = if follow { (until != u64::MAX).then_some(until) } else { Some(until.min(head)) };
        if to.is_none_or(|to| after < to) {
            disclosures::reveal(&front, &caller, "stream_events", after + 1, to, head).await?;
        }
    }
    let state = Following {
        filter: filter(selection),
        format: query.format.unwrap_or(LineFormat::Cloudevents),
        open_personal,
        after,
        // What is written from here on, also that it is read, is for those who follow.
        until: if follow { until } else { until.min(head) },
        follow,
        ended: false,
        gzip: gzip.then(Gzip::new),
        front,
        caller,
        _place: place,
    };
    Ok(Lines { lines: Box::new(Box::pin(unfold(state, part))), gzip })
}

/// The next part of the answer and what follows it.
async fn part(mut state: Following) -> Option<(Result<Bytes, actix_web::Error>, Following)> {
    let lines = match if state.ended { Ok(None) } else { step(&mut state).await } {
        Ok(lines) => lines,
        // The status is long sent; a connection that breaks tells the reader.
        Err(problem) => return Some((Err(problem.into()), ended(state))),
    };
    let bytes = match (lines, &mut state.gzip) {
        (Some(lines), None) => Ok(lines.into()),
        (Some(lines), Some(gzip)) => gzip.part(lines.as_bytes()),
        (None, _) => {
            state.ended = true;
            state.gzip.take()?.end()
        }
    };
    Some((bytes.map_err(|fault| Problem::internal(fault).into()), state))
}

/// Nothing more, not even an end of what is compressed.
fn ended(state: Following) -> Following {
    Following { ended: true, gzip: None, ..state }
}

/// The next lines; `None`: there are no more.
async fn step(state: &mut Following) -> Result<Option<String>, Problem> {
    let silent_until = Instant::now() + BOOKMARK_EVERY;
    let mut applied = state.front.applied();
    loop {
        // Rights are those of this moment: a session that ended or a role that lost the permission ends the stream, and
        // walls that moved hold from the next line on.
        let now = state.front.present(&state.caller).filter(|principal| {
            let may = |action| state.front.allow(principal, action).is_ok();
            may(Action::EventRead) && (!state.open_personal || may(Action::EventOpen))
        });
        let Some(principal) = now else { return Ok(None) };
        state.caller.principal = principal;
        let until = state.until.min(*applied.borrow_and_update());
        let lines = lines(state, until)?;
        if !lines.is_empty() {
            return Ok(Some(lines));
        }
        if state.after < until {
            // All of that was behind a wall, or not asked for.
            if Instant::now() >= silent_until {
                return Ok(Some(format!("{{\"bookmark\":{}}}\n", state.after)));
            }
            tokio::task::yield_now().await;
            continue;
        }
        if !state.follow || state.after >= state.until || state.front.is_draining() {
            state.ended = true;
            return Ok(Some(format!("{{\"end\":{}}}\n", state.after)));
        }
        match tokio::time::timeout_at(silent_until, applied.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => state.follow = false,
            Err(_) => return Ok(Some(format!("{{\"bookmark\":{}}}\n", state.after))),
        }
    }
}

fn lines(state: &mut Following, until: u64) -> Result<String, Problem> {
    let mut lines = String::new();
    let found = state.front.events(&state.caller.principal, &state.filter, state.after, until, CHUNK)?;
    let reader = state.open_personal.then_some(&state.caller.principal);
    for stored in &found.0 {
        let line = match state.format {
            LineFormat::Plain => serde_json::to_string(&shown(&state.front, reader, stored)?),
            LineFormat::Cloudevents => serde_json::to_string(&cloud_event(&state.front, reader, stored)?),
        };
        lines.push_str(&line.map_err(Problem::internal)?);
        lines.push('\n');
    }
    state.after = found.1.max(state.after);
    Ok(lines)
}

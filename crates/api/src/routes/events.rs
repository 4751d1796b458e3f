//! The log: every fact in order, from any position on, page by page or as a stream that stays open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use app::Desk;
use app::log::StoredEvent;
use bytes::Bytes;
use domain::access::Action;
use futures_util::stream::{Stream, unfold};
use serde_json::{Map, Value, json};

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::disclosures;
use crate::dto::event::{Event, EventPage, EventQuery, EventStreamQuery, Log};
use crate::endpoint::Endpoint;
use crate::extract::{PAGE_LIMIT_DEFAULT, Path, Query};
use crate::front::Front;
use crate::openapi::{Describe, Operation, Tag};
use crate::problem::{Kind, Problem};

/// Events written to a stream at once.
const CHUNK: usize = 100;
/// The longest silence of a stream that follows: after it a line says where it stands.
const BOOKMARK_EVERY: Duration = Duration::from_secs(15);
/// Streams that stay open at once.
const FOLLOWERS_MAX: usize = 256;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/log", "get_log", log).about(Tag::Events, "Get the log's identity and extent"),
        Endpoint::get("/v1/events", "list_events", list)
            .about(Tag::Events, "List events after a position")
            .needs(Action::EventRead)
            .refuses(&[Kind::PositionGone]),
        Endpoint::get("/v1/events/{pos}", "get_event", read)
            .about(Tag::Events, "Get the event at a position")
            .needs(Action::EventRead)
            .refuses(&[Kind::PositionGone]),
        Endpoint::get("/v1/event-stream", "stream_events", stream)
            .about(Tag::Events, "Stream events as lines of JSON")
            .description(
                "`application/x-ndjson`: one event per line, shaped as in `GET /v1/events`. With `follow=true` the stream \
                 stays open, gives what comes, and at least every 20 seconds a line `{\"bookmark\": pos}`; the last line \
                 of every stream that ends in order is `{\"end\": pos}`. Continue with `after`.",
            )
            .needs(Action::EventRead)
            .refuses(&[Kind::PositionGone, Kind::Overloaded]),
    ]
}

async fn log(_: Caller, front: Front) -> Result<Found<Log>, Problem> {
    let reader = front.reader();
    Ok(Found(Log {
        log_id: reader.log_id().to_owned(),
        oldest_pos: reader.oldest().into(),
        head_pos: front.view(|views| views.position()).into(),
        parent: reader
            .parent()
            .map(|parent| crate::dto::event::LogParent { log_id: parent.log_id.clone(), pos: parent.pos.into() }),
        chain_hash: hex::encode(reader.chain_hash()),
    }))
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<EventQuery>,
) -> Result<Found<EventPage>, Problem> {
    let after = query.after.unwrap_or(0);
    let limit = usize::from(query.limit.unwrap_or(PAGE_LIMIT_DEFAULT));
    still_there(&front, after)?;
    let head = front.view(|views| views.position());
    let (found, last) = front.events(&caller.principal, after, limit)?;
    let data = found.iter().filter(|stored| stored.pos <= head).map(|stored| event(&front, &caller, stored));
    let data = data.collect::<Result<Vec<_>, _>>()?;
    let opened = || data.iter().filter(|event| event.private.is_some()).map(|event| event.pos.0);
    if let (Some(first), Some(last)) = (opened().next(), opened().next_back()) {
        disclosures::page(&front, &shared, &caller, "list_events", (first, last)).await?;
    }
    Ok(Found(EventPage {
        log_id: front.reader().log_id().to_owned(),
        oldest_pos: front.reader().oldest().into(),
        head_pos: head.into(),
        next_after: last.min(head).max(after).into(),
        data,
    }))
}

async fn read(caller: Caller, front: Front, Path(pos): Path<u64>) -> Result<Found<Event>, Problem> {
    let Some(after) = pos.checked_sub(1) else { return Err(Kind::NotFound.into()) };
    still_there(&front, after)?;
    let (found, _) = front.events(&caller.principal, after, 1)?;
    let stored = found.first().filter(|stored| stored.pos == pos).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let shown = event(&front, &caller, stored)?;
    if shown.private.is_some() {
        disclosures::reveal(&front, &caller, "get_event", pos, Some(pos), pos).await?;
    }
    Ok(Found(shown))
}

/// Refuses positions before the oldest the log still holds.
fn still_there(desk: &Desk, after: u64) -> Result<(), Problem> {
    let oldest = desk.reader().oldest();
    if after + 1 < oldest { Err(Problem::new(Kind::PositionGone).with("oldest_pos", oldest)) } else { Ok(()) }
}

fn event(desk: &Desk, caller: &Caller, stored: &StoredEvent) -> Result<Event, Problem> {
    let private = desk.event_private(&caller.principal, stored)?;
    let facts: Map<String, Value> =
        serde_json::from_slice(&stored.facts).map_err(|fault| Problem::internal(format!("facts: {fault}")))?;
    let time = |millis: i64| domain::time::Timestamp::from_millis(millis).into();
    Ok(Event {
        pos: stored.pos.into(),
        stream: stored.stream.to_string(),
        version: stored.version.into(),
        r#type: stored.kind.to_string(),
        schema: stored.schema,
        occurred_at: time(stored.occurred_at_ms),
        recorded_at: time(stored.recorded_at_ms),
        actor: actor(&stored.actor),
        correlation_id: stored.correlation_id.as_deref().map(str::to_owned),
        causation_pos: stored.causation_pos.map(Into::into),
        facts,
        private: private.and_then(|json| serde_json::from_slice(&json).ok()),
    })
}

/// `user:usr_…` as an object, with the key where one acted in their name; `provider` and `system` have no id.
fn actor(text: &str) -> Value {
    let (r#type, id) = text.split_once(':').map_or((text, None), |(r#type, id)| (r#type, Some(id)));
    let (id, key) = id.and_then(|id| id.split_once('/')).map_or((id, None), |(id, key)| (Some(id), Some(key)));
    json!({"type": r#type, "id": id, "api_key_id": key})
}

/// Lines of JSON.
struct Lines(Box<dyn Stream<Item = Result<Bytes, actix_web::Error>> + Unpin>);

impl Responder for Lines {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/x-ndjson"))
            // A proxy that collects the answer first would keep everything from the reader.
            .insert_header(("x-accel-buffering", "no"))
            .streaming(self.0)
    }
}

impl Describe for Lines {
    fn describe(operation: &mut Operation) {
        let content = json!({"application/x-ndjson": {"schema": {"type": "string"}}});
        operation.responses.insert(200, json!({"description": "One event per line.", "content": content}));
    }
}

/// A place among the open streams, given back when the stream is dropped.
struct Follower(Arc<AtomicUsize>);

impl Follower {
    fn take() -> Result<Self, Problem> {
        static OPEN: std::sync::LazyLock<Arc<AtomicUsize>> = std::sync::LazyLock::new(Arc::default);
        if OPEN.fetch_add(1, Ordering::AcqRel) >= FOLLOWERS_MAX {
            OPEN.fetch_sub(1, Ordering::AcqRel);
            return Err(Problem::new(Kind::Overloaded).detail("too many streams are open"));
        }
        Ok(Self(OPEN.clone()))
    }
}
impl Drop for Follower {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Where a stream stands.
struct Following {
    front: Front,
    caller: Caller,
    after: u64,
    follow: bool,
    ended: bool,
    _place: Follower,
}

async fn stream(caller: Caller, front: Front, Query(query): Query<EventStreamQuery>) -> Result<Lines, Problem> {
    let after = query.after.unwrap_or(0);
    front.allow(&caller.principal, Action::EventRead)?;
    still_there(&front, after)?;
    let (follow, head) = (query.follow.unwrap_or(false), front.view(|views| views.position()));
    if follow || after < head {
        let to = (!follow).then_some(head);
        disclosures::reveal(&front, &caller, "stream_events", after + 1, to, head).await?;
    }
    let state = Following { front, caller, after, follow, ended: false, _place: Follower::take()? };
    Ok(Lines(Box::new(Box::pin(unfold(state, step)))))
}

/// The next lines and what follows them.
async fn step(mut state: Following) -> Option<(Result<Bytes, actix_web::Error>, Following)> {
    if state.ended {
        return None;
    }
    let mut applied = state.front.applied();
    loop {
        // Rights are those of this moment: a session that ended or a role that lost the permission ends the stream, and
        // walls that moved hold from the next line on.
        let now = state.front.present(&state.caller);
        state.caller.principal = now.filter(|principal| state.front.allow(principal, Action::EventRead).is_ok())?;
        let head = *applied.borrow_and_update();
        let lines = match lines(&mut state, head) {
            Ok(lines) => lines,
            // The status is long sent; breaking off without an end line is what tells the reader.
            Err(_) => return None,
        };
        if !lines.is_empty() {
            return Some((Ok(lines.into()), state));
        }
        if state.after < head {
            // All of that was behind a wall.
            continue;
        }
        if !state.follow || state.front.is_draining() {
            state.ended = true;
            return Some((Ok(format!("{{\"end\":{}}}\n", state.after).into()), state));
        }
        match tokio::time::timeout(BOOKMARK_EVERY, applied.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => state.follow = false,
            Err(_) => return Some((Ok(format!("{{\"bookmark\":{}}}\n", state.after).into()), state)),
        }
    }
}

fn lines(state: &mut Following, head: u64) -> Result<String, Problem> {
    let mut lines = String::new();
    let (found, last) = state.front.events(&state.caller.principal, state.after, CHUNK)?;
    for stored in found.iter().filter(|stored| stored.pos <= head) {
        let event = event(&state.front, &state.caller, stored)?;
        lines.push_str(&serde_json::to_string(&event).map_err(Problem::internal)?);
        lines.push('\n');
    }
    state.after = last.min(head).max(state.after);
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_an_object_with_or_without_an_id() {
        assert_eq!(actor("user:usr_1"), json!({"type": "user", "id": "usr_1", "api_key_id": null}));
        assert_eq!(actor("system"), json!({"type": "system", "id": null, "api_key_id": null}));
        assert_eq!(actor("user:usr_1/key_2"), json!({"type": "user", "id": "usr_1", "api_key_id": "key_2"}));
    }
}

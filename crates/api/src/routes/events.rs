//! The log: every fact in order, from any position on, page by page.

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse, Responder};
use app::Desk;
use app::event_feed::EventFilter;
use app::log::StoredEvent;
use domain::access::{Action, Principal};
use serde_json::{Map, Value, json};

use crate::answer::Found;
use crate::caller::Caller;
use crate::cloud_event::CloudEvent;
use crate::context::Shared;
use crate::disclosures;
use crate::dto::event::{Event, EventPage, EventQuery, EventSelection, Log};
use crate::endpoint::Endpoint;
use crate::extract::{Accepts, Both, PAGE_LIMIT_DEFAULT, Path};
use crate::front::Front;
use crate::openapi::{Describe, Operation, Tag};
use crate::problem::{Kind, Problem};

/// A page as CloudEvents has it.
const BATCH: &str = "application/cloudevents-batch+json";
/// Where the page after a batch begins; a batch is a bare list.
const NEXT_AFTER: HeaderName = HeaderName::from_static("frontdesk-next-after");

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/log", "get_log", log).about(Tag::Events, "Get the log's identity and extent"),
        Endpoint::get("/v1/events", "list_events", list)
            .about(Tag::Events, "List events after a position")
            .description(
                "`next_after` also passes events that are left out, so that it can be the next page's `after`. With \
                 `Accept: application/cloudevents-batch+json` the answer is a list of CloudEvents, and the header \
                 `Frontdesk-Next-After` has the position. What is personal is opened for those with `events.open`, which is \
                 written down.",
            )
            .needs(Action::EventRead)
            .refuses(&[Kind::PositionGone]),
        Endpoint::get("/v1/events/{pos}", "get_event", read)
            .about(Tag::Events, "Get the event at a position")
            .needs(Action::EventRead)
            .refuses(&[Kind::PositionGone]),
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

/// A page, in one of its two forms.
enum Listed {
    Page(EventPage),
    Batch { events: Vec<CloudEvent>, next_after: u64 },
}

impl Responder for Listed {
    type Body = BoxBody;
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::VARY, "Accept"));
        match self {
            Self::Page(page) => response.json(page),
            Self::Batch { events, next_after } => {
                response.insert_header((header::CONTENT_TYPE, BATCH));
                response.insert_header((NEXT_AFTER, next_after.to_string()));
                response.json(events)
            }
        }
    }
}

impl Describe for Listed {
    fn describe(operation: &mut Operation) {
        let (page, event) = (operation.schema::<EventPage>(), operation.schema::<CloudEvent>());
        let batch = json!({"type": "array", "items": event, "maxItems": 1000});
        let content = json!({"application/json": {"schema": page}, BATCH: {"schema": batch}});
        operation.responses.insert(200, json!({"description": "Done.", "content": content}));
    }
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    accepts: Accepts,
    Both(selection, query): Both<EventSelection, EventQuery>,
) -> Result<Listed, Problem> {
    front.allow(&caller.principal, Action::EventRead)?;
    let limit = usize::from(query.limit.unwrap_or(PAGE_LIMIT_DEFAULT));
    let (after, until) = range(&front, &selection)?;
    let head = front.view(|views| views.position());
    let (until, filter) = (until.min(head), filter(selection));
    let (found, last) = front.events(&caller.principal, &filter, after, until, limit)?;
    let opened: Vec<_> =
        found.iter().map(|stored| private(&front, &caller.principal, stored)).collect::<Result<_, _>>()?;
    let revealing = || found.iter().zip(&opened).filter(|(_, private)| private.is_some()).map(|(stored, _)| stored.pos);
    if let (Some(first), Some(last)) = (revealing().next(), revealing().next_back()) {
        disclosures::page(&front, &shared, &caller, "list_events", (first, last)).await?;
    }
    let next_after = last.max(after);
    let pairs = found.iter().zip(opened);
    if accepts.first(BATCH) {
        let log_id = front.reader().log_id();
        let events = pairs.map(|(stored, private)| CloudEvent::of(log_id, stored, private.as_deref()));
        let events = events.collect::<Result<_, _>>().map_err(Problem::internal)?;
        return Ok(Listed::Batch { events, next_after });
    }
    Ok(Listed::Page(EventPage {
        log_id: front.reader().log_id().to_owned(),
        oldest_pos: front.reader().oldest().into(),
        head_pos: head.into(),
        next_after: next_after.into(),
        data: pairs.map(|(stored, private)| event(stored, private)).collect::<Result<_, _>>()?,
    }))
}

async fn read(caller: Caller, front: Front, Path(pos): Path<u64>) -> Result<Found<Event>, Problem> {
    let Some(after) = pos.checked_sub(1) else { return Err(Kind::NotFound.into()) };
    still_there(&front, after)?;
    let head = front.view(|views| views.position());
    let (found, _) = front.events(&caller.principal, &EventFilter::default(), after, pos.min(head), 1)?;
    let stored = found.first().ok_or_else(|| Problem::new(Kind::NotFound))?;
    let shown = shown(&front, Some(&caller.principal), stored)?;
    if shown.private.is_some() {
        disclosures::reveal(&front, &caller, "get_event", pos, Some(pos), pos).await?;
    }
    Ok(Found(shown))
}

/// Refuses positions before the oldest the log still holds.
pub(super) fn still_there(desk: &Desk, after: u64) -> Result<(), Problem> {
    let oldest = desk.reader().oldest();
    if after + 1 < oldest { Err(Problem::new(Kind::PositionGone).with("oldest_pos", oldest)) } else { Ok(()) }
}

/// Between which positions: after the first, up to and including the second, which may lie beyond the head.
pub(super) fn range(desk: &Desk, selection: &EventSelection) -> Result<(u64, u64), Problem> {
    let mut after = selection.after.unwrap_or(0);
    still_there(desk, after)?;
    if let Some(since) = selection.since {
        after = after.max(desk.first_recorded(since.0)? - 1);
    }
    let mut until = selection.until_pos.unwrap_or(u64::MAX);
    if let Some(before) = selection.until {
        until = until.min(desk.first_recorded(before.0)? - 1);
    }
    Ok((after, until))
}

/// Which of those that lie there.
pub(super) fn filter(selection: EventSelection) -> EventFilter {
    let EventSelection { types, subject, actor_id: actor, correlation_id: correlation, .. } = selection;
    let kinds = types.unwrap_or_default().into_iter().map(|pattern| pattern.0).collect();
    EventFilter { kinds, subject, actor, correlation }
}

/// The opened personal part, for those who may open it.
fn private(desk: &Desk, reader: &Principal, stored: &StoredEvent) -> Result<Option<Vec<u8>>, Problem> {
    Ok(desk.event_private(reader, stored)?)
}

/// An event as this reader sees it; without a reader nothing personal is opened.
pub(super) fn shown(desk: &Desk, reader: Option<&Principal>, stored: &StoredEvent) -> Result<Event, Problem> {
    event(stored, reader.map(|reader| private(desk, reader, stored)).transpose()?.flatten())
}

/// The same as a CloudEvent.
pub(super) fn cloud_event(
    desk: &Desk,
    reader: Option<&Principal>,
    stored: &StoredEvent,
) -> Result<CloudEvent, Problem> {
    let opened = reader.map(|reader| private(desk, reader, stored)).transpose()?.flatten();
    CloudEvent::of(desk.reader().log_id(), stored, opened.as_deref()).map_err(Problem::internal)
}

fn event(stored: &StoredEvent, private: Option<Vec<u8>>) -> Result<Event, Problem> {
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

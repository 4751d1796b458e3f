//! A conversation as it is read: messages, notes and what happened in between.

use domain::access::Action;
use domain::time::Timestamp;
use projections::timeline::Place;

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::scalar::ConversationId;
use crate::dto::timeline::{ListQuery, TimelinePage};
use crate::endpoint::Endpoint;
use crate::extract::{Path, Then};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::activity::entry;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/conversations/{conversation_id}/timeline", "get_timeline", read)
            .about(Tag::Conversations, "Read a conversation with notes and events, newest first")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
    ]
}

/// A place in a cursor: when imported history was written, and the order in the stream.
pub(super) type Cursor = (i64, u64);

pub(super) fn cursor(place: Place) -> Cursor {
    (place.written_at.as_millis(), place.version)
}

/// Whether a place lies before where the page before ended.
pub(super) fn is_before(place: Place, end: Option<Cursor>) -> bool {
    end.is_none_or(|(at, version)| place < Place { written_at: Timestamp::from_millis(at), version })
}

async fn read(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<ConversationId>,
) -> Result<Found<TimelinePage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated(format!("timeline {}", id.0)), query.cursor, query.limit);
    let end = pager.after::<Cursor>()?;
    let as_of = front.position();
    let timeline = front.timeline(&caller.principal, id.0)?;
    let older = timeline.entries().iter().rev().filter(|entry| is_before(entry.place(), end));
    let (rows, page) = pager.cut(older.take(pager.limit() + 1).collect(), |entry| cursor(entry.place()));
    let data = rows.into_iter().map(|found| entry(&front, id.0, found)).collect();
    Ok(Found(TimelinePage { data, page, as_of: as_of.into() }))
}

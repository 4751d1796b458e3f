//! Internal notes. Nothing here can reach a customer: a note is another type than a message all the way down.

use app::queries::guard_conversation;
use domain::access::Action;
use domain::conversation::add_note;
use domain::ids;
use projections::timeline::Entry;

use super::timeline::{Cursor, cursor, is_before};
use crate::answer::{Created, Found};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::note::{AddNote, Note, NotePage};
use crate::dto::scalar::ConversationId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Json, OptionalIdempotencyKey, Path, Query};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::message::note;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/conversations/{conversation_id}/notes", "list_notes", list)
            .about(Tag::Notes, "List notes, newest first")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/conversations/{conversation_id}/notes", "add_note", add)
            .about(Tag::Notes, "Add a note")
            .needs(Action::NoteAdd)
            .refuses(&[Kind::Unprocessable, Kind::ContactErased]),
    ]
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<ConversationId>,
    Query(query): Query<ListQuery>,
) -> Result<Found<NotePage>, Problem> {
    let pager = Pager::new(&shared, &caller, format!("notes {}", id.0), query.cursor, query.limit);
    let end = pager.after::<Cursor>()?;
    let (_, as_of) = shared.head();
    let timeline = front.timeline(&caller.principal, id.0)?;
    let older = timeline.entries().iter().rev().filter_map(|entry| match entry {
        Entry::Note(found) => Some((entry.place(), found)),
        Entry::Message(_) | Entry::Activity(_) => None,
    });
    let older = older.filter(|(place, _)| is_before(*place, end));
    let (rows, page) = pager.cut(older.take(pager.limit() + 1).collect(), |(place, _)| cursor(*place));
    let data = rows.into_iter().map(|(_, found)| note(id.0, found)).collect();
    Ok(Found(NotePage { data, page, as_of: as_of.into() }))
}

async fn add(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<AddNote>,
) -> Result<Created<Note>, Problem> {
    let (me, by) = (caller.principal.user_id, caller.principal.clone());
    let what = format!("add_note {}", id.0);
    let made = front
        .creation(&caller, Repeatable { key, what: &what, body: print }, move |step| {
            guard_conversation(step, &by, Action::NoteAdd, id.0)?;
            add_note::add(step, id.0, me, &body.body, None)
        })
        .await?;
    let note_id: ids::NoteId = made.value;
    let timeline = front.entry_at(&caller.principal, id.0, made.entry_pos)?;
    let found = timeline.note(note_id).ok_or_else(|| Problem::internal("a note that was just made is not there"))?;
    let location = format!("/v1/conversations/{}/notes", id.0);
    Ok(Created { location, body: note(id.0, found), replayed: made.replayed })
}

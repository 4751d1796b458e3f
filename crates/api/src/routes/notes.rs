//! Internal notes. Nothing here can reach a customer: a note is another type than a message all the way down.

use std::sync::Arc;

use app::gate::Gate;
use domain::access::Action;
use domain::conversation::add_note::{self, NewNote};
use domain::conversation::{delete_note, edit_note};
use domain::ids;
use domain::rejection::Rejection;
use domain::step::Step;
use projections::timeline::{Entry, Note as TimelineNote, Place, Timeline};

use super::timeline::{Cursor, cursor, is_before};
use crate::answer::{Created, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::note::{AddNote, EditNote, Note, NotePage, NoteQuery};
use crate::dto::scalar::{ConversationId, NoteId};
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::note::note;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/conversations/{conversation_id}/notes", "list_notes", list)
            .about(Tag::Notes, "List notes, newest first")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/conversations/{conversation_id}/notes", "add_note", add)
            .about(Tag::Notes, "Add a note")
            .description(
                "`@[usr_…]` and `@[team_…]` in the text name colleagues. A mention grants nothing: whoever is named must \
                 see the conversation, and of a team somebody must. Threads are one level deep: a note with a `parent_id` \
                 joins the parent's thread.",
            )
            .needs(Action::NoteAdd)
            .refuses(&[Kind::Unprocessable, Kind::UnknownReference, Kind::MentionNotPermitted, Kind::ContactErased]),
        Endpoint::get("/v1/notes/{note_id}", "get_note", read)
            .about(Tag::Notes, "Get a note")
            .needs(Action::ConversationRead),
        Endpoint::patch("/v1/notes/{note_id}", "edit_note", edit)
            .about(Tag::Notes, "Change the text of a note")
            .description("Only its author, and only for 15 minutes. Every text it had stays readable.")
            .needs(Action::NoteAdd)
            .refuses(&[Kind::Unprocessable, Kind::MentionNotPermitted, Kind::ContactErased])
            .refuses_too(&[Kind::NoteSettled, Kind::InvalidTransition]),
        Endpoint::delete("/v1/notes/{note_id}", "delete_note", delete)
            .about(Tag::Notes, "Take a note back")
            .description("Only its author, and only for 15 minutes. Its place in the thread stays, its text does not.")
            .needs(Action::NoteAdd)
            .refuses(&[Kind::NoteSettled]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<NoteQuery>,
    shared: Shared,
    Path(id): Path<ConversationId>,
) -> Result<Found<NotePage>, Problem> {
    let question = format!("notes {} {:?}", id.0, query.pinned);
    let pager = Pager::new(&shared, &caller, front.dated(question), query.cursor, query.limit);
    let end = pager.after::<Cursor>()?;
    let as_of = front.position();
    let timeline = front.timeline(&caller.principal, id.0)?;
    let older = timeline.entries().iter().rev().filter_map(|entry| match entry {
        Entry::Note(found) => Some((entry.place(), found)),
        Entry::Message(_) | Entry::Activity(_) => None,
    });
    let older =
        older.filter(|(place, found)| is_before(*place, end) && query.pinned.is_none_or(|it| it == found.pinned));
    let (rows, page) = pager.cut(older.take(pager.limit() + 1).collect(), |(place, _)| cursor(*place));
    let data = rows.into_iter().map(|(_, found): (Place, &TimelineNote)| note(&front, id.0, found)).collect();
    Ok(Found(NotePage { data, page, as_of: as_of.into() }))
}

async fn add(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<AddNote>,
) -> Result<Created<Note>, Problem> {
    let me = caller.principal.user_id;
    let what = format!("add_note {}", id.0);
    let new =
        NewNote { body: body.body, parent_id: body.parent_id.map(Into::into), pinned: body.pinned.unwrap_or_default() };
    let made = front
        .creation(&caller, Repeatable { key, what: &what, body: print }, move |gate| {
            let step = &mut gate.conversation(Action::NoteAdd, id.0)?;
            add_note::add(step, id.0, me, &new)
        })
        .await?;
    let note_id: ids::NoteId = made.value;
    let timeline = front.entry_at(&caller.principal, id.0, made.entry_pos)?;
    let found = timeline.note(note_id).ok_or_else(|| Problem::internal("a note that was just made is not there"))?;
    let location = format!("/v1/notes/{note_id}");
    Ok(Created { location, body: note(&front, id.0, found), replayed: made.replayed })
}

/// The conversation around a note.
pub(super) fn around(front: &Front, caller: &Caller, id: NoteId) -> Result<Arc<Timeline>, Problem> {
    let place = front.find_note(&caller.principal, id.0)?;
    Ok(front.timeline(&caller.principal, place.conversation_id)?)
}

/// The note in it.
pub(super) fn in_it(timeline: &Timeline, id: NoteId) -> Result<&TimelineNote, Problem> {
    timeline.note(id.0).ok_or_else(|| Kind::NotFound.into())
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<NoteId>) -> Result<Versioned<Note>, Problem> {
    let timeline = around(&front, &caller, id)?;
    let found = in_it(&timeline, id)?;
    Ok(Versioned(note(&front, timeline.conversation.id, found), found.changed_version))
}

async fn edit(
    caller: Caller,
    front: Front,
    Path(id): Path<NoteId>,
    expected: IfMatch,
    Json(body, _): Json<EditNote>,
) -> Result<Found<Note>, Problem> {
    let me = caller.principal.user_id;
    change(&caller, &front, id, move |step| edit_note::edit(step, id.0, me, &body.body, expected.0)).await
}

async fn delete(
    caller: Caller,
    front: Front,
    Path(id): Path<NoteId>,
    expected: IfMatch,
) -> Result<Found<Note>, Problem> {
    let me = caller.principal.user_id;
    change(&caller, &front, id, move |step| delete_note::delete(step, id.0, me, expected.0)).await
}

/// Runs a command on a note and shows what became of it.
pub(super) async fn change(
    caller: &Caller,
    front: &Front,
    id: NoteId,
    decide: impl FnOnce(&mut Step<'_>) -> Result<(), Rejection> + Send + 'static,
) -> Result<Found<Note>, Problem> {
    let guarded = move |gate: &mut Gate<'_, '_>| {
        let step = &mut gate.note(Action::NoteAdd, id.0)?;
        decide(step)
    };
    front.command(caller, guarded).await?;
    let timeline = around(front, caller, id)?;
    Ok(Found(note(front, timeline.conversation.id, in_it(&timeline, id)?)))
}

//! What stands around a note: its thread, its earlier texts, colleagues' signs, its pin.

use domain::access::Action;
use domain::conversation::{pin_note, react_to_note};
use projections::timeline::Entry;

use super::notes::{around, change, in_it};
use super::timeline::{Cursor, cursor};
use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::note::{Note, NotePage, NoteRevisions};
use crate::dto::scalar::NoteId;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::note::{note, revisions};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/notes/{note_id}/replies", "list_note_replies", replies)
            .about(Tag::Notes, "List the answers in a note's thread, oldest first")
            .description("Of an answer: those of the thread it is in.")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::get("/v1/notes/{note_id}/revisions", "list_note_revisions", history)
            .about(Tag::Notes, "List the texts a note had, oldest first")
            .needs(Action::ConversationRead),
        Endpoint::put("/v1/notes/{note_id}/reactions/{emoji}", "add_note_reaction", react)
            .about(Tag::Notes, "Put a sign under a note")
            .needs(Action::NoteAdd)
            .refuses(&[Kind::Unprocessable, Kind::InvalidTransition]),
        Endpoint::delete("/v1/notes/{note_id}/reactions/{emoji}", "remove_note_reaction", unreact)
            .about(Tag::Notes, "Take one's sign back")
            .needs(Action::NoteAdd)
            .refuses(&[Kind::Unprocessable, Kind::InvalidTransition]),
        Endpoint::put("/v1/notes/{note_id}/pin", "pin_note", pin)
            .about(Tag::Notes, "Keep a note in sight for everybody")
            .needs(Action::NoteAdd)
            .refuses(&[Kind::Unprocessable, Kind::InvalidTransition]),
        Endpoint::delete("/v1/notes/{note_id}/pin", "unpin_note", unpin)
            .about(Tag::Notes, "Let a note go")
            .needs(Action::NoteAdd)
            .refuses(&[Kind::InvalidTransition]),
    ]
}

async fn replies(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<NoteId>,
) -> Result<Found<NotePage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated(format!("replies {}", id.0)), query.cursor, query.limit);
    let end = pager.after::<Cursor>()?;
    let as_of = front.position();
    let timeline = around(&front, &caller, id)?;
    let root = in_it(&timeline, id)?.parent_id.unwrap_or(id.0);
    let thread = timeline.entries().iter().filter_map(|entry| match entry {
        Entry::Note(found) if found.parent_id == Some(root) => Some((cursor(entry.place()), found)),
        Entry::Note(_) | Entry::Message(_) | Entry::Activity(_) => None,
    });
    let newer = thread.filter(|(place, _)| end.is_none_or(|end| *place > end));
    let (rows, page) = pager.cut(newer.take(pager.limit() + 1).collect(), |(place, _)| *place);
    let data = rows.into_iter().map(|(_, found)| note(&front, timeline.conversation.id, found)).collect();
    Ok(Found(NotePage { data, page, as_of: as_of.into() }))
}

async fn history(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<NoteId>,
) -> Result<Found<NoteRevisions>, Problem> {
    let as_of = front.position();
    let timeline = around(&front, &caller, id)?;
    Ok(Found(NoteRevisions { data: revisions(in_it(&timeline, id)?), as_of: as_of.into() }))
}

async fn react(
    caller: Caller,
    front: Front,
    Path((id, emoji)): Path<(NoteId, String)>,
) -> Result<Found<Note>, Problem> {
    let me = caller.principal.user_id;
    change(&caller, &front, id, move |step| react_to_note::react(step, id.0, me, &emoji, true)).await
}

async fn unreact(
    caller: Caller,
    front: Front,
    Path((id, emoji)): Path<(NoteId, String)>,
) -> Result<Found<Note>, Problem> {
    let me = caller.principal.user_id;
    change(&caller, &front, id, move |step| react_to_note::react(step, id.0, me, &emoji, false)).await
}

async fn pin(caller: Caller, front: Front, Path(id): Path<NoteId>) -> Result<Found<Note>, Problem> {
    change(&caller, &front, id, move |step| pin_note::pin(step, id.0, true)).await
}

async fn unpin(caller: Caller, front: Front, Path(id): Path<NoteId>) -> Result<Found<Note>, Problem> {
    change(&caller, &front, id, move |step| pin_note::pin(step, id.0, false)).await
}

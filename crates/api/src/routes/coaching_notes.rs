//! Notes on how somebody works, beside their numbers.

use domain::access::Action;
use domain::coaching::{self, Written};
use domain::ids;

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::coaching::*;
use crate::dto::scalar::CoachingNoteId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::conversation::user_summary;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/coaching-notes", "list_coaching_notes", list)
            .about(Tag::Analytics, "List remarks on people's work, newest first")
            .description(
                "Those on people you look after (in teams you lead; of your brands, where you see all their numbers), and \
                 on yourself what is shared with you.",
            )
            .needs(Action::CoachingRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/coaching-notes", "add_coaching_note", add)
            .about(Tag::Analytics, "Remark on somebody's work")
            .description("Of somebody whose scorecard you see because you look after them. Customers never see it.")
            .needs(Action::CoachingWrite)
            .refuses(&[Kind::NotFound, Kind::UnknownReference, Kind::InUse]),
        Endpoint::get("/v1/coaching-notes/{coaching_note_id}", "get_coaching_note", read)
            .about(Tag::Analytics, "Get a remark")
            .needs(Action::CoachingRead),
        Endpoint::patch("/v1/coaching-notes/{coaching_note_id}", "change_coaching_note", change)
            .about(Tag::Analytics, "Reword a remark, or share it")
            .description("Only its author.")
            .needs(Action::CoachingWrite)
            .refuses(CHANGE),
        Endpoint::delete("/v1/coaching-notes/{coaching_note_id}", "remove_coaching_note", remove)
            .about(Tag::Analytics, "Take a remark away")
            .description("Whoever looks after the person.")
            .needs(Action::CoachingWrite)
            .refuses(CHANGE),
    ]
}

fn shown(front: &Front, caller: &Caller, note: &coaching::CoachingNote) -> Result<CoachingNote, Problem> {
    let conversation = note.conversation_id.filter(|id| front.conversation(&caller.principal, *id).is_ok());
    Ok(CoachingNote {
        id: note.id.into(),
        version: note.version.into(),
        agent: user_summary(front, note.agent_id),
        author: user_summary(front, note.author_id),
        conversation_id: conversation.map(Into::into),
        shared: note.shared,
        body: front.coaching_text(note)?,
        created_at: note.created_at.into(),
        changed_at: note.changed_at.map(Into::into),
    })
}

async fn list(
    caller: Caller,
    Then(front, query): Then<CoachingNoteQuery>,
    shared: Shared,
) -> Result<Found<CoachingNotePage>, Problem> {
    let question = front.dated(format!("coaching notes {:?}", query.agent_id));
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let before = pager.after::<ids::CoachingNoteId>()?;
    let as_of = front.position();
    let found = front.coaching_notes(&caller.principal, query.agent_id.map(Into::into))?;
    let older = found.into_iter().filter(|note| before.is_none_or(|before| note.id < before));
    let (found, page) = pager.cut(older.take(pager.limit() + 1).collect(), |note| note.id);
    let data = found.iter().map(|note| shown(&front, &caller, note)).collect::<Result<_, _>>()?;
    Ok(Found(CoachingNotePage { data, page, as_of: as_of.into() }))
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<CoachingNoteId>,
) -> Result<Versioned<CoachingNote>, Problem> {
    let note = front.coaching_note(&caller.principal, id.0)?;
    Ok(Versioned(shown(&front, &caller, &note)?, note.version))
}

async fn add(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<AddCoachingNote>,
) -> Result<Created<CoachingNote>, Problem> {
    let agent_id: ids::UserId = body.agent_id.into();
    if !front.looks_after(&caller.principal, agent_id) {
        // Of their own team's people they know; that they do not look after them is no secret.
        front.scorecard_reach(&caller.principal, agent_id)?;
        return Err(Kind::Forbidden.into());
    }
    let conversation_id = body.conversation_id.map(ids::ConversationId::from);
    if let Some(id) = conversation_id {
        front.conversation(&caller.principal, id)?;
    }
    let note = Written { agent_id, conversation_id, shared: body.shared.unwrap_or(true), body: body.body };
    let me = caller.principal.user_id;
    let made = front
        .creation(&caller, Repeatable { key, what: "add_coaching_note", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::CoachingWrite)?;
            coaching::add(step, me, note)
        })
        .await?;
    let note = front.coaching_note(&caller.principal, made.value)?;
    let location = format!("/v1/coaching-notes/{}", made.value);
    Ok(Created { location, body: shown(&front, &caller, &note)?, replayed: made.replayed })
}

async fn change(
    caller: Caller,
    front: Front,
    Path(id): Path<CoachingNoteId>,
    expected: IfMatch,
    Json(body, _): Json<ChangeCoachingNote>,
) -> Result<Found<CoachingNote>, Problem> {
    let known = front.coaching_note(&caller.principal, id.0)?;
    let expected = expected.required()?;
    let text = match body.body {
        Some(text) => text,
        None => front.coaching_text(&known)?,
    };
    let (me, shared) = (caller.principal.user_id, body.shared.unwrap_or(known.shared));
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CoachingWrite)?;
            coaching::change(step, me, id.0, expected, shared, text)
        })
        .await?;
    Ok(Found(shown(&front, &caller, &front.coaching_note(&caller.principal, id.0)?)?))
}

async fn remove(
    caller: Caller,
    front: Front,
    Path(id): Path<CoachingNoteId>,
    expected: IfMatch,
) -> Result<Done, Problem> {
    let note = front.coaching_note(&caller.principal, id.0)?;
    if !front.looks_after(&caller.principal, note.agent_id) {
        return Err(Kind::Forbidden.into());
    }
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CoachingWrite)?;
            coaching::remove(step, id.0, expected)
        })
        .await?;
    Ok(Done)
}

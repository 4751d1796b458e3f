//! Two contacts are one person, and the way back.
//!
//! A merge moves nothing: the loser points to the winner and both keep their identities, conversations and keys, so
//! undoing it is forgetting the pointer. Messages from either identity go on in its own conversation, because a
//! reply must go to the address the customer wrote from.

use crate::event::StreamId;
use crate::event::contact::{ContactMergeUndone, ContactMerged};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// `loser` is `winner` too.
pub fn merge(step: &mut Step<'_>, winner: ContactId, loser: ContactId) -> Result<MergeId, Rejection> {
    let of = |id: ContactId| step.world.contacts.get(&id).ok_or(Rejection::UnknownReference { field: "contact_id" });
    let (one, other) = (of(winner)?, of(loser)?);
    if one.erased || other.erased {
        return Err(Rejection::ContactErased);
    }
    if one.brand_id != other.brand_id {
        return Err(Rejection::UnknownReference { field: "loser_id" });
    }
    if step.world.standing_for(winner) == step.world.standing_for(loser) {
        return Err(Rejection::Duplicate("this merge"));
    }
    if other.noted().merged_into.is_some() || one.noted().merged_into.is_some() {
        return Err(Rejection::Invalid { field: "loser_id", detail: "already merged; undo that first".to_owned() });
    }
    let merge_id = step.mint.fresh();
    step.emit(StreamId::Contact(winner), ContactMerged { merge_id, contact_id: winner, loser_id: loser });
    Ok(merge_id)
}

/// They are two after all.
pub fn undo(step: &mut Step<'_>, merge_id: MergeId) -> Result<(), Rejection> {
    let (winner, loser) = *step.world.merges.get(&merge_id).ok_or(Rejection::NotFound)?;
    if step.world.contacts.get(&winner).is_none_or(|contact| contact.erased) {
        return Err(Rejection::ContactErased);
    }
    step.emit(StreamId::Contact(winner), ContactMergeUndone { merge_id, contact_id: winner, loser_id: loser });
    Ok(())
}

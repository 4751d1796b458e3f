//! Blocking: what a blocked contact writes is stored and disturbs nobody.

use crate::event::StreamId;
use crate::event::contact::{BlockReason, ContactBlocked, ContactUnblocked};
use crate::ids::ContactId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Characters of a reason at most.
pub const REASON_MAX: usize = 500;

/// Blocks or unblocks; asking for what already is does nothing.
pub fn set(step: &mut Step<'_>, id: ContactId, blocked: bool, reason: Option<String>) -> Result<(), Rejection> {
    let contact = step.world.contacts.get(&id).ok_or(Rejection::NotFound)?;
    if contact.erased {
        return Err(Rejection::ContactErased);
    }
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_MAX) {
        return Err(Rejection::Invalid { field: "reason", detail: format!("at most {REASON_MAX} characters") });
    }
    if contact.blocked != blocked {
        if blocked {
            step.emit(
                StreamId::Contact(id),
                ContactBlocked { contact_id: id, private: reason.map(|reason| BlockReason { reason }) },
            );
        } else {
            step.emit(StreamId::Contact(id), ContactUnblocked { contact_id: id });
        }
    }
    Ok(())
}

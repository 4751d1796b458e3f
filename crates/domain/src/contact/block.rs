//! Blocking: what a blocked contact writes is stored and disturbs nobody.

use crate::event::StreamId;
use crate::event::contact::{ContactBlocked, ContactUnblocked};
use crate::ids::ContactId;
use crate::rejection::Rejection;
use crate::step::Step;

/// Blocks or unblocks; asking for what already is does nothing.
pub fn set(step: &mut Step<'_>, id: ContactId, blocked: bool, reason: Option<String>) -> Result<(), Rejection> {
    let contact = step.world.contacts.get(&id).ok_or(Rejection::NotFound)?;
    if contact.erased {
        return Err(Rejection::ContactErased);
    }
    if contact.blocked != blocked {
        if blocked {
            step.emit(StreamId::Contact(id), ContactBlocked { contact_id: id, reason });
        } else {
            step.emit(StreamId::Contact(id), ContactUnblocked { contact_id: id });
        }
    }
    Ok(())
}

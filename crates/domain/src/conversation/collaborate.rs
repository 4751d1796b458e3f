//! Letting somebody from behind a wall read and note in one conversation, until it is resolved. A mention grants
//! nothing; this does, and so it is for those who manage walls. A brand's wall stays: nobody is invited over it.

use crate::event::StreamId;
use crate::event::conversation::{CollaboratorAdded, CollaboratorRemoved};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

use super::Status;

/// Collaborators of one conversation at most.
pub const COLLABORATORS_MAX: usize = 20;

/// Invites somebody. Inviting them again does nothing.
pub fn invite(step: &mut Step<'_>, id: ConversationId, user: UserId) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let (brand, status) = (conversation.brand_id, conversation.status);
    let (known, count) = (conversation.collaborators.contains(&user), conversation.collaborators.len());
    let eligible = step.world.roster.principal(user).is_some_and(|principal| principal.rights().in_brand(brand));
    if !eligible {
        return Err(Rejection::UnknownReference { field: "user_id" });
    }
    if status == Status::Resolved {
        return Err(Rejection::InvalidTransition { from: "resolved", to: "resolved" });
    }
    if known {
        return Ok(());
    }
    if count >= COLLABORATORS_MAX {
        let detail = format!("a conversation has at most {COLLABORATORS_MAX} collaborators");
        return Err(Rejection::Invalid { field: "user_id", detail });
    }
    step.emit(StreamId::Conversation(id), CollaboratorAdded { conversation_id: id, user_id: user });
    Ok(())
}

/// Ends an invitation. Ending one that is none does nothing.
pub fn uninvite(step: &mut Step<'_>, id: ConversationId, user: UserId) -> Result<(), Rejection> {
    let known = step.conversation(id).ok_or(Rejection::NotFound)?.collaborators.contains(&user);
    if known {
        step.emit(StreamId::Conversation(id), CollaboratorRemoved { conversation_id: id, user_id: user });
    }
    Ok(())
}

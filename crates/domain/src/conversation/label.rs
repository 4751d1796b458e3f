//! Priority, tags, and how far each person has read.

use super::Priority;
use crate::event::StreamId;
use crate::event::conversation::*;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Characters of a tag at most.
pub const TAG_MAX: usize = 64;
/// Tags on one conversation at most.
pub const TAGS_MAX: usize = 50;

/// Sets the priority.
pub fn prioritize(step: &mut Step<'_>, id: ConversationId, priority: Priority) -> Result<(), Rejection> {
    if step.conversation(id).ok_or(Rejection::NotFound)?.priority != priority {
        step.emit(StreamId::Conversation(id), ConversationPriorityChanged { conversation_id: id, priority });
    }
    Ok(())
}

/// Adds a tag; adding it twice is adding it once.
pub fn tag(step: &mut Step<'_>, id: ConversationId, tag: &str) -> Result<(), Rejection> {
    let tag = normal(tag)?;
    let tags = &step.conversation(id).ok_or(Rejection::NotFound)?.tags;
    if tags.contains(&tag) {
        return Ok(());
    }
    if tags.len() >= TAGS_MAX {
        return Err(Rejection::Invalid { field: "tag", detail: format!("at most {TAGS_MAX} tags") });
    }
    step.emit(StreamId::Conversation(id), ConversationTagged { conversation_id: id, tag });
    Ok(())
}

/// Takes a tag away.
pub fn untag(step: &mut Step<'_>, id: ConversationId, tag: &str) -> Result<(), Rejection> {
    let tag = normal(tag)?;
    if step.conversation(id).ok_or(Rejection::NotFound)?.tags.contains(&tag) {
        step.emit(StreamId::Conversation(id), ConversationUntagged { conversation_id: id, tag });
    }
    Ok(())
}

/// The user has seen the conversation up to a message, or up to now; `unread` marks it unread.
pub fn mark_read(
    step: &mut Step<'_>,
    id: ConversationId,
    user_id: UserId,
    up_to: Option<MessageId>,
    unread: bool,
) -> Result<(), Rejection> {
    let conversation = step.conversation(id).ok_or(Rejection::NotFound)?;
    let up_to_version = match up_to {
        _ if unread => 0,
        Some(message) => {
            let seen = conversation.messages.get(&message);
            seen.ok_or(Rejection::UnknownReference { field: "up_to_message_id" })?.version
        }
        None => conversation.version,
    };
    step.emit(StreamId::Conversation(id), ConversationRead { conversation_id: id, user_id, up_to_version });
    Ok(())
}

/// Tags are compared without case and surrounding space.
pub(crate) fn normal(tag: &str) -> Result<String, Rejection> {
    let tag = tag.trim().to_lowercase();
    let plain = tag.chars().all(|c| !c.is_control());
    if tag.is_empty() || tag.chars().count() > TAG_MAX || !plain {
        return Err(Rejection::Invalid { field: "tag", detail: format!("1 to {TAG_MAX} printable characters") });
    }
    Ok(tag)
}

//! What was found.

use app::Desk;
use app::search::{FoundConversation, FoundHit, HitId};
use domain::ids::UserId;
use projections::search::Kind;

use super::conversation::conversation;
use crate::dto::message::Direction;
use crate::dto::search::*;

/// A conversation with its hits, as `viewer` sees it.
pub(crate) fn found(desk: &Desk, found: &FoundConversation, viewer: UserId) -> ConversationMatch {
    ConversationMatch {
        conversation: conversation(desk, &found.row, viewer),
        hit_count: small(found.hit_count),
        hits: found.hits.iter().map(hit).collect(),
    }
}

/// A single hit.
pub(crate) fn hit(found: &FoundHit) -> SearchHit {
    let (kind, direction) = match found.kind {
        Kind::Inbound => (SearchKind::Message, Some(Direction::Inbound)),
        Kind::Outbound => (SearchKind::Message, Some(Direction::Outbound)),
        Kind::Note => (SearchKind::Note, None),
        Kind::Contact => (SearchKind::Contact, None),
    };
    let (mut message_id, mut note_id, mut contact_id) = (None, None, None);
    match found.id {
        HitId::Message(id) => message_id = Some(id.into()),
        HitId::Note(id) => note_id = Some(id.into()),
        HitId::Contact(id) => contact_id = Some(id.into()),
    }
    let marks = found.excerpt.marks.iter().map(|(from, to)| Mark { from: small(*from), to: small(*to) });
    SearchHit {
        kind,
        conversation_id: found.conversation_id.map(Into::into),
        message_id,
        note_id,
        contact_id,
        direction,
        written_at: found.written_at.into(),
        excerpt: found.excerpt.text.clone(),
        marks: marks.collect(),
        cut_before: found.excerpt.cut.0,
        cut_after: found.excerpt.cut.1,
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

//! What the hits of a page say, read from the log. What cannot be read any more, or does not say it any more, is no hit.

use std::sync::Arc;

use domain::content::Content;
use domain::event::Event;
use domain::ids::*;
use domain::time::Timestamp;
use projections::search::ask::Ask;
use projections::search::content::text_of;
use projections::search::marks::{Excerpt, excerpt};
use projections::search::{Hit, Kind, Subject};
use projections::timeline::Timeline;

use super::feed::names;
use crate::Desk;
use crate::queries::Answer;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HitId {
    Message(MessageId),
    Note(NoteId),
    Contact(ContactId),
}

/// A hit with the words around it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundHit {
    pub kind: Kind,
    pub id: HitId,
    /// Where it stands; of a contact absent.
    pub conversation_id: Option<ConversationId>,
    pub written_at: Timestamp,
    pub excerpt: Excerpt,
}

impl Desk {
    /// The first `most` of a conversation's hits that still say what is asked for. For callers that have checked access.
    pub(super) fn excerpts<'a>(
        &self,
        conversation: ConversationId,
        hits: impl Iterator<Item = &'a Hit>,
        ask: &Ask,
        most: usize,
    ) -> Answer<Vec<FoundHit>> {
        let mut shown = Vec::new();
        let mut timeline = None;
        for hit in hits {
            if shown.len() == most {
                break;
            }
            shown.extend(self.excerpt_of(conversation, hit, ask, &mut timeline)?);
        }
        Ok(shown)
    }

    /// What a hit in a conversation says; the timeline is read when it is needed.
    pub(super) fn excerpt_of(
        &self,
        conversation: ConversationId,
        hit: &Hit,
        ask: &Ask,
        timeline: &mut Option<Arc<Timeline>>,
    ) -> Answer<Option<FoundHit>> {
        let said = match hit.subject() {
            Subject::Contact(place) => return self.called(place, ask),
            Subject::Conversation(_) if hit.changed() => {
                if timeline.is_none() {
                    *timeline = Some(self.timeline_now(conversation)?);
                }
                timeline.as_ref().and_then(|timeline| now(timeline, hit.pos))
            }
            Subject::Conversation(_) => self.first(conversation, hit.pos)?,
        };
        let Some((id, written_at, text)) = said else { return Ok(None) };
        let excerpt = excerpt(&text, ask);
        Ok(excerpt.map(|excerpt| FoundHit {
            kind: hit.kind(),
            id,
            conversation_id: Some(conversation),
            written_at,
            excerpt,
        }))
    }

    /// What an event said.
    fn first(&self, conversation: ConversationId, pos: u64) -> Answer<Option<(HitId, Timestamp, String)>> {
        let Some(recorded) = self.event_open(pos)? else { return Ok(None) };
        let message = |id, content: Option<&Content>| Some((HitId::Message(id), content.map(text_of)?));
        let (of, said) = match &recorded.event {
            Event::MessageReceived(event) => {
                let content = event.private.as_ref().map(|private| &private.content);
                (event.conversation_id, message(event.message_id, content))
            }
            Event::MessageEchoed(event) => {
                let content = event.private.as_ref().map(|private| &private.content);
                (event.conversation_id, message(event.message_id, content))
            }
            Event::MessageImported(event) => {
                let content = event.private.as_ref().map(|private| &private.content);
                (event.conversation_id, message(event.message_id, content))
            }
            Event::MessageQueued(event) => {
                let content = event.private.as_ref().map(|private| &private.content);
                (event.conversation_id, message(event.message_id, content))
            }
            Event::NoteAdded(event) => {
                let body = event.private.as_ref().map(|private| private.body.clone());
                (event.conversation_id, body.map(|body| (HitId::Note(event.note_id), body)))
            }
            _ => return Ok(None),
        };
        // Nothing of another conversation is ever shown, whatever the index holds.
        Ok(said.filter(|_| of == conversation).map(|(id, text)| (id, recorded.occurred_at, text)))
    }

    /// The name or number of a contact that fits; all of them where it takes several. Of a merged one the contact that stands
    /// for it is named.
    pub(super) fn called(&self, place: u32, ask: &Ask) -> Answer<Option<FoundHit>> {
        let known = self.view(|views| views.directory.contacts.at_place(place).filter(|contact| !contact.erased));
        let Some(contact) = known else { return Ok(None) };
        let standing = self.view(|views| views.directory.contacts.resolve(contact.id));
        let names = names(&self.contact_card(contact.id)?);
        let one = names.iter().find_map(|name| excerpt(name, ask));
        Ok(one.or_else(|| excerpt(&names.join("\n"), ask)).map(|excerpt| FoundHit {
            kind: Kind::Contact,
            id: HitId::Contact(standing),
            conversation_id: None,
            written_at: contact.created_at,
            excerpt,
        }))
    }
}

/// What a message or a note that was changed says now.
fn now(timeline: &Timeline, pos: u64) -> Option<(HitId, Timestamp, String)> {
    if let Some(message) = timeline.messages().find(|message| message.pos == pos) {
        let content = message.content.as_ref().filter(|_| message.revoked.is_none())?;
        return Some((HitId::Message(message.id), message.occurred_at, text_of(content)));
    }
    let note = timeline.notes().find(|note| note.pos == pos)?;
    Some((HitId::Note(note.id), note.created_at, note.body.clone()?))
}

//! From events to documents. What a message or a note says now is read from its conversation where it is no longer what its
//! first event said, with the fold that people read, so that what is found is what is shown.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use domain::content::MessageKind;
use domain::event::contact::*;
use domain::event::message::*;
use domain::event::note::*;
use domain::event::{Event, Payload, Recorded};
use domain::identity::IdentityKind;
use domain::ids::*;
use domain::time::{Millis, Timestamp};
use projections::contact_card::ContactCard;
use projections::search::content::text_of;
use projections::search::index::Next;
use projections::search::{Document, Index, Kind, Subject};
use projections::timeline::Direction;

use super::Stuck;
use crate::Desk;
use crate::codec::decode_open;
use crate::queries::unreadable;

/// Events opened at a time; so long an erasure waits.
const BATCH: usize = 1_000;
/// Events between two commits while there is much to do.
const COMMIT_EVERY: u64 = 50_000;

/// A commit that takes longer waits for a processor, or has much to write.
const SLOW: Millis = Millis(100);

/// Events that say something to the index.
const HEARD: &[&str] = &[
    MessageReceived::KIND,
    MessageEchoed::KIND,
    MessageImported::KIND,
    MessageQueued::KIND,
    MessageEdited::KIND,
    MessageRevoked::KIND,
    NoteAdded::KIND,
    NoteEdited::KIND,
    NoteDeleted::KIND,
    ContactCreated::KIND,
    ContactIdentityLinked::KIND,
    ContactIdentityRetired::KIND,
    ContactProfileObserved::KIND,
    ContactEdited::KIND,
    ContactErasureStarted::KIND,
    ContactErased::KIND,
];

/// How far feeding came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fed {
    /// There is more than it looked at.
    pub(super) behind: bool,
    /// All that it looked at can be found.
    pub(super) shown: bool,
}

/// What is to be read anew.
#[derive(Default)]
struct Changed {
    messages: BTreeSet<(ConversationId, MessageId)>,
    notes: BTreeSet<(ConversationId, NoteId)>,
    contacts: BTreeSet<ContactId>,
}

impl Desk {
    /// Brings the index up to the newest event. Blocks. For whoever has no workers running.
    pub fn catch_up_search(&self) -> Result<(), crate::Failure> {
        self.feed_search(&|| false, &|_| true).map(drop).map_err(|error| {
            tracing::error!(%error, "the search index waits");
            crate::Failure::Internal
        })
    }

    /// The position up to which search knows everything.
    pub fn searched_to(&self) -> u64 {
        self.shared.search.snapshot().map_or(0, |snapshot| snapshot.position)
    }

    /// Feeds the index until it knows everything or `stop` says so. `due` is asked, with the number of events that wait for it,
    /// whether they are to be found now. Blocks.
    pub(super) fn feed_search(&self, stop: &dyn Fn() -> bool, due: &dyn Fn(u64) -> bool) -> Result<Fed, Stuck> {
        loop {
            let fed = self.with_index(|index| {
                let head = self.position();
                if index.fed() < head {
                    self.take_in(index, head)?;
                }
                let behind = index.fed() < head;
                let waiting = index.fed() - index.position();
                if waiting >= COMMIT_EVERY || (waiting > 0 && !behind && due(waiting)) {
                    self.commit(index)?;
                }
                Ok(Fed { behind, shown: index.fed() == index.position() })
            })?;
            if !fed.behind || stop() {
                return Ok(fed);
            }
        }
    }

    /// Lets what was taken in be found. What comes next is worked on with time that nobody else wants, unless this commit had to
    /// wait for it: on a busy machine search would stand still.
    fn commit(&self, index: &mut Index) -> Result<(), Stuck> {
        let searching = &self.shared.search;
        let next = if searching.is_slow.load(Ordering::Relaxed) { Next::AsCaller } else { Next::Apart };
        let begun = self.now();
        searching.show(index.commit(next)?);
        searching.is_slow.store(self.now() - begun > SLOW, Ordering::Relaxed);
        Ok(())
    }

    /// The next events, not beyond `head`, which the views have.
    fn take_in(&self, index: &mut Index, head: u64) -> Result<(), Stuck> {
        let room = usize::try_from(head - index.fed()).unwrap_or(usize::MAX);
        let mut changed = Changed::default();
        let last = if let Some(kept) = self.shared.opened.kept(index.fed(), head, BATCH) {
            for happened in &kept {
                self.hear(index, &happened.recorded, &mut changed)?;
            }
            kept.last().map(|last| last.recorded.pos)
        } else {
            let read = self.reader().read(index.fed(), BATCH.min(room)).map_err(|error| unreadable(error.into()))?;
            for stored in read.iter().filter(|stored| HEARD.contains(&&*stored.kind)) {
                let recorded = decode_open(self.reader(), stored).map_err(unreadable)?;
                self.hear(index, &recorded, &mut changed)?;
            }
            read.last().map(|last| last.pos)
        };
        self.read_anew(index, changed)?;
        index.advance(last.unwrap_or(head));
        Ok(())
    }

    fn hear(&self, index: &mut Index, recorded: &Recorded, changed: &mut Changed) -> Result<(), Stuck> {
        match &recorded.event {
            Event::MessageReceived(event) => {
                let content = event.private.as_ref().map(|private| &private.content);
                self.said(index, recorded, event.conversation_id, Kind::Inbound, content.map(text_of))?;
                if !event.early.is_empty() {
                    changed.messages.insert((event.conversation_id, event.message_id));
                }
            }
            Event::MessageEchoed(event) => {
                let content = event.private.as_ref().map(|private| &private.content);
                self.said(index, recorded, event.conversation_id, Kind::Outbound, content.map(text_of))?;
                if !event.early.is_empty() {
                    changed.messages.insert((event.conversation_id, event.message_id));
                }
            }
            Event::MessageImported(event) => {
                let kind = if event.inbound { Kind::Inbound } else { Kind::Outbound };
                let content = event.private.as_ref().map(|private| &private.content);
                self.said(index, recorded, event.conversation_id, kind, content.map(text_of))?;
                if !event.early.is_empty() {
                    changed.messages.insert((event.conversation_id, event.message_id));
                }
            }
            Event::MessageQueued(event) if event.kind != MessageKind::Reaction => match &event.private {
                Some(private) => {
                    let text = Some(text_of(&private.content));
                    self.said(index, recorded, event.conversation_id, Kind::Outbound, text)?;
                }
                // Written ahead of its time, in an event of its own.
                None => {
                    changed.messages.insert((event.conversation_id, event.message_id));
                }
            },
            Event::MessageEdited(MessageEdited { conversation_id, message_id: Some(id), .. })
            | Event::MessageRevoked(MessageRevoked { conversation_id, message_id: Some(id), .. }) => {
                changed.messages.insert((*conversation_id, *id));
            }
            Event::NoteAdded(event) => {
                let text = event.private.as_ref().map(|private| private.body.clone());
                self.said(index, recorded, event.conversation_id, Kind::Note, text)?;
            }
            Event::NoteEdited(NoteEdited { conversation_id, note_id, .. })
            | Event::NoteDeleted(NoteDeleted { conversation_id, note_id }) => {
                changed.notes.insert((*conversation_id, *note_id));
            }
            Event::ContactCreated(ContactCreated { contact_id, .. })
            | Event::ContactIdentityLinked(ContactIdentityLinked { contact_id, .. })
            | Event::ContactIdentityRetired(ContactIdentityRetired { contact_id, .. })
            | Event::ContactProfileObserved(ContactProfileObserved { contact_id, .. })
            | Event::ContactEdited(ContactEdited { contact_id, .. }) => {
                changed.contacts.insert(*contact_id);
            }
            Event::ContactErasureStarted(event) => {
                self.forget(index, event.merged.iter().copied().chain([event.contact_id]))?;
            }
            Event::ContactErased(event) => self.forget(index, [event.contact_id])?,
            _ => {}
        }
        Ok(())
    }

    fn said(
        &self,
        index: &mut Index,
        recorded: &Recorded,
        conversation: ConversationId,
        kind: Kind,
        text: Option<String>,
    ) -> Result<(), Stuck> {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(()) };
        let Some(place) = self.view(|views| views.inbox.place(conversation)) else { return Ok(()) };
        let (subject, pos) = (Subject::Conversation(place), recorded.pos);
        let at_s = seconds(recorded.occurred_at);
        Ok(index.add(&Document { subject, kind, pos, at_s, changed: false, text })?)
    }

    fn read_anew(&self, index: &mut Index, changed: Changed) -> Result<(), Stuck> {
        for (conversation, id) in changed.messages {
            let Some(place) = self.view(|views| views.inbox.place(conversation)) else { continue };
            let timeline = self.timeline_until(conversation, u64::MAX)?;
            let Some(message) = timeline.message(id) else { continue };
            let subject = Subject::Conversation(place);
            index.remove(subject, message.pos)?;
            let content = message.content.as_ref().filter(|_| message.revoked.is_none());
            let kind = match message.direction {
                Direction::Inbound => Kind::Inbound,
                Direction::Outbound => Kind::Outbound,
            };
            if let Some(text) = content.map(text_of).filter(|text| !text.trim().is_empty()) {
                let (pos, at_s) = (message.pos, seconds(message.occurred_at));
                index.add(&Document { subject, kind, pos, at_s, changed: true, text })?;
            }
        }
        for (conversation, id) in changed.notes {
            let Some(place) = self.view(|views| views.inbox.place(conversation)) else { continue };
            let timeline = self.timeline_until(conversation, u64::MAX)?;
            let Some(note) = timeline.note(id) else { continue };
            let subject = Subject::Conversation(place);
            index.remove(subject, note.pos)?;
            if let Some(text) = note.body.clone() {
                let (pos, at_s) = (note.pos, seconds(note.created_at));
                index.add(&Document { subject, kind: Kind::Note, pos, at_s, changed: true, text })?;
            }
        }
        for id in changed.contacts {
            let known = self.view(|views| {
                let place = views.directory.contacts.place(id)?;
                views
                    .directory
                    .contacts
                    .get(id)
                    .filter(|contact| !contact.erased)
                    .map(|contact| (place, contact.created_at))
            });
            let Some((place, created_at)) = known else { continue };
            let subject = Subject::Contact(place);
            index.remove_all_of(subject)?;
            let text = names(&self.contact_card(id)?).join("\n");
            if !text.is_empty() {
                let at_s = seconds(created_at);
                // One document for all it is called, whenever it was called so.
                index.add(&Document { subject, kind: Kind::Contact, pos: 0, at_s, changed: true, text })?;
            }
        }
        Ok(())
    }

    /// Takes everything of contacts out.
    fn forget(&self, index: &mut Index, contacts: impl IntoIterator<Item = ContactId>) -> Result<(), Stuck> {
        let subjects: Vec<Subject> = self.view(|views| {
            let of = |contact: ContactId| {
                let own = views.directory.contacts.place(contact).map(Subject::Contact);
                let rows = views.inbox.of_contact(contact).filter_map(|row| views.inbox.place(row.id()));
                own.into_iter().chain(rows.map(Subject::Conversation)).collect::<Vec<_>>()
            };
            contacts.into_iter().flat_map(of).collect()
        });
        for subject in subjects {
            index.remove_all_of(subject)?;
        }
        Ok(())
    }

    /// Takes everything of erased contacts out of every file of the index. Their keys are gone, so nothing of theirs can come
    /// in again. An index that cannot be purged is thrown away whole.
    pub(crate) fn purge_search(&self, contacts: &BTreeSet<ContactId>) -> Result<(), crate::Failure> {
        let purged = self.with_index(|index| {
            self.forget(index, contacts.iter().copied())?;
            self.shared.search.show(index.purge()?);
            Ok(())
        });
        // Thrown away, nothing is left of it either.
        let gone = match purged {
            Err(Stuck::Index(_)) => self.throw_index_away(&mut self.shared.search.index.lock()),
            done => done,
        };
        match gone {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "an erased contact stays in the search index for now");
                Err(crate::Failure::Internal)
            }
        }
    }
}

/// What a contact is called and reached by.
pub(super) fn names(card: &ContactCard) -> Vec<String> {
    let called = [&card.given_name, &card.address_book_name, &card.profile_name, &card.username];
    let numbers = card.identities.iter().filter(|known| {
        let dialled = matches!(known.kind, IdentityKind::Phone | IdentityKind::WaId);
        dialled && known.retired_at.is_none()
    });
    let values = called.into_iter().flatten().chain(numbers.filter_map(|known| known.value.as_ref()));
    let mut names: Vec<String> = Vec::new();
    for value in values {
        if !value.trim().is_empty() && !names.contains(value) {
            names.push(value.clone());
        }
    }
    names
}

fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.as_millis().div_euclid(1_000).max(0)).unwrap_or(u32::MAX - 1)
}

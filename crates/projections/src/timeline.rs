//! A conversation as it is read: messages, notes and what happened in between, folded from the conversation's stream
//! with the personal parts opened where their key still exists.
//!
//! Delivery states come from [`domain::message::MessageState`], folded beside the texts, so that a reader and a
//! decision never disagree. Reactions, edits and revokes that came before their message lie in the contact's stream;
//! the message names their positions and the fold asks for them.

use std::collections::BTreeMap;

use domain::content::MessageKind;
use domain::conversation::Conversation;
use domain::event::conversation::Origin;
use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::time::Timestamp;

mod activity;
mod annotations;
mod delivery;
mod message;
mod note;
mod scheduled;

pub use activity::{Activity, ActivityKind};
pub use annotations::{Edit, Reaction, Reactor, Revoked};
pub use delivery::{Attempt, AttemptOutcome, MessageError, StatusChange};
pub use message::{Author, Direction, MessageFile, Scheduled, TimelineMessage};
pub use note::{Note, Revision};

/// Gives the event at a position, opened where possible. Used for annotations that came before their message.
pub type Fetch<'a> = &'a dyn Fn(u64) -> Option<Recorded>;

/// A conversation's content at one position of the log.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The state decisions see, for whoever shows both.
    pub conversation: Conversation,
    entries: Vec<Entry>,
    messages: BTreeMap<MessageId, usize>,
    notes: BTreeMap<NoteId, usize>,
    /// Version and id of our newest reaction as a message: the event after it says what it is about.
    reaction_sent: Option<(u64, MessageId)>,
    position: u64,
}

/// One line of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Message(Box<TimelineMessage>),
    Note(Note),
    Activity(Activity),
}

/// The place of an entry in reading order: imported history first, by when it was written, then everything else as it
/// was recorded. Plain data for cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Imported entries: when it was written. Others: the end of time.
    pub written_at: Timestamp,
    pub version: u64,
}

impl Place {
    fn imported(written_at: Timestamp, version: u64) -> Self {
        Self { written_at, version }
    }
    /// The place of what was recorded live at this version of the stream.
    pub fn live(version: u64) -> Self {
        Self { written_at: Timestamp::from_millis(i64::MAX), version }
    }
}

impl Entry {
    pub fn place(&self) -> Place {
        match self {
            Self::Message(message) if message.imported => Place::imported(message.occurred_at, message.version),
            Self::Message(message) => Place::live(message.version),
            Self::Note(note) => Place::live(note.version),
            Self::Activity(activity) => match activity.kind {
                // A conversation that begins with its history: nothing comes before its beginning.
                ActivityKind::Opened { origin: Origin::History, .. } => {
                    Place::imported(Timestamp::from_millis(i64::MIN), activity.version)
                }
                _ => Place::live(activity.version),
            },
        }
    }
    pub fn version(&self) -> u64 {
        self.place().version
    }
    /// Position of the event that began it.
    pub fn pos(&self) -> u64 {
        match self {
            Self::Message(message) => message.pos,
            Self::Note(note) => note.pos,
            Self::Activity(activity) => activity.pos,
        }
    }
}

impl Timeline {
    /// Folds a whole stream in order; `None` where it does not begin with the opening. `fetch` may answer `None`, the
    /// annotation is then left out.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Recorded>, fetch: Fetch<'_>) -> Option<Self> {
        Self::fold_until(events, u64::MAX, fetch)
    }

    /// The conversation as it was when `pos` was the newest position of the log.
    pub fn fold_until<'a>(events: impl IntoIterator<Item = &'a Recorded>, pos: u64, fetch: Fetch<'_>) -> Option<Self> {
        let mut events = events.into_iter().take_while(|recorded| recorded.pos <= pos);
        let first = events.next()?;
        let mut timeline = Self {
            conversation: Conversation::opened(first)?,
            entries: Vec::new(),
            messages: BTreeMap::new(),
            notes: BTreeMap::new(),
            reaction_sent: None,
            position: first.pos,
        };
        timeline.push_activity(first);
        events.for_each(|recorded| timeline.apply(recorded, fetch));
        timeline.finish();
        Some(timeline)
    }

    /// Position of the newest event folded.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Everything, in reading order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries before a place (`None`: before the end), in reading order; the newest are last.
    pub fn before(&self, place: Option<Place>) -> &[Entry] {
        let end = place.map_or(self.entries.len(), |end| self.entries.partition_point(|entry| entry.place() < end));
        &self.entries[..end]
    }

    /// The entries after a place (`None`: from the beginning), in reading order.
    pub fn after(&self, place: Option<Place>) -> &[Entry] {
        let begin = place.map_or(0, |begin| self.entries.partition_point(|entry| entry.place() <= begin));
        &self.entries[begin..]
    }

    /// Messages in reading order.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = &TimelineMessage> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Message(message) => Some(&**message),
            Entry::Note(_) | Entry::Activity(_) => None,
        })
    }

    /// Notes in the order they were written.
    pub fn notes(&self) -> impl DoubleEndedIterator<Item = &Note> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Note(note) => Some(note),
            Entry::Message(_) | Entry::Activity(_) => None,
        })
    }

    pub fn message(&self, id: MessageId) -> Option<&TimelineMessage> {
        match &self.entries[*self.messages.get(&id)?] {
            Entry::Message(message) => Some(message),
            Entry::Note(_) | Entry::Activity(_) => None,
        }
    }

    pub fn note(&self, id: NoteId) -> Option<&Note> {
        match &self.entries[*self.notes.get(&id)?] {
            Entry::Note(note) => Some(note),
            Entry::Message(_) | Entry::Activity(_) => None,
        }
    }

    fn apply(&mut self, recorded: &Recorded, fetch: Fetch<'_>) {
        self.position = recorded.pos;
        self.conversation.evolve(recorded);
        match &recorded.event {
            Event::MessageReceived(event) => {
                self.push_message(event.message_id, TimelineMessage::received(event, recorded));
                self.annotate_early(event.message_id, &event.early, fetch);
            }
            Event::MessageEchoed(event) => {
                self.push_message(event.message_id, TimelineMessage::echoed(event, recorded));
                self.annotate_early(event.message_id, &event.early, fetch);
            }
            Event::MessageImported(event) => {
                self.push_message(event.message_id, TimelineMessage::imported(event, recorded));
                self.annotate_early(event.message_id, &event.early, fetch);
            }
            Event::MessageScheduled(event) => {
                self.push_message(event.message_id, TimelineMessage::scheduled(event, recorded));
            }
            Event::MessageScheduleChanged(event) => {
                self.change(event.message_id, |message| message.schedule_changed(event));
            }
            Event::MessageScheduleCancelled(event) => {
                self.change(event.message_id, |message| message.schedule_cancelled(recorded));
            }
            Event::MessageScheduleFailed(event) => {
                self.change(event.message_id, |message| message.schedule_failed(event, recorded));
            }
            Event::MessageQueued(event) => {
                self.push_message(event.message_id, TimelineMessage::queued(event, recorded));
                if event.kind == MessageKind::Reaction {
                    self.reaction_sent = Some((recorded.version, event.message_id));
                }
            }
            Event::MessageDispatchStarted(event) => {
                self.change(event.message_id, |message| message.dispatch_started(event, recorded));
            }
            Event::MessageAccepted(event) => {
                self.change(event.message_id, |message| message.accepted(event, recorded));
            }
            Event::MessageRefused(event) => {
                self.change(event.message_id, |message| message.refused(event, recorded));
            }
            Event::MessageUncertain(event) => {
                self.change(event.message_id, |message| message.uncertain(event, recorded));
            }
            Event::MessageResendRequested(event) => {
                self.change(event.message_id, |message| message.resend(event, recorded));
            }
            Event::MessageStatusObserved(event) => {
                self.change(event.message_id, |message| message.observed(event, recorded));
            }
            Event::MessageReacted(_) | Event::MessageEdited(_) | Event::MessageRevoked(_) => {
                if let Some(target) = annotated(&recorded.event) {
                    let carrier = self.reaction_sent.filter(|(version, _)| version + 1 == recorded.version);
                    self.change(target, |message| message.annotate(recorded, carrier.map(|(_, id)| id)));
                }
            }
            Event::MediaFetchRequested(event) => {
                self.change(event.message_id, |message| message.file = Some(MessageFile::Pending));
            }
            Event::MediaStored(event) => {
                self.change(event.message_id, |message| message.file = Some(MessageFile::Stored(event.file.clone())));
            }
            Event::MediaFailed(event) => {
                let reason = event.reason.clone();
                self.change(event.message_id, |message| message.file = Some(MessageFile::Failed { reason }));
            }
            Event::MessageReadReceiptSent(event) => {
                self.change(event.message_id, |message| message.read_receipt_sent_at = Some(recorded.occurred_at));
            }
            Event::NoteAdded(event) => {
                self.notes.insert(event.note_id, self.entries.len());
                self.entries.push(Entry::Note(Note::added(event, recorded)));
            }
            Event::NoteEdited(event) => self.change_note(event.note_id, |note| note.edited(event, recorded)),
            Event::NoteDeleted(event) => self.change_note(event.note_id, Note::deleted),
            _ => self.push_activity(recorded),
        }
    }

    fn push_message(&mut self, id: MessageId, mut message: TimelineMessage) {
        // The live copy of a message that the history import had already brought takes its place, and what was said
        // about it in between stays said. So does a scheduled one that is queued, at the place where it was sent.
        if let Some(known) = self.messages.get(&id).and_then(|index| self.entries.get_mut(*index)) {
            if let Entry::Message(before) = &mut *known {
                message.reactions_seen = std::mem::take(&mut before.reactions_seen);
                message.edits = std::mem::take(&mut before.edits);
                message.revoked = before.revoked;
                message.was_scheduled(before);
            }
            *known = Entry::Message(Box::new(message));
        } else {
            self.messages.insert(id, self.entries.len());
            self.entries.push(Entry::Message(Box::new(message)));
        }
    }

    fn push_activity(&mut self, recorded: &Recorded) {
        if let Some(activity) = Activity::of(recorded) {
            self.entries.push(Entry::Activity(activity));
        }
    }

    /// Applies what waited in the contact's stream for this message, as if it had come just after it.
    fn annotate_early(&mut self, id: MessageId, early: &[u64], fetch: Fetch<'_>) {
        let version = self.conversation.version;
        for mut recorded in early.iter().filter_map(|pos| fetch(*pos)) {
            match &mut recorded.event {
                Event::MessageReacted(event) => event.message_id = Some(id),
                Event::MessageEdited(event) => event.message_id = Some(id),
                Event::MessageRevoked(event) => event.message_id = Some(id),
                _ => continue,
            }
            self.conversation.evolve(&recorded);
            self.change(id, |message| message.annotate(&recorded, None));
        }
        self.conversation.version = version;
    }

    fn change(&mut self, id: MessageId, change: impl FnOnce(&mut TimelineMessage)) {
        if let Some(Entry::Message(message)) = self.messages.get(&id).and_then(|index| self.entries.get_mut(*index)) {
            change(message);
        }
    }

    fn change_note(&mut self, id: NoteId, change: impl FnOnce(&mut Note)) {
        if let Some(Entry::Note(note)) = self.notes.get(&id).and_then(|index| self.entries.get_mut(*index)) {
            change(note);
        }
    }

    /// Takes delivery states and what is known of notes over, settles annotations and puts imported history in front.
    fn finish(&mut self) {
        for (id, index) in &self.messages {
            let Some(state) = self.conversation.messages.get(id) else { continue };
            if let Entry::Message(message) = &mut self.entries[*index] {
                message.settle(state);
            }
        }
        let threads = note::threads(&self.conversation);
        for (id, index) in &self.notes {
            let Some(state) = self.conversation.notes.get(id) else { continue };
            if let Entry::Note(note) = &mut self.entries[*index] {
                note.settle(state, threads.get(id));
            }
        }
        let unsent = self.unsent_reactions();
        for entry in &mut self.entries {
            if let Entry::Message(message) = entry {
                message.reactions = annotations::newest(&message.reactions_seen, &unsent);
            }
        }
        self.entries.sort_by_key(Entry::place);
        for (index, entry) in self.entries.iter().enumerate() {
            match entry {
                Entry::Message(message) => {
                    self.messages.insert(message.id, index);
                }
                Entry::Note(note) => {
                    self.notes.insert(note.id, index);
                }
                Entry::Activity(_) => {}
            }
        }
    }

    /// Our reactions that did not reach the customer.
    fn unsent_reactions(&self) -> Vec<MessageId> {
        let failed = self.conversation.messages.iter().filter(|(_, state)| state.failed_before_delivery());
        failed.map(|(id, _)| *id).collect()
    }
}

/// The message an annotation is about, where it is known.
fn annotated(event: &Event) -> Option<MessageId> {
    match event {
        Event::MessageReacted(event) => event.message_id,
        Event::MessageEdited(event) => event.message_id,
        Event::MessageRevoked(event) => event.message_id,
        _ => None,
    }
}

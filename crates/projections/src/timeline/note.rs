//! An internal note as it is read. Signs, pins and threads come from [`domain::conversation::note::NoteState`], folded
//! beside the texts, so that a reader and a decision never disagree.

use std::collections::{BTreeMap, BTreeSet};

use domain::conversation::Conversation;
use domain::conversation::mention::Mention;
use domain::conversation::note::NoteState;
use domain::event::note::{NoteAdded, NoteEdited};
use domain::event::{Actor, Recorded};
use domain::ids::*;
use domain::time::Timestamp;

/// An internal note.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    pub id: NoteId,
    /// `None`: automation wrote it.
    pub author_id: Option<UserId>,
    /// The rule that did.
    pub rule_id: Option<AutomationRuleId>,
    /// The first note of the thread it belongs to; absent on the first itself.
    pub parent_id: Option<NoteId>,
    /// Markdown; `None`: taken back, or erased.
    pub body: Option<String>,
    /// Every text it had, the present one last. Empty once it was taken back.
    pub revisions: Vec<Revision>,
    /// Whom its text names.
    pub mentions: Vec<Mention>,
    pub pinned: bool,
    /// Who put which sign under it, by sign.
    pub reactions: BTreeMap<String, BTreeSet<UserId>>,
    /// Answers in the thread it begins that were not taken back.
    pub reply_count: u32,
    pub last_reply_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub pos: u64,
    /// Its place in the stream.
    pub version: u64,
    /// Where the stream stood at its newest change.
    pub changed_version: u64,
}

fn rule_of(recorded: &Recorded) -> Option<AutomationRuleId> {
    match recorded.actor {
        Actor::Rule(id) => Some(id),
        _ => None,
    }
}

/// One text of a note.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// `None`: erased.
    pub body: Option<String>,
    pub at: Timestamp,
    pub pos: u64,
}

impl Note {
    pub(super) fn added(event: &NoteAdded, recorded: &Recorded) -> Self {
        let body = event.private.as_ref().map(|private| private.body.clone());
        Self {
            id: event.note_id,
            author_id: event.author_id,
            rule_id: rule_of(recorded),
            parent_id: event.parent_id,
            body: body.clone(),
            revisions: vec![Revision { body, at: recorded.occurred_at, pos: recorded.pos }],
            mentions: Vec::new(),
            pinned: false,
            reactions: BTreeMap::new(),
            reply_count: 0,
            last_reply_at: None,
            created_at: recorded.occurred_at,
            edited_at: None,
            deleted_at: None,
            pos: recorded.pos,
            version: recorded.version,
            changed_version: recorded.version,
        }
    }

    pub(super) fn edited(&mut self, event: &NoteEdited, recorded: &Recorded) {
        self.body = event.private.as_ref().map(|private| private.body.clone());
        self.revisions.push(Revision { body: self.body.clone(), at: recorded.occurred_at, pos: recorded.pos });
    }

    pub(super) fn deleted(&mut self) {
        self.body = None;
        self.revisions.clear();
    }

    /// Takes over what decisions know.
    pub(super) fn settle(&mut self, state: &NoteState, answers: Option<&Answers>) {
        self.mentions.clone_from(&state.mentions);
        self.pinned = state.pinned;
        self.reactions.clone_from(&state.reactions);
        self.edited_at = state.edited_at;
        self.deleted_at = state.deleted_at;
        self.changed_version = state.version;
        self.reply_count = answers.map_or(0, |answers| answers.count);
        self.last_reply_at = answers.map(|answers| answers.last_at);
    }
}

/// The answers of a thread that were not taken back.
pub(super) struct Answers {
    count: u32,
    last_at: Timestamp,
}

/// Every thread that has answers, by its first note.
pub(super) fn threads(conversation: &Conversation) -> BTreeMap<NoteId, Answers> {
    let mut threads: BTreeMap<NoteId, Answers> = BTreeMap::new();
    for note in conversation.notes.values().filter(|note| note.deleted_at.is_none()) {
        let Some(root) = note.parent_id else { continue };
        let answers = threads.entry(root).or_insert(Answers { count: 0, last_at: note.written_at });
        answers.count += 1;
        answers.last_at = answers.last_at.max(note.written_at);
    }
    threads
}

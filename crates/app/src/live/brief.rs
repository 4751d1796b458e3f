//! What somebody is told, before anything of it is copied: of a thousand readers most are told what others were told already,
//! and for them it is enough to know that it is the same.

use std::sync::Arc;

use domain::event::StreamId;
use domain::ids::ConversationId;
use projections::attention::Notice;
use projections::inbox::Row;

use super::judge::{Judge, numbers, seen};
use super::{Chunk, Happened, Item, Reason, What};
use crate::attention::shown;

/// One thing to tell.
#[derive(Clone, Copy)]
pub(super) struct Brief<'a> {
    judge: Judge<'a>,
    pub(super) pos: u64,
    of: Of<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum Of<'a> {
    Event {
        happened: &'a Arc<Happened>,
        row: Option<Row>,
    },
    Enter {
        row: Row,
        reason: Reason,
    },
    Leave {
        id: ConversationId,
        reason: Reason,
    },
    /// Whose owner sees what it is about.
    Notice(&'a Notice),
}

/// What there is to tell of the positions after one, up to `pos`, while the views are held.
pub struct Briefs<'a> {
    pub(super) items: Vec<Brief<'a>>,
    pub pos: u64,
    /// The newest position there is.
    pub head: u64,
}

/// How something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Event,
    Enter(Reason),
    Leave(Reason),
    /// For its reader's eyes only.
    Notice,
}

/// An item without its words. Together with the state at the head it says all that these depend on, but for which conversations
/// the reader has open: of two readers with equal outlines everything told is equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outline {
    pub pos: u64,
    pub told: Told,
    /// What the event is about.
    pub stream: Option<StreamId>,
    pub conversation: Option<Numbers>,
}

/// The conversation that goes with an item, and its reader's own numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Numbers {
    pub id: ConversationId,
    pub unread: usize,
    pub mentions_unread: usize,
}

impl<'a> Brief<'a> {
    pub(super) fn new(judge: &Judge<'a>, pos: u64, of: Of<'a>) -> Self {
        Self { judge: *judge, pos, of }
    }

    fn outline(&self) -> Outline {
        let numbers = |row: &Row| numbers(self.judge.views, self.judge.asker, row);
        let (told, stream, conversation) = match self.of {
            Of::Event { happened, row } => (Told::Event, Some(happened.recorded.stream), row.as_ref().map(numbers)),
            Of::Enter { row, reason } => (Told::Enter(reason), None, Some(numbers(&row))),
            Of::Leave { id, reason } => {
                (Told::Leave(reason), None, Some(Numbers { id, unread: 0, mentions_unread: 0 }))
            }
            Of::Notice(_) => (Told::Notice, None, None),
        };
        Outline { pos: self.pos, told, stream, conversation }
    }

    fn item(&self) -> Option<Item> {
        let seen = |row: &Row| seen(self.judge.views, self.judge.asker, row);
        let what = match self.of {
            Of::Event { happened, row } => {
                What::Event { happened: happened.clone(), conversation: row.as_ref().map(seen) }
            }
            Of::Enter { row, reason } => What::Enter { conversation: seen(&row), reason },
            Of::Leave { id, reason } => What::Leave { id, reason },
            Of::Notice(notice) => What::Notice(shown(self.judge.views, self.judge.asker, notice)?),
        };
        Some(Item { pos: self.pos, what })
    }
}

impl Briefs<'_> {
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Its items without their words.
    pub fn outlines(&self) -> impl ExactSizeIterator<Item = Outline> {
        self.items.iter().map(Brief::outline)
    }

    /// Everything, to be told after the views were let go.
    pub fn chunk(&self) -> Chunk {
        Chunk { items: self.items.iter().filter_map(Brief::item).collect(), pos: self.pos, head: self.head }
    }
}

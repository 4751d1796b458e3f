//! When conversations in which nothing is written are looked at: told of, then resolved, as their queue's settings say.
//! The app's timer worker asks what is due; nothing here fires, and the decision looks at everything again.
//!
//! Every conversation that is not resolved has an entry, whether or not its queue resolves by itself, so that new settings
//! reach those that are open already.

use std::collections::{BTreeMap, BTreeSet};

use domain::bot::Book;
use domain::conversation::{Idle, Status};
use domain::event::{Event, Recorded, StreamId};
use domain::ids::ConversationId;
use domain::queue::{QueueId, Queues};
use domain::time::Timestamp;

use crate::inbox::{Inbox, Row};

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Inactivity {
    entries: BTreeMap<ConversationId, Entry>,
    by_time: BTreeSet<(Timestamp, ConversationId)>,
}

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy)]
struct Entry {
    idle: Idle,
    due_at: Option<Timestamp>,
}

impl Inactivity {
    /// At most `limit` conversations to look at, the longest due first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, ConversationId)> {
        self.by_time.iter().take_while(|(at, _)| *at <= now).take(limit).copied().collect()
    }
    /// When the next one is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Applies an event that the inbox, the queues and the book of what bots do have applied.
    pub(crate) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox, queues: &Queues, bots: &Book) {
        match (&recorded.event, recorded.stream) {
            (Event::QueueChanged(event), _) => {
                let ids: Vec<ConversationId> = self.entries.keys().copied().collect();
                for row in ids.into_iter().filter_map(|id| inbox.get(id)) {
                    if queue_of(&row) == event.queue_id {
                        self.arm(&row, queues, bots);
                    }
                }
            }
            (_, StreamId::Conversation(id)) => {
                let Some(row) = inbox.get(id) else { return };
                if row.status() == Status::Resolved {
                    return self.forget(id);
                }
                let entry = self.entries.entry(id).or_insert(Entry { idle: Idle::begun(recorded), due_at: None });
                entry.idle = entry.idle.after(recorded);
                self.arm(&row, queues, bots);
            }
            _ => {}
        }
    }

    fn arm(&mut self, row: &Row, queues: &Queues, bots: &Book) {
        let id = row.id();
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let waits = row.waiting_since().is_some() && !bots.rests(id);
        let running = matches!(row.status(), Status::Open | Status::Pending) && !waits;
        let rule = queues.settings(queue_of(row)).resolving_by_itself().filter(|_| running);
        let due_at = rule.map(|rule| entry.idle.due_at(rule));
        let before = std::mem::replace(&mut entry.due_at, due_at);
        if before != due_at {
            before.map(|at| self.by_time.remove(&(at, id)));
            due_at.map(|at| self.by_time.insert((at, id)));
        }
    }

    fn forget(&mut self, id: ConversationId) {
        if let Some(at) = self.entries.remove(&id).and_then(|entry| entry.due_at) {
            self.by_time.remove(&(at, id));
        }
    }
}

fn queue_of(row: &Row) -> QueueId {
    QueueId::of(row.brand_id(), row.team_id())
}

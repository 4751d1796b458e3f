//! The live feed: of what the log has after a position, what somebody sees, in order. A follower is a position, not a
//! queue: it asks for what comes next whenever it is ready, so that nothing waits for a slow one and nothing is kept for
//! one that left.
//!
//! Everything is judged by the rights of the moment of asking. What somebody may no longer see is not told, however long
//! ago it happened; the state beside an event is the present one, so that whoever is at the head has what a fresh reading
//! would give.

mod brief;
mod judge;
mod opened;
mod scope;
pub mod signals;
pub mod snapshot;
mod sweep;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::access::Principal;
use domain::event::Recorded;
use domain::ids::*;
use projections::inbox::Row;

pub use brief::{Briefs, Numbers, Outline, Told as ToldAs};
pub use opened::Unjudged;
pub use scope::{Scope, Standing};

pub(crate) use opened::Opened;
pub(crate) use sweep::SignalWorker;

use crate::Desk;
use crate::attention::Told;
use crate::event_feed::fits;
use crate::queries::Answer;

/// Positions looked at for one answer.
pub const SCAN_MAX: usize = 500;

/// Narrows what a follower is told. Empty sets narrow nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Event types; those that end in `.*` are all of a kind.
    pub types: Vec<String>,
    pub channel_ids: BTreeSet<ChannelId>,
    pub team_ids: BTreeSet<TeamId>,
}

impl Filter {
    fn wants(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|pattern| fits(pattern, kind))
    }

    fn admits(&self, channel: ChannelId, team: Option<TeamId>) -> bool {
        (self.channel_ids.is_empty() || self.channel_ids.contains(&channel))
            && (self.team_ids.is_empty() || team.is_some_and(|team| self.team_ids.contains(&team)))
    }

    fn names_places(&self) -> bool {
        !self.channel_ids.is_empty() || !self.team_ids.is_empty()
    }
}

/// An event with its personal part, where its key still exists.
#[derive(Debug)]
pub struct Happened {
    pub recorded: Recorded,
    /// The request that caused it.
    pub correlation_id: Option<String>,
    /// As many as its facts and its personal part have in the log.
    pub(crate) bytes: usize,
}

/// A conversation as its row shows it to one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    pub row: Row,
    pub unread: usize,
    pub mentions_unread: usize,
}

/// Why a conversation came into sight, or went out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Opened,
    Reassigned,
    Collaboration,
}

/// One thing to tell.
#[derive(Debug, Clone)]
pub enum What {
    /// It happened; the conversation as it is now.
    Event { happened: Arc<Happened>, conversation: Option<Seen> },
    /// They see it from now on.
    Enter { conversation: Seen, reason: Reason },
    /// They do not see it any more.
    Leave { id: ConversationId, reason: Reason },
    /// They are told of something.
    Notice(Told),
}

/// With the position of the event it comes from.
#[derive(Debug, Clone)]
pub struct Item {
    pub pos: u64,
    pub what: What,
}

/// Who asks, by which rights.
#[derive(Debug, Clone, Copy)]
pub struct Follower<'a> {
    pub standing: Standing,
    /// Where the rights last changed, as far as the asker knows.
    pub scope_pos: u64,
    pub principal: &'a Principal,
    pub filter: &'a Filter,
}

/// What came of looking at events for somebody.
#[derive(Debug)]
pub enum Judged<T> {
    Told(T),
    /// The rights they were to be judged by are not those of this moment.
    OtherRights,
    /// There are newer events than these.
    Behind,
}

/// What somebody sees of the positions after one, up to `pos`.
#[derive(Debug, Clone, Default)]
pub struct Chunk {
    pub items: Vec<Item>,
    pub pos: u64,
    /// The newest position there was.
    pub head: u64,
}

impl Desk {
    /// What the asker sees of the positions after `after`: of at most [`SCAN_MAX`] positions, and not many more than
    /// `items_max` items. An empty answer still moves on: go on after its `pos`. `None`: the rights that they are judged by
    /// are not those of this moment, which a changed [`Desk::scope_pos`] tells.
    pub fn follow(&self, asker: Follower<'_>, after: u64, items_max: usize) -> Answer<Option<Chunk>> {
        loop {
            match self.judged(asker, &self.unjudged(after)?, items_max, |briefs| briefs.chunk()) {
                Judged::OtherRights => return Ok(None),
                Judged::Told(chunk) => return Ok(Some(chunk)),
                // More came meanwhile.
                Judged::Behind => {}
            }
        }
    }

    /// The same of events that were read already, and no more of it than `take` takes. Views are held until it has: it must not
    /// look at them itself.
    pub fn judged<T>(
        &self,
        asker: Follower<'_>,
        events: &Unjudged,
        items_max: usize,
        take: impl FnOnce(&Briefs<'_>) -> T,
    ) -> Judged<T> {
        let now = self.now();
        self.view(|views| {
            if scope::scope_pos(views, asker.standing, now) != Some(asker.scope_pos) {
                return Judged::OtherRights;
            }
            let head = views.position();
            if events.last_pos() < head && events.len() < SCAN_MAX {
                return Judged::Behind;
            }
            let judge = judge::Judge { views, asker: asker.principal, filter: asker.filter };
            Judged::Told(take(&judge.briefs(&events.events, events.after, head, items_max)))
        })
    }

    /// A conversation as its row shows it to the asker, if they see it.
    pub fn seen(&self, asker: &Principal, id: ConversationId) -> Option<Seen> {
        self.view(|views| {
            let row = views.inbox.get(id).filter(|row| views.inbox.sees(asker, row))?;
            Some(judge::seen(views, asker, &row))
        })
    }
}

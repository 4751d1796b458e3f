//! What differs between two positions, in the conversations somebody sees: what was opened, resolved and reopened, who has
//! them, where they lie, and the events that made it so. Both sides are the views of then; conversations are compared in
//! the order in which they were opened, which no position changes.

use domain::access::{Action, Principal};
use domain::conversation::{Priority, Status};
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use projections::inbox::Row;
use projections::inbox::counts::StatusCounts;

use super::{Moment, PastError};
use crate::monitor::QueueRow;
use crate::queries::Answer;
use crate::{Desk, Failure};

/// Conversations compared for one page: a fraction of a second. The page is then short, and goes on from there.
const WALK_MAX: usize = 200_000;
/// Positions named for one change, the newest.
pub const POSITIONS_MAX: usize = 100;

/// What is compared of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub status: Status,
    pub assignee_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub priority: Priority,
    pub tags: Vec<String>,
}

/// In what it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// It began in between.
    Opened,
    /// It is resolved, and was not.
    Resolved,
    /// It was resolved in between or before, and began anew since.
    Reopened,
    Status,
    /// Somebody else has it, or nobody.
    Reassigned,
    /// It lies in another team's queue, or in the brand's.
    Moved,
    Priority,
    Tags,
}

/// One difference and the events that made it, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub aspect: Aspect,
    pub positions: Vec<u64>,
}

/// A conversation that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    pub id: ConversationId,
    pub number: u64,
    /// `None`: it did not exist.
    pub before: Option<Side>,
    pub after: Side,
    pub changes: Vec<Change>,
    place: u32,
}

/// How many there were, by status and by queue.
#[derive(Debug, Clone)]
pub struct Counted {
    pub by_status: StatusCounts,
    pub queues: Vec<QueueRow>,
}

/// A page of what differs.
pub struct Diff {
    pub from: Moment,
    pub to: Moment,
    pub before: Counted,
    pub after: Counted,
    pub changed: Vec<Changed>,
    /// Where it goes on.
    pub next: Option<u32>,
    /// The desk on the later side, whose names are shown.
    pub later: Desk,
}

impl Desk {
    /// Compares, from after a place on.
    pub async fn diff(
        &self,
        asker: &Principal,
        (from, to): (Moment, Moment),
        after: Option<u32>,
        limit: usize,
    ) -> Result<Diff, PastError> {
        self.allow(asker, Action::HistoryRead)?;
        let (earlier, later) = (self.at_moment(from).await?, self.at_moment(to).await?);
        let asker = asker.clone();
        let compared = tokio::task::spawn_blocking(move || {
            let (changed, next) = compare(&earlier, &later, &asker, after, limit)?;
            let (before, after) = (counted(&earlier, &asker)?, counted(&later, &asker)?);
            Ok::<_, Failure>(Diff { from, to, before, after, changed, next, later })
        });
        Ok(compared.await.map_err(|_| Failure::Internal)??)
    }
}

fn counted(desk: &Desk, asker: &Principal) -> Answer<Counted> {
    let by_status = desk.view(|views| views.inbox.counts(asker).all.by_status);
    Ok(Counted { by_status, queues: desk.queue_monitor(asker)?.rows })
}

/// The conversations that differ, at most `limit`, and where to go on.
fn compare(
    earlier: &Desk,
    later: &Desk,
    asker: &Principal,
    after: Option<u32>,
    limit: usize,
) -> Answer<(Vec<Changed>, Option<u32>)> {
    let start = after.map_or(0, |place| place + 1);
    let (mut found, mut next) = (Vec::new(), None);
    later.view(|now| {
        earlier.view(|then| {
            for (walked, (place, row)) in now.inbox.opened_from(start).enumerate() {
                if found.len() == limit || walked == WALK_MAX {
                    next = place.checked_sub(1);
                    break;
                }
                let old = then.inbox.opened_at(place).filter(|old| then.inbox.sees(asker, old));
                if old.is_some_and(|old| old.version() == row.version()) || !now.inbox.sees(asker, &row) {
                    continue;
                }
                let before = old.map(|old| (side(&then.inbox, &old), old.episode()));
                let after = side(&now.inbox, &row);
                let aspects = aspects(before.as_ref(), &after, row.episode());
                if aspects.is_empty() {
                    continue;
                }
                let changes = aspects.into_iter().map(|aspect| Change { aspect, positions: Vec::new() }).collect();
                let before = before.map(|(side, _)| side);
                found.push(Changed { id: row.id(), number: row.number(), before, after, changes, place });
            }
        });
    });
    for changed in &mut found {
        let events = later.stream_facts(StreamId::Conversation(changed.id))?;
        for recorded in events.iter().filter(|recorded| recorded.pos > earlier.position()) {
            note(&mut changed.changes, recorded);
        }
    }
    Ok((found, next))
}

fn side(inbox: &projections::inbox::Inbox, row: &Row) -> Side {
    Side {
        status: row.status(),
        assignee_id: row.assignee_id(),
        team_id: row.team_id(),
        priority: row.priority(),
        tags: inbox.tags(row).iter().map(ToString::to_string).collect(),
    }
}

fn aspects(before: Option<&(Side, u32)>, after: &Side, episode: u32) -> Vec<Aspect> {
    let mut found = Vec::new();
    let mut when = |differs: bool, aspect| {
        if differs {
            found.push(aspect);
        }
    };
    let resolved = after.status == Status::Resolved;
    let Some((before, earlier_episode)) = before else {
        when(true, Aspect::Opened);
        when(resolved, Aspect::Resolved);
        when(episode > 1, Aspect::Reopened);
        return found;
    };
    when(resolved && before.status != Status::Resolved, Aspect::Resolved);
    when(episode > *earlier_episode, Aspect::Reopened);
    when(after.status != before.status, Aspect::Status);
    when(after.assignee_id != before.assignee_id, Aspect::Reassigned);
    when(after.team_id != before.team_id, Aspect::Moved);
    when(after.priority != before.priority, Aspect::Priority);
    when(after.tags != before.tags, Aspect::Tags);
    found
}

/// Puts an event with the changes it had a part in.
fn note(changes: &mut [Change], recorded: &Recorded) {
    let made: &[Aspect] = match &recorded.event {
        Event::ConversationOpened(_) => &[Aspect::Opened],
        Event::ConversationResolved(_) => &[Aspect::Resolved, Aspect::Status],
        Event::ConversationReopened(_) => &[Aspect::Reopened, Aspect::Status],
        Event::ConversationStatusChanged(_) => &[Aspect::Status],
        Event::ConversationAssigned(event) => {
            let assignee = event.assignee_id != event.previous_assignee_id;
            let team = event.team_id != event.previous_team_id;
            match (assignee, team) {
                (true, true) => &[Aspect::Reassigned, Aspect::Moved],
                (true, false) => &[Aspect::Reassigned],
                (false, true) => &[Aspect::Moved],
                (false, false) => &[],
            }
        }
        Event::ConversationPriorityChanged(_) => &[Aspect::Priority],
        Event::ConversationTagged(_) | Event::ConversationUntagged(_) => &[Aspect::Tags],
        _ => &[],
    };
    for change in changes.iter_mut().filter(|change| made.contains(&change.aspect)) {
        if change.positions.len() == POSITIONS_MAX {
            change.positions.remove(0);
        }
        change.positions.push(recorded.pos);
    }
}

impl From<Rejection> for PastError {
    fn from(rejection: Rejection) -> Self {
        Self::Failed(rejection.into())
    }
}

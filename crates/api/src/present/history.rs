//! What differs between two positions.

use std::collections::BTreeMap;

use app::Desk;
use app::history::Moment;
use app::history::diff::{Aspect, Change, Changed, Counted, Diff, Side};
use app::monitor::{Counts, QueueRow};
use domain::queue;

use super::conversation::{priority, status, user_summary};
use super::counts::statuses;
use crate::dto::history::*;
use crate::dto::page::PageInfo;

/// Queues shown at most.
const QUEUES_MAX: usize = 1_000;

pub(crate) fn diff(diff: &Diff, page: PageInfo) -> HistoryDiff {
    HistoryDiff {
        from: moment(diff.from),
        to: moment(diff.to),
        by_status: StatusDiff { before: statuses(&diff.before.by_status), after: statuses(&diff.after.by_status) },
        queues: queues(&diff.before, &diff.after),
        data: diff.changed.iter().map(|changed| conversation(&diff.later, changed)).collect(),
        page,
        as_of: diff.to.pos.into(),
    }
}

fn moment(moment: Moment) -> HistoryMoment {
    HistoryMoment { pos: moment.pos.into(), at: moment.at.into() }
}

fn conversation(desk: &Desk, changed: &Changed) -> ConversationDiff {
    ConversationDiff {
        conversation_id: changed.id.into(),
        number: changed.number.into(),
        before: changed.before.as_ref().map(|one| side(desk, one)),
        after: side(desk, &changed.after),
        changes: changed.changes.iter().map(change).collect(),
    }
}

fn side(desk: &Desk, side: &Side) -> HistorySide {
    HistorySide {
        status: status(side.status),
        assignee: side.assignee_id.map(|id| user_summary(desk, id)),
        team_id: side.team_id.map(Into::into),
        priority: priority(side.priority),
        tags: side.tags.clone(),
    }
}

fn change(change: &Change) -> HistoryChange {
    let kind = match change.aspect {
        Aspect::Opened => HistoryChangeKind::Opened,
        Aspect::Resolved => HistoryChangeKind::Resolved,
        Aspect::Reopened => HistoryChangeKind::Reopened,
        Aspect::Status => HistoryChangeKind::Status,
        Aspect::Reassigned => HistoryChangeKind::Reassigned,
        Aspect::Moved => HistoryChangeKind::MovedTeam,
        Aspect::Priority => HistoryChangeKind::Priority,
        Aspect::Tags => HistoryChangeKind::Tags,
    };
    HistoryChange { kind, positions: change.positions.iter().map(|pos| (*pos).into()).collect() }
}

/// Each queue that either side has, called as it was last.
fn queues(before: &Counted, after: &Counted) -> Vec<QueueDiff> {
    type Both<'a> = (Option<&'a QueueRow>, Option<&'a QueueRow>);
    let mut all: BTreeMap<queue::QueueId, Both<'_>> = BTreeMap::new();
    for row in &before.queues {
        if let Some((id, _)) = &row.queue {
            all.entry(*id).or_default().0 = Some(row);
        }
    }
    for row in &after.queues {
        if let Some((id, _)) = &row.queue {
            all.entry(*id).or_default().1 = Some(row);
        }
    }
    let name = |(before, after): Both<'_>| after.or(before).and_then(|row| row.queue.clone()).map(|(_, name)| name);
    let held = |row: Option<&QueueRow>| row.map(|row| queue_side(&row.counts));
    let both = all.into_iter().map(|(id, both)| QueueDiff {
        queue_id: id.into(),
        name: name(both).unwrap_or_default(),
        before: held(both.0),
        after: held(both.1),
    });
    both.take(QUEUES_MAX).collect()
}

fn queue_side(counts: &Counts) -> QueueSide {
    QueueSide {
        open: counts.open,
        pending: counts.pending,
        unassigned: counts.unassigned,
        waiting: counts.waiting,
        at_risk: counts.at_risk,
        breached: counts.breached,
    }
}

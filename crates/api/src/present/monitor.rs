//! Figures of queues and people as the API shows them.

use app::Desk;
use app::monitor::{Capacity, LoadRow, Monitor, QueueRow};
use domain::time::Timestamp;
use projections::arrivals::{Came, Change, Figures, Trait};

use crate::dto::monitor::*;
use crate::present::availability::shown;

/// All of them.
pub(crate) fn queues(monitor: &Monitor<QueueRow>) -> Vec<QueueStats> {
    monitor.rows.iter().map(|row| queue(row, monitor.now)).collect()
}

pub(crate) fn queue(row: &QueueRow, now: Timestamp) -> QueueStats {
    let counts = &row.counts;
    QueueStats {
        queue_id: row.queue.as_ref().map(|(id, _)| (*id).into()),
        name: row.queue.as_ref().map(|(_, name)| name.clone()),
        brand_id: row.brand_id.map(Into::into),
        open: counts.open,
        pending: counts.pending,
        unassigned: counts.unassigned,
        with_bot: counts.with_bot,
        waiting: counts.waiting,
        longest_wait_since: counts.waits_since.map(Into::into),
        longest_wait_seconds: seconds(counts.waits_since, now),
        longest_unassigned_wait_since: counts.unassigned_waits_since.map(Into::into),
        longest_unassigned_wait_seconds: seconds(counts.unassigned_waits_since, now),
        at_risk: counts.at_risk,
        breached: counts.breached,
        agents: row.staff.map(|staff| QueueAgents {
            members: staff.members,
            available: staff.available,
            busy: staff.busy,
            away: staff.away,
            offline: staff.offline,
        }),
        capacity: capacity(row.capacity),
        arrivals: row.arrivals.as_ref().map(arrivals),
    }
}

pub(crate) fn load(desk: &Desk, row: &LoadRow, now: Timestamp) -> AgentLoad {
    let counts = &row.counts;
    AgentLoad {
        user_id: row.user_id.into(),
        name: desk.user_name(row.user_id).unwrap_or_default(),
        availability: shown(row.availability),
        since: row.since.into(),
        open: counts.open,
        pending: counts.pending,
        load: counts.load(),
        capacity: capacity(row.capacity),
        waiting: counts.waiting,
        longest_wait_since: counts.waits_since.map(Into::into),
        longest_wait_seconds: seconds(counts.waits_since, now),
        at_risk: counts.at_risk,
        breached: counts.breached,
        last_given_at: row.given_at.map(Into::into),
    }
}

fn seconds(since: Option<Timestamp>, now: Timestamp) -> Option<u32> {
    since.map(|since| (now - since).whole_seconds())
}

fn capacity(Capacity { open, max, free }: Capacity) -> OpenCapacity {
    OpenCapacity { open, max, free }
}

fn arrivals(figures: &Figures) -> QueueArrivals {
    QueueArrivals {
        last_5m: figures.last_5m,
        last_1h: figures.last_1h,
        usual_1h: figures.usual_1h,
        spike: figures.spike.as_ref().map(|spike| QueueSpike {
            z_score: spike.z_score,
            factor: spike.factor,
            what_changed: spike.what_changed.iter().map(change).collect(),
        }),
    }
}

fn change(change: &Change) -> ArrivalChange {
    let (dimension, value) = match change.value {
        Trait::Channel(id) => (ArrivalDimension::Channel, id.to_string()),
        Trait::Rule(id) => (ArrivalDimension::RoutingRule, id.to_string()),
        Trait::Origin(came) => (ArrivalDimension::Origin, origin(came).to_owned()),
    };
    ArrivalChange { dimension, value, now: change.now, usual: change.usual }
}

fn origin(came: Came) -> &'static str {
    match came {
        Came::New => "new",
        Came::Returning => "returning",
        Came::Reopened => "reopened",
        Came::Moved => "moved",
    }
}

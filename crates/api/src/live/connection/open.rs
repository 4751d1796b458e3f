//! What a connection knows once its client has said who it is.

use std::collections::{BTreeMap, BTreeSet};

use app::live::{Filter, Standing};
use app::presence::{Connected, PresenceState};
use domain::access::{Action, Decision, Principal, Standing as Reach};
use domain::ids::{ConversationId, UserId};
use tokio::time::Instant;

use super::Counts;
use crate::caller::Caller;
use crate::dto::campaign::CampaignStanding;
use crate::dto::live::asked::{Filter as AskedFilter, Section};
use crate::dto::monitor::QueueStats;
use crate::live::limits::{CAMPAIGNS_EVERY, COUNTS_EVERY, QUEUES_EVERY, SIGNALS_PER_SECOND};

/// See the module.
pub(super) struct Open {
    pub(super) caller: Caller,
    pub(super) standing: Standing,
    pub(super) scope_pos: u64,
    /// Whether `ready` was said.
    pub(super) begun: bool,
    /// Of the hello that is not answered yet.
    pub(super) hello_id: Option<String>,
    pub(super) filter: Filter,
    pub(super) conversations: BTreeSet<ConversationId>,
    pub(super) sections: Vec<Section>,
    /// Everything up to here was looked at, and everything up to `told` was said.
    pub(super) cursor: u64,
    pub(super) told: u64,
    /// The client wants to know where it stands.
    pub(super) asked_where: bool,
    /// It has been at the head: from then on it has to keep up.
    pub(super) caught_up: bool,
    pub(super) expiry_told: bool,
    pub(super) signals_seen: u64,
    /// Conversations that came into sight, whose signals are to be said.
    pub(super) entered: Vec<ConversationId>,
    /// Signals that had to wait.
    pub(super) signals_owed: BTreeSet<ConversationId>,
    /// Conversations in which the client believes something goes on.
    pub(super) signalled: BTreeSet<ConversationId>,
    signals_window: (Instant, u32),
    pub(super) counts: Counts,
    pub(super) counted: Instant,
    pub(super) counted_at: u64,
    /// The queues as they were said last, when that was looked at, and where it stood then.
    pub(super) queues: Option<Vec<QueueStats>>,
    pub(super) queues_looked: Instant,
    pub(super) queues_at: u64,
    /// The same of campaigns.
    pub(super) campaigns: Option<Vec<CampaignStanding>>,
    pub(super) campaigns_looked: Instant,
    pub(super) campaigns_at: u64,
    /// That they are connected, for as long as they are; keys are nobody's presence.
    pub(super) connected: Option<Connected>,
    /// What was said of whose presence, and when it was last looked at.
    pub(super) presence: BTreeMap<UserId, (PresenceState, usize)>,
    pub(super) presence_seen: Option<(u64, Instant)>,
    /// Parts of the snapshot that changed as a whole and are to be said again.
    pub(super) stale: BTreeSet<Section>,
    /// Something waits until then.
    pub(super) look_again: Option<Instant>,
}

impl Open {
    pub(super) fn new(caller: Caller, standing: Standing, scope_pos: u64) -> Self {
        let now = Instant::now();
        Self {
            caller,
            standing,
            scope_pos,
            begun: false,
            hello_id: None,
            filter: Filter::default(),
            conversations: BTreeSet::new(),
            sections: Vec::new(),
            cursor: 0,
            told: 0,
            asked_where: false,
            caught_up: false,
            expiry_told: false,
            signals_seen: 0,
            entered: Vec::new(),
            signals_owed: BTreeSet::new(),
            signalled: BTreeSet::new(),
            signals_window: (now, 0),
            counts: None,
            counted: now - COUNTS_EVERY,
            counted_at: 0,
            queues: None,
            queues_looked: now - QUEUES_EVERY,
            queues_at: 0,
            campaigns: None,
            campaigns_looked: now - CAMPAIGNS_EVERY,
            campaigns_at: 0,
            connected: None,
            presence: BTreeMap::new(),
            presence_seen: None,
            stale: BTreeSet::new(),
            look_again: None,
        }
    }

    /// Looks again at that time at the latest.
    pub(super) fn waits_until(&mut self, at: Instant) {
        self.look_again = Some(self.look_again.map_or(at, |known| known.min(at)));
    }

    /// The queues were said so; `None`: they were not. That waits grew longer makes them no others.
    pub(super) fn queues_said(&mut self, rows: Option<&[QueueStats]>) {
        self.queues = rows.map(without_waits);
        self.queues_looked = Instant::now();
        self.queues_at = self.cursor;
    }

    /// Whether they were said otherwise.
    pub(super) fn queues_differ(&self, rows: &[QueueStats]) -> bool {
        self.queues.as_deref() != Some(&without_waits(rows))
    }

    /// The campaigns were said so; `None`: they were not.
    pub(super) fn campaigns_said(&mut self, rows: Option<&[CampaignStanding]>) {
        self.campaigns = rows.map(<[_]>::to_vec);
        self.campaigns_looked = Instant::now();
        self.campaigns_at = self.cursor;
    }

    /// Whether one more frame of signals fits into this second.
    pub(super) fn may_signal(&mut self, now: Instant) -> bool {
        if (now - self.signals_window.0).as_secs() >= 1 {
            self.signals_window = (now, 0);
        }
        self.signals_window.1 += 1;
        self.signals_window.1 <= SIGNALS_PER_SECOND
    }
}

/// Figures as they are told apart: since when somebody waits stays.
fn without_waits(rows: &[QueueStats]) -> Vec<QueueStats> {
    let still = |row: &QueueStats| QueueStats {
        longest_wait_seconds: None,
        longest_unassigned_wait_seconds: None,
        ..row.clone()
    };
    rows.iter().map(still).collect()
}

/// A filter as the desk takes it.
pub(crate) fn filter_of(asked: AskedFilter) -> Filter {
    Filter {
        types: asked.types.into_iter().map(|pattern| pattern.0).collect(),
        channel_ids: asked.channels.into_iter().map(|id| id.0).collect(),
        team_ids: asked.teams.into_iter().map(|id| id.0).collect(),
    }
}

/// What somebody may do somewhere at least.
pub(super) fn permissions(principal: &Principal) -> Vec<String> {
    let somewhere = |action: &&Action| {
        Reach::ALL.iter().any(|reach| principal.rights().decision(**action, *reach) == Decision::Allow)
    };
    Action::ALL.iter().filter(somewhere).map(|action| action.name().to_owned()).collect()
}

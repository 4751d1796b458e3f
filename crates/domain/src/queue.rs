//! Queues: where conversations wait for somebody, one for each team and one for each brand's conversations that lie in no
//! team.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::{Event, Recorded};
use crate::ids::{BrandId, InvalidId, TeamId};
use crate::sla::book::Outlook;

mod board;
pub mod change;
mod disposition;
mod entry;
mod seat;
pub mod settings;
mod tally;

pub use board::{Board, Due, Line};
pub use entry::{Entry, Key, Nullable, Triage};
pub use seat::{OPEN_LOAD, PENDING_LOAD, Seat, Seats, Share};
pub use settings::QueueSettings;
pub use tally::{Place, Tally};

pub(crate) use board::Moved;

/// A queue is named by whose it is: there is exactly one for each team and each brand, and it exists as long as they do.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueueId {
    Team(TeamId),
    /// What lies in no team of the brand.
    Common(BrandId),
}

impl QueueId {
    /// The queue that a conversation of this brand and team lies in.
    pub fn of(brand: BrandId, team: Option<TeamId>) -> Self {
        team.map_or(Self::Common(brand), Self::Team)
    }
    /// The team; `None`: a brand's common queue.
    pub fn team_id(self) -> Option<TeamId> {
        match self {
            Self::Team(id) => Some(id),
            Self::Common(_) => None,
        }
    }
}

impl fmt::Display for QueueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Team(id) => write!(f, "{id}"),
            Self::Common(id) => write!(f, "{id}"),
        }
    }
}
impl FromStr for QueueId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse().map(Self::Team).or_else(|_: InvalidId| text.parse().map(Self::Common))
    }
}
impl Serialize for QueueId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for QueueId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How each queue is worked.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct SettingsTable {
    settings: BTreeMap<QueueId, (QueueSettings, u64)>,
    plain: QueueSettings,
}

impl SettingsTable {
    fn of(&self, id: QueueId) -> &QueueSettings {
        self.settings.get(&id).map_or(&self.plain, |(settings, _)| settings)
    }
}

/// How each queue is worked, and what lies in it. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Queues {
    table: SettingsTable,
    board: Board,
}

impl Queues {
    /// How a queue is worked: by default, people take for themselves.
    pub fn settings(&self, id: QueueId) -> &QueueSettings {
        self.table.of(id)
    }
    /// Those that are worked otherwise than by default, or were.
    pub fn changed(&self) -> impl Iterator<Item = (QueueId, &QueueSettings)> {
        self.table.settings.iter().map(|(id, (settings, _))| (*id, settings))
    }
    /// Events in the queue's stream.
    pub fn version(&self, id: QueueId) -> u64 {
        self.table.settings.get(&id).map_or(0, |(_, version)| *version)
    }
    /// What lies in the queues.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Applies an event. `promised`: how the promises of the conversation it belongs to stand after it. `live`: a decision
    /// has just made it, and what follows from it is still to be decided.
    pub fn apply(&mut self, recorded: &Recorded, promised: Outlook, live: bool) {
        if let Event::QueueChanged(event) = &recorded.event {
            let (id, new) = (event.queue_id, event.settings.clone());
            self.board.settings_changed(id, self.table.of(id), &new);
            self.table.settings.insert(id, (new, recorded.version));
        } else {
            self.board.apply(recorded, &self.table, promised);
        }
        if !live {
            self.take_moved();
        }
    }

    /// What changed since this was last asked.
    pub(crate) fn take_moved(&mut self) -> Moved {
        std::mem::take(&mut self.board.moved)
    }
}

//! Queues: where conversations wait for somebody, one for each team and one for each brand's conversations that lie in no
//! team.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::{Event, Recorded};
use crate::ids::{BrandId, InvalidId, TeamId};

mod disposition;
pub mod settings;

pub use settings::QueueSettings;

/// A queue is named by whose it is: there is exactly one for each team and each brand, and it exists as long as they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// How each queue is worked. Folded by decisions and by read models alike.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Queues {
    settings: BTreeMap<QueueId, (QueueSettings, u64)>,
    plain: QueueSettings,
}

impl Queues {
    /// How a queue is worked: by default, people take for themselves.
    pub fn settings(&self, id: QueueId) -> &QueueSettings {
        self.settings.get(&id).map_or(&self.plain, |(settings, _)| settings)
    }
    /// Events in the queue's stream.
    pub fn version(&self, id: QueueId) -> u64 {
        self.settings.get(&id).map_or(0, |(_, version)| *version)
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        if let Event::QueueChanged(event) = &recorded.event {
            self.settings.insert(event.queue_id, (event.settings.clone(), recorded.version));
        }
    }
}

//! By what numbers are told apart. A sample lies in one group; by tags in one for each tag its conversation has, so those
//! do not add up to the whole.

use super::sample::Sample;
use crate::facts::{Facts, No};

/// By what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum GroupBy {
    #[default]
    Nothing,
    Channel,
    Brand,
    Team,
    Agent,
    Tag,
}

/// One group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKey {
    Everything,
    Channel(No),
    Brand(No),
    /// [`No::NONE`]: in no team.
    Team(No),
    /// [`No::NONE`]: nobody's.
    Agent(No),
    /// `None`: without tags.
    Tag(Option<u32>),
}

impl GroupBy {
    /// Whether every sample lies in exactly one group.
    pub fn is_partition(self) -> bool {
        self != Self::Tag
    }

    /// The groups a sample lies in. `tags`: those of its conversation.
    pub fn of(self, facts: &Facts, sample: &Sample, tags: &[u32], mut each: impl FnMut(GroupKey)) {
        match self {
            Self::Nothing => {}
            Self::Channel => each(GroupKey::Channel(facts.conversation(sample.slot).channel())),
            Self::Brand => each(GroupKey::Brand(facts.conversation(sample.slot).brand())),
            Self::Team => each(GroupKey::Team(sample.team)),
            Self::Agent => each(GroupKey::Agent(sample.agent)),
            Self::Tag if tags.is_empty() => each(GroupKey::Tag(None)),
            Self::Tag => tags.iter().for_each(|tag| each(GroupKey::Tag(Some(*tag)))),
        }
    }
}

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

    /// Whether the groups are the whole: every sample lies in exactly one, and there is one at all.
    pub(super) fn adds_up(self) -> bool {
        self.is_partition() && self != Self::Nothing
    }

    /// The groups a sample lies in. `tags`: those of its conversation.
    #[inline]
    pub fn of(self, facts: &Facts, sample: &Sample, tags: &[u32], mut each: impl FnMut(GroupKey)) {
        match self {
            Self::Nothing => {}
            Self::Channel => each(GroupKey::Channel(facts.lies(sample.slot).0)),
            Self::Brand => each(GroupKey::Brand(facts.lies(sample.slot).1)),
            Self::Team => each(GroupKey::Team(sample.team)),
            Self::Agent => each(GroupKey::Agent(sample.agent)),
            Self::Tag if tags.is_empty() => each(GroupKey::Tag(None)),
            Self::Tag => tags.iter().for_each(|tag| each(GroupKey::Tag(Some(*tag)))),
        }
    }
}

impl GroupKey {
    /// A number of its own among groups of its kind, as small as they are many.
    pub(super) fn number(self) -> usize {
        match self {
            Self::Everything => 0,
            Self::Channel(no) | Self::Brand(no) | Self::Team(no) | Self::Agent(no) => usize::from(no.0),
            Self::Tag(tag) => tag.map_or(0, |tag| tag as usize + 1),
        }
    }
}

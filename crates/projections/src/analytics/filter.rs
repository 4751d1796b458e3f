//! Which samples count. Each part that is set must hold; within a part any of its values will do.

use std::collections::BTreeSet;

use super::Question;
use super::group::GroupBy;
use super::sample::Sample;
use crate::facts::{Facts, No};

/// See the module. An empty set lets nothing pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub channels: Option<BTreeSet<No>>,
    pub brands: Option<BTreeSet<No>>,
    /// [`No::NONE`]: in no team.
    pub teams: Option<BTreeSet<No>>,
    /// [`No::NONE`]: nobody's.
    pub agents: Option<BTreeSet<No>>,
    /// `None`: without tags.
    pub tags: Option<BTreeSet<Option<u32>>>,
}

impl Filter {
    /// Whether it asks for the tags of conversations.
    fn asks_tags(&self) -> bool {
        self.tags.is_some()
    }

    pub(super) fn passes(&self, facts: &Facts, sample: &Sample, tags: &[u32]) -> bool {
        let within = |set: &Option<BTreeSet<No>>, no: No| set.as_ref().is_none_or(|set| set.contains(&no));
        if !within(&self.teams, sample.team) || !within(&self.agents, sample.agent) {
            return false;
        }
        if self.channels.is_some() || self.brands.is_some() {
            let conversation = facts.conversation(sample.slot);
            if !within(&self.channels, conversation.channel()) || !within(&self.brands, conversation.brand()) {
                return false;
            }
        }
        self.tags.as_ref().is_none_or(|wanted| {
            if tags.is_empty() { wanted.contains(&None) } else { tags.iter().any(|tag| wanted.contains(&Some(*tag))) }
        })
    }
}

impl Question {
    /// Whether tags of conversations matter.
    pub(crate) fn asks_for_tags(&self) -> bool {
        self.group_by == GroupBy::Tag || self.filters.iter().any(Filter::asks_tags)
    }

    /// Whether teams matter.
    pub(super) fn asks_for_teams(&self) -> bool {
        self.group_by == GroupBy::Team || self.filters.iter().any(|filter| filter.teams.is_some())
    }

    /// Whether a sample counts.
    pub(crate) fn wants(&self, facts: &Facts, sample: &Sample, tags: &[u32]) -> bool {
        self.filters.iter().all(|filter| filter.passes(facts, sample, tags))
    }
}

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

/// Numbers, each asked for in no time.
#[derive(Debug, Clone, Default)]
struct Marks(Vec<u64>);

impl Marks {
    fn of(numbers: &BTreeSet<No>) -> Self {
        let mut marks = Self::default();
        for no in numbers {
            let word = usize::from(no.0 / 64);
            if marks.0.len() <= word {
                marks.0.resize(word + 1, 0);
            }
            marks.0[word] |= 1 << (no.0 % 64);
        }
        marks
    }
    #[inline]
    fn has(&self, no: No) -> bool {
        self.0.get(usize::from(no.0 / 64)).is_some_and(|word| word >> (no.0 % 64) & 1 == 1)
    }
}

/// Numbers that several sets have in common; `None`: all there are.
#[derive(Debug, Clone, Default)]
struct Within(Option<Marks>);

impl Within {
    fn all_of<'a>(sets: impl Iterator<Item = &'a Option<BTreeSet<No>>>) -> Self {
        let sets = sets.flatten().cloned();
        Self(sets.reduce(|one, other| &one & &other).map(|common| Marks::of(&common)))
    }
    #[inline]
    fn has(&self, no: No) -> bool {
        self.0.as_ref().is_none_or(|marks| marks.has(no))
    }
    fn is_all(&self) -> bool {
        self.0.is_none()
    }
}

/// All filters of a question as one, for millions of samples.
#[derive(Debug, Clone)]
pub(crate) struct Sieve {
    teams: Within,
    agents: Within,
    channels: Within,
    brands: Within,
    asks_places: bool,
    tags: Vec<BTreeSet<Option<u32>>>,
}

impl Sieve {
    pub(crate) fn of(filters: &[Filter]) -> Self {
        let channels = Within::all_of(filters.iter().map(|filter| &filter.channels));
        let brands = Within::all_of(filters.iter().map(|filter| &filter.brands));
        Self {
            teams: Within::all_of(filters.iter().map(|filter| &filter.teams)),
            agents: Within::all_of(filters.iter().map(|filter| &filter.agents)),
            asks_places: !channels.is_all() || !brands.is_all(),
            channels,
            brands,
            tags: filters.iter().filter_map(|filter| filter.tags.clone()).collect(),
        }
    }

    /// Whether a sample counts. `tags`: those of its conversation.
    #[inline]
    pub(crate) fn passes(&self, facts: &Facts, sample: &Sample, tags: &[u32]) -> bool {
        if !self.teams.has(sample.team) || !self.agents.has(sample.agent) {
            return false;
        }
        if self.asks_places {
            let (channel, brand) = facts.lies(sample.slot);
            if !self.channels.has(channel) || !self.brands.has(brand) {
                return false;
            }
        }
        self.tags.iter().all(|wanted| {
            if tags.is_empty() { wanted.contains(&None) } else { tags.iter().any(|tag| wanted.contains(&Some(*tag))) }
        })
    }
}

impl Question {
    /// Whether tags of conversations matter.
    pub(crate) fn asks_for_tags(&self) -> bool {
        self.group_by == GroupBy::Tag || self.filters.iter().any(|filter| filter.tags.is_some())
    }

    /// Whether teams matter.
    pub(super) fn asks_for_teams(&self) -> bool {
        self.group_by == GroupBy::Team || self.filters.iter().any(|filter| filter.teams.is_some())
    }
}

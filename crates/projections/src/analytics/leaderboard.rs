//! Who stands where. Only those are ranked of whom there is enough to say; the others are listed apart, because a rank by
//! two conversations is luck. Equal numbers share a rank.

use super::cell::Cell;
use super::group::GroupKey;
use super::metric::{Better, Metric};
use crate::facts::No;

/// Of whom there must be so many where nothing else is asked.
pub const MIN_SAMPLE: u64 = 5;

/// One of those who are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    pub group: GroupKey,
    /// From 1; `None`: there is too little to say.
    pub rank: Option<u32>,
    pub cell: Cell,
}

/// Ranked first, then those with too little, each of them in the order of their group. What is nobody's is left out.
pub fn ranked(metric: Metric, cells: impl IntoIterator<Item = (GroupKey, Cell)>, min_sample: u64) -> Vec<Entry> {
    let somebody = |group: &GroupKey| !matches!(group, GroupKey::Agent(No::NONE) | GroupKey::Team(No::NONE));
    let entries = cells.into_iter().filter(|(group, _)| somebody(group));
    let entries = entries.map(|(group, cell)| Entry { group, rank: None, cell });
    let enough = |entry: &Entry| entry.cell.count >= min_sample.max(1) && entry.cell.value(metric).is_some();
    let (mut ranked, mut few): (Vec<Entry>, Vec<Entry>) = entries.partition(enough);
    let value = |entry: &Entry| entry.cell.value(metric).unwrap_or_default();
    let better = |one: &Entry, other: &Entry| match metric.better() {
        Better::Lower => value(one).total_cmp(&value(other)),
        Better::Higher | Better::Neither => value(other).total_cmp(&value(one)),
    };
    ranked.sort_by(|one, other| better(one, other).then(one.group.cmp(&other.group)));
    let (mut rank, mut last) = (0, None);
    for (place, entry) in ranked.iter_mut().enumerate() {
        if last != Some(value(entry)) {
            (rank, last) = (place as u32 + 1, Some(value(entry)));
        }
        entry.rank = Some(rank);
    }
    few.sort_by_key(|entry| entry.group);
    ranked.into_iter().chain(few).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_a_rank_and_too_few_have_none() {
        let cell = |count| Cell { count, spread: None, share: None };
        let group = |agent| GroupKey::Agent(No(agent));
        let cells = [
            (group(0), cell(99)),
            (group(1), cell(7)),
            (group(2), cell(9)),
            (group(3), cell(2)),
            (group(4), cell(9)),
            (group(5), cell(8)),
        ];
        let ranked = ranked(Metric::Handled, cells, 5);
        let shown: Vec<_> = ranked.iter().map(|entry| (entry.group, entry.rank)).collect();
        let expected = [(2, Some(1)), (4, Some(1)), (5, Some(3)), (1, Some(4)), (3, None)];
        assert_eq!(shown, expected.map(|(agent, rank)| (group(agent), rank)));
    }
}

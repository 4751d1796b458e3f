//! What another definition changes: the same question about the same facts by two versions of the definition, and each row
//! that says something else, with the reason.

use std::collections::BTreeMap;

use super::cell::Tally;
use super::collect::{CELLS_MAX, GROUPS_MAX, TooMany};
use super::group::GroupKey;
use super::metric::Kind;
use super::reader::{Reader, Slice};
use super::sample::{Outcome, Sample, Value};
use super::{Cell, Metric, Question};
use crate::Views;
use crate::facts::{Definition, Slot};

/// Rows that moved which are shown with each metric at most.
pub const SHOWN_MAX: usize = 50;

/// Metrics that a definition has a part in.
pub const DEFINED: [Metric; 5] =
    [Metric::FrtBusiness, Metric::ArtBusiness, Metric::Fcr, Metric::FcrStrict, Metric::ReopenRate];

/// Why a row says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Contacts have another time to come back.
    FcrWindow,
    /// Other words are courtesies.
    Courtesies,
    /// Other hours are business hours, or another calendar counts.
    Hours,
}

/// A row by the one definition and by the other; `None`: there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moved {
    pub metric: Metric,
    pub slot: Slot,
    pub episode: u32,
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub reason: Reason,
}

/// A number of a group by both definitions.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedCell {
    pub group: GroupKey,
    pub metric: Metric,
    pub before: Cell,
    pub after: Cell,
    /// Rows that say something else, by the reason.
    pub rows: BTreeMap<Reason, u64>,
}

/// See the module.
#[derive(Debug)]
pub struct Movement {
    before: Reader,
    after: Reader,
    rows: BTreeMap<Key, Both>,
}

type Key = (Metric, Slot, u32);
/// What a cell comes to by each, and why rows moved.
type Sides = (Tally, Tally, BTreeMap<Reason, u64>);

/// What a row says by each, and in which groups it lies.
#[derive(Debug, Clone, Default)]
struct Both {
    before: Option<Value>,
    after: Option<Value>,
    groups: Vec<GroupKey>,
}

/// What moved.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Moves {
    /// Cells that differ, the whole first.
    pub cells: Vec<MovedCell>,
    /// At most [`SHOWN_MAX`] of each metric, by conversation.
    pub rows: Vec<Moved>,
}

impl Movement {
    /// The question's own definition is the one after.
    pub fn new(question: Question, before: Definition) -> Self {
        let mut earlier = question.clone();
        earlier.basis.definition = before;
        Self { before: Reader::new(earlier), after: Reader::new(question), rows: BTreeMap::new() }
    }

    /// What has to be read, see [`Reader::slices`].
    pub fn slices(&self, views: &Views) -> Vec<Slice> {
        self.after.slices(views)
    }

    /// Reads one slice by both. Errors: there are too many rows.
    pub fn feed(&mut self, views: &Views, slice: Slice) -> Result<(), TooMany> {
        /// Rows of one question at most.
        const ROWS_MAX: usize = 2_000_000;
        let Self { before, after, rows } = self;
        let group_by = after.question().group_by;
        let mut note = |sample: &Sample, tags: &[u32], is_after: bool| {
            // What runs is the same by every definition.
            if sample.metric.kind() == Kind::Share && matches!(sample.value, Value::Step(_)) {
                return;
            }
            let both = rows.entry((sample.metric, sample.slot, sample.episode)).or_insert_with(|| {
                let mut groups = vec![GroupKey::Everything];
                group_by.of(&views.facts, sample, tags, |group| groups.push(group));
                Both { groups, ..Both::default() }
            });
            *(if is_after { &mut both.after } else { &mut both.before }) = Some(sample.value);
        };
        before.feed(views, slice, |_, sample, tags| note(sample, tags, false));
        after.feed(views, slice, |_, sample, tags| note(sample, tags, true));
        if rows.len() > ROWS_MAX { Err(TooMany) } else { Ok(()) }
    }

    /// What moved. Errors: there are too many cells or groups.
    pub fn finish(self, views: &Views) -> Result<Moves, TooMany> {
        let mut cells: BTreeMap<(GroupKey, Metric), Sides> = BTreeMap::new();
        let mut shown: BTreeMap<Metric, usize> = BTreeMap::new();
        let mut moves = Moves::default();
        for (key, both) in &self.rows {
            let (metric, slot, episode) = *key;
            let Both { before, after, groups } = both;
            let reason = (before != after).then(|| self.reason(views, *key, both));
            for group in groups {
                let (was, is, rows) = cells.entry((*group, metric)).or_default();
                before.iter().for_each(|value| was.add(metric.kind(), *value, slot.0));
                after.iter().for_each(|value| is.add(metric.kind(), *value, slot.0));
                reason.iter().for_each(|reason| *rows.entry(*reason).or_default() += 1);
            }
            let Some(reason) = reason else { continue };
            let count = shown.entry(metric).or_default();
            if *count < SHOWN_MAX {
                *count += 1;
                moves.rows.push(Moved { metric, slot, episode, before: *before, after: *after, reason });
            }
        }
        let groups = cells.keys().map(|(group, _)| group).collect::<std::collections::BTreeSet<_>>().len();
        if cells.len() > CELLS_MAX || groups > GROUPS_MAX {
            return Err(TooMany);
        }
        let moved = cells.into_iter().filter(|(_, (_, _, rows))| !rows.is_empty());
        moves.cells = moved
            .map(|((group, metric), (was, is, rows))| MovedCell {
                group,
                metric,
                before: was.finish(metric, None),
                after: is.finish(metric, None),
                rows,
            })
            .collect();
        Ok(moves)
    }

    /// Business time moves by hours alone, what is reopened by the window alone; whether a contact came back by either, and
    /// by the window where that alone explains it.
    fn reason(&self, views: &Views, (metric, slot, _): Key, both: &Both) -> Reason {
        match metric {
            Metric::FrtBusiness | Metric::ArtBusiness => return Reason::Hours,
            Metric::Fcr | Metric::FcrStrict => {}
            _ => return Reason::FcrWindow,
        }
        let (was, is) = (&self.before.question().basis.definition, &self.after.question().basis);
        let matures = |value: Option<Value>| matches!(value, Some(Value::Judged(Outcome::Immature)));
        let same_words =
            views.facts.came_back(slot, is.pos, was) == views.facts.came_back(slot, is.pos, &is.definition);
        if same_words || matures(both.before) || matures(both.after) { Reason::FcrWindow } else { Reason::Courtesies }
    }
}

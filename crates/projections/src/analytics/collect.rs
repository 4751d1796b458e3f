//! Puts samples into cells, by group and by place on an axis of time. Fed in slices, so that whoever holds the facts can
//! let others in between; since everything is asked as of one position, it does not matter what is added meanwhile.

use std::collections::BTreeMap;

use domain::time::Millis;
use domain::zone::Zone;

use super::Question;
use super::bucket::{Buckets, hour_of_week};
use super::cell::{Cell, Tally};
use super::group::GroupKey;
use super::metric::{Kind, Metric};
use super::reader::{Reader, Slice};
use crate::Views;

/// Cells of one answer at most.
pub const CELLS_MAX: usize = 50_000;
/// Groups of one answer at most.
pub const GROUPS_MAX: usize = 1_000;

/// Along what time is told apart.
#[derive(Debug, Clone)]
pub enum Axis {
    Buckets(Buckets),
    /// The 168 hours of the local week.
    Week(Zone),
}

/// The answer would have more than [`CELLS_MAX`] cells, or [`GROUPS_MAX`] groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// See the module.
#[derive(Debug)]
pub struct Collector {
    reader: Reader,
    axis: Axis,
    tallies: BTreeMap<(GroupKey, u32), Vec<Tally>>,
}

/// What was collected: for each group and each place on the axis a cell of every metric, in the order they were asked.
/// Places where nothing happened are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    pub cells: BTreeMap<(GroupKey, u32), Vec<Cell>>,
}

impl Collector {
    pub fn new(question: Question, axis: Axis) -> Self {
        Self { reader: Reader::new(question), axis, tallies: BTreeMap::new() }
    }

    /// The whole period as one.
    pub fn whole(question: Question) -> Self {
        let axis = Axis::Buckets(Buckets::whole(question.from, question.to));
        Self::new(question, axis)
    }

    /// What has to be read, see [`Reader::slices`].
    pub fn slices(&self, views: &Views) -> Vec<Slice> {
        self.reader.slices(views)
    }

    /// Reads one slice.
    pub fn feed(&mut self, views: &Views, slice: Slice) {
        let Self { reader, axis, tallies } = self;
        let metrics = reader.question().metrics.clone();
        let group_by = reader.question().group_by;
        reader.feed(views, slice, |sample, tags| {
            let place = match axis {
                Axis::Buckets(buckets) => buckets.index(sample.at) as u32,
                Axis::Week(zone) => hour_of_week(sample.at, *zone),
            };
            let Some(column) = metrics.iter().position(|metric| *metric == sample.metric) else { return };
            let mut add = |group| {
                let row = tallies.entry((group, place)).or_insert_with(|| vec![Tally::default(); metrics.len()]);
                row[column].add(sample.metric.kind(), sample.value, sample.slot.0);
            };
            add(GroupKey::Everything);
            group_by.of(&views.facts, sample, tags, add);
        });
    }

    /// Reads everything at once.
    pub fn feed_all(&mut self, views: &Views) {
        self.slices(views).into_iter().for_each(|slice| self.feed(views, slice));
    }

    /// The cells, with lengths held against a target. Errors: there are too many.
    pub fn finish(mut self, target: Option<Millis>) -> Result<Cells, TooMany> {
        self.accumulate();
        let groups = self.groups().len();
        if self.tallies.len() * self.reader.question().metrics.len() > CELLS_MAX || groups > GROUPS_MAX {
            return Err(TooMany);
        }
        let metrics = self.reader.question().metrics.clone();
        let finish = |(tally, metric): (Tally, &Metric)| tally.finish(*metric, target);
        let row = |tallies: Vec<Tally>| tallies.into_iter().zip(&metrics).map(finish).collect();
        Ok(Cells { cells: self.tallies.into_iter().map(|(place, tallies)| (place, row(tallies))).collect() })
    }

    fn groups(&self) -> Vec<GroupKey> {
        let mut groups: Vec<_> = self.tallies.keys().map(|(group, _)| *group).collect();
        groups.dedup();
        groups
    }

    /// A level at the end of a bucket is what all buckets up to it came to.
    fn accumulate(&mut self) {
        let levels: Vec<_> = self.columns(Kind::Level).collect();
        let Axis::Buckets(buckets) = &self.axis else { return };
        if levels.is_empty() {
            return;
        }
        let (places, metrics) = (buckets.len() as u32, self.reader.question().metrics.len());
        for group in self.groups() {
            for column in &levels {
                let mut level = Tally::default();
                for place in 0..places {
                    let row = self.tallies.entry((group, place)).or_insert_with(|| vec![Tally::default(); metrics]);
                    level.merge(&row[*column]);
                    row[*column] = level.clone();
                }
            }
        }
    }

    fn columns(&self, kind: Kind) -> impl Iterator<Item = usize> {
        let metrics = self.reader.question().metrics.iter().enumerate();
        metrics.filter(move |(_, metric)| metric.kind() == kind).map(|(column, _)| column)
    }
}

impl Cells {
    /// The cells of a group at a place, `None` where nothing happened.
    pub fn get(&self, group: GroupKey, place: u32) -> Option<&[Cell]> {
        self.cells.get(&(group, place)).map(Vec::as_slice)
    }

    /// All groups, without the whole.
    pub fn groups(&self) -> Vec<GroupKey> {
        let mut groups: Vec<_> = self.cells.keys().map(|(group, _)| *group).collect();
        groups.dedup();
        groups.retain(|group| *group != GroupKey::Everything);
        groups
    }
}

impl Cell {
    /// Of a metric where nothing happened.
    pub fn empty(metric: Metric) -> Self {
        Tally::default().finish(metric, None)
    }
}

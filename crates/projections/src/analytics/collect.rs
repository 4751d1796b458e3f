//! Puts samples into cells, by group and by place on an axis of time. Fed in slices, so that whoever holds the facts can
//! let others in between; since everything is asked as of one position, it does not matter what is added meanwhile.

use std::collections::BTreeMap;

use domain::time::Millis;
use domain::zone::Zone;

use super::Question;
use super::bucket::{Buckets, Finder};
use super::cell::{Cell, Tally};
use super::group::GroupKey;
use super::metric::{Kind, Metric};
use super::reader::{Reader, Slice};
use super::sample::Value;
use super::table::{Overflow, Table};
use crate::Views;

/// Cells of one answer at most.
pub const CELLS_MAX: usize = 50_000;
/// Groups of one answer at most, the whole included.
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

impl From<Overflow> for TooMany {
    fn from(_: Overflow) -> Self {
        Self
    }
}

/// See the module. Copies of one that nothing was fed to may read different slices, and be joined.
#[derive(Debug, Clone)]
pub struct Collector {
    reader: Reader,
    finder: Finder,
    /// Places come one after the other in time. In hours of the week nothing stands.
    rises: bool,
    /// Columns of what stands, which at a place is what all up to it came to.
    levels: Vec<usize>,
    table: Table,
}

/// What was collected: for each group and each place on the axis a cell of every metric, in the order they were asked.
/// Places where nothing happened are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    pub cells: BTreeMap<(GroupKey, u32), Vec<Cell>>,
}

impl Collector {
    pub fn new(question: Question, axis: Axis) -> Self {
        let metrics = &question.metrics;
        let rises = matches!(axis, Axis::Buckets(_));
        let levels = (0..metrics.len()).filter(|column| rises && metrics[*column].stands()).collect();
        let (finder, places) = match axis {
            Axis::Buckets(buckets) => {
                let places = buckets.len();
                (Finder::of_buckets(buckets), places)
            }
            Axis::Week(zone) => (Finder::of_week(zone), 168),
        };
        let rows_max = CELLS_MAX / metrics.len().max(1);
        let table = Table::new(question.group_by, metrics.len(), places, GROUPS_MAX, rows_max);
        Self { reader: Reader::new(question), finder, rises, levels, table }
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
        let Self { reader, finder, table, rises, .. } = self;
        reader.feed(views, slice, |(column, kind), sample, tags| {
            if !*rises && kind == Kind::Share && matches!(sample.value, Value::Step(_)) {
                return;
            }
            table.add(&views.facts, finder.find(sample.at), (column, kind), sample, tags);
        });
    }

    /// Reads everything at once.
    pub fn feed_all(&mut self, views: &Views) {
        self.slices(views).into_iter().for_each(|slice| self.feed(views, slice));
    }

    /// What another one read as well.
    pub fn join(&mut self, other: &Self) {
        self.table.take_in(&other.table);
    }

    /// The cells, with lengths held against a target. Errors: there are too many.
    pub fn finish(self, target: Option<Millis>) -> Result<Cells, TooMany> {
        let metrics = &self.reader.question().metrics;
        let tallies = self.table.finish(&self.levels)?;
        let finish = |(tally, metric): (Tally, &Metric)| tally.finish(*metric, target);
        let row = |tallies: Vec<Tally>| tallies.into_iter().zip(metrics).map(finish).collect();
        Ok(Cells { cells: tallies.into_iter().map(|(place, tallies)| (place, row(tallies))).collect() })
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

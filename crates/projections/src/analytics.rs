//! Numbers: every report is a fold over samples, and a sample is a row of [`crate::facts`] as one [`Metric`] reads it. There
//! is one place where rows become samples ([`sample`]), one where samples become a number ([`cell`]); summaries, series,
//! leaderboards, heatmaps, histograms and drill-downs only differ in what they put together. So they cannot disagree.
//!
//! Everything is asked as of a position ([`Basis`]): the same question about the same position has the same answer for ever.
//! No roles here: what somebody may not see is kept out by a [`Filter`] of the caller's.

pub mod bucket;
pub mod cell;
pub mod collect;
pub mod compare;
pub mod compliance;
pub mod distribution;
pub mod drilldown;
pub mod filter;
pub mod group;
pub mod leaderboard;
pub mod metric;
pub mod movement;
pub mod reader;
pub mod sample;
mod table;
mod values;

use domain::time::Timestamp;

use crate::facts::Definition;

pub use bucket::{Buckets, Interval};
pub use cell::{Cell, Share, Spread, Tally};
pub use collect::Collector;
pub use filter::Filter;
pub use group::{GroupBy, GroupKey};
pub use metric::{Better, Kind, Metric, Unit};
pub use reader::Reader;
pub use sample::{Outcome, Sample, Value};

/// What numbers are read by: up to where, and by which definition.
#[derive(Debug, Clone)]
pub struct Basis {
    /// Nothing after this position is known.
    pub pos: u64,
    /// The time of that position, by which it is judged what is mature.
    pub at: Timestamp,
    pub definition: Definition,
}

/// Which episodes first responses are reported of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Episodes {
    #[default]
    First,
    All,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    pub metrics: Vec<Metric>,
    pub from: Timestamp,
    /// Excluded.
    pub to: Timestamp,
    pub basis: Basis,
    pub episodes: Episodes,
    /// All of them must let a sample pass: what the asker may see, and what they ask for.
    pub filters: Vec<Filter>,
    pub group_by: GroupBy,
}

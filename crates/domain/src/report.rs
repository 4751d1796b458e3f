//! Reports as files: what is asked for, whom it is for, and where each stands. The rows are the read side's; here is who may
//! ask, within which bounds, and when a report that comes again and again is due.
//!
//! An export is a fact when it is asked for, with the position as of which it is made: begun anew after a crash, it comes to
//! the same rows. What is in it is limited by the rights of whoever it is for, at the time it is made; to fetch it takes
//! rights that reach as far.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::*;
use crate::time::Timestamp;

pub mod cadence;
mod check;
pub mod export;
mod exports;
pub mod schedule;
mod schedules;

pub use check::{ENTRIES_MAX, RANGE_MAX, TAG_MAX};
pub use exports::{ENDED_KEPT, Export, Exports, Outcome};
pub use schedules::{Entry, Schedules};

/// What there is a row for.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Conversations, by when they began.
    Conversations,
    /// Episodes that got a first response, by when they got it.
    FirstResponses,
    /// Messages of people, by when they were written.
    Replies,
    /// Episodes that were resolved, by when they were.
    Resolutions,
    /// Promises, by when they ended.
    Sla,
    /// Satisfaction surveys, by when they were sent.
    Ratings,
    /// Numbers of the period beside those of the one before, one for each metric.
    Summary,
    /// Contacts as they are when the file is made. Asked for by those who may take contacts out, and by no schedule.
    Contacts,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Conversations,
        Self::FirstResponses,
        Self::Replies,
        Self::Resolutions,
        Self::Sla,
        Self::Ratings,
        Self::Summary,
        Self::Contacts,
    ];

    /// The word in the API and in file names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::FirstResponses => "first_responses",
            Self::Replies => "replies",
            Self::Resolutions => "resolutions",
            Self::Sla => "sla",
            Self::Ratings => "ratings",
            Self::Summary => "summary",
            Self::Contacts => "contacts",
        }
    }
}

/// How rows are written.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Csv,
    Ndjson,
    Parquet,
}

impl Format {
    /// The word in the API, and the ending of a file's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }
}

/// Which rows. An empty set filters nothing; of several each must hold.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Filters {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub brand_ids: BTreeSet<BrandId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub channel_ids: BTreeSet<ChannelId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub team_ids: BTreeSet<TeamId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub agent_ids: BTreeSet<UserId>,
    /// The conversation has one of them, as of the export's position.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<String>,
    /// Of contacts: those who belong to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_id: Option<SegmentId>,
}

/// What is asked, whenever it is: a report without its period.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Question {
    pub kind: Kind,
    pub format: Format,
    #[serde(default)]
    pub filters: Filters,
}

/// What an export is of.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Spec {
    pub question: Question,
    pub from: Timestamp,
    pub to: Timestamp,
    /// In which times are written, by its name in the IANA database.
    pub time_zone: String,
    /// What came after this position is not in it.
    pub as_of_pos: u64,
}

/// How far the rights reached under which a file was made. `None`: everywhere.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Scope {
    pub brand_ids: Option<BTreeSet<BrandId>>,
    pub team_ids: Option<BTreeSet<TeamId>>,
}

impl Scope {
    /// Whether what somebody reaches (`self`) holds everything that was reached then.
    pub fn covers(&self, then: &Self) -> bool {
        fn holds<Id: Ord>(now: &Option<BTreeSet<Id>>, then: &Option<BTreeSet<Id>>) -> bool {
            match (now, then) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(now), Some(then)) => then.is_subset(now),
            }
        }
        holds(&self.brand_ids, &then.brand_ids) && holds(&self.team_ids, &then.team_ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_lost_a_brand_or_a_team_since_reaches_less_than_a_file_holds() {
        let brands = |of: &[u128]| Some(of.iter().map(|id| BrandId::from_u128(*id)).collect());
        let scope = |of: Option<BTreeSet<BrandId>>| Scope { brand_ids: of, team_ids: None };
        assert!(scope(None).covers(&scope(None)) && scope(None).covers(&scope(brands(&[1]))));
        assert!(scope(brands(&[1, 2])).covers(&scope(brands(&[1]))));
        assert!(!scope(brands(&[1])).covers(&scope(brands(&[1, 2]))) && !scope(brands(&[1])).covers(&scope(None)));
        let of_team = Scope { brand_ids: None, team_ids: Some(BTreeSet::from([TeamId::from_u128(1)])) };
        assert!(scope(None).covers(&of_team) && !of_team.covers(&scope(None)));
    }
}

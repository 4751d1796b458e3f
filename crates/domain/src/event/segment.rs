//! Facts about segments. Who belongs to one is in no event: it is found out from the contacts.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::ids::SegmentId;
use crate::segment::Segment;

/// A segment that did not exist before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SegmentCreated {
    pub segment_id: SegmentId,
    pub segment: Segment,
}
facts!(SegmentCreated = "segment.created");

/// The segment as it is from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SegmentChanged {
    pub segment_id: SegmentId,
    pub segment: Segment,
}
facts!(SegmentChanged = "segment.changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SegmentRemoved {
    pub segment_id: SegmentId,
}
facts!(SegmentRemoved = "segment.removed");

/// How many belonged to it. Who they were can be asked as of the position.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SegmentSnapshotted {
    pub segment_id: SegmentId,
    pub members: u64,
    /// The position they were counted at.
    pub as_of: u64,
}
facts!(SegmentSnapshotted = "segment.snapshotted");

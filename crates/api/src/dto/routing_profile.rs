//! What people take at once, and what they can.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scalar::{ChannelId, Position, TeamId, UserId};

/// Of one team's conversations, so many open at most.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamLimit {
    pub team_id: TeamId,
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_open: u32,
}

/// Of one channel's conversations, so many open at most.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelLimit {
    pub channel_id: ChannelId,
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_open: u32,
}

/// What somebody is given by routing.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoutingProfile {
    pub user_id: UserId,
    /// For `If-Match`; 0 where nothing was said yet.
    pub version: Position,
    /// Open conversations at most; null: the workspace's `max_open_default`.
    #[schema(required, minimum = 1, maximum = 1_000)]
    pub max_open: Option<u32>,
    /// Teams with a number of their own, as far as you see them.
    #[schema(max_items = 100)]
    pub by_team: Vec<TeamLimit>,
    /// Channels with a number of their own, as far as you see them.
    #[schema(max_items = 100)]
    pub by_channel: Vec<ChannelLimit>,
    #[schema(max_items = 50)]
    pub skills: Vec<String>,
    /// BCP 47 tags, in lower case.
    #[schema(max_items = 20)]
    pub languages: Vec<String>,
}

/// What somebody is given from now on, as a whole: what is left out is empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRoutingProfile {
    /// Null or absent: the workspace's `max_open_default`.
    #[schema(minimum = 1, maximum = 1_000)]
    pub max_open: Option<u32>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub by_team: Vec<TeamLimit>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub by_channel: Vec<ChannelLimit>,
    /// Words the workspace made up: 1 to 40 of a-z, 0-9, `_` and `-`.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub skills: Vec<String>,
    /// BCP 47 tags; case does not matter.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub languages: Vec<String>,
}

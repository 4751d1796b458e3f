//! Teams, their walls and members.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{BrandId, Position, TeamId, UserId};

/// Whether a team's conversations are its own business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Walls {
    /// Only members see them.
    Closed,
    /// Every agent who works for the brand sees them and may take them.
    Open,
}

/// A team.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Team {
    pub id: TeamId,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    /// Null: it works for all brands.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    pub walls: Walls,
    /// Whether you are a member.
    pub member: bool,
}
page! { /// Teams.
TeamPage of Team }

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTeam {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Absent: it works for all brands.
    pub brand_id: Option<BrandId>,
    /// Absent: closed.
    pub walls: Option<Walls>,
}

/// A change of a team. Absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTeam {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    #[schema(nullable = false)]
    pub walls: Option<Walls>,
}

/// Somebody in a team.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TeamMember {
    pub user_id: UserId,
    #[schema(max_length = 1000)]
    pub name: String,
    /// Looks after the team.
    pub lead: bool,
}
page! { /// The members of a team.
TeamMemberPage of TeamMember }

/// What a member is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTeamMember {
    /// Absent: no.
    pub lead: Option<bool>,
}

/// All teams somebody is in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTeams {
    /// Those that are not named are left, as far as you may change them.
    #[schema(max_items = 1_000)]
    pub team_ids: Vec<TeamId>,
}

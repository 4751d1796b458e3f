//! Users and roles.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::availability::{Availability, AvailabilityState};
use super::page::page;
use super::scalar::{BrandId, Position, RoleId, TeamId, Timestamp, UserId};

/// What somebody may do; see the permissions of each operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    SuperAdmin,
    Admin,
    Agent,
    Operator,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    Deactivated,
}

/// A member of the support team.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    pub id: UserId,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    /// Null for those who may not see it.
    #[schema(required, max_length = 254)]
    pub email: Option<String>,
    pub role: Role,
    /// The custom role, which has the walls of `role`.
    #[schema(required)]
    pub custom_role_id: Option<RoleId>,
    /// The brands they work for; null: all.
    #[schema(required, max_items = 100)]
    pub brand_ids: Option<Vec<BrandId>>,
    /// The teams they are in, as far as you see them.
    #[schema(max_items = 1_000)]
    pub team_ids: Vec<TeamId>,
    pub status: UserStatus,
    /// Whether they take work.
    pub availability: Availability,
    pub created_at: Timestamp,
}
page! { /// Users.
UserPage of User }

/// Which users.
#[derive(Debug, Deserialize, IntoParams)]
pub struct UserQuery {
    /// Only those of one of these.
    #[param(inline, style = Form, explode = false)]
    pub availability: Option<Vec<AvailabilityState>>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// A new member of the team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[schema(min_length = 3, max_length = 254, pattern = "^[^\\s@]+@[^\\s@]+$")]
    pub email: String,
    pub role: Role,
    pub custom_role_id: Option<RoleId>,
    /// Absent or null: all brands (of those that you work for yourself).
    #[schema(min_items = 1, max_items = 100)]
    pub brand_ids: Option<Vec<BrandId>>,
    /// A few words make a good one.
    #[schema(min_length = 1, max_length = 256)]
    pub password: String,
}

/// A change of a user. Absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUser {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    #[schema(min_length = 3, max_length = 254, pattern = "^[^\\s@]+@[^\\s@]+$", nullable = false)]
    pub email: Option<String>,
}

/// A user's new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    pub role: Role,
    /// A custom role made from `role`; absent or null: the built-in one.
    pub custom_role_id: Option<RoleId>,
}

/// The brands somebody works for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetBrands {
    /// Null: all, also those to come.
    #[schema(required, min_items = 1, max_items = 100)]
    pub brand_ids: Option<Vec<BrandId>>,
}

/// Who takes over from somebody who leaves: a person or a team; with neither, each conversation goes back to its queue.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReassignTo {
    pub user_id: Option<UserId>,
    pub team_id: Option<TeamId>,
}

/// The end of an account.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deactivate {
    pub reassign_to: Option<ReassignTo>,
}

/// A closed account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deactivated {
    pub user: User,
    /// Conversations that changed hands.
    pub reassigned_count: Position,
}

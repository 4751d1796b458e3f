//! Users and roles.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{Position, Timestamp, UserId};

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
    pub status: UserStatus,
    pub created_at: Timestamp,
}
page! { /// Users.
UserPage of User }

/// A new member of the team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[schema(min_length = 3, max_length = 254, pattern = "^[^\\s@]+@[^\\s@]+$")]
    pub email: String,
    pub role: Role,
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
}

/// A change of one's own password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    #[schema(min_length = 1, max_length = 256)]
    pub current_password: String,
    #[schema(min_length = 1, max_length = 256)]
    pub new_password: String,
}

/// A password for somebody who lost theirs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    #[schema(min_length = 1, max_length = 256)]
    pub new_password: String,
}

//! Roles and permissions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scalar::{BrandId, Position, RoleId, TeamId};
use super::user::Role;

/// A role: one of the four built-in ones, which nobody changes, or one made from them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RoleCard {
    /// Null: built in.
    #[schema(required)]
    pub id: Option<RoleId>,
    #[schema(max_length = 100)]
    pub name: String,
    /// The built-in role whose walls it has.
    pub base: Role,
    /// What is allowed on one's own.
    #[schema(max_items = 200)]
    pub permissions: Vec<String>,
    /// Null: built in.
    #[schema(required)]
    pub version: Option<Position>,
}

/// All roles, the built-in ones first.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleList {
    #[schema(max_items = 200)]
    pub data: Vec<RoleCard>,
    pub as_of: Position,
}

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The built-in role whose walls it has; not `super_admin`.
    pub base: Role,
    /// Names of permissions that roles can give; everything else that the base role may do is refused.
    #[schema(max_items = 200)]
    pub permissions: Vec<String>,
}

/// A change of a role. Absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRole {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    #[schema(max_items = 200, nullable = false)]
    pub permissions: Option<Vec<String>>,
}

/// The answer for one permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Allow,
    /// Visible, but refused: 403.
    Forbid,
    /// As if it did not exist: 404.
    Hide,
}

/// What a permission comes to by how a conversation stands to the asker; where there is no such thing, `own` is the answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reach {
    /// Assigned to them; and lists, creations, the workspace.
    pub own: Decision,
    /// In a team of theirs, or in none.
    pub team: Decision,
    /// They were invited into it.
    pub collaborator: Decision,
    /// Behind another team's wall.
    pub other_team: Decision,
    /// Behind another brand's wall.
    pub other_brand: Decision,
}

/// A permission in the catalogue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Permission {
    #[schema(max_length = 64)]
    pub id: String,
    #[schema(max_length = 300)]
    pub description: String,
    /// Whether custom roles and keys can give it.
    pub grantable: bool,
    pub super_admin: Reach,
    pub admin: Reach,
    pub agent: Reach,
    pub operator: Reach,
}

/// Every permission there is, under the settings of this workspace.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionList {
    #[schema(max_items = 200)]
    pub data: Vec<Permission>,
    pub as_of: Position,
}

/// One of your own permissions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwnPermission {
    #[schema(max_length = 64)]
    pub id: String,
    pub reach: Reach,
}

/// What you may do, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnPermissions {
    pub role: Role,
    #[schema(required)]
    pub custom_role_id: Option<RoleId>,
    /// Null: all.
    #[schema(required, max_items = 100)]
    pub brand_ids: Option<Vec<BrandId>>,
    #[schema(max_items = 1_000)]
    pub team_ids: Vec<TeamId>,
    #[schema(max_items = 200)]
    pub permissions: Vec<OwnPermission>,
    pub as_of: Position,
}

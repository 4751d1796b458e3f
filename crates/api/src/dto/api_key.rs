//! Keys for programs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{BrandId, KeyId, Position, TeamId, Timestamp, UserId};
use super::user::Role;
use crate::extract::Patch;

/// A key. It acts in the name of whoever made it, and never above what they may do at the moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKey {
    pub id: KeyId,
    pub version: Position,
    #[schema(max_length = 100)]
    pub name: String,
    pub role: Role,
    /// Names of permissions.
    #[schema(max_items = 200)]
    pub scopes: Vec<String>,
    /// Null: all brands of its maker.
    #[schema(required, max_items = 100)]
    pub brand_ids: Option<Vec<BrandId>>,
    /// Null: all teams of its maker.
    #[schema(required, max_items = 100)]
    pub team_ids: Option<Vec<TeamId>>,
    /// Networks it may be used from; empty: from anywhere.
    #[schema(max_items = 50)]
    pub allowed_ips: Vec<String>,
    /// Null: until it is revoked.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// Who made it.
    pub user_id: UserId,
    pub created_at: Timestamp,
    /// To the hour after a restart.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
    /// Goes into `Authorization: Bearer …`; only in the answer that made it.
    #[schema(required, max_length = 100)]
    pub secret: Option<String>,
}
page! { /// Keys.
ApiKeyPage of ApiKey }

/// A new key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApiKey {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// `admin`, `agent` or `operator`, not above your own.
    pub role: Role,
    /// Names of permissions that you have yourself.
    #[schema(min_items = 1, max_items = 200)]
    pub scopes: Vec<String>,
    #[schema(min_items = 1, max_items = 100)]
    pub brand_ids: Option<Vec<BrandId>>,
    #[schema(min_items = 1, max_items = 100)]
    pub team_ids: Option<Vec<TeamId>>,
    /// Networks as CIDR, or single addresses. Absent: from anywhere.
    #[schema(max_items = 50, nullable = false)]
    pub allowed_ips: Option<Vec<String>>,
    pub expires_at: Option<Timestamp>,
}

/// A change of a key. Absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateApiKey {
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    #[schema(nullable = false)]
    pub role: Option<Role>,
    #[schema(min_items = 1, max_items = 200, nullable = false)]
    pub scopes: Option<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<BrandId>>, min_items = 1, max_items = 100)]
    pub brand_ids: Patch<Vec<BrandId>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<TeamId>>, min_items = 1, max_items = 100)]
    pub team_ids: Patch<Vec<TeamId>>,
    #[schema(max_items = 50, nullable = false)]
    pub allowed_ips: Option<Vec<String>>,
    #[serde(default)]
    #[schema(value_type = Option<Timestamp>)]
    pub expires_at: Patch<Timestamp>,
}

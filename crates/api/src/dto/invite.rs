//! Invitations.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{BrandId, InviteId, Position, RoleId, TeamId, Timestamp, UserId};
use super::user::Role;

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InviteStatus {
    Open,
    Expired,
    Revoked,
    Accepted,
}

/// An invitation into the team.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invite {
    pub id: InviteId,
    pub version: Position,
    #[schema(max_length = 254)]
    pub email: String,
    pub role: Role,
    #[schema(required)]
    pub custom_role_id: Option<RoleId>,
    /// The brands they will work for; null: all.
    #[schema(required, max_items = 100)]
    pub brand_ids: Option<Vec<BrandId>>,
    #[schema(max_items = 50)]
    pub team_ids: Vec<TeamId>,
    pub status: InviteStatus,
    pub invited_by: UserId,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// The account it became.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// What accepts it; only in the answer that made it.
    #[schema(required, max_length = 100)]
    pub token: Option<String>,
    /// A page of the console with the token behind `#`, so that no server's log holds it; only with `token`.
    #[schema(required, max_length = 200)]
    pub accept_url: Option<String>,
}
page! { /// Invitations.
InvitePage of Invite }

/// A new invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvite {
    #[schema(min_length = 3, max_length = 254, pattern = "^[^\\s@]+@[^\\s@]+$")]
    pub email: String,
    pub role: Role,
    pub custom_role_id: Option<RoleId>,
    /// Absent or null: all brands (of those that you work for yourself).
    #[schema(min_items = 1, max_items = 100)]
    pub brand_ids: Option<Vec<BrandId>>,
    /// Teams they will be in.
    #[schema(max_items = 50, nullable = false)]
    pub team_ids: Option<Vec<TeamId>>,
    /// Seven days where nobody says.
    #[schema(minimum = 300, maximum = 2_592_000, nullable = false)]
    pub expires_in_seconds: Option<u32>,
}

/// The same invitation with a new token.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendInvite {
    /// Seven days from now where nobody says.
    #[schema(minimum = 300, maximum = 2_592_000, nullable = false)]
    pub expires_in_seconds: Option<u32>,
}

/// What somebody who was invited sees before they accept.
#[derive(Debug, Serialize, ToSchema)]
pub struct InviteOffer {
    #[schema(max_length = 254)]
    pub email: String,
    pub role: Role,
    #[schema(max_length = 200)]
    pub invited_by_name: String,
    pub expires_at: Timestamp,
}

/// Taking the place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvite {
    #[schema(min_length = 1, max_length = 256)]
    pub token: String,
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// A few words make a good one.
    #[schema(min_length = 1, max_length = 256)]
    pub password: String,
    /// Shown in the list of sessions.
    #[schema(max_length = 100)]
    pub device_name: Option<String>,
}

//! Facts about invitations into the team.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::access::Role;
use crate::identity::BlindKey;
use crate::ids::*;
use crate::time::Timestamp;

/// Somebody was invited, with the place they will have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InviteCreated {
    pub invite_id: InviteId,
    /// Who invites.
    pub user_id: UserId,
    pub role: Role,
    pub custom_role_id: Option<RoleId>,
    /// `None`: all brands.
    pub brand_ids: Option<BTreeSet<BrandId>>,
    pub team_ids: BTreeSet<TeamId>,
    pub email_key: Option<BlindKey>,
    /// SHA-256 of the token, hexadecimal; the token itself is never stored.
    pub token_hash: String,
    pub expires_at: Timestamp,
    #[serde(skip)]
    pub private: Option<Invited>,
}
facts_and_private!(InviteCreated = "invite.created");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Invited {
    pub email: String,
}

/// It has a new token; the one before is void.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InviteResent {
    pub invite_id: InviteId,
    pub token_hash: String,
    pub expires_at: Timestamp,
}
facts!(InviteResent = "invite.resent");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InviteRevoked {
    pub invite_id: InviteId,
}
facts!(InviteRevoked = "invite.revoked");

/// It became an account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct InviteAccepted {
    pub invite_id: InviteId,
    pub user_id: UserId,
}
facts!(InviteAccepted = "invite.accepted");

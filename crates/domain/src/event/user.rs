//! Facts about the people of the team: accounts, roles, sessions, refused access.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::access::Role;
use crate::identity::BlindKey;
use crate::ids::*;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserCreated {
    pub user_id: UserId,
    pub role: Role,
    /// The custom role, which is made from `role`.
    #[serde(default)]
    pub custom_role_id: Option<RoleId>,
    /// The brands they work for; `None`: all.
    #[serde(default)]
    pub brand_ids: Option<BTreeSet<BrandId>>,
    /// Finds the account at login.
    pub email_key: Option<BlindKey>,
    #[serde(skip)]
    pub private: Option<Profile>,
}
facts_and_private!(UserCreated = "user.created");

/// A user's own data, sealed with the workspace key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Profile {
    pub email: Option<String>,
    pub name: Option<String>,
    /// Argon2id in PHC form.
    pub password_hash: Option<String>,
}

/// `private` holds what changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserChanged {
    pub user_id: UserId,
    /// Set where the address changed.
    pub email_key: Option<BlindKey>,
    #[serde(skip)]
    pub private: Option<Profile>,
}
facts_and_private!(UserChanged = "user.changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserRoleChanged {
    pub user_id: UserId,
    pub role: Role,
    /// The custom role, which is made from `role`.
    #[serde(default)]
    pub custom_role_id: Option<RoleId>,
}
facts!(UserRoleChanged = "user.role_changed");

/// Somebody works for other brands from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserBrandsChanged {
    pub user_id: UserId,
    /// `None`: all, also those to come.
    pub brand_ids: Option<BTreeSet<BrandId>>,
}
facts!(UserBrandsChanged = "user.brands_changed");

/// Every session of the user ends with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserPasswordChanged {
    pub user_id: UserId,
    #[serde(skip)]
    pub private: Option<Profile>,
}
facts_and_private!(UserPasswordChanged = "user.password_changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserDeactivated {
    pub user_id: UserId,
}
facts!(UserDeactivated = "user.deactivated");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserReactivated {
    pub user_id: UserId,
}
facts!(UserReactivated = "user.reactivated");

/// Someone signed in on a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SessionOpened {
    pub session_id: SessionId,
    pub user_id: UserId,
    /// SHA-256 of the refresh token, hexadecimal; the token itself is never stored.
    pub refresh_hash: String,
    pub expires_at: Timestamp,
    #[serde(skip)]
    pub private: Option<Device>,
}
facts_and_private!(SessionOpened = "session.opened");

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Device {
    pub device_name: Option<String>,
    pub address: Option<String>,
}

/// The refresh token was exchanged for its successor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SessionRefreshed {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub refresh_hash: String,
    pub expires_at: Timestamp,
}
facts!(SessionRefreshed = "session.refreshed");

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    Logout,
    /// A refresh token was used twice: somebody else has it.
    RefreshReused,
    PasswordChanged,
    SecondFactorChanged,
    Deactivated,
    Revoked,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SessionRevoked {
    pub session_id: SessionId,
    pub user_id: UserId,
    pub reason: SessionEnd,
}
facts!(SessionRevoked = "session.revoked");

/// A wrong password for a known account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LoginFailed {
    pub user_id: UserId,
    #[serde(skip)]
    pub private: Option<Device>,
}
facts_and_private!(LoginFailed = "login.failed");

/// A write that was refused for want of a right, or because nothing of this name exists for them. Which of the two it was
/// is not told, and not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AccessDenied {
    pub user_id: UserId,
    /// The permission that the operation needs.
    pub action: String,
    /// The id it named.
    pub resource: Option<String>,
    /// The operation's name in the API.
    #[serde(default)]
    pub operation: Option<String>,
    /// The answer's code: `forbidden`, `role-protected`, `not-found`.
    #[serde(default)]
    pub code: Option<String>,
    /// Refusals of the same person since the one before that were too many to be written down.
    #[serde(default)]
    pub unwritten: u32,
}
facts!(AccessDenied = "access.denied");

//! Passwords: changed, given, lost.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scalar::Timestamp;

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

/// Somebody lost their password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    #[schema(min_length = 1, max_length = 254)]
    pub email: String,
}

/// A link that sets a new password, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasswordReset {
    #[schema(max_length = 100)]
    pub token: String,
    pub expires_at: Timestamp,
}

/// A new password by a link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemReset {
    #[schema(min_length = 1, max_length = 256)]
    pub token: String,
    #[schema(min_length = 1, max_length = 256)]
    pub new_password: String,
}

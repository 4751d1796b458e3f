//! Signing in, tokens, sessions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{SessionId, Timestamp};
use super::user::User;

/// Credentials.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    #[schema(min_length = 1, max_length = 254)]
    pub email: String,
    #[schema(min_length = 1, max_length = 256)]
    pub password: String,
    /// Shown in the list of sessions.
    #[schema(max_length = 100)]
    pub device_name: Option<String>,
}

/// A token to exchange.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    #[schema(min_length = 1, max_length = 256)]
    pub refresh_token: String,
}

/// What a client holds while it is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// Goes into `Authorization: Bearer …`.
    #[schema(max_length = 1024)]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(pattern = "^Bearer$")]
    pub token_type: String,
    /// Seconds the access token is good for.
    #[schema(minimum = 1, maximum = 86_400)]
    pub expires_in: u32,
    /// Good for one exchange.
    #[schema(max_length = 256)]
    pub refresh_token: String,
    pub user: User,
}

/// A signed-in device.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    pub id: SessionId,
    #[schema(required, max_length = 100)]
    pub device_name: Option<String>,
    #[schema(required, max_length = 64)]
    pub address: Option<String>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Whether this is the session that asks.
    pub current: bool,
}
page! { /// Sessions.
SessionPage of Session }

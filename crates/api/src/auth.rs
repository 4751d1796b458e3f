//! Who is asking: passwords, access tokens, refresh tokens, and the brake on guessing. Pure of storage: the
//! desk keeps users and sessions, the routes in [`crate::routes`] bring both together.

pub mod access_token;
mod hash_threads;
pub mod keys;
pub mod mfa_token;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod password;
pub mod password_policy;
pub mod refresh_token;
pub mod secret_token;
pub mod signed_token;
pub mod throttle;
pub mod totp;

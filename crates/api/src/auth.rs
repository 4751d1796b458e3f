//! Who is asking: passwords, access tokens, refresh tokens, and the brake on guessing. Pure of storage: the
//! desk keeps users and sessions, the routes in [`crate::routes`] bring both together.

pub mod access_token;
pub mod keys;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod password;
pub mod refresh_token;
pub mod throttle;

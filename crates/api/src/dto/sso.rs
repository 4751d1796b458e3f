//! Signing in through a provider.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::page;

/// A provider to sign in with.
#[derive(Debug, Serialize, ToSchema)]
pub struct SsoProvider {
    /// Names it in paths.
    #[schema(pattern = "^[a-z][a-z0-9_-]{0,31}$")]
    pub id: String,
    /// For the button.
    #[schema(max_length = 200)]
    pub name: String,
}
page! { /// Providers to sign in with.
SsoProviderPage of SsoProvider }

/// Where a sign-in begins.
#[derive(Debug, Deserialize, IntoParams)]
pub struct SsoStart {
    /// The frontend's page to come back to; one of the addresses that the operator has listed.
    #[param(min_length = 1, max_length = 500)]
    pub return_to: String,
    /// SHA-256 of a random verifier that the frontend keeps, in base64url without padding.
    #[param(pattern = "^[A-Za-z0-9_-]{43}$")]
    pub challenge: String,
}

/// What the frontend got at its page, and the verifier it kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SsoExchange {
    /// `code` of the page's address.
    #[schema(min_length = 1, max_length = 2048)]
    pub code: String,
    /// The verifier to the challenge that the sign-in began with: 43 to 128 characters, from a source of real randomness.
    #[schema(pattern = "^[A-Za-z0-9._~-]{43,128}$")]
    pub verifier: String,
}

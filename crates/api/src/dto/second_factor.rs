//! The second factor.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session::Tokens;

/// A way to show the second factor.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MfaMethod {
    Totp,
    RecoveryCode,
}

/// The password was right; a code is asked for too.
#[derive(Debug, Serialize, ToSchema)]
pub struct MfaRequired {
    /// Always true.
    pub mfa_required: bool,
    /// Names the sign-in for five minutes, and opens nothing.
    #[schema(max_length = 1024)]
    pub mfa_token: String,
    #[schema(max_items = 10)]
    pub methods: Vec<MfaMethod>,
}

/// What comes of signing in with a password.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum SignedIn {
    /// Signed in.
    Tokens(Box<Tokens>),
    /// A code is asked for too.
    SecondFactor(MfaRequired),
}

/// The second factor: a code, or a recovery code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MfaProof {
    #[schema(min_length = 1, max_length = 1024)]
    pub mfa_token: String,
    #[schema(pattern = "^[0-9]{6}$", nullable = false)]
    pub code: Option<String>,
    #[schema(min_length = 16, max_length = 24, nullable = false)]
    pub recovery_code: Option<String>,
}

/// One's own password once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reauthentication {
    #[schema(min_length = 1, max_length = 256)]
    pub password: String,
}

/// Whether signing in asks for a code.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotpState {
    pub enabled: bool,
    #[schema(minimum = 0, maximum = 10)]
    pub recovery_codes_left: u8,
}

/// A secret for an authenticator app. It counts once a code from it was shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotpEnrolment {
    /// Base32, for typing.
    #[schema(pattern = "^[A-Z2-7]{32}$")]
    pub secret: String,
    /// The same for a QR code.
    #[schema(max_length = 1000)]
    pub otpauth_uri: String,
}

/// A code of the authenticator app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
}

/// The end of a second factor.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveTotp {
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
    /// It has to be good enough to stand alone again.
    #[schema(min_length = 1, max_length = 256)]
    pub password: String,
}

/// Codes for the day the device is lost, each good once. Shown this once; those before are void.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    #[schema(max_items = 10, min_items = 10)]
    pub recovery_codes: Vec<String>,
}

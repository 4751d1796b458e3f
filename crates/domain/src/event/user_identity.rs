//! Facts about who vouches for a person from outside: single sign-on.

use serde::{Deserialize, Serialize};

use super::facts_and_private;
use crate::identity::BlindKey;
use crate::ids::UserId;

/// An identity at an OpenID provider signs this person in from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserIdentityLinked {
    pub user_id: UserId,
    /// The provider as the operator named it at that time.
    pub provider_id: String,
    /// Blind key of the issuer alone: a person has one identity at each.
    pub issuer_key: BlindKey,
    /// Blind key of issuer and subject, which finds the person.
    pub identity_key: BlindKey,
    #[serde(skip)]
    pub private: Option<LinkedIdentity>,
}
facts_and_private!(UserIdentityLinked = "user.identity_linked");

/// What the provider said when the identity was linked, sealed with the workspace key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LinkedIdentity {
    pub issuer: Option<String>,
    pub subject: Option<String>,
    /// The verified address by which the account was found.
    pub email: Option<String>,
}

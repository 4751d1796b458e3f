//! Facts about keys for programs. What a key is called and from where it may be used is configuration, like a brand's
//! name, so it stays readable.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts;
use crate::access::Role;
use crate::ids::*;
use crate::time::Timestamp;

/// What a key may do, within what its maker may do.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct KeyTerms {
    pub name: String,
    pub role: Role,
    /// Names of permissions.
    pub scopes: BTreeSet<String>,
    /// `None`: all brands.
    pub brand_ids: Option<BTreeSet<BrandId>>,
    /// `None`: the maker's teams.
    pub team_ids: Option<BTreeSet<TeamId>>,
    /// Networks it may be used from, as CIDR; empty: from anywhere.
    pub allowed_ips: Vec<String>,
    /// `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ApiKeyCreated {
    pub key_id: KeyId,
    /// Who made it, and in whose name it acts.
    pub user_id: UserId,
    pub terms: KeyTerms,
    /// SHA-256 of the secret, hexadecimal; the secret itself is never stored.
    pub secret_hash: String,
}
facts!(ApiKeyCreated = "api_key.created");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ApiKeyChanged {
    pub key_id: KeyId,
    pub terms: KeyTerms,
}
facts!(ApiKeyChanged = "api_key.changed");

/// It has a new secret; the one before is void at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ApiKeyRotated {
    pub key_id: KeyId,
    pub secret_hash: String,
}
facts!(ApiKeyRotated = "api_key.rotated");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ApiKeyRevoked {
    pub key_id: KeyId,
}
facts!(ApiKeyRevoked = "api_key.revoked");

/// It was used; written down at most once an hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ApiKeyUsed {
    pub key_id: KeyId,
    pub last_used_at: Timestamp,
}
facts!(ApiKeyUsed = "api_key.used");

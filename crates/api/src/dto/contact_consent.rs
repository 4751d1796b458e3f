//! What customers agreed to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::conversation::UserSummary;
use super::scalar::*;

/// What customers are asked to agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    Marketing,
    /// Messages about their own matters that the business begins.
    Service,
    /// Being asked how satisfied they are.
    Csat,
}

/// What a customer last said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    OptedIn,
    OptedOut,
    /// Nothing.
    Unknown,
}

/// What somebody can write down that a customer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentWord {
    OptedIn,
    OptedOut,
}

/// Who says what a customer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentSource {
    /// The customer's choice at the provider.
    ProviderPreference,
    /// What the customer wrote or tapped.
    Keyword,
    Agent,
    Import,
    Api,
}

/// How a customer stands to a purpose. The newest word counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactConsent {
    pub contact_id: ContactId,
    pub purpose: ConsentPurpose,
    pub state: ConsentState,
    /// When they said so; null: nothing was said.
    #[schema(required)]
    pub at: Option<Timestamp>,
    /// Every word, newest first; the last 200.
    #[schema(max_items = 200)]
    pub history: Vec<ConsentEntry>,
}

/// One word about a purpose.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentEntry {
    pub state: ConsentWord,
    /// When the customer said it.
    pub at: Timestamp,
    /// When it was written down.
    pub noted_at: Timestamp,
    /// Null: from before it was written down.
    #[schema(required)]
    pub source: Option<ConsentSource>,
    /// Who wrote it down; null: nobody of the team.
    #[schema(required)]
    pub by: Option<UserSummary>,
    /// Null: none was given, or the customer is erased.
    #[schema(required, max_length = 500)]
    pub evidence: Option<String>,
    pub pos: Position,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetContactConsent {
    pub state: ConsentWord,
    /// Where they said so, such as a form and its date. A yes needs it.
    #[schema(max_length = 500, pattern = "^[^\\u0000]*$")]
    pub evidence: Option<String>,
}

/// A purpose and what was said to it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    pub purpose: ConsentPurpose,
    pub state: ConsentWord,
}

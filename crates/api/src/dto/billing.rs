//! What the workspace has bought, and what messages cost.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scalar::{Currency, Position, Timestamp};
use crate::extract::Patch;

/// The contract. A workspace that never recorded one has version 0 and as many seats as it likes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Billing {
    pub version: Position,
    #[schema(required, max_length = 100)]
    pub plan: Option<String>,
    /// Accounts and open invites at most; null: no limit.
    #[schema(required, minimum = 1, maximum = 1_000_000)]
    pub seats: Option<u32>,
    /// Taken now. More than `seats` after those were lowered: nobody is locked out, and nobody new comes in.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub seats_used: u32,
    #[schema(required, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub renewal_date: Option<String>,
    #[schema(required)]
    pub billing_contact: Option<BillingContact>,
}

/// Who is written to about bills.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BillingContact {
    #[schema(max_length = 254)]
    pub name: String,
    #[schema(max_length = 254)]
    pub email: String,
}

/// A change of the contract. Absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBilling {
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub plan: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    pub seats: Patch<u32>,
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub renewal_date: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<UpdateBillingContact>)]
    pub billing_contact: Patch<UpdateBillingContact>,
}

/// A change of the billing contact; where there was none, both are needed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateBillingContact {
    #[schema(min_length = 1, max_length = 254)]
    pub name: Option<String>,
    #[schema(min_length = 3, max_length = 254, pattern = "^[^@\\s]+@[^@\\s]+$")]
    pub email: Option<String>,
}

/// The rates in force for a currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RateCard {
    pub currency: Currency,
    pub version: Position,
    pub changed_at: Timestamp,
    #[schema(max_items = 4000)]
    pub rates: Vec<Rate>,
}

/// What one message costs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Rate {
    /// Country calling code of the recipient (`49`, `1876`), or `*` for every market without a rate of its own.
    #[schema(pattern = "^(\\*|[1-9][0-9]{0,3})$")]
    pub market: String,
    /// The provider's word: `marketing`, `utility`, `authentication`, `service`, …
    #[schema(pattern = "^[a-z0-9_-]{1,64}$")]
    pub category: String,
    /// The first day of a month; in force until a later one begins.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    pub valid_from: String,
    /// Millionths of the currency's unit: 113100 is 0.1131.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub price_micros: u64,
}

/// All rates of a currency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceRateCard {
    #[schema(max_items = 4000)]
    pub rates: Vec<NewRate>,
}

/// A rate. What is wrong with one is told with 422 and its place.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRate {
    #[schema(max_length = 16)]
    pub market: String,
    #[schema(max_length = 64)]
    pub category: String,
    #[schema(max_length = 10)]
    pub valid_from: String,
    #[schema(minimum = 0, maximum = 1_000_000_000_000u64)]
    pub price_micros: u64,
}

/// A card without its rates.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RateCardSummary {
    pub currency: Currency,
    pub version: Position,
    pub changed_at: Timestamp,
    #[schema(minimum = 0, maximum = 4_000)]
    pub rate_count: u32,
}

/// Every currency with a card.
#[derive(Debug, Serialize, ToSchema)]
pub struct RateCardList {
    #[schema(max_items = 20)]
    pub data: Vec<RateCardSummary>,
    pub as_of: Position,
}

//! Facts about what the workspace pays: the plan, and the rates by which usage is costed.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::calendar::Date;

/// The contract as it stands from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BillingChanged {
    pub plan: Option<String>,
    /// Accounts and open invites at most; `None`: no limit.
    pub seats: Option<u32>,
    pub renewal_date: Option<Date>,
    pub contact: ContactChange,
    /// The contact, where it was set.
    #[serde(skip)]
    pub private: Option<BillingContact>,
}
facts_and_private!(BillingChanged = "billing.changed");

/// What became of the billing contact: the one in force is in the last event that set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContactChange {
    Kept,
    Set,
    Cleared,
}

/// Who is written to about bills. Sealed with the workspace key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BillingContact {
    pub name: String,
    pub email: String,
}

/// All rates of one currency. Takes the place of the card before it; what was costed by that one is costed anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RateCardReplaced {
    /// ISO 4217, three capital letters.
    pub currency: String,
    pub rates: Vec<Rate>,
}
facts!(RateCardReplaced = "rate_card.replaced");

/// What one message costs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Rate {
    /// Country calling code of the recipient, or `*` for every market without a rate of its own.
    pub market: String,
    /// The provider's word.
    pub category: String,
    /// The first day of a month. In force until a later one of the same market and category begins.
    pub valid_from: Date,
    /// Millionths of the currency's unit.
    pub price_micros: u64,
}

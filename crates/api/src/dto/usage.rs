//! What was used, and what it cost.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::scalar::{ChannelId, Currency, Position};

/// By what usage is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UsageGroup {
    Month,
    Channel,
    Category,
    Market,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct UsageQuery {
    /// The first month, UTC; this month when absent.
    #[param(pattern = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$")]
    pub from: Option<String>,
    /// The last month; the first one when absent. At most 36 months.
    #[param(pattern = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$")]
    pub to: Option<String>,
    /// Month, channel and category when absent.
    #[param(inline, style = Form, explode = false)]
    pub group_by: Option<Vec<UsageGroup>>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct UsageCostQuery {
    /// The first month, UTC; this month when absent.
    #[param(pattern = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$")]
    pub from: Option<String>,
    /// The last month; the first one when absent. At most 36 months.
    #[param(pattern = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])$")]
    pub to: Option<String>,
    /// Whose rate card is applied.
    #[param(inline)]
    pub currency: Currency,
}

/// Usage of some months.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub from: String,
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub to: String,
    /// Messages that arrived, as the provider bills them: each once.
    #[schema(max_items = 10000)]
    pub messages: Vec<MessageUsage>,
    #[schema(max_items = 10000)]
    pub traffic: Vec<Traffic>,
    #[schema(max_items = 36)]
    pub workspace: Vec<WorkspaceUsage>,
    pub as_of: Position,
}

/// Messages counted together. A group that was not asked for is null.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MessageUsage {
    #[schema(required, pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub month: Option<String>,
    #[schema(required)]
    pub channel_id: Option<ChannelId>,
    /// The provider's word.
    #[schema(required, max_length = 64)]
    pub category: Option<String>,
    /// Country calling code of the recipient, or `unknown`.
    #[schema(required, pattern = "^([1-9][0-9]{0,3}|unknown)$")]
    pub market: Option<String>,
    pub billable: Position,
    pub free: Position,
}

/// A number's traffic in a month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Traffic {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub month: String,
    pub channel_id: ChannelId,
    pub messages_in: Position,
    /// Taken by the provider, or written in the phone app.
    pub messages_out: Position,
    pub conversations_opened: Position,
}

/// The workspace in a month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WorkspaceUsage {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub month: String,
    /// Users who did anything.
    pub active_users: Position,
    /// Bytes of files kept at the month's end, or now.
    pub stored_bytes: Position,
}

/// Billable messages of some months at the rates that held.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageCosts {
    pub currency: Currency,
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub from: String,
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub to: String,
    #[schema(max_items = 10000)]
    pub costs: Vec<UsageCost>,
    /// What the card has no rate for; not in the total.
    #[schema(max_items = 10000)]
    pub unpriced: Vec<UnpricedUsage>,
    /// Millionths of the currency's unit.
    pub total_micros: Position,
    pub as_of: Position,
}

/// What some messages cost.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UsageCost {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub month: String,
    pub channel_id: ChannelId,
    #[schema(max_length = 64)]
    pub category: String,
    /// Country calling code of the recipient, or `unknown`.
    #[schema(pattern = "^([1-9][0-9]{0,3}|unknown)$")]
    pub market: String,
    pub messages: Position,
    /// Of one message, in millionths of the currency's unit.
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub price_micros: u64,
    pub cost_micros: Position,
}

/// Messages without a rate.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnpricedUsage {
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub month: String,
    pub channel_id: ChannelId,
    #[schema(max_length = 64)]
    pub category: String,
    /// Country calling code of the recipient, or `unknown`.
    #[schema(pattern = "^([1-9][0-9]{0,3}|unknown)$")]
    pub market: String,
    pub messages: Position,
}

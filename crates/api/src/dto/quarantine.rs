//! Webhook items that could not be applied.

use serde::Serialize;
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{Position, QuarantineId, Timestamp};

/// An item without a place, kept until somebody tries it again or discards it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineItem {
    pub id: QuarantineId,
    pub pos: Position,
    pub received_at: Timestamp,
    /// Why it could not be applied: `unknown_number`, `wrong_app`, `broken`, `unknown_field`.
    #[schema(max_length = 64)]
    pub reason: String,
    /// The same in words.
    #[schema(required, max_length = 1000)]
    pub detail: Option<String>,
    /// The webhook field it came in.
    #[schema(required, max_length = 200)]
    pub field: Option<String>,
    /// The item as it came; null in lists.
    #[schema(required, max_length = 4_194_304)]
    pub raw: Option<String>,
}
page! { /// Items, oldest first.
QuarantinePage of QuarantineItem }

/// What came of trying an item again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reinterpretation {
    /// It has its place now and is no longer in quarantine.
    pub applied: bool,
}

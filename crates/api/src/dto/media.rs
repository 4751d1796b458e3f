//! Files.

use serde::Serialize;
use utoipa::ToSchema;

use super::scalar::{MediaId, Position, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaState {
    /// Known, not fetched from the provider yet.
    Pending,
    Stored,
    Failed,
    Erased,
}

/// A file without its bytes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Media {
    pub id: MediaId,
    pub state: MediaState,
    /// As found in the bytes, not as claimed.
    #[schema(required, max_length = 255)]
    pub mime_type: Option<String>,
    #[schema(required)]
    pub size_bytes: Option<Position>,
    #[schema(required, max_length = 255)]
    pub filename: Option<String>,
    /// Why it will not come; null unless it failed.
    #[schema(required, max_length = 64)]
    pub failure: Option<String>,
    pub created_at: Timestamp,
}

/// An address that works without a token for a short while.
#[derive(Debug, Serialize, ToSchema)]
pub struct MediaLink {
    #[schema(max_length = 1000)]
    pub url: String,
    pub expires_at: Timestamp,
}

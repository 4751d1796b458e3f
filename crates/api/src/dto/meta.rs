//! What the server says about itself.

use serde::Serialize;
use utoipa::ToSchema;

use super::scalar::Timestamp;

/// Where to go from here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Welcome {
    #[schema(max_length = 50)]
    pub name: String,
    #[schema(max_length = 50)]
    pub version: String,
    /// The API browser.
    #[schema(max_length = 200)]
    pub docs: String,
    /// The contract.
    #[schema(max_length = 200)]
    pub openapi: String,
    /// The contract of the live stream.
    #[schema(max_length = 200)]
    pub asyncapi: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Meta {
    #[schema(max_length = 50)]
    pub name: String,
    #[schema(max_length = 50)]
    pub version: String,
    #[schema(max_items = 10)]
    pub api_versions: Vec<String>,
    pub server_time: Timestamp,
    pub limits: Limits,
}

/// Bounds that clients may want to know beforehand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limits {
    /// Bytes of a JSON body.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991u64)]
    pub json_bytes: u64,
    /// Bytes of a message's JSON body.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991u64)]
    pub message_bytes: u64,
    #[schema(minimum = 1, maximum = 200)]
    pub page_limit_default: u16,
    #[schema(minimum = 1, maximum = 200)]
    pub page_limit_max: u16,
    #[schema(minimum = 1, maximum = 86_400)]
    pub access_token_seconds: u32,
}

/// Whether the process lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`: a process that cannot say so does not answer.
    #[schema(max_length = 10)]
    pub status: String,
}

/// One thing that must be right before requests should come here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    #[schema(max_length = 50)]
    pub name: String,
    pub ok: bool,
}

/// Whether requests should come here.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    #[schema(max_length = 10)]
    pub status: String,
    #[schema(max_items = 20)]
    pub checks: Vec<Check>,
}

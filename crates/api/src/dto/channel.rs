//! Brands and connected numbers. Credentials go in and never come out.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{BrandId, ChannelId, Position, TeamId, Timestamp};

/// A wall around channels and contacts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Brand {
    pub id: BrandId,
    #[schema(max_length = 100)]
    pub name: String,
}
page! { /// Brands.
BrandPage of Brand }

/// A new brand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBrand {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
}

/// What a channel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChannelType {
    Whatsapp,
}

/// A connected number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Channel {
    pub id: ChannelId,
    pub version: Position,
    pub r#type: ChannelType,
    #[schema(max_length = 100)]
    pub name: String,
    #[schema(pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub phone_e164: String,
    pub brand_id: BrandId,
    /// The team whose queue new conversations begin in; null: the brand's common one.
    #[schema(required)]
    pub default_team_id: Option<TeamId>,
    /// Takes part in sending.
    pub enabled: bool,
    #[schema(pattern = "^[0-9]{1,32}$")]
    pub phone_number_id: String,
    #[schema(pattern = "^[0-9]{1,32}$")]
    pub waba_id: String,
    /// Null: the provider's own address.
    #[schema(required, max_length = 300)]
    pub graph_base_url: Option<String>,
    #[schema(max_length = 16)]
    pub graph_version: String,
}
page! { /// Channels.
ChannelPage of Channel }

/// A number to connect.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectChannel {
    pub r#type: ChannelType,
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The business's own number.
    #[schema(pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub phone_e164: String,
    /// Absent: the first brand.
    pub brand_id: Option<BrandId>,
    /// Absent: the provider's own address.
    #[schema(max_length = 300, pattern = "^https?://[^\\s]+$")]
    pub graph_base_url: Option<String>,
    /// Absent: the version this server was written for.
    #[schema(pattern = "^v[0-9]{1,3}\\.[0-9]{1,2}$")]
    pub graph_version: Option<String>,
    pub credentials: ChannelCredentials,
}

/// What opens the provider's doors.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelCredentials {
    #[schema(pattern = "^[0-9]{1,32}$")]
    pub phone_number_id: String,
    #[schema(pattern = "^[0-9]{1,32}$")]
    pub waba_id: String,
    #[schema(value_type = String, min_length = 1, max_length = 1024)]
    pub access_token: SecretString,
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    pub app_secret: SecretString,
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    pub verify_token: SecretString,
}

/// New secrets; absent ones stay. The previous app secret is accepted until the next rotation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateSecret {
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1024)]
    pub access_token: Option<SecretString>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    pub app_secret: Option<SecretString>,
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    pub verify_token: Option<SecretString>,
}

/// A change of a channel. Absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateChannel {
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[schema(pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub phone_e164: Option<String>,
    #[schema(max_length = 300, pattern = "^https?://[^\\s]+$")]
    pub graph_base_url: Option<String>,
    #[schema(pattern = "^v[0-9]{1,3}\\.[0-9]{1,2}$")]
    pub graph_version: Option<String>,
    pub enabled: Option<bool>,
    /// Null: new conversations begin in the brand's common queue.
    #[serde(default)]
    #[schema(value_type = Option<TeamId>)]
    pub default_team_id: crate::extract::Patch<TeamId>,
}

/// What the provider lets a number do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChannelHealth {
    /// False: the provider refuses everything (token, account) and the queue waits.
    pub sending: bool,
    /// The provider's code behind a refusal.
    #[schema(required, minimum = -2_147_483_648, maximum = 2_147_483_647)]
    pub error_code: Option<i64>,
    /// `GREEN`, `YELLOW`, `RED` or another word of the provider's.
    #[schema(required, max_length = 64)]
    pub quality_rating: Option<String>,
    /// Messages per second, in and out together.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub throughput_mps: u32,
    /// Whether templates may be sent now.
    pub may_initiate: bool,
    /// When templates may be sent again, where the provider told.
    #[schema(required)]
    pub barred_until: Option<Timestamp>,
}

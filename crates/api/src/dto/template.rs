//! Message templates.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::page::page;
use super::scalar::{ChannelId, TemplateId};

/// A template of a WhatsApp Business Account, as the provider last told. Its words are the provider's.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Template {
    pub id: TemplateId,
    #[schema(max_length = 64)]
    pub waba_id: String,
    #[schema(max_length = 512)]
    pub name: String,
    #[schema(max_length = 32)]
    pub language: String,
    #[schema(required, max_length = 64)]
    pub status: Option<String>,
    #[schema(required, max_length = 64)]
    pub category: Option<String>,
    #[schema(required, max_length = 64)]
    pub quality: Option<String>,
    #[schema(required, max_length = 2000)]
    pub reason: Option<String>,
    /// In the Cloud API's shape; null when only its name is known.
    #[schema(required, value_type = Option<Vec<Object>>, max_items = 50)]
    pub components: Option<Value>,
}
page! { /// Templates.
TemplatePage of Template }

/// Which templates.
#[derive(Debug, Deserialize, IntoParams)]
pub struct TemplateQuery {
    /// Those of a channel's account.
    #[param(inline)]
    pub channel_id: Option<ChannelId>,
    #[param(max_length = 512)]
    pub name: Option<String>,
    /// `APPROVED` and the like, in the provider's words.
    #[param(max_length = 64)]
    pub status: Option<String>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// What a look at the provider's list came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateSync {
    /// Templates the account has.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub count: u32,
}

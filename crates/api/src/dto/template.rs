//! Message templates.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::page::page;
use super::scalar::TemplateId;

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

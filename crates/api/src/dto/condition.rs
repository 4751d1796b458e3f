//! Conditions, as rules and policies take and show them.

use std::borrow::Cow;

use domain::rejection::Rejection;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::Problem;

/// A tree of `all`, `any` and `none` over tests. Kept as the JSON it is on the wire: the domain reads it, and names every
/// place that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Condition(pub Value);

impl Condition {
    /// The condition, which stands at `pointer` of the body.
    pub(crate) fn read(&self, pointer: &str) -> Result<domain::condition::Condition, Problem> {
        domain::condition::parse(&self.0, pointer).map_err(|errors| Rejection::Fields(errors).into())
    }
}

impl From<&domain::condition::Condition> for Condition {
    fn from(condition: &domain::condition::Condition) -> Self {
        Self(serde_json::to_value(condition).unwrap_or_default())
    }
}

const DESCRIPTION: &str = "What must hold: `{\"all\": […]}`, `{\"any\": […]}` or `{\"none\": […]}` of conditions, or a test \
`{\"field\": …, \"op\": …, \"value\": …}`. At most 50 tests, groups four deep. `{\"all\": []}` fits everything. Fields: `text` \
(`has_any_word`, `has_all_words`, `contains`, `starts_with`), `message_type`, `channel_id`, `brand_id`, `team_id`, `language`, \
`attribute.<key>`, `tag`, `priority`, `status`, `origin`, `returning`, `episode`, `seconds_since_resolved`, \
`last_assignee_id`, `referral_source`, `open_hours_id`, of automation `assignee_id`, `author` (`customer`, `agent`, \
`automation`, `system`), `rating`, `sla_metric`, and of the contact `segment_id`, `contact_tag`, `blocked`, \
`consent.<purpose>` (`opted_in`, `opted_out`), `conversations`, `seconds_since_last_seen`, `seconds_since_created` (`is`, \
`in`, `not_in`; numbers also `at_least`, `at_most`); every field \
`is_present` and `is_absent`. Words are whole words whatever their case; a language covers its regions; what is \
absent fits only `not_in` and `is_absent`.";

impl PartialSchema for Condition {
    fn schema() -> RefOr<Schema> {
        let anything = AdditionalProperties::FreeForm(true);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(DESCRIPTION))
            .additional_properties(Some(anything))
            .max_properties(Some(3))
            .examples([serde_json::json!({"all": [{"field": "text", "op": "has_any_word", "value": ["refund"]}]})])
            .build()
            .into()
    }
}
impl ToSchema for Condition {
    fn name() -> Cow<'static, str> {
        "Condition".into()
    }
}

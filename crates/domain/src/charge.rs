//! What a message costs by the provider's word: its category, and whether it is billed at all. The amount is nobody's
//! business here; rates are applied to counts when somebody asks.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest category word kept; the provider's are short.
const CATEGORY_CHARS_MAX: usize = 64;

/// How one message is metered: once, on the report that makes it certain.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Charge {
    /// `marketing`, `utility`, `authentication`, `authentication-international`, `service`, …: the provider's word in lower
    /// case; `unknown` where it gave none.
    pub category: String,
    pub billable: bool,
    /// Country calling code of the recipient, where one is known; see [`crate::market`].
    pub market: Option<String>,
}

impl Charge {
    /// Reads the provider's pricing object. `type` decides, because the provider retires `billable`; where both are
    /// missing only service messages are taken for free.
    pub fn of(pricing: &Value, market: Option<&str>) -> Self {
        let word = |name: &str| pricing.get(name).and_then(Value::as_str);
        let category: String = word("category").unwrap_or("unknown").to_lowercase();
        let billable = match (word("type"), pricing.get("billable").and_then(Value::as_bool)) {
            (Some(kind), _) if kind.starts_with("free") => false,
            (Some("regular"), _) => true,
            (_, Some(billable)) => billable,
            (_, None) => !matches!(category.as_str(), "service" | "referral_conversion"),
        };
        let plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        let category: String = category.chars().filter(plain).take(CATEGORY_CHARS_MAX).collect();
        let category = if category.is_empty() { "unknown".to_owned() } else { category };
        Self { category, billable, market: market.map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_type_says_whether_it_is_billed_and_the_older_flag_where_it_is_missing() {
        for (pricing, billable) in [
            (json!({"type": "regular", "billable": false, "category": "utility"}), true),
            (json!({"type": "free_entry_point", "billable": true, "category": "marketing"}), false),
            (json!({"type": "free_customer_service", "category": "service"}), false),
            (json!({"type": "new_word", "billable": true, "category": "service"}), true),
            (json!({"billable": false, "category": "utility"}), false),
            (json!({"category": "marketing"}), true),
            (json!({"category": "service"}), false),
        ] {
            assert_eq!(Charge::of(&pricing, None).billable, billable, "{pricing}");
        }
    }

    #[test]
    fn a_category_is_a_short_plain_word() {
        let category = |pricing: Value| Charge::of(&pricing, Some("49")).category;
        assert_eq!(category(json!({"category": "MARKETING_LITE"})), "marketing_lite");
        assert_eq!(category(json!({})), "unknown");
        assert_eq!(category(json!({"category": "=€"})), "unknown");
        assert_eq!(category(json!({"category": "x".repeat(500)})).len(), CATEGORY_CHARS_MAX);
    }
}

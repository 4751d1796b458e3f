//! How templates are reviewed. What becomes of one is said by the first word of its name, so that people can try it by hand:
//!
//! | name begins with | what becomes of it |
//! |---|---|
//! | `instant_` | approved in the answer itself |
//! | `rejected_` | rejected for its format, with advice |
//! | `promotional_` | approved as marketing, whatever it was submitted as |
//! | `slow_` | nothing, until `PUT /sim/templates/{waba_id}/{name}/status` |
//!
//! All others are approved after [`REVIEW`]. The decision is told by a webhook.

use std::time::Duration;

use serde_json::{Value, json};

use super::error::GraphError;
use super::template_fit::{component, variables};
use super::world::{Template, World};

/// How long a review takes.
pub(super) const REVIEW: Duration = Duration::from_millis(1_500);

/// What a review comes to.
#[derive(Debug, Clone)]
pub(super) struct Review {
    pub(super) at_ms: i64,
    status: &'static str,
    reason: &'static str,
    category: Option<&'static str>,
}

/// The review of a template that comes in now; `None`: nobody looks at it.
pub(super) fn begin(now_ms: i64, name: &str) -> Option<Review> {
    let at_ms = now_ms + REVIEW.as_millis() as i64;
    let approved = Review { at_ms, status: "APPROVED", reason: "NONE", category: None };
    match name.split_once('_').map_or(name, |(first, _)| first) {
        "instant" => Some(Review { at_ms: now_ms, ..approved }),
        "rejected" => Some(Review { status: "REJECTED", reason: "INVALID_FORMAT", ..approved }),
        "promotional" => Some(Review { category: Some("MARKETING"), ..approved }),
        "slow" => None,
        _ => Some(approved),
    }
}

/// Takes over a review whose time has come. Asked whenever a template is looked at.
pub(super) fn settle(template: &mut Template, now_ms: i64) {
    let Some(review) = template.review.take_if(|review| review.at_ms <= now_ms) else { return };
    template.status = review.status.to_owned();
    template.rejected_reason = review.reason.to_owned();
    if let Some(category) = review.category {
        template.category = category.to_owned();
    }
}

/// Puts the webhooks of a review on their way.
pub(super) fn announce(world: &World, waba: &str, template: &Template) {
    let Some(review) = &template.review else { return };
    let after = Duration::from_millis(u64::try_from(review.at_ms - world.now_ms()).unwrap_or_default());
    let named = |mut value: Value| {
        value["message_template_id"] = json!(template.id.parse::<u64>().unwrap_or(0));
        value["message_template_name"] = json!(template.name);
        value["message_template_language"] = json!(template.language.replace('_', "-"));
        value
    };
    let mut status = json!({
        "event": review.status, "reason": review.reason,
        "message_template_category": review.category.unwrap_or(&template.category),
    });
    if review.status == "REJECTED" {
        status["rejection_info"] = json!({
            "reason": "The text has a variable next to a word it belongs to.",
            "recommendation": "Say in the text what the variable is, and submit it again.",
        });
    }
    world.queue_change_after(waba, "message_template_status_update", named(status), after);
    if let Some(category) = review.category.filter(|category| *category != template.category) {
        let change = json!({ "previous_category": template.category, "new_category": category });
        world.queue_change_after(waba, "template_category_update", named(change), after);
    }
}

/// What the real one refuses before anybody reviews it.
pub(super) fn check(category: &str, components: &Value) -> Result<(), GraphError> {
    let wrong = |subcode: i64, details: &str| Err(GraphError { subcode: Some(subcode), ..GraphError::param(details) });
    if !matches!(category, "UTILITY" | "MARKETING" | "AUTHENTICATION") {
        return Err(GraphError::param("category must be one of UTILITY, MARKETING, AUTHENTICATION"));
    }
    let Some(body) = component(components, "BODY") else {
        return wrong(2_388_072, "components: a template has a BODY");
    };
    let text = body["text"].as_str().unwrap_or_default();
    let names = variables(text);
    if text.chars().count() > 1024 {
        return wrong(2_388_040, "The body has more than 1024 characters");
    }
    let trimmed = text.trim();
    if trimmed.starts_with("{{") || trimmed.ends_with("}}") {
        return wrong(2_388_299, "Variables can't be at the start or end of the template");
    }
    if text.split_whitespace().count() < 2 * names.len() + 1 && !names.is_empty() {
        return wrong(2_388_293, "This template has too many variables for its length");
    }
    if !names.is_empty() && !body["example"].is_object() {
        return wrong(2_388_043, "components: the BODY has variables and no example of them");
    }
    if let Some(header) = component(components, "HEADER")
        && header["text"].as_str().is_some_and(|text| text.chars().count() > 60)
    {
        return wrong(2_388_047, "The header has more than 60 characters");
    }
    if component(components, "FOOTER")
        .and_then(|footer| footer["text"].as_str())
        .is_some_and(|text| text.chars().count() > 60)
    {
        return wrong(2_388_073, "The footer has more than 60 characters");
    }
    Ok(())
}

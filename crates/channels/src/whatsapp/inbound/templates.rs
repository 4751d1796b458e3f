//! Webhooks about message templates: status, quality, category and components.

use domain::inbound::{InboundFact, InboundItem, TemplateChange};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::envelope::{self, Entry};
use super::item::{Object, items, str_of, text};
use super::{Scope, account_text, broken};

/// Whether a webhook field is about a template.
pub(super) fn is_template_field(field: &str) -> bool {
    matches!(
        field,
        "message_template_status_update"
            | "message_template_quality_update"
            | "message_template_components_update"
            | "template_category_update"
            | "message_template_category_update"
    )
}

/// Reads one. What it tells is found by its keys and not by the field, because the fields have been mixed up.
pub(super) fn read(entry: &Entry<'_>, scope: &Scope<'_>, raw: &RawValue, value: &RawValue) -> InboundItem {
    let change = envelope::object(value.get()).ok_or("the value cannot be read").and_then(|value| change(scope, value));
    let fact = change.map_or_else(|reason| broken(&scope.field, reason), InboundFact::Template);
    InboundItem { route: scope.route.clone(), fact, raw: account_text(entry, raw) }
}

fn change(scope: &Scope<'_>, value: Object) -> Result<TemplateChange, &'static str> {
    let mut change = TemplateChange {
        provider_id: text(&value, "message_template_id"),
        name: text(&value, "message_template_name").ok_or("the template has no name")?,
        language: text(&value, "message_template_language").ok_or("the template has no language")?,
        at: scope.made,
        ..TemplateChange::default()
    };
    if let Some(quality) = text(&value, "new_quality_score") {
        change.quality = Some(quality.to_uppercase());
    } else if let Some(category) = text(&value, "new_category") {
        change.category = Some(category.to_uppercase());
        // With both, the new category is the one in force and the correct one is to come.
        change.coming_category = text(&value, "correct_category").map(|category| category.to_uppercase());
    } else if let Some(status) = text(&value, "event") {
        change.status = Some(status.to_uppercase());
        change.reason = text(&value, "reason").filter(|reason| reason != "NONE");
        change.category = text(&value, "message_template_category").map(|category| category.to_uppercase());
    } else if value.contains_key("message_template_element") || scope.field.contains("components") {
        change.components = Some(components(&value));
    }
    change.detail = Some(Value::Object(value));
    Ok(change)
}

/// Components in the shape of the template list, as far as the webhook tells them. A media header is not told.
fn components(value: &Object) -> Value {
    let mut components = Vec::new();
    if let Some(title) = text(value, "message_template_title") {
        components.push(json!({ "type": "HEADER", "format": "TEXT", "text": title }));
    }
    if let Some(body) = text(value, "message_template_element") {
        components.push(json!({ "type": "BODY", "text": body }));
    }
    if let Some(footer) = text(value, "message_template_footer") {
        components.push(json!({ "type": "FOOTER", "text": footer }));
    }
    let buttons: Vec<Value> =
        items(value, "message_template_buttons").iter().filter_map(Value::as_object).map(button).collect();
    if !buttons.is_empty() {
        components.push(json!({ "type": "BUTTONS", "buttons": buttons }));
    }
    Value::Array(components)
}

fn button(told: &Object) -> Value {
    let mut button = Map::new();
    for (key, told_key) in [
        ("type", "message_template_button_type"),
        ("text", "message_template_button_text"),
        ("url", "message_template_button_url"),
        ("phone_number", "message_template_button_phone_number"),
    ] {
        if let Some(value) = str_of(told, told_key) {
            button.insert(key.to_owned(), value.into());
        }
    }
    Value::Object(button)
}

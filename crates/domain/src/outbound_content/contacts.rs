//! Contact cards that we send.

use serde_json::{Map, Value};

use super::report::{Presence, Report};

/// Most cards in a message.
const CARDS_MAX: usize = 257;
/// Most phones, addresses and so on of one card; the provider names no limit.
const DETAILS_MAX: usize = 50;
/// Longest single value of a card; the provider names no limit.
const VALUE_MAX: usize = 1000;
/// One of these must stand beside the formatted name.
const NAME_PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "prefix", "suffix"];

pub(super) fn check(report: &mut Report, body: &Value) {
    let Value::Array(cards) = body else {
        let code = if body.is_null() { "required" } else { "wrong_type" };
        return report.wrong("/contacts", code, "must be an array of cards");
    };
    match cards.len() {
        0 => report.wrong("/contacts", "too_short", "must have at least 1"),
        1..=CARDS_MAX => {}
        _ => return report.wrong("/contacts", "too_many", format!("must have at most {CARDS_MAX}")),
    }
    for (index, card) in cards.iter().enumerate() {
        let at = format!("/contacts/{index}");
        if let Some(card) = report.must_be_object(Some(card), &at) {
            check_card(report, card, &at);
        }
    }
}

fn check_card(report: &mut Report, card: &Map<String, Value>, at: &str) {
    if let Some(name) = report.object(card, at, "name", Presence::Required) {
        let at = format!("{at}/name");
        report.text(name, &at, "formatted_name", Presence::Required, VALUE_MAX);
        for part in NAME_PARTS {
            report.text(name, &at, part, Presence::Optional, VALUE_MAX);
        }
        if !NAME_PARTS.iter().any(|part| name.contains_key(*part)) {
            report.wrong(at, "required", format!("must have one of {}", NAME_PARTS.join(", ")));
        }
    }
    for (key, value) in [("phones", "phone"), ("emails", "email"), ("urls", "url"), ("addresses", "")] {
        let list = format!("{at}/{key}");
        for (index, item) in report.array(card, at, key, Presence::Optional, 0..=DETAILS_MAX).iter().enumerate() {
            let at = format!("{list}/{index}");
            if let Some(item) = report.must_be_object(Some(item), &at)
                && !value.is_empty()
            {
                report.text(item, &at, value, Presence::Optional, VALUE_MAX);
            }
        }
    }
    report.object(card, at, "org", Presence::Optional);
    report.text(card, at, "birthday", Presence::Optional, VALUE_MAX);
}

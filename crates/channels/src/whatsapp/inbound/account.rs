//! Webhooks about a number or an account. All are kept verbatim; what bears on sending is read out of them.

use domain::inbound::{AccountChange, Barred, InboundFact, InboundItem, Route};
use serde_json::Value;
use serde_json::value::RawValue;

use super::envelope::{self, Entry};
use super::item::{Object, instant, integer, items, nested, str_of, text};
use super::{Read, Scope, account_text, broken};

/// Messages per second of a number whose throughput has been raised.
const UPGRADED_MPS: u32 = 1_000;

/// Whether a webhook field is about a number or an account.
pub(super) fn is_account_field(field: &str) -> bool {
    matches!(
        field,
        "account_alerts"
            | "account_review_update"
            | "account_settings_update"
            | "account_update"
            | "business_capability_update"
            | "business_status_update"
            | "business_username_update"
            | "flows"
            | "partner_solutions"
            | "payment_configuration_update"
            | "phone_number_name_update"
            | "phone_number_quality_update"
            | "security"
            | "tracking_events"
    )
}

/// Reads one account webhook.
pub(super) fn read(entry: &Entry<'_>, scope: &Scope<'_>, raw: &RawValue, value: &RawValue) -> InboundItem {
    let text_of_item = account_text(entry, raw);
    let Some(value) = envelope::object(value.get()) else {
        let fact = broken(&scope.field, "the value cannot be read");
        return InboundItem { route: scope.route.clone(), fact, raw: text_of_item };
    };
    // Partner events come under the partner's id and name the account inside.
    let named = nested(&value, "waba_info").and_then(|info| text(info, "waba_id"));
    let route = match (&scope.route, named) {
        (Route::Account { display_number, .. }, Some(waba_id)) => {
            Route::Account { waba_id, display_number: display_number.clone() }
        }
        (route, _) => route.clone(),
    };
    InboundItem { route, fact: InboundFact::Account(change(scope, value)), raw: text_of_item }
}

/// Reads an error of the number itself, which is no message's.
pub(super) fn read_error(scope: &Scope<'_>, error: Object) -> Read {
    let event = error.get("code").and_then(integer).map(|code| code.to_string());
    Ok(InboundFact::Account(AccountChange { event, ..notice(scope, "errors", Value::Object(error)) }))
}

/// Reads an event of an advertisement. Its id is the id of a message, and it is not that message.
pub(super) fn read_automatic_event(scope: &Scope<'_>, item: Object) -> Read {
    let at = item.get("timestamp").and_then(instant).or(scope.made);
    let event = text(&item, "event_name");
    Ok(InboundFact::Account(AccountChange { event, at, ..notice(scope, &scope.field, Value::Object(item)) }))
}

fn change(scope: &Scope<'_>, value: Object) -> AccountChange {
    let event = text(&value, "event")
        .or_else(|| text(&value, "decision"))
        .or_else(|| nested(&value, "alert_info").and_then(|alert| text(alert, "alert_type")))
        .or_else(|| text(&value, "alert_type"))
        .or_else(|| text(&value, "status"));
    let word = event.as_deref().unwrap_or_default();
    let quality_field = scope.field == "phone_number_quality_update";
    let throughput_mps = (quality_field && word == "THROUGHPUT_UPGRADE").then_some(UPGRADED_MPS);
    let quality = match word {
        "FLAGGED" if quality_field => Some("RED".to_owned()),
        "UNFLAGGED" if quality_field => Some("UNKNOWN".to_owned()),
        _ => None,
    };
    let update = scope.field == "account_update";
    let enabled = if update { enabled(word, &value) } else { None };
    let business_initiated_barred = if update && word == "ACCOUNT_RESTRICTION" { barred(&value) } else { None };
    AccountChange {
        throughput_mps,
        quality,
        business_initiated_barred,
        enabled,
        event,
        ..notice(scope, &scope.field, Value::Object(value))
    }
}

/// A change that is only kept.
fn notice(scope: &Scope<'_>, field: &str, body: Value) -> AccountChange {
    AccountChange {
        field: field.to_owned(),
        event: None,
        throughput_mps: None,
        quality: None,
        business_initiated_barred: None,
        enabled: None,
        at: scope.made,
        body,
    }
}

/// Whether the account may send, where an event settles it.
fn enabled(event: &str, value: &Object) -> Option<bool> {
    match event {
        "DISABLED_UPDATE" => match nested(value, "ban_info").and_then(|ban| str_of(ban, "waba_ban_state")) {
            Some("DISABLE") => Some(false),
            Some("REINSTATE") => Some(true),
            _ => None,
        },
        "ACCOUNT_DELETED" | "ACCOUNT_OFFBOARDED" | "PARTNER_REMOVED" | "PARTNER_APP_UNINSTALLED" => Some(false),
        "ACCOUNT_RECONNECTED" | "PARTNER_ADDED" | "PARTNER_APP_INSTALLED" => Some(true),
        _ => None,
    }
}

/// Until when nothing but answers may be sent: the latest end of the restrictions that say so.
fn barred(value: &Object) -> Option<Barred> {
    items(value, "restriction_info")
        .iter()
        .filter_map(Value::as_object)
        .filter(|restriction| str_of(restriction, "restriction_type") == Some("RESTRICTED_BIZ_INITIATED_MESSAGING"))
        .map(|restriction| match restriction.get("expiration").and_then(instant) {
            Some(end) => Barred::Until(end),
            None => Barred::Indefinitely,
        })
        .reduce(|one, other| match (one, other) {
            (Barred::Until(one), Barred::Until(other)) => Barred::Until(one.max(other)),
            _ => Barred::Indefinitely,
        })
}

//! Webhook bodies into [`domain::inbound`] items. Called by the webhook endpoint after the signature has been checked.
//!
//! Reading never fails: an item that makes no sense becomes [`InboundFact::Broken`] and a field that we do not know
//! [`InboundFact::Unknown`], and what stands beside them is read all the same. Times are the provider's, unclamped.
//! Deciding what an item means for the desk, deduplicating and ordering are the desk's.

mod account;
mod calls;
mod coexistence;
mod content;
mod envelope;
mod groups;
mod identity;
mod item;
mod messages;
mod people;
mod plain;
mod repair;
mod reread;
mod statuses;
mod templates;

use std::borrow::Cow;

use domain::inbound::{InboundFact, InboundItem, Route};
use domain::time::Timestamp;
use serde_json::Value;
use serde_json::value::RawValue;

use self::envelope::{Change, Entry, Fields};
use self::item::Object;
use self::people::Cards;

pub use self::reread::reread;

/// The `object` of every WhatsApp webhook.
pub const OBJECT: &str = "whatsapp_business_account";

/// What a body held.
#[derive(Debug, Default)]
pub struct Parsed {
    /// In the order of the body.
    pub items: Vec<InboundItem>,
    /// The body is of another Graph object (another product on the same address) and none of our business; no items.
    pub wrong_object: bool,
}

/// Reads a body. See the module for what cannot be read.
pub fn parse(raw: &[u8]) -> Parsed {
    let text = std::str::from_utf8(raw).map_or_else(|_| String::from_utf8_lossy(raw), Cow::Borrowed);
    let text = text.strip_prefix('\u{feff}').map_or(text.as_ref(), |rest| rest);
    match plain::read(text) {
        Some(body) if body.object != OBJECT => Parsed { items: Vec::new(), wrong_object: true },
        Some(body) => Parsed { items: read_plain(&body), wrong_object: false },
        None => parse_patiently(text),
    }
}

fn read_plain(body: &plain::Body<'_>) -> Vec<InboundItem> {
    let mut items = Vec::new();
    for entry in &body.entry {
        for plain::Change { field, value } in &entry.changes {
            let scope = Scope {
                field: field.clone().into_owned(),
                route: Route::Number(value.metadata.phone_number_id.clone().into_owned()),
                made: entry.time.map(Value::from).as_ref().and_then(item::instant),
                business: Some(value.metadata.display_phone_number.clone().into_owned()),
                cards: plain_cards(&value.contacts),
            };
            for raw in &value.messages {
                match messages::read_text(&scope, raw) {
                    Some((fact, card)) => items.push(scope.item(fact, card, raw)),
                    None => scope.each(&[*raw], &mut items, messages::read),
                }
            }
            scope.messages_and_statuses(&[], &value.statuses, &mut items);
        }
    }
    items
}

/// Level by level, so that what is wrong with one part costs that part only.
fn parse_patiently(text: &str) -> Parsed {
    // A bare control character makes the whole body unreadable, envelope and all, so it is repaired whole.
    let repaired = match envelope::read_body(text) {
        Some(_) => Cow::Borrowed(text),
        None => Cow::Owned(repair::repaired(text)),
    };
    let Some(body) = envelope::read_body(&repaired) else { return unreadable(text) };
    if body.object.as_deref().is_some_and(|object| object != OBJECT) {
        return Parsed { items: Vec::new(), wrong_object: true };
    }
    let mut items = Vec::new();
    for entry in &body.entries {
        for change in &entry.changes {
            read_change(entry, change, &mut items);
        }
    }
    Parsed { items, wrong_object: false }
}

fn unreadable(text: &str) -> Parsed {
    let route = Route::Account { waba_id: String::new(), display_number: None };
    let fact = broken("body", "the body is not a JSON object");
    Parsed { items: vec![InboundItem { route, fact, raw: text.to_owned() }], wrong_object: false }
}

/// What the items of one value have in common.
struct Scope<'a> {
    field: String,
    route: Route,
    /// `entry.time`, which only some fields have.
    made: Option<Timestamp>,
    /// The number's own display form.
    business: Option<String>,
    cards: Cards<'a>,
}

type Read = Result<InboundFact, &'static str>;

impl Scope<'_> {
    /// Reads every item of a list and puts it, or what is wrong with it, at the end.
    fn each(&self, raws: &[&RawValue], out: &mut Vec<InboundItem>, read: impl Fn(&Self, Object) -> Read) {
        for raw in raws {
            let item = envelope::object(raw.get());
            let card = item.as_ref().and_then(|item| self.cards.beside(item));
            let fact = match item {
                Some(object) => read(self, object),
                None => Err("the item is not an object that can be read"),
            };
            let fact = fact.unwrap_or_else(|reason| broken(&self.field, reason));
            out.push(self.item(fact, card, raw));
        }
    }

    fn item(&self, fact: InboundFact, card: Option<&str>, raw: &RawValue) -> InboundItem {
        InboundItem { route: self.route.clone(), fact, raw: with_card(card, raw) }
    }

    fn messages_and_statuses(&self, messages: &[&RawValue], statuses: &[&RawValue], out: &mut Vec<InboundItem>) {
        self.each(messages, out, messages::read);
        self.each(statuses, out, |scope, item| {
            let call = item::str_of(&item, "type") == Some("call");
            if call { calls::read_status(scope, item) } else { statuses::read(scope, item) }
        });
    }
}

/// The text by which an item is kept should it find no place: with the card of whom it is about, which stands beside the
/// item and names them.
fn with_card(card: Option<&str>, raw: &RawValue) -> String {
    match card {
        Some(card) => [r#"{"contact":"#, card, r#","item":"#, raw.get(), "}"].concat(),
        None => raw.get().to_owned(),
    }
}

fn broken(field: &str, reason: &str) -> InboundFact {
    InboundFact::Broken { field: field.to_owned(), reason: reason.to_owned() }
}

fn read_change(entry: &Entry<'_>, raw: &RawValue, out: &mut Vec<InboundItem>) {
    let nowhere = || Route::Account { waba_id: entry.id.clone(), display_number: None };
    let Some(change) = envelope::read_change(raw) else {
        let fact = broken("change", "the change has no field or no value");
        out.push(InboundItem { route: nowhere(), fact, raw: raw.get().to_owned() });
        return;
    };
    let Some(fields) = envelope::fields(change.value.get()) else {
        let fact = broken(&change.field, "the value is not an object");
        out.push(InboundItem { route: nowhere(), fact, raw: raw.get().to_owned() });
        return;
    };
    let scope = scope(entry, &change, &fields);
    let before = out.len();
    read_value(entry, &scope, raw, &change, &fields, out);
    // A known field with nothing in it that we look for is kept whole.
    if out.len() == before && !is_empty_list(&scope.field, &fields) {
        let body = envelope::value(change.value.get()).unwrap_or(Value::Null);
        let fact = InboundFact::Unknown { field: scope.field.clone(), body };
        out.push(InboundItem { route: scope.route.clone(), fact, raw: raw.get().to_owned() });
    }
}

fn cards<'a>(raws: &[&'a RawValue]) -> Cards<'a> {
    let mut cards = Cards::default();
    for raw in raws {
        if let Some(card) = envelope::object(raw.get()) {
            cards.add(raw.get(), &card);
        }
    }
    cards
}

/// The same, by the straight way where a card is plain.
fn plain_cards<'a>(raws: &[&'a RawValue]) -> Cards<'a> {
    let mut cards = Cards::default();
    for raw in raws {
        if let Some(card) = plain::card(raw) {
            cards.add_plain(raw.get(), card);
        } else if let Some(card) = envelope::object(raw.get()) {
            cards.add(raw.get(), &card);
        }
    }
    cards
}

fn scope<'a>(entry: &Entry<'_>, change: &Change<'_>, fields: &Fields<'a>) -> Scope<'a> {
    let metadata = fields.get("metadata").and_then(|raw| envelope::object(raw.get())).unwrap_or_default();
    let own_number = fields.get("display_phone_number").and_then(|raw| envelope::value(raw.get()));
    let business =
        item::text(&metadata, "display_phone_number").or_else(|| own_number.as_ref().and_then(item::as_text));
    let route = match item::text(&metadata, "phone_number_id") {
        Some(number) => Route::Number(number),
        None => Route::Account { waba_id: entry.id.clone(), display_number: business.clone() },
    };
    let cards = cards(&fields.get("contacts").map(|raw| envelope::list(raw)).unwrap_or_default());
    let made = entry.time.as_ref().and_then(item::instant);
    Scope { field: change.field.clone(), route, made, business, cards }
}

fn read_value(
    entry: &Entry<'_>,
    scope: &Scope,
    raw: &RawValue,
    change: &Change<'_>,
    fields: &Fields<'_>,
    out: &mut Vec<InboundItem>,
) {
    let list = |key: &str| fields.get(key).map(|raw| envelope::list(raw)).unwrap_or_default();
    match scope.field.as_str() {
        "messages" => {
            scope.messages_and_statuses(&list("messages"), &list("statuses"), out);
            scope.each(&list("errors"), out, account::read_error);
        }
        "smb_message_echoes" | "message_echoes" => {
            scope.each(&list("message_echoes"), out, coexistence::read_echo);
            scope.each(&list("errors"), out, account::read_error);
        }
        "history" => {
            for chunk in list("history") {
                coexistence::read_chunk(scope, chunk, out);
            }
            scope.each(&list("messages"), out, coexistence::read_history_media);
        }
        "smb_app_state_sync" => scope.each(&list("state_sync"), out, coexistence::read_address_book),
        "user_preferences" => scope.each(&list("user_preferences"), out, identity::read_preference),
        "user_id_update" => scope.each(&list("user_id_update"), out, identity::read_rotation),
        "calls" => {
            scope.each(&list("calls"), out, calls::read);
            scope.each(&list("statuses"), out, calls::read_status);
            scope.each(&list("errors"), out, account::read_error);
        }
        "group_lifecycle_update" | "group_participants_update" | "group_settings_update" | "group_status_update" => {
            scope.each(&list("groups"), out, groups::read);
        }
        "automatic_events" => scope.each(&list("automatic_events"), out, account::read_automatic_event),
        field if templates::is_template_field(field) => {
            out.push(templates::read(entry, scope, raw, change.value));
        }
        field if account::is_account_field(field) => {
            out.push(account::read(entry, scope, raw, change.value));
        }
        _ => {}
    }
}

/// `{"messages": []}` and its like say nothing and are not worth keeping.
fn is_empty_list(field: &str, fields: &Fields<'_>) -> bool {
    let lists = ["messages", "statuses", "errors", "message_echoes", "history", "calls", "groups", field];
    lists.iter().any(|key| fields.get(*key).is_some_and(|raw| envelope::list(raw).is_empty()))
}

/// The text by which an account item is kept and deduplicated: the change, with the time its webhook was made, because
/// the same thing can happen twice.
fn account_text(entry: &Entry<'_>, raw: &RawValue) -> String {
    match &entry.time {
        Some(time) => format!(r#"{{"time":{time},"change":{}}}"#, raw.get()),
        None => raw.get().to_owned(),
    }
}

#[cfg(test)]
mod tests;

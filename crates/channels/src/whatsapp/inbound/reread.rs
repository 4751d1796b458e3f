//! One item that was kept by itself, read again: it is put back into a body of the provider's shape and read like any
//! other, so that what a later version can read, or a newly connected number can place, is read by the same code.

use domain::inbound::{InboundItem, Route};
use serde_json::{Value, json};

use super::{OBJECT, parse};

/// Reads an item kept under a webhook field (`messages` for everything that stands in a number's own webhooks). `raw` is
/// the item's text, its change's, or the whole body's, whichever could be taken apart.
pub fn reread(route: &Route, field: &str, raw: &str) -> Vec<InboundItem> {
    match serde_json::from_str::<Value>(raw) {
        Ok(item) if item.get("entry").is_some() => parse(raw.as_bytes()).items,
        Ok(item) => parse(body(route, field, item).to_string().as_bytes()).items,
        Err(_) => parse(raw.as_bytes()).items,
    }
}

fn body(route: &Route, field: &str, item: Value) -> Value {
    let (id, metadata) = match route {
        Route::Number(number) => (String::new(), json!({"phone_number_id": number})),
        Route::Account { waba_id, display_number } => {
            (waba_id.clone(), json!({"display_phone_number": display_number}))
        }
    };
    let (time, change) = match item {
        Value::Object(mut whole) if whole.contains_key("change") => {
            (whole.remove("time"), whole.remove("change").unwrap_or_default())
        }
        whole if whole.get("field").is_some() && whole.get("value").is_some() => (None, whole),
        mut part => {
            let mut value = json!({"messaging_product": "whatsapp", "metadata": metadata});
            if let Some(object) = part.as_object_mut()
                && let Some(card) = object.remove("contact")
            {
                value["contacts"] = json!([card]);
                part = object.remove("item").unwrap_or_default();
            }
            let (field, list) = place(field, &part);
            value[list] = json!([part]);
            (None, json!({"field": field, "value": value}))
        }
    };
    let mut entry = json!({"id": id, "changes": [change]});
    if let Some(time) = time {
        entry["time"] = time;
    }
    json!({"object": OBJECT, "entry": [entry]})
}

/// The webhook field and the list in its value that an item stands in.
fn place<'a>(field: &'a str, item: &Value) -> (&'a str, &'static str) {
    match field {
        "messages" if item.get("status").is_some() => ("messages", "statuses"),
        // What staff wrote in the phone app names whom it went to.
        "messages" if item.get("to").is_some() => ("smb_message_echoes", "message_echoes"),
        "smb_message_echoes" | "message_echoes" => (field, "message_echoes"),
        "history" => (field, "history"),
        "smb_app_state_sync" => (field, "state_sync"),
        "user_preferences" => (field, "user_preferences"),
        "user_id_update" => (field, "user_id_update"),
        "calls" => (field, "calls"),
        "automatic_events" => (field, "automatic_events"),
        other if other.starts_with("group_") => (field, "groups"),
        _ => (field, "messages"),
    }
}

#[cfg(test)]
mod tests {
    use domain::inbound::InboundFact;

    use super::*;

    fn webhook(value: Value) -> String {
        let change = json!({"field": "messages", "value": value});
        json!({"object": OBJECT, "entry": [{"id": "77", "changes": [change]}]}).to_string()
    }

    #[test]
    fn an_item_read_again_by_itself_is_what_it_was() {
        let metadata = json!({"display_phone_number": "15550783881", "phone_number_id": "1065"});
        let contacts =
            json!([{"profile": {"name": "Kim \u{1f98a}"}, "wa_id": "4915112345678", "user_id": "DE.31415926"}]);
        let message = json!({"from": "4915112345678", "id": "wamid.A", "timestamp": "1795251600", "type": "text",
            "text": {"body": "hello"}});
        let status =
            json!({"id": "wamid.B", "status": "read", "timestamp": "1795251601", "recipient_id": "4915112345678"});
        for (list, item) in [("messages", message), ("statuses", status)] {
            let first =
                parse(webhook(json!({"metadata": metadata, "contacts": contacts, list: [item]})).as_bytes()).items;
            let [first] = first.as_slice() else { panic!("one item: {first:?}") };
            let again = reread(&first.route, "messages", &first.raw);
            assert_eq!(again.len(), 1, "{again:?}");
            assert_eq!((&again[0].route, &again[0].fact), (&first.route, &first.fact));
        }
    }

    #[test]
    fn a_whole_body_and_a_change_are_read_as_they_are() {
        let route = Route::Account { waba_id: "77".to_owned(), display_number: None };
        let body = webhook(json!({"metadata": {"phone_number_id": "1065"}, "messages": [{"from": "49", "id": "w",
            "timestamp": "1795251600", "type": "text", "text": {"body": "x"}}]}));
        assert!(matches!(reread(&route, "body", &body)[0].fact, InboundFact::Message(_)));
        let change = json!({"field": "something_new", "value": {"x": 1}}).to_string();
        let again = reread(&route, "something_new", &change);
        assert!(matches!(&again[0].fact, InboundFact::Unknown { field, .. } if field == "something_new"));
        assert_eq!(again[0].route, route);
        assert!(matches!(reread(&route, "body", "not json")[0].fact, InboundFact::Broken { .. }));
    }
}

//! Numbers that are also used in the phone app: what staff write there, the history before we were connected and the
//! phone's address book.

use domain::identity::IdentityKind;
use domain::inbound::{Author, EchoMessage, HistoryMessage, InboundFact, InboundItem, Sender};
use serde_json::value::RawValue;

use super::content::take;
use super::envelope;
use super::item::{Object, nested, provider_error, str_of, text, time_of};
use super::people::{identity, same_number, sender};
use super::{Read, Scope, broken, messages};

/// Reads a message of staff, or an edit or revocation of one.
pub(super) fn read_echo(scope: &Scope<'_>, mut item: Object) -> Read {
    let to = scope.cards.person(&item, "to", "to_user_id", "to_parent_user_id");
    let provider_id = text(&item, "id").ok_or("the echo has no id")?;
    match str_of(&item, "type") {
        Some("edit") => return messages::edit(item, provider_id, scope, Author::PhoneApp { to }),
        Some("revoke") => return messages::revoke(&item, provider_id, scope, Author::PhoneApp { to }),
        _ => {}
    }
    if to.identities.is_empty() {
        return Err("the echo names no recipient");
    }
    let at = time_of(&item, "timestamp", scope.made);
    let content = take(&mut item);
    Ok(InboundFact::Echo(EchoMessage { to, provider_id, at, content }))
}

/// Reads one chunk of history: threads of messages, or the reason why there are none.
pub(super) fn read_chunk(scope: &Scope<'_>, chunk: &RawValue, out: &mut Vec<InboundItem>) {
    let keep = |fact, raw: &RawValue| InboundItem { route: scope.route.clone(), fact, raw: raw.get().to_owned() };
    let Some(fields) = envelope::fields(chunk.get()) else {
        out.push(keep(broken(&scope.field, "the chunk is not an object"), chunk));
        return;
    };
    for raw in fields.get("errors").map(|raw| envelope::list(raw)).unwrap_or_default() {
        let error = provider_error(&envelope::object(raw.get()).unwrap_or_default());
        out.push(keep(InboundFact::HistoryError { code: error.code, detail: error.detail.or(error.title) }, raw));
    }
    for raw in fields.get("threads").map(|raw| envelope::list(raw)).unwrap_or_default() {
        let Some(thread) = envelope::fields(raw.get()) else {
            out.push(keep(broken(&scope.field, "the thread is not an object"), raw));
            continue;
        };
        let customer = customer(&thread);
        let messages = thread.get("messages").map(|raw| envelope::list(raw)).unwrap_or_default();
        scope.each(&messages, out, |scope, item| read_history(scope, &customer, item));
    }
}

/// Whom a thread is with: its id is the customer's number, its context may tell more.
fn customer(thread: &envelope::Fields<'_>) -> Sender {
    let id = thread.get("id").and_then(|raw| envelope::value(raw.get())).and_then(|id| super::item::as_text(&id));
    let context = thread.get("context").and_then(|raw| envelope::object(raw.get())).unwrap_or_default();
    let wa_id = text(&context, "wa_id").or_else(|| id.clone());
    let mut sender = sender(text(&context, "user_id"), wa_id, id, text(&context, "parent_user_id"));
    sender.username = text(&context, "username");
    sender
}

fn read_history(scope: &Scope<'_>, customer: &Sender, mut item: Object) -> Read {
    let provider_id = text(&item, "id").ok_or("the imported message has no id")?;
    let from = text(&item, "from");
    let ours = |number: &String| scope.business.as_deref().is_some_and(|business| same_number(business, number));
    let theirs = |number: &String| customer.identities.iter().any(|known| same_number(&known.value, number));
    let inbound = match &from {
        Some(number) if theirs(number) => true,
        Some(number) if ours(number) => false,
        // Only what goes to a customer says to whom.
        _ => !item.contains_key("to") && !item.contains_key("to_user_id"),
    };
    let with = if !customer.identities.is_empty() {
        customer.clone()
    } else if inbound {
        scope.cards.person(&item, "from", "from_user_id", "from_parent_user_id")
    } else {
        scope.cards.person(&item, "to", "to_user_id", "to_parent_user_id")
    };
    if with.identities.is_empty() {
        return Err("the imported message names no customer");
    }
    let status = nested(&item, "history_context").and_then(|context| text(context, "status"));
    let at = time_of(&item, "timestamp", scope.made);
    let content = take(&mut item);
    let status = status.map(|status| status.to_lowercase());
    Ok(InboundFact::History(HistoryMessage { with, inbound, provider_id, at, content, status }))
}

/// Reads the follow-up that brings the file of an imported message.
pub(super) fn read_history_media(_: &Scope, mut item: Object) -> Read {
    let provider_id = text(&item, "id").ok_or("the follow-up names no message")?;
    Ok(InboundFact::HistoryMedia { provider_id, content: take(&mut item) })
}

/// Reads a change of the phone's address book. A changed entry comes as one more `add`.
pub(super) fn read_address_book(scope: &Scope<'_>, item: Object) -> Read {
    if str_of(&item, "type").is_some_and(|kind| kind != "contact") {
        let kind = str_of(&item, "type").unwrap_or_default();
        let field = format!("smb_app_state_sync/{kind}");
        return Ok(InboundFact::Unknown { field, body: item.into() });
    }
    let contact = nested(&item, "contact").ok_or("the address book entry has no contact")?;
    let identities: Vec<_> = [
        identity(IdentityKind::Bsuid, text(contact, "user_id")),
        identity(IdentityKind::Phone, text(contact, "phone_number")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if identities.is_empty() {
        return Err("the address book entry names nobody");
    }
    let made = nested(&item, "metadata").map(|metadata| time_of(metadata, "timestamp", scope.made));
    Ok(InboundFact::AddressBook {
        identities,
        name: text(contact, "full_name").or_else(|| text(contact, "first_name")),
        removed: str_of(&item, "action") == Some("remove"),
        at: made.or(scope.made).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_history_is_told() {
        let body = r#"{"object":"whatsapp_business_account","entry":[{"id":"7","changes":[{"field":"history","value":{
            "metadata":{"phone_number_id":"55"},"history":[{"errors":[{"code":2593109,"title":"No"}]}]}}]}]}"#;
        let parsed = super::super::parse(body.as_bytes());
        let told = InboundFact::HistoryError { code: 2_593_109, detail: Some("No".to_owned()) };
        assert_eq!(parsed.items.iter().map(|item| &item.fact).collect::<Vec<_>>(), [&told]);
    }
}

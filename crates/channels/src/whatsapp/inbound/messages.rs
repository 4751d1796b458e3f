//! `messages[]`: what customers write, and what happens to their identities and messages.

use domain::content::{Content, MessageKind};
use domain::identity::IdentityKind;
use domain::inbound::{Author, CustomerMessage, Edit, Identity, InboundFact, MessageContext, Reaction, Revoke, Sender};
use serde_json::Value;
use serde_json::value::RawValue;

use super::content::{is_opaque, take};
use super::item::{Object, instant_of, nested, str_of, text, time_of, written_integer};
use super::people::{identity, rotation};
use super::{Read, Scope, plain};

/// Reads one message.
pub(super) fn read(scope: &Scope<'_>, item: Object) -> Read {
    let from = scope.cards.person(&item, "from", "from_user_id", "from_parent_user_id");
    let kind = str_of(&item, "type").unwrap_or_default();
    if kind == "system" {
        return system(scope, from, item);
    }
    if from.identities.is_empty() && text(&item, "group_id").is_none() {
        return Err("the message names no sender");
    }
    let provider_id = text(&item, "id").ok_or("the message has no id")?;
    let at = time_of(&item, "timestamp", scope.made);
    Ok(match kind {
        "reaction" => {
            let (target_provider_id, emoji) = reaction(&item)?;
            let group_id = text(&item, "group_id");
            InboundFact::Reaction(Reaction { from, group_id, provider_id, target_provider_id, emoji, at })
        }
        "edit" => edit(item, provider_id, scope, Author::Customer(from))?,
        "revoke" => revoke(&item, provider_id, scope, Author::Customer(from))?,
        "request_welcome" => InboundFact::ChatOpened { from, provider_id, at },
        _ => InboundFact::Message(message(item, from, provider_id, at)),
    })
}

/// Reads a plain text and whose card stands beside it; `None` where it is not plain. The same as [`read`] makes of it.
pub(super) fn read_text<'a>(scope: &Scope<'a>, raw: &RawValue) -> Option<(InboundFact, Option<&'a str>)> {
    let text = plain::text(raw)?;
    let at = instant_of(written_integer(&text.timestamp)?);
    let (from, card) = scope.cards.writer(&text);
    let mut body = Object::new();
    body.insert("body".to_owned(), text.text.body.into_owned().into());
    let message = CustomerMessage {
        from,
        group_id: None,
        provider_id: text.id.into_owned(),
        at,
        context: None,
        referral: None,
        errors: None,
        raw: None,
        content: Content { kind: MessageKind::Text, body: Value::Object(body) },
    };
    Some((InboundFact::Message(message), card))
}

fn message(mut item: Object, from: Sender, provider_id: String, at: domain::time::Timestamp) -> CustomerMessage {
    let content = take(&mut item);
    let raw = is_opaque(&content).then(|| {
        let mut whole = item.clone();
        if !content.body.is_null() {
            whole.insert(content.kind.as_str().to_owned(), content.body.clone());
        }
        Value::Object(whole)
    });
    CustomerMessage {
        from,
        group_id: text(&item, "group_id"),
        provider_id,
        at,
        context: nested(&item, "context").and_then(context),
        referral: item.remove("referral").filter(|referral| !referral.is_null()),
        errors: item.remove("errors").filter(|errors| errors.as_array().is_none_or(|list| !list.is_empty())),
        raw,
        content,
    }
}

/// What a message refers to; `None` where nothing of it is of use.
pub(super) fn context(context: &Object) -> Option<MessageContext> {
    let flag = |key: &str| context.get(key).and_then(Value::as_bool).unwrap_or(false);
    let context = MessageContext {
        quoted_provider_id: text(context, "id"),
        forwarded: flag("forwarded"),
        frequently_forwarded: flag("frequently_forwarded"),
        referred_product: context.get("referred_product").filter(|product| product.is_object()).cloned(),
    };
    (context != MessageContext::default()).then_some(context)
}

/// The target and the emoji of a reaction; no emoji, or an empty one, takes it away.
pub(super) fn reaction(item: &Object) -> Result<(String, Option<String>), &'static str> {
    let reaction = nested(item, "reaction").ok_or("the reaction has no object")?;
    let target = text(reaction, "message_id").ok_or("the reaction names no message")?;
    Ok((target, text(reaction, "emoji")))
}

/// An edit by the customer or by staff in the phone app.
pub(super) fn edit(mut item: Object, provider_id: String, scope: &Scope<'_>, by: Author) -> Read {
    let at = time_of(&item, "timestamp", scope.made);
    let Some(Value::Object(mut edit)) = item.remove("edit") else { return Err("the edit has no object") };
    let target_provider_id = text(&edit, "original_message_id").ok_or("the edit names no message")?;
    let Some(Value::Object(mut message)) = edit.remove("message") else { return Err("the edit has no message") };
    let content = take(&mut message);
    Ok(InboundFact::Edit(Edit { provider_id, target_provider_id, content, at, by }))
}

/// A message taken back by the customer or by staff in the phone app.
pub(super) fn revoke(item: &Object, provider_id: String, scope: &Scope<'_>, by: Author) -> Read {
    let at = time_of(item, "timestamp", scope.made);
    let revoke = nested(item, "revoke").ok_or("the revocation has no object")?;
    let target_provider_id = text(revoke, "original_message_id").ok_or("the revocation names no message")?;
    Ok(InboundFact::Revoke(Revoke { provider_id, target_provider_id, at, by }))
}

/// System messages tell of identities. Their text is prose in English and is never read.
fn system(scope: &Scope<'_>, from: Sender, item: Object) -> Read {
    let at = time_of(&item, "timestamp", scope.made);
    let provider_id = text(&item, "id");
    let Some(system) = nested(&item, "system") else { return Err("the system message has no object") };
    let kind = str_of(system, "type").unwrap_or_default();
    if let Some(hash) = nested(&item, "identity").and_then(|identity| text(identity, "hash")) {
        if from.identities.is_empty() {
            return Err("the changed security code is nobody's");
        }
        return Ok(InboundFact::IdentityKeyChanged { of: from, hash, provider_id, at });
    }
    let (rotated, current) = rotation(system.get("user_id"));
    let previous = text(system, "previous_user_id").or(rotated);
    let new_number = text(system, "wa_id").or_else(|| text(system, "new_wa_id"));
    let to: Vec<Identity> = [
        identity(IdentityKind::Bsuid, current),
        identity(IdentityKind::WaId, new_number),
        identity(IdentityKind::ParentBsuid, text(system, "parent_user_id")),
    ]
    .into_iter()
    .flatten()
    .collect();
    // The sender may already be named by its new user id: what is new is not what it was.
    let mut before: Vec<Identity> = identity(IdentityKind::Bsuid, previous).into_iter().collect();
    for old in from.identities {
        let known = before.iter().any(|identity| identity.kind == old.kind) || to.contains(&old);
        if !known {
            before.push(old);
        }
    }
    // The old number may also be known as a plain phone number.
    let old_number = before.iter().find(|identity| identity.kind == IdentityKind::WaId).map(|it| it.value.clone());
    if !before.iter().any(|identity| identity.kind == IdentityKind::Phone) {
        before.extend(identity(IdentityKind::Phone, old_number));
    }
    let names_someone = |list: &[Identity]| list.iter().any(|identity| identity.kind != IdentityKind::ParentBsuid);
    if names_someone(&before) && names_someone(&to) {
        return Ok(InboundFact::IdentityChanged { from: before, to, provider_id, at });
    }
    Ok(InboundFact::Unknown { field: format!("messages/system/{kind}"), body: Value::Object(item) })
}

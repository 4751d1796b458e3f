//! `POST /{number}/messages`: the checks the provider makes at once, what it makes of the message, and what the customer's
//! phone reports afterwards.

use std::time::Duration;

use serde_json::{Value, json};

use super::customer::{Behaviour, Profile};
use super::error::GraphError;
use super::ledger::Delivered;
use super::rates::Bucket;
use super::webhooks::Update;
use super::world::World;

/// An accepted message.
pub(super) struct Accepted {
    pub(super) answer: Value,
}

/// Checks and takes a message.
pub(super) fn send(world: &World, number: &str, body: &Value) -> Result<Accepted, GraphError> {
    if body.get("messaging_product").and_then(Value::as_str) != Some("whatsapp") {
        return Err(GraphError::of(100).details("The parameter messaging_product is required."));
    }
    if body.get("status").and_then(Value::as_str) == Some("read") {
        let known = body.get("message_id").and_then(Value::as_str).is_some_and(|id| id.starts_with("wamid."));
        return if known {
            Ok(Accepted { answer: json!({ "success": true }) })
        } else {
            Err(GraphError::of(131009).details("message_id is not valid"))
        };
    }
    let recipient = Recipient::of(world, body)?;
    let kind = body.get("type").and_then(Value::as_str).unwrap_or("text").to_owned();
    check_content(world, number, &kind, body)?;
    check_budgets(world, number, &recipient)?;
    check_customer(world, number, &recipient, &kind, body)?;
    Ok(accept(world, number, recipient, &kind, body))
}

struct Recipient {
    /// What was written.
    input: String,
    profile: Option<Profile>,
    by_user_id: bool,
}

impl Recipient {
    fn of(world: &World, body: &Value) -> Result<Self, GraphError> {
        let text = |field: &str| body.get(field).and_then(Value::as_str).filter(|value| !value.is_empty());
        let state = world.state.lock();
        if let Some(to) = text("to") {
            if to.contains('.') {
                return Err(GraphError::of(131009).details("Parameter 'to' is not a phone number"));
            }
            let digits: String = to.chars().filter(char::is_ascii_digit).collect();
            if digits.len() < 7 {
                return Err(GraphError::of(131009).details("Parameter 'to' is not a phone number"));
            }
            let profile = state.customers.get(&digits).cloned().or_else(|| super::magic::customer(&digits));
            return Ok(Self { input: to.to_owned(), profile, by_user_id: false });
        }
        let user_id =
            text("recipient").ok_or_else(|| GraphError::of(131008).details("The parameter to is required."))?;
        let profile = state.customers.get(user_id).cloned();
        Ok(Self { input: user_id.to_owned(), profile, by_user_id: true })
    }

    fn key(&self) -> String {
        match &self.profile {
            Some(profile) => profile.wa_id.clone(),
            None => self.input.chars().filter(char::is_ascii_digit).collect(),
        }
    }
}

fn check_content(world: &World, number: &str, kind: &str, body: &Value) -> Result<(), GraphError> {
    super::content::check(body)?;
    let content = &body[kind];
    match kind {
        "image" | "video" | "audio" | "document" | "sticker" => check_media(world, number, kind, content),
        "template" => super::templates::check(world, number, content),
        _ => Ok(()),
    }
}

fn check_media(world: &World, number: &str, kind: &str, content: &Value) -> Result<(), GraphError> {
    if content.get("link").is_some() {
        return Ok(());
    }
    let id = content.get("id").and_then(Value::as_str).unwrap_or_default();
    let state = world.state.lock();
    match state.media.get(id) {
        Some(media) if media.phone_number_id == number && media.expires_ms > world.now_ms() => Ok(()),
        _ => Err(GraphError::of(131009).details(format!("Parameter '{kind}.id' is not a media id of this number"))),
    }
}

fn check_budgets(world: &World, number: &str, recipient: &Recipient) -> Result<(), GraphError> {
    let now = world.now_ms();
    if let Some(code) = world.faults.lock().refuse_all {
        return Err(GraphError::of(code));
    }
    let mut state = world.state.lock();
    for key in [recipient.key(), recipient.input.clone()] {
        if let Some(code) = state.fail_next.get_mut(&key).and_then(std::collections::VecDeque::pop_front) {
            return Err(GraphError::of(code));
        }
    }
    if state.number_budget.get_mut(number).is_some_and(|budget| !budget.take(now)) {
        return Err(GraphError::of(130429));
    }
    let pair = (number.to_owned(), recipient.key());
    if !state.pair_budget.entry(pair).or_insert_with(|| Bucket::pair(now)).take(now) {
        return Err(GraphError::of(131056));
    }
    Ok(())
}

fn check_customer(world: &World, number: &str, to: &Recipient, kind: &str, body: &Value) -> Result<(), GraphError> {
    let Some(profile) = &to.profile else {
        // Numbers nobody told the simulator about have no WhatsApp.
        return Err(GraphError::of(131026));
    };
    match profile.behaviour {
        Behaviour::Blocks | Behaviour::NotOnWhatsapp => return Err(GraphError::of(131026)),
        Behaviour::Experiment => return Err(GraphError::of(130472)),
        _ => {}
    }
    if kind == "template" {
        let name = body.pointer("/template/name").and_then(Value::as_str).unwrap_or_default();
        let marketing = super::templates::category(world, number, name).as_deref() == Some("MARKETING");
        return match profile.behaviour {
            Behaviour::OptedOut if marketing => Err(GraphError::of(131050)),
            Behaviour::Capped if marketing => Err(GraphError::of(131049)),
            _ => Ok(()),
        };
    }
    let until = world.state.lock().windows.get(&(number.to_owned(), profile.wa_id.clone())).copied();
    if until.is_none_or(|until| until <= world.now_ms()) {
        return Err(GraphError::of(131047).details(
            "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
        ));
    }
    Ok(())
}

fn accept(world: &World, number: &str, to: Recipient, kind: &str, body: &Value) -> Accepted {
    let id = world.wamid();
    let profile = to.profile.clone().expect("an unknown recipient was refused");
    let mut contact = json!({ "input": to.input });
    if to.by_user_id {
        contact["user_id"] = json!(profile.user_id);
    } else {
        contact["wa_id"] = json!(profile.wa_id);
    }
    let mut message = json!({ "id": id });
    if kind == "template" {
        message["message_status"] = json!("accepted");
    }
    report(world, number, &profile, &to, &id, kind, body);
    Accepted { answer: json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [message] }) }
}

/// Puts the reports that will follow on their way.
fn report(world: &World, number: &str, profile: &Profile, to: &Recipient, id: &str, kind: &str, body: &Value) {
    let faults = world.faults.lock().clone();
    let callback = body.get("biz_opaque_callback_data").cloned();
    let category = match kind {
        "template" => {
            let name = body.pointer("/template/name").and_then(Value::as_str).unwrap_or_default();
            super::templates::category(world, number, name).map_or_else(|| "utility".to_owned(), |it| it.to_lowercase())
        }
        _ => "service".to_owned(),
    };
    let status = |word: &str, after_ms: u64, errors: Option<Value>| {
        let at_ms = world.now_ms() + after_ms as i64;
        let mut status = json!({
            "id": id,
            "status": word,
            "timestamp": (at_ms / 1_000).to_string(),
            "recipient_user_id": profile.user_id,
        });
        if !to.by_user_id {
            status["recipient_id"] = json!(profile.wa_id);
        }
        if let Some(callback) = &callback {
            status["biz_opaque_callback_data"] = callback.clone();
        }
        if word == "sent" || word == "delivered" {
            status["pricing"] = json!({
                "billable": kind == "template", "pricing_model": "PMP", "category": category,
                "type": if kind == "template" { "regular" } else { "free_customer_service" },
            });
        }
        if let Some(errors) = errors {
            status["errors"] = errors;
        }
        // who it was for is told beside every report but a failure
        let contact = (word != "failed").then(|| profile.contact());
        let update = Update::Status { phone_number_id: number.to_owned(), contact, status };
        world.queue(number, update, Duration::from_millis(after_ms));
    };
    let later = world.fail_later(&[&to.key(), &to.input]).or(match profile.behaviour {
        Behaviour::FailsWith(code) => Some(code),
        _ => None,
    });
    if let Some(code) = later {
        status("failed", 50, Some(GraphError::of(code).in_status()));
        return;
    }
    if kind == "reaction" {
        status("sent", 30, None);
        return;
    }
    let arrives = !matches!(profile.behaviour, Behaviour::NeverDelivers);
    let drop_delivered = world.chance(1_000) < faults.drop_delivered_permille;
    match profile.behaviour {
        Behaviour::NeverDelivers => status("sent", 50, None),
        Behaviour::ReadsInstantly => {
            status("sent", 50, None);
            status("read", 150, None);
        }
        Behaviour::TwoDevices => {
            status("sent", 50, None);
            status("failed", 120, Some(GraphError::of(131026).in_status()));
            status("delivered", 200, None);
        }
        _ => {
            status("sent", 50, None);
            if !drop_delivered {
                status("delivered", 200, None);
            }
            status("read", 900 + world.chance(600), None);
        }
    }
    if arrives {
        world.ledger.delivered(Delivered {
            at_ms: world.now_ms(),
            to: profile.wa_id.clone(),
            phone_number_id: number.to_owned(),
            message_id: id.to_owned(),
            content: json!({ "type": kind, kind: body.get(kind).cloned().unwrap_or(Value::Null),
                             "context": body.get("context").cloned() }),
        });
    }
}

//! Customers: who they are to the provider, what becomes of messages to them, and what they do.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::webhooks::Update;
use super::world::{Media, World};

/// What becomes of a message sent to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Sent, delivered, read, a little apart.
    #[default]
    Normal,
    /// Read at once: the delivered report is left out.
    ReadsInstantly,
    /// Accepted, and nothing more comes.
    NeverDelivers,
    /// Fails on one device and arrives on another.
    TwoDevices,
    /// Blocked the business.
    Blocks,
    /// Stopped marketing messages.
    OptedOut,
    /// Has had enough marketing from everybody.
    Capped,
    /// Part of an experiment.
    Experiment,
    /// Has no WhatsApp.
    NotOnWhatsapp,
    /// Messages are accepted and fail afterwards with this code.
    FailsWith(i64),
}

/// Who a customer is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Digits they are dialled by.
    pub phone: String,
    /// What the provider calls them; the same as the phone, mostly.
    pub wa_id: String,
    /// Business-scoped id.
    pub user_id: String,
    pub name: String,
    pub username: Option<String>,
    /// They have a user name and hide the number.
    pub hides_phone: bool,
    pub behaviour: Behaviour,
}

impl Profile {
    /// An ordinary customer with this number (digits, a `+` in front is fine).
    pub fn new(phone: &str, name: &str) -> Self {
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        Self {
            user_id: format!("{}.{digits}{}", country(&digits), digits.chars().rev().collect::<String>()),
            wa_id: wa_id_of(&digits),
            phone: digits,
            name: name.to_owned(),
            username: None,
            hides_phone: false,
            behaviour: Behaviour::Normal,
        }
    }
    /// With another fate for messages to them.
    pub fn who(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }
    /// With a user name and no phone number in webhooks.
    pub fn hidden_behind(mut self, username: &str) -> Self {
        self.username = Some(username.to_owned());
        self.hides_phone = true;
        self
    }

    pub(super) fn contact(&self) -> Value {
        let mut profile = json!({ "name": self.name });
        if let Some(username) = &self.username {
            profile["username"] = json!(username);
        }
        let mut contact = json!({ "profile": profile, "user_id": self.user_id });
        if !self.hides_phone {
            contact["wa_id"] = json!(self.wa_id);
        }
        contact
    }
}

fn country(digits: &str) -> &'static str {
    match digits {
        d if d.starts_with("55") => "BR",
        d if d.starts_with("52") => "MX",
        d if d.starts_with("54") => "AR",
        d if d.starts_with("34") => "ES",
        d if d.starts_with("44") => "GB",
        d if d.starts_with("49") => "DE",
        d if d.starts_with("91") => "IN",
        _ => "US",
    }
}

/// WhatsApp drops the ninth digit of older Brazilian accounts and puts a 1 (Mexico) or a 9 (Argentina) into others.
fn wa_id_of(digits: &str) -> String {
    match digits {
        d if d.starts_with("55") && d.len() == 13 => format!("{}{}", &d[..4], &d[5..]),
        d if d.starts_with("52") && d.len() == 12 => format!("521{}", &d[2..]),
        d if d.starts_with("54") && d.len() == 12 => format!("549{}", &d[2..]),
        d => d.to_owned(),
    }
}

/// A customer in a chat with one number.
#[derive(Clone)]
pub struct Customer {
    world: Arc<World>,
    profile: Profile,
    phone_number_id: String,
}

impl Customer {
    pub(super) fn new(world: Arc<World>, profile: Profile, phone_number_id: &str) -> Self {
        let mut state = world.state.lock();
        for id in [&profile.wa_id, &profile.phone, &profile.user_id] {
            state.customers.insert(id.clone(), profile.clone());
        }
        drop(state);
        Self { world, profile, phone_number_id: phone_number_id.to_owned() }
    }

    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Writes a text. All of these give the new message's id.
    pub fn says(&self, text: &str) -> String {
        self.sends("text", json!({ "body": text }))
    }
    /// Answers a message of the business.
    pub fn replies(&self, to: &str, text: &str) -> String {
        self.post("text", json!({ "body": text }), json!({ "context": { "id": to } }))
    }
    /// Sends a message of any type.
    pub fn sends(&self, kind: &str, body: Value) -> String {
        self.post(kind, body, json!({}))
    }
    /// Came through an advertisement.
    pub fn says_from_ad(&self, text: &str, ad_id: &str) -> String {
        let referral = json!({
            "source_url": format!("https://fb.me/{ad_id}"), "source_id": ad_id, "source_type": "ad",
            "headline": "Chat with us", "body": "We answer at once", "ctwa_clid": format!("clid-{ad_id}"),
        });
        self.post("text", json!({ "body": text }), json!({ "referral": referral }))
    }
    /// Sends a file.
    pub fn sends_file(&self, kind: &str, mime: &str, bytes: Vec<u8>, caption: Option<&str>) -> String {
        let id = self.keep(mime, bytes.clone());
        let mut body = json!({ "id": id, "mime_type": mime, "sha256": super::media::sha256_base64(&bytes) });
        if let Some(caption) = caption {
            body["caption"] = json!(caption);
        }
        if kind == "audio" {
            body["voice"] = json!(true);
        }
        self.sends(kind, body)
    }
    /// Reacts; an empty emoji takes the reaction away.
    pub fn reacts(&self, to: &str, emoji: &str) -> String {
        let body =
            if emoji.is_empty() { json!({ "message_id": to }) } else { json!({ "message_id": to, "emoji": emoji }) };
        self.quietly("reaction", body)
    }
    /// Changes a text.
    pub fn edits(&self, original: &str, text: &str) -> String {
        let message = json!({ "type": "text", "text": { "body": text } });
        self.quietly("edit", json!({ "original_message_id": original, "message": message }))
    }
    /// Takes a message back.
    pub fn revokes(&self, original: &str) -> String {
        self.quietly("revoke", json!({ "original_message_id": original }))
    }
    /// Taps a button of a message.
    pub fn taps(&self, message: &str, button_id: &str, title: &str) -> String {
        let body = json!({ "type": "button_reply", "button_reply": { "id": button_id, "title": title } });
        self.post("interactive", body, json!({ "context": { "id": message } }))
    }
    /// Picks a row of a list.
    pub fn picks(&self, message: &str, row_id: &str, title: &str) -> String {
        let body = json!({ "type": "list_reply", "list_reply": { "id": row_id, "title": title } });
        self.post("interactive", body, json!({ "context": { "id": message } }))
    }
    /// Moves to another number; the chat goes on under it.
    pub fn changes_number(&self, new_phone: &str) -> String {
        let digits: String = new_phone.chars().filter(char::is_ascii_digit).collect();
        let body = json!({ "type": "user_changed_number", "wa_id": digits, "body": "The user changed their number" });
        self.quietly("system", body)
    }

    fn keep(&self, mime: &str, bytes: Vec<u8>) -> String {
        let id = (1_000_000_000_000 + self.world.fresh()).to_string();
        let media = Media {
            bytes: Arc::new(bytes),
            mime: mime.to_owned(),
            phone_number_id: self.phone_number_id.clone(),
            expires_ms: self.world.now_ms() + 7 * 24 * 3_600_000,
        };
        self.world.state.lock().media.insert(id.clone(), media);
        id
    }

    /// A message that opens the window.
    fn post(&self, kind: &str, body: Value, extra: Value) -> String {
        for id in [&self.profile.wa_id, &self.profile.phone, &self.profile.user_id] {
            self.world.open_window(&self.phone_number_id, id);
        }
        self.queue(kind, body, extra)
    }

    /// One that does not.
    fn quietly(&self, kind: &str, body: Value) -> String {
        self.queue(kind, body, json!({}))
    }

    fn queue(&self, kind: &str, body: Value, extra: Value) -> String {
        let id = self.world.wamid();
        let mut message = json!({
            "from_user_id": self.profile.user_id,
            "id": id,
            "timestamp": (self.world.now_ms() / 1_000).to_string(),
            "type": kind,
            kind: body,
        });
        if !self.profile.hides_phone {
            message["from"] = json!(self.profile.wa_id);
        }
        if let (Value::Object(message), Value::Object(extra)) = (&mut message, extra) {
            message.extend(extra);
        }
        let delay = self.world.chance(self.world.faults.lock().delay_ms_max.max(1));
        // system messages come without the contact
        let contact = (kind != "system").then(|| self.profile.contact());
        let update = Update::Message { phone_number_id: self.phone_number_id.clone(), contact, message };
        self.world.queue(&self.phone_number_id, update, Duration::from_millis(delay));
        id
    }
}

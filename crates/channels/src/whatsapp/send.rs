//! Sending one message through a number. The end of a call is one of four: accepted, refused, certainly not sent, or
//! uncertain. There is no idempotency key at the provider, so an uncertain message must not be sent again by itself; its
//! delivery report brings back the callback data that we attach. Called by the outbox; queueing, pacing and repeating are
//! the outbox's.

use domain::content::{Content, MessageKind};
use domain::identity::IdentityKind;
use domain::inbound::{Identity, ProviderError};
use domain::time::Millis;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::errors::{Class, Verdict};
use super::graph::{CallError, Endpoint, Graph};

/// Longest callback data the provider carries, in characters.
pub const CALLBACK_DATA_MAX: usize = 512;

/// Whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// A `wa_id` as the provider gave it, or an E.164 number with its plus sign. Without the plus a number that is no
    /// `wa_id` gets the business's own country code.
    PhoneOrWaId(String),
    /// A business-scoped user id. In the place of a number it would be dropped silently.
    Bsuid(String),
    Group(String),
}

impl To {
    /// The address under which the provider reaches somebody: their number where we have it, because not everything can
    /// be sent to a user id, else the user id or the group.
    pub fn reach(identities: &[Identity]) -> Option<Self> {
        let of = |kind: IdentityKind| identities.iter().find(|it| it.kind == kind).map(|it| it.value.clone());
        let plus = |phone: String| if phone.starts_with('+') { phone } else { format!("+{phone}") };
        of(IdentityKind::Group)
            .map(Self::Group)
            .or_else(|| of(IdentityKind::WaId).map(Self::PhoneOrWaId))
            .or_else(|| of(IdentityKind::Phone).map(plus).map(Self::PhoneOrWaId))
            .or_else(|| of(IdentityKind::Bsuid).map(Self::Bsuid))
    }
}

/// A message to send. Its content has been checked; it is sent as it is and never cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing<'a> {
    pub to: To,
    pub content: &'a Content,
    /// The provider's id of the message that this one quotes; of a reaction, the message it is on.
    pub context_message_id: Option<&'a str>,
    /// Comes back with every delivery report, at most [`CALLBACK_DATA_MAX`] characters: the attempt's id.
    pub callback_data: Option<&'a str>,
}

impl Outgoing<'_> {
    /// The request's body.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("messaging_product".to_owned(), "whatsapp".into());
        let (recipient_type, key, address) = match &self.to {
            To::PhoneOrWaId(number) => ("individual", "to", number),
            To::Bsuid(user) => ("individual", "recipient", user),
            To::Group(group) => ("group", "to", group),
        };
        body.insert("recipient_type".to_owned(), recipient_type.into());
        body.insert(key.to_owned(), address.clone().into());
        body.insert("type".to_owned(), self.content.kind.as_str().into());
        let mut content = self.content.body.clone();
        if let Some(id) = self.context_message_id {
            if self.content.kind == MessageKind::Reaction {
                content["message_id"] = id.into();
            } else {
                body.insert("context".to_owned(), json!({ "message_id": id }));
            }
        }
        body.insert(self.content.kind.as_str().to_owned(), content);
        if let Some(data) = self.callback_data {
            body.insert("biz_opaque_callback_data".to_owned(), data.into());
        }
        Value::Object(body)
    }
}

/// How a call ended. Reasons are short words for events and metrics, without personal values.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// The provider has it; whether it arrives is told by reports.
    Accepted {
        provider_id: String,
        /// What the provider calls the recipient, if it says so.
        wa_id: Option<String>,
        user_id: Option<String>,
        /// Kept back by the provider while it judges the template's quality.
        held: bool,
    },
    /// The provider said no, and nothing was sent.
    Refused {
        error: ProviderError,
        class: Class,
        /// The shortest wait before another attempt, where there is one: the longer of the provider's and the code's.
        retry_after: Option<Millis>,
    },
    /// It may or may not have been sent.
    Uncertain { reason: &'static str },
    /// Nothing has left this machine; safe to try again.
    NotSent { reason: &'static str },
}

/// Sends through one number.
#[derive(Clone)]
pub struct Client {
    graph: Graph,
    phone_number_id: String,
}

impl Client {
    pub fn new(http: reqwest::Client, endpoint: Endpoint, phone_number_id: &str, token: SecretString) -> Self {
        Self { graph: Graph::new(http, endpoint, token), phone_number_id: phone_number_id.to_owned() }
    }

    /// The same calls for other purposes.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The number's id at the provider.
    pub fn phone_number_id(&self) -> &str {
        &self.phone_number_id
    }

    /// Sends a message, once.
    pub async fn send(&self, message: &Outgoing<'_>) -> SendOutcome {
        match self.graph.post(&[&self.phone_number_id, "messages"], &message.body()).await {
            Ok(answer) => accepted(&answer),
            Err(CallError::NotReached(reason)) => SendOutcome::NotSent { reason },
            Err(CallError::Unknown(reason)) => SendOutcome::Uncertain { reason },
            Err(CallError::Refused { error, retry_after }) => {
                let Verdict { class, wait } = error.verdict();
                let retry_after = retry_after.max((wait > Millis(0)).then_some(wait));
                SendOutcome::Refused { error: error.error, class, retry_after }
            }
        }
    }

    /// Tells the customer that their message, and all before it, have been read, and that somebody is typing (for 25
    /// seconds or until an answer). Safe to repeat.
    pub async fn mark_read(&self, provider_id: &str, typing: bool) -> Result<(), CallError> {
        self.graph.post(&[&self.phone_number_id, "messages"], &read_body(provider_id, typing)).await.map(drop)
    }
}

fn read_body(provider_id: &str, typing: bool) -> Value {
    let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": provider_id });
    if typing {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    body
}

/// An answer without the message's id tells nothing.
fn accepted(answer: &Value) -> SendOutcome {
    let text = |pointer: &str| {
        answer.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let Some(provider_id) = text("/messages/0/id") else {
        return SendOutcome::Uncertain { reason: "unreadable_answer" };
    };
    let held = matches!(text("/messages/0/message_status").as_deref(), Some("held_for_quality_assessment" | "paused"));
    SendOutcome::Accepted { provider_id, wa_id: text("/contacts/0/wa_id"), user_id: text("/contacts/0/user_id"), held }
}

#[cfg(test)]
#[path = "send/tests.rs"]
mod tests;

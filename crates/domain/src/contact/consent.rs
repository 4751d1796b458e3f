//! What the customer wants to receive. The newest word of the customer counts, whatever order it arrives in.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::identify::identify;
use crate::content::{Content, MessageKind, bare};
use crate::event::StreamId;
use crate::event::contact::ContactConsentChanged;
use crate::ids::*;
use crate::inbound::{Identity, Sender};
use crate::step::Step;
use crate::time::{OCCURRED_AHEAD_MAX, Timestamp};

/// The category that covers marketing templates.
pub const MARKETING: &str = "marketing_messages";

/// What customers are asked to agree to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Marketing,
    /// Messages about their own matters that the business begins.
    Service,
    /// Being asked how satisfied they are.
    Csat,
}

impl Purpose {
    pub const ALL: [Self; 3] = [Self::Marketing, Self::Service, Self::Csat];

    /// The category under which events have it: for marketing the provider's word.
    pub const fn category(self) -> &'static str {
        match self {
            Self::Marketing => MARKETING,
            Self::Service => "service_messages",
            Self::Csat => crate::csat::CONSENT,
        }
    }
}

/// What customers write or tap to get no more marketing. The whole text, in the form of [`bare`]: within a sentence the
/// same word may mean anything.
const OPT_OUT_PHRASES: &[&str] = &[
    "stop",
    "stop all",
    "stop promotions",
    "stop marketing",
    "unsubscribe",
    "opt out",
    "opt-out",
    "baja",
    "darme de baja",
    "detener promociones",
    "parar promoções",
    "descadastrar",
    "se désabonner",
    "abmelden",
    "abbestellen",
    "disiscrivimi",
    "إلغاء الاشتراك",
    "отписаться",
    "退订",
];

/// Whether a message says nothing but that: typed, or as the button of a template or of a question of ours.
pub fn is_opt_out(content: &Content) -> bool {
    let places: &[&str] = match content.kind {
        MessageKind::Text => &["/body"],
        MessageKind::Button => &["/text", "/payload"],
        MessageKind::Interactive => &["/button_reply/title", "/button_reply/id"],
        _ => return false,
    };
    let said = places.iter().filter_map(|place| content.body.pointer(place).and_then(Value::as_str));
    said.map(bare).any(|said| OPT_OUT_PHRASES.contains(&said.as_str()))
}

/// The provider reports a choice.
pub fn change(step: &mut Step<'_>, brand: BrandId, of: &[Identity], category: &str, granted: bool, at: Timestamp) {
    let sender = Sender { identities: of.to_vec(), ..Sender::default() };
    if let Some(id) = identify(step, brand, &sender) {
        change_of(step, id, category, granted, at);
    }
}

/// The same for a known contact.
pub fn change_of(step: &mut Step<'_>, id: ContactId, category: &str, granted: bool, at: Timestamp) {
    // A date in the future would silence every later word.
    let at = at.min(step.now + OCCURRED_AHEAD_MAX);
    let known = step.world.contacts.get(&id).and_then(|contact| contact.consents.get(category));
    if known.is_some_and(|(newest, _)| *newest >= at) {
        return;
    }
    let event = ContactConsentChanged { contact_id: id, category: category.to_owned(), granted, at };
    step.emit_at(StreamId::Contact(id), event, at.clamped_to(step.now), Vec::new());
}

//! What the customer wants to receive. The newest word of the customer counts, whatever order it arrives in.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::edit::living;
use super::identify::identify;
use crate::content::{Content, MessageKind, bare};
use crate::event::contact::{ConsentEvidence, ConsentSource, ContactConsentChanged};
use crate::event::{Actor, StreamId};
use crate::ids::*;
use crate::inbound::{Identity, Sender};
use crate::rejection::Rejection;
use crate::settings::Settings;
use crate::step::Step;
use crate::time::{Millis, OCCURRED_AHEAD_MAX, Timestamp};

/// Characters of what is said for evidence, at most.
pub const EVIDENCE_MAX: usize = 500;

/// What a provider's times are whole of.
const GRAIN: Millis = Millis::seconds(1);

/// The category that covers marketing templates.
pub const MARKETING: &str = "marketing_messages";

/// What customers are asked to agree to.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
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

    /// The word in the API and in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Service => "service",
            Self::Csat => "csat",
        }
    }
    /// The other way round.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }

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

/// What customers type to get marketing again after they said no to it. It undoes their own no and nothing else: "start" on
/// a button, or as anybody's first word, agrees to nothing.
const OPT_IN_PHRASES: &[&str] = &[
    "start",
    "unstop",
    "subscribe",
    "resubscribe",
    "opt in",
    "opt-in",
    "alta",
    "darme de alta",
    "suscribirme",
    "inscrever",
    "inscrever-se",
    "s'abonner",
    "anmelden",
    "iscrivimi",
    "اشتراك",
    "подписаться",
    "订阅",
];

/// Whether a message says nothing but that: typed, or as the button of a template or of a question of ours.
pub fn is_opt_out(content: &Content, settings: &Settings) -> bool {
    let places: &[&str] = match content.kind {
        MessageKind::Text => &["/body"],
        MessageKind::Button => &["/text", "/payload"],
        MessageKind::Interactive => &["/button_reply/title", "/button_reply/id"],
        _ => return false,
    };
    let own = &settings.contacts.opt_out_phrases;
    let said = places.iter().filter_map(|place| content.body.pointer(place).and_then(Value::as_str));
    said.map(bare).any(|said| OPT_OUT_PHRASES.contains(&said.as_str()) || own.iter().any(|own| bare(own) == said))
}

/// Whether somebody typed nothing but that they want marketing again.
pub fn is_opt_in(content: &Content, settings: &Settings) -> bool {
    let typed = content.body.pointer("/body").and_then(Value::as_str).filter(|_| content.kind == MessageKind::Text);
    let own = &settings.contacts.opt_in_phrases;
    typed
        .map(bare)
        .is_some_and(|said| OPT_IN_PHRASES.contains(&said.as_str()) || own.iter().any(|own| bare(own) == said))
}

/// The provider reports a choice.
pub fn change(step: &mut Step<'_>, brand: BrandId, of: &[Identity], category: &str, granted: bool, at: Timestamp) {
    let sender = Sender { identities: of.to_vec(), ..Sender::default() };
    if let Some(id) = identify(step, brand, &sender) {
        change_of(step, id, category, granted, at, ConsentSource::ProviderPreference);
    }
}

/// The same for a known contact.
pub fn change_of(
    step: &mut Step<'_>,
    id: ContactId,
    category: &str,
    granted: bool,
    at: Timestamp,
    source: ConsentSource,
) {
    // A date in the future would silence every later word.
    let at = at.min(step.now + OCCURRED_AHEAD_MAX);
    let known = step.world.contacts.get(&id).and_then(|contact| contact.noted().consents.get(category)).copied();
    let at = match known {
        // Providers tell whole seconds: a no of the very second in which a yes was written down is newer than that.
        Some((newest, true)) if !granted && at <= newest && newest - at < GRAIN => newest + Millis(1),
        Some((newest, _)) if newest >= at => return,
        _ => at,
    };
    write(step, id, category, granted, at, source, None);
}

/// Takes back a no to marketing of whoever typed that they want it again.
pub(crate) fn opt_in_again(step: &mut Step<'_>, id: ContactId, at: Timestamp) {
    for id in [id, step.world.standing_for(id)] {
        let declined =
            |contact: crate::world::Contact<'_>| contact.noted().consents.get(MARKETING).is_some_and(|(_, yes)| !yes);
        if step.world.contacts.get(&id).is_some_and(declined) {
            change_of(step, id, MARKETING, true, at, ConsentSource::Keyword);
        }
    }
}

/// What a colleague, or a program, writes down that the customer said to a purpose. A yes needs to say where it was given.
pub fn note(
    step: &mut Step<'_>,
    id: ContactId,
    purpose: Purpose,
    granted: bool,
    evidence: Option<String>,
) -> Result<(), Rejection> {
    living(step, id)?;
    let evidence = checked_evidence(evidence)?;
    if granted && evidence.is_none() {
        let detail = "say where they agreed, such as a form and its date".to_owned();
        return Err(Rejection::Invalid { field: "evidence", detail });
    }
    let source = match step.actor {
        Actor::Key { .. } => ConsentSource::Api,
        Actor::User(_) | Actor::Contact(_) | Actor::Provider | Actor::Rule(_) | Actor::System => ConsentSource::Agent,
    };
    said(step, id, purpose, granted, source, evidence);
    Ok(())
}

/// What an import says. It never speaks against the customer's own no, nor does it repeat what is known.
pub(super) fn import(step: &mut Step<'_>, id: ContactId, purpose: Purpose, granted: bool, evidence: Option<&str>) {
    let known = step.world.contacts.get(&id).and_then(|contact| contact.noted().consents.get(purpose.category()));
    let changes = match known {
        Some((_, known)) => *known && !granted,
        None => true,
    };
    if changes && !(granted && step.world.has_declined(id, purpose.category())) {
        said(step, id, purpose, granted, ConsentSource::Import, evidence.map(str::to_owned));
    }
}

fn said(
    step: &mut Step<'_>,
    id: ContactId,
    purpose: Purpose,
    granted: bool,
    source: ConsentSource,
    evidence: Option<String>,
) {
    let category = purpose.category();
    let known = step.world.contacts.get(&id).and_then(|contact| contact.noted().consents.get(category)).copied();
    if evidence.is_none() && known.is_some_and(|(_, known)| known == granted) {
        return;
    }
    // What is written down now is newer than what was, whatever the provider's clock said.
    let at = known.map_or(step.now, |(newest, _)| step.now.max(newest + Millis(1)));
    write(step, id, category, granted, at, source, evidence);
}

fn write(
    step: &mut Step<'_>,
    id: ContactId,
    category: &str,
    granted: bool,
    at: Timestamp,
    source: ConsentSource,
    evidence: Option<String>,
) {
    let private = evidence.map(|evidence| ConsentEvidence { evidence });
    let event = ContactConsentChanged {
        contact_id: id,
        category: category.to_owned(),
        granted,
        at,
        source: Some(source),
        private,
    };
    step.emit_at(StreamId::Contact(id), event, at.clamped_to(step.now), Vec::new());
}

/// Where somebody agreed, in a colleague's words.
pub fn checked_evidence(evidence: Option<String>) -> Result<Option<String>, Rejection> {
    let Some(evidence) = evidence.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if evidence.chars().count() > EVIDENCE_MAX {
        return Err(Rejection::Invalid { field: "evidence", detail: format!("at most {EVIDENCE_MAX} characters") });
    }
    Ok(Some(evidence))
}

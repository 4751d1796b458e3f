//! What a workspace decides for itself. Part of events: a replay uses the settings of that time.

use serde::{Deserialize, Serialize};

use crate::content::bare;
use crate::event::StreamId;
use crate::event::workspace::WorkspaceSettingsChanged;
use crate::identity::BlindKey;
use crate::ids::HoursId;
use crate::queue::settings::CAPACITY_MAX;
use crate::rejection::Rejection;
use crate::step::{Blind, Step};
use crate::time::Millis;

/// Courtesy phrases at most, and characters of one.
pub const PHRASES_MAX: usize = 500;
const PHRASE_CHARS_MAX: usize = 100;
/// Phrases of a workspace's own by which customers opt out, or in, at most.
pub const CONSENT_PHRASES_MAX: usize = 100;
/// The shortest and the longest time a contact is given to come back.
pub const FCR_WINDOW_MIN: Millis = Millis::hours(1);
pub const FCR_WINDOW_MAX: Millis = Millis::days(90);

/// Changes the settings. What is the same already makes no event.
pub fn change(step: &mut Step<'_>, wanted: Settings) -> Result<(), Rejection> {
    let fits = |phrase: &String| !phrase.trim().is_empty() && phrase.chars().count() <= PHRASE_CHARS_MAX;
    if wanted.courtesy_phrases.len() > PHRASES_MAX || !wanted.courtesy_phrases.iter().all(fits) {
        let detail = format!("at most {PHRASES_MAX} phrases of 1 to {PHRASE_CHARS_MAX} characters");
        return Err(Rejection::Invalid { field: "courtesy_phrases", detail });
    }
    let phrases = &wanted.bot.person_phrases;
    if phrases.len() > PHRASES_MAX || !phrases.iter().all(fits) {
        let detail = format!("at most {PHRASES_MAX} phrases of 1 to {PHRASE_CHARS_MAX} characters");
        return Err(Rejection::Invalid { field: "bot/person_phrases", detail });
    }
    for (field, phrases) in [
        ("contacts/opt_out_phrases", &wanted.contacts.opt_out_phrases),
        ("contacts/opt_in_phrases", &wanted.contacts.opt_in_phrases),
    ] {
        if phrases.len() > CONSENT_PHRASES_MAX || !phrases.iter().all(fits) {
            let detail = format!("at most {CONSENT_PHRASES_MAX} phrases of 1 to {PHRASE_CHARS_MAX} characters");
            return Err(Rejection::Invalid { field, detail });
        }
    }
    if wanted.routing.max_open_default.is_some_and(|max| !(1..=CAPACITY_MAX).contains(&max)) {
        let detail = format!("1 to {CAPACITY_MAX}, or null for as many as come");
        return Err(Rejection::Invalid { field: "routing/max_open_default", detail });
    }
    let window = wanted.metrics.fcr_window_ms;
    if !(FCR_WINDOW_MIN..=FCR_WINDOW_MAX).contains(&window) {
        let detail = "an hour to 90 days".to_owned();
        return Err(Rejection::Invalid { field: "metrics/fcr_window_seconds", detail });
    }
    if wanted.metrics.hours_id.is_some_and(|id| !step.world.calendars.serves(id, None)) {
        return Err(Rejection::UnknownReference { field: "metrics/hours_id" });
    }
    if step.world.settings != wanted {
        let courtesy_keys = courtesy_keys(step.blind, &wanted);
        step.emit(StreamId::Workspace, WorkspaceSettingsChanged { settings: wanted, courtesy_keys });
    }
    Ok(())
}

/// Finds short texts again without keeping them: two texts that are the same courtesy, however written, have one key.
pub fn phrase_key(blind: &dyn Blind, text: &str) -> Option<BlindKey> {
    let phrase = bare(text);
    let short = !phrase.is_empty() && phrase.chars().count() <= PHRASE_CHARS_MAX;
    short.then(|| blind.blind_parts(&["phrase:", &phrase]))
}

/// The keys of all courtesies of the settings.
pub fn courtesy_keys(blind: &dyn Blind, settings: &Settings) -> Vec<BlindKey> {
    settings.courtesy_phrases.iter().filter_map(|phrase| phrase_key(blind, phrase)).collect()
}

/// Workspace settings with the product's defaults.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Settings {
    /// A customer who writes within this time after `resolved` reopens the conversation; later they start a
    /// new one, linked to it.
    pub reopen_window_ms: Millis,
    /// Texts that leave a resolved conversation resolved. Lower case, without closing punctuation.
    pub courtesy_phrases: Vec<String>,
    #[serde(default)]
    pub agents: AgentSettings,
    #[serde(default)]
    pub routing: RoutingSettings,
    #[serde(default)]
    pub metrics: MetricSettings,
    #[serde(default)]
    pub bot: BotSettings,
    #[serde(default)]
    pub contacts: ContactSettings,
}

/// What holds while a bot has a conversation.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct BotSettings {
    /// Words by which a customer asks for a person, at any time and anywhere in a message. Lower case.
    pub person_phrases: Vec<String>,
}

impl Default for BotSettings {
    fn default() -> Self {
        Self { person_phrases: PERSON_PHRASES.iter().map(|&phrase| phrase.to_owned()).collect() }
    }
}

/// What holds for contacts.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct ContactSettings {
    /// Attributes that are not defined cannot be set.
    pub defined_attributes_only: bool,
    /// What customers write to get no more marketing, beside what everybody knows.
    pub opt_out_phrases: Vec<String>,
    /// What they write to get it again.
    pub opt_in_phrases: Vec<String>,
}

/// By what numbers are worked out. A change makes a new version of their definition; nothing that happened changes.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct MetricSettings {
    /// How long a contact has to come back before their matter counts as solved at the first contact.
    pub fcr_window_ms: Millis,
    /// The calendar of business time where a queue has none of its own; `None`: there is no business time.
    pub hours_id: Option<HoursId>,
}

impl Default for MetricSettings {
    fn default() -> Self {
        Self { fcr_window_ms: Millis::hours(72), hours_id: None }
    }
}

/// What holds for everybody who is given work.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct RoutingSettings {
    /// Open conversations of a person at most, unless their profile says otherwise; `None`: as many as come.
    pub max_open_default: Option<u32>,
}

/// What Agents may do beyond their own conversations.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct AgentSettings {
    /// They see and answer their teams' conversations, not only those assigned to them.
    pub see_team: bool,
    /// They may resolve, reopen and snooze what a teammate has.
    pub resolve_team: bool,
}

impl Default for AgentSettings {
    fn default() -> Self {
        Self { see_team: true, resolve_team: false }
    }
}

/// Phrases that ask for no answer, in the languages most support teams meet.
const COURTESY_PHRASES: &[&str] = &[
    "thanks",
    "thank you",
    "thank you very much",
    "thx",
    "ty",
    "ok",
    "okay",
    "ok thanks",
    "great",
    "perfect",
    "👍",
    "🙏",
    "❤",
    "gracias",
    "muchas gracias",
    "vale",
    "obrigado",
    "obrigada",
    "merci",
    "danke",
    "vielen dank",
    "grazie",
    "شكرا",
    "धन्यवाद",
    "teşekkürler",
    "спасибо",
    "谢谢",
];

/// How a person is asked for, in the languages most support teams meet.
const PERSON_PHRASES: &[&str] = &[
    "agent",
    "human",
    "operator",
    "representative",
    "real person",
    "talk to a person",
    "speak to a person",
    "talk to someone",
    "speak to someone",
    "agente",
    "humano",
    "humana",
    "operador",
    "operadora",
    "una persona",
    "atendente",
    "uma pessoa",
    "conseiller",
    "conseillère",
    "un humain",
    "mitarbeiter",
    "mitarbeiterin",
    "ein mensch",
    "einem menschen",
    "operatore",
    "operatrice",
    "medewerker",
    "konsultant",
    "temsilci",
    "müşteri temsilcisi",
    "оператор",
    "живой человек",
    "موظف",
    "एजेंट",
    "इंसान",
    "人工",
    "客服",
    "担当者",
    "상담원",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            reopen_window_ms: Millis::hours(72),
            courtesy_phrases: COURTESY_PHRASES.iter().map(|&phrase| phrase.to_owned()).collect(),
            agents: AgentSettings::default(),
            routing: RoutingSettings::default(),
            metrics: MetricSettings::default(),
            bot: BotSettings::default(),
            contacts: ContactSettings::default(),
        }
    }
}

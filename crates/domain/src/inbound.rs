//! What a provider told us, parsed once at the edge and provider-neutral from here on. `channels` makes these
//! from webhooks, the decisions under [`crate::conversation`], [`crate::contact`] and [`crate::channel`] take
//! them. Personal values are still in clear here; they are blinded and sealed on the way into events.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::content::Content;
use crate::identity::IdentityKind;
use crate::time::Timestamp;

/// Where an item belongs, as the provider names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", tag = "by", content = "id")]
pub enum Route {
    /// Messages and everything about them: the number's `phone_number_id`.
    Number(String),
    /// Account matters: the WhatsApp Business Account's id.
    Account {
        waba_id: String,
        /// Some account items name the number only by its display form (digits).
        display_number: Option<String>,
    },
}

/// One item of a webhook with where it goes and the bytes it came as.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundItem {
    pub route: Route,
    pub fact: InboundFact,
    /// The item exactly as it came (JSON text), kept when it cannot be applied.
    pub raw: String,
}

/// The things a provider can tell us.
#[derive(Debug, Clone, PartialEq)]
pub enum InboundFact {
    /// A customer wrote. Includes kinds we do not know and placeholders.
    Message(CustomerMessage),
    /// The customer opened the chat without writing (`request_welcome`).
    ChatOpened {
        from: Sender,
        provider_id: String,
        at: Timestamp,
    },
    Reaction(Reaction),
    Edit(Edit),
    Revoke(Revoke),
    Status(StatusObservation),
    /// Staff wrote in the phone app (coexistence).
    Echo(EchoMessage),
    /// A message from before we were connected (coexistence history import).
    History(HistoryMessage),
    /// The number has declined to share, or failed to import, its history.
    HistoryError {
        code: i64,
        detail: Option<String>,
    },
    /// A file of an imported message has become available.
    HistoryMedia {
        provider_id: String,
        content: Content,
    },
    /// The phone's address book named or forgot a contact (coexistence).
    AddressBook {
        identities: Vec<Identity>,
        name: Option<String>,
        removed: bool,
        at: Timestamp,
    },
    /// The provider attests that one identity became another.
    IdentityChanged {
        from: Vec<Identity>,
        to: Vec<Identity>,
        provider_id: Option<String>,
        at: Timestamp,
    },
    /// The customer's security code changed; `hash` is the new one.
    IdentityKeyChanged {
        of: Sender,
        hash: String,
        provider_id: Option<String>,
        at: Timestamp,
    },
    Consent {
        of: Vec<Identity>,
        category: String,
        granted: bool,
        at: Timestamp,
    },
    Template(TemplateChange),
    Account(AccountChange),
    Call(Call),
    /// A group's life cycle or participants changed.
    Group {
        group_id: String,
        event: String,
        at: Timestamp,
        body: Value,
    },
    /// Something we have no use for yet (an unknown webhook field), kept and visible.
    Unknown {
        field: String,
        body: Value,
    },
    /// An item whose shape we could not read; `reason` says what was wrong, without personal values.
    Broken {
        field: String,
        reason: String,
    },
}

/// A value that names a customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Identity {
    pub kind: IdentityKind,
    pub value: String,
}

/// Who wrote, as attested by the provider: every identity it gave, most trusted first (see
/// [`IdentityKind`]), the profile name and the user name (both display only).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Sender {
    pub identities: Vec<Identity>,
    pub profile_name: Option<String>,
    pub username: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CustomerMessage {
    pub from: Sender,
    /// Set for a group message: the conversation is the group's, `from` its author.
    pub group_id: Option<String>,
    /// The provider's message id (a wamid).
    pub provider_id: String,
    /// The provider's time, unclamped.
    pub at: Timestamp,
    pub content: Content,
    pub context: Option<MessageContext>,
    /// The advertisement or post the customer came from, verbatim.
    pub referral: Option<Value>,
    /// The provider could not deliver the content (`errors` of the item), verbatim.
    pub errors: Option<Value>,
    /// The whole item for kinds we do not know, so that a later version can read it again.
    pub raw: Option<Value>,
}

/// What a message refers to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MessageContext {
    /// The provider's id of the quoted message, which we may not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted_provider_id: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frequently_forwarded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referred_product: Option<Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    pub from: Sender,
    pub group_id: Option<String>,
    /// The id of the reaction itself.
    pub provider_id: String,
    pub target_provider_id: String,
    /// `None` takes the customer's reaction away.
    pub emoji: Option<String>,
    pub at: Timestamp,
}

/// The author changed a message's content.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    pub provider_id: String,
    pub target_provider_id: String,
    pub content: Content,
    pub at: Timestamp,
    /// Who: the customer, or staff in the phone app.
    pub by: Author,
}

/// The author took a message back.
#[derive(Debug, Clone, PartialEq)]
pub struct Revoke {
    pub provider_id: String,
    pub target_provider_id: String,
    pub at: Timestamp,
    pub by: Author,
}

/// Who changed a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Author {
    Customer(Sender),
    /// Staff, in the phone app, in a chat with this customer.
    PhoneApp {
        to: Sender,
    },
}

/// One delivery report. Reports come in any order and more than once.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusObservation {
    pub provider_id: String,
    /// `sent`, `delivered`, `read`, `played`, `failed`, or a word we do not know.
    pub status: String,
    pub at: Timestamp,
    /// The identity of a group participant this report is about.
    pub participant: Option<String>,
    /// What we attached when sending: the attempt's id.
    pub callback_data: Option<String>,
    /// Identities of the recipient that the report reveals.
    pub recipient: Vec<Identity>,
    /// The first error of a failure.
    pub error: Option<ProviderError>,
    /// Verbatim, for billing.
    pub pricing: Option<Value>,
    /// Verbatim; older Graph versions and free entry points.
    pub conversation: Option<Value>,
}

/// An error as the provider words it. Decisions branch on `code` only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ProviderError {
    pub code: i64,
    pub title: Option<String>,
    /// May name the recipient: personal.
    pub detail: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct EchoMessage {
    pub to: Sender,
    pub provider_id: String,
    pub at: Timestamp,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq)]
pub struct HistoryMessage {
    /// The customer of the thread.
    pub with: Sender,
    /// Whether the customer wrote it (else staff did).
    pub inbound: bool,
    pub provider_id: String,
    pub at: Timestamp,
    pub content: Content,
    /// The provider's word for its delivery state at import (`READ`, `DELIVERED`, …), lower case.
    pub status: Option<String>,
}

/// What a webhook said about a template. Every field but the name and language may be missing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateChange {
    /// The provider's id, as text (webhooks carry an integer, answers a string).
    pub provider_id: Option<String>,
    pub name: String,
    /// As the provider wrote it; compare with [`crate::template::normal_language`].
    pub language: String,
    /// `APPROVED`, `PAUSED`, … upper case; open.
    pub status: Option<String>,
    pub reason: Option<String>,
    pub category: Option<String>,
    /// The category it will have: an announcement, not yet in force.
    pub coming_category: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`; open.
    pub quality: Option<String>,
    /// Components as far as the webhook tells them, in the shape of the template list.
    pub components: Option<Value>,
    pub at: Option<Timestamp>,
    /// The rest of the webhook's value, verbatim.
    pub detail: Option<Value>,
}

/// What a webhook said about a number or an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountChange {
    /// The webhook field, `phone_number_quality_update`, `account_update`, …; `errors` for number-level errors.
    pub field: String,
    /// The event word inside, if any (`ACCOUNT_RESTRICTION`, `THROUGHPUT_UPGRADE`, …).
    pub event: Option<String>,
    /// Sending budget of the number in messages per second, when the item tells it.
    pub throughput_mps: Option<u32>,
    /// `GREEN`, `YELLOW`, `RED`: quality, when told.
    pub quality: Option<String>,
    /// Business-initiated messages are barred until then (`None` inside: without end).
    pub business_initiated_barred: Option<Barred>,
    /// The account may or may not send at all, when the item settles it.
    pub enabled: Option<bool>,
    pub at: Option<Timestamp>,
    /// The value verbatim.
    pub body: Value,
}

/// How long a restriction holds.
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
#[serde(rename_all = "snake_case")]
pub enum Barred {
    Lifted,
    Until(Timestamp),
    Indefinitely,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub provider_id: String,
    /// The customer's side.
    pub with: Sender,
    /// `connect`, `terminate`, or a call status in lower case.
    pub event: String,
    /// Whether the customer placed it, when the item tells; their call opens the service window.
    pub from_customer: Option<bool>,
    pub at: Timestamp,
    pub body: Value,
}

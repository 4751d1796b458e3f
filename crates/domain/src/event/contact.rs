//! Facts about customers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{SealKey, facts, facts_and_private};
use crate::contact::attributes::AttributeValue;
use crate::identity::{BlindKey, IdentityKind};
use crate::ids::*;
use crate::inbound::Identity;
use crate::time::Timestamp;

/// An identity without its value.
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
pub struct BlindIdentity {
    pub kind: IdentityKind,
    /// Finds the contact, number aliases folded; absent for kinds that never find one.
    pub key: Option<BlindKey>,
    /// Tells whether exactly this value is known.
    pub exact: BlindKey,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactCreated {
    pub contact_id: ContactId,
    pub brand_id: BrandId,
    /// The key that seals everything personal about this contact from here on.
    pub seal: SealKey,
    pub identities: Vec<BlindIdentity>,
    /// Tells whether the profile shown later differs.
    pub profile: Option<BlindKey>,
    #[serde(skip)]
    pub private: Option<ContactProfile>,
}
facts_and_private!(ContactCreated = "contact.created");

/// What is personal about a contact. In a change, `None` and empty mean "as before".
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactProfile {
    /// Given by an agent or the phone's address book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the customer calls themself; a hint that never replaces a given name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<String>,
    /// Display only: it can change hands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Identity>,
}

/// Who says that two identities are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attested {
    /// The provider named both in one item.
    Provider,
    /// The customer shared it when asked.
    Customer,
    Agent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactIdentityLinked {
    pub contact_id: ContactId,
    pub identities: Vec<BlindIdentity>,
    pub attested_by: Attested,
    #[serde(skip)]
    pub private: Option<ContactProfile>,
}
facts_and_private!(ContactIdentityLinked = "contact.identity_linked");

/// The identity no longer finds this contact (number changed hands, user id rotated); history keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactIdentityRetired {
    pub contact_id: ContactId,
    pub identity: BlindIdentity,
    #[serde(skip)]
    pub private: Option<ContactProfile>,
}
facts_and_private!(ContactIdentityRetired = "contact.identity_retired");

/// The provider showed a new profile or user name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactProfileObserved {
    pub contact_id: ContactId,
    pub profile: BlindKey,
    #[serde(skip)]
    pub private: Option<ContactProfile>,
}
facts_and_private!(ContactProfileObserved = "contact.profile_observed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactEdited {
    pub contact_id: ContactId,
    #[serde(skip)]
    pub private: Option<ContactProfile>,
}
facts_and_private!(ContactEdited = "contact.edited");

/// Why a service window moved without a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowCause {
    /// The customer opened the chat without writing.
    ChatOpened,
    /// The customer called.
    Call,
    /// The provider says it is closed.
    ProviderRefused,
}

/// The service window with this contact on this channel is now open until `window_until`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactWindowChanged {
    pub contact_id: ContactId,
    pub channel_id: ChannelId,
    pub window_until: Timestamp,
    pub cause: WindowCause,
}
facts!(ContactWindowChanged = "contact.window_changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactBlocked {
    pub contact_id: ContactId,
    #[serde(skip)]
    pub private: Option<BlockReason>,
}
facts_and_private!(ContactBlocked = "contact.blocked");

/// Why, in a colleague's words. Personal: people type names and numbers here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BlockReason {
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactUnblocked {
    pub contact_id: ContactId,
}
facts!(ContactUnblocked = "contact.unblocked");

/// An identity of `contact_id` also belongs to `other_id`: a person decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactMergeSuggested {
    pub contact_id: ContactId,
    pub other_id: ContactId,
}
facts!(ContactMergeSuggested = "contact.merge_suggested");

/// `contact_id` (the winner) stands for `loser_id` too, until undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactMerged {
    pub merge_id: MergeId,
    pub contact_id: ContactId,
    pub loser_id: ContactId,
}
facts!(ContactMerged = "contact.merged");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactMergeUndone {
    pub merge_id: MergeId,
    pub contact_id: ContactId,
    pub loser_id: ContactId,
}
facts!(ContactMergeUndone = "contact.merge_undone");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactConsentChanged {
    pub contact_id: ContactId,
    /// `marketing_messages`, …; the provider's word.
    pub category: String,
    pub granted: bool,
    pub at: Timestamp,
    /// Who says so; absent in events from before it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ConsentSource>,
    #[serde(skip)]
    pub private: Option<ConsentEvidence>,
}
facts_and_private!(ContactConsentChanged = "contact.consent_changed");

/// Who says what a customer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentSource {
    /// The customer's choice at the provider, or the provider's refusal for it.
    ProviderPreference,
    /// What the customer wrote or tapped.
    Keyword,
    Agent,
    Import,
    Api,
}

/// Where the customer said so, in a colleague's words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ConsentEvidence {
    pub evidence: String,
}

/// Attributes were set; null: taken away. They are labels (a plan, a region), nothing personal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactAttributesChanged {
    pub contact_id: ContactId,
    pub attributes: BTreeMap<String, Option<AttributeValue>>,
    /// Those that are defined as personal: whether they were set, or taken away. What they are worth is sealed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sealed: BTreeMap<String, bool>,
    #[serde(skip)]
    pub private: Option<PersonalAttributes>,
}
facts_and_private!(ContactAttributesChanged = "contact.attributes_changed");

/// What personal attributes are worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PersonalAttributes {
    pub attributes: BTreeMap<String, AttributeValue>,
}

/// The id by which another system knows the contact; the key absent: none any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactExternalIdChanged {
    pub contact_id: ContactId,
    pub key: Option<BlindKey>,
    /// What found them before and does no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<BlindKey>,
    #[serde(skip)]
    pub private: Option<ExternalId>,
}
facts_and_private!(ContactExternalIdChanged = "contact.external_id_changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExternalId {
    pub external_id: String,
}

/// A word by which people sort contacts; nothing personal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactTagged {
    pub contact_id: ContactId,
    pub tag: String,
}
facts!(ContactTagged = "contact.tagged");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactUntagged {
    pub contact_id: ContactId,
    pub tag: String,
}
facts!(ContactUntagged = "contact.untagged");

/// The customer's security code changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactIdentityKeyChanged {
    pub contact_id: ContactId,
    pub at: Timestamp,
    #[serde(skip)]
    pub private: Option<IdentityKeyHash>,
}
facts_and_private!(ContactIdentityKeyChanged = "contact.identity_key_changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct IdentityKeyHash {
    pub hash: String,
}

/// Erasure is decided; the key is destroyed after this event and before the next. Says no reason: words about an erased
/// person would outlive them here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactErasureStarted {
    pub contact_id: ContactId,
    /// Every key to destroy: the contact's, those of contacts merged into it, of quarantined items naming it, and of the
    /// names of files sent to it.
    pub seals: Vec<SealKey>,
    /// Contacts merged into it, erased with it.
    pub merged: Vec<ContactId>,
    pub quarantined: Vec<QuarantineId>,
    /// Files to remove.
    pub media: Vec<MediaId>,
    #[serde(skip)]
    pub private: Option<ErasureReason>,
}
facts_and_private!(ContactErasureStarted = "contact.erasure_started");

/// Why. Sealed with the workspace key: it is the business's record and outlives the contact's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ErasureReason {
    pub reason: String,
}

/// The keys are gone: nothing personal about the contact can be read any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ContactErased {
    pub contact_id: ContactId,
}
facts!(ContactErased = "contact.erased");

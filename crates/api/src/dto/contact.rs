//! Customers and how they are recognised.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::page::page;
use super::scalar::{BrandId, ContactId, MergeId, Position, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// Business-scoped user id.
    Bsuid,
    Group,
    WaId,
    Phone,
    ParentBsuid,
}

/// A value that names a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactIdentity {
    pub kind: IdentityKind,
    #[schema(max_length = 256)]
    pub value: String,
}

/// A customer, scoped to a brand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Contact {
    pub id: ContactId,
    pub version: Position,
    pub brand_id: BrandId,
    /// Given by an agent or the phone's address book.
    #[schema(required, max_length = 1000)]
    pub name: Option<String>,
    /// What the customer calls themself.
    #[schema(required, max_length = 1000)]
    pub profile_name: Option<String>,
    #[schema(required, max_length = 256)]
    pub username: Option<String>,
    /// What to call them: the name given, else what they call themself, else how they are reached.
    #[schema(required, max_length = 1000)]
    pub display_name: Option<String>,
    #[schema(max_items = 100)]
    pub identities: Vec<ContactIdentity>,
    /// Labels that routing rules and policies may ask about, such as a plan or a region; of merged contacts also those of
    /// the others, where the one who stands for them has none under that key.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// Attributes that are defined as personal: sealed, erased with the contact, and asked about by no rule.
    #[schema(value_type = Object)]
    pub personal_attributes: Map<String, Value>,
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    /// The id by which another system knows them.
    #[schema(required, max_length = 128)]
    pub external_id: Option<String>,
    pub blocked: bool,
    pub erased: bool,
    /// The contact that stands for this one after a merge.
    #[schema(required)]
    pub merged_into: Option<ContactId>,
    /// Contacts that this one stands for.
    #[schema(max_items = 1000)]
    pub merged: Vec<MergedContact>,
    pub created_at: Timestamp,
}
/// A contact that was merged into another, and what undoes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MergedContact {
    pub contact_id: ContactId,
    pub merge_id: MergeId,
}
page! { /// Contacts.
ContactPage of Contact }

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateContact {
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub name: crate::extract::Patch<String>,
    /// A merge patch: a key's value is set, null takes it away, keys not named stay. At most 50 keys of the form
    /// `[a-z][a-z0-9_]{0,63}`; values are numbers, true, false, or texts of 1 to 64 letters, digits, spaces and `_ - . :`.
    /// They are labels, not personal text: names, numbers and addresses do not belong here. `language` is a language tag
    /// (BCP 47).
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<Map<String, Value>>,
    /// The id by which another system knows them, one contact of the brand for each.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 128)]
    pub external_id: crate::extract::Patch<String>,
}

/// A contact that never wrote. Needs a number or an external id.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateContact {
    pub brand_id: BrandId,
    /// In E.164.
    #[schema(pattern = "^\\+?[1-9][0-9]{6,14}$")]
    pub phone: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[schema(min_length = 1, max_length = 128)]
    pub external_id: Option<String>,
    /// As when a contact is changed.
    #[schema(value_type = Option<Object>)]
    pub attributes: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 3)]
    pub consents: Vec<super::contact_consent::NewConsent>,
    /// Where they agreed, such as a form and its date. A yes needs it.
    #[schema(max_length = 500, pattern = "^[^\\u0000]*$")]
    pub evidence: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockContact {
    #[schema(max_length = 200)]
    pub reason: Option<String>,
}

/// An identity an agent knows the customer by.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkIdentity {
    pub kind: LinkableKind,
    #[schema(pattern = "^\\+?[1-9][0-9]{6,14}$")]
    pub value: String,
}

/// The others are given by the provider alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkableKind {
    Phone,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeContacts {
    /// Stands for both afterwards.
    pub winner_id: ContactId,
    pub loser_id: ContactId,
}

/// A merge, which can be undone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactMerge {
    pub id: MergeId,
    pub winner_id: ContactId,
    pub loser_id: ContactId,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseContact {
    /// Must be `true`: erasure cannot be undone.
    pub confirm: bool,
    /// Why, for the record of the business.
    #[schema(max_length = 500, pattern = "^[^\\u0000]*$")]
    pub reason: Option<String>,
}

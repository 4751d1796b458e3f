//! The straight way through a body that has the shape nearly all have: customers' messages and delivery reports, each field
//! as documented. Bytes are looked at twice, once to find the items and once to read each, where the patient way ([`envelope`]
//! level by level) looks at them five times. Whatever is not plain here goes that way, as a whole body; both give the same.
//!
//! [`envelope`]: super::envelope

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::people;

#[derive(Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub(super) object: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Entry<'a> {
    pub(super) time: Option<i64>,
    #[serde(borrow)]
    pub(super) changes: Vec<Change<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow)]
    pub(super) field: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) value: Messages<'a>,
}

/// The value of a `messages` change. A further key may mean anything, so it is not plain.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Messages<'a> {
    #[serde(borrow, rename = "messaging_product")]
    _messaging_product: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) metadata: Metadata<'a>,
    #[serde(borrow, default)]
    pub(super) contacts: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) messages: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) statuses: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Metadata<'a> {
    #[serde(borrow)]
    pub(super) display_phone_number: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) phone_number_id: Cow<'a, str>,
}

/// A text as nearly all come; a further key is somebody else's to understand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Text<'a> {
    #[serde(borrow)]
    pub(super) from: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) from_user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) from_parent_user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) timestamp: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) text: TextBody<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextBody<'a> {
    #[serde(borrow)]
    pub(super) body: Cow<'a, str>,
}

/// A card as nearly all come.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Card<'a> {
    #[serde(borrow)]
    pub(super) profile: Option<Profile<'a>>,
    #[serde(borrow)]
    pub(super) wa_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) parent_user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) username: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) username: Option<Cow<'a, str>>,
}

/// Reads a text; `None` where it is not plain.
pub(super) fn text(raw: &RawValue) -> Option<Text<'_>> {
    let text: Text<'_> = serde_json::from_str(raw.get()).ok()?;
    // Empty text stands for an absent one, and whoever is known by a user id in the place of a number is found otherwise.
    let plain = text.kind == "text" && !text.id.is_empty() && !text.from.is_empty() && !people::is_user_id(&text.from);
    plain.then_some(text)
}

/// Reads a card; `None` where it is not plain.
pub(super) fn card(raw: &RawValue) -> Option<Card<'_>> {
    serde_json::from_str(raw.get()).ok()
}

/// Reads a body; `None` where it is not plain in every part.
pub(super) fn read(text: &str) -> Option<Body<'_>> {
    let body: Body<'_> = serde_json::from_str(text).ok()?;
    let plain = |change: &Change<'_>| {
        let metadata = &change.value.metadata;
        // An empty text stands for an absent one, and a change without items is kept whole.
        change.field == "messages"
            && !(metadata.display_phone_number.is_empty() || metadata.phone_number_id.is_empty())
            && !(change.value.messages.is_empty() && change.value.statuses.is_empty())
    };
    body.entry.iter().flat_map(|entry| &entry.changes).all(plain).then_some(body)
}

//! Who an item is about: the identities it names itself, completed from the `contacts` beside it. A card is found by the
//! user id or the number it names and never by its place in the list, because the lists differ in length and order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use domain::identity::{IdentityKind, canonical_number};
use domain::inbound::{Identity, Sender};
use serde_json::Value;

use super::item::{Object, nested, text};
use super::plain;

/// The `contacts` of a value.
#[derive(Default)]
pub(super) struct Cards<'a> {
    cards: Vec<Card<'a>>,
    by_user: BTreeMap<String, usize>,
    by_number: BTreeMap<String, usize>,
}

#[derive(Default)]
struct Card<'a> {
    /// As it came.
    raw: &'a str,
    wa_id: Option<String>,
    user_id: Option<String>,
    parent_user_id: Option<String>,
    profile_name: Option<String>,
    username: Option<String>,
}

impl<'a> Cards<'a> {
    pub(super) fn add(&mut self, raw: &'a str, card: &Object) {
        let profile = nested(card, "profile");
        self.push(Card {
            raw,
            wa_id: text(card, "wa_id"),
            user_id: text(card, "user_id"),
            parent_user_id: text(card, "parent_user_id"),
            profile_name: profile.and_then(|profile| text(profile, "name")),
            username: profile.and_then(|profile| text(profile, "username")).or_else(|| text(card, "username")),
        });
    }

    /// The same for one that is plain.
    pub(super) fn add_plain(&mut self, raw: &'a str, card: plain::Card<'_>) {
        let (profile_name, username) = card.profile.map_or((None, None), |profile| (profile.name, profile.username));
        self.push(Card {
            raw,
            wa_id: said(card.wa_id),
            user_id: said(card.user_id),
            parent_user_id: said(card.parent_user_id),
            profile_name: said(profile_name),
            username: said(username).or_else(|| said(card.username)),
        });
    }

    fn push(&mut self, card: Card<'a>) {
        let index = self.cards.len();
        if let Some(user) = &card.user_id {
            self.by_user.insert(user.clone(), index);
        }
        if let Some(number) = &card.wa_id {
            self.by_number.insert(canonical_number(number), index);
        }
        self.cards.push(card);
    }

    fn find(&self, user: Option<&str>, number: Option<&str>) -> Option<&Card<'a>> {
        user.and_then(|user| self.by_user.get(user))
            .or_else(|| number.and_then(|number| self.by_number.get(&canonical_number(number))))
            .map(|index| &self.cards[*index])
    }

    /// The text of the card that stands beside an item for whom it is about.
    pub(super) fn beside(&self, item: &Object) -> Option<&'a str> {
        let users = ["from_user_id", "to_user_id", "recipient_user_id", "user_id"];
        let numbers = ["from", "to", "recipient_id", "wa_id"];
        let by_user = users.iter().find_map(|key| self.find(text(item, key).as_deref(), None));
        let card = by_user.or_else(|| numbers.iter().find_map(|key| self.find(None, text(item, key).as_deref())));
        card.map(|card| card.raw)
    }

    /// The person that an item names by a number, a user id and a parent user id, under these keys.
    pub(super) fn person(&self, item: &Object, number: &str, user: &str, parent: &str) -> Sender {
        let (number, user, parent) = (text(item, number), text(item, user), text(item, parent));
        // A user id has landed in the place of a number before.
        let (number, user) = match (number, user) {
            (Some(number), None) if is_user_id(&number) => (None, Some(number)),
            both => both,
        };
        let card = self.find(user.as_deref(), number.as_deref());
        Self::named(card, number, user, parent)
    }

    /// Who wrote a plain text, and the text of their card.
    pub(super) fn writer(&self, text: &plain::Text<'_>) -> (Sender, Option<&'a str>) {
        let (user, parent) = (said(text.from_user_id.clone()), said(text.from_parent_user_id.clone()));
        let card = self.find(user.as_deref(), Some(&text.from));
        (Self::named(card, Some(text.from.clone().into_owned()), user, parent), card.map(|card| card.raw))
    }

    fn named(card: Option<&Card<'a>>, number: Option<String>, user: Option<String>, parent: Option<String>) -> Sender {
        let Some(card) = card else {
            return sender(user, number.clone(), number, parent);
        };
        let wa_id = card.wa_id.clone().or_else(|| number.clone());
        let mut sender = sender(
            user.or_else(|| card.user_id.clone()),
            wa_id,
            number,
            parent.or_else(|| card.parent_user_id.clone()),
        );
        sender.profile_name.clone_from(&card.profile_name);
        sender.username.clone_from(&card.username);
        sender
    }
}

/// Identities in their order of trust. The number is listed beside the `wa_id` only where they differ.
pub(super) fn sender(
    user: Option<String>,
    wa_id: Option<String>,
    phone: Option<String>,
    parent: Option<String>,
) -> Sender {
    let phone = phone.filter(|phone| wa_id.as_ref() != Some(phone));
    let identities = [
        (IdentityKind::Bsuid, user),
        (IdentityKind::WaId, wa_id),
        (IdentityKind::Phone, phone),
        (IdentityKind::ParentBsuid, parent),
    ];
    let identities =
        identities.into_iter().filter_map(|(kind, value)| Some(Identity { kind, value: value? })).collect();
    Sender { identities, ..Sender::default() }
}

/// One identity, where there is a value.
pub(super) fn identity(kind: IdentityKind, value: Option<String>) -> Option<Identity> {
    value.map(|value| Identity { kind, value })
}

/// Text that says something.
fn said(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(Cow::into_owned)
}

/// Business-scoped user ids are a country code, a dot and letters or digits; numbers have no dot.
pub(super) fn is_user_id(text: &str) -> bool {
    text.as_bytes().get(2) == Some(&b'.') && text.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
}

/// Whether two ways to write a number mean one line.
pub(super) fn same_number(one: &str, other: &str) -> bool {
    canonical_number(one) == canonical_number(other)
}

/// Text of a value that may be an object with a previous and a current form.
pub(super) fn rotation(value: Option<&Value>) -> (Option<String>, Option<String>) {
    match value {
        Some(Value::Object(both)) => (text(both, "previous"), text(both, "current")),
        Some(value) => (None, super::item::as_text(value)),
        None => (None, None),
    }
}

//! Contacts that never wrote: brought by a colleague, a program or a file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::attributes::{self, Checked};
use super::consent::{self, Purpose, checked_evidence};
use super::edit::checked_name;
use super::identify::{blind_identity, create as begin};
use super::{external_id, tags};
use crate::conversation::label::normal;
use crate::identity::{IdentityKind, canonical_number};
use crate::ids::*;
use crate::inbound::{Identity, Sender};
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::step::Step;

/// Digits of a number.
pub const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A contact as somebody brings it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewContact {
    /// In E.164, with or without the plus sign.
    pub phone: Option<String>,
    pub name: Option<String>,
    pub external_id: Option<String>,
    pub attributes: BTreeMap<String, Value>,
    pub tags: Vec<String>,
    /// What they said to each purpose.
    pub consents: BTreeMap<Purpose, bool>,
    /// Where they said it.
    pub evidence: Option<String>,
}

/// A contact that was found fit.
pub(super) struct Fit {
    pub(super) phone: Option<Identity>,
    pub(super) name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) attributes: Checked,
    pub(super) tags: Vec<String>,
}

/// Begins a contact of a brand. Needs something to reach, or to find, them by.
pub fn create(step: &mut Step<'_>, brand: BrandId, new: NewContact) -> Result<ContactId, Rejection> {
    if !step.world.brands.contains_key(&brand) {
        return Err(Rejection::UnknownReference { field: "brand_id" });
    }
    let evidence = checked_evidence(new.evidence.clone())?;
    let fit = check(step, &new, true).map_err(Rejection::Fields)?;
    if fit.phone.is_none() && fit.external_id.is_none() {
        let detail = "a contact needs a number or an external id".to_owned();
        return Err(Rejection::Invalid { field: "phone", detail });
    }
    if new.consents.values().any(|granted| *granted) && evidence.is_none() {
        let detail = "say where they agreed, such as a form and its date".to_owned();
        return Err(Rejection::Invalid { field: "evidence", detail });
    }
    if find(step, brand, &fit).is_some() {
        return Err(Rejection::Duplicate("a contact with this identity"));
    }
    let id = make(step, brand, fit);
    for (purpose, granted) in new.consents {
        consent::note(step, id, purpose, granted, evidence.clone())?;
    }
    Ok(id)
}

/// Makes what was found fit, and belongs to nobody yet.
pub(super) fn make(step: &mut Step<'_>, brand: BrandId, fit: Fit) -> ContactId {
    let Fit { phone, name, external_id, attributes, tags } = fit;
    let sender = Sender { identities: phone.into_iter().collect(), ..Sender::default() };
    let id = begin(step, brand, &sender, name);
    // Checked before; a contact that has just been made refuses none of it.
    let _ = external_id.map(|text| external_id::set(step, id, Some(&text)));
    attributes::set(step, id, attributes);
    for tag in tags {
        let _ = tags::add(step, id, &tag);
    }
    id
}

/// Whom the number, or else the external id, finds in the brand.
fn find(step: &Step<'_>, brand: BrandId, fit: &Fit) -> Option<ContactId> {
    let by_phone = || {
        let key = blind_identity(step.blind, brand, fit.phone.as_ref()?).key?;
        step.world.contact_by_identity(key)
    };
    let by_external_id = || {
        let key = external_id::key(step.blind, brand, fit.external_id.as_deref()?);
        step.world.contact_by_external_id(key)
    };
    by_phone().or_else(by_external_id)
}

/// Everything that is wrong with a contact, at its place. `whole`: it begins, so it must have what is required.
pub(super) fn check(step: &Step<'_>, new: &NewContact, whole: bool) -> Result<Fit, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut say = |pointer: &str, code: &'static str, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code, detail });
    };
    let phone = new.phone.as_deref().map(number);
    if let Some(None) = phone {
        say("/phone", "bad_format", "a number in E.164, such as +34600111222".to_owned());
    }
    let invalid = |rejection: Rejection| match rejection {
        Rejection::Invalid { detail, .. } => detail,
        other => other.to_string(),
    };
    let name = new.name.as_deref().map(checked_name).transpose().unwrap_or_else(|rejection| {
        say("/name", "wrong_length", invalid(rejection));
        None
    });
    let external_id = new.external_id.as_deref().map(external_id::checked).transpose().unwrap_or_else(|rejection| {
        say("/external_id", "bad_format", invalid(rejection));
        None
    });
    if new.tags.len() > tags::TAGS_MAX {
        say("/tags", "too_many", format!("at most {}", tags::TAGS_MAX));
    }
    let mut kept = Vec::new();
    for (index, tag) in new.tags.iter().take(tags::TAGS_MAX).enumerate() {
        match normal(tag) {
            Ok(tag) => kept.push(tag),
            Err(rejection) => say(&format!("/tags/{index}"), "bad_format", invalid(rejection)),
        }
    }
    if whole {
        for key in step.world.definitions.required().filter(|key| !new.attributes.contains_key(*key)) {
            say(&format!("/attributes/{key}"), "required", "contacts must have it".to_owned());
        }
    }
    let defined_only = step.world.settings.contacts.defined_attributes_only;
    let attributes =
        attributes::check(&step.world.definitions, defined_only, new.attributes.clone()).unwrap_or_else(|wrong| {
            errors.extend(wrong);
            Checked::default()
        });
    if errors.is_empty() {
        Ok(Fit { phone: phone.flatten(), name, external_id, attributes, tags: kept })
    } else {
        Err(errors)
    }
}

/// A number as people write it, blanks, dots, dashes and brackets left out.
pub fn number(text: &str) -> Option<Identity> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}')).collect();
    let digits = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00")).unwrap_or(&digits).to_owned();
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let fits = plain && NUMBER_DIGITS.contains(&digits.len()) && !canonical_number(&digits).is_empty();
    fits.then_some(Identity { kind: IdentityKind::Phone, value: digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let read = |text| number(text).map(|identity| identity.value);
        for text in ["+34 600 111-222", "34600111222", "0034.600.111.222", "(+34) 600111222"] {
            assert_eq!(read(text).as_deref(), Some("34600111222"), "{text}");
        }
        for text in ["", "600", "+0034600", "call me", "+34600111222x", "1234567890123456"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

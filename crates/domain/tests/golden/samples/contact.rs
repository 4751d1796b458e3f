//! Customers.

use domain::contact::attributes::AttributeValue;
use domain::event::contact::*;
use domain::event::{Event, SealKey};
use domain::identity::IdentityKind;
use domain::ids::ContactId;
use domain::inbound::Identity;

use super::{at, id, key, text};

fn identity() -> BlindIdentity {
    BlindIdentity { kind: IdentityKind::WaId, key: Some(key(3)), exact: key(4) }
}

fn profile() -> Option<ContactProfile> {
    Some(ContactProfile {
        name: text("Carla (personal)"),
        profile_name: text("carla ✨ (personal)"),
        username: text("carla.personal"),
        identities: vec![Identity { kind: IdentityKind::WaId, value: "16505551234 (personal)".to_owned() }],
    })
}

pub(super) fn samples() -> Vec<Event> {
    let contact_id: ContactId = id(7);
    let other_id: ContactId = id(8);
    vec![
        ContactCreated {
            contact_id,
            brand_id: id(1),
            seal: SealKey(2),
            identities: vec![identity()],
            profile: Some(key(5)),
            private: profile(),
        }
        .into(),
        ContactIdentityLinked {
            contact_id,
            identities: vec![identity()],
            attested_by: Attested::Customer,
            private: profile(),
        }
        .into(),
        ContactIdentityRetired { contact_id, identity: identity(), private: profile() }.into(),
        ContactProfileObserved { contact_id, profile: key(6), private: profile() }.into(),
        ContactEdited { contact_id, private: profile() }.into(),
        ContactWindowChanged { contact_id, channel_id: id(3), window_until: at(1_440), cause: WindowCause::ChatOpened }
            .into(),
        ContactBlocked { contact_id, private: Some(BlockReason { reason: "spam from personal".to_owned() }) }.into(),
        ContactUnblocked { contact_id }.into(),
        ContactMergeSuggested { contact_id, other_id }.into(),
        ContactMerged { merge_id: id(9), contact_id, loser_id: other_id }.into(),
        ContactMergeUndone { merge_id: id(9), contact_id, loser_id: other_id }.into(),
        ContactConsentChanged {
            contact_id,
            category: "marketing_messages".to_owned(),
            granted: false,
            at: at(4),
            source: Some(ConsentSource::Keyword),
            private: Some(ConsentEvidence { evidence: "personal: wrote STOP".to_owned() }),
        }
        .into(),
        ContactIdentityKeyChanged {
            contact_id,
            at: at(5),
            private: Some(IdentityKeyHash { hash: "personal-hash".to_owned() }),
        }
        .into(),
        ContactErasureStarted {
            contact_id,
            seals: vec![SealKey(2), SealKey(9)],
            merged: vec![other_id],
            quarantined: vec![id(2)],
            media: vec![id(10)],
            private: Some(ErasureReason { reason: "personal: asked by letter".to_owned() }),
        }
        .into(),
        ContactTagged { contact_id, tag: "vip".to_owned() }.into(),
        ContactUntagged { contact_id, tag: "vip".to_owned() }.into(),
        ContactExternalIdChanged {
            contact_id,
            key: Some(key(31)),
            previous: Some(key(30)),
            private: Some(ExternalId { external_id: "personal-crm-4711".to_owned() }),
        }
        .into(),
        ContactAttributesChanged {
            contact_id,
            attributes: [
                ("language".to_owned(), Some(AttributeValue::Text("pt-BR".to_owned()))),
                ("orders".to_owned(), Some(AttributeValue::Number(7.into()))),
                ("vip".to_owned(), Some(AttributeValue::Bool(true))),
            ]
            .into(),
            sealed: [("birthday".to_owned(), true)].into(),
            private: Some(PersonalAttributes {
                attributes: [("birthday".to_owned(), AttributeValue::Text("1990-01-01 (personal)".to_owned()))].into(),
            }),
        }
        .into(),
        ContactErased { contact_id }.into(),
    ]
}

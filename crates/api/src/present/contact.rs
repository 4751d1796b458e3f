//! Customers.

use app::Desk;
use domain::identity::IdentityKind as DomainKind;
use domain::ids::ContactId;
use projections::contact_card::ContactCard;
use serde_json::Map;

use super::conversation::shortened;
use crate::dto::contact::{Contact, ContactIdentity, IdentityKind};

/// Identities shown at most.
const IDENTITIES_MAX: usize = 100;

pub(crate) fn contact(desk: &Desk, card: &ContactCard) -> Contact {
    let merged_into = desk.view(|views| views.directory.contacts.merged_into(card.id));
    let erased = desk.is_erased(card.id);
    let short = |name: &Option<String>| name.as_deref().map(|name| shortened(name, 1000));
    Contact {
        id: card.id.into(),
        version: card.version.into(),
        brand_id: card.brand_id.into(),
        name: short(&card.given_name).or_else(|| short(&card.address_book_name)),
        profile_name: short(&card.profile_name),
        username: card.username.as_deref().map(|name| shortened(name, 256)),
        display_name: card.display_name().map(|name| shortened(&name, 1000)),
        identities: card
            .active_identities()
            .into_iter()
            .filter_map(|known| {
                let value = shortened(known.value.as_deref()?, 256);
                Some(ContactIdentity { kind: kind(known.kind), value })
            })
            .take(IDENTITIES_MAX)
            .collect(),
        attributes: if erased {
            Map::new()
        } else {
            desk.attributes(card).into_iter().map(|(key, value)| (key, value.to_json())).collect()
        },
        personal_attributes: if erased {
            Map::new()
        } else {
            card.personal.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()
        },
        tags: if erased { Vec::new() } else { card.tags.iter().cloned().collect() },
        external_id: card.external_id.as_deref().filter(|_| !erased).map(|text| shortened(text, 128)),
        blocked: card.blocked,
        erased,
        merged_into: merged_into.map(Into::into),
        merged: card.merged.iter().map(|(id, merge)| merged(*id, *merge)).collect(),
        created_at: card.created_at.into(),
    }
}

fn merged(id: ContactId, merge: domain::ids::MergeId) -> crate::dto::contact::MergedContact {
    crate::dto::contact::MergedContact { contact_id: id.into(), merge_id: merge.into() }
}

fn kind(kind: DomainKind) -> IdentityKind {
    match kind {
        DomainKind::Bsuid => IdentityKind::Bsuid,
        DomainKind::Group => IdentityKind::Group,
        DomainKind::WaId => IdentityKind::WaId,
        DomainKind::Phone => IdentityKind::Phone,
        DomainKind::ParentBsuid => IdentityKind::ParentBsuid,
    }
}

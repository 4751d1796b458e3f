//! Contacts as rows: who is wanted, and what is written of each. Names and numbers are opened one contact at a time; whoever
//! is erased, or leaves the reader's sight, while the file is made is not in it.

use domain::access::{Action, Decision, Principal};
use domain::contact::attributes::LANGUAGE;
use domain::contact::consent::Purpose;
use domain::identity::IdentityKind;
use domain::ids::ContactId;
use domain::report::Spec;
use domain::segment::Segment;
use domain::segment::facts::{OPTED_IN, OPTED_OUT};
use serde_json::{Map, Value};

use super::rows::{Cell, Names, Row};
use crate::queries::Answer;
use crate::{Desk, reach};

/// Those the filters let through, in the order they became known.
pub(super) async fn wanted(desk: &Desk, spec: &Spec, reader: &Principal) -> Answer<Vec<ContactId>> {
    let filters = &spec.question.filters;
    let known = filters.segment_id.map(|id| desk.view(|views| views.segments.get(id).cloned()));
    let segment = match known {
        None => everybody(),
        Some(Some(entry)) if reach::sees_configured(reader, entry.segment.brand_id) => entry.segment,
        // It was removed since, or is another brand's now.
        Some(_) => return Ok(Vec::new()),
    };
    Ok(desk.members_within(reader, segment, None, usize::MAX).await?.ids)
}

fn everybody() -> Segment {
    Segment { name: String::new(), brand_id: None, when: Default::default(), contact_ids: Default::default() }
}

/// One contact, if the reader still sees it and the other filters let it through.
pub(super) fn row(desk: &Desk, names: &Names, reader: &Principal, spec: &Spec, id: ContactId) -> Option<Row> {
    let filters = &spec.question.filters;
    let (channels, seen, labels, person) = desk.view(|views| {
        if reach::contact_decision(views, reader, id, Action::ContactRead) != Decision::Allow {
            return None;
        }
        let contacts = &views.directory.contacts;
        let channels: Vec<_> = contacts.known(id)?.channels().collect();
        Some((channels, contacts.seen(id)?, contacts.labels(id).cloned().unwrap_or_default(), contacts.get(id)?))
    })?;
    let of_brand = filters.brand_ids.is_empty() || filters.brand_ids.contains(&person.brand_id);
    let on_channel =
        filters.channel_ids.is_empty() || channels.iter().any(|channel| filters.channel_ids.contains(channel));
    let tagged = filters.tags.is_empty() || labels.tags.iter().any(|tag| filters.tags.contains(tag));
    if person.erased || !of_brand || !on_channel || !tagged {
        return None;
    }
    let card = desk.contact_card(id).ok()?;
    let text = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
    let consent = |purpose: Purpose| match labels.consents.get(purpose.category()) {
        Some((_, true)) => Cell::Text(OPTED_IN.to_owned()),
        Some((_, false)) => Cell::Text(OPTED_OUT.to_owned()),
        None => Cell::Null,
    };
    let number = card.identity(IdentityKind::Phone).or_else(|| card.identity(IdentityKind::WaId));
    let attributes: Map<String, Value> =
        card.attributes.iter().chain(&card.personal).map(|(key, value)| (key.clone(), value.to_json())).collect();
    let language = card.attributes.get(LANGUAGE).and_then(|value| value.as_text()).map(str::to_owned);
    Some(Row(vec![
        Cell::Text(id.to_string()),
        Cell::Text(person.brand_id.to_string()),
        text(names.brands.get(&person.brand_id).cloned()),
        text(card.given_name.clone().or_else(|| card.address_book_name.clone())),
        text(card.profile_name.clone()),
        text(number.map(|digits| format!("+{}", digits.trim_start_matches('+')))),
        text(card.external_id.clone()),
        text(language),
        Cell::Words(labels.tags.iter().cloned().collect()),
        Cell::Text(Value::Object(attributes).to_string()),
        consent(Purpose::Marketing),
        consent(Purpose::Service),
        consent(Purpose::Csat),
        Cell::Flag(person.blocked),
        Cell::Time(person.created_at),
        seen.last_seen_at().map_or(Cell::Null, Cell::Time),
        Cell::Number(u64::from(seen.conversations)),
        Cell::Number(person.version()),
        Cell::Positions(Vec::new()),
    ]))
}

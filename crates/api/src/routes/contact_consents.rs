//! What customers agreed to, with every word that was said about it.

use domain::access::Action;
use domain::contact::consent::{self, Purpose};
use domain::event::contact::ConsentSource as Source;
use projections::contact_card::Said;

use super::contacts::change;
use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::contact_consent::*;
use crate::dto::scalar::ContactId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::conversation::user_summary;
use crate::problem::{Kind, Problem};

/// Words shown at most.
const HISTORY_MAX: usize = 200;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/contacts/{contact_id}/consents/{purpose}", "get_contact_consent", read)
            .about(Tag::Contacts, "Get what a contact agreed to, and every word about it")
            .needs(Action::ContactRead),
        Endpoint::put("/v1/contacts/{contact_id}/consents/{purpose}", "set_contact_consent", set)
            .about(Tag::Contacts, "Write down what a contact said to a purpose")
            .description(
                "The newest word counts, whoever wrote it down: a customer who writes \"stop\" afterwards has opted out again.",
            )
            .needs(Action::ContactEdit)
            .refuses(&[Kind::ContactErased, Kind::Unprocessable]),
    ]
}

pub(super) fn purpose_asked(purpose: ConsentPurpose) -> Purpose {
    match purpose {
        ConsentPurpose::Marketing => Purpose::Marketing,
        ConsentPurpose::Service => Purpose::Service,
        ConsentPurpose::Csat => Purpose::Csat,
    }
}

fn shown(front: &Front, caller: &Caller, id: ContactId, purpose: ConsentPurpose) -> Result<ContactConsent, Problem> {
    let card = front.contact(&caller.principal, id.0)?;
    let category = purpose_asked(purpose).category();
    let newest = card.consents.get(category);
    let said = card.consent_history.iter().rev().filter(|said| said.category == category);
    Ok(ContactConsent {
        contact_id: id,
        purpose,
        state: match newest {
            Some(consent) if consent.granted => ConsentState::OptedIn,
            Some(_) => ConsentState::OptedOut,
            None => ConsentState::Unknown,
        },
        at: newest.map(|consent| consent.at.into()),
        history: said.take(HISTORY_MAX).map(|said| entry(front, said)).collect(),
    })
}

fn entry(front: &Front, said: &Said) -> ConsentEntry {
    ConsentEntry {
        state: if said.granted { ConsentWord::OptedIn } else { ConsentWord::OptedOut },
        at: said.at.into(),
        noted_at: said.noted_at.into(),
        source: said.source.map(|source| match source {
            Source::ProviderPreference => ConsentSource::ProviderPreference,
            Source::Keyword => ConsentSource::Keyword,
            Source::Agent => ConsentSource::Agent,
            Source::Import => ConsentSource::Import,
            Source::Api => ConsentSource::Api,
        }),
        by: said.by.user().map(|user| user_summary(front, user)),
        evidence: said.evidence.clone(),
        pos: said.pos.into(),
    }
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path((id, purpose)): Path<(ContactId, ConsentPurpose)>,
) -> Result<Found<ContactConsent>, Problem> {
    Ok(Found(shown(&front, &caller, id, purpose)?))
}

async fn set(
    caller: Caller,
    front: Front,
    Path((id, purpose)): Path<(ContactId, ConsentPurpose)>,
    Json(body, _): Json<SetContactConsent>,
) -> Result<Found<ContactConsent>, Problem> {
    change(&caller, &front, id, Action::ContactEdit, IfMatch(None), move |step| {
        let granted = body.state == ConsentWord::OptedIn;
        consent::note(step, id.0, purpose_asked(purpose), granted, body.evidence)
    })
    .await?;
    Ok(Found(shown(&front, &caller, id, purpose)?))
}

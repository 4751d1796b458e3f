//! The plan, its seats and its contact.

use domain::access::Action;
use domain::billing::{self, ContractChange};
use domain::calendar::Date;
use domain::event::billing::BillingContact as Contact;

use crate::answer::{Found, Versioned};
use crate::caller::Caller;
use crate::dto::billing::{Billing, BillingContact, UpdateBilling, UpdateBillingContact};
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, Patch};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{FieldError, Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/billing", "get_billing", read)
            .about(Tag::Billing, "Get the plan and its seats")
            .needs(Action::BillingRead),
        Endpoint::patch("/v1/billing", "update_billing", update)
            .about(Tag::Billing, "Change the plan, its seats, its renewal date or its contact")
            .description("Fewer seats than are taken are accepted: nobody is locked out, and nobody new comes in.")
            .needs(Action::BillingManage)
            .refuses(&[Kind::PreconditionRequired, Kind::Unprocessable]),
    ]
}

fn shown(front: &Front, caller: &Caller) -> Result<Billing, Problem> {
    let contact = front.billing_contact(&caller.principal)?;
    let now = front.now();
    let (known, used) = front.view(|views| (views.billing.clone(), views.seats_used(now)));
    Ok(Billing {
        version: known.version.into(),
        plan: known.plan,
        seats: known.seats,
        seats_used: u32::try_from(used).unwrap_or(u32::MAX),
        renewal_date: known.renewal_date.map(|date| date.to_string()),
        billing_contact: contact.map(|contact| BillingContact { name: contact.name, email: contact.email }),
    })
}

async fn read(caller: Caller, front: Front) -> Result<Versioned<Billing>, Problem> {
    let billing = shown(&front, &caller)?;
    let version = billing.version.0;
    Ok(Versioned(billing, version))
}

async fn update(
    caller: Caller,
    front: Front,
    expected: IfMatch,
    Json(body, _): Json<UpdateBilling>,
) -> Result<Found<Billing>, Problem> {
    let expected = expected.required()?;
    let renewal_date = match body.renewal_date {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(text) => Some(Some(text.parse::<Date>().map_err(|_| wrong("/renewal_date", "is no day"))?)),
    };
    let contact = match body.billing_contact {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        // What is not named stays; the version in If-Match says that it is what the client has read.
        Patch::Set(change) => Some(Some(merged(change, front.billing_contact(&caller.principal)?)?)),
    };
    let change = ContractChange {
        plan: body.plan.into_option().map(|plan| plan.map(|plan| plan.trim().to_owned())),
        seats: body.seats.into_option(),
        renewal_date,
        contact,
    };
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::BillingManage)?;
            billing::change(step, change, expected)
        })
        .await?;
    Ok(Found(shown(&front, &caller)?))
}

fn merged(change: UpdateBillingContact, known: Option<Contact>) -> Result<Contact, Problem> {
    let (name, email) = known.map_or((None, None), |known| (Some(known.name), Some(known.email)));
    let name = change.name.map(|name| name.trim().to_owned()).or(name);
    let email = change.email.or(email);
    Ok(Contact {
        name: name.ok_or_else(|| wrong("/billing_contact/name", "must be present"))?,
        email: email.ok_or_else(|| wrong("/billing_contact/email", "must be present"))?,
    })
}

fn wrong(pointer: &str, detail: &str) -> Problem {
    Problem::new(Kind::Unprocessable).errors(vec![FieldError {
        pointer: Some(pointer.to_owned()),
        parameter: None,
        code: "invalid".to_owned(),
        detail: detail.to_owned(),
    }])
}

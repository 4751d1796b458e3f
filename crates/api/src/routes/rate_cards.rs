//! Rates by which usage is costed.

use domain::access::Action;
use domain::billing::replace_rates;

use crate::answer::{Found, Versioned};
use crate::caller::Caller;
use crate::dto::billing::{Rate, RateCard, RateCardList, RateCardSummary};
use crate::dto::scalar::Currency;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Path, RateCardBody};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/rate-cards", "list_rate_cards", list)
            .about(Tag::Billing, "List the currencies with a rate card")
            .needs(Action::BillingRead),
        Endpoint::get("/v1/rate-cards/{currency}", "get_rate_card", read)
            .about(Tag::Billing, "Get a currency's rates")
            .needs(Action::BillingRead),
        Endpoint::put("/v1/rate-cards/{currency}", "replace_rate_card", replace)
            .about(Tag::Billing, "Replace a currency's rates")
            .description(
                "All of them at once, as JSON or as CSV with the columns `market`, `category`, `valid_from`, \
                 `price_micros`; rates of the past stay in the card with the day from which they held. One wrong row \
                 refuses them all.",
            )
            .needs(Action::BillingManage)
            .refuses(&[Kind::Unprocessable]),
    ]
}

async fn list(caller: Caller, front: Front) -> Result<Found<RateCardList>, Problem> {
    front.allow(&caller.principal, Action::BillingRead)?;
    let (cards, as_of) = front.view(|views| (views.billing.rate_cards.clone(), views.position()));
    let summary = |(currency, card): (String, projections::billing::RateCard)| RateCardSummary {
        currency: Currency(currency),
        version: card.version.into(),
        changed_at: card.changed_at.into(),
        rate_count: u32::try_from(card.rates).unwrap_or(u32::MAX),
    };
    Ok(Found(RateCardList { data: cards.into_iter().map(summary).collect(), as_of: as_of.into() }))
}

fn shown(front: &Front, caller: &Caller, currency: Currency) -> Result<RateCard, Problem> {
    let (card, rates) = front.rate_card(&caller.principal, &currency.0)?;
    let rate = |rate: domain::event::billing::Rate| Rate {
        market: rate.market,
        category: rate.category,
        valid_from: rate.valid_from.to_string(),
        price_micros: rate.price_micros,
    };
    Ok(RateCard {
        currency,
        version: card.version.into(),
        changed_at: card.changed_at.into(),
        rates: rates.into_iter().map(rate).collect(),
    })
}

async fn read(caller: Caller, front: Front, Path(currency): Path<Currency>) -> Result<Versioned<RateCard>, Problem> {
    let card = shown(&front, &caller, currency)?;
    let version = card.version.0;
    Ok(Versioned(card, version))
}

async fn replace(
    caller: Caller,
    front: Front,
    Path(currency): Path<Currency>,
    expected: IfMatch,
    RateCardBody(rates): RateCardBody,
) -> Result<Found<RateCard>, Problem> {
    let code = currency.0.clone();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::BillingManage)?;
            replace_rates(step, &code, rates, expected.0)
        })
        .await?;
    Ok(Found(shown(&front, &caller, currency)?))
}

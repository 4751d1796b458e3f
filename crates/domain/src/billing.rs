//! What the workspace has bought and what messages cost. Seats are counted where an account is made, opened again or
//! promised; a workspace that never recorded a plan has as many as it likes.

use std::collections::BTreeSet;

use crate::access::Roster;
use crate::calendar::Date;
use crate::event::StreamId;
use crate::event::billing::*;
use crate::market::is_market;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::security::invite::Invites;
use crate::step::Step;
use crate::time::Timestamp;
use crate::world::World;

/// Seats of a plan at most.
pub const SEATS_MAX: u32 = 1_000_000;
/// Characters of a plan's name at most.
pub const PLAN_CHARS_MAX: usize = 100;
/// Characters of a contact's name or address at most.
pub const CONTACT_CHARS_MAX: usize = 254;
/// Rates of one card at most: every market and category, and several years of changes of some.
pub const RATES_MAX: usize = 4_000;
/// Currencies with a card at most.
pub const CARDS_MAX: usize = 20;
/// Every market without a rate of its own.
pub const ANY_MARKET: &str = "*";
/// Wrong places named at most.
const ERRORS_MAX: usize = 32;
/// Millionths at most: a thousand units for one message is a mistake.
pub const PRICE_MICROS_MAX: u64 = 1_000_000_000;

/// The contract, as far as decisions need it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq, Eq, Default)]
pub struct Contract {
    pub plan: Option<String>,
    pub seats: Option<u32>,
    pub renewal_date: Option<Date>,
    /// Version of the event that it is from; 0 before the first.
    pub version: u64,
}

/// What a change names. The outer `None` leaves a field, the inner clears it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContractChange {
    pub plan: Option<Option<String>>,
    pub seats: Option<Option<u32>>,
    pub renewal_date: Option<Option<Date>>,
    pub contact: Option<Option<BillingContact>>,
}

/// Seats that are taken: open accounts, and invitations that somebody can still accept.
pub fn seats_used(roster: &Roster, invites: &Invites, now: Timestamp) -> usize {
    roster.principals().count() + invites.iter().filter(|invite| invite.is_open(now)).count()
}

/// Seats that are free; `None`: no limit. 0 also where more are taken than there are.
pub fn seats_left(world: &World, now: Timestamp) -> Option<usize> {
    let seats = usize::try_from(world.contract.seats?).unwrap_or(usize::MAX);
    Some(seats.saturating_sub(seats_used(&world.roster, &world.security.invites, now)))
}

/// Refuses whatever would take one more seat than there is.
pub fn admit_seat(step: &Step<'_>) -> Result<(), Rejection> {
    match seats_left(step.world, step.now) {
        Some(0) => Err(Rejection::SeatsExhausted { seats: step.world.contract.seats.unwrap_or(0) }),
        Some(_) | None => Ok(()),
    }
}

/// Changes the contract. Fewer seats than are taken are allowed: nobody is locked out, and nobody new comes in.
pub fn change(step: &mut Step<'_>, change: ContractChange, expected: u64) -> Result<(), Rejection> {
    let now = step.world.contract.clone();
    if expected != now.version {
        return Err(Rejection::VersionMismatch { actual: now.version });
    }
    if let Some(Some(plan)) = &change.plan {
        checked("plan", plan, PLAN_CHARS_MAX)?;
    }
    if let Some(Some(contact)) = &change.contact {
        checked("billing_contact", &contact.name, CONTACT_CHARS_MAX)?;
        checked("billing_contact", &contact.email, CONTACT_CHARS_MAX)?;
    }
    if change.seats.flatten().is_some_and(|seats| seats == 0 || seats > SEATS_MAX) {
        return Err(Rejection::Invalid { field: "seats", detail: format!("1 to {SEATS_MAX}") });
    }
    let (contact, private) = match change.contact {
        None => (ContactChange::Kept, None),
        Some(None) => (ContactChange::Cleared, None),
        Some(Some(contact)) => (ContactChange::Set, Some(contact)),
    };
    let event = BillingChanged {
        plan: change.plan.unwrap_or_else(|| now.plan.clone()),
        seats: change.seats.unwrap_or(now.seats),
        renewal_date: change.renewal_date.unwrap_or(now.renewal_date),
        contact,
        private,
    };
    let same = (&event.plan, event.seats, event.renewal_date) == (&now.plan, now.seats, now.renewal_date);
    if !same || contact != ContactChange::Kept {
        step.emit(StreamId::Workspace, event);
    }
    Ok(())
}

/// Replaces a currency's rates, or nothing: one wrong rate refuses them all, and every wrong one is named.
pub fn replace_rates(
    step: &mut Step<'_>,
    currency: &str,
    rates: Vec<Rate>,
    expected: Option<u64>,
) -> Result<(), Rejection> {
    let actual = step.world.rate_cards.get(currency).copied();
    if expected.is_some_and(|expected| expected != actual.unwrap_or(0)) {
        return Err(Rejection::VersionMismatch { actual: actual.unwrap_or(0) });
    }
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Rejection::Invalid { field: "currency", detail: "three capital letters".to_owned() });
    }
    if actual.is_none() && step.world.rate_cards.len() >= CARDS_MAX {
        return Err(Rejection::Invalid { field: "currency", detail: format!("at most {CARDS_MAX} cards") });
    }
    if rates.len() > RATES_MAX {
        return Err(Rejection::Invalid { field: "rates", detail: format!("at most {RATES_MAX} rates") });
    }
    let wrong = wrong_places(&rates);
    if !wrong.is_empty() {
        return Err(Rejection::Fields(wrong));
    }
    step.emit(StreamId::Workspace, RateCardReplaced { currency: currency.to_owned(), rates });
    Ok(())
}

fn wrong_places(rates: &[Rate]) -> Vec<FieldError> {
    let mut known = BTreeSet::new();
    let mut wrong = Vec::new();
    for (index, rate) in rates.iter().enumerate() {
        let mut say = |field: &str, code: &'static str, detail: &str| {
            wrong.push(FieldError { pointer: format!("/rates/{index}/{field}"), code, detail: detail.to_owned() });
        };
        if rate.market != ANY_MARKET && !is_market(&rate.market) {
            say("market", "unknown", "no country has this calling code");
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if rate.category.is_empty() || rate.category.len() > 64 || !rate.category.bytes().all(plain) {
            say("category", "invalid", "a word of the provider's, in lower case");
        }
        if !rate.valid_from.begins_a_month() {
            say("valid_from", "invalid", "usage is counted by month, so rates begin with one");
        }
        if rate.price_micros > PRICE_MICROS_MAX {
            say("price_micros", "invalid", "more than a thousand units for one message");
        }
        if !known.insert((&rate.market, &rate.category, rate.valid_from)) {
            say("market", "duplicate", "market, category and day are there already");
        }
        if wrong.len() >= ERRORS_MAX {
            wrong.truncate(ERRORS_MAX);
            break;
        }
    }
    wrong
}

fn checked(field: &'static str, text: &str, max: usize) -> Result<(), Rejection> {
    let plain = text.chars().all(|c| !c.is_control());
    if text.trim().is_empty() || text.chars().count() > max || !plain {
        return Err(Rejection::Invalid { field, detail: format!("1 to {max} printable characters") });
    }
    Ok(())
}

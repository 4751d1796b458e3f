//! What of billing lies in the log: the contact, and the rates of a card. Opened when somebody asks.

use domain::access::{Action, Principal};
use domain::event::Event;
use domain::event::billing::{BillingContact, Rate};
use domain::rejection::Rejection;
use projections::billing::RateCard;

use crate::Desk;
use crate::queries::Answer;

impl Desk {
    /// Who is written to about bills; `None` where nobody was named.
    pub fn billing_contact(&self, viewer: &Principal) -> Answer<Option<BillingContact>> {
        self.allow(viewer, Action::BillingRead)?;
        let Some(pos) = self.view(|views| views.billing.contact_pos) else { return Ok(None) };
        Ok(match self.event_open(pos)?.map(|recorded| recorded.event) {
            Some(Event::BillingChanged(event)) => event.private,
            _ => None,
        })
    }

    /// A currency's card with its rates.
    pub fn rate_card(&self, viewer: &Principal, currency: &str) -> Answer<(RateCard, Vec<Rate>)> {
        self.allow(viewer, Action::BillingRead)?;
        let card = self.view(|views| views.billing.rate_cards.get(currency).cloned()).ok_or(Rejection::NotFound)?;
        match self.event_open(card.pos)?.map(|recorded| recorded.event) {
            Some(Event::RateCardReplaced(event)) => Ok((card, event.rates)),
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

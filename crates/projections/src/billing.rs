//! What the workspace has bought, and where its rate cards are. The contact and the rates themselves stay in the log and are
//! opened when somebody asks.

use std::collections::BTreeMap;

use domain::calendar::Date;
use domain::event::billing::ContactChange;
use domain::event::{Event, Recorded};
use domain::time::Timestamp;

/// The contract and the cards.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Billing {
    pub plan: Option<String>,
    /// `None`: no limit.
    pub seats: Option<u32>,
    pub renewal_date: Option<Date>,
    /// The event that holds the contact in force.
    pub contact_pos: Option<u64>,
    /// 0 before the first change.
    pub version: u64,
    /// By currency.
    pub rate_cards: BTreeMap<String, RateCard>,
}

/// The rates in force for a currency.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct RateCard {
    /// The event that holds them.
    pub pos: u64,
    pub version: u64,
    pub rates: usize,
    pub changed_at: Timestamp,
}

impl Billing {
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::BillingChanged(event) => {
                self.plan.clone_from(&event.plan);
                (self.seats, self.renewal_date) = (event.seats, event.renewal_date);
                self.contact_pos = match event.contact {
                    ContactChange::Kept => self.contact_pos,
                    ContactChange::Set => Some(recorded.pos),
                    ContactChange::Cleared => None,
                };
                self.version = recorded.version;
            }
            Event::RateCardReplaced(event) => {
                let card = RateCard {
                    pos: recorded.pos,
                    version: recorded.version,
                    rates: event.rates.len(),
                    changed_at: recorded.recorded_at,
                };
                self.rate_cards.insert(event.currency.clone(), card);
            }
            _ => {}
        }
    }
}

//! What was used in each calendar month (UTC): messages as the provider bills them, traffic per number, people at work, bytes
//! of files. Counters only, so memory follows the number of months, numbers, categories and markets, never the history.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::Month;
use domain::charge::Charge;
use domain::event::{Event, Recorded};
use domain::ids::{ChannelId, UserId};
use domain::time::Timestamp;

mod rates;

pub use rates::RateTable;

/// Distinct categories counted apart; what comes after is `other`. The provider has about ten.
const CATEGORIES_MAX: usize = 64;
/// The category of those past the limit.
const OTHER: &str = "other";

/// What is counted together.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meter {
    pub month: Month,
    pub channel_id: ChannelId,
    pub category: String,
    /// Country calling code; `None` where the recipient's is not known.
    pub market: Option<String>,
    pub billable: bool,
}

/// Traffic of a number in a month.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// From customers, imported ones left out.
    pub messages_in: u64,
    /// Taken by the provider, or written in the phone app.
    pub messages_out: u64,
    pub conversations_opened: u64,
}

/// The workspace in a month.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Presence {
    /// Users who did anything that is in the log.
    pub active_users: u64,
    /// Bytes of files kept at the month's end, or now.
    pub stored_bytes: u64,
}

/// All counters.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Usage {
    meters: BTreeMap<Meter, u64>,
    categories: BTreeSet<String>,
    traffic: BTreeMap<(Month, ChannelId), Traffic>,
    presence: BTreeMap<Month, Presence>,
    /// Who was active in the newest month. Log time never runs backwards, so earlier months are settled.
    active: Option<(Month, BTreeSet<UserId>)>,
}

impl Usage {
    /// Messages of these months.
    pub fn meters(&self, from: Month, to: Month) -> impl Iterator<Item = (&Meter, u64)> {
        let wanted = move |meter: &&Meter| (from..=to).contains(&meter.month);
        self.meters.iter().map(|(meter, count)| (meter, *count)).filter(move |(meter, _)| wanted(meter))
    }
    /// Traffic of these months.
    pub fn traffic(&self, from: Month, to: Month) -> impl Iterator<Item = (Month, ChannelId, Traffic)> {
        let all = self.traffic.iter().map(|((month, channel), traffic)| (*month, *channel, *traffic));
        all.filter(move |(month, _, _)| (from..=to).contains(month))
    }
    /// The workspace in these months; those in which nothing of this happened are left out.
    pub fn presence(&self, from: Month, to: Month) -> impl Iterator<Item = (Month, Presence)> {
        self.presence.range(from..=to).map(|(month, presence)| (*month, *presence))
    }

    /// `channel_id`: of the conversation the event is about. `stored_bytes`: of all files, after it.
    pub(crate) fn apply(&mut self, recorded: &Recorded, channel_id: Option<ChannelId>, stored_bytes: u64) {
        if let Some(user) = recorded.actor.user() {
            self.was_active(user, recorded.recorded_at);
        }
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::MessageStatusObserved(event) => {
                if let (Some(charge), Some(channel_id)) = (&event.charge, channel_id) {
                    self.meter(Month::of(at), channel_id, charge);
                }
            }
            Event::MessageReceived(_) => self.count(at, channel_id, |traffic| traffic.messages_in += 1),
            Event::MessageAccepted(_) | Event::MessageEchoed(_) => {
                self.count(at, channel_id, |traffic| traffic.messages_out += 1);
            }
            Event::ConversationOpened(_) => self.count(at, channel_id, |traffic| traffic.conversations_opened += 1),
            Event::MediaUploaded(_) | Event::MediaStored(_) | Event::ContactErasureStarted(_) => {
                self.month(recorded.recorded_at).stored_bytes = stored_bytes;
            }
            _ => {}
        }
    }

    fn meter(&mut self, month: Month, channel_id: ChannelId, charge: &Charge) {
        let known = self.categories.contains(&charge.category);
        let category = if known || self.categories.len() < CATEGORIES_MAX { &charge.category } else { OTHER };
        if !known {
            self.categories.insert(category.to_owned());
        }
        let (market, billable) = (charge.market.clone(), charge.billable);
        let meter = Meter { month, channel_id, category: category.to_owned(), market, billable };
        *self.meters.entry(meter).or_default() += 1;
    }

    fn count(&mut self, at: Timestamp, channel_id: Option<ChannelId>, count: impl FnOnce(&mut Traffic)) {
        if let Some(channel_id) = channel_id {
            count(self.traffic.entry((Month::of(at), channel_id)).or_default());
        }
    }

    fn was_active(&mut self, user: UserId, at: Timestamp) {
        let month = Month::of(at);
        if self.active.as_ref().is_none_or(|(newest, _)| *newest != month) {
            self.active = Some((month, BTreeSet::new()));
        }
        if let Some((_, users)) = &mut self.active
            && users.insert(user)
        {
            self.month(at).active_users += 1;
        }
    }

    /// The counters of the workspace in a month; a new one begins with the files it inherits.
    fn month(&mut self, at: Timestamp) -> &mut Presence {
        let month = Month::of(at);
        let inherited = self.presence.range(..month).next_back().map_or(0, |(_, before)| before.stored_bytes);
        self.presence.entry(month).or_insert(Presence { active_users: 0, stored_bytes: inherited })
    }
}

//! What comes into each queue, brand by brand: how much in the last hour, how much is usual at this hour of the week, and,
//! where it is far more, what is different: the channel, the rule that sent it there, who writes. Folded from events and
//! their times alone; whoever asks says what time it is.
//!
//! What arrives is what a customer begins or takes up again, and what is moved in from another queue. What passes through
//! a queue within one command, because a rule sends it on at once, arrives only where it ends. What staff begins is no
//! arrival.

use std::collections::BTreeMap;

use domain::event::conversation::{ConversationAssigned, Origin};
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
use domain::queue::{Place, QueueId};
use domain::time::Timestamp;

use crate::inbox::Inbox;

mod recent;
mod spike;
mod usual;

use recent::Recent;
use usual::Usual;

pub use spike::{CHANGES_MAX, Change, Figures, Spike};
pub(crate) use spike::{SHARE_MIN, surge};
pub use usual::{Expected, WEEKS_MIN, WEEKS_REMEMBERED};

/// Values of each trait of arrivals that are followed in one place at most; the least usual make room for new ones.
pub const VALUES_MAX: usize = 16;

/// Something by which arrivals differ, with its value.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trait {
    Channel(ChannelId),
    /// The rule that sent it here.
    Rule(RoutingRuleId),
    Origin(Came),
}

/// Where an arrival comes from.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    /// From somebody who had not written on this channel.
    New,
    /// From somebody whose earlier conversation there is over.
    Returning,
    /// From its resolution: the customer wrote again.
    Reopened,
    /// From another queue.
    Moved,
}

/// One arrival.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
struct Arrival {
    place: Place,
    channel: ChannelId,
    came: Came,
    rule: Option<RoutingRuleId>,
}

impl Arrival {
    fn traits(&self) -> impl Iterator<Item = Trait> {
        [Some(Trait::Channel(self.channel)), self.rule.map(Trait::Rule), Some(Trait::Origin(self.came))]
            .into_iter()
            .flatten()
    }
}

/// One thing that is counted.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
struct Series {
    recent: Recent,
    usual: Usual,
}

impl Series {
    fn add(&mut self, at: Timestamp) {
        self.usual.advance(at);
        self.usual.add();
        self.recent.add(at);
    }
    fn take_back(&mut self, at: Timestamp) {
        self.usual.take_back();
        self.recent.take_back(at);
    }
}

/// What comes to one place.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
struct Stream {
    all: Series,
    by_trait: BTreeMap<Trait, Series>,
}

impl Stream {
    fn since(at: Timestamp) -> Self {
        let all = Series { recent: Recent::default(), usual: Usual::since(at) };
        Self { all, by_trait: BTreeMap::new() }
    }

    fn add(&mut self, arrival: &Arrival, at: Timestamp) {
        self.all.add(at);
        for value in arrival.traits() {
            self.make_room(value, at);
            let (series, all) = (self.by_trait.entry(value), &self.all.usual);
            series.or_insert_with(|| Series { recent: Recent::default(), usual: Usual::part_of(all) }).add(at);
        }
    }

    fn take_back(&mut self, arrival: &Arrival, at: Timestamp) {
        self.all.take_back(at);
        for value in arrival.traits() {
            if let Some(series) = self.by_trait.get_mut(&value) {
                series.take_back(at);
            }
        }
    }

    fn make_room(&mut self, value: Trait, at: Timestamp) {
        let alike = |other: &Trait| std::mem::discriminant(other) == std::mem::discriminant(&value);
        if self.by_trait.contains_key(&value) || self.by_trait.keys().filter(|other| alike(other)).count() < VALUES_MAX
        {
            return;
        }
        let weight = |series: &Series| series.usual.weekly() + series.recent.within(60, at) as f32;
        let others = self.by_trait.iter().filter(|(other, _)| alike(other));
        let least = others.min_by(|(_, one), (_, other)| weight(one).total_cmp(&weight(other)));
        if let Some(least) = least.map(|(value, _)| *value) {
            self.by_trait.remove(&least);
        }
    }
}

/// What is known of a conversation in the command that is being applied.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, Default, PartialEq)]
struct Passing {
    arrived: Option<Arrival>,
    rule: Option<RoutingRuleId>,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Arrivals {
    places: BTreeMap<Place, Stream>,
    /// Of the moment of the last event: events of one command have one time.
    passing: BTreeMap<ConversationId, Passing>,
    at: Timestamp,
}

impl Arrivals {
    /// What came to a queue of those brands that are `seen`, and what is usual, at `now`.
    pub fn of(&self, queue: QueueId, now: Timestamp, seen: impl Fn(BrandId) -> bool) -> Figures {
        let first = Place { queue, brand: BrandId::from_u128(0) };
        let of_queue = self.places.range(first..).take_while(|(place, _)| place.queue == queue);
        spike::figures(of_queue.filter(|(place, _)| seen(place.brand)).map(|(_, stream)| stream), now)
    }

    /// Applies an event that the inbox has applied.
    pub(crate) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox) {
        match &recorded.event {
            Event::BrandCreated(event) => {
                let place = Place { queue: QueueId::Common(event.brand_id), brand: event.brand_id };
                self.places.insert(place, Stream::since(recorded.recorded_at));
            }
            Event::TeamCreated(event) => {
                if let Some(brand) = event.brand_id {
                    let place = Place { queue: QueueId::Team(event.team_id), brand };
                    self.places.insert(place, Stream::since(recorded.recorded_at));
                }
            }
            Event::TeamRemoved(event) => {
                self.places.retain(|place, _| place.queue != QueueId::Team(event.team_id));
            }
            _ => {
                if let StreamId::Conversation(id) = recorded.stream {
                    self.of_conversation(id, recorded, inbox);
                }
            }
        }
    }

    fn of_conversation(&mut self, id: ConversationId, recorded: &Recorded, inbox: &Inbox) {
        let place = |brand, team| Place { queue: QueueId::of(brand, team), brand };
        match &recorded.event {
            Event::ConversationOpened(event) if event.origin == Origin::Inbound => {
                let came = if event.previous.is_some() { Came::Returning } else { Came::New };
                let place = place(event.brand_id, event.team_id);
                self.arrives(id, Arrival { place, channel: event.channel_id, came, rule: None }, recorded);
            }
            Event::ConversationReopened(event) => {
                let place = place(event.brand_id, event.team_id);
                // The customer's first words in a conversation that began with a campaign.
                let came = if event.episode == 1 { Came::New } else { Came::Reopened };
                let arrival = Arrival { place, channel: event.channel_id, came, rule: None };
                self.arrives(id, arrival, recorded);
            }
            Event::ConversationTriaged(event) => {
                let Some(rule) = event.rule.map(|rule| rule.rule_id) else { return };
                let passing = self.passing(id, recorded);
                passing.rule = Some(rule);
                if let Some(arrival) = passing.arrived {
                    self.takes_back(&arrival);
                    self.arrives(id, Arrival { rule: Some(rule), ..arrival }, recorded);
                }
            }
            Event::ConversationAssigned(event) if event.team_id != event.previous_team_id => {
                self.moved(id, event, recorded, inbox);
            }
            _ => {}
        }
    }

    fn moved(&mut self, id: ConversationId, event: &ConversationAssigned, recorded: &Recorded, inbox: &Inbox) {
        let Some(row) = inbox.get(id) else { return };
        let place = Place { queue: QueueId::of(row.brand_id(), event.team_id), brand: row.brand_id() };
        let passing = *self.passing(id, recorded);
        let arrival = match passing.arrived {
            Some(before) => {
                self.takes_back(&before);
                Arrival { place, ..before }
            }
            None => Arrival { place, channel: row.channel_id(), came: Came::Moved, rule: passing.rule },
        };
        self.arrives(id, arrival, recorded);
    }

    fn passing(&mut self, id: ConversationId, recorded: &Recorded) -> &mut Passing {
        if self.at != recorded.recorded_at {
            self.at = recorded.recorded_at;
            self.passing.clear();
        }
        self.passing.entry(id).or_default()
    }

    fn arrives(&mut self, id: ConversationId, arrival: Arrival, recorded: &Recorded) {
        self.passing(id, recorded).arrived = Some(arrival);
        let at = recorded.recorded_at;
        self.places.entry(arrival.place).or_insert_with(|| Stream::since(at)).add(&arrival, at);
    }

    /// At the moment of the last event.
    fn takes_back(&mut self, arrival: &Arrival) {
        if let Some(stream) = self.places.get_mut(&arrival.place) {
            stream.take_back(arrival, self.at);
        }
    }
}

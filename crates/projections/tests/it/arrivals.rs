//! What comes into queues, what is usual, and what is different when far more comes. Histories are made up from the events
//! that count.

use domain::conversation::Status;
use domain::event::conversation::*;
use domain::event::routing::*;
use domain::event::workspace::BrandCreated;
use domain::event::{Actor, Event, Recorded, StreamId};
use domain::ids::*;
use domain::queue::QueueId;
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::arrivals::{Came, Figures, Trait};

const BRAND: BrandId = BrandId::from_u128(1);
const SALES: TeamId = TeamId::from_u128(2);
const RULE: RoutingRuleId = RoutingRuleId::from_u128(3);
/// A Thursday, 10:00 UTC.
const TEN: Timestamp = Timestamp::from_seconds(36_000);

#[derive(Default)]
struct History {
    views: Views,
    made: u128,
    now: Timestamp,
}

impl History {
    fn new() -> Self {
        let mut history = Self { now: TEN - Millis::days(1), ..Self::default() };
        history.happens(StreamId::Brand(BRAND), BrandCreated { brand_id: BRAND, name: "Marea".to_owned() });
        history
    }
    fn happens(&mut self, stream: StreamId, event: impl Into<Event>) {
        self.views.apply(&Recorded {
            pos: self.views.position() + 1,
            stream,
            version: 1,
            event: event.into(),
            occurred_at: self.now,
            recorded_at: self.now,
            actor: Actor::System,
        });
    }
    /// Somebody writes for the first time, on this channel.
    fn comes(&mut self, channel: u128) -> ConversationId {
        self.made += 1;
        let id = ConversationId::from_u128(1_000 + self.made);
        let event = ConversationOpened {
            conversation_id: id,
            number: self.made as u64,
            channel_id: ChannelId::from_u128(channel),
            brand_id: BRAND,
            contact_id: ContactId::from_u128(1_000 + self.made),
            origin: Origin::Inbound,
            status: Status::Open,
            team_id: None,
            previous: None,
        };
        self.happens(StreamId::Conversation(id), event);
        id
    }
    fn triaged(&mut self, id: ConversationId) {
        let event = ConversationTriaged {
            conversation_id: id,
            episode: 1,
            rule: Some(RuleVersion { rule_id: RULE, version: 1 }),
            campaign_id: None,
            queue_id: QueueId::Team(SALES),
            priority: Default::default(),
            demand: Demand::default(),
            passed: Vec::new(),
        };
        self.happens(StreamId::Conversation(id), event);
        self.moves(id, None, Some(SALES));
    }
    fn moves(&mut self, id: ConversationId, from: Option<TeamId>, to: Option<TeamId>) {
        let event = ConversationAssigned {
            conversation_id: id,
            assignee_id: None,
            team_id: to,
            previous_assignee_id: None,
            previous_team_id: from,
            reason: None,
        };
        self.happens(StreamId::Conversation(id), event);
    }
    fn of(&self, queue: QueueId) -> Figures {
        self.views.arrivals.of(queue, self.now, |_| true)
    }
    fn common(&self) -> Figures {
        self.of(QueueId::Common(BRAND))
    }
    /// The same hour, `week` weeks later, and so many minutes.
    fn goes_to(&mut self, week: i64, minute: i64) {
        self.now = TEN + Millis::days(7 * week) + Millis::minutes(minute);
    }
    /// Weeks of six from one channel and two from another between ten and eleven.
    fn usual_weeks(weeks: i64) -> Self {
        let mut history = Self::new();
        for week in 0..weeks {
            for n in 0..8 {
                history.goes_to(week, n * 7);
                history.comes(if n < 6 { 1 } else { 2 });
            }
        }
        history
    }
}

#[test]
fn an_hour_like_those_before_is_no_spike() {
    let mut history = History::usual_weeks(4);
    history.goes_to(4, 0);
    for n in 0..9 {
        history.goes_to(4, n * 6);
        history.comes(1);
    }
    history.goes_to(4, 59);
    let figures = history.common();
    assert_eq!((figures.last_5m, figures.last_1h, &figures.spike), (0, 9, &None));
    let usual = figures.usual_1h.unwrap();
    assert!((7.5..8.5).contains(&usual), "{usual}");
}

#[test]
fn far_more_than_usual_is_a_spike_and_what_grew_is_named() {
    let mut history = History::usual_weeks(4);
    for n in 0..40 {
        history.goes_to(4, 20 + n);
        history.comes(if n % 8 == 0 { 1 } else { 2 });
    }
    history.goes_to(4, 59);
    let figures = history.common();
    assert_eq!((figures.last_5m, figures.last_1h), (5, 40));
    let spike = figures.spike.unwrap();
    assert!(spike.z_score > 10.0 && spike.factor.unwrap() > 4.0, "{spike:?}");
    let grew: Vec<_> = spike.what_changed.iter().map(|change| (change.value, change.now)).collect();
    assert_eq!(grew, [(Trait::Channel(ChannelId::from_u128(2)), 35)]);
    assert!((1.5..2.5).contains(&spike.what_changed[0].usual));
    // At another hour, when nothing ever came, a tenth of it is one already.
    history.goes_to(4, 300);
    for _ in 0..6 {
        history.comes(1);
    }
    let spike = history.common().spike.unwrap();
    assert_eq!((spike.factor, history.common().usual_1h), (None, Some(0.0)));
    history.goes_to(4, 361);
    assert_eq!(history.common().last_1h, 0, "it is over by itself");
}

#[test]
fn in_the_first_weeks_nothing_is_usual_and_nothing_a_spike() {
    let mut history = History::usual_weeks(1);
    history.goes_to(1, 30);
    for _ in 0..100 {
        history.comes(1);
    }
    let figures = history.common();
    assert_eq!((figures.last_1h, figures.usual_1h, figures.spike), (100, None, None));
}

#[test]
fn what_a_rule_sends_on_at_once_arrives_where_it_ends() {
    let mut history = History::new();
    let id = history.comes(1);
    history.triaged(id);
    let sales = QueueId::Team(SALES);
    assert_eq!((history.common().last_1h, history.of(sales).last_1h), (0, 1));
    // Moved later it arrives again.
    history.now = history.now + Millis::minutes(1);
    history.moves(id, Some(SALES), None);
    history.moves(id, None, None);
    assert_eq!((history.common().last_1h, history.of(sales).last_1h), (1, 1));
    history.now = history.now + Millis::minutes(1);
    let later = history.comes(1);
    history.now = history.now + Millis::minutes(1);
    history.triaged(later);
    assert_eq!((history.common().last_1h, history.of(sales).last_1h), (2, 2));
}

#[test]
fn of_a_spike_the_rule_and_the_origin_are_named_too() {
    let mut history = History::new();
    for week in 0..3 {
        history.goes_to(week, 5);
        let id = history.comes(2);
        history.moves(id, None, Some(SALES));
    }
    for n in 0..30 {
        history.goes_to(3, n);
        let id = history.comes(2);
        history.now = history.now + Millis::seconds(1);
        history.triaged(id);
    }
    let spike = history.of(QueueId::Team(SALES)).spike.unwrap();
    let mut grew: Vec<_> = spike.what_changed.iter().map(|change| change.value).collect();
    grew.sort();
    assert_eq!(grew, [Trait::Rule(RULE), Trait::Origin(Came::Moved)], "the channel is the same");
}

#[test]
fn a_brand_that_is_not_seen_adds_nothing() {
    let mut history = History::usual_weeks(3);
    let figures = history.views.arrivals.of(QueueId::Common(BRAND), history.now, |_| false);
    assert_eq!(figures, Figures::default());
    history.goes_to(3, 0);
    assert_eq!(history.views.arrivals.of(QueueId::Team(SALES), history.now, |_| true), Figures::default());
}

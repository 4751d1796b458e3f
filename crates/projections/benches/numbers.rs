//! What a report costs, and how long its longest slice keeps the loop waiting: 200,000 conversations of 30 days, each with a
//! question, an answer and an end: `cargo bench -p projections --bench numbers`.

#![expect(clippy::print_stdout, reason = "the figures are the program's answer")]

use std::time::Instant;

use domain::content::MessageKind;
use domain::conversation::{Cause, Clocks, Status};
use domain::event::conversation::{ConversationOpened, ConversationResolved, Origin};
use domain::event::message::{MessageQueued, MessageReceived, Sender};
use domain::event::{Actor, Event, Recorded, StreamId};
use domain::identity::BlindKey;
use domain::ids::*;
use domain::time::{Millis, Timestamp};
use domain::zone::Zone;
use projections::Views;
use projections::analytics::collect::Axis;
use projections::analytics::{Basis, Buckets, Collector, Episodes, GroupBy, Interval, Metric, Question};

const CONVERSATIONS: u128 = 200_000;
const DAYS: i64 = 30;
const BEGIN_S: i64 = 1_700_006_400;

fn id<T: From<u128>>(n: u128, kind: u128) -> T {
    let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834) >> 64;
    T::from((n << 90) | (kind << 64) | noise)
}

struct Feed(Views, u64);

impl Feed {
    fn apply(&mut self, stream: StreamId, version: u64, at: i64, actor: Actor, event: impl Into<Event>) {
        self.1 += 1;
        let at = Timestamp::from_seconds(BEGIN_S + at);
        let (occurred_at, recorded_at, event) = (at, at, event.into());
        self.0.apply(&Recorded { pos: self.1, stream, version, event, occurred_at, recorded_at, actor });
    }
}

fn desk() -> Views {
    let mut feed = Feed(Views::default(), 0);
    let apart = DAYS * 86_400 * 1_000 / CONVERSATIONS as i64;
    for n in 0..CONVERSATIONS {
        let conversation_id: ConversationId = id(n, 1);
        let stream = StreamId::Conversation(conversation_id);
        let at = n as i64 * apart / 1_000;
        let (team_id, user) = (Some(id(n % 20, 9)), id::<UserId>(n % 200, 8));
        let clocks = Clocks::default();
        let opened = ConversationOpened {
            conversation_id,
            number: n as u64 + 1,
            channel_id: id(n % 8, 2),
            brand_id: id(n % 3, 3),
            contact_id: id(n / 3, 4),
            origin: Origin::Inbound,
            status: Status::Open,
            team_id,
            previous: None,
        };
        feed.apply(stream, 1, at, Actor::Provider, opened);
        let received = MessageReceived {
            conversation_id,
            message_id: id(n, 5),
            kind: MessageKind::Text,
            author_id: None,
            provider_key: BlindKey([0; 16]),
            clamped: false,
            late: false,
            courtesy_after_resolve: false,
            phrase_key: None,
            survey_id: None,
            blocked: false,
            media_id: None,
            reply_to_id: None,
            window_until: None,
            referred: false,
            early: Vec::new(),
            clocks,
            private: None,
        };
        feed.apply(stream, 2, at, Actor::Provider, received);
        let queued = MessageQueued {
            conversation_id,
            message_id: id(n, 6),
            sender: Sender::User(user),
            kind: MessageKind::Text,
            reply_to_id: None,
            client_ref: None,
            media_id: None,
            template: false,
            clocks,
            private: None,
        };
        feed.apply(stream, 3, at + (n % 1_200) as i64, Actor::User(user), queued);
        let resolved = ConversationResolved {
            conversation_id,
            episode: 1,
            cause: Cause::Request,
            reason: None,
            disposition: None,
            assignee_id: Some(user),
            team_id,
            res_total_ms: Millis::seconds(2_000),
            res_active_ms: Millis::seconds(2_000),
            unanswered: false,
            clocks,
        };
        feed.apply(stream, 4, at + 2_000, Actor::User(user), resolved);
    }
    feed.0
}

fn main() {
    let views = desk();
    let (from, to) = (Timestamp::from_seconds(BEGIN_S), Timestamp::from_seconds(BEGIN_S + DAYS * 86_400));
    let basis = Basis { pos: views.position(), at: to, definition: views.facts.definitions.newest().clone() };
    let question = |metrics: &[Metric], group_by| Question {
        metrics: metrics.to_vec(),
        from,
        to,
        basis: basis.clone(),
        episodes: Episodes::First,
        filters: Vec::new(),
        group_by,
    };
    let headline = [Metric::Frt, Metric::Art, Metric::Volume, Metric::Handled, Metric::Fcr];
    let by_day = || Axis::Buckets(Buckets::new(from, to, Interval::Day, Zone::UTC).expect("thirty"));
    let whole = || Axis::Buckets(Buckets::whole(from, to));
    for (name, question, axis) in [
        ("frt", question(&[Metric::Frt], GroupBy::Nothing), whole()),
        ("five headlines", question(&headline, GroupBy::Nothing), whole()),
        ("five headlines by agent", question(&headline, GroupBy::Agent), whole()),
        ("five headlines by day and team", question(&headline, GroupBy::Team), by_day()),
        ("everything by agent", question(Metric::ALL, GroupBy::Agent), whole()),
    ] {
        let begin = Instant::now();
        let mut collector = Collector::new(question, axis);
        let mut longest = 0.0f64;
        for slice in collector.slices(&views) {
            let begin = Instant::now();
            collector.feed(&views, slice);
            longest = longest.max(begin.elapsed().as_secs_f64() * 1e3);
        }
        let read = begin.elapsed().as_secs_f64() * 1e3;
        let cells = collector.finish(None).map(|cells| cells.cells.len());
        let all = begin.elapsed().as_secs_f64() * 1e3;
        println!(
            "{name:<32} {all:>8.1} ms, {read:>8.1} ms of it reading, longest slice {longest:>6.2} ms, {cells:?} cells"
        );
    }
}

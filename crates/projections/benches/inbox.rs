//! How fast events are applied and pages found, and how much memory it takes, at a number of conversations given as the
//! first argument (default one million): `cargo bench -p projections -- 1000000`.
//!
//! Plain timings of one run: medians of many repetitions for queries, the total for applying. For comparisons run it
//! several times and alternate the versions.

#![expect(clippy::print_stdout, reason = "the figures are the program's answer")]

use std::hint::black_box;
use std::time::Instant;

use domain::access::{Principal, Role};
use domain::content::MessageKind;
use domain::conversation::{Clocks, Status};
use domain::event::contact::{BlindIdentity, ContactCreated};
use domain::event::conversation::*;
use domain::event::message::*;
use domain::event::{Actor, Event, Recorded, SealKey, StreamId};
use domain::identity::{BlindKey, IdentityKind};
use domain::ids::*;
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::inbox::query::Filters;
use projections::inbox::{InboxQuery, Row, Sort, View};

/// Of the conversations, the newest stay open; a third of those wait.
const OPEN: u32 = 20_000;
const AGENTS: u32 = 200;

struct Feed {
    views: Views,
    pos: u64,
    spent: std::time::Duration,
}

impl Feed {
    fn apply(&mut self, id: ConversationId, version: u64, at: Timestamp, event: impl Into<Event>) {
        self.apply_to(StreamId::Conversation(id), version, at, event);
    }

    fn apply_to(&mut self, stream: StreamId, version: u64, at: Timestamp, event: impl Into<Event>) {
        self.pos += 1;
        let recorded = Recorded {
            pos: self.pos,
            stream,
            version,
            event: event.into(),
            occurred_at: at,
            recorded_at: at,
            actor: Actor::Provider,
        };
        let begin = Instant::now();
        self.views.apply(&recorded);
        self.spent += begin.elapsed();
    }
}

/// Ids as they are minted: time in front, noise behind.
fn id<T: From<u128>>(n: u32, kind: u128) -> T {
    let noise = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834) >> 64;
    T::from((u128::from(n) << 90) | (kind << 64) | noise)
}

fn received(conversation_id: ConversationId, message_id: MessageId, at: Timestamp, clocks: Clocks) -> MessageReceived {
    MessageReceived {
        conversation_id,
        message_id,
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
        window_until: Some(at + Millis::hours(24)),
        referred: false,
        early: Vec::new(),
        clocks,
        private: None,
    }
}

/// Up to ten events a conversation: the contact, opened, two messages in, assigned, a reply with its sending and report, resolved.
fn fill(feed: &mut Feed, n: u32, open: bool) {
    let conversation_id: ConversationId = id(n, 1);
    let begin = Timestamp::from_seconds(1_700_000_000 + i64::from(n) * 30);
    let later = |minutes| begin + Millis::minutes(minutes);
    // A fifth of the customers come back.
    let contact_id: ContactId = id(n - n % 5 / 4, 4);
    if contact_id == id(n, 4) {
        let created = ContactCreated {
            contact_id,
            brand_id: id(0, 3),
            seal: SealKey(n + 1),
            identities: vec![BlindIdentity { kind: IdentityKind::WaId, key: None, exact: BlindKey([0; 16]) }],
            profile: None,
            private: None,
        };
        feed.apply_to(StreamId::Contact(contact_id), 1, begin, created);
    }
    let opened = ConversationOpened {
        conversation_id,
        number: u64::from(n) + 1,
        channel_id: id(n % 8, 2),
        brand_id: id(0, 3),
        contact_id,
        origin: Origin::Inbound,
        status: Status::Open,
        team_id: None,
        previous: None,
    };
    feed.apply(conversation_id, 1, begin, opened);
    let waiting = Clocks::default().customer_wrote(begin);
    feed.apply(conversation_id, 2, begin, received(conversation_id, id(n, 5), begin, waiting));
    feed.apply(conversation_id, 3, later(1), received(conversation_id, id(n, 6), later(1), waiting));
    let user_id: UserId = id(n % AGENTS, 7);
    let assigned = ConversationAssigned {
        conversation_id,
        assignee_id: Some(user_id),
        team_id: None,
        previous_assignee_id: None,
        previous_team_id: None,
        reason: None,
    };
    if !n.is_multiple_of(4) {
        feed.apply(conversation_id, 4, later(2), assigned);
    }
    if open && n.is_multiple_of(3) {
        return;
    }
    let message_id: MessageId = id(n, 8);
    let clocks = waiting.human_replied(message_id, later(3), Some(user_id));
    let queued = MessageQueued {
        conversation_id,
        message_id,
        sender: Sender::User(user_id),
        kind: MessageKind::Text,
        reply_to_id: None,
        client_ref: None,
        media_id: None,
        template: false,
        clocks,
        private: None,
    };
    feed.apply(conversation_id, 5, later(3), queued);
    feed.apply(conversation_id, 6, later(3), MessageDispatchStarted { conversation_id, message_id, attempt: 1 });
    let accepted = MessageAccepted {
        conversation_id,
        message_id,
        attempt: 1,
        provider_key: BlindKey([1; 16]),
        held: false,
        by_report: false,
        free_entry_until: None,
        private: None,
    };
    feed.apply(conversation_id, 7, later(3), accepted);
    let delivered = MessageStatusObserved {
        conversation_id,
        message_id,
        status: "delivered".to_owned(),
        at: later(3),
        participant: None,
        code: None,
        pricing: None,
        market: None,
        charge: None,
        clocks: None,
        private: None,
    };
    feed.apply(conversation_id, 8, later(3), delivered);
    if !open {
        let resolved = ConversationResolved {
            conversation_id,
            episode: 1,
            cause: Cause::Request,
            reason: None,
            disposition: None,
            assignee_id: None,
            team_id: None,
            res_total_ms: Millis::minutes(10),
            res_active_ms: Millis::minutes(10),
            unanswered: false,
            clocks: clocks.resolved(),
        };
        feed.apply(conversation_id, 9, later(10), resolved);
    }
}

fn median_micros(mut run: impl FnMut(usize)) -> f64 {
    let mut times: Vec<_> = (0..301)
        .map(|n| {
            let begin = Instant::now();
            run(n);
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

/// Resident memory in bytes, where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1_024)
}

fn main() {
    let count = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000u32);
    let before = resident();
    let mut feed = Feed { views: Views::default(), pos: 0, spent: std::time::Duration::ZERO };
    (0..count).for_each(|n| fill(&mut feed, n, n + OPEN >= count));
    let (events, spent) = (feed.pos, feed.spent.as_secs_f64());
    println!("{count} conversations, {events} events");
    println!("applied {:.0} events/s, {:.2} us each", events as f64 / spent, spent * 1e6 / events as f64);
    if let (Some(before), Some(after)) = (before, resident()) {
        let bytes = after.saturating_sub(before);
        println!("memory {} MB, {} bytes a conversation", bytes >> 20, bytes / u64::from(count));
    }
    let views = &feed.views;
    let agent: UserId = id(7, 7);
    let viewer = Principal::plain(agent, Role::Agent);
    let sorts = [
        ("waiting_since", Sort::WaitingSince),
        ("-last_activity_at", Sort::LastActivityDescending),
        ("created_at", Sort::CreatedAt),
        ("-priority", Sort::PriorityDescending),
    ];
    let seen: &dyn Fn(&Row) -> bool = &|_| true;
    for (name, sort) in sorts {
        for (of, view) in [("all", View::All), ("mine", View::Mine(agent)), ("unassigned", View::Unassigned)] {
            for statuses in [vec![], vec![Status::Open]] {
                let narrowed = if statuses.is_empty() { "" } else { " open" };
                let filters = Filters { statuses: statuses.into_iter().collect(), ..Filters::default() };
                let mut query = InboxQuery { view, filters, sort, after: None, limit: 50 };
                let first = median_micros(|_| {
                    black_box(views.inbox.page_where(&query, seen));
                });
                query.after = views.inbox.page_where(&query, seen).next;
                let second = median_micros(|_| {
                    black_box(views.inbox.page_where(&query, seen));
                });
                println!("page {of}{narrowed} {name}: {first:.1} us, the next {second:.1} us");
            }
        }
    }
    let filters = Filters { tag: Some("nowhere".to_owned()), ..Filters::default() };
    let query = InboxQuery { view: View::All, filters, sort: Sort::CreatedAt, after: None, limit: 50 };
    let walk = median_micros(|_| {
        black_box(views.inbox.page_where(&query, seen));
    });
    println!("page of a filter that finds nothing: {walk:.1} us");
    let counts = median_micros(|_| {
        black_box(views.inbox.counts(&viewer));
    });
    println!("counts: {counts:.2} us");
    let get = median_micros(|n| {
        black_box(views.inbox.get(id(n as u32 * 3_001 % count, 1)));
    });
    println!("one conversation: {get:.2} us");
}

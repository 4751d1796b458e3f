//! What a hundred thousand armed timers cost: `cargo bench -p domain --bench promises`.

#![expect(clippy::print_stdout, reason = "a bench answers on standard output")]

use std::hint::black_box;
use std::time::Instant;

use domain::event::sla::{SlaActivated, SlaFulfilled};
use domain::event::{Actor, Event, Recorded, StreamId};
use domain::ids::*;
use domain::sla::{Book, Clock, HeldBy, Metric, Noticed};
use domain::time::{Millis, Timestamp};

const CONVERSATIONS: u64 = 50_000;

fn recorded(pos: u64, id: ConversationId, event: Event) -> Recorded {
    let at = Timestamp::from_seconds(1_795_251_600) + Millis::seconds(pos as i64);
    let stream = StreamId::Conversation(id);
    Recorded { pos, stream, version: pos, event, occurred_at: at, recorded_at: at, actor: Actor::System }
}

/// The first answer and the resolution of each conversation, with two steps each.
fn activated(n: u64) -> [Recorded; 2] {
    let conversation_id = ConversationId::from_u128(u128::from(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 40 | 7);
    let started_at = Timestamp::from_seconds(1_795_251_600) + Millis::seconds(n as i64);
    [(Metric::FirstResponse, 30), (Metric::Resolution, 1_440)].map(|(metric, minutes)| {
        let at = |percent: i64| started_at + Millis::seconds(minutes * 60 * percent / 100);
        let event = SlaActivated {
            conversation_id,
            policy_id: SlaPolicyId::from_u128(1),
            policy_version: 1,
            metric,
            n: 1,
            episode: 1,
            message_id: None,
            started_at,
            target_ms: Millis::minutes(minutes),
            hours: None,
            pause_on: Default::default(),
            clock: Clock::Running { due_at: at(100), at_risk_at: at(80), steps_at: vec![at(50), at(100)] },
            noticed: Noticed::default(),
            retracts: None,
        };
        recorded(n, conversation_id, event.into())
    })
}

/// Resident bytes of this process, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1_024)
}

fn main() {
    let (before, begun) = (resident(), Instant::now());
    let mut book = Book::default();
    for n in 0..CONVERSATIONS {
        activated(n).iter().for_each(|event| book.apply(event));
    }
    let (armed, took) = (CONVERSATIONS * 2, begun.elapsed());
    println!("arm      {armed} promises, {} ns each", took.as_nanos() / u128::from(armed));
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("memory   {} bytes for each promise", (after - before) / armed);
    }
    let begun = Instant::now();
    for n in 0..10_000 {
        black_box(book.due(Timestamp::from_seconds(1_795_251_600 + n * 5), 256));
    }
    println!("due      {} ns for 256 of {} conversations", begun.elapsed().as_nanos() / 10_000, book.len());
    let begun = Instant::now();
    for n in 0..CONVERSATIONS {
        let [first, _] = activated(n);
        let StreamId::Conversation(conversation_id) = first.stream else { continue };
        let event = SlaFulfilled {
            conversation_id,
            metric: Metric::FirstResponse,
            n: 1,
            message_id: None,
            at: first.occurred_at,
            margin_s: 60,
            policy_id: SlaPolicyId::from_u128(1),
            held_by: HeldBy { assignee_id: None, team_id: None, priority: Default::default() },
        };
        book.apply(&recorded(n, conversation_id, event.into()));
    }
    println!("fulfil   {} ns each", begun.elapsed().as_nanos() / u128::from(CONVERSATIONS));
}

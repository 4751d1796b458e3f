//! What notifications cost: applying notes that name people, reading a conversation, and what a page of the inbox asks
//! about mentions, with everybody's shelves full: `cargo bench -p projections --bench attention`.
//!
//! Plain timings of one run, in microseconds.

#![expect(clippy::print_stdout, reason = "the figures are the program's answer")]

use std::hint::black_box;
use std::time::Instant;

use domain::conversation::Status;
use domain::conversation::mention::{MENTIONED_MAX, Mention};
use domain::event::conversation::{ConversationOpened, ConversationRead, Origin};
use domain::event::note::{NoteAdded, NoteDeleted};
use domain::event::{Actor, Event, Recorded, StreamId};
use domain::ids::*;
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::attention::MENTIONS_KEPT;

const USERS: u32 = 1_000;
const CONVERSATIONS: u32 = 2_000;
/// People one note names.
const NAMED: u32 = 20;

/// Ids as they are minted: time in front, noise behind.
fn id<T: From<u128>>(n: u32, kind: u128) -> T {
    let noise = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834) >> 64;
    T::from((u128::from(n) << 80) | (kind << 72) | (noise & 0xff_ffff_ffff))
}

struct Feed {
    views: Views,
    versions: Vec<u64>,
    at: Timestamp,
}

impl Feed {
    /// Applies an event of a conversation's stream; microseconds.
    fn apply(&mut self, conversation: u32, event: impl Into<Event>) -> f64 {
        let version = &mut self.versions[conversation as usize];
        *version += 1;
        let recorded = Recorded {
            pos: self.views.position() + 1,
            stream: StreamId::Conversation(id(conversation, 1)),
            version: *version,
            event: event.into(),
            occurred_at: self.at,
            recorded_at: self.at,
            actor: Actor::System,
        };
        let begin = Instant::now();
        self.views.apply(&recorded);
        begin.elapsed().as_secs_f64() * 1e6
    }

    fn note(&mut self, n: u32, named: u32) -> f64 {
        let mentioned: Vec<UserId> = (0..named).map(|k| id((n * NAMED + k) % USERS, 2)).collect();
        self.at = self.at + Millis::seconds(1);
        let event = NoteAdded {
            conversation_id: id(n % CONVERSATIONS, 1),
            note_id: id(n, 3),
            author_id: Some(id(USERS, 2)),
            parent_id: None,
            pinned: false,
            mentions: mentioned.iter().map(|user| Mention::User(*user)).collect(),
            mentioned,
            participants: Vec::new(),
            private: None,
        };
        self.apply(n % CONVERSATIONS, event)
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let versions = vec![0; CONVERSATIONS as usize];
    let mut feed = Feed { views: Views::default(), versions, at: Timestamp::from_millis(1_795_000_000_000) };
    for n in 0..CONVERSATIONS {
        let opened = ConversationOpened {
            conversation_id: id(n, 1),
            number: u64::from(n) + 1,
            channel_id: id(0, 4),
            brand_id: id(0, 5),
            contact_id: id(n, 6),
            origin: Origin::Inbound,
            status: Status::Open,
            team_id: None,
            previous: None,
        };
        feed.apply(n, opened);
    }
    let notes = USERS * MENTIONS_KEPT as u32 / NAMED;
    for n in 0..notes {
        feed.note(n, NAMED);
    }
    println!("{USERS} users with {MENTIONS_KEPT} mentions each");
    let apply = median((notes..notes + 500).map(|n| feed.note(n, NAMED)).collect());
    println!("a note that names {NAMED}: {apply:.1} us");
    let team = median((notes + 500..notes + 600).map(|n| feed.note(n, MENTIONED_MAX as u32)).collect());
    println!("a note that tells {MENTIONED_MAX}: {team:.1} us");
    let deleted = median(
        (notes + 500..notes + 600)
            .map(|n| {
                let note = NoteDeleted { conversation_id: id(n % CONVERSATIONS, 1), note_id: id(n, 3) };
                feed.apply(n % CONVERSATIONS, note)
            })
            .collect(),
    );
    println!("taking it back: {deleted:.1} us");
    let read = median(
        (0..500)
            .map(|n| {
                let read =
                    ConversationRead { conversation_id: id(n, 1), user_id: id(n % USERS, 2), up_to_version: u64::MAX };
                feed.apply(n, read)
            })
            .collect(),
    );
    println!("reading a conversation: {read:.1} us");
    let user: UserId = id(7, 2);
    let timed = |run: &dyn Fn()| {
        let once = |_| {
            let begin = Instant::now();
            run();
            begin.elapsed().as_secs_f64() * 1e6
        };
        median((0..200).map(once).collect())
    };
    let attention = &feed.views.attention;
    let page = timed(&|| {
        (0..200).for_each(|n| {
            black_box(attention.unread_mentions(user, id(n, 1)));
        });
    });
    println!("unread mentions of a page of 200 rows: {page:.1} us");
    let view = timed(&|| {
        black_box(attention.mentioned_in(user));
    });
    println!("the view of mentions: {view:.1} us");
}

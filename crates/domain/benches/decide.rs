//! Decisions per second, in memory: `cargo bench -p domain`. No log, no sealing, no sync; what the desk loop adds to them.

#![expect(clippy::print_stdout, reason = "a bench answers on standard output")]

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::hint::black_box;
use std::time::Instant;

use domain::access::{Action, Principal, Role, Standing, authorize};
use domain::business_hours::{Calendar, Override, Spec, Weekday, WeeklySegment};
use domain::channel::{Connection, connect};
use domain::condition::Condition;
use domain::content::Content;
use domain::conversation::reply::{Reply, reply};
use domain::conversation::{Conversation, dispatch};
use domain::event::channel::Credentials;
use domain::event::sla::SlaPolicyCreated;
use domain::event::{Actor, StreamId, message};
use domain::identity::{BlindKey, IdentityKind};
use domain::ids::*;
use domain::inbound::*;
use domain::ingest::ingest;
use domain::rejection::Rejection;
use domain::sla::{Metric, SlaPolicy, Target};
use domain::step::{Archive, Blind, Step};
use domain::time::{Millis, Timestamp};
use domain::world::World;

const CONTACTS: usize = 2_000;
const MESSAGES: usize = 40_000;

struct Hashes;

impl Blind for Hashes {
    fn blind(&self, text: &str) -> BlindKey {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        BlindKey((u128::from(hasher.finish()) << 64 | text.len() as u128).to_be_bytes())
    }
}

/// Every conversation stays in memory, so only look-up keys are asked for.
#[derive(Default)]
struct Keys(HashMap<BlindKey, Vec<u8>>);

impl Archive for Keys {
    fn conversation(&self, _: ConversationId) -> Option<Conversation> {
        None
    }
    fn find(&self, key: BlindKey) -> Option<Vec<u8>> {
        self.0.get(&key).cloned()
    }
}

struct Desk {
    world: World,
    keys: Keys,
    commands: Cell<u128>,
}

impl Desk {
    fn run<T>(&mut self, decide: impl FnOnce(&mut Step<'_>) -> Result<T, Rejection>) -> T {
        self.commands.set(self.commands.get() + 1);
        let now = Timestamp::from_seconds(1_795_392_000) + Millis(self.commands.get() as i64);
        let entropy = self.commands.get() << 20;
        let mut step = Step::new(&mut self.world, &self.keys, &Hashes, now, Actor::Provider, entropy);
        let value = decide(&mut step).expect("allowed");
        let events = step.finish();
        self.keys.0.extend(events.into_iter().flat_map(|(pending, _)| pending.keys).map(|key| (key.key, key.value)));
        self.world.fresh_keys.clear();
        value
    }
}

fn item(fact: InboundFact) -> InboundItem {
    InboundItem { route: Route::Number("100".to_owned()), fact, raw: String::new() }
}

fn text_message(n: usize) -> InboundItem {
    let value = format!("49{:09}", n % CONTACTS);
    item(InboundFact::Message(CustomerMessage {
        from: Sender { identities: vec![Identity { kind: IdentityKind::WaId, value }], ..Sender::default() },
        group_id: None,
        provider_id: format!("wamid.{n}"),
        at: Timestamp::from_seconds(1_795_392_000),
        content: Content::text("Hello, where is my parcel? It was to arrive yesterday."),
        context: None,
        referral: None,
        errors: None,
        raw: None,
    }))
}

fn measure(name: &str, count: usize, mut one: impl FnMut(usize)) {
    let start = Instant::now();
    (0..count).for_each(&mut one);
    let took = start.elapsed();
    let each = took.as_nanos() / count as u128;
    println!("{name:<12} {each:>8} ns each  {:>10.0} per second", count as f64 / took.as_secs_f64());
}

fn main() {
    let mut desk = Desk { world: World::new(), keys: Keys::default(), commands: Cell::new(0) };
    let secret = || "secret".to_owned();
    let wanted = Connection {
        name: "Support".to_owned(),
        phone_e164: "+491".to_owned(),
        brand_id: None,
        graph_base_url: None,
        graph_version: None,
        phone_number_id: "100".to_owned(),
        waba_id: "200".to_owned(),
        credentials: Credentials {
            access_token: secret(),
            app_secret: secret(),
            previous_app_secret: None,
            verify_token: secret(),
        },
    };
    desk.run(|step| connect(step, &wanted));
    let mut items: Vec<_> = (0..MESSAGES).map(text_message).rev().collect();
    measure("receive", MESSAGES, |_| {
        let item = items.pop().expect("as many as are measured");
        desk.run(|step| Ok(ingest(step, item, &|_| true)));
    });
    let mut ids: Vec<ConversationId> = desk.world.conversations.keys().copied().collect();
    ids.sort_unstable();
    let mut sent = Vec::new();
    measure("reply", MESSAGES / 4, |n| {
        let wanted = Reply {
            conversation_id: ids[n % ids.len()],
            sender: message::Sender::User(UserId::from_u128(1)),
            content: Content::text("It is on its way."),
            reply_to_id: None,
            context_provider_id: None,
            client_ref: None,
            media_id: None,
            after_pos: None,
        };
        sent.push(desk.run(|step| reply(step, &wanted)));
    });
    measure("dispatch", sent.len(), |n| {
        let attempt = desk.run(|step| dispatch::start(step, sent[n])).expect("due");
        let provider_id = format!("out.{n}");
        let outcome = dispatch::Outcome::Accepted { provider_id, held: false, recipient: Vec::new() };
        desk.run(|step| dispatch::finish(step, sent[n], attempt, outcome));
    });
    let words = ["sent", "delivered", "read"];
    measure("status", sent.len() * words.len(), |n| {
        let report = StatusObservation {
            provider_id: format!("out.{}", n / words.len()),
            status: words[n % words.len()].to_owned(),
            at: Timestamp::from_seconds(1_795_392_000),
            participant: None,
            callback_data: None,
            recipient: Vec::new(),
            error: None,
            pricing: None,
            conversation: None,
        };
        desk.run(|step| Ok(ingest(step, item(InboundFact::Status(report)), &|_| true)));
    });
    let mut promised = Desk { world: World::new(), keys: Keys::default(), commands: Cell::new(0) };
    promised.run(|step| connect(step, &wanted));
    promised.run(|step| {
        let policy_id: SlaPolicyId = step.mint.fresh();
        step.emit(StreamId::SlaPolicy(policy_id), SlaPolicyCreated { policy_id, policy: policy() });
        Ok(())
    });
    let mut items: Vec<_> = (0..MESSAGES).map(text_message).rev().collect();
    measure("receive, promised", MESSAGES, |_| {
        let item = items.pop().expect("as many as are measured");
        promised.run(|step| Ok(ingest(step, item, &|_| true)));
    });
    let agent = Principal::plain(UserId::from_u128(1), Role::Agent);
    measure("authorize", 1_000_000, |n| {
        let action = Action::ALL[n % Action::ALL.len()];
        black_box(authorize(black_box(&agent), action, Standing::Team));
    });
    let calendar = office();
    let from = Timestamp::from_seconds(1_795_392_000);
    // So much of it passes in 366 days.
    let year = calendar.between(from, from + Millis::days(366));
    measure("add a year", 2_000, |n| {
        black_box(calendar.add(from + Millis::hours(n as i64), year));
    });
    measure("open now", 100_000, |n| {
        black_box(calendar.is_open(from + Millis::minutes(n as i64)));
    });
}

/// Everybody is answered and helped in time.
fn policy() -> SlaPolicy {
    let target = |metric, target_s| Target {
        metric,
        target_s,
        target_s_by_priority: Default::default(),
        hours_id: None,
        pause_on: Default::default(),
        at_risk_percent: 80,
    };
    SlaPolicy {
        name: "Standard".to_owned(),
        brand_id: None,
        enabled: true,
        matches: Condition::default(),
        targets: vec![
            target(Metric::FirstResponse, 1_800),
            target(Metric::NextResponse, 3_600),
            target(Metric::Resolution, 86_400),
        ],
        escalations: Vec::new(),
    }
}

/// Every day but Sunday, in two parts, with thirty holidays.
fn office() -> Calendar {
    let parts =
        |day| [(9, 13), (14, 18)].map(|(from, to)| WeeklySegment { day, start_s: from * 3_600, end_s: to * 3_600 });
    let holiday = |n: u32| Override {
        date: format!("2027-{:02}-{:02}", n % 12 + 1, n % 28 + 1).parse().expect("a date"),
        name: None,
        segments: Vec::new(),
    };
    Calendar::of(&Spec {
        time_zone: "Europe/Madrid".to_owned(),
        weekly: Weekday::ALL[..6].iter().flat_map(|day| parts(*day)).collect(),
        overrides: (0..30).map(holiday).collect(),
    })
}

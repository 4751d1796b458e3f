//! A desk in memory: the world, a log that is a list, time in minutes, ids counted up. Commands go through the real
//! decisions; what they make is folded and kept as the real log would.

use std::cell::RefCell;
use std::collections::BTreeMap;

use domain::access::{Principal, Role};
use domain::account::{self, NewUser};
use domain::channel::{self, Connection};
use domain::content::Content;
use domain::conversation::add_note::NewNote;
use domain::conversation::dispatch::{self, Outcome, Refusal};
use domain::conversation::reply::{Reply, reply};
use domain::conversation::{Clocks, Conversation, Status, change_status};
use domain::event::channel::Credentials;
use domain::event::message::{AfterRefusal, Sender as Author};
use domain::event::{Actor, Event, Recorded};
use domain::identity::{BlindKey, IdentityKind};
use domain::ids::*;
use domain::inbound::*;
use domain::ingest::ingest;
use domain::message::DeliveryStatus;
use domain::rejection::Rejection;
use domain::step::{Archive, Blind, Step};
use domain::time::{Millis, Timestamp};
use domain::world::World;

/// Minute `n` of a Monday.
pub(crate) fn minute(n: i64) -> Timestamp {
    Timestamp::from_seconds(1_795_392_000) + Millis::minutes(n)
}

/// `"09:30"` of that Monday.
pub(crate) fn at(clock: &str) -> Timestamp {
    let (hours, minutes) = clock.split_once(':').unwrap();
    minute(hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap())
}

/// Keys that are counted up by the text they stand for: no collisions, nothing readable.
#[derive(Default)]
pub(crate) struct CountingBlinder(RefCell<BTreeMap<String, u128>>);

impl Blind for CountingBlinder {
    fn blind(&self, text: &str) -> BlindKey {
        let mut known = self.0.borrow_mut();
        let next = known.len() as u128 + 1;
        BlindKey(known.entry(text.to_owned()).or_insert(next).to_be_bytes())
    }
}

/// What was committed.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<Recorded>,
    /// The first position of each event's command, absent of that event itself.
    pub(crate) causes: Vec<Option<u64>>,
    keys: BTreeMap<BlindKey, Vec<u8>>,
}

impl Archive for Log {
    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        let stream = domain::event::StreamId::Conversation(id);
        Conversation::from_stream(self.events.iter().filter(|event| event.stream == stream))
    }
    fn find(&self, key: BlindKey) -> Option<Vec<u8>> {
        self.keys.get(&key).cloned()
    }
}

pub(crate) const NUMBER: &str = "100000000000001";
pub(crate) const OTHER_NUMBER: &str = "100000000000002";

/// See the module.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) log: Log,
    pub(crate) blinder: CountingBlinder,
    pub(crate) now: Timestamp,
    commands: u128,
    pub(crate) channel: ChannelId,
    pub(crate) brand: BrandId,
    pub(crate) ana: UserId,
    pub(crate) ben: UserId,
    /// The test made something happen that no desk decides.
    pub(crate) forged: bool,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let mut desk = Self {
            world: World::new(),
            log: Log::default(),
            blinder: CountingBlinder::default(),
            now: minute(0),
            commands: 0,
            channel: ChannelId::from_u128(0),
            brand: BrandId::from_u128(0),
            ana: UserId::from_u128(0),
            ben: UserId::from_u128(0),
            forged: false,
        };
        desk.channel = desk.connect(NUMBER).unwrap();
        desk.brand = desk.world.channels[&desk.channel].config.brand_id;
        desk.ana = desk.hire("ana", Role::SuperAdmin);
        desk.ben = desk.hire("ben", Role::Agent);
        desk
    }

    /// Runs a command. Its events are committed; a rejected one must have left none and the world as it was.
    pub(crate) fn run<T>(&mut self, f: impl FnOnce(&mut Step<'_>) -> Result<T, Rejection>) -> Result<T, Rejection> {
        self.commands += 1;
        let before = self.world.clone();
        let mut step =
            Step::new(&mut self.world, &self.log, &self.blinder, self.now, Actor::System, self.commands << 20);
        let result = f(&mut step);
        let events = step.finish();
        if result.is_err() {
            assert!(events.is_empty(), "a rejected command leaves no event");
            // Looking may load a conversation; nothing else may differ.
            let mut after = self.world.clone();
            after.conversations = before.conversations.clone();
            assert!(after == before, "a rejected command leaves the world as it was");
        }
        let first = self.log.events.len() as u64 + 1;
        for (pending, version) in events {
            let pos = self.log.events.len() as u64 + 1;
            self.log.causes.push((pos > first).then_some(first));
            for key in pending.keys {
                assert!(self.log.keys.insert(key.key, key.value).is_none(), "a look-up key is used once for ever");
            }
            let last = self.log.events.iter().rev().find(|event| event.stream == pending.stream);
            assert_eq!(version, last.map_or(1, |event| event.version + 1), "versions have no gaps");
            self.log.events.push(Recorded {
                pos,
                stream: pending.stream,
                version,
                event: pending.event,
                occurred_at: pending.occurred_at,
                recorded_at: self.now,
                actor: pending.actor,
            });
        }
        assert_eq!(self.world.head, self.log.events.len() as u64, "positions have no gaps");
        self.world.fresh_keys.clear();
        result
    }

    /// Forgets everything in memory and reads it back, as a restart does.
    pub(crate) fn restart(&mut self) {
        let mut world = World::new();
        self.log.events.iter().for_each(|event| world.evolve(event, false));
        self.world = world;
    }

    /// The kinds of the events that `f` makes.
    pub(crate) fn kinds_of(&mut self, f: impl FnOnce(&mut Self)) -> Vec<&'static str> {
        let before = self.log.events.len();
        f(self);
        self.log.events[before..].iter().map(|event| event.event.kind()).collect()
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        self.log.events.iter().filter(|event| event.event.kind() == kind).count()
    }

    pub(crate) fn connect(&mut self, number: &str) -> Result<ChannelId, Rejection> {
        let wanted = Connection {
            name: "Support".to_owned(),
            phone_e164: format!("+49{}", &number[number.len() - 6..]),
            brand_id: None,
            graph_base_url: None,
            graph_version: None,
            phone_number_id: number.to_owned(),
            waba_id: "200".to_owned(),
            credentials: Credentials {
                access_token: "token".to_owned(),
                app_secret: "secret".to_owned(),
                previous_app_secret: None,
                verify_token: "verify".to_owned(),
            },
        };
        self.run(|step| channel::connect(step, &wanted))
    }

    pub(crate) fn hire(&mut self, name: &str, role: Role) -> UserId {
        self.try_hire(name, role).unwrap()
    }

    pub(crate) fn try_hire(&mut self, name: &str, role: Role) -> Result<UserId, Rejection> {
        let email = format!("{name}@desk.example");
        let email_key = self.blinder.blind(&email);
        let new = NewUser {
            email,
            email_key,
            name: name.to_owned(),
            role,
            custom_role_id: None,
            brand_ids: None,
            password_hash: "hash".to_owned(),
        };
        self.run(|step| account::create(step, None, &new))
    }

    pub(crate) fn principal(&self, user_id: UserId) -> Principal {
        self.world.roster.principal(user_id).expect("an open account").clone()
    }

    /// One webhook item on the first number; whether it was applied.
    pub(crate) fn takes(&mut self, fact: InboundFact) -> bool {
        self.takes_on(NUMBER, fact)
    }

    pub(crate) fn takes_on(&mut self, number: &str, fact: InboundFact) -> bool {
        let raw = format!("{fact:?}");
        let item = InboundItem { route: Route::Number(number.to_owned()), fact, raw };
        self.run(|step| Ok(ingest(step, item, &|_| true))).unwrap()
    }

    /// The customer writes; `wamid` names the message.
    pub(crate) fn says(&mut self, minute_: i64, who: &str, wamid: &str, text: &str) {
        self.now = self.now.max(minute(minute_));
        self.takes(InboundFact::Message(message(who, wamid, minute(minute_), text)));
    }

    pub(crate) fn try_reply(&mut self, minute_: i64, by: UserId, id: ConversationId) -> Result<MessageId, Rejection> {
        self.now = self.now.max(minute(minute_));
        let wanted = text_reply(id, Author::User(by));
        self.run(|step| reply(step, &wanted))
    }

    pub(crate) fn replies(&mut self, minute_: i64, by: UserId, id: ConversationId) -> MessageId {
        self.try_reply(minute_, by, id).unwrap()
    }

    /// Hands a message to the provider, which takes it under this name.
    pub(crate) fn sends(&mut self, id: MessageId, wamid: &str) -> u32 {
        let attempt = self.starts(id).expect("due");
        self.finishes(id, attempt, accepted(wamid));
        attempt
    }

    pub(crate) fn starts(&mut self, id: MessageId) -> Option<u32> {
        self.run(|step| dispatch::start(step, id)).unwrap()
    }

    pub(crate) fn finishes(&mut self, id: MessageId, attempt: u32, outcome: Outcome) {
        self.run(|step| dispatch::finish(step, id, attempt, outcome)).unwrap();
    }

    /// A delivery report.
    pub(crate) fn reports(&mut self, minute_: i64, wamid: &str, status: &str) {
        self.now = self.now.max(minute(minute_));
        self.takes(InboundFact::Status(report(wamid, status, minute(minute_))));
    }

    pub(crate) fn moves(&mut self, minute_: i64, id: ConversationId, to: Status) {
        self.now = self.now.max(minute(minute_));
        self.run(|step| change_status::change(step, id, to, None, None)).unwrap();
    }

    pub(crate) fn snoozes(&mut self, minute_: i64, id: ConversationId, until: i64) {
        self.now = self.now.max(minute(minute_));
        self.run(|step| change_status::change(step, id, Status::Snoozed, Some(minute(until)), None)).unwrap();
    }

    pub(crate) fn contact(&self, who: &str) -> ContactId {
        self.contact_of(&wa_id(who)).expect("known")
    }

    pub(crate) fn contact_of(&self, identity: &Identity) -> Option<ContactId> {
        let key = domain::contact::identify::blind_identity(&self.blinder, self.brand, identity).key?;
        self.world.contact_by_identity(key)
    }

    /// The customer's newest conversation on the first number.
    pub(crate) fn conversation_of(&self, who: &str) -> ConversationId {
        self.world.thread(self.channel, self.contact(who)).expect("a conversation").conversation_id
    }

    pub(crate) fn state(&self, id: ConversationId) -> Conversation {
        let folded = self.log.conversation(id).expect("in the log");
        if let Some(live) = self.world.conversations.get(&id) {
            assert_eq!(*live, folded, "what is in memory is what the log says");
        }
        folded
    }

    pub(crate) fn clocks(&self, id: ConversationId) -> Clocks {
        self.state(id).clocks
    }

    /// First response time in minutes.
    pub(crate) fn frt(&self, id: ConversationId) -> Option<i64> {
        self.clocks(id).first_response.map(|first| first.frt_total_ms.0 / 60_000)
    }

    /// Since which minute the customer waits.
    pub(crate) fn waits_since(&self, id: ConversationId) -> Option<i64> {
        self.clocks(id).waiting_since.map(|since| (since - minute(0)).0 / 60_000)
    }

    pub(crate) fn status_of(&self, message: MessageId) -> DeliveryStatus {
        self.state(self.place(message)).messages[&message].status()
    }

    fn place(&self, message: MessageId) -> ConversationId {
        let owner = |event: &Recorded| match &event.event {
            Event::MessageQueued(event) if event.message_id == message => Some(event.conversation_id),
            _ => None,
        };
        self.log.events.iter().find_map(owner).expect("queued")
    }

    pub(crate) fn window_until(&self, who: &str) -> Option<Timestamp> {
        self.world.window(self.channel, self.contact(who)).until
    }
}

pub(crate) fn wa_id(who: &str) -> Identity {
    Identity { kind: IdentityKind::WaId, value: who.to_owned() }
}

pub(crate) fn bsuid(value: &str) -> Identity {
    Identity { kind: IdentityKind::Bsuid, value: value.to_owned() }
}

pub(crate) fn sender(who: &str) -> Sender {
    Sender { identities: vec![wa_id(who)], ..Sender::default() }
}

pub(crate) fn message(who: &str, wamid: &str, at: Timestamp, text: &str) -> CustomerMessage {
    CustomerMessage {
        from: sender(who),
        group_id: None,
        provider_id: wamid.to_owned(),
        at,
        content: Content::text(text),
        context: None,
        referral: None,
        errors: None,
        raw: None,
    }
}

pub(crate) fn report(wamid: &str, status: &str, at: Timestamp) -> StatusObservation {
    let error = (status == "failed").then(|| failure(131_026));
    StatusObservation {
        provider_id: wamid.to_owned(),
        status: status.to_owned(),
        at,
        participant: None,
        callback_data: None,
        recipient: Vec::new(),
        error,
        pricing: None,
        conversation: None,
    }
}

pub(crate) fn failure(code: i64) -> ProviderError {
    ProviderError { code, title: None, detail: None }
}

pub(crate) fn text_reply(conversation_id: ConversationId, sender: Author) -> Reply {
    Reply {
        conversation_id,
        sender,
        content: Content::text("We are on it."),
        reply_to_id: None,
        context_provider_id: None,
        client_ref: None,
        media_id: None,
        after_pos: None,
    }
}

pub(crate) fn accepted(wamid: &str) -> Outcome {
    Outcome::Accepted { provider_id: wamid.to_owned(), held: false, recipient: Vec::new() }
}

pub(crate) fn refused(code: i64) -> Outcome {
    let error = Some(failure(code));
    Outcome::Refused(Refusal { reason: "provider_refused", error, then: AfterRefusal::Fail, retry_at: None })
}

/// A note with nothing but a text.
pub(crate) fn note(body: &str) -> NewNote {
    NewNote { body: body.to_owned(), ..NewNote::default() }
}

/// Whatever a test's history was: what the desk decided in it by itself, it decides so again.
impl Drop for Desk {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.forged {
            let found = crate::simulation::identity_from(self, 1);
            assert_eq!(found.deviation, None, "{:?}", std::thread::current().name());
        }
    }
}

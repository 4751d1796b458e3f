//! A desk for tests: the real decisions over a log in memory, with live views fed from the facts alone, as a server
//! that has no keys at hand would. Minutes count from Monday, 23 November 2026, 09:00 UTC.

use std::collections::{BTreeMap, HashMap};

use domain::access::{Principal, Role};
use domain::account::{self, NewUser};
use domain::channel::{self, Connection};
use domain::condition::Condition;
use domain::content::{Content, MessageKind};
use domain::conversation::add_note::NewNote;
use domain::conversation::assign::{self, Assignment};
use domain::conversation::dispatch::{self, Outcome, Refusal};
use domain::conversation::receive_message::receive;
use domain::conversation::reply::{self, Reply};
use domain::conversation::{Conversation, Status, annotate, change_status, hand_off, label, observe_status, phone_app};
use domain::event::channel::Credentials;
use domain::event::message::{AfterRefusal, Sender as Author};
use domain::event::sla::SlaPolicyCreated;
use domain::event::workspace::WorkspaceOpened;
use domain::event::{Actor, Event, Recorded, StreamId};
use domain::identity::{BlindKey, IdentityKind};
use domain::ids::*;
use domain::inbound::*;
use domain::rejection::Rejection;
use domain::settings::{Settings, courtesy_keys};
use domain::sla::settle::fire;
use domain::sla::{Instance, Metric, Pausing, SlaPolicy, Target};
use domain::step::{Archive, Blind, Step};
use domain::time::{Millis, Timestamp};
use domain::world::World;
use projections::Views;
use projections::analytics::sample::samples;
use projections::analytics::{self, Basis, Episodes, GroupBy, Question, Value};
use projections::inbox::Window;
use projections::timeline::Timeline;

use crate::reference::ConversationFigures;

pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) log: Log,
    pub(crate) views: Views,
    pub(crate) channel: ChannelId,
    pub(crate) ana: UserId,
    pub(crate) ben: UserId,
    entropy: u128,
    wamids: BTreeMap<MessageId, String>,
}

/// The log in memory: events with everything opened, and look-up keys.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) events: Vec<Recorded>,
    keys: HashMap<BlindKey, Vec<u8>>,
}

struct Hash;

pub(crate) fn minute(n: i64) -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-23T09:00:00Z").expect("a time") + Millis::minutes(n)
}

/// `12` for twelve minutes after nine, `-` for never.
pub(crate) fn shown(at: Option<Timestamp>) -> String {
    at.map_or("-".to_owned(), |at| {
        let millis = (at - minute(0)).0;
        if millis % 60_000 == 0 { (millis / 60_000).to_string() } else { format!("{}s", millis / 1_000) }
    })
}

impl Blind for Hash {
    fn blind(&self, text: &str) -> BlindKey {
        let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        for byte in text.bytes() {
            hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
        BlindKey(hash.to_be_bytes())
    }
}

impl Archive for Log {
    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        Conversation::from_stream(self.stream(StreamId::Conversation(id)))
    }
    fn find(&self, key: BlindKey) -> Option<Vec<u8>> {
        self.keys.get(&key).cloned()
    }
}

impl Log {
    pub(crate) fn stream(&self, stream: StreamId) -> impl Iterator<Item = &Recorded> {
        self.events.iter().filter(move |recorded| recorded.stream == stream)
    }
    pub(crate) fn at(&self, pos: u64) -> Option<Recorded> {
        self.events.get(pos as usize - 1).cloned()
    }
}

/// The event without its personal part.
pub(crate) fn closed(recorded: &Recorded) -> Recorded {
    let event = Event::from_facts(recorded.event.kind(), &recorded.event.facts_json()).expect("facts can be read");
    Recorded { event, ..recorded.clone() }
}

impl Desk {
    /// One number, two agents.
    pub(crate) fn new() -> Self {
        let mut desk = Self {
            world: World::new(),
            log: Log::default(),
            views: Views::default(),
            channel: ChannelId::from_u128(0),
            ana: UserId::from_u128(0),
            ben: UserId::from_u128(0),
            entropy: 0,
            wamids: BTreeMap::new(),
        };
        desk.run(-60, Actor::System, |step| {
            let settings = Settings::default();
            let courtesy_keys = courtesy_keys(step.blind, &settings);
            step.emit(StreamId::Workspace, WorkspaceOpened { settings, courtesy_keys });
        });
        desk.channel = desk.connect("Shop", "105");
        desk.ana = desk.user("Ana", Role::Agent);
        desk.ben = desk.user("Ben", Role::Agent);
        desk
    }

    /// Everybody is answered within so many minutes, and their matter resolved within three times as many.
    pub(crate) fn promises(&mut self, minutes: u32) {
        let paused = [Pausing::Pending, Pausing::Snoozed];
        self.promises_of(vec![
            target(Metric::FirstResponse, minutes, &paused),
            target(Metric::NextResponse, minutes, &paused),
            target(Metric::Resolution, minutes * 3, &paused),
        ]);
    }

    pub(crate) fn promises_of(&mut self, targets: Vec<Target>) {
        let policy = SlaPolicy {
            name: "Standard".to_owned(),
            brand_id: None,
            enabled: true,
            matches: Condition::default(),
            targets,
            escalations: Vec::new(),
        };
        self.run(-50, Actor::System, |step| {
            let policy_id: SlaPolicyId = step.mint.fresh();
            step.emit(StreamId::SlaPolicy(policy_id), SlaPolicyCreated { policy_id, policy });
        });
    }

    /// The newest promise of a kind.
    pub(crate) fn promise(&self, id: ConversationId, metric: Metric) -> Instance {
        let conversation = self.log.conversation(id).expect("opened");
        conversation.sla.iter().filter(|instance| instance.metric == metric).last().expect("a promise").clone()
    }

    /// What is due by then is written.
    pub(crate) fn timer(&mut self, now: i64) {
        for (_, id) in self.views.sla.due(minute(now), usize::MAX) {
            self.run(now, Actor::System, |step| fire(step, id));
        }
    }

    pub(crate) fn connect(&mut self, name: &str, number: &str) -> ChannelId {
        self.connect_number(name, number, None)
    }

    pub(crate) fn connect_to(&mut self, name: &str, number: &str, brand: BrandId) -> ChannelId {
        self.connect_number(name, number, Some(brand))
    }

    fn connect_number(&mut self, name: &str, number: &str, brand_id: Option<BrandId>) -> ChannelId {
        let wanted = Connection {
            name: name.to_owned(),
            phone_e164: format!("+49151{number}"),
            brand_id,
            graph_base_url: None,
            graph_version: None,
            phone_number_id: number.to_owned(),
            waba_id: "900".to_owned(),
            credentials: Credentials {
                access_token: "token".to_owned(),
                app_secret: "secret".to_owned(),
                previous_app_secret: None,
                verify_token: "verify".to_owned(),
            },
        };
        self.run(-60, Actor::System, |step| channel::connect(step, &wanted)).expect("a new number")
    }

    pub(crate) fn user(&mut self, name: &str, role: Role) -> UserId {
        let email = format!("{name}@example.com").to_lowercase();
        let new = NewUser {
            email_key: Hash.blind(&email),
            email,
            name: name.to_owned(),
            role,
            custom_role_id: None,
            brand_ids: None,
            password_hash: "$argon2id$…".to_owned(),
        };
        self.run(-60, Actor::System, |step| account::create(step, None, &new)).expect("a new user")
    }

    /// Somebody with the rights they have now.
    pub(crate) fn principal(&self, user: UserId) -> Principal {
        self.views.roster.principal(user).expect("an open account").clone()
    }

    /// Decides and stores.
    pub(crate) fn run<T>(&mut self, at: i64, actor: Actor, decide: impl FnOnce(&mut Step<'_>) -> T) -> T {
        self.run_at(minute(at), actor, decide)
    }

    pub(crate) fn run_at<T>(&mut self, now: Timestamp, actor: Actor, decide: impl FnOnce(&mut Step<'_>) -> T) -> T {
        self.entropy += 1 << 20;
        let mut step = Step::new(&mut self.world, &self.log, &Hash, now, actor, self.entropy);
        let answer = decide(&mut step);
        for (pending, version) in step.finish() {
            let recorded = Recorded {
                pos: self.log.events.len() as u64 + 1,
                stream: pending.stream,
                version,
                event: pending.event,
                occurred_at: pending.occurred_at,
                recorded_at: now,
                actor: pending.actor,
            };
            self.log.keys.extend(pending.keys.into_iter().map(|key| (key.key, key.value)));
            self.views.apply(&closed(&recorded));
            self.log.events.push(recorded);
        }
        self.world.fresh_keys.clear();
        answer
    }

    /// A customer, named by any word, writes. Returns the conversation and the message.
    pub(crate) fn says(&mut self, at: i64, who: &str, text: &str) -> (ConversationId, MessageId) {
        self.says_late(at, at, who, text)
    }

    /// What was written at `written` arrives at `at`.
    pub(crate) fn says_late(&mut self, written: i64, at: i64, who: &str, text: &str) -> (ConversationId, MessageId) {
        let id = format!("wamid.{who}.{}", self.log.events.len());
        self.customer_message(at, message(who, &id, minute(written), Content::text(text))).expect("a new message")
    }

    pub(crate) fn customer_message(
        &mut self,
        at: i64,
        message: CustomerMessage,
    ) -> Option<(ConversationId, MessageId)> {
        let channel = self.channel;
        let wamid = message.provider_id.clone();
        let place = self.run(at, Actor::Provider, |step| receive(step, channel, message))?;
        self.wamids.insert(place.message_id, wamid);
        Some((place.conversation_id, place.message_id))
    }

    /// A user queues a text.
    pub(crate) fn writes(&mut self, at: i64, user: UserId, id: ConversationId, text: &str) -> MessageId {
        self.queue(at, Author::User(user), id, Content::text(text), None).expect("may be sent")
    }

    pub(crate) fn queue(
        &mut self,
        at: i64,
        sender: Author,
        conversation_id: ConversationId,
        content: Content,
        reply_to_id: Option<MessageId>,
    ) -> Result<MessageId, Rejection> {
        let context_provider_id = reply_to_id.and_then(|id| self.wamids.get(&id).cloned());
        let actor = match sender {
            Author::User(id) => Actor::User(id),
            Author::System | Author::Campaign(_) => Actor::System,
        };
        let wanted = Reply {
            conversation_id,
            sender,
            content,
            reply_to_id,
            context_provider_id,
            client_ref: None,
            media_id: None,
            after_pos: None,
        };
        self.run(at, actor, |step| reply::reply(step, &wanted))
    }

    /// The outbox sends it, and the provider takes it.
    pub(crate) fn sent(&mut self, at: i64, id: MessageId) -> String {
        let attempt = self.started(at, id);
        let wamid = format!("wamid.out.{}", self.log.events.len());
        let outcome = Outcome::Accepted { provider_id: wamid.clone(), held: false, recipient: Vec::new() };
        self.run(at, Actor::System, |step| dispatch::finish(step, id, attempt, outcome)).expect("known message");
        self.wamids.insert(id, wamid.clone());
        wamid
    }

    pub(crate) fn started(&mut self, at: i64, id: MessageId) -> u32 {
        self.run(at, Actor::System, |step| dispatch::start(step, id)).expect("known").expect("due")
    }

    /// The provider refuses the attempt under way.
    pub(crate) fn refused(&mut self, at: i64, id: MessageId, attempt: u32, then: AfterRefusal, retry_at: Option<i64>) {
        let error = ProviderError { code: 131_026, title: Some("Undeliverable".to_owned()), detail: None };
        let retry_at = retry_at.map(minute);
        let refusal = Refusal { reason: "provider_refused", error: Some(error), then, retry_at };
        self.run(at, Actor::System, |step| dispatch::finish(step, id, attempt, Outcome::Refused(refusal)))
            .expect("known message");
    }

    /// A delivery report with the provider's time.
    pub(crate) fn report(&mut self, at: i64, wamid: &str, status: &str, when: i64) {
        let failed = status == "failed";
        let report = StatusObservation {
            provider_id: wamid.to_owned(),
            status: status.to_owned(),
            at: minute(when),
            participant: None,
            callback_data: None,
            recipient: Vec::new(),
            error: failed.then(|| ProviderError {
                code: 131_026,
                title: Some("Message undeliverable".to_owned()),
                detail: None,
            }),
            pricing: None,
            conversation: None,
        };
        let channel = self.channel;
        self.run(at, Actor::Provider, |step| observe_status::observe(step, channel, &report));
    }

    /// Staff types in the phone app.
    pub(crate) fn echoes(&mut self, at: i64, who: &str, text: &str) -> MessageId {
        self.echoes_late(at, at, who, text)
    }

    /// What staff typed at `written` is told at `at`.
    pub(crate) fn echoes_late(&mut self, written: i64, at: i64, who: &str, text: &str) -> MessageId {
        self.echoes_to(written, at, sender(who), text)
    }

    pub(crate) fn echoes_to_group(&mut self, at: i64, group: &str, text: &str) -> MessageId {
        let identity = Identity { kind: IdentityKind::Group, value: group.to_owned() };
        self.echoes_to(at, at, Sender { identities: vec![identity], ..Sender::default() }, text)
    }

    fn echoes_to(&mut self, written: i64, at: i64, to: Sender, text: &str) -> MessageId {
        let provider_id = format!("wamid.echo.{}", self.log.events.len());
        let content = Content::text(text);
        let echo = EchoMessage { to, provider_id: provider_id.clone(), at: minute(written), content };
        let channel = self.channel;
        let place = self.run(at, Actor::Provider, |step| phone_app::record_echo(step, channel, &echo)).expect("new");
        self.wamids.insert(place.message_id, provider_id);
        place.message_id
    }

    pub(crate) fn status(&mut self, at: i64, user: UserId, id: ConversationId, to: Status, until: Option<i64>) {
        let until = until.map(minute);
        self.run(at, Actor::User(user), |step| change_status::change(step, id, to, until, None)).expect("allowed");
    }

    pub(crate) fn resolves(&mut self, at: i64, user: UserId, id: ConversationId) {
        self.status(at, user, id, Status::Resolved, None);
    }

    /// A bot hands over to people.
    pub(crate) fn hands_off(&mut self, at: i64, id: ConversationId) {
        self.run(at, Actor::System, |step| hand_off::hand_off(step, id, None)).expect("it runs");
    }

    pub(crate) fn assigns(&mut self, at: i64, id: ConversationId, to: Option<UserId>) {
        let wanted = Assignment { assignee_id: to, ..Assignment::default() };
        self.run(at, Actor::System, |step| assign::assign(step, id, &wanted)).expect("allowed");
    }

    pub(crate) fn reads(&mut self, at: i64, user: UserId, id: ConversationId, up_to: Option<MessageId>) {
        self.run(at, Actor::User(user), |step| label::mark_read(step, id, user, up_to, false)).expect("known");
    }

    pub(crate) fn reacts(&mut self, at: i64, who: &str, target: &str, emoji: Option<&str>) {
        let reaction = Reaction {
            from: sender(who),
            group_id: None,
            provider_id: format!("wamid.reaction.{}", self.log.events.len()),
            target_provider_id: target.to_owned(),
            emoji: emoji.map(str::to_owned),
            at: minute(at),
        };
        let channel = self.channel;
        self.run(at, Actor::Provider, |step| annotate::react(step, channel, &reaction));
    }

    pub(crate) fn edits(&mut self, at: i64, written: i64, who: &str, target: &str, text: &str) {
        let edit = Edit {
            provider_id: format!("wamid.edit.{}", self.log.events.len()),
            target_provider_id: target.to_owned(),
            content: Content::text(text),
            at: minute(written),
            by: domain::inbound::Author::Customer(sender(who)),
        };
        let channel = self.channel;
        self.run(at, Actor::Provider, |step| annotate::edit(step, channel, &edit));
    }

    pub(crate) fn wamid(&self, id: MessageId) -> String {
        self.wamids.get(&id).cloned().expect("it has one")
    }

    pub(crate) fn timeline(&self, id: ConversationId) -> Timeline {
        Timeline::fold(self.log.stream(StreamId::Conversation(id)), &|pos| self.log.at(pos)).expect("opened")
    }

    /// What the slow fold over its stream measures, which the facts must agree with.
    pub(crate) fn figures(&self, id: ConversationId) -> ConversationFigures {
        let figures = ConversationFigures::fold(self.log.stream(StreamId::Conversation(id))).expect("opened");
        let facts = &self.views.facts;
        let measured = facts.measured(facts.slot(id).expect("opened"), u64::MAX);
        crate::facts::agree(&figures, &measured).expect("one number, one reducer");
        figures
    }

    /// Whether the first contact did, of each episode that could say so; `at` a minute.
    pub(crate) fn fcr(&self, id: ConversationId, at: i64) -> Vec<Option<bool>> {
        let facts = &self.views.facts;
        let question = Question {
            metrics: vec![analytics::Metric::Fcr],
            from: minute(-100_000),
            to: minute(100_000),
            basis: Basis { pos: u64::MAX, at: minute(at), definition: facts.definitions.newest().clone() },
            episodes: Episodes::All,
            filters: Vec::new(),
            group_by: GroupBy::Nothing,
        };
        let mut judged = Vec::new();
        samples(&self.views, &question, question.from, question.to, |sample| {
            if Some(sample.slot) == facts.slot(id) {
                judged.push(match sample.value {
                    Value::Judged(analytics::Outcome::Hit) => Some(true),
                    Value::Judged(analytics::Outcome::Miss) => Some(false),
                    _ => None,
                });
            }
        });
        judged
    }

    /// The contact behind a conversation.
    /// When a conversation's customer may be written to freely.
    pub(crate) fn window(&self, id: ConversationId) -> Window {
        let inbox = &self.views.inbox;
        inbox.window(&inbox.get(id).expect("known"))
    }

    pub(crate) fn contact_of(&self, id: ConversationId) -> ContactId {
        self.views.inbox.get(id).expect("known").contact_id()
    }
}

/// At risk at half of it.
pub(crate) fn target(metric: Metric, minutes: u32, pause_on: &[Pausing]) -> Target {
    Target {
        metric,
        target_s: minutes * 60,
        target_s_by_priority: BTreeMap::new(),
        hours_id: None,
        pause_on: pause_on.iter().copied().collect(),
        at_risk_percent: 50,
    }
}

/// A customer with a number that their name stands for.
pub(crate) fn sender(who: &str) -> Sender {
    let digits: u64 = who.bytes().fold(0, |sum, byte| (sum * 31 + u64::from(byte)) % 100_000_000);
    let identity = Identity { kind: IdentityKind::WaId, value: format!("4917{digits:08}") };
    Sender { identities: vec![identity], profile_name: Some(who.to_owned()), username: None }
}

pub(crate) fn message(who: &str, id: &str, at: Timestamp, content: Content) -> CustomerMessage {
    CustomerMessage {
        from: sender(who),
        group_id: None,
        provider_id: id.to_owned(),
        at,
        content,
        context: None,
        referral: None,
        errors: None,
        raw: None,
    }
}

/// A reaction as we send it.
pub(crate) fn reaction(emoji: &str, target: &str) -> Content {
    let body = [("message_id", target), ("emoji", emoji)];
    let body = body.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    Content { kind: MessageKind::Reaction, body: serde_json::Value::Object(body) }
}

/// A note with nothing but a text.
pub(crate) fn note(body: &str) -> NewNote {
    NewNote { body: body.to_owned(), ..NewNote::default() }
}

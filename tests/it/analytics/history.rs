//! A history of a desk, made up from a seed by the real decisions and stored in a real log: what the server would have written,
//! months of it in a moment, because the clock is the test's own.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use api::auth::keys::ServerSecret;
use api::auth::password::Cost;
use api::context::Settings as ApiSettings;
use api::routes::create_first_account;
use api::server::{Limits, Listening, ServeConfig, serve};
use app::{Clock, Desk, DeskConfig, Entropy};
use domain::account::{self, NewUser};
use domain::calendar::Date;
use domain::channel::{self, Connection};
use domain::content::Content;
use domain::conversation::assign::{Assignment, assign};
use domain::conversation::change_status::{self, Resolve};
use domain::conversation::dispatch::{self, Outcome, Refusal};
use domain::conversation::receive_message::receive;
use domain::conversation::reply::{self, Reply};
use domain::conversation::{Status, hand_off, observe_status, phone_app};
use domain::csat::{self, Survey};
use domain::event::channel::Credentials;
use domain::event::conversation::Cause;
use domain::event::message::{AfterRefusal, Sender as By};
use domain::event::{Actor, Event, Recorded};
use domain::identity::IdentityKind;
use domain::ids::*;
use domain::inbound::*;
use domain::rejection::Rejection;
use domain::step::Step;
use domain::time::{Millis, Timestamp};
use event_log::{LogConfig, MasterKey};
use projections::Views;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD};

/// As `Frontdesk::command` has it.
const MASTER_KEY: [u8; 32] = [0x4f; 32];
/// Hashing is not what is tested.
const COST: Cost = Cost { memory_kib: 64, passes: 1 };
const CUSTOMERS: u64 = 40;
/// 2026-08-03, a Monday, 07:00 UTC.
const BEGIN: Timestamp = Timestamp::from_seconds(1_785_740_400);

#[derive(Debug)]
struct Hand(AtomicI64);
impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

#[derive(Debug)]
struct Counter(AtomicU64);
impl Entropy for Counter {
    fn next(&self) -> u128 {
        let n = u128::from(self.0.fetch_add(1, Ordering::SeqCst));
        (n << 64) | n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// What happened.
pub struct History {
    /// In order, facts only.
    pub events: Vec<Recorded>,
    /// What the API says of it, as it stood at some positions.
    pub summaries: Vec<Value>,
}

struct Making {
    desk: Desk,
    clock: Arc<Hand>,
    seed: u64,
    channels: Vec<ChannelId>,
    people: Vec<UserId>,
    conversations: Vec<ConversationId>,
    /// Ours, with the provider's name once it has one, and the attempt under way.
    sent: Vec<(MessageId, Option<String>, Option<u32>)>,
    merges: Vec<MergeId>,
    /// Who wrote in a conversation last, and to which of the numbers.
    customers: BTreeMap<ConversationId, (u64, usize)>,
    /// Those whose conversation was resolved, and who may have been asked how it was.
    resolved: Vec<(u64, usize)>,
    named: u64,
}

impl History {
    /// Makes one under this data directory.
    pub async fn make(data: &Path, seed: u64, acts: usize, metrics: &[&str]) -> Self {
        std::fs::create_dir_all(data).unwrap();
        let clock = Arc::new(Hand(AtomicI64::new(BEGIN.as_millis())));
        let config = DeskConfig {
            log: LogConfig::new(data.join("log"), data.join("checkpoints"), MasterKey::from_bytes(MASTER_KEY)),
            media_dir: data.join("media"),
            search_dir: data.join("search"),
            snapshot_dir: data.join("snapshots"),
            clock: clock.clone(),
            entropy: Arc::new(Counter(AtomicU64::new(seed << 32))),
        };
        let (desk, _) = Desk::open(config).unwrap();
        let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut making = Making {
            desk,
            clock,
            seed,
            channels: Vec::new(),
            people: Vec::new(),
            conversations: Vec::new(),
            sent: Vec::new(),
            merges: Vec::new(),
            customers: BTreeMap::new(),
            resolved: Vec::new(),
            named: 0,
        };
        making.open().await;
        for _ in 0..acts {
            making.act().await;
        }
        let events = making.read();
        let head = events.len() as u64;
        let summaries = making.summaries(metrics, &[head / 3, head * 2 / 3, head]).await;
        let desk = making.desk;
        tokio::task::spawn_blocking(move || desk.close()).await.unwrap();
        Self { events, summaries }
    }

    /// The same up to a position.
    pub fn until(&self, pos: u64) -> Self {
        let events = self.events.iter().filter(|recorded| recorded.pos <= pos).cloned().collect();
        Self { events, summaries: Vec::new() }
    }

    /// What the product's views make of it.
    pub fn views(&self) -> Views {
        let mut views = Views::default();
        self.events.iter().for_each(|recorded| views.apply(recorded));
        views
    }
}

impl Making {
    fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Refused acts are part of the game.
    async fn run<T: Send + 'static>(
        &self,
        actor: Actor,
        decide: impl FnOnce(&mut Step<'_>) -> Result<T, Rejection> + Send + 'static,
    ) -> Option<T> {
        self.desk.run(actor, decide).await.ok().map(|done| done.value)
    }

    async fn open(&mut self) {
        let first = create_first_account(&self.desk, COST, EMAIL, SecretString::from(PASSWORD)).await;
        first.unwrap().expect("there was none");
        for number in ["105", "106"] {
            let wanted = Connection {
                name: format!("Shop {number}"),
                phone_e164: format!("+49151{number}"),
                brand_id: None,
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
            let channel = self.run(Actor::System, move |step| channel::connect(step, &wanted)).await;
            self.channels.push(channel.expect("a new number"));
        }
        self.surveys().await;
        for name in ["ana", "ben", "eva"] {
            let email = format!("{name}@example.com");
            let new = NewUser {
                email_key: self.desk.blind(&email),
                email,
                name: name.to_owned(),
                role: domain::access::Role::Agent,
                custom_role_id: None,
                brand_ids: None,
                password_hash: "$argon2id$".to_owned(),
            };
            let user = self.run(Actor::System, move |step| account::create(step, None, &new)).await;
            self.people.push(user.expect("a new user"));
        }
    }

    /// Customers are asked after each resolution, at most once in six hours.
    async fn surveys(&self) {
        let (by, brands) = self.desk.view(|views| {
            let by = views.roster.principals().next().expect("the first account").clone();
            (by, views.directory.brands.iter().map(|brand| brand.id).collect::<Vec<_>>())
        });
        for brand in brands {
            let by = by.clone();
            let survey = Survey { enabled: true, cooldown_ms: Millis::hours(6), ..Survey::default() };
            let changed = self.run(Actor::System, move |step| csat::change::change(step, &by, brand, survey)).await;
            changed.expect("surveys are on");
        }
    }

    /// Somebody whose conversation was resolved types a score, which is an answer where they were asked.
    async fn rates(&mut self, now: Timestamp) {
        let recent = self.resolved.len().saturating_sub(8);
        if self.resolved.is_empty() {
            return;
        }
        let place = self.random((self.resolved.len() - recent) as u64) as usize;
        let (who, channel) = self.resolved[recent + place];
        let score = ["1", "3", "4", "5", "5"][self.random(5) as usize];
        self.says(who, channel, score, now).await;
    }

    fn sender(customer: u64) -> Sender {
        let identity = Identity { kind: IdentityKind::WaId, value: format!("4917{customer:08}") };
        Sender { identities: vec![identity], profile_name: Some(format!("Customer {customer}")), username: None }
    }

    fn name(&mut self, kind: &str) -> String {
        self.named += 1;
        format!("wamid.{kind}.{}", self.named)
    }

    async fn act(&mut self) {
        // Mostly moments, now and then a night, seldom days, so that episodes mature and others do not.
        let most = [40_000, 700_000, 4_000_000, 40_000_000, 200_000_000];
        let width = [0, 0, 0, 1, 1, 1, 2, 2, 3, 4][self.random(10) as usize];
        let passes = self.random(most[width]);
        self.clock.0.fetch_add(passes as i64, Ordering::SeqCst);
        let (now, what, who) = (self.now(), self.random(100), self.random(CUSTOMERS));
        let user = self.random(3);
        let user = self.people[user as usize];
        let of = |list: usize, random: u64| if list == 0 { None } else { Some(random as usize % list) };
        let place = self.random(1 << 40);
        // Rather one of the newest.
        let recent = self.conversations.len().saturating_sub(6);
        let near = of(self.conversations.len() - recent, place).map(|place| self.conversations[recent + place]);
        if self.random(5) == 0 {
            self.rates(now).await;
        }
        match (what, near) {
            (0..=27, _) | (_, None) => self.customer(who, now).await,
            (28..=45, Some(id)) => self.writes(id, By::User(user)).await,
            (46..=48, Some(id)) => self.writes(id, By::System).await,
            (49..=62, _) => self.sending(place, now).await,
            (63..=66, _) => self.echo(who, now).await,
            (67..=68, Some(id)) => drop(self.run(Actor::System, move |step| hand_off::hand_off(step, id, None)).await),
            (69..=81, Some(id)) => {
                let by_itself = what == 81;
                let cause = if by_itself { Cause::Inactivity } else { Cause::Request };
                let actor = if by_itself { Actor::System } else { Actor::User(user) };
                let disposition = (what == 80).then(|| "Spam".to_owned());
                let how = Resolve { cause, disposition, ..Resolve::default() };
                if self.run(actor, move |step| change_status::resolve(step, id, how)).await.is_some() {
                    self.resolved.extend(self.customers.get(&id));
                    let asks = move |step: &mut Step<'_>| {
                        csat::ask::due(step, id);
                        Ok(())
                    };
                    self.run(Actor::System, asks).await;
                }
            }
            (82..=87, Some(id)) => {
                let (to, until) = match what {
                    82 | 83 => (Status::Pending, None),
                    84 | 85 => (Status::Snoozed, Some(now + Millis::hours(3))),
                    _ => (Status::Open, None),
                };
                self.run(Actor::User(user), move |step| change_status::change(step, id, to, until, None)).await;
            }
            (88 | 89, Some(id)) => drop(self.run(Actor::System, move |step| change_status::snooze_due(step, id)).await),
            (90..=94, Some(id)) => {
                let to = if what == 94 { None } else { Some(user) };
                let wanted = Assignment { assignee_id: to, ..Assignment::default() };
                self.run(Actor::User(user), move |step| assign(step, id, &wanted)).await;
            }
            (95 | 96, _) => {
                // Few have one that can be undone.
                for id in self.conversations.clone().into_iter().rev().take(60) {
                    let undo = move |step: &mut Step<'_>| change_status::undo_courtesy(step, id);
                    if self.run(Actor::User(user), undo).await.is_some() {
                        break;
                    }
                }
            }
            (97, Some(id)) => {
                let blocked = self.random(3) == 0;
                let contact = self.desk.view(|views| views.inbox.get(id).map(|row| row.contact_id()));
                let contact = contact.expect("a row");
                self.run(Actor::User(user), move |step| domain::contact::block::set(step, contact, blocked, None))
                    .await;
            }
            (_, Some(_)) => self.merges(user, place).await,
        }
    }

    async fn customer(&mut self, who: u64, now: Timestamp) {
        let text = ["hello", "where is it?", "thanks", "and another thing", "ok"][self.random(5) as usize];
        // Some arrive late, some from clocks that run ahead.
        let written = match self.random(6) {
            0 => now - Millis::minutes(self.random(20) as i64),
            1 => now + Millis::seconds(self.random(50) as i64),
            _ => now,
        };
        let other = usize::from(self.random(4) == 0);
        self.says(who, other, text, written).await;
    }

    async fn says(&mut self, who: u64, number: usize, text: &str, at: Timestamp) {
        let channel = self.channels[number];
        let message = CustomerMessage {
            from: Self::sender(who),
            group_id: None,
            provider_id: self.name("in"),
            at,
            content: Content::text(text),
            context: None,
            referral: None,
            errors: None,
            raw: None,
        };
        let place = self.run(Actor::Provider, move |step| Ok(receive(step, channel, message))).await.flatten();
        if let Some(place) = place {
            self.customers.insert(place.conversation_id, (who, number));
            self.known(Some(place.conversation_id));
        }
    }

    fn known(&mut self, id: Option<ConversationId>) {
        if let Some(id) = id {
            self.conversations.retain(|known| *known != id);
            self.conversations.push(id);
        }
    }

    async fn echo(&mut self, who: u64, now: Timestamp) {
        let at = now - Millis::minutes(self.random(30) as i64);
        let echo =
            EchoMessage { to: Self::sender(who), provider_id: self.name("echo"), at, content: Content::text("hi") };
        let (channel, provider_id) = (self.channels[0], echo.provider_id.clone());
        let place =
            self.run(Actor::Provider, move |step| Ok(phone_app::record_echo(step, channel, &echo))).await.flatten();
        if let Some(place) = place {
            self.known(Some(place.conversation_id));
            self.sent.push((place.message_id, Some(provider_id), None));
        }
    }

    async fn writes(&mut self, conversation_id: ConversationId, sender: By) {
        let actor = match sender {
            By::User(id) => Actor::User(id),
            By::System | By::Campaign(_) => Actor::System,
        };
        let wanted = Reply {
            conversation_id,
            sender,
            content: Content::text("let me see"),
            reply_to_id: None,
            context_provider_id: None,
            client_ref: None,
            media_id: None,
            after_pos: None,
        };
        if let Some(id) = self.run(actor, move |step| reply::reply(step, &wanted)).await {
            self.sent.push((id, None, None));
        }
    }

    /// Something becomes of one of the newest messages of ours.
    async fn sending(&mut self, place: u64, now: Timestamp) {
        let recent = self.sent.len().saturating_sub(5);
        let Some(place) = (!self.sent.is_empty()).then(|| recent + place as usize % (self.sent.len() - recent)) else {
            return;
        };
        let (id, name, attempt) = self.sent[place].clone();
        match (self.random(10), name, attempt) {
            // Refused, or nobody knows; where it is neither, this is refused.
            (9, ..) | (6..=8, None, None) => {
                let again = self.run(Actor::System, move |step| reply::resend(step, id)).await;
                if again.is_some() {
                    self.sent[place].1 = None;
                }
            }
            (what, Some(name), _) => {
                let status = ["sent", "delivered", "read", "failed", "failed"][what as usize % 5];
                let report = StatusObservation {
                    provider_id: name,
                    status: status.to_owned(),
                    at: now - Millis::seconds(self.random(90) as i64),
                    participant: None,
                    callback_data: None,
                    recipient: Vec::new(),
                    error: None,
                    pricing: None,
                    conversation: None,
                };
                // Most lie on the first; what is reported of the wrong one is nobody's.
                let other = self.random(4) == 0;
                let channel = self.channels[usize::from(other)];
                self.run(Actor::Provider, move |step| {
                    observe_status::observe(step, channel, &report);
                    Ok(())
                })
                .await;
            }
            (_, None, None) => {
                let started = self.run(Actor::System, move |step| dispatch::start(step, id)).await.flatten();
                self.sent[place].2 = started;
            }
            (what, None, Some(attempt)) => {
                self.sent[place].2 = None;
                let refused = |then, retry_at| {
                    Outcome::Refused(Refusal { reason: "provider_refused", error: None, then, retry_at })
                };
                let outcome = match what {
                    0 | 1 => refused(AfterRefusal::Fail, None),
                    2 => refused(AfterRefusal::Retry, Some(now)),
                    3 => Outcome::Uncertain { reason: "timeout" },
                    _ => {
                        let name = self.name("out");
                        self.sent[place].1 = Some(name.clone());
                        Outcome::Accepted { provider_id: name, held: false, recipient: Vec::new() }
                    }
                };
                self.run(Actor::System, move |step| dispatch::finish(step, id, attempt, outcome)).await;
            }
        }
    }

    async fn merges(&mut self, user: UserId, place: u64) {
        if let Some(merge) = self.merges.pop().filter(|_| place.is_multiple_of(3)) {
            self.run(Actor::User(user), move |step| domain::contact::merge::undo(step, merge)).await;
            return;
        }
        let contacts: Vec<_> = self.desk.view(|views| {
            let rows = self.conversations.iter().filter_map(|id| views.inbox.get(*id));
            rows.map(|row| row.contact_id()).collect()
        });
        let (one, other) =
            (contacts[place as usize % contacts.len()], contacts[(place >> 20) as usize % contacts.len()]);
        let merged = self.run(Actor::User(user), move |step| domain::contact::merge::merge(step, one, other)).await;
        self.merges.extend(merged);
    }

    /// What `GET /v1/analytics/summary` says at these positions. The server has no workers, so nothing goes on meanwhile but
    /// a sign-in.
    async fn summaries(&self, metrics: &[&str], positions: &[u64]) -> Vec<Value> {
        let config = ServeConfig {
            address: ([127, 0, 0, 1], 0).into(),
            limits: Limits { workers: 1, ..Limits::default() },
            settings: ApiSettings { password_cost: COST, ..ApiSettings::default() },
            secret: ServerSecret::new(vec![9; 32]).expect("long enough"),
        };
        let Listening { address, handle, server } = serve(self.desk.clone(), config).unwrap();
        tokio::spawn(server);
        let http = reqwest::Client::new();
        let login = http
            .post(format!("http://{address}/v1/auth/login"))
            .json(&json!({"email": EMAIL, "password": PASSWORD}))
            .send()
            .await
            .unwrap();
        let login: Value = login.json().await.unwrap();
        let token = login["access_token"].as_str().unwrap_or_else(|| panic!("{login}"));
        let (begin, end) = (Date::of(BEGIN), Date::of(self.now()));
        let mut summaries = Vec::new();
        for pos in positions {
            let path = format!("from={begin}&to={end}&as_of_pos={pos}&metrics={}", metrics.join(","));
            let url = format!("http://{address}/v1/analytics/summary?{path}");
            let summary: Value = http.get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap();
            assert_eq!(summary["as_of"], *pos, "{summary}");
            summaries.push(summary);
        }
        drop(http);
        handle.stop(false).await;
        summaries
    }

    /// Everything that was stored.
    fn read(&self) -> Vec<Recorded> {
        let mut events = Vec::new();
        let read = self.desk.reader().replay(0, &mut |stored| {
            events.push(Recorded {
                pos: stored.pos,
                stream: stored.stream.parse().unwrap(),
                version: stored.version,
                event: Event::from_facts(&stored.kind, &stored.facts).unwrap(),
                occurred_at: Timestamp::from_millis(stored.occurred_at_ms),
                recorded_at: Timestamp::from_millis(stored.recorded_at_ms),
                actor: stored.actor.parse().unwrap(),
            });
            ControlFlow::Continue(())
        });
        read.unwrap();
        events
    }
}

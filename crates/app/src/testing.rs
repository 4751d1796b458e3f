//! What the tests of this crate stand on: a desk in a temporary directory with a number and customers, a clock that is
//! moved by hand, and a provider that follows a script and remembers what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use domain::access::{Principal, Role};
use domain::automation::action::AutomationAction;
use domain::automation::rule::{self, AutomationRule, Limits, Mode, Once};
use domain::automation::trigger::Trigger;
use domain::channel::Connection;
use domain::condition::Condition;
use domain::content::{Content, MessageKind};
use domain::conversation::reply::{Reply, reply};
use domain::event::channel::{ChannelHealthObserved, Credentials};
use domain::event::message::Sender as From;
use domain::event::{Actor, Event};
use domain::identity::IdentityKind;
use domain::ids::*;
use domain::inbound::*;
use domain::template::draft::Draft;
use domain::time::{Millis, Timestamp};
use event_log::{LogConfig, MasterKey};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use parking_lot::Mutex;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;

use crate::channel_book::Connector;
use crate::clock::{Clock, Entropy};
use crate::provider::*;
use crate::{Desk, DeskConfig};

pub(crate) mod random;

/// 2026-11-21 09:00 UTC.
pub(crate) const NINE: Timestamp = Timestamp::from_seconds(1_795_251_600);

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct HandClock(AtomicI64);

impl HandClock {
    pub(crate) fn at_nine() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(NINE.as_millis())))
    }
    pub(crate) fn advance(&self, by: Millis) {
        self.0.fetch_add(by.0, Ordering::SeqCst);
    }
}
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Counts, spread over the whole range.
#[derive(Debug)]
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn next(&self) -> u128 {
        let n = u128::from(self.0.fetch_add(1, Ordering::SeqCst));
        (n << 64) | n.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// A desk with one number, one agent and as many customers as wrote.
pub(crate) struct Bench {
    pub(crate) desk: Desk,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) provider: Arc<Script>,
    pub(crate) channel: ChannelId,
    pub(crate) agent: UserId,
    pub(crate) dir: tempfile::TempDir,
    items: AtomicU64,
}

pub(crate) const NUMBER: &str = "100200300";

fn open(dir: &std::path::Path, clock: &Arc<HandClock>) -> Desk {
    let master = MasterKey::from_bytes([7; 32]);
    // Random bits must differ from one process to the next, or ids repeat.
    let begun = std::fs::read_dir(dir).map_or(0, |_| clock.now().as_millis() as u64);
    let config = DeskConfig {
        log: LogConfig::small(dir.join("data"), dir.join("checkpoint"), master),
        media_dir: dir.join("media"),
        search_dir: dir.join("search"),
        snapshot_dir: dir.join("snapshots"),
        clock: clock.clone(),
        entropy: Arc::new(Counter(AtomicU64::new(begun << 16))),
    };
    Desk::open(config).expect("the desk opens").0
}

fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            std::fs::copy(path, copy).unwrap();
        }
    }
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = HandClock::at_nine();
        let desk = open(dir.path(), &clock);
        let channel = desk
            .run(Actor::System, |step| {
                domain::channel::connect(
                    step,
                    &Connection {
                        name: "Shop".to_owned(),
                        phone_e164: "+34911000000".to_owned(),
                        brand_id: None,
                        graph_base_url: None,
                        graph_version: None,
                        phone_number_id: NUMBER.to_owned(),
                        waba_id: "900".to_owned(),
                        credentials: Credentials {
                            access_token: "token".to_owned(),
                            app_secret: "secret".to_owned(),
                            previous_app_secret: None,
                            verify_token: "verify".to_owned(),
                        },
                    },
                )
            })
            .await
            .unwrap()
            .value;
        let agent = desk
            .run(Actor::System, |step| {
                use domain::event::StreamId;
                use domain::event::user::UserCreated;
                let user_id: UserId = step.mint.fresh();
                let event = UserCreated {
                    user_id,
                    role: Role::SuperAdmin,
                    custom_role_id: None,
                    brand_ids: None,
                    email_key: None,
                    private: None,
                };
                step.emit(StreamId::User(user_id), event);
                Ok(user_id)
            })
            .await
            .unwrap()
            .value;
        let provider = Arc::new(Script::default());
        Self { desk, clock, provider, channel, agent, dir, items: AtomicU64::new(0) }
    }

    /// The process ends without a word and another one begins on the same directory.
    pub(crate) fn restarted(self) -> Self {
        let Self { desk, clock, provider, channel, agent, dir, items } = self;
        desk.close();
        drop(desk);
        clock.advance(Millis(1));
        let desk = open(dir.path(), &clock);
        Self { desk, clock, provider, channel, agent, dir, items }
    }

    pub(crate) fn principal(&self) -> Principal {
        Principal::plain(self.agent, Role::SuperAdmin)
    }

    /// A rule of automation: once for whoever writes, this.
    pub(crate) async fn rule(&self, action: AutomationAction) {
        let rule = AutomationRule {
            name: "first words".to_owned(),
            brand_id: None,
            mode: Mode::Enabled,
            trigger: Trigger::MessageReceived,
            when: Condition::default(),
            actions: vec![action],
            limits: Limits { once: Some(Once::Episode), ..Limits::default() },
            follows_automation: false,
        };
        let by = self.principal();
        let create = move |step: &mut domain::step::Step<'_>| rule::create(step, &by, rule);
        self.desk.run(Actor::User(self.agent), create).await.unwrap();
    }

    /// The same log as it is now, in another place, as if this desk had ended here: two that go on from one past.
    pub(crate) fn forked(self) -> (Self, Self) {
        let Self { desk, clock, provider, channel, agent, dir, items } = self;
        desk.close();
        drop(desk);
        let other = tempfile::tempdir().unwrap();
        copy_folder(dir.path(), other.path());
        clock.advance(Millis(1));
        let opened = |dir: tempfile::TempDir, provider, first| Self {
            desk: open(dir.path(), &clock),
            clock: clock.clone(),
            provider,
            channel,
            agent,
            dir,
            items: AtomicU64::new(first),
        };
        let first = items.into_inner();
        let one = opened(dir, provider, first);
        clock.advance(Millis(1));
        (one, opened(other, Arc::new(Script::default()), first))
    }

    /// A backup of this desk, started elsewhere while this one is still there.
    pub(crate) fn restored_copy(&self) -> (Desk, tempfile::TempDir) {
        use event_log::ops::{backup, restore};
        let copy = tempfile::tempdir().unwrap();
        let (from, out) = (self.dir.path(), copy.path().join("backup"));
        let source = backup::BackupSource {
            dir: from.join("data"),
            checkpoint_dir: from.join("checkpoint"),
            media_dir: Some(from.join("media")),
        };
        backup::backup(&source, &out, self.clock.now().as_millis()).unwrap();
        let target = restore::RestoreTarget {
            dir: copy.path().join("data"),
            media_dir: Some(copy.path().join("media")),
            new_log_id: None,
        };
        restore::restore(&out, &target, self.clock.now().as_millis()).unwrap();
        self.clock.advance(Millis(1));
        (open(copy.path(), &self.clock), copy)
    }

    /// An id that the provider gives out.
    pub(crate) fn fresh(&self, prefix: &str) -> String {
        format!("{prefix}.{}", self.items.fetch_add(1, Ordering::SeqCst))
    }

    pub(crate) async fn take(&self, fact: InboundFact) {
        let raw = self.fresh("raw");
        let item = InboundItem { route: Route::Number(NUMBER.to_owned()), fact, raw };
        let taken = self.desk.take_webhook(vec![item], vec![self.channel]).await.unwrap().value;
        assert_eq!(taken.applied, 1);
    }

    /// A customer writes; gives the conversation.
    pub(crate) async fn customer(&self, number: &str, content: Content) -> ConversationId {
        let from = Sender {
            identities: vec![Identity { kind: IdentityKind::WaId, value: number.to_owned() }],
            profile_name: Some(format!("Customer {number}")),
            username: None,
        };
        let message = CustomerMessage {
            from,
            group_id: None,
            provider_id: self.fresh("wamid.in"),
            at: self.clock.now(),
            content,
            context: None,
            referral: None,
            errors: None,
            raw: None,
        };
        self.take(InboundFact::Message(message)).await;
        let received = self.events().into_iter().rev().find_map(|event| match event {
            Event::MessageReceived(event) => Some(event.conversation_id),
            _ => None,
        });
        received.expect("it was received")
    }

    pub(crate) async fn says(&self, number: &str, text: &str) -> ConversationId {
        self.customer(number, Content::text(text)).await
    }

    /// The agent answers.
    pub(crate) async fn replies(
        &self,
        conversation_id: ConversationId,
        content: Content,
        media_id: Option<MediaId>,
    ) -> MessageId {
        let sender = From::User(self.agent);
        let wanted = Reply {
            conversation_id,
            sender,
            content,
            reply_to_id: None,
            context_provider_id: None,
            client_ref: None,
            media_id,
            after_pos: None,
        };
        self.desk.run(Actor::User(self.agent), move |step| reply(step, &wanted)).await.unwrap().value
    }

    pub(crate) async fn answers(&self, conversation_id: ConversationId, text: &str) -> MessageId {
        self.replies(conversation_id, Content::text(text), None).await
    }

    /// What people are told about an outbound message, with the reason where it failed.
    pub(crate) fn status(&self, id: MessageId) -> String {
        let place = self.desk.find_message(&self.principal(), id).unwrap();
        let timeline = self.desk.timeline_until(place.conversation_id, u64::MAX).unwrap();
        let message = timeline.message(id).unwrap();
        let status = serde_json::to_value(message.status).unwrap();
        let status = status.as_str().unwrap();
        let reason = self.events().into_iter().rev().find_map(|event| match event {
            Event::MessageRefused(event) if event.message_id == id => Some(event.reason),
            Event::MessageUncertain(event) if event.message_id == id => Some(event.reason),
            Event::MessageAccepted(event) if event.message_id == id => Some(String::new()),
            _ => None,
        });
        match reason {
            Some(reason) if matches!(status, "failed" | "uncertain") => format!("{status} {reason}"),
            _ => status.to_owned(),
        }
    }

    /// Everything that ever happened.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for pos in 1..=self.desk.reader().head() {
            events.push(self.desk.event_open(pos).unwrap().unwrap().event);
        }
        events
    }

    pub(crate) fn connector(&self) -> Connector {
        self.desk.shared.channels.read().get(self.channel).cloned().unwrap()
    }
}

/// Waits for something that another task brings about.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "waited too long: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits for a future, not for ever.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("it ends in time")
}

/// A refusal of the provider.
pub(crate) fn refusal(code: i64, class: ErrorClass) -> CallRefused {
    CallRefused { error: ProviderError { code, title: None, detail: None }, class, retry_after: None }
}

/// What a file's download does.
#[derive(Clone)]
pub(crate) enum Download {
    Gives(Vec<u8>),
    Fails(DownloadError),
}

/// Sends at once while the gate is open.
const PERMITS: usize = 10_000;

/// The scripted provider.
pub(crate) struct Script {
    /// What the next sends give; afterwards everything is accepted.
    pub(crate) answers: Mutex<VecDeque<SendOutcome>>,
    pub(crate) sent: Mutex<Vec<Outgoing>>,
    pub(crate) read: Mutex<Vec<(String, bool)>>,
    pub(crate) uploaded: Mutex<Vec<(String, Vec<u8>)>>,
    /// What the next uploads fail with.
    pub(crate) upload_failures: Mutex<VecDeque<CallError>>,
    pub(crate) files: Mutex<BTreeMap<String, Download>>,
    pub(crate) downloads: Mutex<Vec<String>>,
    pub(crate) listed: Mutex<Vec<TemplateChange>>,
    /// Templates that were handed over, changed and removed, as asked.
    pub(crate) submitted: Mutex<Vec<String>>,
    /// What the next of these fail with.
    pub(crate) submission_failures: Mutex<VecDeque<CallError>>,
    pub(crate) probe: Mutex<Option<Result<ChannelHealthObserved, CallError>>>,
    /// Sends wait here for a permit.
    pub(crate) gate: Semaphore,
    /// Sends that panic.
    pub(crate) panics: Mutex<u32>,
    count: AtomicU64,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            answers: Mutex::default(),
            sent: Mutex::default(),
            read: Mutex::default(),
            uploaded: Mutex::default(),
            upload_failures: Mutex::default(),
            files: Mutex::default(),
            downloads: Mutex::default(),
            listed: Mutex::default(),
            submitted: Mutex::default(),
            submission_failures: Mutex::default(),
            probe: Mutex::default(),
            gate: Semaphore::new(PERMITS),
            panics: Mutex::default(),
            count: AtomicU64::new(0),
        }
    }
}

impl Script {
    pub(crate) fn will(&self, outcome: SendOutcome) {
        self.answers.lock().push_back(outcome);
    }
    pub(crate) fn will_refuse(&self, code: i64, class: ErrorClass) {
        self.will(SendOutcome::Refused(refusal(code, class)));
    }
    /// Sends stand still from now on.
    pub(crate) async fn shut(&self) {
        self.gate.acquire_many(PERMITS as u32).await.unwrap().forget();
    }
    pub(crate) fn texts(&self) -> Vec<String> {
        self.sent.lock().iter().map(|sent| sent.content.preview().unwrap_or_default().to_owned()).collect()
    }
}

impl Provider for Script {
    fn send<'a>(&'a self, _: &'a Connector, message: &'a Outgoing) -> BoxFuture<'a, SendOutcome> {
        async move {
            self.sent.lock().push(message.clone());
            {
                let mut panics = self.panics.lock();
                if *panics > 0 {
                    *panics -= 1;
                    drop(panics);
                    panic!("as the script says");
                }
            }
            let _permit = self.gate.acquire().await.unwrap();
            let scripted = self.answers.lock().pop_front();
            scripted.unwrap_or_else(|| {
                let provider_id = format!("wamid.out.{}", self.count.fetch_add(1, Ordering::SeqCst));
                SendOutcome::Accepted { provider_id, recipient: Vec::new(), held: false }
            })
        }
        .boxed()
    }

    fn mark_read<'a>(&'a self, _: &'a Connector, id: &'a str, typing: bool) -> BoxFuture<'a, Result<(), CallError>> {
        self.read.lock().push((id.to_owned(), typing));
        std::future::ready(Ok(())).boxed()
    }

    fn upload<'a>(&'a self, _: &'a Connector, file: Upload) -> BoxFuture<'a, Result<String, CallError>> {
        async move {
            if let Some(failure) = self.upload_failures.lock().pop_front() {
                return Err(failure);
            }
            let pieces: Vec<_> = file.body.collect().await;
            let bytes = pieces.into_iter().flat_map(|piece| piece.unwrap()).collect();
            self.uploaded.lock().push((file.mime, bytes));
            Ok(format!("up.{}", self.count.fetch_add(1, Ordering::SeqCst)))
        }
        .boxed()
    }

    fn download<'a>(
        &'a self,
        _: &'a Connector,
        id: &'a str,
        size_max: u64,
        out: &'a mut (dyn AsyncWrite + Send + Unpin),
    ) -> BoxFuture<'a, Result<(), DownloadError>> {
        async move {
            self.downloads.lock().push(id.to_owned());
            let file = self.files.lock().get(id).cloned().unwrap_or(Download::Fails(DownloadError::Gone));
            match file {
                Download::Fails(error) => Err(error),
                Download::Gives(bytes) if bytes.len() as u64 > size_max => Err(DownloadError::TooLarge),
                Download::Gives(bytes) => {
                    let later = |_| DownloadError::Later { reason: "nobody takes it" };
                    out.write_all(&bytes).await.map_err(later)
                }
            }
        }
        .boxed()
    }

    fn templates<'a>(&'a self, _: &'a Connector) -> BoxFuture<'a, Result<Vec<TemplateChange>, CallError>> {
        std::future::ready(Ok(self.listed.lock().clone())).boxed()
    }

    fn create_template<'a>(
        &'a self,
        _: &'a Connector,
        draft: &'a Draft,
    ) -> BoxFuture<'a, Result<TemplateCreated, CallError>> {
        self.submitted.lock().push(draft.name.clone());
        let scripted = self.submission_failures.lock().pop_front();
        let made = || TemplateCreated {
            provider_id: format!("tmpl.{}", self.count.fetch_add(1, Ordering::SeqCst)),
            status: Some("PENDING".to_owned()),
            category: None,
        };
        std::future::ready(scripted.map_or_else(|| Ok(made()), Err)).boxed()
    }

    fn edit_template<'a>(
        &'a self,
        _: &'a Connector,
        provider_id: &'a str,
        _: &'a Draft,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.submitted.lock().push(format!("edit {provider_id}"));
        let scripted = self.submission_failures.lock().pop_front();
        std::future::ready(scripted.map_or(Ok(()), Err)).boxed()
    }

    fn delete_template<'a>(
        &'a self,
        _: &'a Connector,
        provider_id: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.submitted.lock().push(format!("delete {provider_id}"));
        let scripted = self.submission_failures.lock().pop_front();
        std::future::ready(scripted.map_or(Ok(()), Err)).boxed()
    }

    fn health<'a>(&'a self, _: &'a Connector) -> BoxFuture<'a, Result<ChannelHealthObserved, CallError>> {
        let probe = self.probe.lock().clone();
        let healthy = ChannelHealthObserved { sending: Some(true), ..Default::default() };
        std::future::ready(probe.unwrap_or(Ok(healthy))).boxed()
    }
}

/// A customer's picture.
pub(crate) fn picture(provider_media_id: &str, mime: &str) -> Content {
    let body = serde_json::json!({"id": provider_media_id, "mime_type": mime});
    Content { kind: MessageKind::Image, body }
}

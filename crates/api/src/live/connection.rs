//! One client's side of the stream, whatever carries it: who they are, where they stand, what they hear next. It is asked
//! for one thing at a time, when the one before has been handed over, so that it never runs ahead of its reader.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use actix_web::web;
use app::Desk;
use app::live::signals::{Source, State};
use app::live::snapshot::Counted;
use app::live::{Reason, Standing, What};
use app::presence::PresenceState;
use domain::event::StreamId;
use domain::ids::*;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;

use super::asked::{self, Asked};
use super::connections::Place;
use super::encode::Encoder;
use super::limits::*;
use super::resume::unresumable;
use super::snapshot;
use super::tickets::Purpose;
use super::verdict::Verdict;
use crate::caller::{Caller, admit};
use crate::context::Context;
use crate::dto::live::asked::{Auth, Hello, Section, Signal, SignalKind, Subscribe};
use crate::dto::live::told::*;
use crate::present;
use crate::problem::{Kind, Problem};

mod open;

pub(crate) use open::filter_of;
use open::{Open, permissions};

/// Room for frames that an idle connection keeps.
const OUTGOING_KEPT: usize = 4;

/// What a connection has to say.
#[derive(Debug)]
pub(crate) enum Out {
    /// A frame's text, and the position the client stands at after it, where it says one.
    Frame(String, Option<u64>),
    /// Nothing more: close with this.
    Close(Verdict),
}

/// See the module.
pub(crate) struct Connection {
    desk: Desk,
    context: web::Data<Context>,
    address: IpAddr,
    source: Source,
    place: Option<Place>,
    /// Who was known before the first frame: by header or ticket.
    known: Option<Caller>,
    open: Option<Box<Open>>,
    outgoing: VecDeque<(String, Option<u64>)>,
    closing: Option<Verdict>,
    begun: Instant,
    /// When the frame before this was handed over, to know how long that took.
    handed: Option<Instant>,
    said: Instant,
    strikes: u32,
    window: (Instant, u32),
    applied: watch::Receiver<u64>,
    signals: watch::Receiver<u64>,
    presence: watch::Receiver<u64>,
}

impl Connection {
    /// A connection of somebody who is known already, or has yet to say who they are.
    pub(crate) fn new(
        desk: Desk,
        context: web::Data<Context>,
        address: IpAddr,
        known: Option<Caller>,
        place: Option<Place>,
    ) -> Self {
        let (applied, signals, presence) = (desk.applied(), desk.signals().watch(), desk.presence().follow());
        let now = Instant::now();
        Self {
            source: Source(context.entropy()),
            desk,
            context,
            address,
            place,
            known,
            open: None,
            outgoing: VecDeque::new(),
            closing: None,
            begun: now,
            handed: None,
            said: now,
            strikes: 0,
            window: (now, 0),
            applied,
            signals,
            presence,
        }
    }

    /// What comes next. May be dropped and asked again: nothing is lost.
    pub(crate) async fn next(&mut self) -> Out {
        loop {
            if let Some((frame, pos)) = self.outgoing.pop_front() {
                let now = Instant::now();
                (self.handed, self.said) = (Some(now), now);
                return Out::Frame(frame, pos);
            }
            if let Some(verdict) = self.closing {
                return Out::Close(verdict);
            }
            self.work();
            if self.outgoing.is_empty() && self.closing.is_none() {
                self.handed = None;
                // Idle is what most connections are most of the time: they hold no room for what they said once.
                self.outgoing.shrink_to(OUTGOING_KEPT);
                self.wait().await;
            }
        }
    }

    /// Ends it: the goodbye goes out before the close.
    pub(crate) fn end(&mut self, verdict: Verdict) {
        if self.closing.is_some() {
            return;
        }
        let after_ms = match verdict {
            Verdict::Shutdown => (self.context.entropy() % u128::from(DRAIN_SPREAD_MS)) as u32,
            Verdict::SlowConsumer | Verdict::RateLimited | Verdict::ServerError => 1_000,
            _ => 0,
        };
        if verdict.ends_rights() {
            self.outgoing.clear();
        }
        self.say(&verdict.bye(after_ms));
        self.closing = Some(verdict);
    }

    fn say(&mut self, frame: &impl Serialize) {
        self.say_at(frame, None);
    }

    fn say_at(&mut self, frame: &impl Serialize, pos: Option<u64>) {
        match serde_json::to_string(frame) {
            Ok(text) => self.outgoing.push_back((text, pos)),
            Err(error) => tracing::error!(%error, "a frame is not JSON"),
        }
    }

    /// Waits until something may be there to say.
    async fn wait(&mut self) {
        let until = self.deadline();
        tokio::select! {
            _ = self.applied.changed() => {}
            _ = self.signals.changed(), if self.open.is_some() => {}
            _ = self.presence.changed(), if self.open.is_some() => {}
            () = tokio::time::sleep_until(until) => {}
        }
    }

    fn deadline(&self) -> Instant {
        let Some(open) = &self.open else { return self.begun + HELLO_WITHIN };
        let mut until = self.said + HEARTBEAT;
        until = until.min(self.begun + AGE_MAX);
        if let Some(end) = open.caller.expires_at {
            let now = self.desk.now();
            let left = |at: domain::time::Timestamp| Duration::from_millis((at - now).0.max(0).unsigned_abs());
            let next = if open.expiry_told { end } else { end - EXPIRY_NOTICE };
            until = until.min(Instant::now() + left(next) + Duration::from_millis(5));
        }
        if let Some(at) = open.look_again {
            until = until.min(at);
        }
        until
    }

    /// Looks at everything that may have changed, and says at most one thing of each kind.
    fn work(&mut self) {
        if self.desk.is_draining() {
            return self.end(Verdict::Shutdown);
        }
        let Some(mut open) = self.open.take() else {
            if self.begun.elapsed() >= HELLO_WITHIN {
                self.end(Verdict::HelloTimeout);
            }
            return;
        };
        self.attend(&mut open);
        self.open = Some(open);
    }

    fn attend(&mut self, open: &mut Open) {
        if self.begun.elapsed() >= AGE_MAX {
            return self.end(Verdict::SessionMaxAge);
        }
        if let Some(verdict) = self.renew(open) {
            return self.end(verdict);
        }
        if !open.begun {
            return;
        }
        self.follow(open);
        if self.closing.is_none() {
            open.look_again = None;
            self.signal(open);
            self.tell_presence(open);
            self.tell_again(open);
            self.count(open);
        }
        let asked = std::mem::take(&mut open.asked_where) && open.cursor > open.told;
        if asked || (self.outgoing.is_empty() && self.said.elapsed() >= HEARTBEAT) {
            self.say_where(open);
        }
    }

    /// The rights of this moment. Whose changed begins anew; whose ended is sent away.
    fn renew(&mut self, open: &mut Open) -> Option<Verdict> {
        let now = self.desk.now();
        if let Some(end) = open.caller.expires_at {
            if end <= now {
                return Some(Verdict::TokenExpired);
            }
            if !open.expiry_told && end - now <= EXPIRY_NOTICE {
                open.expiry_told = true;
                let after_ms = u32::try_from((end - now).0).unwrap_or(0);
                self.say(&Notice { r#type: NoticeType::It, code: NoticeCode::TokenExpiring, after_ms });
            }
        }
        let over = || {
            let closed = self.desk.view(|views| views.roster.principal(open.caller.principal.user_id).is_none());
            let key = matches!(open.standing, Standing::Key(_));
            if closed || key { Verdict::Forbidden } else { Verdict::SessionRevoked }
        };
        let Some(pos) = self.desk.scope_pos(open.standing) else { return Some(over()) };
        if pos == open.scope_pos {
            return None;
        }
        let Some(scope) = self.desk.scope(open.standing) else { return Some(over()) };
        (open.caller.principal, open.scope_pos) = (scope.principal, scope.pos);
        if self.desk.allow(&open.caller.principal, domain::access::Action::LiveRead).is_err() {
            return Some(Verdict::Forbidden);
        }
        if open.begun {
            self.reset(open, ResetReason::ScopeChanged, Some(format!("your rights changed at {}", scope.pos)));
        }
        None
    }

    /// What comes after where the client stands.
    fn follow(&mut self, open: &mut Open) {
        let blocked = self.handed.map_or(Duration::ZERO, |handed| handed.elapsed());
        loop {
            let chunk = match self.desk.follow(&open.caller.principal, &open.filter, open.cursor, ITEMS_MAX) {
                Ok(chunk) => chunk,
                Err(_) => return self.end(Verdict::ServerError),
            };
            let lag = chunk.head.saturating_sub(open.cursor);
            if blocked >= BLOCKED_MAX || (open.caught_up && lag > LAG_MAX && blocked >= LAGGING_MAX) {
                return self.end(Verdict::SlowConsumer);
            }
            let done = chunk.pos >= chunk.head;
            if chunk.items.is_empty() {
                open.cursor = chunk.pos;
                open.caught_up |= done;
                if open.cursor - open.told >= SILENT_MAX {
                    return self.say_where(open);
                }
                if done {
                    return;
                }
                continue;
            }
            let encoder = Encoder { desk: &self.desk, cache: &self.context.live.cache, open: &open.conversations };
            let (text, pos) = encoder.batch(open.told, &chunk.items, chunk.pos);
            for item in chunk.items.iter().take_while(|item| item.pos <= pos) {
                match &item.what {
                    What::Leave { id, .. } => {
                        open.conversations.remove(id);
                    }
                    What::Enter { conversation, reason } => {
                        open.entered.push(conversation.row.id());
                        // What they were once told of it shows again.
                        if *reason != Reason::Opened {
                            open.stale.insert(Section::Notifications);
                        }
                    }
                    What::Event { happened, .. } => {
                        if happened.recorded.stream == StreamId::User(open.caller.principal.user_id) {
                            open.stale.insert(Section::Me);
                        }
                    }
                    What::Notice(_) => {}
                }
            }
            (open.cursor, open.told) = (pos, pos);
            open.caught_up |= pos >= chunk.head;
            self.outgoing.push_back((text, Some(pos)));
            return;
        }
    }

    /// An empty batch: nothing of it was yours, and here we are.
    fn say_where(&mut self, open: &mut Open) {
        let batch = Batch { r#type: BatchType::It, prev: open.told.into(), pos: open.cursor.into(), items: Vec::new() };
        open.told = open.cursor;
        self.say_at(&batch, Some(open.cursor));
    }

    /// What colleagues do in conversations of the client's, each once, the newest.
    fn signal(&mut self, open: &mut Open) {
        let now = Instant::now();
        let mut rooms = std::mem::take(&mut open.entered);
        let (told, version) = self.desk.signals().told_after(open.signals_seen);
        if told.is_empty() && rooms.is_empty() {
            return;
        }
        open.signals_seen = version;
        rooms.extend(told);
        rooms.extend(std::mem::take(&mut open.signals_owed));
        let mut said = BTreeSet::new();
        for room in rooms {
            if !said.insert(room) || self.desk.seen(&open.caller.principal, room).is_none() {
                continue;
            }
            if !open.may_signal(now) {
                open.signals_owed.insert(room);
                open.waits_until(now + Duration::from_millis(250));
                continue;
            }
            let agents = present::signals::of(&self.desk, room);
            // Of what was never said nothing has to be taken back.
            if agents.is_empty() && !open.signalled.contains(&room) {
                continue;
            }
            if agents.is_empty() {
                open.signalled.remove(&room)
            } else {
                open.signalled.insert(room)
            };
            self.say(&present::signals::frame(room, agents));
        }
    }

    /// Whose connection changed, of those they see.
    fn tell_presence(&mut self, open: &mut Open) {
        let version = *self.presence.borrow();
        if let Some((seen, at)) = open.presence_seen {
            if seen == version {
                return;
            }
            let due = at + PRESENCE_EVERY;
            if Instant::now() < due {
                return open.waits_until(due);
            }
        }
        open.presence_seen = Some((version, Instant::now()));
        let here = self.desk.presence().everybody();
        let mut changed: BTreeMap<UserId, (PresenceState, usize)> =
            here.iter().map(|one| (one.user_id, (one.state, one.devices))).collect();
        for gone in open.presence.keys() {
            changed.entry(*gone).or_insert((PresenceState::Offline, 0));
        }
        changed.retain(|id, now| open.presence.get(id) != Some(now));
        let asker = &open.caller.principal;
        self.desk.view(|views| changed.retain(|id, _| app::reach::sees_user(views, asker, *id)));
        if changed.is_empty() {
            return;
        }
        self.say(&present::signals::presence(&changed));
        open.presence.extend(changed);
        open.presence.retain(|_, (state, _)| *state != PresenceState::Offline);
    }

    /// What the client began with and cannot work out from events: itself, and notifications that show again.
    fn tell_again(&mut self, open: &mut Open) {
        let sections: Vec<_> =
            std::mem::take(&mut open.stale).into_iter().filter(|section| open.sections.contains(section)).collect();
        if sections.is_empty() {
            return;
        }
        let (frames, _) = snapshot::frames(&self.context, &self.desk, &open.caller, &open.filter, &sections);
        for frame in &frames {
            self.say(frame);
        }
    }

    /// The counts, when they are other than they were, once a second at most.
    fn count(&mut self, open: &mut Open) {
        if !open.sections.contains(&Section::Counts) || open.counted_at == open.cursor {
            return;
        }
        let due = open.counted + COUNTS_EVERY;
        if Instant::now() < due {
            return open.waits_until(due);
        }
        let (counted, pos) = self.desk.counted(&open.caller.principal);
        (open.counted, open.counted_at) = (Instant::now(), open.cursor);
        if open.counts.as_ref() != Some(&counted) {
            let data = SnapshotData::Counts(Box::new(present::counts::all(&counted, pos)));
            let (r#type, section) = (SnapshotType::It, Section::Counts);
            open.counts = Some(counted);
            self.say(&Snapshot { r#type, section, pos: pos.into(), data, next_cursor: None, last: true });
        }
    }

    /// Takes a frame of the client's.
    pub(crate) fn hear(&mut self, text: &str) {
        if self.closing.is_some() || !self.keeps_pace() {
            return;
        }
        if let Some(connected) = self.open.as_ref().and_then(|open| open.connected.as_ref()) {
            connected.touch();
        }
        match asked::read(text) {
            Err(refused) => self.strike(refused.id, &refused.problem),
            Ok(Asked::Hello(hello)) if self.open.is_none() => self.hello(*hello),
            Ok(Asked::Hello(hello)) => {
                let problem = Problem::new(Kind::Conflict).detail("hello was said already");
                self.strike(hello.id, &problem);
            }
            Ok(asked) => match self.open.take() {
                Some(mut open) => {
                    self.answer(asked, &mut open);
                    self.open = Some(open);
                }
                None => self.end(Verdict::BadFrame),
            },
        }
    }

    /// A client that sends more than it may is told once, then sent away.
    fn keeps_pace(&mut self) -> bool {
        let now = Instant::now();
        if now - self.window.0 >= FRAMES_WINDOW {
            self.window = (now, 0);
        }
        self.window.1 += 1;
        match self.window.1 {
            count if count <= FRAMES_MAX => true,
            count if count == FRAMES_MAX + 1 => {
                self.say(&asked::refused(None, &Problem::new(Kind::RateLimited)));
                false
            }
            _ => {
                self.end(Verdict::RateLimited);
                false
            }
        }
    }

    /// A frame that makes no sense.
    pub(crate) fn strike(&mut self, id: Option<String>, problem: &Problem) {
        self.strikes += 1;
        self.say(&asked::refused(id, problem));
        if self.strikes >= STRIKES_MAX || self.open.is_none() {
            self.end(Verdict::BadFrame);
        }
    }

    fn answer(&mut self, asked: Asked, open: &mut Open) {
        match asked {
            Asked::Ping(ping) => {
                self.say(&asked::taken(ping.id));
                open.asked_where = true;
            }
            Asked::Auth(auth) => self.auth(auth, open),
            Asked::Subscribe(subscribe) => self.subscribe(subscribe, open),
            Asked::Signal(signal) => self.take_signal(&signal, open),
            Asked::Hello(_) => {}
        }
    }

    /// A newer token of the same session.
    fn auth(&mut self, auth: Auth, open: &mut Open) {
        match admit(&self.context, auth.token.trim(), self.address, None) {
            Ok(caller) if caller.session.is_some() && caller.session == open.caller.session => {
                open.caller.expires_at = caller.expires_at;
                open.expiry_told = false;
                self.say(&asked::taken(auth.id));
            }
            Ok(_) => {
                let problem = Problem::new(Kind::TokenInvalid).detail("the token is of another session");
                self.strike(auth.id, &problem);
            }
            Err(problem) => self.strike(auth.id, &problem),
        }
    }

    fn subscribe(&mut self, subscribe: Subscribe, open: &mut Open) {
        let conversations: BTreeSet<_> = subscribe.open.iter().flatten().map(|id| id.0).collect();
        let hidden = |id: &ConversationId| self.desk.seen(&open.caller.principal, *id).is_none();
        if conversations.iter().any(hidden) {
            return self.say(&asked::refused(subscribe.id, &Problem::new(Kind::NotFound)));
        }
        let filter = subscribe.filter.map(filter_of).unwrap_or_default();
        let moved = filter.channel_ids != open.filter.channel_ids || filter.team_ids != open.filter.team_ids;
        (open.filter, open.conversations) = (filter, conversations);
        if moved {
            // What comes into a wider filter has to be shown, what falls out of a narrower one to be taken away.
            self.reset(open, ResetReason::ScopeChanged, Some("the filter changed".to_owned()));
        }
        let effective_pos = Some((open.cursor + 1).into());
        self.say(&Reply { effective_pos, ..asked::taken(subscribe.id) });
    }

    fn take_signal(&mut self, signal: &Signal, open: &mut Open) {
        let room = signal.conversation_id.0;
        let (user, now) = (open.caller.principal.user_id, self.desk.now());
        if self.desk.seen(&open.caller.principal, room).is_none() {
            return self.say(&asked::refused(signal.id.clone(), &Problem::new(Kind::NotFound)));
        }
        let taken = match state_of(signal.kind) {
            Some(state) => self.desk.signals().say(room, user, self.source, state, now),
            None => {
                self.desk.signals().stop(room, self.source, now);
                true
            }
        };
        if signal.public && signal.kind == SignalKind::Typing {
            show_typing(&self.desk, &open.caller, room);
        }
        match (&signal.id, taken) {
            (Some(id), true) => self.say(&asked::taken(Some(id.clone()))),
            (id, false) => self.say(&asked::refused(id.clone(), &Problem::new(Kind::Overloaded))),
            (None, true) => {}
        }
    }

    /// The first frame: who they are, where they stand.
    pub(crate) fn hello(&mut self, hello: Hello) {
        if hello.v != 1 {
            return self.end(Verdict::UnsupportedVersion);
        }
        let caller = match self.who(&hello) {
            Ok(caller) => caller,
            Err(verdict) => return self.end(verdict),
        };
        let key = caller.principal.key_id().map(Standing::Key);
        let Some(standing) = caller.session.map(Standing::Session).or(key) else { return self.end(Verdict::Forbidden) };
        let Some(scope) = self.desk.scope(standing) else { return self.end(Verdict::SessionRevoked) };
        if self.desk.allow(&scope.principal, domain::access::Action::LiveRead).is_err() {
            return self.end(Verdict::Forbidden);
        }
        let Some(place) = self.context.live.connections.known(standing, scope.principal.user_id) else {
            return self.end(Verdict::TooManyConnections);
        };
        self.place = Some(place);
        if let Some(client) = &hello.client {
            tracing::debug!(name = %client.name, version = client.version.as_deref(), "a live client");
        }
        let mut open = Box::new(Open::new(Caller { principal: scope.principal, ..caller }, standing, scope.pos));
        open.filter = hello.filter.map(filter_of).unwrap_or_default();
        // What they may not see is not open, and nothing is said of it: a client that comes back may have lost some.
        let asked = hello.open.unwrap_or_default().into_iter().map(|id| id.0);
        open.conversations = asked.filter(|id| self.desk.seen(&open.caller.principal, *id).is_some()).collect();
        open.sections = hello.snapshot.unwrap_or_else(|| snapshot::DEFAULT.to_vec());
        open.begun = true;
        open.connected = open.caller.session.map(|session| self.desk.presence().connect(scope_user(&open), session));
        match hello
            .resume
            .map(|resume| (unresumable(&self.desk, &resume.log_id, resume.pos.0, scope.pos), resume.pos.0))
        {
            Some((None, pos)) => {
                (open.cursor, open.told) = (pos, pos);
                self.ready(&open, hello.id, ReadyMode::Resumed);
                self.busy_rooms(&mut open);
            }
            Some((Some(reason), _)) => {
                open.hello_id = hello.id;
                self.reset(&mut open, reason, None);
            }
            None => {
                open.hello_id = hello.id;
                self.begin(&mut open);
            }
        }
        self.open = Some(open);
    }

    fn who(&mut self, hello: &Hello) -> Result<Caller, Verdict> {
        if let Some(token) = &hello.token {
            return admit(&self.context, token.trim(), self.address, None).map_err(|problem| match problem.kind() {
                Kind::SessionRevoked => Verdict::SessionRevoked,
                Kind::IpDenied => Verdict::Forbidden,
                _ => Verdict::TokenExpired,
            });
        }
        if let Some(ticket) = &hello.ticket {
            let redeemed = self.context.live.tickets.redeem(ticket, Purpose::Socket, self.desk.now());
            return redeemed.ok_or(Verdict::TokenExpired);
        }
        self.known.take().ok_or(Verdict::TokenExpired)
    }

    /// From the beginning, on the same connection.
    fn reset(&mut self, open: &mut Open, reason: ResetReason, detail: Option<String>) {
        let reset = Reset {
            r#type: ResetType::It,
            reason,
            log_id: self.desk.reader().log_id().to_owned(),
            oldest_pos: self.desk.reader().oldest().into(),
            head_pos: self.desk.view(|views| views.position()).into(),
            detail,
        };
        // Frames that were made by other rights, and not handed over yet.
        self.outgoing.clear();
        self.say(&reset);
        self.begin(open);
    }

    /// `ready` and everything the client asked to begin with.
    fn begin(&mut self, open: &mut Open) {
        let (frames, pos) = snapshot::frames(&self.context, &self.desk, &open.caller, &open.filter, &open.sections);
        (open.cursor, open.told) = (pos, pos);
        open.caught_up = true;
        open.conversations.retain(|id| self.desk.seen(&open.caller.principal, *id).is_some());
        let id = open.hello_id.take();
        self.ready(open, id, ReadyMode::Snapshot);
        for frame in &frames {
            self.say(frame);
        }
        open.counts = None;
        open.presence.clear();
        open.presence_seen = None;
        open.stale.clear();
        self.busy_rooms(open);
    }

    /// Where something goes on already.
    fn busy_rooms(&mut self, open: &mut Open) {
        let (rooms, version) = self.desk.signals().rooms();
        open.signals_seen = version;
        open.signalled.clear();
        open.entered = rooms;
    }

    fn ready(&mut self, open: &Open, id: Option<String>, mode: ReadyMode) {
        let principal = &open.caller.principal;
        let ready = Ready {
            r#type: ReadyType::It,
            id,
            mode,
            session_id: open.caller.session.map(Into::into),
            log_id: self.desk.reader().log_id().to_owned(),
            pos: open.cursor.into(),
            head_pos: self.desk.view(|views| views.position()).into(),
            user: LiveUser {
                id: principal.user_id.into(),
                role: present::user::role(principal.role),
                team_ids: principal.rights().teams().iter().map(|id| (*id).into()).collect(),
                permissions: permissions(principal),
                scope_version: open.scope_pos.into(),
            },
            heartbeat_ms: HEARTBEAT_MS,
            server: ServerInfo { version: env!("CARGO_PKG_VERSION").to_owned(), time: self.desk.now().into() },
            limits: LiveLimits {
                frame_bytes: FRAME_BYTES_MAX as u32,
                frames_per_10s: FRAMES_MAX,
                open_max: OPEN_MAX as u32,
                replay_max_events: REPLAY_MAX as u32,
            },
        };
        self.say_at(&ready, Some(open.cursor));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.desk.signals().gone(self.source, self.desk.now());
    }
}

fn scope_user(open: &Open) -> UserId {
    open.caller.principal.user_id
}

/// The counts a connection said last.
type Counts = Option<Counted>;

/// What a signal says; `None`: that nothing is done any more.
pub(crate) fn state_of(kind: SignalKind) -> Option<State> {
    match kind {
        SignalKind::Viewing => Some(State::Viewing),
        SignalKind::Typing => Some(State::Typing),
        SignalKind::Replying => Some(State::Replying),
        SignalKind::Stop => None,
    }
}

/// Shows the customer that somebody writes, as often as their channel takes it.
pub(crate) fn show_typing(desk: &Desk, caller: &Caller, id: ConversationId) {
    let (desk, principal) = (desk.clone(), caller.principal.clone());
    tokio::spawn(async move {
        if let Err(error) = desk.typing(&principal, id).await {
            tracing::debug!(%error, "the customer is not shown that somebody writes");
        }
    });
}

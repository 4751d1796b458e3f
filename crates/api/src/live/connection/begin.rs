//! How a connection begins, the first time and anew: who the client is, whether it goes on from where it stood, the picture
//! it is given otherwise.

use domain::access::Action;

use super::Connection;
use super::open::{Open, filter_of, permissions};
use crate::caller::{Caller, admit};
use crate::dto::live::asked::Hello;
use crate::dto::live::told::*;
use crate::live::limits::*;
use crate::live::resume::unresumable;
use crate::live::snapshot;
use crate::live::tickets::Purpose;
use crate::live::verdict::Verdict;
use crate::present;
use crate::problem::Kind;

impl Connection {
    /// The first frame: who they are, where they stand.
    pub(crate) fn hello(&mut self, hello: Hello) {
        if hello.v != 1 {
            return self.end(Verdict::UnsupportedVersion);
        }
        let caller = match self.who(&hello) {
            Ok(caller) => caller,
            Err(verdict) => return self.end(verdict),
        };
        let Some(standing) = caller.standing() else { return self.end(Verdict::Forbidden) };
        let Some(scope) = self.desk.scope(standing) else { return self.end(Verdict::SessionRevoked) };
        if self.desk.allow(&scope.principal, Action::LiveRead).is_err() {
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
        open.connected =
            open.caller.session.map(|session| self.desk.presence().connect(open.caller.principal.user_id, session));
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

    pub(super) fn who(&mut self, hello: &Hello) -> Result<Caller, Verdict> {
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
    pub(super) fn reset(&mut self, open: &mut Open, reason: ResetReason, detail: Option<String>) {
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
    pub(super) fn begin(&mut self, open: &mut Open) {
        let (frames, pos) = loop {
            let made = snapshot::frames(&self.context, &self.desk, &open.caller, &open.filter, &open.sections);
            match self.desk.scope(open.standing) {
                // Made by rights that changed meanwhile.
                Some(scope) if scope.pos != open.scope_pos => {
                    (open.caller.principal, open.scope_pos) = (scope.principal, scope.pos);
                }
                _ => break made,
            }
        };
        (open.cursor, open.told) = (pos, pos);
        open.caught_up = true;
        open.conversations.retain(|id| self.desk.seen(&open.caller.principal, *id).is_some());
        let id = open.hello_id.take();
        self.ready(open, id, ReadyMode::Snapshot);
        for frame in &frames {
            self.say(frame);
        }
        open.counts = None;
        open.queues_said(frames.iter().find_map(|frame| match &frame.data {
            SnapshotData::QueueStats(rows) => Some(rows.as_slice()),
            _ => None,
        }));
        open.campaigns_said(frames.iter().find_map(|frame| match &frame.data {
            SnapshotData::Campaigns(rows) => Some(rows.as_slice()),
            _ => None,
        }));
        open.presence.clear();
        open.presence_seen = None;
        open.stale.clear();
        self.busy_rooms(open);
    }

    /// Where something goes on already.
    pub(super) fn busy_rooms(&mut self, open: &mut Open) {
        let (rooms, version) = self.desk.signals().rooms();
        open.signals_seen = version;
        open.signalled.clear();
        open.entered = rooms;
    }

    pub(super) fn ready(&mut self, open: &Open, id: Option<String>, mode: ReadyMode) {
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

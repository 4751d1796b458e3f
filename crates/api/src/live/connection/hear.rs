//! What a client says once it is known, and what becomes of it.

use std::collections::BTreeSet;

use domain::ids::*;
use tokio::time::Instant;

use super::Connection;
use super::open::{Open, filter_of};
use crate::caller::admit;
use crate::dto::live::asked::{Auth, Signal, SignalKind, Subscribe};
use crate::dto::live::told::{Reply, ResetReason};
use crate::live::asked::{self, Asked};
use crate::live::limits::*;
use crate::live::signalling::{show_typing, state_of};
use crate::live::verdict::Verdict;
use crate::problem::{Kind, Problem};

impl Connection {
    /// Takes a frame of the client's.
    pub(crate) fn hear(&mut self, text: &str) {
        self.looked = None;
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
    pub(super) fn keeps_pace(&mut self) -> bool {
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

    pub(super) fn answer(&mut self, asked: Asked, open: &mut Open) {
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
    pub(super) fn auth(&mut self, auth: Auth, open: &mut Open) {
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

    pub(super) fn subscribe(&mut self, subscribe: Subscribe, open: &mut Open) {
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

    pub(super) fn take_signal(&mut self, signal: &Signal, open: &mut Open) {
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
}

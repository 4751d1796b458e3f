//! The stream for those who can only ask again and again: what comes after a position, or the first thing that does.

use std::collections::BTreeSet;
use std::time::Duration;

use actix_web::web;
use app::Desk;
use app::live::{Filter, Follower};
use domain::ids::ConversationId;
use tokio::time::Instant;

use super::encode::Encoder;
use super::limits::ITEMS_MAX;
use super::resume::unresumable;
use crate::caller::Caller;
use crate::context::Context;
use crate::dto::live::asked::Resume;
use crate::dto::live::told::ResetReason;
use crate::problem::{Kind, Problem};

/// What is asked.
pub(crate) struct Poll {
    pub(crate) desk: Desk,
    pub(crate) context: web::Data<Context>,
    pub(crate) caller: Caller,
    pub(crate) filter: Filter,
    pub(crate) open: BTreeSet<ConversationId>,
    pub(crate) wait: Duration,
}

impl Poll {
    /// A batch's text after the place the client stands at, or at the head without items for one that has none. Errors:
    /// `position-gone` with the `reason` where it has to begin anew, `session-revoked`.
    pub(crate) async fn batch(mut self, resume: Option<Resume>) -> Result<String, Problem> {
        let head = self.desk.view(|views| views.position());
        let after = resume.as_ref().map_or(head, |resume| resume.pos.0);
        // Without a place there is nothing to wait from.
        let wait = if resume.is_some() { self.wait } else { Duration::ZERO };
        let log_id = resume.map_or_else(|| self.desk.reader().log_id().to_owned(), |resume| resume.log_id);
        let until = Instant::now() + wait;
        let mut applied = self.desk.applied();
        loop {
            applied.mark_unchanged();
            let scope_pos = self.renew()?;
            if let Some(reason) = unresumable(&self.desk, &log_id, after, scope_pos) {
                return Err(self.begin_anew(reason));
            }
            let standing = self.caller.standing().ok_or_else(|| Problem::new(Kind::SessionRevoked))?;
            let asker = Follower { standing, scope_pos, principal: &self.caller.principal, filter: &self.filter };
            // Or the rights changed meanwhile.
            let Some(chunk) = self.desk.follow(asker, after, ITEMS_MAX)? else { continue };
            let waits = chunk.items.is_empty() && chunk.pos >= chunk.head && !self.desk.is_draining();
            if !waits || Instant::now() >= until {
                let cache = &self.context.live.cache;
                let open = self.open.iter().copied();
                let open = open.filter(|id| self.desk.seen(&self.caller.principal, *id).is_some()).collect();
                return Ok(Encoder { desk: &self.desk, cache, open: &open }.batch(after, &chunk.items, chunk.pos).0);
            }
            // Either something came, or the time is over: both are seen above.
            let _ = tokio::time::timeout_at(until, applied.changed()).await;
        }
    }

    /// The rights of this moment, and where they last changed.
    fn renew(&mut self) -> Result<u64, Problem> {
        let scope = self.caller.standing().and_then(|standing| self.desk.scope(standing));
        let scope = scope.ok_or_else(|| Problem::new(Kind::SessionRevoked))?;
        self.caller.principal = scope.principal;
        Ok(scope.pos)
    }

    fn begin_anew(&self, reason: ResetReason) -> Problem {
        let reason = serde_json::to_value(reason).unwrap_or_default();
        Problem::new(Kind::PositionGone)
            .detail("read your lists anew, and go on from their position")
            .with("reason", reason)
            .with("log_id", self.desk.reader().log_id())
            .with("oldest_pos", self.desk.reader().oldest())
            .with("head_pos", self.desk.view(|views| views.position()))
    }
}

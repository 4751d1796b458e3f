//! Refused writes, written down in one place: every answer to a writing operation passes here. A refusal for want of a right
//! and a 404 are both written, because from outside they may be the same, and so that they cost the same.
//!
//! Somebody who is refused all the time fills no log: past [`WRITTEN_PER_MINUTE`] refusals are only counted, and the next one
//! that is written says how many.

use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::{HttpMessage, HttpRequest, web};
use app::Desk;
use domain::access::Action;
use domain::account;
use domain::event::user::AccessDenied;
use domain::ids::UserId;
use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;

use crate::caller::Caller;
use crate::context::Context;
use crate::problem::Kind;

/// Refusals of one user that become events in a minute.
pub const WRITTEN_PER_MINUTE: u32 = 20;

/// Who was refused how often lately. One entry per user who ever was.
#[derive(Debug, Default)]
pub struct Denials(Mutex<BTreeMap<UserId, Window>>);

#[derive(Debug, Clone, Copy)]
struct Window {
    since: Timestamp,
    written: u32,
    unwritten: u32,
}

impl Denials {
    /// Whether this one is written down, and how many before it were not.
    fn admit(&self, user: UserId, now: Timestamp) -> Option<u32> {
        let mut windows = self.0.lock();
        let window = windows.entry(user).or_insert(Window { since: now, written: 0, unwritten: 0 });
        if now - window.since >= Millis::minutes(1) {
            (window.since, window.written) = (now, 0);
        }
        if window.written >= WRITTEN_PER_MINUTE {
            window.unwritten = window.unwritten.saturating_add(1);
            return None;
        }
        window.written += 1;
        Some(std::mem::take(&mut window.unwritten))
    }
}

/// What was answered to whom.
pub(crate) struct Answered<'a> {
    pub(crate) request: &'a HttpRequest,
    pub(crate) operation: &'static str,
    pub(crate) action: Action,
    pub(crate) kind: Kind,
}

/// Counts a refusal, and writes it down where it was a write by somebody who is signed in.
pub(crate) async fn note(answered: Answered<'_>) {
    let Answered { request, operation, action, kind } = answered;
    let forbidden = matches!(kind, Kind::Forbidden | Kind::RoleProtected);
    let Some(context) = request.app_data::<web::Data<Context>>() else { return };
    if forbidden {
        context.metrics.denied(action.name());
    }
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !writes || !(forbidden || kind == Kind::NotFound) {
        return;
    }
    let asker = request.extensions().get::<Caller>().map(|caller| (caller.principal.user_id, caller.actor()));
    let (Some((user_id, actor)), Some(desk)) = (asker, request.app_data::<web::Data<Desk>>()) else { return };
    let Some(unwritten) = context.denials.admit(user_id, context.now()) else { return };
    let denied = AccessDenied {
        user_id,
        action: action.name().to_owned(),
        resource: resource(request),
        operation: Some(operation.to_owned()),
        code: Some(kind.code().to_owned()),
        unwritten,
    };
    let written = desk.run(actor, move |step| {
        account::note_denial(step, denied);
        Ok(())
    });
    // The refusal itself stands whatever becomes of the note.
    if let Err(error) = written.await {
        tracing::warn!(%error, operation, "a refused write could not be written down");
    }
}

/// The first id in the path, if it looks like one: nothing else of a request is repeated.
fn resource(request: &HttpRequest) -> Option<String> {
    let named = request.match_info().iter().find(|(name, _)| name.ends_with("_id"));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    named.map(|(_, id)| id).filter(|id| id.len() <= 40 && plain(id)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_the_limit_refusals_are_counted_and_told_with_the_next() {
        let denials = Denials::default();
        let (one, other) = (UserId::from_u128(1), UserId::from_u128(2));
        let start = Timestamp::from_seconds(1_795_251_600);
        for _ in 0..WRITTEN_PER_MINUTE {
            assert_eq!(denials.admit(one, start), Some(0));
        }
        for _ in 0..7 {
            assert_eq!(denials.admit(one, start + Millis::seconds(30)), None);
        }
        assert_eq!(denials.admit(other, start), Some(0), "each on their own");
        assert_eq!(denials.admit(one, start + Millis::seconds(60)), Some(7));
        assert_eq!(denials.admit(one, start + Millis::seconds(61)), Some(0));
    }
}

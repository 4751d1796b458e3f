//! Signing in and staying signed in. The refresh token changes with every use; a token used twice means that somebody
//! else has it too, and ends the session, except that the answer to the newest exchange may be lost and asked for again
//! for a short while.

use crate::event::StreamId;
use crate::event::user::*;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Millis;

/// A session that is not refreshed ends after this.
pub const SESSION_FOR: Millis = Millis::days(30);
/// How long the predecessor of the newest refresh token is still answered.
pub const REFRESH_GRACE: Millis = Millis::seconds(30);
/// Sessions of one user at most; the longest unused goes first.
pub(super) const SESSIONS_MAX: usize = 20;

/// Signs a user in; the password was checked.
pub fn log_in(
    step: &mut Step<'_>,
    user_id: UserId,
    refresh_hash: String,
    device: Device,
) -> Result<SessionId, Rejection> {
    let user = step.world.users.get(&user_id).ok_or(Rejection::NotFound)?;
    if !user.active {
        return Err(Rejection::SessionEnded);
    }
    let mut sessions: Vec<_> = step.world.sessions.iter().filter(|(_, session)| session.user_id == user_id).collect();
    sessions.sort_by_key(|(_, session)| session.refreshed_at);
    let surplus = (sessions.len() + 1).saturating_sub(SESSIONS_MAX);
    let oldest: Vec<SessionId> = sessions.into_iter().take(surplus).map(|(id, _)| *id).collect();
    for session_id in oldest {
        end(step, session_id, user_id, SessionEnd::Revoked);
    }
    let session_id: SessionId = step.mint.fresh();
    let expires_at = step.now + SESSION_FOR;
    step.emit(
        StreamId::User(user_id),
        SessionOpened { session_id, user_id, refresh_hash, expires_at, private: Some(device) },
    );
    Ok(session_id)
}

/// A known account, a wrong password.
pub fn login_failed(step: &mut Step<'_>, user_id: UserId, device: Device) {
    step.emit(StreamId::User(user_id), LoginFailed { user_id, private: Some(device) });
}

/// What came of presenting a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// The new token is in force.
    Rotated { session_id: SessionId, user_id: UserId },
    /// The answer to the last exchange was lost: give the same successor again.
    Repeated { session_id: SessionId, user_id: UserId },
    /// The token was used before: the session has been ended.
    Reused,
}

/// Exchanges a refresh token, given by its hash, for the next.
pub fn refresh(
    step: &mut Step<'_>,
    session_id: SessionId,
    presented: &str,
    next: String,
) -> Result<Refreshed, Rejection> {
    let session = step.world.sessions.get(&session_id).ok_or(Rejection::SessionEnded)?;
    let user_id = session.user_id;
    let active = step.world.users.get(&user_id).is_some_and(|user| user.active);
    if session.expires_at <= step.now || !active {
        return Err(Rejection::SessionEnded);
    }
    if session.refresh_hash == presented {
        let expires_at = step.now + SESSION_FOR;
        let event = SessionRefreshed { session_id, user_id, refresh_hash: next, expires_at };
        step.emit(StreamId::User(user_id), event);
        return Ok(Refreshed::Rotated { session_id, user_id });
    }
    let lost = session.previous.as_ref().is_some_and(|(hash, at)| hash == presented && step.now - *at <= REFRESH_GRACE);
    if lost {
        return Ok(Refreshed::Repeated { session_id, user_id });
    }
    end(step, session_id, user_id, SessionEnd::RefreshReused);
    Ok(Refreshed::Reused)
}

/// Ends one session; ending it twice is ending it once.
pub fn log_out(step: &mut Step<'_>, session_id: SessionId, reason: SessionEnd) {
    if let Some(user_id) = step.world.sessions.get(&session_id).map(|session| session.user_id) {
        end(step, session_id, user_id, reason);
    }
}

/// Ends every session of a user, also the one that asks.
pub fn log_out_everywhere(step: &mut Step<'_>, user_id: UserId, reason: SessionEnd) {
    end_all(step, user_id, reason, None);
}

pub(crate) fn end_all(step: &mut Step<'_>, user_id: UserId, reason: SessionEnd, keep: Option<SessionId>) {
    let sessions: Vec<SessionId> = step
        .world
        .sessions
        .iter()
        .filter(|(id, session)| session.user_id == user_id && Some(**id) != keep)
        .map(|(id, _)| *id)
        .collect();
    for session_id in sessions {
        end(step, session_id, user_id, reason);
    }
}

fn end(step: &mut Step<'_>, session_id: SessionId, user_id: UserId, reason: SessionEnd) {
    step.emit(StreamId::User(user_id), SessionRevoked { session_id, user_id, reason });
}

//! Links that set a new password, made by those who manage accounts for somebody who lost theirs. The newest link of a
//! person is the only good one, for a while and for one use; any new password voids it, and so does closing the account.

use std::collections::{BTreeMap, VecDeque};

use crate::access::Principal;
use crate::account::{change_password, may_manage_user};
use crate::event::account_security::{PasswordResetIssued, PasswordResetRequested};
use crate::event::{Event, Recorded, StreamId};
use crate::ids::UserId;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// How long a link is good.
pub const RESET_FOR: Millis = Millis::hours(1);
/// Between two notes that the same person lost their password.
const REQUESTS_APART: Millis = Millis::minutes(15);
/// Links remembered per person, so that an old one is told from one that never was.
const REMEMBERED: usize = 8;

#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
struct Link {
    hash: String,
    /// `None`: used or replaced.
    good_until: Option<Timestamp>,
}

/// Everybody's links.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Resets {
    links: BTreeMap<UserId, VecDeque<Link>>,
    requested: BTreeMap<UserId, Timestamp>,
}

impl Resets {
    /// Whose link a token is, given by its hash. Errors: unknown, or over.
    pub fn owner(&self, hash: &str, now: Timestamp) -> Result<UserId, Rejection> {
        let mut all = self.links.iter().flat_map(|(user, links)| links.iter().map(move |link| (*user, link)));
        let (user, link) = all.find(|(_, link)| link.hash == hash).ok_or(Rejection::NotFound)?;
        link.good_until.filter(|until| *until > now).map(|_| user).ok_or(Rejection::Gone("the link"))
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::PasswordResetRequested(event) => {
                self.requested.insert(event.user_id, recorded.recorded_at);
            }
            Event::PasswordResetIssued(event) => {
                self.void(event.user_id);
                let links = self.links.entry(event.user_id).or_default();
                links.push_back(Link { hash: event.token_hash.clone(), good_until: Some(event.expires_at) });
                links.drain(..links.len().saturating_sub(REMEMBERED));
            }
            Event::UserPasswordChanged(event) => {
                self.void(event.user_id);
                self.requested.remove(&event.user_id);
            }
            Event::UserDeactivated(event) => self.void(event.user_id),
            _ => {}
        }
    }

    fn void(&mut self, user: UserId) {
        for link in self.links.get_mut(&user).into_iter().flatten() {
            link.good_until = None;
        }
    }
}

/// Somebody says that they lost their password. Written down now and then, however often it is said.
pub fn request(step: &mut Step<'_>, user_id: UserId) {
    let last = step.world.security.resets.requested.get(&user_id);
    if last.is_none_or(|last| step.now - *last >= REQUESTS_APART) {
        step.emit(StreamId::User(user_id), PasswordResetRequested { user_id });
    }
}

/// Makes a link for somebody. Gives when it ends.
pub fn issue(step: &mut Step<'_>, by: &Principal, user_id: UserId, token_hash: String) -> Result<Timestamp, Rejection> {
    may_manage_user(step, by, user_id)?;
    if !step.world.users.get(&user_id).is_some_and(|user| user.active) {
        return Err(Rejection::InvalidTransition { from: "deactivated", to: "password reset" });
    }
    let expires_at = step.now + RESET_FOR;
    step.emit(StreamId::User(user_id), PasswordResetIssued { user_id, token_hash, expires_at });
    Ok(expires_at)
}

/// Sets the new password and ends every session.
pub fn redeem(step: &mut Step<'_>, token_hash: &str, password_hash: String) -> Result<UserId, Rejection> {
    let user_id = step.world.security.resets.owner(token_hash, step.now)?;
    if !step.world.users.get(&user_id).is_some_and(|user| user.active) {
        return Err(Rejection::Gone("the link"));
    }
    change_password(step, user_id, password_hash, None)?;
    Ok(user_id)
}

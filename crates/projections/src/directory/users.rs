//! The people of the team and their signed-in devices. Name, e-mail and password hash are sealed: fold
//! [`crate::user_card`] over the events at [`User::profile_positions`].

use std::collections::BTreeMap;

use domain::access::Role;
use domain::event::{Event, Recorded, StreamId};
use domain::ids::{SessionId, UserId};
use domain::time::Timestamp;

/// An account.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct User {
    pub id: UserId,
    pub role: Role,
    pub active: bool,
    pub created_at: Timestamp,
    /// Events in the user's stream.
    pub version: u64,
    /// Where the name, e-mail and password events are, oldest first.
    pub profile_positions: Vec<u64>,
    pub last_sign_in_at: Option<Timestamp>,
}

/// A signed-in device. Ended sessions are not kept.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    pub opened_at: Timestamp,
    /// When its refresh token was last exchanged.
    pub refreshed_at: Timestamp,
    pub expires_at: Timestamp,
    /// SHA-256 of the refresh token that is good now, hexadecimal.
    pub refresh_hash: String,
    /// Its predecessor: seen again, somebody else has the token.
    pub previous_refresh_hash: Option<String>,
    /// The opening event, which holds the device's name.
    pub opened_pos: u64,
}

/// All users and their running sessions.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Users {
    by_id: BTreeMap<UserId, User>,
    sessions: BTreeMap<(UserId, SessionId), Session>,
    owners: BTreeMap<SessionId, UserId>,
}

impl Users {
    pub fn get(&self, id: UserId) -> Option<&User> {
        self.by_id.get(&id)
    }
    /// In order of creation.
    pub fn iter(&self) -> impl Iterator<Item = &User> {
        self.by_id.values()
    }
    /// Active users of a role.
    pub fn active_with_role(&self, role: Role) -> usize {
        self.by_id.values().filter(|user| user.active && user.role == role).count()
    }
    /// A running session. One that ran out and was never used again may still be here: look at `expires_at`.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&(*self.owners.get(&id)?, id))
    }
    /// The user's sessions that have not run out at `now`, oldest first.
    pub fn sessions_of(&self, user: UserId, now: Timestamp) -> impl Iterator<Item = &Session> {
        self.sessions
            .range((user, SessionId::from_u128(0))..=(user, SessionId::from_u128(u128::MAX)))
            .map(|(_, session)| session)
            .filter(move |session| session.expires_at > now)
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::UserCreated(event) => {
                let user = User {
                    id: event.user_id,
                    role: event.role,
                    active: true,
                    created_at: at,
                    version: recorded.version,
                    profile_positions: vec![recorded.pos],
                    last_sign_in_at: None,
                };
                self.by_id.insert(event.user_id, user);
            }
            Event::UserChanged(event) => self.change(event.user_id, |user| user.profile_positions.push(recorded.pos)),
            Event::UserPasswordChanged(event) => {
                self.change(event.user_id, |user| user.profile_positions.push(recorded.pos));
            }
            Event::UserRoleChanged(event) => self.change(event.user_id, |user| user.role = event.role),
            Event::UserDeactivated(event) => {
                self.change(event.user_id, |user| user.active = false);
                let ended: Vec<_> =
                    self.sessions_of(event.user_id, Timestamp::from_millis(i64::MIN)).map(|s| s.id).collect();
                ended.into_iter().for_each(|id| self.end(id));
            }
            Event::UserReactivated(event) => self.change(event.user_id, |user| user.active = true),
            Event::SessionOpened(event) => {
                self.change(event.user_id, |user| user.last_sign_in_at = Some(at));
                self.forget_expired(event.user_id, at);
                self.owners.insert(event.session_id, event.user_id);
                let session = Session {
                    id: event.session_id,
                    user_id: event.user_id,
                    opened_at: at,
                    refreshed_at: at,
                    expires_at: event.expires_at,
                    refresh_hash: event.refresh_hash.clone(),
                    previous_refresh_hash: None,
                    opened_pos: recorded.pos,
                };
                self.sessions.insert((event.user_id, event.session_id), session);
            }
            Event::SessionRefreshed(event) => {
                if let Some(session) = self.sessions.get_mut(&(event.user_id, event.session_id)) {
                    let previous = std::mem::replace(&mut session.refresh_hash, event.refresh_hash.clone());
                    session.previous_refresh_hash = Some(previous);
                    session.refreshed_at = at;
                    session.expires_at = event.expires_at;
                }
            }
            Event::SessionRevoked(event) => self.end(event.session_id),
            // Failed sign-ins and refused writes stay in the log.
            _ => {}
        }
        if let StreamId::User(id) = recorded.stream {
            self.change(id, |user| user.version = recorded.version);
        }
    }

    fn change(&mut self, id: UserId, change: impl FnOnce(&mut User)) {
        if let Some(user) = self.by_id.get_mut(&id) {
            change(user);
        }
    }

    fn end(&mut self, id: SessionId) {
        if let Some(user) = self.owners.remove(&id) {
            self.sessions.remove(&(user, id));
        }
    }

    /// Keeps the list of a user who never signs out from growing.
    fn forget_expired(&mut self, user: UserId, now: Timestamp) {
        let expired: Vec<_> = self
            .sessions_of(user, Timestamp::from_millis(i64::MIN))
            .filter(|session| session.expires_at <= now)
            .map(|session| session.id)
            .collect();
        expired.into_iter().for_each(|id| self.end(id));
    }
}

//! What signing in needs beyond the password: secrets of second factors and addresses of invitations, read from the log
//! when they are asked for and kept nowhere; keys for programs, with when they were last used.

use std::collections::BTreeMap;

use domain::access::Principal;
use domain::event::Event;
use domain::ids::{KeyId, UserId};
use domain::security::api_key::{self, USE_NOTED_EVERY};
use domain::time::Timestamp;
use parking_lot::Mutex;
use secrecy::SecretString;

use crate::Desk;

/// The newest use of each key in this process.
pub(crate) type KeyUses = Mutex<BTreeMap<KeyId, Timestamp>>;

/// A key that opens something now.
#[derive(Debug, Clone)]
pub struct KeyInUse {
    pub principal: Principal,
    /// Networks it may be used from, as CIDR; empty: from anywhere.
    pub allowed_ips: Vec<String>,
}

impl Desk {
    /// The secret somebody's codes are computed from, and where it was written. Also one that is not confirmed yet.
    pub fn totp_secret(&self, user: UserId) -> Option<(u64, SecretString)> {
        let pos = self.view(|views| views.security.second_factors.get(user).map(|factor| factor.secret_pos))?;
        match self.event_open(pos).ok().flatten()?.event {
            Event::TotpEnrolled(event) => event.private.map(|private| (pos, SecretString::from(private.secret))),
            _ => None,
        }
    }

    /// Whether signing in asks somebody for a second factor.
    pub fn has_second_factor(&self, user: UserId) -> bool {
        self.view(|views| views.security.second_factors.in_force(user).is_some())
    }

    /// The address of an invitation, from its first event. For those who may see it.
    pub fn invited_address(&self, pos: u64) -> Option<String> {
        match self.event_open(pos).ok().flatten()?.event {
            Event::InviteCreated(event) => event.private.map(|private| private.email),
            _ => None,
        }
    }

    /// The key of a secret, given by its hash, with what it may do at this moment.
    pub fn key_in_use(&self, secret_hash: &str) -> Option<KeyInUse> {
        let now = self.now();
        self.view(|views| {
            let key = views.security.api_keys.by_secret(secret_hash, now)?;
            let principal = key.principal(&views.roster)?;
            Some(KeyInUse { principal, allowed_ips: key.terms.allowed_ips.clone() })
        })
    }

    /// What a key may do at this moment, for what began before.
    pub fn key_principal(&self, id: KeyId) -> Option<Principal> {
        let now = self.now();
        self.view(|views| {
            let key = views.security.api_keys.get(id)?;
            key.terms.expires_at.is_none_or(|end| end > now).then(|| key.principal(&views.roster))?
        })
    }

    /// When a key was last used, as far as this process or the log knows.
    pub fn key_last_used(&self, id: KeyId) -> Option<Timestamp> {
        let written = self.view(|views| views.security.api_keys.get(id).and_then(|key| key.last_used_at));
        written.max(self.shared.key_uses.lock().get(&id).copied())
    }

    /// Remembers a use. Every hour or so one is written down, beside the request, which does not wait for it: a use that
    /// a crash forgets was at most an hour old.
    pub fn key_used(&self, id: KeyId) {
        let now = self.now();
        let written = self.view(|views| views.security.api_keys.get(id).and_then(|key| key.last_used_at));
        let last = self.shared.key_uses.lock().insert(id, now);
        let due = |at: Option<Timestamp>| at.is_none_or(|at| now - at >= USE_NOTED_EVERY);
        // The second test keeps a burst of first uses from queueing a note each.
        if due(written) && due(last.filter(|_| written.is_none())) {
            let desk = self.clone();
            tokio::spawn(async move {
                let noted = desk.work(move |step| {
                    api_key::note_use(step, id, now);
                    Ok(())
                });
                if let Err(error) = noted.await {
                    tracing::debug!(%error, "the use of a key was not written down");
                }
            });
        }
    }
}

//! Whom a connection speaks for, looked at again before everything it is told.

use domain::access::Principal;
use domain::ids::{KeyId, SessionId};
use domain::time::Timestamp;
use projections::Views;

use crate::Desk;

/// What a connection was opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Session(SessionId),
    Key(KeyId),
}

/// What the holder may do now.
#[derive(Debug, Clone)]
pub struct Scope {
    pub principal: Principal,
    /// The position at which that last changed.
    pub pos: u64,
}

impl Desk {
    /// What a connection's holder may do at this moment; `None`: the session, key or account is over.
    pub fn scope(&self, standing: Standing) -> Option<Scope> {
        // The position first: rights that change in between are then looked at once more, and not missed.
        let pos = self.scope_pos(standing)?;
        let principal = match standing {
            Standing::Session(id) => self.principal(id),
            Standing::Key(id) => self.key_principal(id),
        }?;
        Some(Scope { principal: principal.among(&mut self.shared.alike.lock()), pos })
    }

    /// Where that last changed.
    pub fn scope_pos(&self, standing: Standing) -> Option<u64> {
        let now = self.now();
        self.view(|views| scope_pos(views, standing, now))
    }
}

/// The same, of views that are looked at for something else, too.
pub(super) fn scope_pos(views: &Views, standing: Standing, now: Timestamp) -> Option<u64> {
    let (user, terms) = match standing {
        Standing::Session(id) => {
            let session = views.directory.users.session(id).filter(|session| session.expires_at > now)?;
            (session.user_id, 0)
        }
        Standing::Key(id) => {
            let key = views.security.api_keys.get(id)?;
            let lasts = key.terms.expires_at.is_none_or(|end| end > now);
            (key.user_id, lasts.then_some(key.scope_pos)?)
        }
    };
    let member = views.roster.member(user).filter(|member| member.active)?;
    Some(member.scope_pos.max(terms))
}

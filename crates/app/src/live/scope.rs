//! Whom a connection speaks for, looked at again before everything it is told.

use domain::access::Principal;
use domain::ids::{KeyId, SessionId};

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
        let principal = match standing {
            Standing::Session(id) => self.principal(id),
            Standing::Key(id) => self.key_principal(id),
        }?;
        let pos = self.view(|views| {
            let own = views.roster.member(principal.user_id).map_or(0, |member| member.scope_pos);
            let terms = match standing {
                Standing::Session(_) => 0,
                Standing::Key(id) => views.security.api_keys.get(id).map_or(0, |key| key.scope_pos),
            };
            own.max(terms)
        });
        Some(Scope { principal, pos })
    }
}

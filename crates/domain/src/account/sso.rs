//! Single sign-on: whom an identity at an OpenID provider stands for, and what a sign-in through one may be used for: once.
//! That the provider's statement is true was checked before; nobody is signed up here.

use std::collections::BTreeMap;

use crate::event::user_identity::{LinkedIdentity, UserIdentityLinked};
use crate::event::{LookupKey, StreamId};
use crate::identity::BlindKey;
use crate::ids::{SessionId, UserId};
use crate::rejection::Rejection;
use crate::step::Step;

/// What a provider has vouched for.
#[derive(Debug, Clone, PartialEq)]
pub struct Attested {
    pub provider_id: String,
    pub issuer_key: BlindKey,
    /// Of issuer and subject.
    pub identity_key: BlindKey,
    /// Of the address, where the provider says that it has verified it.
    pub email_key: Option<BlindKey>,
    pub identity: LinkedIdentity,
}

/// Whom it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognised {
    User(UserId),
    /// No account, or one that is closed.
    Nobody,
    /// An account has the address, but signs in with another identity of the same issuer: addresses are given to new
    /// people, identities are not.
    LinkedToAnother,
}

/// Which identity signs in whom.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Links {
    users: BTreeMap<BlindKey, UserId>,
    issuers: BTreeMap<(UserId, BlindKey), BlindKey>,
}

impl Links {
    pub(crate) fn apply(&mut self, event: &UserIdentityLinked) {
        self.users.insert(event.identity_key, event.user_id);
        self.issuers.insert((event.user_id, event.issuer_key), event.identity_key);
    }
}

/// Finds the person: by the linked identity, else by the verified address of an open account, which is linked with it.
pub fn recognise(step: &mut Step<'_>, attested: Attested) -> Recognised {
    let links = &step.world.links;
    if let Some(id) = links.users.get(&attested.identity_key) {
        let active = step.world.users.get(id).is_some_and(|user| user.active);
        return if active { Recognised::User(*id) } else { Recognised::Nobody };
    }
    let Some(email_key) = attested.email_key else { return Recognised::Nobody };
    let found = step.world.users.values().find(|user| user.active && user.email_key == Some(email_key));
    let Some(user_id) = found.map(|user| user.id) else { return Recognised::Nobody };
    if links.issuers.contains_key(&(user_id, attested.issuer_key)) {
        return Recognised::LinkedToAnother;
    }
    let event = UserIdentityLinked {
        user_id,
        provider_id: attested.provider_id,
        issuer_key: attested.issuer_key,
        identity_key: attested.identity_key,
        private: Some(attested.identity),
    };
    step.emit(StreamId::User(user_id), event);
    Recognised::User(user_id)
}

/// Opens a session for a sign-in that is good for one, named by its key. The key is part of the session's event, so
/// "once" outlives restarts. `None`: it was used.
pub fn open_once<T>(
    step: &mut Step<'_>,
    sign_in: BlindKey,
    open: impl FnOnce(&mut Step<'_>) -> Result<(SessionId, T), Rejection>,
) -> Result<Option<(SessionId, T)>, Rejection> {
    if step.find(sign_in).is_some() {
        return Ok(None);
    }
    let (session, opened) = open(step)?;
    step.name_newest(LookupKey { key: sign_in, value: session.as_u128().to_be_bytes().to_vec() });
    Ok(Some((session, opened)))
}

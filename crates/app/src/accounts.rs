//! Accounts as sign-in needs them: addresses, names and password hashes, opened and at hand.

use std::collections::BTreeMap;

use domain::access::Principal;
use domain::event::{Event, Recorded, StreamId};
use domain::identity::BlindKey;
use domain::ids::{SessionId, UserId};
use event_log::Reader;
use projections::Views;
use secrecy::SecretString;

use crate::Desk;
use crate::codec::{Unreadable, decode_open};

/// One account's own data.
#[derive(Debug, Clone, Default)]
pub struct Account {
    pub email: String,
    pub email_key: Option<BlindKey>,
    pub name: String,
    /// Argon2id in PHC form.
    pub password_hash: SecretString,
}

/// All accounts.
#[derive(Debug, Default)]
pub struct UserBook {
    by_id: BTreeMap<UserId, Account>,
}

impl UserBook {
    pub(crate) fn load(reader: &Reader, views: &Views) -> Result<Self, Unreadable> {
        let mut book = Self::default();
        for user in views.directory.users.iter() {
            for pos in &user.profile_positions {
                if let Some(stored) = reader.get(*pos)? {
                    book.apply(&decode_open(reader, &stored)?);
                }
            }
        }
        Ok(book)
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        let StreamId::User(id) = recorded.stream else { return };
        let (private, email_key) = match &recorded.event {
            Event::UserCreated(event) => (&event.private, event.email_key),
            Event::UserChanged(event) => (&event.private, event.email_key),
            Event::UserPasswordChanged(event) => (&event.private, None),
            _ => return,
        };
        let Some(private) = private else { return };
        let account = self.by_id.entry(id).or_default();
        if let Some(email) = &private.email {
            account.email.clone_from(email);
        }
        if let Some(name) = &private.name {
            account.name.clone_from(name);
        }
        if let Some(hash) = &private.password_hash {
            account.password_hash = SecretString::from(hash.clone());
        }
        account.email_key = email_key.or(account.email_key);
    }

    /// What everybody is called.
    pub(crate) fn names(self) -> impl Iterator<Item = (UserId, String)> {
        self.by_id.into_iter().map(|(id, account)| (id, account.name))
    }

    pub fn get(&self, id: UserId) -> Option<&Account> {
        self.by_id.get(&id)
    }

    fn by_email(&self, key: BlindKey) -> Option<(UserId, &Account)> {
        self.by_id.iter().find(|(_, account)| account.email_key == Some(key)).map(|(id, account)| (*id, account))
    }
}

/// Addresses are compared without case and surrounding space.
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Desk {
    /// The key that finds an account by its address.
    pub fn email_key(&self, email: &str) -> BlindKey {
        self.blind(&format!("email:{}", normal_email(email)))
    }

    /// The active account of an address.
    pub fn account_by_email(&self, email: &str) -> Option<(UserId, Account)> {
        let key = self.email_key(email);
        let found = self.shared.users.read().by_email(key).map(|(id, account)| (id, account.clone()))?;
        self.view(|views| views.directory.users.get(found.0).is_some_and(|user| user.active)).then_some(found)
    }

    /// An account's own data.
    pub fn account(&self, id: UserId) -> Option<Account> {
        self.shared.users.read().get(id).cloned()
    }

    /// Who a session belongs to, with the role they have now. `None`: ended, expired, or the account is closed.
    pub fn principal(&self, session: SessionId) -> Option<Principal> {
        let now = self.now();
        self.view(|views| {
            let users = &views.directory.users;
            let session = users.session(session).filter(|session| session.expires_at > now)?;
            views.roster.principal(session.user_id).cloned()
        })
    }
}

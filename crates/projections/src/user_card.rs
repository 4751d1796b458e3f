//! A user's own data, folded from the user's stream with the personal parts opened.

use domain::access::Role;
use domain::event::user::Profile;
use domain::event::{Event, Recorded};
use domain::ids::UserId;

/// A user as profile pages and sign-in see them.
#[derive(Clone, PartialEq)]
pub struct UserCard {
    pub id: UserId,
    pub role: Role,
    pub active: bool,
    pub email: Option<String>,
    pub name: Option<String>,
    /// Argon2id in PHC form. Never leaves the process.
    pub password_hash: Option<String>,
    pub version: u64,
}

/// The hash never shows in logs.
impl std::fmt::Debug for UserCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserCard")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("active", &self.active)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl UserCard {
    /// Folds the user's stream, or only the events that can change the card, in order; `None` where the first one is
    /// not the creation.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let Event::UserCreated(created) = &first.event else { return None };
        let mut card = Self {
            id: created.user_id,
            role: created.role,
            active: true,
            email: None,
            name: None,
            password_hash: None,
            version: first.version,
        };
        card.learn(created.private.as_ref());
        events.for_each(|recorded| card.apply(recorded));
        Some(card)
    }

    /// Applies the next event of the stream.
    pub fn apply(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        match &recorded.event {
            Event::UserChanged(event) => self.learn(event.private.as_ref()),
            Event::UserPasswordChanged(event) => self.learn(event.private.as_ref()),
            Event::UserRoleChanged(event) => self.role = event.role,
            Event::UserDeactivated(_) => self.active = false,
            Event::UserReactivated(_) => self.active = true,
            _ => {}
        }
    }

    fn learn(&mut self, profile: Option<&Profile>) {
        let Some(profile) = profile else { return };
        for (field, news) in [
            (&mut self.email, &profile.email),
            (&mut self.name, &profile.name),
            (&mut self.password_hash, &profile.password_hash),
        ] {
            if news.is_some() {
                field.clone_from(news);
            }
        }
    }
}

//! Identities at OpenID providers.

use domain::event::Event;
use domain::event::user_identity::{LinkedIdentity, UserIdentityLinked};

use super::{id, key, text};

pub(super) fn samples() -> Vec<Event> {
    let private = LinkedIdentity {
        issuer: text("https://login.example.com/personal"),
        subject: text("248289761001 (personal)"),
        email: text("personal@example.com"),
    };
    vec![
        UserIdentityLinked {
            user_id: id(5),
            provider_id: "corporate".to_owned(),
            issuer_key: key(3),
            identity_key: key(4),
            private: Some(private),
        }
        .into(),
    ]
}

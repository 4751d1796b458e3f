//! Accounts and sessions.

use domain::access::Role;
use domain::event::Event;
use domain::event::disclosure::*;
use domain::event::user::*;

use super::{at, id, key, text};

fn profile() -> Option<Profile> {
    Some(Profile {
        email: text("personal@example.com"),
        name: text("Ana Personal (personal)"),
        password_hash: text("$argon2id$personal"),
    })
}

fn device() -> Option<Device> {
    Some(Device { device_name: text("Ana's phone (personal)"), address: text("192.0.2.7 (personal)") })
}

pub(super) fn samples() -> Vec<Event> {
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned();
    vec![
        UserCreated {
            user_id: id(5),
            role: Role::Agent,
            custom_role_id: Some(id(21)),
            brand_ids: Some([id(1)].into()),
            email_key: Some(key(1)),
            private: profile(),
        }
        .into(),
        UserChanged { user_id: id(5), email_key: Some(key(2)), private: profile() }.into(),
        UserRoleChanged { user_id: id(5), role: Role::Operator, custom_role_id: Some(id(21)) }.into(),
        UserBrandsChanged { user_id: id(5), brand_ids: Some([id(1), id(2)].into()) }.into(),
        UserPasswordChanged { user_id: id(5), private: profile() }.into(),
        UserDeactivated { user_id: id(5) }.into(),
        UserReactivated { user_id: id(5) }.into(),
        SessionOpened {
            session_id: id(6),
            user_id: id(5),
            refresh_hash: hash.clone(),
            expires_at: at(43_200),
            private: device(),
        }
        .into(),
        SessionRefreshed { session_id: id(6), user_id: id(5), refresh_hash: hash, expires_at: at(43_210) }.into(),
        SessionRevoked { session_id: id(6), user_id: id(5), reason: SessionEnd::RefreshReused }.into(),
        LoginFailed { user_id: id(5), private: device() }.into(),
        AccessDenied {
            user_id: id(5),
            action: "users.manage".to_owned(),
            resource: text("usr_x"),
            operation: text("set_user_role"),
            code: text("role-protected"),
            unwritten: 3,
        }
        .into(),
        DataRevealed {
            user_id: id(5),
            operation: "list_events".to_owned(),
            from_pos: 1,
            to_pos: Some(90),
            count: Some(90),
        }
        .into(),
        DataExported {
            user_id: Some(id(5)),
            operation: "list_audit_log".to_owned(),
            from_pos: Some(3),
            to_pos: Some(80),
            count: 12,
            private: Some(ExportReason { reason: "personal: their lawyer asked".to_owned() }),
        }
        .into(),
    ]
}

//! Second factors, links for lost passwords, invitations, keys.

use domain::access::Role;
use domain::event::Event;
use domain::event::account_security::*;
use domain::event::api_key::*;
use domain::event::invite::*;
use domain::event::user::Device;

use super::{at, id, key, text};

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn terms() -> KeyTerms {
    KeyTerms {
        name: "Warehouse".to_owned(),
        role: Role::Agent,
        scopes: ["conversations.read", "messages.send"].map(str::to_owned).into(),
        brand_ids: Some([id(1)].into()),
        team_ids: Some([id(14)].into()),
        allowed_ips: vec!["192.0.2.0/24".to_owned(), "2001:db8::/48".to_owned()],
        expires_at: Some(at(525_600)),
    }
}

pub(super) fn samples() -> Vec<Event> {
    let codes = || vec![key(31), key(32)];
    let device = Some(Device { device_name: text("Ana's phone (personal)"), address: text("192.0.2.7 (personal)") });
    let invite = InviteCreated {
        invite_id: id(23),
        user_id: id(5),
        role: Role::Agent,
        custom_role_id: Some(id(21)),
        brand_ids: Some([id(1)].into()),
        team_ids: [id(14)].into(),
        email_key: Some(key(33)),
        token_hash: HASH.to_owned(),
        expires_at: at(10_080),
        private: Some(Invited { email: "personal@example.com".to_owned() }),
    };
    vec![
        TotpEnrolled { user_id: id(5), private: Some(TotpSecret { secret: "personal".to_owned() }) }.into(),
        TotpConfirmed { user_id: id(5), step: 59_841_720, recovery_codes: codes() }.into(),
        TotpUsed { user_id: id(5), step: 59_841_723 }.into(),
        TotpRemoved { user_id: id(5) }.into(),
        RecoveryCodesReplaced { user_id: id(5), recovery_codes: codes() }.into(),
        RecoveryCodeUsed { user_id: id(5), recovery_code: key(31) }.into(),
        SecondFactorFailed { user_id: id(5), private: device }.into(),
        PasswordResetRequested { user_id: id(5) }.into(),
        PasswordResetIssued { user_id: id(5), token_hash: HASH.to_owned(), expires_at: at(60) }.into(),
        invite.into(),
        InviteResent { invite_id: id(23), token_hash: HASH.to_owned(), expires_at: at(10_090) }.into(),
        InviteRevoked { invite_id: id(23) }.into(),
        InviteAccepted { invite_id: id(23), user_id: id(24) }.into(),
        ApiKeyCreated { key_id: id(25), user_id: id(5), terms: terms(), secret_hash: HASH.to_owned() }.into(),
        ApiKeyChanged { key_id: id(25), terms: terms() }.into(),
        ApiKeyRotated { key_id: id(25), secret_hash: HASH.to_owned() }.into(),
        ApiKeyRevoked { key_id: id(25) }.into(),
        ApiKeyUsed { key_id: id(25), last_used_at: at(61) }.into(),
    ]
}

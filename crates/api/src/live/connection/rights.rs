//! Whose connection it is: until when their token speaks for them, and what they may see at this moment.

use app::live::Standing;

use super::Connection;
use super::open::Open;
use crate::dto::live::told::{Notice, NoticeCode, NoticeType, ResetReason};
use crate::live::limits::EXPIRY_NOTICE;
use crate::live::verdict::Verdict;

impl Connection {
    /// When the token ends they are sent away; before that they are told.
    pub(super) fn expire(&mut self, open: &mut Open) -> Option<Verdict> {
        let end = open.caller.expires_at?;
        let now = self.desk.now();
        if end <= now {
            return Some(Verdict::TokenExpired);
        }
        if !open.expiry_told && end - now <= EXPIRY_NOTICE {
            open.expiry_told = true;
            let after_ms = u32::try_from((end - now).0).unwrap_or(0);
            self.say(&Notice { r#type: NoticeType::It, code: NoticeCode::TokenExpiring, after_ms });
        }
        None
    }

    /// The rights of this moment. Whose changed begins anew; whose ended is sent away.
    pub(super) fn renew(&mut self, open: &mut Open) -> Option<Verdict> {
        let over = || {
            let closed = self.desk.view(|views| views.roster.principal(open.caller.principal.user_id).is_none());
            let key = matches!(open.standing, Standing::Key(_));
            if closed || key { Verdict::Forbidden } else { Verdict::SessionRevoked }
        };
        let Some(scope) = self.desk.scope(open.standing) else { return Some(over()) };
        (open.caller.principal, open.scope_pos) = (scope.principal, scope.pos);
        if self.desk.allow(&open.caller.principal, domain::access::Action::LiveRead).is_err() {
            return Some(Verdict::Forbidden);
        }
        if open.begun {
            self.reset(open, ResetReason::ScopeChanged, Some(format!("your rights changed at {}", scope.pos)));
        }
        None
    }
}

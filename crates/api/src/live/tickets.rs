//! Tickets: what lets a browser open a stream where it cannot send headers. Good for one use within half a minute; kept in
//! memory, because what a restart forgets is asked for again.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use parking_lot::Mutex;

use super::limits::{TICKET_LIFE, TICKETS_MAX};
use crate::auth::secret_token::SecretKind;
use crate::caller::Caller;
use crate::context::Context;
use crate::problem::{Kind, Problem};

/// What a ticket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Socket,
    Sse,
}

#[derive(Debug)]
struct Ticket {
    caller: Caller,
    purpose: Purpose,
    expires_at: Timestamp,
}

/// Those that are out, by their hash.
#[derive(Debug, Default)]
pub(crate) struct Tickets(Mutex<BTreeMap<String, Ticket>>);

impl Tickets {
    /// Makes one. Errors: `overloaded` while too many are out.
    pub(crate) fn issue(
        &self,
        context: &Context,
        caller: Caller,
        purpose: Purpose,
    ) -> Result<(String, Timestamp), Problem> {
        let now = context.now();
        let secret = SecretKind::LiveTicket.fresh(context);
        let hash = SecretKind::LiveTicket.hash(&secret).ok_or_else(|| Problem::internal("a ticket has no hash"))?;
        let expires_at = now + TICKET_LIFE;
        let mut out = self.0.lock();
        if out.len() >= TICKETS_MAX {
            out.retain(|_, ticket| ticket.expires_at > now);
            if out.len() >= TICKETS_MAX {
                return Err(Kind::Overloaded.into());
            }
        }
        out.insert(hash, Ticket { caller, purpose, expires_at });
        Ok((secret, expires_at))
    }

    /// Whose it is. It is used up by being shown, whatever for.
    pub(crate) fn redeem(&self, secret: &str, purpose: Purpose, now: Timestamp) -> Option<Caller> {
        let hash = SecretKind::LiveTicket.hash(secret)?;
        let ticket = self.0.lock().remove(&hash)?;
        (ticket.purpose == purpose && ticket.expires_at > now).then_some(ticket.caller)
    }
}

//! The desk as handlers take it, and the few moves every handler makes with it.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use app::gate::Gate;
use app::history::{AsOf, PastError};
use app::security::KeyInUse;
use app::{Asked, Desk, Done, Idempotency, Once};
use domain::access::Principal;
use domain::event::Actor;
use domain::ids::KeyId;
use domain::rejection::Rejection;
use domain::step::Step;

use crate::auth::access_token::Identity;
use crate::caller::Caller;
use crate::context::{Context, Surroundings};
use crate::extract::{Fingerprint, OptionalIdempotencyKey};
use crate::openapi::{Describe, Operation};
use crate::problem::Problem;

/// The desk.
pub struct Front(web::Data<Desk>, Option<web::Data<Context>>);

impl std::ops::Deref for Front {
    type Target = Desk;
    fn deref(&self) -> &Desk {
        &self.0
    }
}

impl FromRequest for Front {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let desk = request.app_data::<web::Data<Desk>>().cloned();
        let context = request.app_data::<web::Data<Context>>().cloned();
        std::future::ready(desk.map(|desk| Self(desk, context)).ok_or_else(|| Problem::internal("no desk is mounted")))
    }
}
impl Describe for Front {
    fn describe(_: &mut Operation) {}
}

/// What a request with an idempotency key is about: another operation, path or body under the same key is refused.
pub(crate) struct Repeatable<'a> {
    pub(crate) key: OptionalIdempotencyKey,
    /// The operation and the path's ids.
    pub(crate) what: &'a str,
    pub(crate) body: Fingerprint,
}

/// What an idempotent command came to: the value of its own run, or the id an earlier run left.
pub(crate) struct Outcome<T> {
    pub(crate) value: T,
    /// Position of the last event the command made.
    pub(crate) entry_pos: u64,
    pub(crate) replayed: bool,
}

impl Front {
    /// The desk as it was.
    pub(crate) async fn at(&self, asked: AsOf) -> Result<Self, PastError> {
        Ok(Self(web::Data::new(self.0.at(asked).await?), self.1.clone()))
    }

    /// What a list is asked, with the moment it is asked of: its cursors belong to both.
    pub(crate) fn dated(&self, question: impl Into<String>) -> String {
        let question = question.into();
        match self.past() {
            Some(moment) => format!("{question} at {} ({})", moment.pos, moment.at.as_millis()),
            None => question,
        }
    }

    /// Runs a command of a signed-in user.
    pub(crate) async fn command<T: Send + 'static>(
        &self,
        caller: &Caller,
        decide: impl FnOnce(&mut Gate<'_, '_>) -> Result<T, Rejection> + Send + 'static,
    ) -> Result<Done<T>, Problem> {
        let by = caller.principal.clone();
        let decide = move |step: &mut Step<'_>| decide(&mut Gate::new(step, &by));
        Ok(self.run(caller.asked(), decide).await?)
    }

    /// Writes something down beside the answer: where waiting for the disk would tell a stranger what there is.
    pub(crate) fn beside(&self, what: &'static str, decide: impl FnOnce(&mut Step<'_>) + Send + 'static) {
        let desk = Desk::clone(self);
        tokio::spawn(async move {
            let noted = desk.run(Actor::System, move |step| {
                decide(step);
                Ok(())
            });
            if let Err(error) = noted.await {
                tracing::warn!(%error, "{what} is not written down");
            }
        });
    }

    /// Runs a command that makes something with an id, at most once per key.
    pub(crate) async fn creation<I>(
        &self,
        caller: &Caller,
        repeatable: Repeatable<'_>,
        decide: impl FnOnce(&mut Gate<'_, '_>) -> Result<I, Rejection> + Send + 'static,
    ) -> Result<Outcome<I>, Problem>
    where
        I: ToString + std::str::FromStr + Send + 'static,
    {
        let once = repeatable.key.0.map(|key| self.idempotency(caller, repeatable.what, &key, repeatable.body));
        let by = caller.principal.clone();
        let decide = move |step: &mut Step<'_>| {
            let id = decide(&mut Gate::new(step, &by))?;
            Ok((id, step.last_pos()))
        };
        let done = self.run_once(caller.asked(), once, |(id, _): &(I, u64)| id.to_string(), decide).await?;
        let counted = if once.is_none() { None } else { Some(matches!(done.value, Once::Replay { .. })) };
        if let (Some(replayed), Some(context)) = (counted, &self.1) {
            context.metrics.idempotency(if replayed { "replayed" } else { "first" });
        }
        match done.value {
            Once::First((value, entry_pos)) => Ok(Outcome { value, entry_pos, replayed: false }),
            Once::Replay { resource, pos } => {
                let value = resource.parse().map_err(|_| Problem::internal("a stored answer names no id"))?;
                Ok(Outcome { value, entry_pos: pos, replayed: true })
            }
        }
    }

    /// What the caller may do at this moment; `None`: their session, key or account is over.
    pub(crate) fn present(&self, caller: &Caller) -> Option<Principal> {
        match (caller.session, caller.principal.key_id()) {
            (Some(session), _) => self.principal(session),
            (None, key) => key.and_then(|key| self.key_principal(key)),
        }
    }

    fn idempotency(&self, caller: &Caller, what: &str, key: &str, body: Fingerprint) -> Idempotency {
        // A key and its maker are two askers.
        let asker = caller.principal.actor();
        // Operation ids hold no blank, so the first word of `what` is the operation.
        let operation = what.split(' ').next().unwrap_or(what);
        Idempotency {
            key: self.blind(&format!("idempotency:{asker}:{operation}:{key}")),
            fingerprint: self.blind(&format!("request:{what}:{}", hex::encode(body.0))),
        }
    }
}

impl Caller {
    /// The caller as the log names them.
    pub fn actor(&self) -> Actor {
        self.principal.actor()
    }
    /// The caller and their request, as a command is asked for.
    pub fn asked(&self) -> Asked {
        Asked { actor: self.actor(), request: self.request }
    }
}

/// What a request needs to know of the desk before any handler runs.
pub struct DeskSurroundings(pub Arc<Desk>);

impl Surroundings for DeskSurroundings {
    fn now(&self) -> domain::time::Timestamp {
        self.0.now()
    }
    fn entropy(&self) -> u128 {
        self.0.entropy()
    }
    fn principal(&self, identity: &Identity) -> Option<Principal> {
        self.0.principal(identity.session).filter(|principal| principal.user_id == identity.user)
    }
    fn key(&self, secret_hash: &str) -> Option<KeyInUse> {
        self.0.key_in_use(secret_hash)
    }
    fn key_used(&self, id: KeyId) {
        self.0.key_used(id);
    }
    fn head(&self) -> (String, u64) {
        (self.0.reader().log_id().to_owned(), self.position())
    }
    fn position(&self) -> u64 {
        self.0.position()
    }
    fn applied(&self) -> Option<tokio::sync::watch::Receiver<u64>> {
        Some(self.0.applied())
    }
}

//! A command on its way through the loop: decided, then answered, in two steps with the sync in between.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::event::{Actor, LookupKey};
use domain::rejection::Rejection;
use domain::step::Step;
use event_log::KeyId;
use tokio::sync::oneshot;

use super::{Asked, Failure, Idempotency, Once, Shared};
use crate::snapshots::make::StateCopy;

/// One command.
pub(super) trait Job: Send {
    /// Who asks.
    fn asked(&self) -> Asked;
    /// Decides. Gives the keys to store with what it made; `Err` where it was refused, and then it made nothing.
    fn decide(&mut self, step: &mut Step<'_>) -> Result<Option<LookupKey>, Refused>;
    /// Tells the caller: `Ok(pos)` once everything is durable.
    fn answer(self: Box<Self>, outcome: Result<u64, Failure>);
    /// What is done between two commits instead of deciding anything.
    fn apart(&mut self) -> Option<Apart<'_>> {
        None
    }
    /// Whether this is the end of the loop.
    fn is_stop(&self) -> bool {
        false
    }
}

/// What no event may be on its way for.
pub(super) enum Apart<'j> {
    /// Keys to destroy.
    Erase(&'j [KeyId]),
    /// The state goes here.
    Copy(&'j mut Option<StateCopy>),
}

/// The command was refused. Who was denied what is written down where requests are answered, see `api::denials`.
pub(super) struct Refused;

/// A place in the queue for callers from outside, given back when the command is done.
pub(super) struct Slot(Option<Arc<Shared>>);

impl Slot {
    pub(super) fn unlimited() -> Self {
        Self(None)
    }
    pub(super) fn take(shared: &Arc<Shared>, max: usize) -> Option<Self> {
        if shared.external.fetch_add(1, Ordering::AcqRel) >= max {
            shared.external.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(Self(Some(shared.clone())))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.external.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

type Answer<T> = oneshot::Sender<Result<(Once<T>, u64), Failure>>;

/// A command with its types.
pub(super) struct TypedJob<T, F, R> {
    asked: Asked,
    once: Option<Idempotency>,
    decide: Option<F>,
    resource: Option<R>,
    result: Option<Result<Once<T>, Failure>>,
    answer: Option<Answer<T>>,
    _slot: Slot,
}

impl<T, F, R> TypedJob<T, F, R> {
    pub(super) fn new(
        asked: Asked,
        once: Option<Idempotency>,
        decide: F,
        resource: R,
        answer: Answer<T>,
        slot: Slot,
    ) -> Self {
        let (decide, resource, answer) = (Some(decide), Some(resource), Some(answer));
        Self { asked, once, decide, resource, result: None, answer, _slot: slot }
    }
}

impl<T, F, R> Job for TypedJob<T, F, R>
where
    T: Send + 'static,
    F: FnOnce(&mut Step<'_>) -> Result<T, Rejection> + Send + 'static,
    R: FnOnce(&T) -> String + Send + 'static,
{
    fn asked(&self) -> Asked {
        self.asked
    }

    fn decide(&mut self, step: &mut Step<'_>) -> Result<Option<LookupKey>, Refused> {
        if let Some(once) = self.once
            && let Some(stored) = step.find(once.key)
        {
            self.result = Some(replay(&once, &stored));
            return Ok(None);
        }
        let Some(decide) = self.decide.take() else { return Ok(None) };
        match decide(step) {
            Ok(value) => {
                let key = self.once.map(|once| {
                    let resource = self.resource.take().map(|name| name(&value)).unwrap_or_default();
                    let pos = step.last_pos();
                    LookupKey { key: once.key, value: store(&once, pos, &resource) }
                });
                self.result = Some(Ok(Once::First(value)));
                Ok(key)
            }
            Err(rejection) => {
                self.result = Some(Err(Failure::Rejected(rejection)));
                Err(Refused)
            }
        }
    }

    fn answer(mut self: Box<Self>, outcome: Result<u64, Failure>) {
        let Some(answer) = self.answer.take() else { return };
        let result = match (self.result.take(), outcome) {
            // What was refused before anything was written stays refused, whatever became of the others.
            (Some(Err(failure)), _) => Err(failure),
            (Some(Ok(value)), Ok(pos)) => Ok((value, pos)),
            (_, Err(failure)) => Err(failure),
            (None, Ok(_)) => Err(Failure::Internal),
        };
        // A caller that went away needs no answer.
        let _ = answer.send(result);
    }
}

/// fingerprint (16 bytes) | position of the effect (8, big-endian) | what it made
fn store(once: &Idempotency, pos: u64, resource: &str) -> Vec<u8> {
    [&once.fingerprint.0[..], &pos.to_be_bytes(), resource.as_bytes()].concat()
}

fn replay<T>(once: &Idempotency, stored: &[u8]) -> Result<Once<T>, Failure> {
    let (fingerprint, rest) = stored.split_at_checked(16).ok_or(Failure::Internal)?;
    let (pos, resource) = rest.split_at_checked(8).ok_or(Failure::Internal)?;
    if fingerprint != once.fingerprint.0 {
        return Err(Failure::KeyReused);
    }
    let pos = u64::from_be_bytes(pos.try_into().map_err(|_| Failure::Internal)?);
    Ok(Once::Replay { resource: String::from_utf8_lossy(resource).into_owned(), pos })
}

/// Destroys keys while no event is on its way that they would seal.
pub(super) struct EraseKeys {
    keys: Vec<KeyId>,
    answer: oneshot::Sender<Result<(), Failure>>,
}

impl EraseKeys {
    pub(super) fn new(keys: Vec<KeyId>, answer: oneshot::Sender<Result<(), Failure>>) -> Self {
        Self { keys, answer }
    }
}

impl Job for EraseKeys {
    fn asked(&self) -> Asked {
        Actor::System.into()
    }
    fn decide(&mut self, _: &mut Step<'_>) -> Result<Option<LookupKey>, Refused> {
        Ok(None)
    }
    fn answer(self: Box<Self>, outcome: Result<u64, Failure>) {
        // Who started an erasure and went away finds it finished later.
        let _ = self.answer.send(outcome.map(drop));
    }
    fn apart(&mut self) -> Option<Apart<'_>> {
        Some(Apart::Erase(&self.keys))
    }
}

/// Takes a copy of the state.
pub(super) struct CopyState {
    copy: Option<StateCopy>,
    answer: crossbeam_channel::Sender<Result<StateCopy, Failure>>,
}

impl CopyState {
    pub(super) fn new(answer: crossbeam_channel::Sender<Result<StateCopy, Failure>>) -> Self {
        Self { copy: None, answer }
    }
}

impl Job for CopyState {
    fn asked(&self) -> Asked {
        Actor::System.into()
    }
    fn decide(&mut self, _: &mut Step<'_>) -> Result<Option<LookupKey>, Refused> {
        Ok(None)
    }
    fn answer(mut self: Box<Self>, outcome: Result<u64, Failure>) {
        let copy = self.copy.take().ok_or(Failure::Internal);
        // Who went away needs none.
        let _ = self.answer.send(outcome.and(copy));
    }
    fn apart(&mut self) -> Option<Apart<'_>> {
        Some(Apart::Copy(&mut self.copy))
    }
}

/// The last job of a loop.
pub(super) struct Stop;

impl Job for Stop {
    fn asked(&self) -> Asked {
        Actor::System.into()
    }
    fn decide(&mut self, _: &mut Step<'_>) -> Result<Option<LookupKey>, Refused> {
        Ok(None)
    }
    fn answer(self: Box<Self>, _: Result<u64, Failure>) {}
    fn is_stop(&self) -> bool {
        true
    }
}

/// What a panic said, for the log.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

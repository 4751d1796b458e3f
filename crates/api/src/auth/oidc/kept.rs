//! A document of a provider, kept for a while. One fetch at a time: who comes while it runs waits for it and takes its
//! outcome, also a failure, so that a provider that does not answer is not asked by everybody in turn.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::time::{Millis, Timestamp};
use tokio::sync::Mutex;

use super::provider::ProviderFault;

/// How long a document is used without asking again.
const KEEP_FOR: Millis = Millis::hours(1);
/// How long after a fetch a document that lacks something is not asked for again.
const RENEW_AFTER: Millis = Millis::seconds(10);

/// See the module.
#[derive(Debug)]
pub(super) struct Kept<T> {
    state: Mutex<State<T>>,
    /// Fetches that have ended.
    ended: AtomicU64,
}

#[derive(Debug)]
struct State<T> {
    held: Option<(Arc<T>, Timestamp)>,
    failure: Option<ProviderFault>,
}

/// What the caller needs of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// One that is young enough.
    Current,
    /// A younger one than the last, which lacked something; the last again where it is too young to be outdated.
    Renewed,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { state: Mutex::new(State { held: None, failure: None }), ended: AtomicU64::new(0) }
    }
}

impl<T> Kept<T> {
    /// The document, fetched if need be. Errors: of this fetch, or of the one that was waited for.
    pub(super) async fn get<F>(
        &self,
        need: Need,
        now: Timestamp,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<T>, ProviderFault>
    where
        F: Future<Output = Result<T, ProviderFault>>,
    {
        let seen = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        let waited = self.ended.load(Ordering::Acquire) != seen;
        if let (true, Some(failure)) = (waited, &state.failure) {
            return Err(failure.clone());
        }
        if let Some((document, fetched_at)) = &state.held {
            let age_max = match need {
                Need::Current => KEEP_FOR,
                Need::Renewed => RENEW_AFTER,
            };
            if waited || now - *fetched_at < age_max {
                return Ok(document.clone());
            }
        }
        let fetched = fetch().await.map(Arc::new);
        match &fetched {
            Ok(document) => *state = State { held: Some((document.clone(), now)), failure: None },
            Err(failure) => state.failure = Some(failure.clone()),
        }
        self.ended.fetch_add(1, Ordering::Release);
        fetched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_251_600);

    async fn get(kept: &Kept<u8>, need: Need, now: Timestamp, next: Result<u8, ProviderFault>) -> Option<u8> {
        kept.get(need, now, async || next).await.ok().map(|document| *document)
    }

    #[tokio::test]
    async fn a_document_is_kept_for_an_hour_and_renewed_every_ten_seconds_at_most() {
        let kept = Kept::default();
        assert_eq!(get(&kept, Need::Current, NOW, Ok(1)).await, Some(1));
        assert_eq!(get(&kept, Need::Current, NOW + Millis::minutes(59), Ok(2)).await, Some(1));
        assert_eq!(get(&kept, Need::Renewed, NOW + Millis::seconds(9), Ok(2)).await, Some(1));
        assert_eq!(get(&kept, Need::Renewed, NOW + Millis::seconds(10), Ok(2)).await, Some(2));
        assert_eq!(get(&kept, Need::Current, NOW + Millis::minutes(62), Ok(3)).await, Some(3));
    }

    #[tokio::test]
    async fn a_failure_is_told_and_the_next_asks_again() {
        let kept = Kept::default();
        assert_eq!(get(&kept, Need::Current, NOW, Err(ProviderFault::Unreachable)).await, None);
        assert_eq!(get(&kept, Need::Current, NOW, Ok(1)).await, Some(1));
    }

    #[tokio::test]
    async fn who_waits_for_a_fetch_takes_its_outcome() {
        let kept = Kept::default();
        let (release, released) = tokio::sync::oneshot::channel::<()>();
        let slow = kept.get(Need::Current, NOW, || async {
            released.await.ok();
            Err::<u8, _>(ProviderFault::Unreachable)
        });
        let waiting = kept.get(Need::Current, NOW, || async { panic!("asked in turn") });
        let let_go = async { release.send(()).ok() };
        let (first, second, _) = tokio::join!(slow, waiting, let_go);
        assert_eq!((first, second), (Err(ProviderFault::Unreachable), Err(ProviderFault::Unreachable)));
    }
}

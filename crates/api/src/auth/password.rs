//! Passwords: argon2id on a few permits and threads of its own, so that a wave of sign-ins can neither exhaust memory
//! nor take the processors from other requests. An unknown account costs the same work as a known one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::hash_threads::HashThreads;
use crate::problem::{Kind, Problem};

/// Hashes at once.
const PERMITS: usize = 2;
/// Sign-ins that may wait for a permit; further ones are answered `overloaded`.
const WAITING_MAX: usize = 50;
/// Seconds after which a turned-away client should come back: the queue takes about this long.
const OVERLOADED_RETRY_S: u64 = 2;

/// How much work a hash is. The default follows OWASP: 19 MiB, two passes, one lane.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

/// Hashes and verifies passwords.
#[derive(Debug, Clone)]
pub struct Passwords {
    cost: Cost,
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    threads: Arc<HashThreads>,
    /// What a password is compared with when there is no account.
    dummy: Arc<str>,
}

impl Passwords {
    /// Takes the work per hash.
    pub fn new(cost: Cost) -> Self {
        Self {
            cost,
            permits: Arc::new(Semaphore::new(PERMITS)),
            waiting: Arc::new(AtomicUsize::new(0)),
            threads: Arc::new(HashThreads::start(PERMITS)),
            dummy: dummy(cost).into(),
        }
    }

    /// The PHC string of a password, under a random salt from outside. Errors: `overloaded`.
    pub async fn hash(&self, password: SecretString, salt: [u8; 16]) -> Result<String, Problem> {
        let cost = self.cost;
        self.run(move || hash_now(cost, password.expose_secret(), &salt)).await
    }

    /// Whether the password fits the stored PHC string; with none, the same work is done and the answer is
    /// no. Errors: `overloaded`.
    pub async fn verify(&self, password: SecretString, stored: Option<SecretString>) -> Result<bool, Problem> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| SecretString::from(self.dummy.to_string()));
        let fits = move || {
            let Ok(hash) = PasswordHash::new(stored.expose_secret()) else { return false };
            Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok()
        };
        Ok(self.run(fits).await? && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let overloaded = || Problem::new(Kind::Overloaded).retry_after_s(OVERLOADED_RETRY_S);
        let place = Place::take(&self.waiting).ok_or_else(overloaded)?;
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| Problem::new(Kind::Draining))?;
        drop(place);
        let done = self.threads.run(move || {
            // Held by the thread, not by the request: a client that hangs up does not free the permit early.
            let _permit = permit;
            work()
        });
        done.await.ok_or_else(|| Problem::internal("a password hash did not finish"))
    }
}

/// One of the [`WAITING_MAX`] places in the queue.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(waiting: &Arc<AtomicUsize>) -> Option<Self> {
        // Those who hold a permit have left the queue, so the bound is on waiting alone.
        waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| (count < WAITING_MAX).then_some(count + 1))
            .ok()?;
        Some(Self(waiting.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A hash that takes as much work to compare with as any. It is made up: what is not computed takes no 19 MiB at every start, and
/// no password fits it.
fn dummy(cost: Cost) -> String {
    let Cost { memory_kib, passes } = cost;
    let (salt, hash) = ("WlpaWlpaWlpaWlpaWlpaWg", "A".repeat(43));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${hash}")
}

fn hash_now(cost: Cost, password: &str, salt: &[u8; 16]) -> String {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).expect("the cost is within argon2's bounds");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2
        .hash_password_with_salt(password.as_bytes(), salt)
        .expect("a salt of 16 bytes is of the right size")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Passwords {
        Passwords::new(Cost { memory_kib: 64, passes: 1 })
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let passwords = cheap();
        let stored = passwords.hash(secret("seven green boats"), [1; 16]).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert!(passwords.verify(secret("seven green boats"), Some(secret(&stored))).await.unwrap());
        assert!(!passwords.verify(secret("seven green goats"), Some(secret(&stored))).await.unwrap());
        assert!(!passwords.verify(secret("seven green boats"), Some(secret("not a hash"))).await.unwrap());
    }

    #[tokio::test]
    async fn without_an_account_no_password_fits_and_the_work_is_the_same() {
        assert!(!cheap().verify(secret("any password"), None).await.unwrap());
        // Its form is that of a real one, so the comparison is not given up early.
        let (made_up, real) = (dummy(Cost::default()), hash_now(Cost::default(), "any password", &[0x5a; 16]));
        let (made_up, real) = (PasswordHash::new(&made_up).unwrap(), PasswordHash::new(&real).unwrap());
        assert_eq!(made_up.params, real.params);
        assert_eq!((made_up.algorithm, made_up.version, made_up.salt), (real.algorithm, real.version, real.salt));
        let length = |hash: &PasswordHash| hash.hash.as_ref().map(|hash| hash.len());
        assert_eq!(length(&made_up), length(&real));
    }

    #[tokio::test]
    async fn at_most_two_hash_at_a_time_and_a_panic_costs_no_thread() {
        let passwords = cheap();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // The first two wait for each other, so that both threads are seen at work however busy the machine is.
        let both = Arc::new(std::sync::Barrier::new(PERMITS));
        let hashes = (0..40).map(|n| {
            let (now, most, both) = (now.clone(), most.clone(), both.clone());
            passwords.run(move || {
                most.fetch_max(now.fetch_add(1, Ordering::AcqRel) + 1, Ordering::AcqRel);
                if n < PERMITS {
                    both.wait();
                }
                hash_now(Cost { memory_kib: 1_024, passes: 1 }, "x", &[1; 16]);
                now.fetch_sub(1, Ordering::AcqRel);
                assert!(n != 7 && n != 8, "as a bug would");
            })
        });
        let ended = futures_util::future::join_all(hashes).await;
        assert_eq!(ended.iter().filter(|end| end.is_err()).count(), 2);
        assert_eq!(most.load(Ordering::Acquire), PERMITS);
    }

    #[tokio::test]
    async fn past_the_queue_sign_ins_are_turned_away_and_places_come_back() {
        let passwords = cheap();
        let held = passwords.permits.clone().acquire_many_owned(PERMITS as u32).await.unwrap();
        let attempts = (0..WAITING_MAX + 5).map(|_| passwords.verify(secret("x"), None));
        let mut all = futures_util::future::join_all(attempts.map(Box::pin));
        // Polled once, everybody has a place or an answer.
        let first = futures_util::FutureExt::now_or_never(&mut all);
        assert!(first.is_none());
        assert_eq!(passwords.waiting.load(Ordering::Acquire), WAITING_MAX);
        drop(held);
        let answers = all.await;
        let turned_away =
            answers.iter().filter(|answer| answer.as_ref().is_err_and(|fault| fault.kind() == Kind::Overloaded));
        assert_eq!(turned_away.count(), 5);
        assert_eq!(passwords.waiting.load(Ordering::Acquire), 0);
    }
}

//! What every test starts from: a running frontdesk on a free port with a data directory of its own, a simulated
//! WhatsApp, and people who talk to both.

mod answers;
mod process;
mod team;

pub use answers::every_answer;
pub use process::{EMAIL, Frontdesk, PASSWORD};
pub use team::{APP, Answer, NUMBER, Person, Shop, WABA};

use std::future::Future;
use std::time::Duration;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again until an answer satisfies, at most [`PATIENCE`] long, and gives that answer.
pub async fn eventually<T, F, Fut>(what: &str, mut ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let asked = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    });
    asked.await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

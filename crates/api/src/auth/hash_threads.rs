//! Threads for password hashes, apart from everybody else's: as many as may hash at once, and at the lowest priority, so that a
//! wave of sign-ins takes the processors that are idle and none from other requests.

use std::panic::AssertUnwindSafe;

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// The threads; they end when this is dropped.
#[derive(Debug)]
pub(super) struct HashThreads(Sender<Work>);

impl HashThreads {
    pub(super) fn start(count: usize) -> Self {
        let (sender, receiver) = unbounded::<Work>();
        for number in 0..count {
            let receiver = receiver.clone();
            std::thread::Builder::new()
                .name(format!("password-hash-{number}"))
                .spawn(move || serve(&receiver))
                .expect("the system has room for a thread");
        }
        Self(sender)
    }

    /// Runs it on the next free thread. `None`: it panicked.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        // Whoever asked may be gone by now; then nobody wants the answer.
        let work: Work = Box::new(move || drop(answer.send(work())));
        self.0.send(work).ok()?;
        answered.await.ok()
    }
}

fn serve(work: &Receiver<Work>) {
    app::background::step_back();
    for work in work {
        // The panic hook has told where; the thread is still good for the next.
        let _ = std::panic::catch_unwind(AssertUnwindSafe(work));
    }
}

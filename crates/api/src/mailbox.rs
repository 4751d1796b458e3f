//! Answers of the desk's loop on their way to the HTTP worker that waits for them. The loop answers a whole group at once;
//! each answer would wake the worker by itself, a write to the kernel every time, made by the thread that everybody waits
//! for. Here the first rings, the others are laid beside it, and the worker wakes its own.

use std::cell::OnceCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

/// One worker's. Lives on its thread.
#[derive(Debug, Default)]
pub(crate) struct Mailbox(OnceCell<Arc<Letters>>);

#[derive(Debug, Default)]
struct Letters {
    called: Mutex<Vec<Waker>>,
    bell: AtomicWaker,
}

/// Somebody's waker, by way of the mailbox.
struct Call {
    waker: Waker,
    letters: Arc<Letters>,
}

impl Mailbox {
    /// Waits for something that another thread answers.
    pub(crate) async fn carry<F: Future>(&self, asked: F) -> F::Output {
        let letters = self.0.get_or_init(|| {
            let letters = Arc::<Letters>::default();
            actix_web::rt::spawn(deliver(letters.clone()));
            letters
        });
        let mut asked = pin!(asked);
        poll_fn(|context| {
            let call = Call { waker: context.waker().clone(), letters: letters.clone() };
            asked.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::new(call))))
        })
        .await
    }
}

/// Wakes whoever was called, for as long as the worker runs.
async fn deliver(letters: Arc<Letters>) {
    poll_fn(|context| {
        // First the bell: what is laid down after it was taken out rings it again.
        letters.bell.register(context.waker());
        let called = std::mem::take(&mut *letters.called.lock());
        called.into_iter().for_each(Waker::wake);
        Poll::<()>::Pending
    })
    .await;
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let first = {
            let mut called = self.letters.called.lock();
            called.push(self.waker.clone());
            called.len() == 1
        };
        if first {
            self.letters.bell.wake();
        }
    }
}

//! Work that takes the processors that are idle and none from people, where the system has priorities for single threads.
//! Nothing that others wait for is held there (a lock, a place in a queue) but for instants: whoever runs so may stand still for
//! long while the machine is busy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};

/// The lowest niceness for this thread, and for those it starts from now on, for work that somebody waits for: it gets a
/// hundredth of a busy processor. There is no way back.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "background work runs at the usual priority");
    }
}

/// Whatever anybody else wants comes first, for this thread and those it starts from now on. Niceness is not enough: whoever
/// wakes up to answer somebody still waits until the nicest has had its turn of some milliseconds.
fn stand_idle() {
    #[cfg(target_os = "linux")]
    {
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        if let Err(error) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle) {
            tracing::debug!(?error, "background work takes turns like any other");
        }
    }
    // After it, because it resets the niceness, which nobody gets back that has given it away.
    step_back();
}

/// Whoever waits for work on another thread holds one: once that is dropped, the work may end.
#[derive(Debug, Default)]
pub(crate) struct Waits(Arc<AtomicBool>);

impl Waits {
    /// For the work to ask: whether nobody waits any more.
    pub(crate) fn left(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let left = self.0.clone();
        move || left.load(Ordering::Acquire)
    }

    /// Before it is dropped.
    pub(crate) fn leave(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Runs it on a thread that stands idle while others work, and waits: so that the threads it starts, which are another
/// library's, are in the background, and the caller is not.
pub fn apart(work: &mut (dyn FnMut() + Send)) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            stand_idle();
            work();
        });
    });
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// The calling thread's niceness and the number of the policy it is scheduled by, as the system has them in its `stat`:
    /// the 19th and the 41st field.
    fn standing() -> (i32, i32) {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("the system tells of its threads");
        // A name may hold spaces; the third field comes after it.
        let fields: Vec<&str> = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ').collect();
        let field = |number: usize| fields[number - 3].parse().expect("a number");
        (field(19), field(41))
    }

    #[test]
    fn what_work_apart_starts_stands_idle_and_the_caller_does_not() {
        const IDLE: i32 = 5;
        let before = standing();
        let mut of_child = None;
        apart(&mut || of_child = std::thread::spawn(standing).join().ok());
        assert_eq!(of_child, Some((19, IDLE)));
        assert_eq!(standing(), before);
    }

    #[test]
    fn who_steps_back_still_has_turns() {
        let stepped_back = std::thread::spawn(|| {
            step_back();
            standing()
        });
        assert_eq!(stepped_back.join().ok(), Some((19, 0)));
    }
}

//! Work that takes the processors that are idle and none from people: at the lowest priority, where the system has one for
//! single threads. Nothing that others wait for is held there (a lock, a place in a queue): whoever runs so may stand still for
//! long while the machine is busy.

/// The lowest priority for this thread, and for those it starts from now on. There is no way back.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "background work runs at the usual priority");
    }
}

/// Runs it on a thread that stepped back, and waits: so that the threads it starts, which are another library's, are in the
/// background, and the caller is not.
pub fn apart(work: &mut (dyn FnMut() + Send)) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            step_back();
            work();
        });
    });
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What the system calls the niceness of the calling thread: the 19th field of its `stat`, the 17th after its name.
    fn niceness() -> i32 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("the system tells of its threads");
        let field = stat.rsplit_once(") ").and_then(|(_, fields)| fields.split(' ').nth(16));
        field.and_then(|field| field.parse().ok()).expect("a number in the 19th field")
    }

    #[test]
    fn what_work_apart_starts_steps_back_and_the_caller_does_not() {
        let before = niceness();
        let mut of_child = None;
        apart(&mut || of_child = std::thread::spawn(niceness).join().ok());
        assert_eq!(of_child, Some(19));
        assert_eq!(niceness(), before);
    }
}

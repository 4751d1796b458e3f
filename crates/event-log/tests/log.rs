//! The log through its public face, on real files. One binary for all of it.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

mod log {
    mod appending;
    mod damage;
    mod model;
    mod operations;
    mod reading;
    mod reopening;
    mod sealing;
    pub(crate) mod support;
}

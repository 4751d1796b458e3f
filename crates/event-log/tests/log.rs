//! The log through its public face, on real files. One binary for all of it.

mod log {
    mod appending;
    mod damage;
    mod reading;
    mod reopening;
    mod sealing;
    pub(crate) mod support;
}

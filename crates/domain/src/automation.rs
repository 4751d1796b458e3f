//! What is done by itself: rules on what happens, and the actions they take.
//!
//! [`rule`] says what a rule is and how it is changed; [`trigger`] which events ask it, and which moments; [`facts`] what its
//! condition sees; [`run`] asks the rules about a command's events and writes down what each run did; [`act`] does it, by the
//! same decisions as people's. What keeps it from going on for ever is in [`record`] (what a conversation had of it) and
//! [`conflicts`] (what rules would do to each other).

pub mod act;
pub mod action;
pub mod record;

pub use act::{ActionKind, Origin, Outcome, SkipReason};
pub use record::Record;

//! What is done by itself: rules on what happens, and the actions they take.
//!
//! [`rule`] says what a rule is and how it is changed; [`trigger`] which events fire it, and [`timers`] which moments; [`facts`] what its
//! condition sees; [`run`] asks the rules about a command's events and writes down what each run did; [`act`] does it, by the
//! same decisions as people's. What keeps it from going on for ever is in [`record`] (what a conversation had of it) and
//! [`conflicts`] (what rules would do to each other). [`check`] says what a rule must be, and
//! [`dry_run`] what one would have done.

pub mod act;
pub mod action;
pub mod check;
pub mod conflicts;
pub mod dry_run;
mod facts;
pub mod record;
pub mod rule;
pub mod run;
pub mod timers;
pub mod trigger;
pub(crate) mod words;

pub use act::{ActionKind, Origin, Outcome, RuleVersion, SkipReason};
pub use record::Record;
pub use rule::{AutomationRule, AutomationRules};
pub use timers::Timers;

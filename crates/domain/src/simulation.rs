//! What would have been: a range of the log, played again with other rules, promises, queues or people.
//!
//! What happens to the desk from outside (customers write, colleagues come and go, somebody changes a setting) is taken from the
//! log as it was; what the desk decides by itself (where a conversation belongs, who is given it, what goes back, what is
//! promised and broken) is decided anew, by the very functions that decide it in the desk ([`crate::react`], [`crate::routing`],
//! [`crate::sla`]).
//!
//! - [`identity`] plays the range with nothing changed and holds every decision against the log's.
//! - [`learn`] reads from the range how people work, and what each customer's message came to.
//! - [`run`] plays it with a [`scenario`] and with people who work as was learned: whoever is given other conversations than in
//!   reality writes at other times.
//! - [`measures`] reads the same figures from what really happened and from what was played; [`side_by_side`] puts them beside
//!   each other.
//!
//! What is not modelled is said in [`run`].

pub mod chance;
pub mod command;
pub mod draft;
pub mod fates;
pub mod identity;
pub mod learn;
pub mod measures;
pub mod run;
pub mod scenario;
pub mod service;
pub mod side_by_side;
pub mod spread;

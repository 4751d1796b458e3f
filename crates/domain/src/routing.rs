//! Who is given which conversation: rules say where it belongs ([`triage`]), a queue's strategy and people's room say who
//! gets it ([`route`]), and the queue is worked in its order whenever something changes ([`work`]). Each decision is written
//! down with what it was made from.
//!
//! Nothing here is asked for by a person: it follows from what happened, in the same command (`crate::react`), or from a
//! time that came ([`due`]).

pub mod due;
pub(crate) mod facts;
pub mod release;
pub mod route;
pub mod rule;
pub mod simulate;
pub mod triage;
pub mod work;

pub use facts::Said;

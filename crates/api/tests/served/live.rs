//! The live stream, as clients meet it.

pub(crate) mod listener;
pub(crate) mod mirror;

mod convergence;
mod doors;
mod following;
mod lagging;

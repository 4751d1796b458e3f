//! The live stream, as clients meet it.

pub(crate) mod listener;
pub(crate) mod mirror;

mod doors;
mod following;

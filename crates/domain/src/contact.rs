//! What can happen to a contact; each file is one use case.

pub mod attributes;
pub mod block;
pub mod consent;
pub mod edit;
pub mod erase;
pub mod identify;
pub mod merge;
pub mod rekey;
pub mod tags;

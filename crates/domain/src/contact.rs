//! What can happen to a contact; each file is one use case.

pub mod attributes;
pub mod block;
pub mod consent;
pub mod create;
pub mod definitions;
pub mod edit;
pub mod erase;
pub mod external_id;
pub mod identify;
pub mod import;
pub mod imports;
pub mod merge;
pub mod rekey;
pub mod tags;

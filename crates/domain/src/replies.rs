//! What people write and do again and again: canned replies and macros, for oneself, a team, a brand or everybody.

pub mod canned;
pub mod macros;
pub mod scope;

//! What a support desk is: ids, commands, events, decisions, access table. Pure and synchronous: no clock, no
//! randomness, no I/O, no HTTP. Same inputs, same events, byte for byte.

pub mod access;
pub mod content;
pub mod conversation;
pub mod event;
pub mod identity;
pub mod ids;
pub mod inbound;
pub mod message;
pub mod settings;
pub mod template;
pub mod time;
pub mod world;

//! What a support desk is: ids, commands, events, decisions, access table. Pure and synchronous: no clock, no
//! randomness, no I/O, no HTTP. Same inputs, same events, byte for byte.
//!
//! # Glossary
//! - *conversation*: one contact on one channel, over its *episodes* (from opened or reopened to resolved).
//! - *contact*: a customer, a set of identities within a brand. *Channel*: a connected number.
//! - *message*: between customer and business. *Note*: internal, never sent.
//! - *availability*: whether a user takes work, as the log has it. *Presence*: whether something of theirs is connected; in no log.
//! - *assignee*: the user who owns a conversation. *Waiting since*: the earliest customer message no person answered.
//! - *business hours*, *calendar*: when somebody is there. *Business time*: the part of a time that lies in them.
//! - *queue*: where conversations wait for somebody, one for each team and each brand's common ones. *Triage*: asking the rules where one
//!   belongs. *Routing*: choosing who is given it. *Lease*: the time in which they write, or it goes back. *Spill-over*: what nobody
//!   took goes to another queue.
//! - *SLA policy*: what is promised to whom. *Target*: within which time. *Breach*: its deadline passed. *At risk*: soon.
//! - *customer service window*: the 24 hours after a customer's message in which anything may be sent; outside it only templates.
//! - *command*: what somebody wants. *Decision*: a function under a noun's folder that turns it into *events* or a
//!   [`rejection::Rejection`]. *Evolve*: applying an event to state. *Stream*: the events of one thing, in order.
//!   *Position*: an event's place in the whole log. *Version*: its place in its stream.

pub mod access;
pub mod account;
pub mod audit;
pub mod automation;
pub mod availability;
pub mod billing;
pub mod bot;
pub mod bulk;
pub mod business_hours;
pub mod calendar;
pub mod campaign;
pub mod channel;
pub mod charge;
pub mod coaching;
pub mod condition;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod csat;
pub mod disclosure;
pub mod event;
pub mod id_map;
pub mod identity;
pub mod ids;
pub mod inbound;
pub mod ingest;
pub mod knowledge;
pub mod market;
pub mod message;
pub mod notification;
pub mod outbound_content;
pub mod packed;
pub mod paged;
pub mod preset;
pub mod quarantine;
pub mod queue;
pub mod react;
pub mod rejection;
pub mod replies;
pub mod report;
pub mod role;
pub mod routing;
pub mod routing_profile;
pub mod security;
pub mod segment;
pub mod settings;
pub mod shared;
pub mod simulation;
pub mod sla;
mod snapshot;
pub mod staffing;
pub mod step;
pub mod team;
pub mod template;
pub mod time;
pub mod variables;
pub mod world;
pub mod zone;

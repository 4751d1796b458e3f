//! Decisions as rules of the desk: what happened before, what somebody wants, what follows. Each file is a topic; all use
//! the small desk in `desk.rs`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod automation;
mod availability;
mod billing;
mod bot;
mod bot_answers;
mod bulk;
mod business_hours;
mod business_time;
mod campaigns;
mod contact_records;
mod contacts;
mod conversations;
mod csat;
mod delivery;
mod desk;
mod fairness;
mod inactivity;
mod invariants;
mod knowledge;
mod lifecycle;
mod notes;
mod response_times;
mod routing;
mod routing_profile;
mod schedules;
mod security;
mod segments;
mod simulation;
mod sla;
mod sla_reference;
mod tallies;
mod windows;

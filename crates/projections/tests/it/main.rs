//! Read models against histories that the real decisions made: what happened in, what is shown out.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test that looks for it")]

mod analytics;
mod arrivals;
mod attention;
mod bot;
mod cards;
mod clocks;
mod csat;
mod delivery;
mod desk;
mod facts;
mod figures;
mod inbox;
mod knowledge;
mod notes;
mod outbox;
mod promises;
mod properties;
mod reference;
mod timeline;
mod upkeep;
mod usage;
mod vectors;
mod walls;

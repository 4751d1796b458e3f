//! Read models against histories that the real decisions made: what happened in, what is shown out.

mod cards;
mod desk;
mod figures;
mod inbox;
mod outbox;
mod properties;
mod timeline;
mod upkeep;

//! The API as clients meet it: a real desk on a temporary directory, served on a free port, spoken to over HTTP.

mod accounts;
mod audit;
mod billing;
mod contacts;
mod contract;
mod desk;
mod events;
mod inbox;
mod limits;
mod media;
mod messages;
mod quarantine;
mod walls;
mod webhooks;

//! The API as clients meet it: a real desk on a temporary directory, served on a free port, spoken to over HTTP.

mod accounts;
mod bodies;
mod contacts;
mod contract;
mod desk;
mod events;
mod hall;
mod inbox;
mod interference;
mod limits;
mod matrix;
mod media;
mod messages;
#[cfg(feature = "oidc")]
mod oidc;
mod quarantine;
mod teams;
mod walls;
mod webhooks;

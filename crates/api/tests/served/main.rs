//! The API as clients meet it: a real desk on a temporary directory, served on a free port, spoken to over HTTP.

mod accounts;
mod attention;
mod audit;
mod billing;
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
mod notes;
mod quarantine;
mod teams;
mod walls;
mod webhooks;

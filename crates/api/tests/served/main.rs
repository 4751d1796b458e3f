//! The API as clients meet it: a real desk on a temporary directory, served on a free port, spoken to over HTTP.

mod accounts;
mod api_keys;
mod attention;
mod audit;
mod availability;
mod billing;
mod bodies;
mod bulk;
mod business_hours;
mod contacts;
mod contract;
mod desk;
mod events;
mod hall;
mod inbox;
mod interference;
mod invites;
mod lifecycle;
mod limits;
mod live;
mod matrix;
mod media;
mod messages;
mod notes;
#[cfg(feature = "oidc")]
mod oidc;
mod passwords;
mod quarantine;
mod routing_profile;
mod schedules;
mod second_factor;
mod sessions;
mod sla;
mod teams;
mod walls;
mod webhooks;

//! HTTP: routes, DTOs, problems, authentication, OpenAPI and AsyncAPI. Knows how to ask the desk and how to answer a
//! client; decides nothing about support work itself.
//!
//! A request passes [`edge`] (id, headers, problem bodies), then its row of the table ([`endpoint`]: who may),
//! then its extractors ([`extract`]: does it fit the contract), then its handler, which asks the desk.

pub mod answer;
pub mod asyncapi;
pub mod auth;
pub mod caller;
pub mod cloud_event;
pub mod context;
pub mod cursor;
pub mod denials;
pub mod disclosures;
pub mod dto;
pub mod edge;
pub mod endpoint;
pub mod extract;
pub mod front;
mod gzip;
mod ical;
pub mod live;
mod mailbox;
pub mod metrics;
pub mod mount;
pub mod openapi;
mod paging;
pub mod peer;
mod present;
pub mod problem;
pub mod rate_limit;
mod refusal;
pub mod routes;
pub mod schema;
pub mod server;
pub mod streams;
mod yaml;

use app::csv;

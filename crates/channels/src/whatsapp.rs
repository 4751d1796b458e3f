//! The WhatsApp Cloud API: webhooks in ([`signature`], [`inbound`]) and Graph calls out ([`send`], [`errors`], [`media`],
//! [`templates`], [`health`], [`graph`]), with the pace at which messages may leave ([`pacing`]).

pub mod errors;
pub mod graph;
pub mod health;
pub mod inbound;
pub mod media;
pub mod pacing;
pub mod send;
pub mod signature;
pub mod templates;

#[cfg(test)]
mod stub;

//! The WhatsApp Cloud API: webhooks in ([`signature`], [`inbound`]) and Graph calls out ([`send`], [`errors`], [`graph`]).

pub mod errors;
pub mod graph;
pub mod inbound;
pub mod send;
pub mod signature;

#[cfg(test)]
mod stub;

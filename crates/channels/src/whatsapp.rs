//! The WhatsApp Cloud API: webhooks in ([`signature`], [`inbound`]) and Graph calls out ([`send`], [`errors`], [`media`],
//! [`templates`], [`health`], [`graph`]). Queueing and pace are the outbox's.

pub mod errors;
pub mod graph;
pub mod health;
pub mod inbound;
pub mod media;
pub mod send;
pub mod signature;
pub mod templates;

#[cfg(test)]
mod stub;

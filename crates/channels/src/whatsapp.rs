//! The WhatsApp Cloud API: webhooks in ([`signature`], [`inbound`]) and Graph calls out.

pub mod inbound;
pub mod signature;

//! Talking to customers: the WhatsApp Cloud API.
//!
//! Parses what the provider sends into [`domain::inbound`] and calls the provider. Pure parsing plus an outgoing HTTP
//! client: nothing is stored here, no clock is read and no server framework is known. The `app` crate calls all of it.

pub mod egress;
pub mod whatsapp;

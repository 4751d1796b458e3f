//! What tests and the demo need around the product: a WhatsApp Cloud API that behaves like the real one, over HTTP.
//! Nothing in the product's path depends on it.

pub mod whatsapp;

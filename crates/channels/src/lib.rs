//! Talking to customers: WhatsApp Cloud API first.

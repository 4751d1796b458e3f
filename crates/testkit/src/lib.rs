//! Manual clock, counted ids, WhatsApp Cloud simulator over HTTP, typed actors.

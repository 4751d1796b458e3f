//! One binary for all end-to-end tests: the real server process on a free port, the simulated provider over HTTP, typed
//! actors. A test reads as a rule of the desk.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect should say so and stop")]
#![allow(unreachable_pub, reason = "shared by the modules of one test binary")]

mod abuse;
mod analytics;
mod architecture;
mod bad_input;
mod campaigns;
mod command_line;
mod conversations;
mod crashes;
mod csat;
mod demo;
mod erasure;
mod event_stream;
mod kills;
mod live;
mod log_export;
mod playbooks;
mod stopping;
mod support;
mod tail;
mod templates;
mod wall_clock;
mod webhooks;
mod year;

//! One binary for all end-to-end tests: the real server process on a free port, the simulated provider over HTTP, typed
//! actors. A test reads as a rule of the desk.

mod architecture;
mod bad_input;
mod command_line;
mod conversations;
mod crashes;
mod erasure;
mod support;
mod webhooks;

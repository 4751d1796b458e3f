//! One binary for all end-to-end tests: the real server on a free port, the simulated provider over HTTP, typed actors.

mod architecture;

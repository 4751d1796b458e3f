//! The past, asked through HTTP: it answers what was answered then, before the walls of now.

mod contract;
mod diff;
mod same;
mod walls;

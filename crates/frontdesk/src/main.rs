//! The binary: reads the command line, wires the crates, and leaves everything else to them. Its subcommands are the
//! files beside this one.

use clap::Parser;

mod bench;
mod cli;
mod config;
mod exit;
mod logging;
mod open;
mod serve;
mod tools;

fn main() -> std::process::ExitCode {
    exit::report(cli::Cli::parse().run())
}

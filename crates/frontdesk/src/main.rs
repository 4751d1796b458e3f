//! The binary: reads the command line, wires the crates, and leaves everything else to them. Its subcommands are the
//! files beside this one.

use clap::Parser;

mod bench;
mod cli;
mod config;
mod credentials;
mod demo;
mod exit;
mod generate;
mod log_commands;
mod log_export;
mod logging;
mod open;
mod preset;
mod serve;
mod simulate;
mod tail;
mod tools;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    exit::report(cli::Cli::parse().run())
}

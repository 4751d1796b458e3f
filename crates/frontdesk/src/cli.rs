//! The command line.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::exit::Exit;
use crate::{bench, demo, generate, log_commands, preset, serve, simulate, tail, tools};

/// Shared WhatsApp inboxes over REST, on a log that loses nothing.
#[derive(Debug, Parser)]
#[command(name = "frontdesk", version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(ServeArgs),
    /// The whole product at once: simulated WhatsApp, a team, live customers
    Demo(demo::DemoArgs),
    /// Look after the event log
    Log(log_commands::LogArgs),
    /// Copy log, keys, files and checkpoint while the server runs
    Backup(log_commands::BackupArgs),
    /// Make a data directory from a backup
    Restore(log_commands::RestoreArgs),
    /// Follow everything one sees, live, in a terminal
    Tail(tail::TailArgs),
    /// Set up a playbook at a running server: its rules, teams, templates and articles
    #[command(subcommand)]
    Preset(preset::PresetCommand),
    /// Stand in for a provider
    Simulate(simulate::SimulateArgs),
    /// Make a year of a busy desk, to measure with or to look around in
    Generate(generate::GenerateArgs),
    /// Measure this build: figures of the running product, with their spread
    Bench(bench::BenchArgs),
    /// Print the OpenAPI document
    Openapi,
    /// Print the AsyncAPI document of the live stream
    Asyncapi,
    /// Exit 0 if a running server is ready (for container health checks)
    Healthcheck {
        /// Where it listens
        #[arg(long, env = "FRONTDESK_URL", default_value = "http://127.0.0.1:8080")]
        url: String,
    },
    /// Print a completion script for a shell
    Completions { shell: Shell },
}

/// Where the configuration comes from: defaults, then the file, then `FRONTDESK__…` variables.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigArgs {
    /// A TOML file
    #[arg(long, env = "FRONTDESK_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) source: ConfigArgs,
    /// Print the effective configuration, secrets redacted, and exit
    #[arg(long)]
    pub(crate) print_config: bool,
    /// Start although the log is older than its last signed checkpoint (a restored copy)
    #[arg(long)]
    pub(crate) accept_rollback: bool,
}

impl Cli {
    pub(crate) fn run(self) -> Result<(), Exit> {
        match self.command {
            Command::Serve(args) => serve::run(&args),
            Command::Demo(args) => demo::run(&args),
            Command::Log(args) => log_commands::run(args),
            Command::Backup(args) => log_commands::run_backup(&args),
            Command::Restore(args) => log_commands::run_restore(&args),
            Command::Tail(args) => tail::run(&args),
            Command::Preset(command) => preset::run(command),
            Command::Simulate(args) => simulate::run(&args),
            Command::Generate(args) => generate::run(&args),
            Command::Bench(args) => bench::run(&args),
            Command::Openapi => tools::openapi(),
            Command::Asyncapi => tools::asyncapi(),
            Command::Healthcheck { url } => tools::healthcheck(&url),
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Self::command(), "frontdesk", &mut std::io::stdout());
                Ok(())
            }
        }
    }
}

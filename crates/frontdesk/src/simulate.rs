//! `frontdesk simulate whatsapp`: the simulated provider on its own, for connectors under development.

use std::io::Write;
use std::net::SocketAddr;

use clap::{Args, Subcommand};
use testkit::whatsapp::{SimConfig, Simulator};

use crate::exit::Exit;

#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    #[command(subcommand)]
    what: Provider,
}

#[derive(Debug, Subcommand)]
enum Provider {
    /// The WhatsApp Cloud API's paths, and `/sim/…` to set it up
    Whatsapp {
        #[arg(long, default_value = "127.0.0.1:8090")]
        bind: SocketAddr,
        /// What chance is drawn from
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

pub(crate) fn run(args: &SimulateArgs) -> Result<(), Exit> {
    let Provider::Whatsapp { bind, seed } = args.what;
    let simulator = Simulator::start(SimConfig { bind, seed, ..SimConfig::default() }).map_err(Exit::io)?;
    writeln!(std::io::stdout(), "whatsapp simulator listening on {}", simulator.graph_base_url()).map_err(Exit::io)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    runtime.block_on(crate::serve::asked_to_stop());
    simulator.stop();
    Ok(())
}

//! What every part of the benchmark starts from: a server of its own, a number, and keys enough for all sockets.

use std::net::SocketAddr;
use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};

use super::tally::Tally;
use super::{LiveArgs, sender};
use crate::bench::child::{EMAIL, PASSWORD, Server};
use crate::bench::session::Session;
use crate::bench::{scratch, webhooks};
use crate::exit::Exit;

/// What the server allows one key, and one maker of keys.
const SOCKETS_PER_KEY: usize = 50;
const KEYS_PER_MAKER: usize = 50;

/// See the module.
pub(super) struct Scene {
    folder: tempfile::TempDir,
    program: PathBuf,
    master_key: PathBuf,
    pub(super) server: Server,
    keys: Vec<String>,
}

impl Scene {
    /// With keys for so many sockets, and a conversation with every customer.
    pub(super) async fn set(args: &LiveArgs, tally: &Tally, sockets: usize) -> Result<Self, Exit> {
        let (folder, master_key) = scratch()?;
        let program = args.program.clone().map_or_else(std::env::current_exe, Ok).map_err(Exit::io)?;
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::start_program(&program, free, &folder.path().join("data"), &master_key)?;
        webhooks::connect_channel(server.address).await?;
        let keys = keys(server.address, sockets.div_ceil(SOCKETS_PER_KEY)).await?;
        sender::greet(tally, server.address).await?;
        Ok(Self { folder, program, master_key, server, keys })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The key of the nth socket.
    pub(super) fn key(&self, socket: usize) -> &str {
        &self.keys[(socket / SOCKETS_PER_KEY) % self.keys.len()]
    }

    /// Kills the server, as a power cut would.
    pub(super) fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again where it was.
    pub(super) fn restart(&mut self) -> Result<(), Exit> {
        let data = self.folder.path().join("data");
        self.server = Server::start_program(&self.program, self.server.address, &data, &self.master_key)?;
        Ok(())
    }
}

/// Keys of the Super Admin, and of as many Admins as it takes.
async fn keys(address: SocketAddr, count: usize) -> Result<Vec<String>, Exit> {
    let root = Session::sign_in(address, EMAIL, PASSWORD).await?;
    let mut keys = Vec::with_capacity(count);
    let mut maker = None;
    while keys.len() < count {
        if !keys.is_empty() && keys.len() % KEYS_PER_MAKER == 0 {
            let email = format!("admin{}@example.com", keys.len());
            maker = Some(root.colleague(address, "admin", &email).await?);
        }
        let terms = json!({
            "name": format!("bench {}", keys.len()), "role": "admin",
            "scopes": ["live.read", "conversations.list", "conversations.read"]
        });
        let made: Value = maker.as_ref().unwrap_or(&root).send(Method::POST, "/api-keys", &terms).await?;
        let secret = made["secret"].as_str().ok_or_else(|| Exit::unavailable(format!("no key: {made}")))?;
        keys.push(secret.to_owned());
    }
    Ok(keys)
}

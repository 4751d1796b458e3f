//! The server under test as a process of its own, so that its CPU time and memory are its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::exit::Exit;

/// The account the benchmark signs in with.
pub(super) const EMAIL: &str = "bench@example.com";
pub(super) const PASSWORD: &str = "a-password-for-benchmarks";
/// Ticks of `/proc/<pid>/stat` in a second; Linux has used 100 for user space for decades.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server. Stopped when dropped.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts `frontdesk serve` on a free port and waits for its line.
    pub(super) fn start(data_dir: &Path, master_key_file: &Path) -> Result<Self, Exit> {
        let program = std::env::current_exe().map_err(Exit::io)?;
        Self::start_program(&program, SocketAddr::from(([127, 0, 0, 1], 0)), data_dir, master_key_file)
    }

    /// The same at an address, and with another build of it.
    pub(super) fn start_program(
        program: &Path,
        bind: SocketAddr,
        data_dir: &Path,
        master_key_file: &Path,
    ) -> Result<Self, Exit> {
        let mut child = Command::new(program)
            .arg("serve")
            .env("FRONTDESK__SERVER__BIND", bind.to_string())
            .env("FRONTDESK__DATA_DIR", data_dir)
            .env("FRONTDESK__MASTER_KEY_FILE", master_key_file)
            .env("FRONTDESK__BOOTSTRAP__EMAIL", EMAIL)
            .env("FRONTDESK__BOOTSTRAP__PASSWORD", PASSWORD)
            .env("FRONTDESK__LOGGING__LEVEL", "warn")
            // One account asks as much as the machine answers.
            .env("FRONTDESK__LIMITS__READ_PER_MINUTE", u32::MAX.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(Exit::io)?;
        let stdout = child.stdout.take().ok_or_else(|| Exit::software("no standard output"))?;
        for text in BufReader::new(stdout).lines() {
            let text = text.map_err(Exit::io)?;
            if let Some(address) = text.strip_prefix("frontdesk listening on http://") {
                let address = address.parse().map_err(Exit::software)?;
                return Ok(Self { child, address });
            }
        }
        let _ = child.wait();
        Err(Exit::unavailable("the server under test did not start"))
    }

    /// Ends it as a power cut would.
    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// CPU time used so far, user and system.
    pub(super) fn cpu(&self) -> Duration {
        cpu_of(&self.child.id().to_string())
    }

    /// Resident memory in MiB.
    pub(super) fn memory_mib(&self) -> f64 {
        memory_of(&self.child.id().to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Resident memory of a process in MiB, by its number or as `self`.
pub(super) fn memory_of(process: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    kib.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(0.0) / 1_024.0
}

/// CPU time a process used so far, by its number or as `self`.
pub(super) fn cpu_of(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The second field is the name in parentheses and may hold spaces.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    Duration::from_secs_f64((ticks(11) + ticks(12)) / TICKS_PER_SECOND)
}

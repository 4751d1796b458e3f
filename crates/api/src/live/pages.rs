//! A frame of several pages that many are told lies in pages of the kernel's: a socket refers to them instead of holding a copy
//! of its own, and readers on this machine (a proxy, most often) copy what is still in the processor's cache instead of a
//! thousand copies that went through memory.
//!
//! Linux only. Elsewhere, and where it fails, the line writes as it does everything else.

use std::net::TcpStream;

#[cfg(target_os = "linux")]
use rustix::fs::{MemfdFlags, memfd_create, sendfile};

/// See the module. Its pages are gone with it and the last socket that refers to them.
#[derive(Debug)]
pub(super) struct Pages {
    #[cfg(target_os = "linux")]
    file: std::fs::File,
    len: usize,
}

#[cfg(target_os = "linux")]
impl Pages {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        use std::io::Write;
        let mut file = std::fs::File::from(memfd_create("frame", MemfdFlags::CLOEXEC).ok()?);
        file.write_all(bytes).ok()?;
        Some(Self { file, len: bytes.len() })
    }

    /// How much of it the socket took at once.
    pub(super) fn send(&self, socket: &TcpStream) -> usize {
        let mut sent = 0;
        while sent < self.len {
            match sendfile(socket, &self.file, Some(&mut (sent as u64)), self.len - sent) {
                Ok(0) => break,
                Ok(taken) => sent += taken,
                Err(rustix::io::Errno::INTR) => {}
                // Full; or broken, which the server will find as well.
                Err(_) => break,
            }
        }
        sent
    }
}

#[cfg(not(target_os = "linux"))]
impl Pages {
    pub(super) fn of(_: &[u8]) -> Option<Self> {
        None
    }

    pub(super) fn send(&self, _: &TcpStream) -> usize {
        0
    }
}

//! What a log needs to know before it opens: places, sizes and the master key. Built by the binary
//! from its configuration and by tests by hand; nothing here reads the environment.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroize;

/// Where a log lives and how big its parts may get.
pub struct LogConfig {
    /// The data directory: `journal/`, `db/`, `keys/`, `lineage`, `lock`, `ballast`.
    pub dir: PathBuf,
    /// Where the signed head checkpoint goes. Best on another disk: it detects that `dir` went back in time.
    pub checkpoint_dir: PathBuf,
    /// Size of one preallocated journal segment. A batch that is larger gets a segment of its own size.
    pub segment_bytes: u64,
    /// Appends answer [`AppendError::DiskFull`](crate::AppendError::DiskFull) while less than this is free.
    pub min_free_bytes: u64,
    /// Size of the file kept so that there is room to open and to delete things on a full disk; 0 keeps none.
    pub ballast_bytes: u64,
    /// sled's page cache. It bounds small values well and large scans badly.
    pub sled_cache_bytes: u64,
    /// Accept a log that is behind, or differs from, its own signed checkpoint (an operator's decision).
    pub accept_rollback: bool,
    /// The key everything secret hangs from; comes from outside the data directory.
    pub master: MasterKey,
    /// How much of the journal is read and proven before the log is served.
    pub verify_on_open: VerifyOnOpen,
    /// Identity of a log created by this open; `None` draws a random one. Ignored when the log exists.
    pub new_log_id: Option<[u8; 16]>,
}

impl LogConfig {
    /// Production sizes: segments of 64 MiB, 64 MiB kept free, a ballast of 16 MiB, 64 MiB of cache.
    pub fn new(dir: impl Into<PathBuf>, checkpoint_dir: impl Into<PathBuf>, master: MasterKey) -> LogConfig {
        LogConfig {
            dir: dir.into(),
            checkpoint_dir: checkpoint_dir.into(),
            segment_bytes: 64 << 20,
            min_free_bytes: 64 << 20,
            ballast_bytes: 16 << 20,
            sled_cache_bytes: 64 << 20,
            accept_rollback: false,
            master,
            verify_on_open: VerifyOnOpen::SinceCheckpoint,
            new_log_id: None,
        }
    }

    /// Small sizes for tests and demonstrations: segments of 256 KiB, nothing kept free, no ballast.
    pub fn small(dir: impl Into<PathBuf>, checkpoint_dir: impl Into<PathBuf>, master: MasterKey) -> LogConfig {
        LogConfig {
            segment_bytes: 256 << 10,
            min_free_bytes: 0,
            ballast_bytes: 0,
            sled_cache_bytes: 8 << 20,
            ..LogConfig::new(dir, checkpoint_dir, master)
        }
    }
}

/// How much is proven at open. Every read is checked in any case; this decides when damage is *found*.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum VerifyOnOpen {
    /// From the segment that holds the last checkpoint to the head: time does not grow with history.
    #[default]
    SinceCheckpoint,
    /// Every record and every row of the store: about a second per million events.
    Everything,
}

/// 32 secret bytes. No `Debug` of the content, no `Clone`, wiped when dropped.
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// Takes the bytes over; the caller wipes its own copy.
    pub fn from_bytes(bytes: [u8; 32]) -> MasterKey {
        MasterKey(bytes)
    }

    /// Parses 64 hexadecimal digits, the form configuration files use.
    pub fn from_hex(text: &str) -> Result<MasterKey, BadMasterKey> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| BadMasterKey)?;
        Ok(MasterKey(bytes))
    }

    /// A key for one purpose. `context` is a constant of this crate, so no two purposes share a key.
    pub(crate) fn derive(&self, context: &str) -> [u8; 32] {
        blake3::derive_key(context, &self.0)
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Debug, thiserror::Error)]
#[error("a master key is 64 hexadecimal digits (32 bytes)")]
pub struct BadMasterKey;

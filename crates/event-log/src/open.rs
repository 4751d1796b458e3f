//! Opening.
use crate::*;
/// What open found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    pub created: bool,
    pub head: u64,
    pub torn_tail_bytes: u64,
    pub healed_ranges: Vec<String>,
    pub store_rebuilt: Option<String>,
    pub store_replayed: u64,
    pub clean: bool,
}
/// Opens (or creates) a log.
pub fn open(config: LogConfig, upcasts: Upcasts, now_ms: i64) -> Result<(Writer, Reader, OpenReport), OpenError> {
    let _ = (config, upcasts, now_ms);
    unreachable!()
}

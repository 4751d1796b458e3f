//! Opens the desk that a configuration names.

use std::sync::Arc;

use app::{Desk, DeskConfig, OsEntropy, SteadyClock};
use event_log::LogConfig;

use crate::config::Config;
use crate::exit::Exit;

const MIB: u64 = 1 << 20;

/// The log's part of the configuration.
pub(crate) fn log_config(config: &Config, accept_rollback: bool) -> Result<LogConfig, Exit> {
    Ok(LogConfig {
        segment_bytes: config.log.segment_mib.clamp(1, 4_096) * MIB,
        min_free_bytes: config.log.min_free_mib * MIB,
        sled_cache_bytes: config.log.cache_mib.max(8) * MIB,
        accept_rollback,
        ..LogConfig::new(config.data_dir.join("log"), config.checkpoint_dir(), config.master_key()?)
    })
}

/// A running desk.
pub(crate) fn desk(config: &Config, accept_rollback: bool) -> Result<Desk, Exit> {
    let (desk, report) = Desk::open(DeskConfig {
        log: log_config(config, accept_rollback)?,
        media_dir: config.data_dir.join("media"),
        search_dir: config.data_dir.join("search"),
        snapshot_dir: config.data_dir.join("snapshots"),
        clock: Arc::new(SteadyClock::system()),
        entropy: Arc::new(OsEntropy),
    })?;
    tracing::info!(
        head = report.head,
        created = report.created,
        torn_tail_bytes = report.torn_tail_bytes,
        store_checked = report.store_checked,
        store_rebuilt = report.store_rebuilt.as_deref().unwrap_or("no"),
        "log open"
    );
    Ok(desk)
}

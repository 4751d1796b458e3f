//! Logs go to standard error, as text for people or JSON for machines. They carry ids, never names, numbers or texts.

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Logging};
use crate::exit::Exit;

/// Starts logging. Called once.
pub(crate) fn start(logging: &Logging) -> Result<(), Exit> {
    let filter = EnvFilter::try_new(&logging.level).map_err(Exit::config)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match logging.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(Exit::software)
}

//! Small subcommands.

use std::io::Write;
use std::time::Duration;

use crate::exit::Exit;

/// Prints the contract exactly as the server gives it and as it is checked in.
pub(crate) fn openapi() -> Result<(), Exit> {
    print(&api::openapi::document(&api::routes::endpoints()))
}

/// Prints the live stream's contract as it is checked in; the server gives the same as JSON.
pub(crate) fn asyncapi() -> Result<(), Exit> {
    print(&api::asyncapi::yaml())
}

fn print(text: &str) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Exit::io)
}

/// Asks a running server whether it is ready.
pub(crate) fn healthcheck(url: &str) -> Result<(), Exit> {
    let address = format!("{}/readyz", url.trim_end_matches('/'));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Exit::software)?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().map_err(Exit::software)?;
        let answer = client.get(&address).send().await.map_err(Exit::unavailable)?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(Exit::unavailable(format!("{address} answered {}", answer.status())))
        }
    })
}

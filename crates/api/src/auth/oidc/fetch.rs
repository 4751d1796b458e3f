//! Talking to a provider: bounded in time and size, without redirects and without proxies of the environment.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::provider::ProviderFault;
use super::settings::SettingsError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// The largest answer read.
const ANSWER_BYTES_MAX: usize = 256 * 1_024;

/// One pool of connections for all providers.
pub(super) fn client() -> Result<reqwest::Client, SettingsError> {
    reqwest::Client::builder()
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .build()
        .map_err(|error| SettingsError::Http(error.to_string()))
}

/// The JSON of a successful answer, or the status and body of a refusal.
pub(super) async fn call<T: DeserializeOwned>(
    request: RequestBuilder,
) -> Result<Result<T, (StatusCode, Vec<u8>)>, ProviderFault> {
    let request = request.header(reqwest::header::ACCEPT, "application/json");
    let answer = request.send().await.map_err(|_| ProviderFault::Unreachable)?;
    let status = answer.status();
    let body = read(answer).await?;
    if !status.is_success() {
        return Ok(Err((status, body)));
    }
    serde_json::from_slice(&body).map(Ok).map_err(|_| ProviderFault::Unreadable)
}

async fn read(mut answer: Response) -> Result<Vec<u8>, ProviderFault> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| ProviderFault::Unreachable)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(ProviderFault::Unreadable);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

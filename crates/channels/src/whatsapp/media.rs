//! Files in and out. A file that a customer sent is asked for by its id, which gives an address for five minutes, and
//! fetched from there under the rules of [`crate::egress`]; an address that stands in a webhook is never called. What
//! arrives is streamed, cut at a limit and checked against the announced size and hash. What kind of file it really is,
//! and where it is kept, is the caller's.

mod checksum;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use url::Url;

pub use self::checksum::checksum;
use super::graph::{CONNECT_TIMEOUT, CallError, Graph, USER_AGENT, lost};
use crate::egress::{Blocked, GuardedResolver, Policy, same_origin};

/// For a whole transfer.
pub const TRANSFER_TIMEOUT: Duration = Duration::from_secs(300);
/// For the next bytes of one.
pub const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Redirects that are followed.
pub const REDIRECTS_MAX: usize = 2;
/// Largest image, sticker, audio or video that is taken in, in bytes.
pub const MEDIA_MAX: u64 = 16 << 20;
/// Largest document, in bytes.
pub const DOCUMENT_MAX: u64 = 100 << 20;

/// What the provider says about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Good for five minutes.
    pub url: Url,
    /// May have parameters (`audio/ogg; codecs=opus`).
    pub mime_type: Option<String>,
    pub sha256: Option<[u8; 32]>,
    pub size: Option<u64>,
}

/// A file that has arrived whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    pub size: u64,
    pub sha256: [u8; 32],
    /// As the provider announced it.
    pub mime_type: Option<String>,
}

/// Why a file has not arrived. What was written to the sink until then is to be thrown away.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The provider could not be asked, or said no.
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("blocked: {0}")]
    Blocked(#[from] Blocked),
    #[error("the file is larger than {max} bytes")]
    TooLarge { max: u64 },
    /// The provider no longer has it.
    #[error("the file is gone")]
    Gone,
    #[error("more than {REDIRECTS_MAX} redirects, or one to nowhere")]
    Redirects,
    #[error("the file's host answered {0}")]
    Status(u16),
    #[error("the transfer broke: {0}")]
    Interrupted(&'static str),
    #[error("the file is not the announced one: {0} differs")]
    Mismatch(&'static str),
    #[error("writing failed: {0}")]
    Sink(#[from] std::io::Error),
}

impl MediaError {
    /// A word for events and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Call(CallError::Refused { .. }) => "refused",
            Self::Call(CallError::NotReached(_) | CallError::Unknown(_)) | Self::Status(_) | Self::Interrupted(_) => {
                "not_reached"
            }
            Self::Blocked(_) | Self::Redirects => "blocked",
            Self::TooLarge { .. } => "too_large",
            Self::Gone => "gone",
            Self::Mismatch(_) => "mismatch",
            Self::Sink(_) => "not_stored",
        }
    }

    /// Whether trying again later makes sense.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Call(CallError::Refused { error, .. }) => {
                error.transient || error.http >= 500 || error.error.code == 190
            }
            Self::Call(CallError::NotReached(_) | CallError::Unknown(_)) => true,
            Self::Status(status) => *status >= 500 || *status == 429,
            Self::Interrupted(_) | Self::Mismatch(_) | Self::Sink(_) => true,
            Self::Blocked(_) | Self::Redirects | Self::TooLarge { .. } | Self::Gone => false,
        }
    }
}

/// Fetches files for all channels of one Graph API.
#[derive(Clone)]
pub struct Transfers {
    http: reqwest::Client,
    policy: Arc<Policy>,
}

impl Transfers {
    /// # Errors
    /// Where the system's TLS roots cannot be loaded.
    pub fn new(policy: Policy) -> Result<Self, reqwest::Error> {
        let policy = Arc::new(policy);
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(STALL_TIMEOUT)
            .timeout(TRANSFER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .dns_resolver(Arc::new(GuardedResolver::new(policy.clone())))
            .build()?;
        Ok(Self { http, policy })
    }
}

/// The files of one number.
#[derive(Clone)]
pub struct Media {
    graph: Graph,
    phone_number_id: String,
    transfers: Transfers,
}

impl Media {
    pub fn new(graph: Graph, phone_number_id: &str, transfers: Transfers) -> Self {
        Self { graph, phone_number_id: phone_number_id.to_owned(), transfers }
    }

    /// Where a file is and what it is, by its id at the provider.
    ///
    /// # Errors
    /// [`MediaError::Gone`] where the id is unknown (any more), [`MediaError::Call`] otherwise.
    pub async fn info(&self, id: &str) -> Result<Info, MediaError> {
        let query = [("phone_number_id", self.phone_number_id.as_str())];
        let answer = self.graph.get(&[id], &query).await.map_err(|error| match error {
            // Code 100 with 400 or 404 is how the provider says that there is no such object.
            CallError::Refused { error, .. } if matches!(error.error.code, 33 | 100) => MediaError::Gone,
            other => MediaError::Call(other),
        })?;
        read_info(&answer).ok_or(MediaError::Call(CallError::Unknown("unreadable_answer")))
    }

    /// Fetches a file into a sink: at most what its kind allows, and at most `max` bytes.
    ///
    /// # Errors
    /// See [`MediaError`].
    pub async fn download(
        &self,
        id: &str,
        max: u64,
        sink: &mut (impl AsyncWrite + Unpin),
    ) -> Result<Downloaded, MediaError> {
        let info = self.info(id).await?;
        let max = max.min(limit_of(info.mime_type.as_deref()));
        if info.size.is_some_and(|size| size > max) {
            return Err(MediaError::TooLarge { max });
        }
        let mut response = self.open(&info.url).await?;
        if response.content_length().is_some_and(|length| length > max) {
            return Err(MediaError::TooLarge { max });
        }
        let (mut hash, mut size) = (Sha256::new(), 0u64);
        while let Some(chunk) = response.chunk().await.map_err(interrupted)? {
            size += chunk.len() as u64;
            if size > max {
                return Err(MediaError::TooLarge { max });
            }
            hash.update(&chunk);
            sink.write_all(&chunk).await?;
        }
        sink.flush().await?;
        let sha256: [u8; 32] = hash.finalize().into();
        if info.size.is_some_and(|announced| announced != size) {
            return Err(MediaError::Mismatch("size"));
        }
        if info.sha256.is_some_and(|announced| announced != sha256) {
            return Err(MediaError::Mismatch("sha256"));
        }
        Ok(Downloaded { size, sha256, mime_type: info.mime_type })
    }

    /// Opens an address, judging it and every redirect. Only the address that the provider gave sees the token.
    async fn open(&self, first: &Url) -> Result<Response, MediaError> {
        let mut url = first.clone();
        for _ in 0..=REDIRECTS_MAX {
            self.transfers.policy.check_url(&url)?;
            let mut request = self.transfers.http.request(Method::GET, url.clone());
            if same_origin(&url, first) {
                request = request.bearer_auth(self.graph.token());
            }
            let response = request.send().await.map_err(interrupted)?;
            match response.status() {
                status if status.is_success() => return Ok(response),
                StatusCode::NOT_FOUND | StatusCode::GONE => return Err(MediaError::Gone),
                status if status.is_redirection() => {
                    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                    url = location.and_then(|text| url.join(text).ok()).ok_or(MediaError::Redirects)?;
                }
                status => return Err(MediaError::Status(status.as_u16())),
            }
        }
        Err(MediaError::Redirects)
    }
}

/// The largest file of a kind that is taken in.
pub fn limit_of(mime_type: Option<&str>) -> u64 {
    let family = mime_type.and_then(|mime| mime.split('/').next()).unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(family.as_str(), "image" | "audio" | "video") { MEDIA_MAX } else { DOCUMENT_MAX }
}

fn read_info(answer: &Value) -> Option<Info> {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    let size = match answer.get("file_size") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    Some(Info {
        url: Url::parse(text("url")?).ok()?,
        mime_type: text("mime_type").map(str::to_owned),
        sha256: text("sha256").and_then(checksum),
        size,
    })
}

fn interrupted(error: reqwest::Error) -> MediaError {
    // The resolver's verdict is somewhere below the client's own errors.
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(inner) = source {
        if let Some(blocked) = inner.downcast_ref::<Blocked>() {
            return MediaError::Blocked(*blocked);
        }
        source = inner.source();
    }
    match lost(&error) {
        CallError::NotReached(reason) | CallError::Unknown(reason) => MediaError::Interrupted(reason),
        refused @ CallError::Refused { .. } => MediaError::Call(refused),
    }
}

#[cfg(test)]
mod tests;

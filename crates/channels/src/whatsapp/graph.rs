//! Calling the Graph API: one client per channel, no redirects, bounded time and bounded answers. What a call's end
//! means for a message is decided by its caller; here it is only told apart what certainly did not leave, what was
//! answered and what is unknown.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::errors::GraphError;
use domain::time::Millis;

/// For connecting alone.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For a whole call with its answer; transfers of files have their own.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer that is read, in bytes.
pub const ANSWER_MAX: usize = 4 << 20;
/// Longest wait that is taken from an answer's headers.
pub const RETRY_AFTER_MAX: Millis = Millis::hours(24);
/// How we introduce ourselves; some of the provider's servers refuse calls without.
pub const USER_AGENT: &str = concat!("frontdesk/", env!("CARGO_PKG_VERSION"));

/// Where the Graph API is and which version is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
    version: String,
}

/// An endpoint that cannot be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("the address is not a URL with a host")]
    NotAUrl,
    #[error("the address must be https, or http on the loopback")]
    NotSecure,
    #[error("the address must not have a user, a query or a fragment")]
    NotPlain,
    #[error("the version must look like v23.0")]
    BadVersion,
}

impl Endpoint {
    /// `base` without the version, as `https://graph.facebook.com`. Plain HTTP is for a simulator on this machine.
    pub fn new(base: &str, version: &str) -> Result<Self, EndpointError> {
        let base = Url::parse(base).map_err(|_| EndpointError::NotAUrl)?;
        let loopback = match base.host().ok_or(EndpointError::NotAUrl)? {
            url::Host::Ipv4(ip) => ip.is_loopback(),
            url::Host::Ipv6(ip) => ip.is_loopback(),
            url::Host::Domain(name) => name == "localhost",
        };
        if base.scheme() != "https" && !(base.scheme() == "http" && loopback) {
            return Err(EndpointError::NotSecure);
        }
        let plain = base.username().is_empty() && base.password().is_none();
        if !plain || base.query().is_some() || base.fragment().is_some() {
            return Err(EndpointError::NotPlain);
        }
        let digits = version.strip_prefix('v').ok_or(EndpointError::BadVersion)?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
            return Err(EndpointError::BadVersion);
        }
        Ok(Self { base, version: version.to_owned() })
    }

    /// The address of a node or edge; every segment is escaped.
    pub fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&self.version).extend(path);
        }
        url
    }

    /// The configured address.
    pub fn base(&self) -> &Url {
        &self.base
    }
}

/// Why there is no answer to use.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// No byte of the request has left: the name did not resolve, nobody listened, the handshake failed.
    #[error("not reached: {0}")]
    NotReached(&'static str),
    /// The request left, or may have, and nothing usable came back.
    #[error("no usable answer: {0}")]
    Unknown(&'static str),
    /// The provider said no.
    #[error("refused with code {code}", code = .error.error.code)]
    Refused { error: Box<GraphError>, retry_after: Option<Millis> },
}

/// The pool of connections that all channels share, and why it could not be made.
pub type HttpClient = reqwest::Client;
/// See [`HttpClient`].
pub type HttpClientError = reqwest::Error;

/// The client that all channels share. It follows no redirects and uses no proxy of the environment.
///
/// # Errors
/// Where the system's TLS roots cannot be loaded.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .build()
}

/// Calls with one token.
#[derive(Clone)]
pub struct Graph {
    http: reqwest::Client,
    endpoint: Endpoint,
    token: SecretString,
}

impl Graph {
    pub fn new(http: reqwest::Client, endpoint: Endpoint, token: SecretString) -> Self {
        Self { http, endpoint, token }
    }

    /// Where calls go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The token, for the one host that gets it besides the endpoint.
    pub(super) fn token(&self) -> &str {
        self.token.expose_secret()
    }

    /// A request with the token.
    pub(super) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url).bearer_auth(self.token.expose_secret())
    }

    /// Posts JSON.
    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Result<Value, CallError> {
        answer(self.request(Method::POST, self.endpoint.url(path)).json(body)).await
    }

    /// Deletes what a query names.
    pub(super) async fn delete(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, CallError> {
        let mut url = self.endpoint.url(path);
        url.query_pairs_mut().extend_pairs(query);
        answer(self.request(Method::DELETE, url)).await
    }

    /// Gets JSON.
    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, CallError> {
        let mut url = self.endpoint.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        answer(self.request(Method::GET, url)).await
    }
}

/// Makes a call and reads its JSON answer.
pub(super) async fn answer(request: RequestBuilder) -> Result<Value, CallError> {
    let response = request.send().await.map_err(|error| lost(&error))?;
    let http = response.status();
    let retry_after = retry_after(response.headers());
    let bytes = read_bounded(response).await?;
    let body: Option<Value> = serde_json::from_slice(&bytes).ok();
    if let Some(error) = body.as_ref().and_then(|body| GraphError::read(http.as_u16(), body)) {
        return Err(CallError::Refused { error: Box::new(error), retry_after });
    }
    match body {
        Some(body) if http.is_success() => Ok(body),
        _ if http.is_success() => Err(CallError::Unknown("unreadable_answer")),
        _ if http.is_redirection() => Err(CallError::Unknown("redirect")),
        _ if http.is_server_error() => Err(CallError::Unknown("server_error")),
        _ => Err(CallError::Unknown("unexplained_refusal")),
    }
}

/// What a failed exchange means.
pub(super) fn lost(error: &reqwest::Error) -> CallError {
    if error.is_connect() {
        CallError::NotReached("not_reached")
    } else if error.is_builder() {
        CallError::NotReached("bad_request")
    } else if error.is_timeout() {
        CallError::Unknown("timeout")
    } else {
        CallError::Unknown("connection_lost")
    }
}

async fn read_bounded(mut response: Response) -> Result<Vec<u8>, CallError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| match lost(&error) {
        // The answer has begun, so the request has left, whatever broke.
        CallError::NotReached(_) => CallError::Unknown("connection_lost"),
        other => other,
    })? {
        if bytes.len() + chunk.len() > ANSWER_MAX {
            return Err(CallError::Unknown("answer_too_long"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// How long to wait: `Retry-After` in seconds, else the longest "estimated time to regain access" (minutes) of the
/// business use case header. Bounded.
fn retry_after(headers: &HeaderMap) -> Option<Millis> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = header(RETRY_AFTER.as_str()).and_then(|text| text.trim().parse::<i64>().ok());
    let wait = seconds.map(|seconds| seconds.saturating_mul(1_000)).or_else(|| {
        let usage: Value = serde_json::from_str(header("x-business-use-case-usage")?).ok()?;
        let minutes = usage
            .as_object()?
            .values()
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(|use_case| use_case.get("estimated_time_to_regain_access")?.as_i64())
            .max()?;
        Some(minutes.saturating_mul(60_000))
    })?;
    (wait > 0).then(|| Millis(wait).min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_https_or_on_this_machine() {
        for (base, expected) in [
            ("https://graph.facebook.com", Ok(())),
            ("https://graph.facebook.com/", Ok(())),
            ("http://127.0.0.1:8099", Ok(())),
            ("http://[::1]:8099", Ok(())),
            ("http://localhost:1", Ok(())),
            ("http://graph.facebook.com", Err(EndpointError::NotSecure)),
            ("http://10.0.0.1", Err(EndpointError::NotSecure)),
            ("ftp://graph.facebook.com", Err(EndpointError::NotSecure)),
            ("https://user@graph.facebook.com", Err(EndpointError::NotPlain)),
            ("https://graph.facebook.com?x=1", Err(EndpointError::NotPlain)),
            ("graph.facebook.com", Err(EndpointError::NotAUrl)),
        ] {
            assert_eq!(Endpoint::new(base, "v23.0").map(|_| ()), expected, "{base}");
        }
        for version in ["", "23.0", "v", "v23/../x", "vlatest"] {
            assert_eq!(Endpoint::new("https://graph.facebook.com", version), Err(EndpointError::BadVersion));
        }
    }

    #[test]
    fn path_segments_are_escaped() {
        let endpoint = Endpoint::new("https://graph.facebook.com/", "v23.0").unwrap();
        assert_eq!(endpoint.url(&["77", "messages"]).as_str(), "https://graph.facebook.com/v23.0/77/messages");
        assert_eq!(
            endpoint.url(&["7/../8?x", "media"]).as_str(),
            "https://graph.facebook.com/v23.0/7%2F..%2F8%3Fx/media"
        );
    }

    #[test]
    fn waits_are_taken_from_either_header_and_bounded() {
        let of = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(of("retry-after", "7"), Some(Millis::seconds(7)));
        assert_eq!(of("retry-after", "99999999"), Some(RETRY_AFTER_MAX));
        assert_eq!(of("retry-after", "soon"), None);
        let usage = r#"{"1":[{"estimated_time_to_regain_access":0},{"estimated_time_to_regain_access":3}]}"#;
        assert_eq!(of("x-business-use-case-usage", usage), Some(Millis::minutes(3)));
        assert_eq!(of("x-business-use-case-usage", r#"{"1":[{"call_count":1}]}"#), None);
    }
}

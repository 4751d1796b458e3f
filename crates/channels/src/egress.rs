//! Where files may be fetched from. A file's address comes out of an answer of the provider, which is not reason enough
//! to call it: only hosts of a fixed list are called, over TLS, and a name of the list that leads into a private network
//! is refused too. Used by the media client for every address and every redirect.

mod addresses;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

pub use self::addresses::is_public;

/// The provider's own host; with any other base the list holds no host of the provider's.
const GRAPH_HOST: &str = "graph.facebook.com";
/// Where the provider keeps files.
const FILE_HOST: &str = "lookaside.fbsbx.com";
const FILE_DOMAIN: &str = ".fbcdn.net";

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    #[error("the address is not https on port 443")]
    NotSecure,
    #[error("the address names a user")]
    UserInfo,
    #[error("the host is not on the list")]
    Host,
    #[error("the host leads into a private network")]
    PrivateAddress,
}

/// Scheme, host and port of an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    fn of(url: &Url) -> Self {
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default(),
        }
    }
}

/// The list.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Origins that the operator has configured; they may be on this machine.
    configured: BTreeSet<Origin>,
    /// Whether the provider's file hosts are on the list.
    provider: bool,
}

impl Policy {
    /// For a Graph API at `base`, with further origins of the operator's choice. A base that is not the provider's own (a
    /// simulator, a gateway) takes the place of all of the provider's hosts.
    pub fn new(base: &Url, further: &[Url]) -> Self {
        let provider = base.host_str() == Some(GRAPH_HOST);
        let own = (!provider).then_some(base);
        Self { configured: own.into_iter().chain(further).map(Origin::of).collect(), provider }
    }

    /// Whether an address may be called.
    ///
    /// # Errors
    /// The reason why not.
    pub fn check_url(&self, url: &Url) -> Result<(), Blocked> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Blocked::UserInfo);
        }
        if self.configured.contains(&Origin::of(url)) {
            return Ok(());
        }
        // Addresses in digits, however written, are hosts of no list. A trailing dot makes another name.
        let listed = match url.host() {
            Some(Host::Domain(name)) if self.provider => {
                name == GRAPH_HOST
                    || name == FILE_HOST
                    || (name.ends_with(FILE_DOMAIN) && name.len() > FILE_DOMAIN.len())
            }
            _ => false,
        };
        if !listed {
            return Err(Blocked::Host);
        }
        if url.scheme() != "https" || url.port_or_known_default() != Some(443) {
            return Err(Blocked::NotSecure);
        }
        Ok(())
    }

    /// Whether a name is one of the operator's, which may lead anywhere.
    fn is_configured(&self, host: &str) -> bool {
        self.configured.iter().any(|origin| origin.host == host)
    }
}

/// Whether two addresses have scheme, host and port in common, so that one may see the other's credentials.
pub fn same_origin(one: &Url, other: &Url) -> bool {
    Origin::of(one) == Origin::of(other)
}

/// Resolves names and refuses those that lead into a private network. The client connects to the very addresses that
/// were judged, so that a name cannot change in between.
pub struct GuardedResolver {
    policy: Arc<Policy>,
}

impl GuardedResolver {
    pub fn new(policy: Arc<Policy>) -> Self {
        Self { policy }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.policy.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            // The port is put in by the client.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            judge(&policy, &host, &found)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// One private address among several is enough: a name that mixes them is a trick.
fn judge(policy: &Policy, host: &str, found: &[SocketAddr]) -> Result<(), Blocked> {
    let private = found.iter().any(|address| !is_public(address.ip()));
    if private && !policy.is_configured(host) { Err(Blocked::PrivateAddress) } else { Ok(()) }
}

#[cfg(test)]
mod tests;

//! The address a request came from. Forwarding headers are claims anybody can write: they count only where the other end of
//! the connection is a proxy that the operator named, and then only up to the first address no such proxy vouches for.

use std::net::IpAddr;

use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest, web};
use ipnet::IpNet;

use crate::context::Context;
use crate::openapi::{Describe, Operation};
use crate::problem::Problem;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// See the module. IPv4 addresses in IPv6 form are given as IPv4.
pub(crate) fn peer_address(request: &HttpRequest) -> IpAddr {
    let other_end = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip().to_canonical());
    let trusted = request.app_data::<web::Data<Context>>().map(|context| &*context.settings.trusted_proxies);
    let headers = request.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok());
    let said: Vec<&str> = headers.flat_map(|line| line.split(',')).map(str::trim).collect();
    behind_proxies(other_end, &said, trusted.unwrap_or_default())
}

/// Walks from the near end: each proxy appended whom it spoke to.
fn behind_proxies(other_end: IpAddr, said: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = other_end;
    for claim in said.iter().rev() {
        if !is_trusted(&nearest) {
            break;
        }
        let Ok(address) = claim.parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
    }
    nearest
}

/// The address a request came from.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl FromRequest for Peer {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        std::future::ready(Ok(Self(peer_address(request))))
    }
}
impl Describe for Peer {
    fn describe(_: &mut Operation) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarding_header_counts_only_from_a_proxy_that_was_named() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        for (other_end, said, seen) in [
            ("203.0.113.9", vec!["198.51.100.1"], "203.0.113.9"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["1.2.3.4", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["198.51.100.1", "10.0.0.7"], "198.51.100.1"),
            ("10.0.0.1", vec!["198.51.100.1", "nonsense"], "10.0.0.1"),
        ] {
            assert_eq!(behind_proxies(ip(other_end), &said, &proxies), ip(seen), "{other_end} {said:?}");
            assert_eq!(behind_proxies(ip(other_end), &said, &[]), ip(other_end));
        }
    }
}

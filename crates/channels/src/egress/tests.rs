//! Tests of `egress`.

use std::net::{IpAddr, SocketAddr};

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn only_hosts_of_the_list_are_called() {
    let policy = Policy::new(&url("https://graph.facebook.com"), &[url("https://files.example")]);
    for (address, expected) in [
        ("https://graph.facebook.com/v23.0/1", Ok(())),
        ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", Ok(())),
        ("https://LOOKASIDE.fbsbx.com:443/x", Ok(())),
        ("https://scontent.xx.fbcdn.net/x", Ok(())),
        ("https://files.example/x", Ok(())),
        ("http://lookaside.fbsbx.com/x", Err(Blocked::NotSecure)),
        ("https://lookaside.fbsbx.com:8443/x", Err(Blocked::NotSecure)),
        ("http://files.example/x", Err(Blocked::Host)),
        ("https://files.example:444/x", Err(Blocked::Host)),
        ("https://lookaside.fbsbx.com./x", Err(Blocked::Host)),
        ("https://lookaside.fbsbx.com.evil.example/x", Err(Blocked::Host)),
        ("https://evilfbcdn.net/x", Err(Blocked::Host)),
        ("https://.fbcdn.net/x", Err(Blocked::Host)),
        ("https://fbcdn.net.evil.example/x", Err(Blocked::Host)),
        ("https://lookaside.fbsbx.com@evil.example/x", Err(Blocked::UserInfo)),
        ("https://user:pw@lookaside.fbsbx.com/x", Err(Blocked::UserInfo)),
        ("http://169.254.169.254/latest/meta-data", Err(Blocked::Host)),
        ("https://2130706433/x", Err(Blocked::Host)),
        ("https://0x7f000001/x", Err(Blocked::Host)),
        ("https://0177.0.0.1/x", Err(Blocked::Host)),
        ("https://127.1/x", Err(Blocked::Host)),
        ("https://[::]/x", Err(Blocked::Host)),
        ("https://[::ffff:127.0.0.1]/x", Err(Blocked::Host)),
        ("https://localhost/x", Err(Blocked::Host)),
        ("file:///etc/passwd", Err(Blocked::Host)),
        ("data:text/plain,x", Err(Blocked::Host)),
    ] {
        assert_eq!(policy.check_url(&url(address)), expected, "{address}");
    }
}

#[test]
fn another_base_takes_the_place_of_the_providers_hosts() {
    let policy = Policy::new(&url("http://127.0.0.1:8099"), &[]);
    for (address, expected) in [
        ("http://127.0.0.1:8099/file", Ok(())),
        ("http://127.0.0.1:8100/file", Err(Blocked::Host)),
        ("https://127.0.0.1:8099/file", Err(Blocked::Host)),
        ("http://localhost:8099/file", Err(Blocked::Host)),
        ("https://lookaside.fbsbx.com/file", Err(Blocked::Host)),
        ("https://graph.facebook.com/file", Err(Blocked::Host)),
    ] {
        assert_eq!(policy.check_url(&url(address)), expected, "{address}");
    }
}

#[test]
fn private_addresses_are_told_from_public_ones() {
    let private = [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
        "::ffff:8.8.8.8",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        "4000::1",
    ];
    for address in private {
        assert!(!is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
    for address in ["8.8.8.8", "157.240.1.1", "100.63.0.1", "172.32.0.1", "192.1.0.1", "2a03:2880::1", "2606:4700::1"] {
        assert!(is_public(address.parse::<IpAddr>().unwrap()), "{address}");
    }
}

#[test]
fn a_listed_name_that_leads_inside_is_refused() {
    let provider = Policy::new(&url("https://graph.facebook.com"), &[]);
    let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 0);
    let judged = |ips: &[SocketAddr]| judge(&provider, "lookaside.fbsbx.com", ips);
    assert_eq!(judged(&[at("157.240.1.1"), at("2a03:2880::1")]), Ok(()));
    assert_eq!(judged(&[at("157.240.1.1"), at("10.0.0.1")]), Err(Blocked::PrivateAddress));
    assert_eq!(judged(&[at("::ffff:157.240.1.1")]), Err(Blocked::PrivateAddress));
    let simulator = Policy::new(&url("http://localhost:1"), &[]);
    assert_eq!(judge(&simulator, "localhost", &[at("127.0.0.1")]), Ok(()));
    assert_eq!(judge(&simulator, "other", &[at("127.0.0.1")]), Err(Blocked::PrivateAddress));
}

#[tokio::test]
async fn the_resolver_refuses_what_it_finds_inside() {
    let policy = Arc::new(Policy::new(&url("https://graph.facebook.com"), &[]));
    let resolver = GuardedResolver::new(policy);
    let refused = resolver.resolve("localhost".parse().unwrap()).await.err().unwrap();
    assert_eq!(refused.downcast_ref::<Blocked>(), Some(&Blocked::PrivateAddress));
}

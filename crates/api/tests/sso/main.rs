//! Signing in through OpenID providers, over HTTP as everything in `served`. A target of its own, because it needs a feature:
//! all the other tests need not be built twice.

#[path = "../served/desk.rs"]
#[allow(dead_code, reason = "most of it is for the other tests")]
mod desk;
mod oidc;

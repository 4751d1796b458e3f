//! Signing in through an OpenID provider: the authorization code flow with PKCE (S256), against providers that the
//! operator has configured. Behind the cargo feature `oidc`.
//!
//! A client of our own on `reqwest` and `jsonwebtoken`, because the crate for this (`openidconnect`) brings the crate `rsa`
//! with its unfixed timing advisory (RUSTSEC-2023-0071), which the workspace bans. What we need is small: a discovery
//! document and a key set, both cached ([`provider`]); the code exchange; and an ID token that is checked as
//! OpenID Connect Core 3.1.3.7 says ([`id_token`]). No access token of the provider is kept or used, no user info endpoint
//! asked: what counts is what the ID token says.
//!
//! The way of a sign-in, and what binds its steps to each other:
//!
//! 1. The frontend keeps a random verifier and opens `start` with its SHA-256. `start` sets a cookie that holds random bits
//!    and sends the browser to the provider with a state that is signed together with the cookie. PKCE verifier and nonce
//!    are derived from both with a key of ours, so nothing is remembered here and nobody else can know them.
//! 2. The provider sends the browser to `callback`. Only the browser with the cookie passes; the code is exchanged, the ID
//!    token checked, the account found. The browser goes to the frontend's address (one of a configured list) with an
//!    exchange code that is good for a minute.
//! 3. The frontend posts the exchange code with its verifier and gets the usual tokens, once. Somebody who has read the
//!    address cannot use it, and nobody can be signed in as somebody else by a link with a foreign code: both lack the
//!    verifier.
//!
//! One sign-in gives at most one session, also when the provider lets a code be used twice: exchange codes carry the
//! number of the sign-in, and the session's event claims that number in the log.

pub mod browser;
mod fetch;
pub mod id_token;
mod kept;
pub mod provider;
pub mod settings;
pub mod sign_in;

pub use provider::{Provider, Providers};
pub use settings::{Algorithm, ProviderSettings, SettingsError, SsoSettings};
pub use sign_in::SignIns;

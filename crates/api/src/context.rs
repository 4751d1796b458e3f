//! What every request shares: keys, clocks, the password pool, and the way to the desk.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{FromRequest, HttpRequest, web};
use domain::access::Principal;
use domain::ids::{IdMint, RequestId};
use domain::time::Timestamp;

use crate::auth::access_token::{AccessTokens, Identity};
use crate::auth::keys::{Purpose, ServerSecret};
use crate::auth::password::{Cost, Passwords};
use crate::auth::refresh_token::RefreshTokens;
use crate::auth::throttle::LoginThrottle;
use crate::cursor::CursorKey;
use crate::metrics::Metrics;
use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};
use crate::rate_limit::{RateLimiter, Rates};

/// What the API needs from the rest of the product on every request, handler or not.
pub trait Surroundings: Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;
    /// Unpredictable bits: request ids, salts, token nonces.
    fn entropy(&self) -> u128;
    /// Who a token's session belongs to now; `None` when the session or the user is no longer active.
    fn principal(&self, identity: &Identity) -> Option<Principal>;
    /// The log's identity and the position every read reflects.
    fn head(&self) -> (String, u64);
    /// Tells when the position moves, for those who wait for one. `None`: it never does.
    fn applied(&self) -> Option<tokio::sync::watch::Receiver<u64>> {
        None
    }
}

/// Choices of the operator.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Origins whose pages may call us (scheme, host, port, as browsers write them). None by default.
    pub allowed_origins: Vec<String>,
    /// Work per password hash.
    pub password_cost: Cost,
    /// Requests per minute and caller.
    pub rates: Rates,
    /// OpenID providers through which people sign in.
    #[cfg(feature = "oidc")]
    pub providers: Option<Arc<crate::auth::oidc::Providers>>,
}

/// How long a request waits for the position its client has seen.
pub const BEHIND_MAX: Duration = Duration::from_secs(2);

/// Shared by all workers.
pub struct Context {
    pub settings: Settings,
    pub access_tokens: AccessTokens,
    pub refresh_tokens: RefreshTokens,
    pub cursors: CursorKey,
    pub passwords: Passwords,
    pub throttle: LoginThrottle,
    pub metrics: Metrics,
    pub rate_limiter: RateLimiter,
    /// Signs the addresses of files that work without a token for a short while.
    pub media_link_key: [u8; 32],
    #[cfg(feature = "oidc")]
    pub sign_ins: crate::auth::oidc::SignIns,
    surroundings: Arc<dyn Surroundings>,
}

impl Context {
    /// Derives the keys and warms the password pool (one hash).
    pub fn new(settings: Settings, secret: &ServerSecret, surroundings: Arc<dyn Surroundings>) -> Self {
        Self {
            access_tokens: AccessTokens::new(secret.key_for(Purpose::AccessToken)),
            refresh_tokens: RefreshTokens::new(secret.key_for(Purpose::RefreshToken)),
            cursors: CursorKey::new(secret.key_for(Purpose::Cursor)),
            passwords: Passwords::new(settings.password_cost),
            throttle: LoginThrottle::default(),
            metrics: Metrics::new(),
            rate_limiter: RateLimiter::new(settings.rates),
            #[cfg(feature = "oidc")]
            sign_ins: crate::auth::oidc::SignIns::new(secret.key_for(Purpose::SignIn)),
            media_link_key: secret.key_for(Purpose::MediaLink),
            settings,
            surroundings,
        }
    }
    /// The time.
    pub fn now(&self) -> Timestamp {
        self.surroundings.now()
    }
    /// Unpredictable bits.
    pub fn entropy(&self) -> u128 {
        self.surroundings.entropy()
    }
    /// Who a token's session belongs to now.
    pub fn principal(&self, identity: &Identity) -> Option<Principal> {
        self.surroundings.principal(identity)
    }
    /// The log's identity and the position every read reflects.
    pub fn head(&self) -> (String, u64) {
        self.surroundings.head()
    }
    /// Waits until reads reflect a position. Errors: `projection-behind` when that takes longer than [`BEHIND_MAX`].
    pub async fn reach(&self, position: u64) -> Result<(), Problem> {
        if self.head().1 >= position {
            return Ok(());
        }
        let behind = || Problem::new(Kind::ProjectionBehind);
        let mut applied = self.surroundings.applied().ok_or_else(behind)?;
        let reached = async { applied.wait_for(|head| *head >= position).await.is_ok() };
        let reached = tokio::time::timeout(BEHIND_MAX, reached).await;
        if reached == Ok(true) { Ok(()) } else { Err(behind()) }
    }
    /// An id for a request that came without one.
    pub fn request_id(&self) -> RequestId {
        IdMint::new(self.now(), self.entropy()).fresh()
    }
}

/// The context as a handler takes it.
pub struct Shared(pub web::Data<Context>);

impl std::ops::Deref for Shared {
    type Target = Context;
    fn deref(&self) -> &Context {
        &self.0
    }
}

impl FromRequest for Shared {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let context = request.app_data::<web::Data<Context>>().cloned();
        std::future::ready(context.map(Self).ok_or_else(|| Problem::internal("no context is mounted")))
    }
}
impl Describe for Shared {
    fn describe(_: &mut Operation) {}
}

/// The address of the other end of the connection. Forwarding headers are claims anybody can write, so
/// they do not count.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

impl FromRequest for Peer {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let address = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
        std::future::ready(Ok(Self(address)))
    }
}
impl Describe for Peer {
    fn describe(_: &mut Operation) {}
}

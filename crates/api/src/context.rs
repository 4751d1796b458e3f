//! What every request shares: keys, clocks, the password pool, and the way to the desk.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use actix_web::{FromRequest, HttpRequest, web};
use app::security::KeyInUse;
use domain::access::Principal;
use domain::ids::{IdMint, KeyId, RequestId, UserId};
use domain::time::Timestamp;
use ipnet::IpNet;

use crate::auth::access_token::{AccessTokens, Identity};
use crate::auth::keys::{Purpose, ServerSecret};
use crate::auth::mfa_token::MfaTokens;
use crate::auth::password::{Cost, Passwords};
use crate::auth::refresh_token::RefreshTokens;
use crate::auth::throttle::LoginThrottle;
use crate::cursor::CursorKey;
use crate::denials::Denials;
use crate::disclosures::Disclosures;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};
use crate::rate_limit::{RateLimiter, Rates};
use crate::streams::Streams;

/// What the API needs from the rest of the product on every request, handler or not.
pub trait Surroundings: Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;
    /// Unpredictable bits: request ids, salts, token nonces.
    fn entropy(&self) -> u128;
    /// Who a token's session belongs to now; `None` when the session or the user is no longer active.
    fn principal(&self, identity: &Identity) -> Option<Principal>;
    /// The key of a secret, given by its hash, with what it may do now.
    fn key(&self, _secret_hash: &str) -> Option<KeyInUse> {
        None
    }
    /// A key was used.
    fn key_used(&self, _id: KeyId) {}
    /// The log's identity, which stays, and the position every read reflects.
    fn head(&self) -> (String, u64);
    /// The position alone.
    fn position(&self) -> u64 {
        self.head().1
    }
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
    /// Networks of proxies whose word about a request's origin counts. None by default.
    pub trusted_proxies: Vec<IpNet>,
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
    pub mfa_tokens: MfaTokens,
    pub refresh_tokens: RefreshTokens,
    pub cursors: CursorKey,
    pub passwords: Passwords,
    pub throttle: LoginThrottle,
    /// The same brake for codes of second factors, and for passwords asked of somebody who is signed in.
    pub code_throttle: LoginThrottle,
    pub metrics: Metrics,
    pub rate_limiter: RateLimiter,
    /// Refused writes of late.
    pub denials: Denials,
    /// What sessions have said they read in bulk.
    pub disclosures: Disclosures,
    /// Open event streams.
    pub streams: Streams,
    /// Live connections.
    pub live: Live,
    /// Signs the addresses of files that work without a token for a short while.
    pub media_link_key: [u8; 32],
    #[cfg(feature = "oidc")]
    pub sign_ins: crate::auth::oidc::SignIns,
    /// The log's identity as every answer names it.
    pub(crate) log: HeaderValue,
    surroundings: Arc<dyn Surroundings>,
}

impl Context {
    /// Derives the keys and warms the password pool (one hash).
    pub fn new(settings: Settings, secret: &ServerSecret, surroundings: Arc<dyn Surroundings>) -> Self {
        Self {
            access_tokens: AccessTokens::new(secret.key_for(Purpose::AccessToken)),
            mfa_tokens: MfaTokens::new(secret.key_for(Purpose::MfaToken)),
            refresh_tokens: RefreshTokens::new(secret.key_for(Purpose::RefreshToken)),
            cursors: CursorKey::new(secret.key_for(Purpose::Cursor)),
            passwords: Passwords::new(settings.password_cost),
            throttle: LoginThrottle::default(),
            code_throttle: LoginThrottle::default(),
            metrics: Metrics::new(),
            rate_limiter: RateLimiter::new(settings.rates),
            denials: Denials::default(),
            disclosures: Disclosures::default(),
            streams: Streams::default(),
            live: Live::default(),
            #[cfg(feature = "oidc")]
            sign_ins: crate::auth::oidc::SignIns::new(secret.key_for(Purpose::SignIn)),
            media_link_key: secret.key_for(Purpose::MediaLink),
            settings,
            log: HeaderValue::from_str(&surroundings.head().0).expect("a log's identity is hexadecimal"),
            surroundings,
        }
    }
    /// Under which name the brake on codes knows somebody.
    pub fn brake_of(user: UserId) -> String {
        format!("second factor of {user}")
    }
    /// Somebody who may made a new beginning possible: neither their password nor their code has failed before.
    pub fn forget_failures(&self, email: &str, user: UserId) {
        self.throttle.reset(email);
        self.code_throttle.reset(&Self::brake_of(user));
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
    /// The key of a secret, given by its hash.
    pub fn key(&self, secret_hash: &str) -> Option<KeyInUse> {
        self.surroundings.key(secret_hash)
    }
    /// A key was used.
    pub fn key_used(&self, id: KeyId) {
        self.surroundings.key_used(id);
    }
    /// The log's identity and the position every read reflects.
    pub fn head(&self) -> (String, u64) {
        self.surroundings.head()
    }
    /// The position every read reflects.
    pub fn position(&self) -> u64 {
        self.surroundings.position()
    }
    /// Waits until reads reflect a position. Errors: `projection-behind` when that takes longer than [`BEHIND_MAX`].
    pub async fn reach(&self, position: u64) -> Result<(), Problem> {
        if self.position() >= position {
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

//! Who is asking, from the `Authorization` header alone. No other header, cookie or URL ever signs anybody
//! in; the session or key is looked up on every request, so that signing out, revoking and new roles hold at once.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use app::live::Standing;
use domain::access::Principal;
use domain::ids::{RequestId, SessionId};
use domain::time::Timestamp;
use ipnet::IpNet;

use crate::auth::secret_token::SecretKind;
use crate::context::Context;
use crate::openapi::{Describe, Operation};
use crate::peer::peer_address;
use crate::problem::{Kind, Problem};

/// A signed-in user on one session, or a key acting for its maker.
#[derive(Debug, Clone)]
pub struct Caller {
    pub principal: Principal,
    /// `None`: a key.
    pub session: Option<SessionId>,
    /// The request they ask by.
    pub request: Option<RequestId>,
    /// When the token they showed ends; keys and tickets leave it open.
    pub expires_at: Option<Timestamp>,
}

impl Caller {
    /// What a live connection of theirs lasts with; `None`: neither a session nor a key.
    pub(crate) fn standing(&self) -> Option<Standing> {
        let key = self.principal.key_id().map(Standing::Key);
        self.session.map(Standing::Session).or(key)
    }
    /// The session of somebody who signed in. Errors: `forbidden` for keys.
    pub fn session(&self) -> Result<SessionId, Problem> {
        self.session.ok_or_else(|| Problem::new(Kind::Forbidden))
    }
}

/// Verifies the token and looks up the session, or the key. Errors: `unauthenticated` without a token, `token-invalid`,
/// `session-revoked`, `ip-denied`.
pub fn authenticate(context: &Context, request: &HttpRequest) -> Result<Caller, Problem> {
    let mut all = request.headers().get_all(header::AUTHORIZATION);
    let (first, second) = (all.next(), all.next());
    let first = first.ok_or_else(|| Problem::new(Kind::Unauthenticated))?;
    let invalid = || Problem::new(Kind::TokenInvalid);
    if second.is_some() {
        return Err(invalid());
    }
    let (scheme, token) = first.to_str().map_err(|_| invalid())?.split_once(' ').ok_or_else(invalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(invalid());
    }
    let token = token.trim();
    let id = request.extensions().get::<RequestId>().copied();
    admit(context, token, peer_address(request), id)
}

/// Whom a token or a key names. Errors as for [`authenticate`].
pub(crate) fn admit(
    context: &Context,
    token: &str,
    address: IpAddr,
    request: Option<RequestId>,
) -> Result<Caller, Problem> {
    let invalid = || Problem::new(Kind::TokenInvalid);
    if let Some(hash) = SecretKind::ApiKey.hash(token) {
        let key = context.key(&hash).ok_or_else(invalid)?;
        if !is_allowed(address, &key.allowed_ips) {
            return Err(Problem::new(Kind::IpDenied));
        }
        if let Some(id) = key.principal.key_id() {
            context.key_used(id);
        }
        return Ok(Caller { principal: key.principal, session: None, request, expires_at: None });
    }
    let identity = context.access_tokens.verify(token, context.now())?;
    let principal = context.principal(&identity).ok_or_else(|| Problem::new(Kind::SessionRevoked))?;
    Ok(Caller { principal, session: Some(identity.session), request, expires_at: Some(identity.expires_at) })
}

/// Whether an address lies in one of the networks; an empty list is everywhere. A text that is no network, which was
/// refused when the key was made, holds nobody.
fn is_allowed(address: IpAddr, networks: &[String]) -> bool {
    let inside = |network: &String| network.parse::<IpNet>().is_ok_and(|network| network.contains(&address));
    networks.is_empty() || networks.iter().any(inside)
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    /// Present on every operation that needs a permission: [`crate::endpoint`] has put it there.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Caller>().cloned().ok_or_else(|| Problem::new(Kind::Unauthenticated)))
    }
}

impl Describe for Caller {
    fn describe(_: &mut Operation) {}
}

/// Somebody on an operation that needs no account: signed in or not. Credentials that are given must be good.
#[derive(Debug, Clone)]
pub struct Visitor(pub Option<Caller>);

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let context = request.app_data::<web::Data<Context>>();
        let given = context.filter(|_| request.headers().contains_key(header::AUTHORIZATION));
        ready(given.map(|context| authenticate(context, request)).transpose().map(Self))
    }
}

impl Describe for Visitor {
    fn describe(operation: &mut Operation) {
        operation.problems.extend([Kind::TokenInvalid, Kind::SessionRevoked]);
    }
}

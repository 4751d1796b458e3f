//! Who is asking, from the `Authorization` header alone. No other header, cookie or URL ever signs anybody
//! in; the session is looked up on every request, so that signing out and new roles hold at once.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use domain::access::Principal;
use domain::ids::SessionId;

use crate::context::Context;
use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};

/// A signed-in user on one session.
#[derive(Debug, Clone)]
pub struct Caller {
    pub principal: Principal,
    pub session: SessionId,
}

/// Verifies the token and looks up the session. Errors: `unauthenticated` without a token, `token-invalid`,
/// `session-revoked`.
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
    let identity = context.access_tokens.verify(token.trim(), context.now())?;
    let principal = context.principal(&identity).ok_or_else(|| Problem::new(Kind::SessionRevoked))?;
    Ok(Caller { principal, session: identity.session })
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

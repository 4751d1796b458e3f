//! Signing in through an OpenID provider; how the steps hang together says [`crate::auth::oidc`].

use domain::access::Action;
use domain::account::sso::{Attested, Recognised, open_once, recognise};
use domain::event::Actor;
use domain::event::user::Device;
use domain::event::user_identity::LinkedIdentity;

use super::auth::{open_session, second_factor, tokens};
use crate::answer::Found;
use crate::auth::oidc::browser::{Browser, ProviderAnswer, SentOn};
use crate::auth::oidc::id_token::Vouched;
use crate::auth::oidc::provider::{CodeFault, ProviderFault};
use crate::auth::oidc::sign_in::{EXCHANGE_FOR, Exchange, STATE_FOR, State};
use crate::auth::oidc::{Provider, ProviderSettings};
use crate::context::{Context, Shared};
use crate::dto::page::PageInfo;
use crate::dto::second_factor::SignedIn;
use crate::dto::sso::{SsoExchange, SsoProvider, SsoProviderPage, SsoStart};
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Json, PAGE_LIMIT_MAX, Path, Query};
use crate::front::Front;
use crate::openapi::Tag;
use crate::peer::Peer;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let public = |endpoint: Endpoint| endpoint.needs(Action::Public).rate(RateClass::Auth);
    vec![
        public(Endpoint::get("/v1/auth/sso/providers", "list_sso_providers", providers))
            .about(Tag::Auth, "List the providers to sign in with"),
        public(Endpoint::get("/v1/auth/sso/{provider}/start", "start_sso", start))
            .about(Tag::Auth, "Begin a sign-in at a provider")
            .description(
                "For the browser itself, as a page: it goes to the provider and comes back to `return_to`, with `code` for \
                 `POST /v1/auth/sso/exchanges`, or with `error`, the code of a problem.",
            )
            .refuses(&[Kind::ProviderError]),
        public(Endpoint::get("/v1/auth/sso/{provider}/callback", "finish_sso", callback))
            .about(Tag::Auth, "Come back from a provider")
            .description(
                "Providers send browsers here. Programs that do not ask for a page are given the problem itself instead of \
                 being sent back with its code.",
            )
            .refuses(&[
                Kind::SsoStateInvalid,
                Kind::SsoDenied,
                Kind::SsoAccountUnknown,
                Kind::TokenInvalid,
                Kind::Gone,
                Kind::ProviderError,
                Kind::LogUnavailable,
                Kind::Overloaded,
            ]),
        public(Endpoint::post("/v1/auth/sso/exchanges", "exchange_sso_code", exchange))
            .about(Tag::Auth, "Exchange the code of a sign-in for tokens")
            .description("Good for a minute, for the one who holds the verifier, and once: after that it is gone.")
            .refuses(&[Kind::TokenInvalid, Kind::SessionRevoked, Kind::Gone]),
    ]
}

async fn providers(front: Front, shared: Shared) -> Result<Found<SsoProviderPage>, Problem> {
    let all = shared.settings.providers.iter().flat_map(|all| all.iter());
    let data = all.map(|each| SsoProvider { id: each.settings.id.clone(), name: each.settings.name.clone() }).collect();
    let page = PageInfo { next_cursor: None, limit: PAGE_LIMIT_MAX };
    Ok(Found(SsoProviderPage { data, page, as_of: front.view(|views| views.position()).into() }))
}

async fn start(
    shared: Shared,
    Path(id): Path<String>,
    browser: Browser,
    Query(begin): Query<SsoStart>,
) -> Result<SentOn, Problem> {
    let provider = provider(&shared, &id)?;
    if !allows(&provider.settings, &begin.return_to) {
        return Err(Problem::parameter(
            "return_to",
            "not-allowed",
            "must be one of the addresses the operator has listed",
        ));
    }
    let (number, now) = (shared.entropy(), shared.now());
    let cookie = browser.cookie_or(random(&shared));
    let state = State {
        provider: id,
        return_to: begin.return_to,
        challenge: begin.challenge,
        number,
        expires_at: now + STATE_FOR,
    };
    let sign_ins = &shared.sign_ins;
    let (nonce, verifier) = (sign_ins.nonce(number, &cookie), sign_ins.pkce_verifier(number, &cookie));
    match provider.authorization_url(&sign_ins.state(&state, &cookie), &nonce, &verifier, now).await {
        Ok(location) => Ok(SentOn::to_provider(location, browser.set(&cookie))),
        Err(fault) => told(&browser, &state, unhelpful(provider, &fault)),
    }
}

async fn callback(
    front: Front,
    shared: Shared,
    Path(id): Path<String>,
    browser: Browser,
    answer: ProviderAnswer,
) -> Result<SentOn, Problem> {
    let provider = provider(&shared, &id)?;
    let state = browser.cookie().and_then(|cookie| {
        let state = shared.sign_ins.read_state(&answer.state, cookie, shared.now())?;
        Some((state, cookie)).filter(|(state, _)| state.provider == id)
    });
    let (state, cookie) = state.ok_or_else(|| Problem::new(Kind::SsoStateInvalid))?;
    // The operator may have taken it off the list meanwhile.
    if !allows(&provider.settings, &state.return_to) {
        return Err(Problem::new(Kind::SsoStateInvalid));
    }
    match finish(&front, &shared, provider, &state, cookie, answer).await {
        Ok(code) => SentOn::back(&state.return_to, "code", &code),
        Err(problem) => {
            shared.metrics.login("refused");
            told(&browser, &state, problem)
        }
    }
}

/// A person is sent back to the frontend, which can say it better; a program gets the problem.
fn told(browser: &Browser, state: &State, problem: Problem) -> Result<SentOn, Problem> {
    if !browser.shows_pages {
        return Err(problem);
    }
    SentOn::back(&state.return_to, "error", problem.kind().code())
}

/// From the provider's answer to an exchange code.
async fn finish(
    front: &Front,
    shared: &Context,
    provider: &Provider,
    state: &State,
    cookie: &str,
    answer: ProviderAnswer,
) -> Result<String, Problem> {
    if answer.iss.is_some_and(|issuer| issuer != provider.settings.issuer) {
        return Err(Problem::new(Kind::SsoStateInvalid));
    }
    let code = answer.code.ok_or_else(|| denied(answer.error.as_deref().unwrap_or_default()))?;
    let (now, sign_ins) = (shared.now(), &shared.sign_ins);
    let (nonce, verifier) = (sign_ins.nonce(state.number, cookie), sign_ins.pkce_verifier(state.number, cookie));
    let redeemed = provider.redeem(&code, &nonce, &verifier, now).await;
    let vouched = redeemed.map_err(|fault| match fault {
        CodeFault::Provider(fault) => unhelpful(provider, &fault),
        CodeFault::Spent => Problem::new(Kind::Gone),
        CodeFault::Disbelieved(_) => {
            tracing::warn!(provider = provider.settings.id, %fault, "a sign-in was refused");
            Problem::new(Kind::TokenInvalid).detail("what the provider says about this sign-in cannot be believed")
        }
    })?;
    let verified = vouched.verified_email.is_some();
    let attested = attested(front, &provider.settings, vouched);
    let user = match front.run(Actor::System, move |step| Ok(recognise(step, attested))).await?.value {
        Recognised::User(user) => user,
        Recognised::Nobody if verified => return Err(Problem::new(Kind::SsoAccountUnknown)),
        Recognised::Nobody => {
            let detail = "the provider does not say that it has verified your e-mail address";
            return Err(Problem::new(Kind::SsoAccountUnknown).detail(detail));
        }
        Recognised::LinkedToAnother => {
            let detail = "the account with this e-mail address signs in with another identity of this provider";
            return Err(Problem::new(Kind::SsoAccountUnknown).detail(detail));
        }
    };
    Ok(sign_ins.exchange_code(&Exchange {
        provider: state.provider.clone(),
        user,
        challenge: state.challenge.clone(),
        number: state.number,
        expires_at: now + EXCHANGE_FOR,
    }))
}

async fn exchange(
    front: Front,
    shared: Shared,
    Peer(address): Peer,
    Json(body, _): Json<SsoExchange>,
) -> Result<Found<SignedIn>, Problem> {
    let read = shared.sign_ins.read_exchange_code(&body.code, &body.verifier);
    let exchange = read.ok_or_else(|| Problem::new(Kind::TokenInvalid))?;
    if shared.now() >= exchange.expires_at || provider(&shared, &exchange.provider).is_err() {
        return Err(Problem::new(Kind::Gone));
    }
    let user = exchange.user;
    let known = provider(&shared, &exchange.provider)?;
    if known.settings.asks_second_factor && front.has_second_factor(user) {
        // The provider stands in for the password, not for the device; each of these asks for a code of its own.
        let device = Some(format!("sso:{}", exchange.provider));
        return Ok(Found(SignedIn::SecondFactor(second_factor(&front, &shared, user, device))));
    }
    let refresh_tokens = shared.refresh_tokens.clone();
    let sign_in = front.blind(&format!("sso sign-in:{:032x}", exchange.number));
    let device = Device { device_name: Some(format!("sso:{}", exchange.provider)), address: Some(address.to_string()) };
    let opened = front.run(Actor::User(user), move |step| {
        open_once(step, sign_in, |step| open_session(step, &refresh_tokens, user, device))
    });
    let (session, refresh_token) = opened.await?.value.ok_or_else(|| Problem::new(Kind::Gone))?;
    shared.metrics.login("accepted");
    tokens(&front, &shared, user, session, refresh_token).map(|tokens| Found(SignedIn::Tokens(Box::new(tokens))))
}

fn provider<'a>(shared: &'a Context, id: &str) -> Result<&'a Provider, Problem> {
    shared.settings.providers.as_ref().and_then(|all| all.get(id)).ok_or_else(|| Problem::new(Kind::NotFound))
}

fn allows(provider: &ProviderSettings, return_to: &str) -> bool {
    provider.allowed_return_urls.iter().any(|each| each == return_to)
}

fn random(shared: &Context) -> [u8; 32] {
    let mut random = [0; 32];
    random[..16].copy_from_slice(&shared.entropy().to_le_bytes());
    random[16..].copy_from_slice(&shared.entropy().to_le_bytes());
    random
}

/// What the desk is told: keys to find by, and the words sealed.
fn attested(front: &Front, provider: &ProviderSettings, vouched: Vouched) -> Attested {
    let issuer = &provider.issuer;
    Attested {
        provider_id: provider.id.clone(),
        issuer_key: front.blind(&format!("sso issuer:{issuer}")),
        // The issuer's length keeps one pair from reading like another.
        identity_key: front.blind(&format!("sso identity:{}:{issuer}:{}", issuer.len(), vouched.subject)),
        email_key: vouched.verified_email.as_deref().map(|email| front.email_key(email)),
        identity: LinkedIdentity {
            issuer: Some(issuer.clone()),
            subject: Some(vouched.subject),
            email: vouched.verified_email,
        },
    }
}

fn unhelpful(provider: &Provider, fault: &ProviderFault) -> Problem {
    tracing::warn!(provider = provider.settings.id, %fault, "a provider is of no help");
    Problem::new(Kind::ProviderError).detail(fault.to_string())
}

/// The provider's words for a refusal (RFC 6749, 4.1.2.1, and OpenID Connect Core, 3.1.2.6). Others are not repeated.
fn denied(error: &str) -> Problem {
    const WORDS: [&str; 12] = [
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_request_object",
        "invalid_request_uri",
        "invalid_scope",
        "login_required",
        "request_not_supported",
        "unauthorized_client",
        "unsupported_response_type",
    ];
    if matches!(error, "server_error" | "temporarily_unavailable") {
        return Problem::new(Kind::ProviderError).detail("the provider is out of order");
    }
    let word = WORDS.iter().find(|word| **word == error).copied().unwrap_or("other");
    Problem::new(Kind::SsoDenied).with("provider_error", word)
}

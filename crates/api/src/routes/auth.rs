//! Signing in and staying signed in.

use std::net::IpAddr;

use domain::access::{Action, Role};
use domain::account::{self, Refreshed};
use domain::event::Actor;
use domain::event::user::Device;
use domain::ids;
use domain::rejection::Rejection;
use domain::step::Step;
use secrecy::SecretString;

use crate::answer::Found;
use crate::auth::access_token::LIFETIME;
use crate::auth::mfa_token::FirstFactor;
use crate::auth::refresh_token::{RefreshTokens, hash};
use crate::context::{Context, Shared};
use crate::dto::second_factor::{MfaMethod, MfaRequired, SignedIn};
use crate::dto::session::{Login, Refresh, Tokens};
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::Json;
use crate::front::Front;
use crate::openapi::Tag;
use crate::peer::Peer;
use crate::present::user::user;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/v1/auth/login", "log_in", log_in)
            .about(Tag::Auth, "Sign in")
            .description(
                "The answer to a wrong password and to an unknown address is the same, and takes as long. Somebody with a \
                 second factor is given a token for it instead of a session.",
            )
            .needs(Action::Public)
            .rate(RateClass::Auth)
            .refuses(&[Kind::Unauthenticated, Kind::LoginThrottled]),
        Endpoint::post("/v1/auth/refresh", "refresh_session", refresh)
            .about(Tag::Auth, "Exchange a refresh token for the next pair")
            .description(
                "Each refresh token is good for one exchange. An older one presented again ends the session, because \
                 somebody else has it; the one just before is answered with the same successor for 30 seconds, because the \
                 answer may have been lost.",
            )
            .needs(Action::Public)
            .rate(RateClass::Auth)
            .refuses(&[Kind::TokenInvalid, Kind::SessionRevoked]),
    ]
}

async fn log_in(
    front: Front,
    shared: Shared,
    Peer(address): Peer,
    Json(body, _): Json<Login>,
) -> Result<Found<SignedIn>, Problem> {
    let throttled = shared.throttle.admit(&body.email, address, shared.now());
    throttled.inspect_err(|_| shared.metrics.login("throttled"))?;
    let account = front.account_by_email(&body.email);
    let stored = account.as_ref().map(|(_, account)| account.password_hash.clone());
    let fits = shared.passwords.verify(SecretString::from(body.password), stored).await?;
    let device = Device { device_name: body.device_name, address: Some(address.to_string()) };
    let user_id = match account {
        Some((user_id, _)) if fits => user_id,
        known => {
            shared.metrics.login("refused");
            if let Some((user_id, _)) = known {
                front.beside("a failed sign-in", move |step| account::login_failed(step, user_id, device));
            }
            return Err(Problem::new(Kind::Unauthenticated).detail("the e-mail address or the password is wrong"));
        }
    };
    shared.throttle.succeeded(&body.email, address);
    if front.has_second_factor(user_id) {
        return Ok(Found(SignedIn::SecondFactor(second_factor(&front, &shared, user_id, device.device_name))));
    }
    let refresh_tokens = shared.refresh_tokens.clone();
    let opened =
        front.run(Actor::User(user_id), move |step| open_session(step, &refresh_tokens, user_id, device)).await?;
    let (session, refresh_token) = opened.value;
    shared.metrics.login("accepted");
    tokens(&front, &shared, user_id, session, refresh_token).map(|tokens| Found(SignedIn::Tokens(Box::new(tokens))))
}

/// Asks for the second factor.
pub(super) fn second_factor(front: &Front, shared: &Context, user: ids::UserId, device: Option<String>) -> MfaRequired {
    let pwd = front.account(user).map(|account| FirstFactor::password_name(&account.password_hash)).unwrap_or_default();
    let left = front.view(|views| {
        views.security.second_factors.in_force(user).is_some_and(|factor| !factor.recovery_codes.is_empty())
    });
    let methods = [Some(MfaMethod::Totp), left.then_some(MfaMethod::RecoveryCode)];
    shared.metrics.login("second_factor");
    MfaRequired {
        mfa_required: true,
        mfa_token: shared.mfa_tokens.issue(&FirstFactor { user, pwd, device }, shared.now(), shared.entropy()),
        methods: methods.into_iter().flatten().collect(),
    }
}

async fn refresh(front: Front, shared: Shared, Json(body, _): Json<Refresh>) -> Result<Found<Tokens>, Problem> {
    let presented = shared.refresh_tokens.read(&body.refresh_token)?;
    let next = shared.refresh_tokens.issue(presented.session, presented.generation.saturating_add(1));
    let (presented_hash, next_hash) = (hash(&body.refresh_token), hash(&next));
    let exchanged =
        front.run(Actor::System, move |step| account::refresh(step, presented.session, &presented_hash, next_hash));
    match exchanged.await?.value {
        Refreshed::Rotated { session_id, user_id } | Refreshed::Repeated { session_id, user_id } => {
            tokens(&front, &shared, user_id, session_id, next).map(Found)
        }
        Refreshed::Reused => Err(Problem::new(Kind::SessionRevoked).detail("the refresh token was used before")),
    }
}

pub(super) fn tokens(
    front: &Front,
    shared: &Context,
    user_id: ids::UserId,
    session: ids::SessionId,
    refresh_token: String,
) -> Result<Tokens, Problem> {
    let ended = || Problem::new(Kind::SessionRevoked);
    let principal = front.principal(session).ok_or_else(ended)?;
    let access_token = shared.access_tokens.issue(user_id, session, shared.now(), shared.entropy());
    Ok(Tokens {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: u32::try_from(LIFETIME.0 / 1_000).unwrap_or(u32::MAX),
        refresh_token,
        user: user(front, user_id, &principal).ok_or_else(ended)?,
    })
}

/// Asks for the password once more before something that outlives the session. Guesses wait as they do at signing in, but
/// on a count of their own: who only knows the address must not keep its owner from changing the password.
/// Errors: `forbidden`, `login-throttled`.
pub(super) async fn reauthenticate(
    shared: &Context,
    user: ids::UserId,
    account: &app::accounts::Account,
    address: IpAddr,
    password: String,
) -> Result<(), Problem> {
    let brake = format!("password of {user}");
    shared.code_throttle.admit(&brake, address, shared.now())?;
    let stored = Some(account.password_hash.clone());
    if !shared.passwords.verify(SecretString::from(password), stored).await? {
        return Err(Problem::new(Kind::Forbidden).detail("the password is wrong"));
    }
    shared.code_throttle.succeeded(&brake, address);
    Ok(())
}

/// Opens a session with its first refresh token.
pub(super) fn open_session(
    step: &mut Step<'_>,
    refresh_tokens: &RefreshTokens,
    user: ids::UserId,
    device: Device,
) -> Result<(ids::SessionId, String), Rejection> {
    // The token proves the session's id, so the id must be known before the session is made.
    let session: ids::SessionId = step.mint.clone().fresh();
    let token = refresh_tokens.issue(session, 1);
    let made = account::log_in(step, user, hash(&token), device)?;
    if made == session { Ok((session, token)) } else { Err(Rejection::SessionEnded) }
}

/// Makes the first account, a Super Admin, where there is none yet; gives nothing otherwise. For the first start: the
/// operator who sets the password in the environment answers for it, so only the worst are refused.
///
/// Errors: `weak-password` under 8 characters or for a well-known one, and whatever the desk refuses with.
pub async fn create_first_account(
    desk: &app::Desk,
    cost: crate::auth::password::Cost,
    email: &str,
    password: SecretString,
) -> Result<Option<ids::UserId>, Problem> {
    use crate::auth::password::Passwords;
    use crate::auth::password_policy::{Guard, Owner, admit};
    use secrecy::ExposeSecret;
    if desk.view(|views| views.directory.users.iter().next().is_some()) {
        return Ok(None);
    }
    let name: String = email.split('@').next().unwrap_or(email).chars().take(100).collect();
    let owner = Owner { email, name: &name };
    admit(password.expose_secret(), "password", owner, Guard::Operators)?;
    let password_hash = Passwords::new(cost).hash(password, salt(desk.entropy())).await?;
    let new = account::NewUser {
        email: email.trim().to_owned(),
        email_key: desk.email_key(email),
        name,
        role: Role::SuperAdmin,
        custom_role_id: None,
        brand_ids: None,
        password_hash,
    };
    let made =
        desk.work(
            move |step| {
                if step.world.users.is_empty() { account::create(step, None, &new).map(Some) } else { Ok(None) }
            },
        );
    Ok(made.await?.value)
}

/// A salt from random bits.
pub(super) fn salt(entropy: u128) -> [u8; 16] {
    entropy.to_le_bytes()
}

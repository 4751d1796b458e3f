//! The second factor: setting it up, signing in with it, and the way round it when the device is lost.

use app::Failure;
use domain::access::Action;
use domain::account;
use domain::event::Actor;
use domain::event::account_security::TotpSecret;
use domain::event::user::Device;
use domain::ids;
use domain::rejection::Rejection;
use domain::security::second_factor::{self, Proof};
use domain::step::Step;

use super::auth::{open_session, reauthenticate};
use crate::answer::{Done, Found};
use crate::auth::mfa_token::FirstFactor;
use crate::auth::password_policy::{Guard, Owner, admit};
use crate::auth::totp::{self, fresh_recovery_codes, recovery_key};
use crate::caller::Caller;
use crate::context::{Context, Shared};
use crate::dto::scalar::UserId;
use crate::dto::second_factor::{
    MfaProof, Reauthentication, RecoveryCodes, RemoveTotp, TotpCode, TotpEnrolment, TotpState,
};
use crate::dto::session::Tokens;
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Json, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::peer::Peer;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CODE: &[Kind] = &[Kind::MfaInvalid, Kind::LoginThrottled];
    vec![
        Endpoint::post("/v1/auth/mfa", "log_in_with_second_factor", log_in)
            .about(Tag::Auth, "Sign in with the second factor")
            .description(
                "After a sign-in that answered `mfa_required`: a code of the authenticator app, or a recovery code. Each is \
                 taken once. After five wrong ones waits begin.",
            )
            .needs(Action::Public)
            .rate(RateClass::Auth)
            .refuses(CODE)
            .refuses_too(&[Kind::TokenInvalid, Kind::Unprocessable, Kind::SessionRevoked]),
        Endpoint::get("/v1/me/totp", "get_totp", state).about(Tag::Auth, "Whether signing in asks you for a code"),
        Endpoint::post("/v1/me/totp", "enrol_totp", enrol)
            .about(Tag::Auth, "Begin a second factor")
            .description("Gives the secret for the authenticator app. It counts once a code from it was shown.")
            .rate(RateClass::Auth)
            .refuses(&[Kind::Forbidden, Kind::LoginThrottled, Kind::InvalidTransition]),
        Endpoint::put("/v1/me/totp", "confirm_totp", confirm)
            .about(Tag::Auth, "Turn the second factor on")
            .description("Ends all your other sessions. The recovery codes are shown this once.")
            .rate(RateClass::Auth)
            .refuses(CODE)
            .refuses_too(&[Kind::InvalidTransition]),
        Endpoint::delete("/v1/me/totp", "remove_totp", remove)
            .about(Tag::Auth, "Turn the second factor off")
            .description("Takes a code and the password, which has to be good enough to stand alone again.")
            .rate(RateClass::Auth)
            .refuses(CODE)
            .refuses_too(&[Kind::Forbidden, Kind::WeakPassword]),
        Endpoint::post("/v1/me/recovery-codes", "replace_recovery_codes", replace_recovery_codes)
            .about(Tag::Auth, "Get new recovery codes")
            .description("Those before are void.")
            .rate(RateClass::Auth)
            .refuses(CODE),
        Endpoint::delete("/v1/users/{user_id}/totp", "remove_user_totp", remove_theirs)
            .about(Tag::Auth, "Turn somebody's second factor off")
            .description("For somebody who lost the device and the recovery codes. Ends all their sessions.")
            .needs(Action::UserManage)
            .refuses(&[Kind::NotFound, Kind::RoleProtected]),
    ]
}

/// Somebody who shows a second factor.
struct Claimant {
    user: ids::UserId,
    device: Device,
    address: std::net::IpAddr,
    actor: Actor,
}

impl Claimant {
    fn of(caller: &Caller, address: std::net::IpAddr) -> Self {
        let device = Device { device_name: None, address: Some(address.to_string()) };
        Self { user: caller.principal.user_id, device, address, actor: caller.actor() }
    }
}

/// What is shown.
enum Shown {
    Code(String),
    Recovery(String),
}

/// Runs a command that takes a proof. A wrong one is written down and counts towards the brake. Errors: `mfa-invalid`,
/// `login-throttled`.
async fn with_proof<T: Send + 'static>(
    front: &Front,
    shared: &Context,
    who: Claimant,
    shown: Shown,
    command: impl FnOnce(&mut Step<'_>, Proof) -> Result<T, Rejection> + Send + 'static,
) -> Result<T, Problem> {
    let brake = Context::brake_of(who.user);
    shared.code_throttle.admit(&brake, who.address, shared.now())?;
    let proof = match &shown {
        Shown::Code(code) => front
            .totp_secret(who.user)
            .and_then(|(secret_pos, secret)| totp::proof(secret_pos, &secret, code, shared.now())),
        Shown::Recovery(code) => Some(Proof::Recovery(recovery_key(|text| front.blind(text), who.user, code))),
    };
    let outcome = match proof {
        Some(proof) => front.run(who.actor, move |step| command(step, proof)).await,
        None => Err(Failure::Rejected(Rejection::SecondFactorRefused)),
    };
    match outcome {
        Ok(done) => {
            shared.code_throttle.succeeded(&brake, who.address);
            Ok(done.value)
        }
        Err(Failure::Rejected(Rejection::SecondFactorRefused)) => {
            let (user, device) = (who.user, who.device);
            let noted = front.run(Actor::System, move |step| {
                second_factor::note_failure(step, user, device);
                Ok(())
            });
            noted.await?;
            Err(Rejection::SecondFactorRefused.into())
        }
        Err(failure) => {
            // The code may have been right: it is no guess.
            shared.code_throttle.succeeded(&brake, who.address);
            Err(failure.into())
        }
    }
}

async fn log_in(
    front: Front,
    shared: Shared,
    Peer(address): Peer,
    Json(body, _): Json<MfaProof>,
) -> Result<Found<Tokens>, Problem> {
    let passed = shared.mfa_tokens.verify(&body.mfa_token, shared.now())?;
    let shown = match (body.code, body.recovery_code) {
        (Some(code), None) => Shown::Code(code),
        (None, Some(code)) => Shown::Recovery(code),
        _ => return Err(Problem::new(Kind::Unprocessable).detail("give either code or recovery_code")),
    };
    let user = passed.user;
    // A new password since, or a second factor that is gone: begin again.
    let same = front.account(user).is_some_and(|known| FirstFactor::password_name(&known.password_hash) == passed.pwd);
    if !same || !front.has_second_factor(user) {
        return Err(Problem::new(Kind::TokenInvalid));
    }
    let device = Device { device_name: passed.device, address: Some(address.to_string()) };
    let who = Claimant { user, device: device.clone(), address, actor: Actor::User(user) };
    let tokens = shared.refresh_tokens.clone();
    let opened = with_proof(&front, &shared, who, shown, move |step, proof| {
        // Looked at before the first event: a closed account opens nothing and spends no code.
        if !step.world.users.get(&user).is_some_and(|user| user.active) {
            return Err(Rejection::SessionEnded);
        }
        second_factor::take(step, user, proof)?;
        open_session(step, &tokens, user, device)
    });
    let (session, refresh_token) = opened.await?;
    shared.metrics.login("accepted");
    super::auth::tokens(&front, &shared, user, session, refresh_token).map(Found)
}

async fn state(caller: Caller, front: Front) -> Result<Found<TotpState>, Problem> {
    let me = caller.principal.user_id;
    let left = front.view(|views| views.security.second_factors.in_force(me).map(|known| known.recovery_codes.len()));
    let recovery_codes_left = left.and_then(|left| u8::try_from(left).ok()).unwrap_or(0);
    Ok(Found(TotpState { enabled: left.is_some(), recovery_codes_left }))
}

async fn enrol(
    caller: Caller,
    front: Front,
    shared: Shared,
    Peer(address): Peer,
    Json(body, _): Json<Reauthentication>,
) -> Result<Found<TotpEnrolment>, Problem> {
    let me = caller.principal.user_id;
    let account = front.account(me).ok_or_else(|| Problem::new(Kind::SessionRevoked))?;
    reauthenticate(&shared, me, &account, address, body.password).await?;
    let secret = totp::fresh_secret(&shared);
    let otpauth_uri = totp::otpauth_uri(&secret, &account.email)?;
    let kept = TotpSecret { secret: secret.clone() };
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::OwnAccount)?;
            second_factor::enrol(step, me, kept)
        })
        .await?;
    Ok(Found(TotpEnrolment { secret, otpauth_uri }))
}

/// New codes, as they are shown and as they are stored.
fn recovery_codes(
    front: &Front,
    shared: &Context,
    user: ids::UserId,
) -> (RecoveryCodes, Vec<domain::identity::BlindKey>) {
    let recovery_codes = fresh_recovery_codes(shared);
    let stored = recovery_codes.iter().map(|code| recovery_key(|text| front.blind(text), user, code)).collect();
    (RecoveryCodes { recovery_codes }, stored)
}

async fn confirm(
    caller: Caller,
    front: Front,
    shared: Shared,
    Peer(address): Peer,
    Json(body, _): Json<TotpCode>,
) -> Result<Found<RecoveryCodes>, Problem> {
    let (me, keep) = (caller.principal.user_id, caller.session()?);
    let (codes, stored) = recovery_codes(&front, &shared, me);
    let known = front.view(|views| views.security.second_factors.get(me).map(|factor| factor.confirmed));
    if known != Some(false) {
        let from = if known.is_some() { "on" } else { "off" };
        return Err(Rejection::InvalidTransition { from, to: "on" }.into());
    }
    with_proof(&front, &shared, Claimant::of(&caller, address), Shown::Code(body.code), move |step, proof| {
        second_factor::confirm(step, me, proof, stored, keep)
    })
    .await?;
    Ok(Found(codes))
}

async fn remove(
    caller: Caller,
    front: Front,
    shared: Shared,
    Peer(address): Peer,
    Json(body, _): Json<RemoveTotp>,
) -> Result<Done, Problem> {
    let (me, keep) = (caller.principal.user_id, caller.session()?);
    let account = front.account(me).ok_or_else(|| Problem::new(Kind::SessionRevoked))?;
    admit(&body.password, "password", Owner { email: &account.email, name: &account.name }, Guard::Alone)?;
    reauthenticate(&shared, me, &account, address, body.password).await?;
    with_proof(&front, &shared, Claimant::of(&caller, address), Shown::Code(body.code), move |step, proof| {
        second_factor::take(step, me, proof)?;
        second_factor::remove(step, me, Some(keep))
    })
    .await?;
    Ok(Done)
}

async fn replace_recovery_codes(
    caller: Caller,
    front: Front,
    shared: Shared,
    Peer(address): Peer,
    Json(body, _): Json<TotpCode>,
) -> Result<Found<RecoveryCodes>, Problem> {
    let me = caller.principal.user_id;
    let (codes, stored) = recovery_codes(&front, &shared, me);
    with_proof(&front, &shared, Claimant::of(&caller, address), Shown::Code(body.code), move |step, proof| {
        second_factor::replace_recovery_codes(step, me, proof, stored)
    })
    .await?;
    Ok(Found(codes))
}

async fn remove_theirs(caller: Caller, front: Front, shared: Shared, Path(id): Path<UserId>) -> Result<Done, Problem> {
    super::users::shown(&front, &caller, id.0)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::may_manage_user(step, &principal, id.0)?;
            second_factor::remove(step, id.0, None)
        })
        .await?;
    shared.code_throttle.reset(&Context::brake_of(id.0));
    Ok(Done)
}

//! Passwords: one's own changed, a colleague's given, and the way back in for somebody who lost theirs. There is no mail:
//! whoever manages accounts makes a link and hands it over.

use domain::access::Action;
use domain::account;
use domain::event::Actor;
use domain::security::password_reset;
use secrecy::SecretString;

use super::auth::salt;
use crate::answer::{Asked, Done, Found};
use crate::auth::password_policy::{Guard, Owner, admit};
use crate::auth::secret_token::SecretKind;
use crate::caller::Caller;
use crate::context::{Context, Shared};
use crate::dto::password::{ChangePassword, ForgotPassword, PasswordReset, RedeemReset, SetPassword};
use crate::dto::scalar::UserId;
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Json, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const MANAGE: &[Kind] = &[Kind::NotFound, Kind::RoleProtected];
    vec![
        Endpoint::put("/v1/me/password", "change_password", change)
            .about(Tag::Auth, "Change your own password")
            .description("Ends all your other sessions.")
            .rate(RateClass::Auth)
            .refuses(&[Kind::Forbidden, Kind::WeakPassword, Kind::LoginThrottled]),
        Endpoint::put("/v1/users/{user_id}/password", "set_user_password", set)
            .about(Tag::Auth, "Give somebody a new password")
            .description("Ends all their sessions, and the stop after too many failed sign-ins.")
            .needs(Action::UserManage)
            .refuses(MANAGE)
            .refuses_too(&[Kind::WeakPassword]),
        Endpoint::post("/v1/users/{user_id}/password-reset", "create_password_reset", issue)
            .about(Tag::Auth, "Make a link that sets somebody's new password")
            .description(
                "The token is shown this once, and is good for an hour and one use. A newer link, a new password and \
                 closing the account void it.",
            )
            .needs(Action::UserManage)
            .refuses(MANAGE)
            .refuses_too(&[Kind::InvalidTransition]),
        Endpoint::post("/v1/auth/password/forgot", "forgot_password", forgot)
            .about(Tag::Auth, "Say that you lost your password")
            .description(
                "The answer is the same for every address. For one that has an account it is written down, so that those \
                 who manage accounts see it and can make a link.",
            )
            .needs(Action::Public)
            .rate(RateClass::Auth),
        Endpoint::post("/v1/auth/password/reset", "reset_password", redeem)
            .about(Tag::Auth, "Set a new password by a link")
            .description("Ends all sessions of the account, and the stop after too many failed sign-ins.")
            .needs(Action::Public)
            .rate(RateClass::Auth)
            .refuses(&[Kind::NotFound, Kind::Gone, Kind::WeakPassword]),
    ]
}

/// Takes a new password for an account, as its second factor lets it be. Errors: `weak-password`.
fn admit_for(front: &Front, user: domain::ids::UserId, password: &str) -> Result<app::accounts::Account, Problem> {
    let account = front.account(user).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let guard = Guard::with_second_factor(front.has_second_factor(user));
    admit(password, "new_password", Owner { email: &account.email, name: &account.name }, guard)?;
    Ok(account)
}

async fn hashed(shared: &Context, password: String) -> Result<String, Problem> {
    shared.passwords.hash(SecretString::from(password), salt(shared.entropy())).await
}

async fn change(
    caller: Caller,
    front: Front,
    shared: Shared,
    crate::peer::Peer(address): crate::peer::Peer,
    Json(body, _): Json<ChangePassword>,
) -> Result<Done, Problem> {
    let (me, keep) = (caller.principal.user_id, caller.session()?);
    let account = admit_for(&front, me, &body.new_password)?;
    super::auth::reauthenticate(&shared, me, &account, address, body.current_password).await?;
    let hash = hashed(&shared, body.new_password).await?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::OwnAccount)?;
            account::change_password(step, me, hash, Some(keep))
        })
        .await?;
    Ok(Done)
}

async fn set(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<UserId>,
    Json(body, _): Json<SetPassword>,
) -> Result<Done, Problem> {
    // Whom the caller does not see has no password to be judged.
    super::users::shown(&front, &caller, id.0)?;
    let account = admit_for(&front, id.0, &body.new_password)?;
    let hash = hashed(&shared, body.new_password).await?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::may_manage_user(step, &principal, id.0)?;
            account::change_password(step, id.0, hash, None)
        })
        .await?;
    shared.forget_failures(&account.email, id.0);
    Ok(Done)
}

async fn issue(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<UserId>,
) -> Result<Found<PasswordReset>, Problem> {
    super::users::shown(&front, &caller, id.0)?;
    let token = SecretKind::PasswordReset.fresh(&shared);
    let hash = SecretKind::PasswordReset.hash(&token).ok_or_else(|| Problem::internal("a fresh secret is none"))?;
    let made = front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            password_reset::issue(step, &principal, id.0, hash)
        })
        .await?;
    Ok(Found(PasswordReset { token, expires_at: made.value.into() }))
}

async fn forgot(front: Front, Json(body, _): Json<ForgotPassword>) -> Result<Asked, Problem> {
    // Beside the answer, which promises nothing: waiting for the disk would tell whether there is such an account.
    if let Some((user, _)) = front.account_by_email(&body.email) {
        front.beside("a lost password", move |step| password_reset::request(step, user));
    }
    Ok(Asked)
}

async fn redeem(front: Front, shared: Shared, Json(body, _): Json<RedeemReset>) -> Result<Done, Problem> {
    let token = SecretKind::PasswordReset.hash(&body.token).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let now = shared.now();
    let user = front.view(|views| views.security.resets.owner(&token, now))?;
    let account = admit_for(&front, user, &body.new_password)?;
    let hash = hashed(&shared, body.new_password).await?;
    front.run(Actor::User(user), move |step| password_reset::redeem(step, &token, hash)).await?;
    shared.forget_failures(&account.email, user);
    Ok(Done)
}

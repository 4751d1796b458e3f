//! Invitations: made, listed, sent again, taken back, and accepted by whoever has the token.

use app::Desk;
use domain::access::{Action, Principal};
use domain::account::Place;
use domain::event::Actor;
use domain::event::user::Device;
use domain::ids;
use domain::rejection::Rejection;
use domain::security::invite::{self, Invite as Known, InviteState, NewInvite};
use domain::time::{Millis, Timestamp};
use secrecy::SecretString;

use super::auth::{open_session, salt, tokens};
use crate::answer::{Created, Done, Found, Versioned};
use crate::auth::password_policy::{Guard, Owner, admit};
use crate::auth::secret_token::SecretKind;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::invite::{AcceptInvite, CreateInvite, Invite, InviteOffer, InvitePage, InviteStatus, ResendInvite};
use crate::dto::scalar::InviteId;
use crate::dto::session::Tokens;
use crate::dto::timeline::ListQuery;
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Json, MaybeJson, OptionalIdempotencyKey, Path, Query};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::peer::Peer;
use crate::present::user::{role, role_asked};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/invites", "list_invites", list)
            .about(Tag::Users, "List invitations")
            .needs(Action::UserManage)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/invites", "create_invite", create)
            .about(Tag::Users, "Invite somebody")
            .description(
                "The token is shown this once: hand it over, or the link with it. A repeated request with the same \
                 Idempotency-Key shows the invitation without it.",
            )
            .needs(Action::UserManage)
            .refuses(&[
                Kind::RoleProtected,
                Kind::NameTaken,
                Kind::SeatsExhausted,
                Kind::UnknownReference,
                Kind::Unprocessable,
            ]),
        Endpoint::get("/v1/invites/{invite_id}", "get_invite", read)
            .about(Tag::Users, "Get an invitation")
            .needs(Action::UserManage),
        Endpoint::delete("/v1/invites/{invite_id}", "revoke_invite", revoke)
            .about(Tag::Users, "Take an invitation back")
            .needs(Action::UserManage)
            .refuses(&[Kind::RoleProtected, Kind::Gone]),
        Endpoint::post("/v1/invites/{invite_id}/resend", "resend_invite", resend)
            .about(Tag::Users, "Give an invitation a new token")
            .description("The token before is void, and the time begins anew.")
            .needs(Action::UserManage)
            .refuses(&[Kind::RoleProtected, Kind::Gone, Kind::Unprocessable]),
        Endpoint::get("/v1/invite-offers/{token}", "get_invite_offer", offer)
            .about(Tag::Users, "What an invitation offers")
            .needs(Action::Public)
            .rate(RateClass::Auth)
            .refuses(&[Kind::Gone]),
        Endpoint::post("/v1/invite-acceptances", "accept_invite", accept)
            .about(Tag::Users, "Accept an invitation")
            .description("Makes the account and signs it in.")
            .needs(Action::Public)
            .rate(RateClass::Auth)
            .refuses(&[
                Kind::NotFound,
                Kind::Gone,
                Kind::WeakPassword,
                Kind::NameTaken,
                Kind::SeatsExhausted,
                Kind::SessionRevoked,
            ]),
    ]
}

/// An invitation the asker may look after.
fn known(front: &Front, by: &Principal, id: ids::InviteId) -> Result<Known, Problem> {
    let known = front.view(|views| views.security.invites.get(id).filter(|known| invite::may_see(by, known)).cloned());
    known.ok_or_else(|| Problem::new(Kind::NotFound))
}

fn shown(desk: &Desk, invite: &Known, token: Option<String>, now: Timestamp) -> Invite {
    let status = match invite.state {
        InviteState::Open if invite.expires_at <= now => InviteStatus::Expired,
        InviteState::Open => InviteStatus::Open,
        InviteState::Revoked => InviteStatus::Revoked,
        InviteState::Accepted(_) => InviteStatus::Accepted,
    };
    let user_id = match invite.state {
        InviteState::Accepted(user) => Some(user.into()),
        InviteState::Open | InviteState::Revoked => None,
    };
    Invite {
        id: invite.id.into(),
        version: invite.version.into(),
        email: desk.invited_address(invite.pos).unwrap_or_default(),
        role: role(invite.place.role),
        custom_role_id: invite.place.custom_role_id.map(Into::into),
        brand_ids: invite.place.brand_ids.as_ref().map(|ids| ids.iter().map(|id| (*id).into()).collect()),
        team_ids: invite.team_ids.iter().map(|id| (*id).into()).collect(),
        status,
        invited_by: invite.invited_by.into(),
        created_at: invite.created_at.into(),
        expires_at: invite.expires_at.into(),
        user_id,
        // Behind the `#` a browser keeps it to itself.
        accept_url: token.as_ref().map(|token| format!("/accept-invite#token={token}")),
        token,
    }
}

fn secret(shared: &Shared) -> Result<(String, String), Problem> {
    let token = SecretKind::Invite.fresh(shared);
    let hash = SecretKind::Invite.hash(&token).ok_or_else(|| Problem::internal("a fresh secret is none"))?;
    Ok((token, hash))
}

fn lasts(seconds: Option<u32>) -> Option<Millis> {
    seconds.map(|seconds| Millis::seconds(i64::from(seconds)))
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<ListQuery>,
) -> Result<Found<InvitePage>, Problem> {
    let pager = Pager::new(&shared, &caller, "invites".to_owned(), query.cursor, query.limit);
    let after = pager.after::<ids::InviteId>()?;
    let (found, as_of) = front.view(|views| {
        let all = views.security.invites.iter().filter(|known| invite::may_see(&caller.principal, known));
        let later = all.filter(|known| after.is_none_or(|after| known.id > after));
        let found: Vec<_> = later.take(pager.limit() + 1).cloned().collect();
        (found, views.position())
    });
    let (found, page) = pager.cut(found, |known| known.id);
    let data = found.iter().map(|known| shown(&front, known, None, shared.now())).collect();
    Ok(Found(InvitePage { data, page, as_of: as_of.into() }))
}

async fn create(
    caller: Caller,
    front: Front,
    shared: Shared,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateInvite>,
) -> Result<Created<Invite>, Problem> {
    let (token, token_hash) = secret(&shared)?;
    let new = NewInvite {
        email_key: front.email_key(&body.email),
        email: body.email.trim().to_owned(),
        place: Place {
            role: role_asked(body.role),
            custom_role_id: body.custom_role_id.map(Into::into),
            brand_ids: body.brand_ids.map(|ids| ids.into_iter().map(Into::into).collect()),
        },
        team_ids: body.team_ids.unwrap_or_default().into_iter().map(Into::into).collect(),
        lasts: lasts(body.expires_in_seconds),
        token_hash,
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_invite", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            invite::create(step, &principal, &new)
        })
        .await?;
    let known = known(&front, &caller.principal, made.value)?;
    let body = shown(&front, &known, Some(token).filter(|_| !made.replayed), shared.now());
    Ok(Created { location: format!("/v1/invites/{}", made.value), body, replayed: made.replayed })
}

async fn read(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<InviteId>,
) -> Result<Versioned<Invite>, Problem> {
    let known = known(&front, &caller.principal, id.0)?;
    Ok(Versioned(shown(&front, &known, None, shared.now()), known.version))
}

async fn revoke(caller: Caller, front: Front, Path(id): Path<InviteId>) -> Result<Done, Problem> {
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            invite::revoke(step, &principal, id.0)
        })
        .await?;
    Ok(Done)
}

async fn resend(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<InviteId>,
    MaybeJson(body, _): MaybeJson<ResendInvite>,
) -> Result<Found<Invite>, Problem> {
    let (token, hash) = secret(&shared)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            invite::resend(step, &principal, id.0, hash, lasts(body.expires_in_seconds))
        })
        .await?;
    let known = known(&front, &caller.principal, id.0)?;
    Ok(Found(shown(&front, &known, Some(token), shared.now())))
}

/// The open invitation of a token. Errors: `not-found` for one that never was, `gone` for one that is over.
fn by_token(front: &Front, token: &str, now: Timestamp) -> Result<(Known, String), Problem> {
    let hash = SecretKind::Invite.hash(token).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let known = front.view(|views| views.security.invites.by_token(&hash, now).cloned())?;
    Ok((known, hash))
}

async fn offer(front: Front, shared: Shared, Path(token): Path<String>) -> Result<Found<InviteOffer>, Problem> {
    let (known, _) = by_token(&front, &token, shared.now())?;
    Ok(Found(InviteOffer {
        email: front.invited_address(known.pos).unwrap_or_default(),
        role: role(known.place.role),
        invited_by_name: front.user_name(known.invited_by).unwrap_or_default(),
        expires_at: known.expires_at.into(),
    }))
}

async fn accept(
    front: Front,
    shared: Shared,
    Peer(address): Peer,
    Json(body, _): Json<AcceptInvite>,
) -> Result<Created<Tokens>, Problem> {
    let (known, hash) = by_token(&front, &body.token, shared.now())?;
    let email = front.invited_address(known.pos).ok_or_else(|| Problem::new(Kind::Gone))?;
    let name = body.name.trim().to_owned();
    admit(&body.password, "password", Owner { email: &email, name: &name }, Guard::Alone)?;
    let password_hash = shared.passwords.hash(SecretString::from(body.password), salt(shared.entropy())).await?;
    let device = Device { device_name: body.device_name, address: Some(address.to_string()) };
    let refresh_tokens = shared.refresh_tokens.clone();
    let joined = front.run(Actor::System, move |step| {
        let user = invite::accept(step, &hash, email, name, password_hash)?;
        let (session, token) = open_session(step, &refresh_tokens, user, device)?;
        Ok::<_, Rejection>((user, session, token))
    });
    let (user, session, refresh_token) = joined.await?.value;
    let body = tokens(&front, &shared, user, session, refresh_token)?;
    Ok(Created { location: format!("/v1/users/{user}"), body, replayed: false })
}

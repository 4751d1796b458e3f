//! The people of the team: accounts, roles, brands.

use std::collections::BTreeSet;

use app::reach;
use domain::access::Action;
use domain::account::{self, HandOver, NewUser};
use domain::ids;
use domain::rejection::Rejection;
use secrecy::SecretString;

use super::auth::salt;
use crate::answer::{Created, Found, Versioned};
use crate::auth::password_policy::{Guard, Owner, admit};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::scalar::{BrandId, Position, UserId};
use crate::dto::user::{
    CreateUser, Deactivate, Deactivated, ReassignTo, SetBrands, SetRole, UpdateUser, User, UserPage, UserQuery,
};
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, MaybeJson, OptionalIdempotencyKey, Path, Query};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::availability::availability_asked;
use crate::present::user::{role_asked, user};
use crate::problem::{Kind, Problem};

/// Conversations of a leaving colleague that go back to the queue in one command.
const RELEASED_AT_ONCE: usize = 1_000;

pub(super) fn endpoints() -> Vec<Endpoint> {
    const MANAGE: &[Kind] = &[Kind::NotFound, Kind::RoleProtected];
    vec![
        Endpoint::get("/v1/users", "list_users", list)
            .about(Tag::Users, "List the team")
            .needs(Action::UserList)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/users", "create_user", create)
            .about(Tag::Users, "Create an account")
            .needs(Action::UserManage)
            .refuses(&[Kind::RoleProtected, Kind::NameTaken, Kind::WeakPassword]),
        Endpoint::get("/v1/users/{user_id}", "get_user", read)
            .about(Tag::Users, "Get a member of the team")
            .needs(Action::UserList),
        Endpoint::patch("/v1/users/{user_id}", "update_user", update)
            .about(Tag::Users, "Change a name or an address")
            .description("Everybody may change their own name; the rest is for those who manage accounts.")
            .refuses(MANAGE)
            .refuses_too(&[Kind::NameTaken]),
        Endpoint::put("/v1/users/{user_id}/role", "set_user_role", set_role)
            .about(Tag::Users, "Give another role")
            .needs(Action::UserManage)
            .refuses(MANAGE)
            .refuses_too(&[Kind::LastSuperAdmin]),
        Endpoint::put("/v1/users/{user_id}/brands", "set_user_brands", set_brands)
            .about(Tag::Users, "Let somebody work for other brands")
            .description(
                "What they hold of brands they leave goes back to its queue, and they leave those brands' teams.",
            )
            .needs(Action::UserManage)
            .refuses(MANAGE)
            .refuses_too(&[Kind::UnknownReference, Kind::Unprocessable]),
        Endpoint::post("/v1/users/{user_id}/deactivation", "deactivate_user", deactivate)
            .about(Tag::Users, "Close an account")
            .description(
                "Ends the user's sessions and keys at once. What they hold goes to whom `reassign_to` names, and back to its \
                 queue where that is nobody or lies behind a wall of theirs.",
            )
            .needs(Action::UserManage)
            .refuses(MANAGE)
            .refuses_too(&[Kind::LastSuperAdmin, Kind::UnknownReference, Kind::Unprocessable]),
        Endpoint::delete("/v1/users/{user_id}/deactivation", "reactivate_user", reactivate)
            .about(Tag::Users, "Open a closed account again")
            .needs(Action::UserManage)
            .refuses(MANAGE),
        Endpoint::get("/v1/me", "get_me", me).about(Tag::Users, "Get your own account"),
    ]
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<UserQuery>,
) -> Result<Found<UserPage>, Problem> {
    front.allow(&caller.principal, Action::UserList)?;
    let wanted: Option<BTreeSet<_>> =
        query.availability.map(|states| states.into_iter().map(availability_asked).collect());
    let pager = Pager::new(&shared, &caller, format!("users {wanted:?}"), query.cursor, query.limit);
    let after = pager.after::<ids::UserId>()?;
    let (found, as_of) = front.view(|views| {
        let all = views.directory.users.iter().map(|user| user.id);
        let seen = |id: &ids::UserId| reach::sees_user(views, &caller.principal, *id);
        let is_wanted = |id: &ids::UserId| {
            let is = |states: &BTreeSet<_>| {
                views.availability.of(*id).is_some_and(|state| states.contains(&state.availability))
            };
            wanted.as_ref().is_none_or(is)
        };
        let later = all.filter(|id| after.is_none_or(|after| *id > after)).filter(is_wanted).filter(seen);
        let found: Vec<_> = later.take(pager.limit() + 1).collect();
        (found, views.position())
    });
    let (found, page) = pager.cut(found, |id| *id);
    let data = found.into_iter().filter_map(|id| user(&front, id, &caller.principal)).collect();
    Ok(Found(UserPage { data, page, as_of: as_of.into() }))
}

/// A user the caller may see.
pub(super) fn shown(front: &Front, caller: &Caller, id: ids::UserId) -> Result<User, Problem> {
    if !front.view(|views| reach::sees_user(views, &caller.principal, id)) {
        return Err(Kind::NotFound.into());
    }
    user(front, id, &caller.principal).ok_or_else(|| Kind::NotFound.into())
}

async fn read(caller: Caller, front: Front, Path(id): Path<UserId>) -> Result<Versioned<User>, Problem> {
    let user = shown(&front, &caller, id.0)?;
    let version = user.version.0;
    Ok(Versioned(user, version))
}

async fn me(caller: Caller, front: Front) -> Result<Versioned<User>, Problem> {
    let user = shown(&front, &caller, caller.principal.user_id)?;
    let version = user.version.0;
    Ok(Versioned(user, version))
}

async fn create(
    caller: Caller,
    front: Front,
    shared: Shared,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateUser>,
) -> Result<Created<User>, Problem> {
    admit(&body.password, "password", Owner { email: &body.email, name: &body.name }, Guard::Alone)?;
    let password_hash = shared.passwords.hash(SecretString::from(body.password), salt(shared.entropy())).await?;
    let new = NewUser {
        email_key: front.email_key(&body.email),
        email: body.email.trim().to_owned(),
        name: body.name.trim().to_owned(),
        role: role_asked(body.role),
        custom_role_id: body.custom_role_id.map(Into::into),
        brand_ids: brands(body.brand_ids),
        password_hash,
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_user", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::create(step, Some(&principal), &new)
        })
        .await?;
    let body = shown(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/users/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<UserId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateUser>,
) -> Result<Found<User>, Problem> {
    shown(&front, &caller, id.0)?;
    let email = body.email.map(|email| (email.trim().to_owned(), front.email_key(&email)));
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::OwnAccount)?;
            let principal = step.principal();
            let actual = step.world.users.get(&id.0).ok_or(Rejection::NotFound)?.version;
            if expected.0.is_some_and(|expected| expected != actual) {
                return Err(Rejection::VersionMismatch { actual });
            }
            if body.name.is_none() && email.is_none() {
                return Ok(());
            }
            account::change(step, &principal, id.0, body.name.map(|name| name.trim().to_owned()), email)
        })
        .await?;
    Ok(Found(shown(&front, &caller, id.0)?))
}

async fn set_role(
    caller: Caller,
    front: Front,
    Path(id): Path<UserId>,
    Json(body, _): Json<SetRole>,
) -> Result<Found<User>, Problem> {
    shown(&front, &caller, id.0)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            let custom = body.custom_role_id.map(Into::into);
            account::change_role(step, &principal, id.0, role_asked(body.role), custom)
        })
        .await?;
    Ok(Found(shown(&front, &caller, id.0)?))
}

async fn set_brands(
    caller: Caller,
    front: Front,
    Path(id): Path<UserId>,
    Json(body, _): Json<SetBrands>,
) -> Result<Found<User>, Problem> {
    shown(&front, &caller, id.0)?;
    let owned = front.view(|views| views.inbox.owned_by(id.0));
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::change_brands(step, &principal, id.0, brands(body.brand_ids), &owned)
        })
        .await?;
    Ok(Found(shown(&front, &caller, id.0)?))
}

/// The brands a request names; an empty list stays one, and is refused: it must not come to mean "all".
fn brands(asked: Option<Vec<BrandId>>) -> Option<BTreeSet<ids::BrandId>> {
    asked.map(|ids| ids.into_iter().map(Into::into).collect())
}

async fn deactivate(
    caller: Caller,
    front: Front,
    Path(id): Path<UserId>,
    MaybeJson(body, _): MaybeJson<Deactivate>,
) -> Result<Found<Deactivated>, Problem> {
    shown(&front, &caller, id.0)?;
    let to = hand_over(body.reassign_to)?;
    let owned = front.view(|views| views.inbox.owned_by(id.0));
    let now: Vec<_> = owned.iter().copied().take(RELEASED_AT_ONCE).collect();
    let closed = front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::deactivate(step, &principal, id.0, to, &now)
        })
        .await?;
    let mut handed = closed.value;
    // The account is closed; what is left of a long list follows in bites, so that nobody else waits for it.
    for some in owned.get(RELEASED_AT_ONCE..).unwrap_or_default().chunks(RELEASED_AT_ONCE) {
        let some = some.to_vec();
        let bite = front.command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            Ok(account::hand_over(step, id.0, to, &some))
        });
        handed += bite.await?.value;
    }
    let reassigned_count = Position(u64::try_from(handed).unwrap_or(u64::MAX));
    Ok(Found(Deactivated { user: shown(&front, &caller, id.0)?, reassigned_count }))
}

fn hand_over(asked: Option<ReassignTo>) -> Result<HandOver, Problem> {
    match asked.map(|to| (to.user_id, to.team_id)) {
        None | Some((None, None)) => Ok(HandOver::Unassigned),
        Some((Some(user), None)) => Ok(HandOver::User(user.into())),
        Some((None, Some(team))) => Ok(HandOver::Team(team.into())),
        Some((Some(_), Some(_))) => Err(Problem::new(Kind::Unprocessable).detail("name a person or a team, not both")),
    }
}

async fn reactivate(caller: Caller, front: Front, Path(id): Path<UserId>) -> Result<Found<User>, Problem> {
    shown(&front, &caller, id.0)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::reactivate(step, &principal, id.0)
        })
        .await?;
    Ok(Found(shown(&front, &caller, id.0)?))
}

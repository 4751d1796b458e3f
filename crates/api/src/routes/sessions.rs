//! Signed-in devices: one's own, and those of people one manages. What is ended here is over with the next request.

use domain::access::Action;
use domain::account;
use domain::event::user::SessionEnd;
use domain::ids;
use domain::rejection::Rejection;

use super::users::shown;
use crate::answer::{Done, Found};
use crate::caller::Caller;
use crate::context::{Context, Shared};
use crate::dto::page::PageInfo;
use crate::dto::scalar::{SessionId, UserId};
use crate::dto::session::{Session, SessionPage};
use crate::endpoint::Endpoint;
use crate::extract::{PAGE_LIMIT_MAX, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const MANAGE: &[Kind] = &[Kind::NotFound, Kind::RoleProtected];
    vec![
        Endpoint::post("/v1/auth/logout", "log_out", log_out).about(Tag::Auth, "End this session"),
        Endpoint::post("/v1/auth/logout-all", "log_out_everywhere", log_out_everywhere)
            .about(Tag::Auth, "End all your sessions, this one too"),
        Endpoint::get("/v1/auth/sessions", "list_sessions", own).about(Tag::Auth, "List your signed-in devices"),
        Endpoint::delete("/v1/auth/sessions/{session_id}", "end_session", end_own)
            .about(Tag::Auth, "Sign one of your devices out"),
        Endpoint::get("/v1/users/{user_id}/sessions", "list_user_sessions", theirs)
            .about(Tag::Auth, "List somebody's signed-in devices")
            .needs(Action::UserManage)
            .refuses(MANAGE),
        Endpoint::delete("/v1/users/{user_id}/sessions", "end_user_sessions", end_theirs)
            .about(Tag::Auth, "Sign all of somebody's devices out")
            .needs(Action::UserManage)
            .refuses(MANAGE),
        Endpoint::delete("/v1/users/{user_id}/sessions/{session_id}", "end_user_session", end_one_of_theirs)
            .about(Tag::Auth, "Sign one of somebody's devices out")
            .needs(Action::UserManage)
            .refuses(MANAGE),
    ]
}

async fn log_out(caller: Caller, front: Front) -> Result<Done, Problem> {
    let session = caller.session()?;
    end(&caller, &front, session, SessionEnd::Logout).await
}

async fn log_out_everywhere(caller: Caller, front: Front) -> Result<Done, Problem> {
    let me = caller.principal.user_id;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::OwnAccount)?;
            account::log_out_everywhere(step, me, SessionEnd::Logout);
            Ok(())
        })
        .await?;
    Ok(Done)
}

async fn own(caller: Caller, front: Front, shared: Shared) -> Result<Found<SessionPage>, Problem> {
    Ok(Found(page(&front, &shared, caller.principal.user_id, caller.session)))
}

async fn end_own(caller: Caller, front: Front, Path(id): Path<SessionId>) -> Result<Done, Problem> {
    end(&caller, &front, id.0, SessionEnd::Revoked).await
}

/// Ends a session of the caller; others' do not exist for them.
async fn end(caller: &Caller, front: &Front, id: ids::SessionId, reason: SessionEnd) -> Result<Done, Problem> {
    let me = caller.principal.user_id;
    front
        .command(caller, move |gate| {
            let step = &mut gate.workspace(Action::OwnAccount)?;
            step.world.sessions.get(&id).filter(|session| session.user_id == me).ok_or(Rejection::NotFound)?;
            account::log_out(step, id, reason);
            Ok(())
        })
        .await?;
    Ok(Done)
}

async fn theirs(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<UserId>,
) -> Result<Found<SessionPage>, Problem> {
    shown(&front, &caller, id.0)?;
    // Asked where commands are, so that whose devices somebody may end and see is one question.
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::may_manage_user(step, &principal, id.0)
        })
        .await?;
    Ok(Found(page(&front, &shared, id.0, caller.session)))
}

async fn end_theirs(caller: Caller, front: Front, Path(id): Path<UserId>) -> Result<Done, Problem> {
    shown(&front, &caller, id.0)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::may_manage_user(step, &principal, id.0)?;
            account::log_out_everywhere(step, id.0, SessionEnd::Revoked);
            Ok(())
        })
        .await?;
    Ok(Done)
}

async fn end_one_of_theirs(
    caller: Caller,
    front: Front,
    Path((user, session)): Path<(UserId, SessionId)>,
) -> Result<Done, Problem> {
    shown(&front, &caller, user.0)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::UserManage)?;
            let principal = step.principal();
            account::may_manage_user(step, &principal, user.0)?;
            let known = step.world.sessions.get(&session.0).filter(|known| known.user_id == user.0);
            known.ok_or(Rejection::NotFound)?;
            account::log_out(step, session.0, SessionEnd::Revoked);
            Ok(())
        })
        .await?;
    Ok(Done)
}

fn page(front: &Front, shared: &Context, user: ids::UserId, current: Option<ids::SessionId>) -> SessionPage {
    let now = shared.now();
    let (running, as_of) = front.view(|views| {
        let running: Vec<_> = views.directory.users.sessions_of(user, now).cloned().collect();
        (running, views.position())
    });
    let data = running.into_iter().take(usize::from(PAGE_LIMIT_MAX)).map(|session| {
        let device = front.session_device(session.opened_pos);
        Session {
            id: session.id.into(),
            device_name: device.device_name,
            address: device.address,
            created_at: session.opened_at.into(),
            last_seen_at: session.refreshed_at.into(),
            current: Some(session.id) == current,
        }
    });
    let page = PageInfo { next_cursor: None, limit: PAGE_LIMIT_MAX };
    SessionPage { data: data.collect(), page, as_of: as_of.into() }
}

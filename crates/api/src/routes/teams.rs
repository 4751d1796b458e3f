//! Teams: whose conversations they work on, behind which walls, and who is in them.

use app::reach;
use domain::access::{self, Action};
use domain::team::{self, NewTeam};
use domain::{ids, rejection::Rejection};

use super::users;
use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::scalar::{TeamId, UserId};
use crate::dto::team::*;
use crate::dto::timeline::ListQuery;
use crate::dto::user::User;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, MaybeJson, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    const MEMBER: &[Kind] = &[Kind::NotFound, Kind::RoleProtected, Kind::UnknownReference, Kind::Unprocessable];
    vec![
        Endpoint::get("/v1/teams", "list_teams", list)
            .about(Tag::Teams, "List the teams of your brands")
            .description("By name, because a conversation can be handed to any of them.")
            .needs(Action::TeamRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/teams", "create_team", create)
            .about(Tag::Teams, "Create a team")
            .needs(Action::TeamManage)
            .refuses(&[Kind::NameTaken, Kind::UnknownReference, Kind::Unprocessable]),
        Endpoint::get("/v1/teams/{team_id}", "get_team", read).about(Tag::Teams, "Get a team").needs(Action::TeamRead),
        Endpoint::patch("/v1/teams/{team_id}", "update_team", update)
            .about(Tag::Teams, "Rename a team or move its walls")
            .description("Who sees what changes with the next event.")
            .needs(Action::TeamManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::NameTaken, Kind::Unprocessable]),
        Endpoint::delete("/v1/teams/{team_id}", "remove_team", remove)
            .about(Tag::Teams, "Remove a team")
            .description(
                "Refused while conversations that are not resolved lie in it, or a channel's new ones go to it.",
            )
            .needs(Action::TeamManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::InUse]),
        Endpoint::get("/v1/teams/{team_id}/members", "list_team_members", members)
            .about(Tag::Teams, "List a team's members")
            .description("Of your own teams and those with open walls; whoever manages teams sees all.")
            .needs(Action::TeamRead)
            .refuses(CURSOR),
        Endpoint::put("/v1/teams/{team_id}/members/{user_id}", "set_team_member", set_member)
            .about(Tag::Teams, "Take somebody into a team")
            .needs(Action::TeamManage)
            .refuses(MEMBER),
        Endpoint::delete("/v1/teams/{team_id}/members/{user_id}", "remove_team_member", remove_member)
            .about(Tag::Teams, "Take somebody out of a team")
            .description("What they hold behind its walls goes back to its queue.")
            .needs(Action::TeamManage)
            .refuses(MEMBER),
        Endpoint::put("/v1/users/{user_id}/teams", "set_user_teams", set_teams)
            .about(Tag::Users, "Set the teams somebody is in")
            .needs(Action::TeamManage)
            .refuses(MEMBER),
    ]
}

fn shown(team: &access::Team, caller: &Caller) -> Team {
    Team {
        id: team.id.into(),
        version: team.version.into(),
        name: team.name.clone(),
        brand_id: team.brand_id.map(Into::into),
        walls: match team.walls {
            access::Walls::Closed => Walls::Closed,
            access::Walls::Open => Walls::Open,
        },
        member: team.members.contains_key(&caller.principal.user_id),
    }
}

fn walls_asked(walls: Walls) -> access::Walls {
    match walls {
        Walls::Closed => access::Walls::Closed,
        Walls::Open => access::Walls::Open,
    }
}

/// A team the caller sees.
fn seen(front: &Front, caller: &Caller, id: ids::TeamId) -> Result<access::Team, Problem> {
    let team = front.view(|views| views.roster.team(id).cloned());
    team.filter(|team| reach::sees_team(&caller.principal, team)).ok_or_else(|| Kind::NotFound.into())
}

async fn list(caller: Caller, Then(front, query): Then<ListQuery>, shared: Shared) -> Result<Found<TeamPage>, Problem> {
    let pager = Pager::new(&shared, &caller, front.dated("teams"), query.cursor, query.limit);
    let after = pager.after::<ids::TeamId>()?;
    let (found, as_of) = front.view(|views| {
        let later = views.roster.teams().filter(|team| after.is_none_or(|after| team.id > after));
        let seen = later.filter(|team| reach::sees_team(&caller.principal, team));
        (seen.take(pager.limit() + 1).map(|team| shown(team, &caller)).collect::<Vec<_>>(), views.position())
    });
    let (data, page) = pager.cut(found, |team| team.id.0);
    Ok(Found(TeamPage { data, page, as_of: as_of.into() }))
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<TeamId>) -> Result<Versioned<Team>, Problem> {
    let team = seen(&front, &caller, id.0)?;
    Ok(Versioned(shown(&team, &caller), team.version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateTeam>,
) -> Result<Created<Team>, Problem> {
    let walls = body.walls.map_or(access::Walls::Closed, walls_asked);
    let new = NewTeam { name: body.name, brand_id: body.brand_id.map(Into::into), walls };
    let made = front
        .creation(&caller, Repeatable { key, what: "create_team", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::TeamManage)?;
            let principal = step.principal();
            team::create(step, &principal, &new)
        })
        .await?;
    let body = shown(&seen(&front, &caller, made.value)?, &caller);
    Ok(Created { location: format!("/v1/teams/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<TeamId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateTeam>,
) -> Result<Found<Team>, Problem> {
    seen(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::TeamManage)?;
            let principal = step.principal();
            at_version(step.world.roster.team(id.0), expected)?;
            team::change(step, &principal, id.0, body.name.as_deref(), body.walls.map(walls_asked))
        })
        .await?;
    Ok(Found(shown(&seen(&front, &caller, id.0)?, &caller)))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<TeamId>, expected: IfMatch) -> Result<Done, Problem> {
    seen(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let running = front.view(|views| views.inbox.running_in(id.0) > 0);
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::TeamManage)?;
            let principal = step.principal();
            at_version(step.world.roster.team(id.0), expected)?;
            team::remove(step, &principal, id.0, running)
        })
        .await?;
    Ok(Done)
}

fn at_version(team: Option<&access::Team>, expected: u64) -> Result<(), Rejection> {
    let actual = team.ok_or(Rejection::NotFound)?.version;
    Rejection::unless_current(actual, expected)
}

async fn members(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<TeamId>,
) -> Result<Found<TeamMemberPage>, Problem> {
    let team = seen(&front, &caller, id.0)?;
    if !reach::sees_members(&caller.principal, &team) {
        return Err(Kind::Forbidden.into());
    }
    let pager = Pager::new(&shared, &caller, front.dated(format!("members of {}", id.0)), query.cursor, query.limit);
    let after = pager.after::<ids::UserId>()?;
    let later = team.members.iter().filter(|(user, _)| after.is_none_or(|after| **user > after));
    let member = |(user, lead): (&ids::UserId, &bool)| TeamMember {
        user_id: (*user).into(),
        name: front.user_name(*user).unwrap_or_default(),
        lead: *lead,
    };
    let (data, page) = pager.cut(later.take(pager.limit() + 1).map(member).collect(), |member| member.user_id.0);
    Ok(Found(TeamMemberPage { data, page, as_of: front.position().into() }))
}

async fn set_member(
    caller: Caller,
    front: Front,
    Path((team_id, user_id)): Path<(TeamId, UserId)>,
    MaybeJson(body, _): MaybeJson<SetTeamMember>,
) -> Result<Found<TeamMember>, Problem> {
    seen(&front, &caller, team_id.0)?;
    users::shown(&front, &caller, user_id.0)?;
    let lead = body.lead.unwrap_or(false);
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::TeamManage)?;
            let principal = step.principal();
            team::set_member(step, &principal, team_id.0, user_id.0, lead)
        })
        .await?;
    Ok(Found(TeamMember { user_id, name: front.user_name(user_id.0).unwrap_or_default(), lead }))
}

async fn remove_member(
    caller: Caller,
    front: Front,
    Path((team_id, user_id)): Path<(TeamId, UserId)>,
) -> Result<Done, Problem> {
    seen(&front, &caller, team_id.0)?;
    users::shown(&front, &caller, user_id.0)?;
    let owned = front.view(|views| views.inbox.owned_by(user_id.0));
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::TeamManage)?;
            let principal = step.principal();
            team::remove_member(step, &principal, team_id.0, user_id.0, &owned)
        })
        .await?;
    Ok(Done)
}

async fn set_teams(
    caller: Caller,
    front: Front,
    Path(id): Path<UserId>,
    Json(body, _): Json<SetTeams>,
) -> Result<Found<User>, Problem> {
    users::shown(&front, &caller, id.0)?;
    let owned = front.view(|views| views.inbox.owned_by(id.0));
    let wanted = body.team_ids.into_iter().map(Into::into).collect();
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::TeamManage)?;
            let principal = step.principal();
            team::set_teams(step, &principal, id.0, &wanted, &owned)
        })
        .await?;
    Ok(Found(users::shown(&front, &caller, id.0)?))
}

//! Roles, the permission catalogue, and one's own permissions.

use domain::access::{self, Action, CustomRole, Rights, Standing};
use domain::rejection::Rejection;
use domain::{ids, role};

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::dto::role::*;
use crate::dto::scalar::RoleId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::present::user::{role as shown_role, role_asked};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/roles", "list_roles", list)
            .about(Tag::Access, "List roles, built-in and custom")
            .needs(Action::RoleRead),
        Endpoint::post("/v1/roles", "create_role", create)
            .about(Tag::Access, "Make a role")
            .description(
                "Of a built-in role's walls and a list of permissions: what is listed is allowed wherever the base role \
                 may look, what is not is refused.",
            )
            .needs(Action::RoleManage)
            .refuses(&[Kind::NameTaken, Kind::Unprocessable]),
        Endpoint::get("/v1/roles/{role_id}", "get_role", read)
            .about(Tag::Access, "Get a custom role")
            .needs(Action::RoleRead),
        Endpoint::patch("/v1/roles/{role_id}", "update_role", update)
            .about(Tag::Access, "Change a custom role")
            .description("For everybody who has it, with the next event.")
            .needs(Action::RoleManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::NameTaken, Kind::Unprocessable]),
        Endpoint::delete("/v1/roles/{role_id}", "remove_role", remove)
            .about(Tag::Access, "Remove a custom role that nobody has")
            .needs(Action::RoleManage)
            .refuses(CHANGE)
            .refuses_too(&[Kind::InUse]),
        Endpoint::get("/v1/permissions", "list_permissions", permissions)
            .about(Tag::Access, "List every permission with what each built-in role may do")
            .needs(Action::RoleRead),
        Endpoint::get("/v1/me/permissions", "get_own_permissions", own)
            .about(Tag::Access, "Get what you may do, and where"),
    ]
}

fn decision(decision: access::Decision) -> Decision {
    match decision {
        access::Decision::Allow => Decision::Allow,
        access::Decision::Forbid => Decision::Forbid,
        access::Decision::Hide => Decision::Hide,
    }
}

fn reach(rights: &Rights, action: Action) -> Reach {
    let of = |standing| decision(rights.decision(action, standing));
    Reach {
        own: of(Standing::Own),
        team: of(Standing::Team),
        collaborator: of(Standing::Collaborator),
        other_team: of(Standing::OtherTeam),
        other_brand: of(Standing::OtherBrand),
    }
}

fn built_in(role: access::Role, agents: &domain::settings::AgentSettings) -> RoleCard {
    let rights = Rights::of_role(role, agents);
    let allowed = |action: &&Action| rights.decision(**action, Standing::Own) == access::Decision::Allow;
    RoleCard {
        id: None,
        name: role.name().to_owned(),
        base: shown_role(role),
        permissions: Action::ALL.iter().filter(allowed).map(|action| action.name().to_owned()).collect(),
        version: None,
    }
}

fn custom(role: &CustomRole) -> RoleCard {
    RoleCard {
        id: Some(role.id.into()),
        name: role.name.clone(),
        base: shown_role(role.base),
        permissions: role.permissions.iter().map(|action| action.name().to_owned()).collect(),
        version: Some(role.version.into()),
    }
}

async fn list(_: Caller, Then(front, _): Then) -> Result<Found<RoleList>, Problem> {
    Ok(Found(front.view(|views| {
        let agents = views.roster.agent_settings();
        let built_in = access::Role::ALL.into_iter().map(|role| built_in(role, agents));
        RoleList { data: built_in.chain(views.roster.roles().map(custom)).collect(), as_of: views.position().into() }
    })))
}

fn found(front: &Front, id: ids::RoleId) -> Result<CustomRole, Problem> {
    front.view(|views| views.roster.role(id).cloned()).ok_or_else(|| Kind::NotFound.into())
}

async fn read(_: Caller, Then(front, _): Then, Path(id): Path<RoleId>) -> Result<Versioned<RoleCard>, Problem> {
    let role = found(&front, id.0)?;
    Ok(Versioned(custom(&role), role.version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateRole>,
) -> Result<Created<RoleCard>, Problem> {
    let permissions = body.permissions.into_iter().collect();
    let made = front
        .creation(&caller, Repeatable { key, what: "create_role", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::RoleManage)?;
            role::create(step, &body.name, role_asked(body.base), &permissions)
        })
        .await?;
    let body = custom(&found(&front, made.value)?);
    Ok(Created { location: format!("/v1/roles/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<RoleId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateRole>,
) -> Result<Found<RoleCard>, Problem> {
    let expected = expected.required()?;
    let permissions = body.permissions.map(|names| names.into_iter().collect());
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::RoleManage)?;
            at_version(step.world.roster.role(id.0), expected)?;
            role::change(step, id.0, body.name.as_deref(), permissions.as_ref())
        })
        .await?;
    Ok(Found(custom(&found(&front, id.0)?)))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<RoleId>, expected: IfMatch) -> Result<Done, Problem> {
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::RoleManage)?;
            at_version(step.world.roster.role(id.0), expected)?;
            role::remove(step, id.0)
        })
        .await?;
    Ok(Done)
}

fn at_version(role: Option<&CustomRole>, expected: u64) -> Result<(), Rejection> {
    let actual = role.ok_or(Rejection::NotFound)?.version;
    Rejection::unless_current(actual, expected)
}

async fn permissions(_: Caller, front: Front) -> Result<Found<PermissionList>, Problem> {
    Ok(Found(front.view(|views| {
        let agents = views.roster.agent_settings();
        let [super_admin, admin, agent, operator] = access::Role::ALL.map(|role| Rights::of_role(role, agents));
        let permission = |action: &Action| Permission {
            id: action.name().to_owned(),
            description: action.description().to_owned(),
            grantable: action.is_grantable(),
            super_admin: reach(&super_admin, *action),
            admin: reach(&admin, *action),
            agent: reach(&agent, *action),
            operator: reach(&operator, *action),
        };
        PermissionList { data: Action::ALL.iter().map(permission).collect(), as_of: views.position().into() }
    })))
}

async fn own(caller: Caller, front: Front) -> Result<Found<OwnPermissions>, Problem> {
    let principal = &caller.principal;
    let rights = principal.rights();
    let (custom_role, as_of) = front
        .view(|views| (views.roster.member(principal.user_id).and_then(|member| member.custom_role), views.position()));
    let permission = |action: &Action| OwnPermission { id: action.name().to_owned(), reach: reach(rights, *action) };
    Ok(Found(OwnPermissions {
        role: shown_role(principal.role),
        custom_role_id: custom_role.map(Into::into),
        brand_ids: rights.brands().map(|brands| brands.iter().map(|brand| (*brand).into()).collect()),
        team_ids: rights.teams().iter().map(|team| (*team).into()).collect(),
        permissions: Action::ALL.iter().map(permission).collect(),
        as_of: as_of.into(),
    }))
}

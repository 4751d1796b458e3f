//! What people take at once, and what they can: for who gives out work to read and to say, and for oneself to read.

use app::reach;
use domain::access::{Action, Principal};
use domain::ids;
use domain::routing_profile::{self, Wish};
use projections::Views;

use super::users;
use crate::answer::{Found, Versioned};
use crate::caller::Caller;
use crate::dto::routing_profile::{ChannelLimit, RoutingProfile, SetRoutingProfile, TeamLimit};
use crate::dto::scalar::UserId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

const PATH: &str = "/v1/users/{user_id}/routing-profile";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(PATH, "get_routing_profile", read)
            .about(Tag::Users, "Get how much somebody takes at once, and what they can")
            .description("Your own, or with `routing.read` that of whom you see.")
            .needs(Action::UserList),
        Endpoint::put(PATH, "set_routing_profile", set)
            .about(Tag::Users, "Say how much somebody takes at once, and what they can")
            .needs(Action::RoutingManage)
            .refuses(&[Kind::NotFound, Kind::RoleProtected, Kind::Unprocessable])
            .refuses_too(&[Kind::PreconditionRequired, Kind::PreconditionFailed]),
    ]
}

fn shown(views: &Views, viewer: &Principal, id: ids::UserId) -> RoutingProfile {
    let profile = views.profiles.of(id);
    let own = viewer.user_id == id;
    let sees_team =
        |id: ids::TeamId| own || views.roster.any_team(id).is_some_and(|team| reach::sees_team(viewer, team));
    let sees_channel = |id: ids::ChannelId| {
        own || views.directory.channels.get(id).is_some_and(|channel| reach::sees_channel(viewer, channel))
    };
    let by_team = profile.by_team.iter().filter(|(team, _)| sees_team(**team));
    let by_channel = profile.by_channel.iter().filter(|(channel, _)| sees_channel(**channel));
    RoutingProfile {
        user_id: id.into(),
        version: views.profiles.version(id).into(),
        max_open: profile.max_open,
        by_team: by_team.map(|(id, max)| TeamLimit { team_id: (*id).into(), max_open: *max }).collect(),
        by_channel: by_channel.map(|(id, max)| ChannelLimit { channel_id: (*id).into(), max_open: *max }).collect(),
        skills: profile.skills.iter().cloned().collect(),
        languages: profile.languages.iter().cloned().collect(),
    }
}

async fn read(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<UserId>,
) -> Result<Versioned<RoutingProfile>, Problem> {
    users::shown(&front, &caller, id.0)?;
    if id.0 != caller.principal.user_id {
        front.allow(&caller.principal, Action::RoutingRead)?;
    }
    let body = front.view(|views| shown(views, &caller.principal, id.0));
    let version = body.version.0;
    Ok(Versioned(body, version))
}

async fn set(
    caller: Caller,
    front: Front,
    Path(id): Path<UserId>,
    expected: IfMatch,
    Json(body, _): Json<SetRoutingProfile>,
) -> Result<Found<RoutingProfile>, Problem> {
    users::shown(&front, &caller, id.0)?;
    let expected = expected.required()?;
    let wish = Wish {
        max_open: body.max_open,
        by_team: body.by_team.into_iter().map(|limit| (limit.team_id.into(), limit.max_open)).collect(),
        by_channel: body.by_channel.into_iter().map(|limit| (limit.channel_id.into(), limit.max_open)).collect(),
        skills: body.skills,
        languages: body.languages,
    };
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::RoutingManage)?;
            let principal = step.principal();
            routing_profile::set(step, &principal, id.0, wish, expected)
        })
        .await?;
    Ok(Found(front.view(|views| shown(views, &caller.principal, id.0))))
}

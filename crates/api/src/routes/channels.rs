//! Connected numbers. Credentials go in and never come out.

use app::Failure;
use app::gate::Gate;
use app::reach;
use domain::access::Action;
use domain::channel::{self, Connection};
use domain::event::channel::{ChannelChanged, Credentials};
use domain::ids;
use domain::rejection::Rejection;
use secrecy::{ExposeSecret, SecretString};

use crate::answer::{Created, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::channel::*;
use crate::dto::scalar::ChannelId;
use crate::dto::template::TemplateSync;
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::channel::{channel, health};
use crate::problem::{Kind, Problem};

/// How often a rotation is tried while the channel changes under it.
const ROTATION_TRIES: usize = 4;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/channels", "list_channels", list)
            .about(Tag::Channels, "List connected numbers")
            .needs(Action::ChannelRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::post("/v1/channels", "connect_channel", connect)
            .about(Tag::Channels, "Connect a number")
            .needs(Action::ChannelManage)
            .refuses(&[Kind::DuplicateIdentity, Kind::UnknownReference, Kind::Unprocessable]),
        Endpoint::get("/v1/channels/{channel_id}", "get_channel", read)
            .about(Tag::Channels, "Get a connected number")
            .needs(Action::ChannelRead),
        Endpoint::patch("/v1/channels/{channel_id}", "update_channel", update)
            .about(Tag::Channels, "Change a connected number")
            .needs(Action::ChannelManage)
            .refuses(&[Kind::NotFound, Kind::PreconditionRequired, Kind::Unprocessable]),
        Endpoint::put("/v1/channels/{channel_id}/secret", "rotate_channel_secret", rotate)
            .about(Tag::Channels, "Replace credentials")
            .description("Webhooks signed with the app secret before this one are accepted until the next rotation.")
            .needs(Action::ChannelManage)
            .refuses(&[Kind::NotFound]),
        Endpoint::get("/v1/channels/{channel_id}/health", "get_channel_health", read_health)
            .about(Tag::Channels, "Get what the provider lets a number do, as last told")
            .needs(Action::ChannelRead),
        Endpoint::post("/v1/channels/{channel_id}/verification", "verify_channel", verify)
            .about(Tag::Channels, "Ask the provider now what a number may do")
            .needs(Action::ChannelManage)
            .refuses(&[Kind::NotFound, Kind::ProviderError]),
        Endpoint::post("/v1/channels/{channel_id}/template-syncs", "sync_templates", sync)
            .about(Tag::Templates, "Take over the provider's list of templates now")
            .needs(Action::TemplateSync)
            .refuses(&[Kind::NotFound, Kind::ProviderError]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
) -> Result<Found<ChannelPage>, Problem> {
    front.allow(&caller.principal, Action::ChannelRead)?;
    let pager = Pager::new(&shared, &caller, front.dated("channels"), query.cursor, query.limit);
    let after = pager.after::<ids::ChannelId>()?;
    let (found, as_of) = front.view(|views| {
        let seen = |each: &&projections::directory::Channel| reach::sees_channel(&caller.principal, each);
        let later =
            views.directory.channels.iter().filter(|each| after.is_none_or(|after| each.id > after)).filter(seen);
        (later.take(pager.limit() + 1).map(channel).collect::<Vec<_>>(), views.position())
    });
    let (data, page) = pager.cut(found, |channel| channel.id.0);
    Ok(Found(ChannelPage { data, page, as_of: as_of.into() }))
}

/// A channel the caller may see.
pub(super) fn shown(
    front: &Front,
    caller: &Caller,
    id: ids::ChannelId,
) -> Result<projections::directory::Channel, Problem> {
    Ok(front.channel(&caller.principal, id)?)
}

async fn read(caller: Caller, Then(front, _): Then, Path(id): Path<ChannelId>) -> Result<Versioned<Channel>, Problem> {
    let found = shown(&front, &caller, id.0)?;
    Ok(Versioned(channel(&found), found.version))
}

async fn read_health(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<ChannelId>,
) -> Result<Found<ChannelHealth>, Problem> {
    Ok(Found(health(&shown(&front, &caller, id.0)?, front.now())))
}

async fn verify(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<ChannelId>,
) -> Result<Found<ChannelHealth>, Problem> {
    front.probe_health(&caller.principal, id.0).await?;
    Ok(Found(health(&shown(&front, &caller, id.0)?, shared.now())))
}

async fn sync(caller: Caller, front: Front, Path(id): Path<ChannelId>) -> Result<Found<TemplateSync>, Problem> {
    let synced = front.sync_templates(&caller.principal, id.0).await?;
    Ok(Found(TemplateSync { count: u32::try_from(synced.value).unwrap_or(u32::MAX) }))
}

async fn connect(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<ConnectChannel>,
) -> Result<Created<Channel>, Problem> {
    let plain = |secret: &SecretString| secret.expose_secret().to_owned();
    let wanted = Connection {
        name: body.name,
        phone_e164: body.phone_e164,
        brand_id: body.brand_id.map(Into::into),
        graph_base_url: body.graph_base_url,
        graph_version: body.graph_version,
        phone_number_id: body.credentials.phone_number_id,
        waba_id: body.credentials.waba_id,
        credentials: Credentials {
            access_token: plain(&body.credentials.access_token),
            app_secret: plain(&body.credentials.app_secret),
            previous_app_secret: None,
            verify_token: plain(&body.credentials.verify_token),
        },
    };
    let made = front
        .creation(&caller, Repeatable { key, what: "connect_channel", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::ChannelManage)?;
            channel::connect(step, &wanted)
        })
        .await?;
    let body = channel_of(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/channels/{}", made.value), body, replayed: made.replayed })
}

fn channel_of(front: &Front, caller: &Caller, id: ids::ChannelId) -> Result<Channel, Problem> {
    shown(front, caller, id).map(|found| channel(&found))
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<ChannelId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateChannel>,
) -> Result<Found<Channel>, Problem> {
    let expected = expected.required()?;
    let team = body.default_team_id.into_option().map(|team| team.map(Into::into));
    let wanted = ChannelChanged {
        channel_id: Some(id.0),
        name: body.name,
        phone_e164: body.phone_e164,
        graph_base_url: body.graph_base_url,
        graph_version: body.graph_version,
        enabled: body.enabled,
    };
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::ChannelManage)?;
            channel::change(step, id.0, wanted, team, Some(expected))
        })
        .await?;
    Ok(Found(channel_of(&front, &caller, id.0)?))
}

async fn rotate(
    caller: Caller,
    front: Front,
    Path(id): Path<ChannelId>,
    expected: IfMatch,
    Json(body, _): Json<RotateSecret>,
) -> Result<Found<Channel>, Problem> {
    for _ in 1..ROTATION_TRIES {
        match rotate_once(&caller, &front, id, expected, &body).await {
            // Something else about the channel changed between reading its secrets and replacing them.
            Err(Failure::Rejected(Rejection::VersionMismatch { .. })) if expected.0.is_none() => {}
            answer => {
                answer?;
                return Ok(Found(channel_of(&front, &caller, id.0)?));
            }
        }
    }
    rotate_once(&caller, &front, id, expected, &body).await?;
    Ok(Found(channel_of(&front, &caller, id.0)?))
}

async fn rotate_once(
    caller: &Caller,
    front: &Front,
    id: ChannelId,
    expected: IfMatch,
    new: &RotateSecret,
) -> Result<(), Failure> {
    let version = front.view(|views| views.directory.channels.get(id.0).map(|channel| channel.version));
    let now = front.connector(id.0).ok_or(Rejection::NotFound)?;
    let chosen =
        |new: &Option<SecretString>, old: &SecretString| new.as_ref().unwrap_or(old).expose_secret().to_owned();
    let previous = match &new.app_secret {
        // Only another secret makes the one in force the previous one.
        Some(new) if new.expose_secret() != now.app_secret.expose_secret() => Some(&now.app_secret),
        Some(_) | None => now.previous_app_secret.as_ref(),
    };
    let credentials = Credentials {
        previous_app_secret: previous.map(|secret| secret.expose_secret().to_owned()),
        access_token: chosen(&new.access_token, &now.access_token),
        app_secret: chosen(&new.app_secret, &now.app_secret),
        verify_token: chosen(&new.verify_token, &now.verify_token),
    };
    let by = caller.principal.clone();
    // Not through the front's own commands: the desk's failure itself is looked at, to try again.
    let rotated = front.run(caller.asked(), move |step| {
        let mut gate = Gate::new(step, &by);
        let step = &mut gate.workspace(Action::ChannelManage)?;
        channel::rotate(step, id.0, credentials, expected.0.or(version))
    });
    rotated.await.map(|_| ())
}

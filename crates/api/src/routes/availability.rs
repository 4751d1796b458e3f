//! Whether somebody takes work: one's own to say, and that of people one looks after.

use app::gate::Gate;
use domain::access::Action;
use domain::availability::{self, Wish};
use domain::ids;

use super::users::shown;
use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::availability::{Availability, SetAvailability};
use crate::dto::scalar::UserId;
use crate::dto::user::User;
use crate::endpoint::Endpoint;
use crate::extract::{Json, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::availability::availability_asked;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/me/availability", "get_own_availability", own)
            .about(Tag::Users, "Get whether you take work")
            .needs(Action::OwnAccount),
        Endpoint::put("/v1/me/availability", "set_own_availability", set_own)
            .about(Tag::Users, "Say whether you take work")
            .description(
                "Once you have had a live connection you are `away` two minutes after the last one is gone, and what you were \
                 before when you are back. `away` and `offline` that you chose stay.",
            )
            .needs(Action::OwnAccount)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::put("/v1/users/{user_id}/availability", "set_user_availability", set)
            .about(Tag::Users, "Say whether somebody takes work")
            .needs(Action::AvailabilityManage)
            .refuses(&[Kind::NotFound, Kind::RoleProtected, Kind::InvalidTransition, Kind::Unprocessable]),
    ]
}

async fn own(caller: Caller, front: Front) -> Result<Found<Availability>, Problem> {
    Ok(Found(shown(&front, &caller, caller.principal.user_id)?.availability))
}

async fn set_own(
    caller: Caller,
    front: Front,
    Json(body, _): Json<SetAvailability>,
) -> Result<Found<Availability>, Problem> {
    say(&caller, &front, Action::OwnAccount, caller.principal.user_id, body).await?;
    own(caller, front).await
}

async fn set(
    caller: Caller,
    front: Front,
    Path(id): Path<UserId>,
    Json(body, _): Json<SetAvailability>,
) -> Result<Found<User>, Problem> {
    shown(&front, &caller, id.0)?;
    say(&caller, &front, Action::AvailabilityManage, id.0, body).await?;
    Ok(Found(shown(&front, &caller, id.0)?))
}

async fn say(
    caller: &Caller,
    front: &Front,
    action: Action,
    id: ids::UserId,
    body: SetAvailability,
) -> Result<(), Problem> {
    let wish = Wish {
        availability: availability_asked(body.state),
        until: body.until.map(|until| until.0),
        note: body.note.map(|note| note.trim().to_owned()),
    };
    let connected = front.presence().is_connected(id);
    let set = move |gate: &mut Gate<'_, '_>| {
        let step = &mut gate.workspace(action)?;
        let principal = step.principal();
        availability::set(step, &principal, id, wish, connected)
    };
    front.command(caller, set).await?;
    Ok(())
}

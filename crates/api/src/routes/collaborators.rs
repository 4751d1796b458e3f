//! People invited into one conversation from behind a wall.

use domain::access::Action;
use domain::conversation::collaborate;
use domain::ids;

use super::users;
use crate::answer::{Done, Found};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::access::{Collaborator, CollaboratorPage};
use crate::dto::scalar::{ConversationId, UserId};
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::problem::{Kind, Problem};

const PATH: &str = "/v1/conversations/{conversation_id}/collaborators/{user_id}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/conversations/{conversation_id}/collaborators", "list_collaborators", list)
            .about(Tag::Conversations, "List those invited from outside the team")
            .needs(Action::ConversationRead)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::put(PATH, "invite_collaborator", invite)
            .about(Tag::Conversations, "Let somebody from outside the team read and note until it is resolved")
            .description("Nobody is invited over a brand's wall.")
            .needs(Action::CollaboratorManage)
            .refuses(&[Kind::NotFound, Kind::UnknownReference, Kind::InvalidTransition, Kind::Unprocessable]),
        Endpoint::delete(PATH, "uninvite_collaborator", uninvite)
            .about(Tag::Conversations, "End an invitation")
            .needs(Action::CollaboratorManage)
            .refuses(&[Kind::NotFound]),
    ]
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ListQuery>,
    shared: Shared,
    Path(id): Path<ConversationId>,
) -> Result<Found<CollaboratorPage>, Problem> {
    front.conversation(&caller.principal, id.0)?;
    let pager =
        Pager::new(&shared, &caller, front.dated(format!("collaborators of {}", id.0)), query.cursor, query.limit);
    let after = pager.after::<ids::UserId>()?;
    let (found, as_of) = front.view(|views| {
        let later = views.inbox.collaborators(id.0).filter(|user| after.is_none_or(|after| *user > after));
        (later.take(pager.limit() + 1).collect::<Vec<_>>(), views.position())
    });
    let (users, page) = pager.cut(found, |user| *user);
    let data = users.into_iter().map(|user| collaborator(&front, user)).collect();
    Ok(Found(CollaboratorPage { data, page, as_of: as_of.into() }))
}

fn collaborator(front: &Front, user: ids::UserId) -> Collaborator {
    Collaborator { user_id: user.into(), name: front.user_name(user).unwrap_or_default() }
}

async fn invite(
    caller: Caller,
    front: Front,
    Path((id, user)): Path<(ConversationId, UserId)>,
) -> Result<Found<Collaborator>, Problem> {
    front.conversation(&caller.principal, id.0)?;
    users::shown(&front, &caller, user.0)?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.conversation(Action::CollaboratorManage, id.0)?;
            collaborate::invite(step, id.0, user.0)
        })
        .await?;
    Ok(Found(collaborator(&front, user.0)))
}

async fn uninvite(
    caller: Caller,
    front: Front,
    Path((id, user)): Path<(ConversationId, UserId)>,
) -> Result<Done, Problem> {
    front
        .command(&caller, move |gate| {
            let step = &mut gate.conversation(Action::CollaboratorManage, id.0)?;
            collaborate::uninvite(step, id.0, user.0)
        })
        .await?;
    Ok(Done)
}

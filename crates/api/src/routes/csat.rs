//! Customer satisfaction: how brands ask, and what customers answered. The page of a link is in `csat_answers.rs`.

use app::csat::ResponseFilter;
use domain::access::Action;
use domain::csat::change;
use domain::ids;
use domain::rejection::Rejection;

use crate::answer::{Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::csat::*;
use crate::dto::scalar::{BrandId, ConversationId};
use crate::dto::timeline::ListQuery;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, Path, Query};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::csat as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    vec![
        Endpoint::get("/v1/csat-surveys", "list_csat_surveys", list)
            .about(Tag::Csat, "List how your brands ask for satisfaction")
            .needs(Action::CsatManage)
            .refuses(CURSOR),
        Endpoint::get("/v1/csat-surveys/{brand_id}", "get_csat_survey", read)
            .about(Tag::Csat, "Get how a brand asks for satisfaction")
            .needs(Action::CsatManage),
        Endpoint::put("/v1/csat-surveys/{brand_id}", "replace_csat_survey", replace)
            .about(Tag::Csat, "Say how a brand asks for satisfaction")
            .description(
                "A customer is asked once for each resolution, and not again within `cooldown_seconds`. Nobody is asked who \
                 is blocked, said no to such messages, or writes in a group; nor about what was resolved by itself before \
                 a person answered, about spam (a disposition or tag of that name), or where the service window is closed \
                 and there is no approved `template`. Answers reopen nothing and move no clock.",
            )
            .needs(Action::CsatManage)
            .refuses(&[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed, Kind::Unprocessable]),
        Endpoint::get("/v1/csat-responses", "list_csat_responses", responses)
            .about(Tag::Csat, "List surveys and what customers answered, newest first")
            .description("Those of conversations that you see.")
            .needs(Action::CsatRead)
            .refuses(CURSOR),
        Endpoint::get("/v1/conversations/{conversation_id}/csat-responses", "list_conversation_csat", of_conversation)
            .about(Tag::Csat, "List the surveys of a conversation and what the customer answered, newest first")
            .needs(Action::CsatRead)
            .refuses(CURSOR),
    ]
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<ListQuery>,
) -> Result<Found<CsatSurveyPage>, Problem> {
    let pager = Pager::new(&shared, &caller, "csat surveys".to_owned(), query.cursor, query.limit);
    let after = pager.after::<ids::BrandId>()?;
    let (mut cards, as_of) = front.csat_surveys(&caller.principal)?;
    cards.retain(|card| after.is_none_or(|after| card.brand_id > after));
    cards.truncate(pager.limit() + 1);
    let (cards, page) = pager.cut(cards, |card| card.brand_id);
    Ok(Found(CsatSurveyPage { data: cards.iter().map(present::survey).collect(), page, as_of: as_of.into() }))
}

async fn read(caller: Caller, front: Front, Path(id): Path<BrandId>) -> Result<Versioned<CsatSurvey>, Problem> {
    let card = front.csat_survey(&caller.principal, id.0)?;
    Ok(Versioned(present::survey(&card), card.version))
}

async fn replace(
    caller: Caller,
    front: Front,
    Path(id): Path<BrandId>,
    expected: IfMatch,
    Json(body, _): Json<ReplaceCsatSurvey>,
) -> Result<Found<CsatSurvey>, Problem> {
    front.csat_survey(&caller.principal, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::CsatManage)?;
            let principal = step.principal();
            change::seen(step.world, &principal, id.0)?;
            let actual = step.world.csat.version(id.0);
            Rejection::unless_current(actual, expected)?;
            change::change(step, &principal, id.0, present::asked(body))
        })
        .await?;
    Ok(Found(present::survey(&front.csat_survey(&caller.principal, id.0)?)))
}

async fn responses(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<CsatResponseQuery>,
) -> Result<Found<CsatResponsePage>, Problem> {
    let filter = ResponseFilter {
        conversation_id: None,
        brand_id: query.brand_id.map(Into::into),
        channel_id: query.channel_id.map(Into::into),
        team_id: query.team_id.map(Into::into),
        resolver_id: query.agent_id.map(Into::into),
        states: query.state.into_iter().flatten().map(present::state_asked).collect(),
        scores: query.score.into_iter().flatten().map(|score| score.0).collect(),
        from: query.from.map(|from| from.0),
        to: query.to.map(|to| to.0),
    };
    let pager = Pager::new(&shared, &caller, format!("csat {filter:?}"), query.cursor, query.limit);
    page(&caller, &front, &filter, &pager)
}

async fn of_conversation(
    caller: Caller,
    front: Front,
    shared: Shared,
    Path(id): Path<ConversationId>,
    Query(query): Query<ListQuery>,
) -> Result<Found<CsatResponsePage>, Problem> {
    let filter = ResponseFilter { conversation_id: Some(id.0), ..ResponseFilter::default() };
    let pager = Pager::new(&shared, &caller, format!("csat of {}", id.0), query.cursor, query.limit);
    page(&caller, &front, &filter, &pager)
}

fn page(
    caller: &Caller,
    front: &Front,
    filter: &ResponseFilter,
    pager: &Pager<'_>,
) -> Result<Found<CsatResponsePage>, Problem> {
    let found = front.csat_responses(&caller.principal, filter, pager.after::<ids::CsatId>()?, pager.limit())?;
    let data: Result<Vec<_>, _> = found.found.iter().map(|response| present::response(front, response)).collect();
    Ok(Found(CsatResponsePage { data: data?, page: pager.info(found.next), as_of: found.as_of.into() }))
}

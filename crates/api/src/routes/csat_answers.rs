//! The page that a survey's link leads to: for whoever has the secret at its end, who needs no account.

use domain::access::Action;
use domain::csat::answer::{PageAnswer, answer_by_link};
use domain::csat::question::read_token;
use domain::event::Actor;
use domain::rejection::Rejection;

use crate::answer::Found;
use crate::dto::csat::{CsatQuestion, GiveCsatAnswer};
use crate::endpoint::{Endpoint, RateClass};
use crate::extract::{Json, Path};
use crate::front::Front;
use crate::openapi::Tag;
use crate::present::csat as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let public = |endpoint: Endpoint| endpoint.needs(Action::Public).rate(RateClass::Auth);
    vec![
        public(Endpoint::get("/v1/csat-answers/{token}", "get_csat_question", ask))
            .about(Tag::Csat, "Get what a customer is asked, by the secret of their link")
            .refuses(&[Kind::NotFound, Kind::Gone]),
        public(Endpoint::post("/v1/csat-answers/{token}", "give_csat_answer", answer))
            .about(Tag::Csat, "Answer a survey by the secret of its link")
            .description(
                "Another answer within a day counts instead of the one before. The same again changes nothing.",
            )
            .refuses(&[Kind::NotFound, Kind::Gone, Kind::Unprocessable]),
    ]
}

async fn ask(front: Front, Path(token): Path<String>) -> Result<Found<CsatQuestion>, Problem> {
    let token = read_token(&token).ok_or(Rejection::NotFound)?;
    Ok(Found(present::question(front.csat_question(token)?)))
}

async fn answer(
    front: Front,
    Path(token): Path<String>,
    Json(body, _): Json<GiveCsatAnswer>,
) -> Result<Found<CsatQuestion>, Problem> {
    let token = read_token(&token).ok_or(Rejection::NotFound)?;
    let given = PageAnswer { score: body.score.0, comment: body.comment };
    front.run(Actor::System, move |step| answer_by_link(step, token, given)).await?;
    Ok(Found(present::question(front.csat_question(token)?)))
}

//! The past a request asks about: `as_of_pos` or `as_of`, the same two parameters on everything that answers from the views
//! or from a stream. A handler that takes [`Then`] is given the desk as it was, and cannot tell.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use app::history::{AsOf, PastError};
use domain::access::{Action, Decision, Standing, authorize};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::query::{given, read};
use crate::caller::Caller;
use crate::dto::scalar::Timestamp;
use crate::edge::AtPosition;
use crate::front::Front;
use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};

/// The desk, as it was if the request asks for that, and the request's other parameters.
pub struct Then<Q = NoQuery>(pub Front, pub Q);

/// No parameters but the past.
#[derive(Debug, Deserialize, IntoParams)]
pub struct NoQuery {}

/// Which past.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct AsOfQuery {
    /// Answer as it was when this was the newest position of the log. Needs `history.read`. What was erased since stays
    /// erased.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991u64)]
    pub as_of_pos: Option<u64>,
    /// The same by time: the position of the last event recorded then or before. Not together with `as_of_pos`.
    #[param(inline)]
    pub as_of: Option<Timestamp>,
}

impl AsOfQuery {
    const NAMES: [&'static str; 2] = ["as_of_pos", "as_of"];

    fn asked(&self) -> Result<Option<AsOf>, Problem> {
        one_of(self.as_of_pos, self.as_of, Self::NAMES)
    }
}

/// A position or a time, not both.
pub(crate) fn one_of(
    pos: Option<u64>,
    time: Option<Timestamp>,
    [of_pos, of_time]: [&str; 2],
) -> Result<Option<AsOf>, Problem> {
    match (pos, time) {
        (Some(_), Some(_)) => {
            Err(Problem::parameter(of_time, "exclusive", format!("must not be given together with {of_pos}")))
        }
        (Some(pos), None) => Ok(Some(AsOf::Position(pos))),
        (None, Some(at)) => Ok(Some(AsOf::Time(at.0))),
        (None, None) => Ok(None),
    }
}

/// What a past that cannot be shown is answered with.
pub(crate) fn past_problem(error: PastError, asked: AsOf, [of_pos, of_time]: [&str; 2]) -> Problem {
    match error {
        PastError::Ahead { head } => match asked {
            AsOf::Position(_) => Problem::parameter(of_pos, "ahead", "the log has not come there yet"),
            AsOf::Time(_) => Problem::parameter(of_time, "ahead", "must not lie in the future"),
        }
        .with("head_pos", head),
        PastError::Gone { oldest } => Problem::new(Kind::PositionGone).with("oldest_pos", oldest),
        PastError::Busy => Problem::new(Kind::ProjectionBehind).detail(error.to_string()),
        PastError::Failed(failure) => failure.into(),
    }
}

/// A type's parameters with those two beside them.
struct Dated<Q>(std::marker::PhantomData<Q>);

impl<Q: IntoParams> IntoParams for Dated<Q> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = Q::into_params(&place);
        all.extend(AsOfQuery::into_params(&place));
        all
    }
}

impl<Q: DeserializeOwned + IntoParams + 'static> FromRequest for Then<Q> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let front = Front::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move {
            let (front, mut rest) = (front?, given::<Dated<Q>>(request.query_string())?);
            let past = AsOfQuery::NAMES.into_iter().filter_map(|name| rest.remove_entry(name));
            let past = read::<AsOfQuery>(past.collect::<Map<String, Value>>())?.asked()?;
            let query = read::<Q>(rest)?;
            let Some(asked) = past else { return Ok(Self(front, query)) };
            let caller = request.extensions().get::<Caller>().cloned();
            let caller = caller.ok_or_else(|| Problem::new(Kind::Unauthenticated))?;
            if authorize(&caller.principal, Action::HistoryRead, Standing::Workspace) != Decision::Allow {
                return Err(Problem::new(Kind::Forbidden));
            }
            let front = front.at(asked).await.map_err(|error| past_problem(error, asked, AsOfQuery::NAMES))?;
            request.extensions_mut().insert(AtPosition(front.position()));
            Ok(Self(front, query))
        })
    }
}

impl<Q: IntoParams> Describe for Then<Q> {
    fn describe(operation: &mut Operation) {
        operation.parameters.extend(super::query::parameters::<Dated<Q>>().into_iter().map(|(_, each)| each));
        operation.problems.extend([
            Kind::InvalidParameter,
            Kind::PositionGone,
            Kind::ProjectionBehind,
            Kind::Forbidden,
        ]);
    }
}

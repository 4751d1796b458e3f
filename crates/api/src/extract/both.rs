//! Query parameters that several operations share, beside those of one operation's own.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use super::query::{given, parameters, read};
use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};

/// The parameters of two types together, each checked like those of [`super::Query`].
pub(crate) struct Both<A, B>(pub A, pub B);

impl<A: IntoParams, B: IntoParams> IntoParams for Both<A, B> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut all = A::into_params(&place);
        all.extend(B::into_params(&place));
        all
    }
}

impl<A, B> FromRequest for Both<A, B>
where
    A: DeserializeOwned + IntoParams + 'static,
    B: DeserializeOwned + IntoParams + 'static,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Each reads what it knows.
        let both = given::<Self>(request.query_string());
        ready(both.and_then(|all| Ok(Self(read(all.clone())?, read(all)?))))
    }
}

impl<A: IntoParams, B: IntoParams> Describe for Both<A, B> {
    fn describe(operation: &mut Operation) {
        operation.parameters.extend(parameters::<Self>().into_iter().map(|(_, each)| each));
        operation.problems.insert(Kind::InvalidParameter);
    }
}

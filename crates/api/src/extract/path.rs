//! Path parameters. A value of the wrong shape names nothing, so the answer is 404, not 400: an id of
//! another kind, a random text and an absent thing look alike.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use crate::openapi::{Describe, Operation};
use crate::problem::{Kind, Problem};

/// The path's parameters, in order: one value or a tuple.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let extracted = web::Path::<T>::from_request(request, payload).into_inner();
        ready(extracted.map(|path| Self(path.into_inner())).map_err(|_| Problem::new(Kind::NotFound)))
    }
}

impl<T> Describe for Path<T> {
    /// The parameters themselves are described from the path's template, see [`crate::openapi`].
    fn describe(operation: &mut Operation) {
        operation.problems.insert(Kind::NotFound);
    }
}

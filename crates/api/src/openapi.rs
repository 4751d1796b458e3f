//! The contract: an OpenAPI 3.1 document assembled from the route table and the types that handlers really
//! take and give. Nothing about an operation is written twice: its parameters, body and problems come from
//! its extractors, its schemas from the types that are checked and serialized.
//!
//! `api-spec/openapi.json` is this document; a test compares them.

mod document;
mod parameters;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::problem::Kind;
use crate::schema::schema_of;

pub use document::{Tag, document};
pub(crate) use parameters::{id_pattern, path_parameters};

/// What an operation is known to take and give so far.
#[derive(Debug, Default)]
pub struct Operation {
    /// Lower case.
    pub method: &'static str,
    pub parameters: Vec<Value>,
    pub request_body: Option<Value>,
    /// Status to response object, successes only.
    pub responses: BTreeMap<u16, Value>,
    /// Everything it may refuse with.
    pub problems: BTreeSet<Kind>,
    /// Whether it answers 304 to a known entity tag.
    pub not_modified: bool,
    /// Named schemas it uses.
    pub schemas: BTreeMap<String, Value>,
}

impl Operation {
    /// Registers a type's schema and gives the reference to it.
    pub fn schema<T: ToSchema>(&mut self) -> Value {
        let (own, named) = schema_of::<T>();
        let name = T::name().into_owned();
        self.schemas.extend(named);
        self.schemas.insert(name.clone(), own);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }
}

/// Something a handler takes or gives that says so in the contract.
pub trait Describe {
    /// Adds its part.
    fn describe(operation: &mut Operation);
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Describe),*> Describe for ($($name,)*) {
            fn describe(_operation: &mut Operation) { $( $name::describe(_operation); )* }
        }
    };
}
tuples! {}
tuples! { A }
tuples! { A B }
tuples! { A B C }
tuples! { A B C D }
tuples! { A B C D E }
tuples! { A B C D E F }

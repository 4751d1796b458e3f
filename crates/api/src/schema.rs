//! The published schema, enforced. A body or a query is checked against the very schema the contract shows
//! before it is turned into its type, so that "violates the schema" and "is refused with 400" are one
//! sentence and no bound is written twice.
//!
//! This reads the part of JSON Schema that our types emit; [`Checker::new`] refuses keywords it does not
//! know, so that a bound in the contract is never silently unenforced. Callers: [`crate::extract`].

mod check;
mod compile;
mod documented;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use parking_lot::RwLock;
use regex_lite::Regex;
use serde_json::Value;
use utoipa::ToSchema;

use crate::problem::FieldError;

pub(crate) use documented::Extra;

/// A schema ready to check values against, with the schemas it refers to.
#[derive(Debug)]
pub struct Checker {
    root: Node,
    named: BTreeMap<String, Node>,
}

/// One schema object.
#[derive(Debug, Default)]
struct Node {
    /// Allowed JSON types; empty allows all.
    types: Vec<JsonType>,
    one_of_values: Option<Vec<Value>>,
    pattern: Option<Regex>,
    format: Option<Format>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    items: Option<Box<Node>>,
    min_items: Option<u64>,
    max_items: Option<u64>,
    unique_items: bool,
    properties: BTreeMap<String, Node>,
    /// What members are whose names are like this.
    patterned: Vec<(regex_lite::Regex, Node)>,
    required: Vec<String>,
    /// What a property without an entry of its own must be.
    additional: Additional,
    max_properties: Option<u64>,
    reference: Option<String>,
    any_of: Vec<Node>,
    all_of: Vec<Node>,
}

/// Properties that have no entry of their own.
#[derive(Debug, Default)]
enum Additional {
    /// Allowed whatever they are, which is what JSON Schema means by saying nothing.
    #[default]
    Anything,
    Nothing,
    Each(Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JsonType {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// The formats we enforce. Others are hints for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    DateTime,
    Int32,
    Int64,
}

impl Checker {
    /// Compiles a schema and the ones it refers to.
    ///
    /// Panics on a keyword it cannot enforce: that is a mistake in one of our types, found by the first test
    /// that touches it.
    pub fn new(root: &Value, named: &BTreeMap<String, Value>) -> Self {
        Self {
            root: Node::compile(root),
            named: named.iter().map(|(name, schema)| (name.clone(), Node::compile(schema))).collect(),
        }
    }

    /// The checker of a type, compiled once.
    pub fn of<T: ToSchema + 'static>() -> Arc<Self> {
        static CACHE: LazyLock<RwLock<BTreeMap<TypeId, Arc<Checker>>>> = LazyLock::new(RwLock::default);
        let key = TypeId::of::<T>();
        if let Some(known) = CACHE.read().get(&key) {
            return known.clone();
        }
        let (root, named) = schema_of::<T>();
        let checker = Arc::new(Self::new(&root, &named));
        CACHE.write().entry(key).or_insert(checker).clone()
    }

    /// Every place in the value that does not fit, in document order; empty when it fits.
    pub fn check(&self, value: &Value) -> Vec<FieldError> {
        check::check(self, &self.root, value)
    }

    /// The same against one of the named schemas.
    pub(crate) fn check_as(&self, name: &str, value: &Value) -> Vec<FieldError> {
        check::check(self, self.schema(name), value)
    }

    /// Pointers of the members of a fitting value that the named schema, and those it refers to, do not name.
    pub(crate) fn undocumented_as(&self, name: &str, value: &Value, extra: Extra<'_>) -> Vec<String> {
        let root = Node { reference: Some(name.to_owned()), ..Node::default() };
        documented::undocumented(self, &root, value, extra)
    }

    fn fits(&self, node: &Node, value: &Value) -> bool {
        check::check(self, node, value).is_empty()
    }

    fn schema(&self, name: &str) -> &Node {
        self.named.get(name).unwrap_or_else(|| panic!("no schema named {name}"))
    }
}

/// A type's schema and all named schemas it reaches, as the contract writes them.
pub fn schema_of<T: ToSchema>() -> (Value, BTreeMap<String, Value>) {
    let mut list = Vec::new();
    T::schemas(&mut list);
    let json = |schema| serde_json::to_value(schema).expect("a schema is JSON");
    (json(T::schema()), list.into_iter().map(|(name, schema)| (name, json(schema))).collect())
}

#[cfg(test)]
mod tests;

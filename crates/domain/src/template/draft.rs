//! A template as the team writes it, before the provider has seen it, in the provider's shape. Its limits are checked here, so
//! that a writer learns at once and for every field what the provider would refuse later; what nobody but the provider can judge
//! (whether it is promotional, or a duplicate of another) it says when it is submitted.

mod check;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fit::placeholders::placeholders;

pub use check::errors;

/// Longest name.
pub const NAME_MAX: usize = 512;
/// Parts at most.
pub const COMPONENTS_MAX: usize = 10;

/// See the module.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Draft {
    pub name: String,
    pub language: String,
    pub category: Category,
    /// In the shape of the template list, examples included.
    #[borsh(serialize_with = "crate::snapshot::write_json_list", deserialize_with = "crate::snapshot::read_json_list")]
    pub components: Vec<Value>,
    /// How long the provider tries to deliver a message made of it; absent: as long as it usually does. -1: 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_send_ttl_seconds: Option<i64>,
}

/// What it is for; the provider prices and limits by it.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Category {
    Utility,
    Marketing,
    Authentication,
}

impl Category {
    /// By the provider's word.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Utility, Self::Marketing, Self::Authentication].into_iter().find(|known| known.as_str() == word)
    }
    /// The provider's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utility => "UTILITY",
            Self::Marketing => "MARKETING",
            Self::Authentication => "AUTHENTICATION",
        }
    }
}

impl Draft {
    /// Whether its places have names, not numbers.
    pub fn is_named(&self) -> bool {
        texts(&self.components).any(|text| placeholders(text).iter().any(|name| !is_number(name)))
    }

    /// The distinct places of its texts, in the order of their first use.
    pub fn variables(&self) -> Vec<String> {
        variables(&self.components)
    }
}

/// The distinct places of a template's texts, in the order of their first use.
pub(super) fn variables(components: &[Value]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let all = texts(components).flat_map(placeholders);
    all.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
}

/// The texts of a template that may have places.
fn texts(components: &[Value]) -> impl Iterator<Item = &str> {
    components.iter().filter_map(|component| component.get("text")?.as_str())
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

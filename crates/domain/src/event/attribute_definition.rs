//! Facts about what may be noted of contacts.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::contact::definitions::Definition;

/// An attribute of a key that had no definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AttributeDefinitionCreated {
    pub definition: Definition,
}
facts!(AttributeDefinitionCreated = "attribute_definition.created");

/// The definition as it is from now on. What was set before stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AttributeDefinitionChanged {
    pub definition: Definition,
}
facts!(AttributeDefinitionChanged = "attribute_definition.changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct AttributeDefinitionRemoved {
    pub key: String,
}
facts!(AttributeDefinitionRemoved = "attribute_definition.removed");

//! Playbooks that were set up.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::ids::*;
use crate::preset::Preset;

/// A part of a playbook is there for a brand: made for it, or found to be there already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PresetPartInstalled {
    pub preset: Preset,
    pub brand_id: BrandId,
    /// Which part, as the preset calls it.
    pub part: String,
    /// The id of the team, rule, article, … that it is.
    pub id: String,
    /// Whether it was made for this.
    pub created: bool,
}
facts!(PresetPartInstalled = "preset.part_installed");

//! Playbooks that can be set up.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scalar::{BrandId, ChannelId, Position};

/// What a part of a preset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresetPartKind {
    Team,
    AutomationRule,
    Article,
    CannedReply,
    Macro,
    Template,
    Segment,
    Campaign,
}

/// A playbook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Preset {
    #[schema(max_length = 40)]
    pub name: String,
    #[schema(max_length = 400)]
    pub about: String,
    /// What its parts are, in the order they are made.
    #[schema(max_items = 20)]
    pub parts: Vec<PresetPartKind>,
    /// Your brands that it was set up for.
    #[schema(max_items = 1_000)]
    pub brand_ids: Vec<BrandId>,
}

/// All of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresetList {
    #[schema(max_items = 20)]
    pub data: Vec<Preset>,
    pub as_of: Position,
}

/// For whom it is set up.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstallPreset {
    /// Needed where several brands of yours have a number.
    pub brand_id: Option<BrandId>,
    /// The number that templates and campaigns belong to. Needed where the brand has several.
    pub channel_id: Option<ChannelId>,
}

/// A part that is there now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresetPart {
    /// The part's name in the preset.
    #[schema(max_length = 40)]
    pub name: String,
    pub kind: PresetPartKind,
    #[schema(max_length = 40)]
    pub id: String,
    /// Whether it was made by this request.
    pub created: bool,
}

/// A preset that is set up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PresetInstallation {
    #[schema(max_length = 40)]
    pub preset: String,
    pub brand_id: BrandId,
    pub channel_id: ChannelId,
    #[schema(max_items = 20)]
    pub parts: Vec<PresetPart>,
    /// What is left to people.
    #[schema(max_items = 10)]
    pub next_steps: Vec<String>,
}

//! Facts about the workspace and its brands, and about items of webhooks nobody could place.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::settings::Settings;
use crate::time::Timestamp;

/// The log begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WorkspaceOpened {
    pub settings: Settings,
    /// Finds messages that are one of the settings' courtesies, in the settings' order: see [`crate::settings::phrase_key`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub courtesy_keys: Vec<BlindKey>,
}
facts!(WorkspaceOpened = "workspace.opened");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WorkspaceSettingsChanged {
    pub settings: Settings,
    /// As in [`WorkspaceOpened`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub courtesy_keys: Vec<BlindKey>,
}
facts!(WorkspaceSettingsChanged = "workspace.settings_changed");

/// After a restore the outbox stands still until somebody confirms that this copy may send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OutboxReleased {}
facts!(OutboxReleased = "outbox.released");

/// The machine's wall clock said something else than what it was held against, by more than a minute: once for each time it was
/// set. The desk's time goes on without it meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ClockSuspected {
    pub against: Against,
    /// What the wall clock said.
    pub wall: Timestamp,
    /// What it should have said.
    pub expected: Timestamp,
}
facts!(ClockSuspected = "clock.suspected");

/// What the wall clock was held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The time that has passed since the machine started.
    Running,
    /// The newest time in the log, at start: the wall clock lay before it.
    LogHead,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BrandCreated {
    pub brand_id: BrandId,
    pub name: String,
}
facts!(BrandCreated = "brand.created");

/// Why an item could not be applied.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineReason {
    /// No channel has this number.
    UnknownNumber,
    /// The signature belongs to another app than the number's.
    WrongApp,
    /// The item's shape could not be read.
    Broken,
    /// We do not know what it is about.
    UnknownField,
    /// It completes a message that we do not have (yet).
    UnknownMessage,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuarantineItemAdded {
    pub quarantine_id: QuarantineId,
    pub reason: QuarantineReason,
    /// The webhook field it came under.
    pub field: String,
    /// What was wrong, without personal values.
    pub detail: Option<String>,
    /// Set where the number is known.
    pub channel_id: Option<ChannelId>,
    /// Each item has a key of its own, so that erasing a person can destroy what names them here too.
    pub seal: super::SealKey,
    #[serde(skip)]
    pub private: Option<QuarantineRaw>,
}
facts_and_private!(QuarantineItemAdded = "quarantine.item_added");

/// The item as it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuarantineRaw {
    /// Where it said it belongs.
    pub route: crate::inbound::Route,
    /// The item's JSON text (or the whole body, where nothing could be taken apart).
    pub raw: String,
}

/// A later version, or a newly connected number, could read it after all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuarantineItemReinterpreted {
    pub quarantine_id: QuarantineId,
}
facts!(QuarantineItemReinterpreted = "quarantine.item_reinterpreted");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QuarantineItemDismissed {
    pub quarantine_id: QuarantineId,
    pub at: Timestamp,
    /// Dismissed because the person it names was erased.
    pub erased: bool,
}
facts!(QuarantineItemDismissed = "quarantine.item_dismissed");

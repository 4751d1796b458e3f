//! Facts about what people were told: how far they have read, and what they want to be told. The notifications
//! themselves are no events: they are folded from what they are about.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts;
use crate::ids::*;
use crate::notification::NotificationKind;

/// Somebody has read a notification, or it and every older one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NotificationRead {
    pub user_id: UserId,
    pub notification_id: NotificationId,
    /// Position of the event it is about.
    pub about_pos: u64,
    pub older_too: bool,
}
facts!(NotificationRead = "notification.read");

/// What somebody does not want to be told from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NotificationSettingsChanged {
    pub user_id: UserId,
    /// Kinds that make no notification in the app.
    pub muted: BTreeSet<NotificationKind>,
}
facts!(NotificationSettingsChanged = "notification.settings_changed");

//! The workspace's settings and whether this copy of the log has been told that it may send.

use domain::event::{Event, Recorded};
use domain::settings::Settings;
use domain::time::Timestamp;

/// What the workspace's own stream says.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Workspace {
    pub settings: Settings,
    /// Absent in an empty log.
    pub opened_at: Option<Timestamp>,
    /// Position of the last release of the outbox after a restore.
    pub outbox_released_pos: Option<u64>,
    /// Version of the workspace's stream at the last change of the settings.
    pub version: u64,
}

impl Workspace {
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::WorkspaceOpened(event) => {
                self.settings = event.settings.clone();
                self.opened_at = Some(recorded.occurred_at);
            }
            Event::WorkspaceSettingsChanged(event) => self.settings = event.settings.clone(),
            Event::OutboxReleased(_) => return self.outbox_released_pos = Some(recorded.pos),
            _ => return,
        }
        self.version = recorded.version;
    }
}

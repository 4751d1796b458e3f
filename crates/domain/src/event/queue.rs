//! Facts about how queues are worked.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::queue::{QueueId, QueueSettings};

/// From now on the queue is worked like this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct QueueChanged {
    pub queue_id: QueueId,
    pub settings: QueueSettings,
}
facts!(QueueChanged = "queue.changed");

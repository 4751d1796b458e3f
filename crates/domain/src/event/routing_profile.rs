//! Facts about what people take at once, and what they can.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::ids::UserId;
use crate::routing_profile::Profile;

/// From now on it is as here, as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct UserRoutingChanged {
    pub user_id: UserId,
    #[serde(flatten)]
    pub profile: Profile,
}
facts!(UserRoutingChanged = "user.routing_changed");

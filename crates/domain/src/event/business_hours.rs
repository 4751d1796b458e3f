//! Facts about calendars of business hours. Names of calendars and holidays are configuration, not personal data.

use serde::{Deserialize, Serialize};

use super::facts;
use crate::business_hours::Spec;
use crate::ids::{BrandId, HoursId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BusinessHoursCreated {
    pub hours_id: HoursId,
    /// `None`: for the whole workspace.
    pub brand_id: Option<BrandId>,
    pub name: String,
    #[serde(flatten)]
    pub spec: Spec,
}
facts!(BusinessHoursCreated = "business_hours.created");

/// All of it, as it is from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BusinessHoursChanged {
    pub hours_id: HoursId,
    pub name: String,
    #[serde(flatten)]
    pub spec: Spec,
}
facts!(BusinessHoursChanged = "business_hours.changed");

/// Its versions stay for the facts that name them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BusinessHoursRemoved {
    pub hours_id: HoursId,
}
facts!(BusinessHoursRemoved = "business_hours.removed");

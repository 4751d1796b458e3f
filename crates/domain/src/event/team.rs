//! Facts about teams, their members and walls, and about custom roles. Names of teams and roles are configuration, not
//! personal data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts;
use crate::access::{Role, Walls};
use crate::ids::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TeamCreated {
    pub team_id: TeamId,
    /// `None`: it works for all brands.
    pub brand_id: Option<BrandId>,
    pub name: String,
    pub walls: Walls,
}
facts!(TeamCreated = "team.created");

/// The fields that a change names; `None` leaves one as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TeamChanged {
    pub team_id: TeamId,
    pub name: Option<String>,
    pub walls: Option<Walls>,
}
facts!(TeamChanged = "team.changed");

/// Its members leave with it; its past conversations keep its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TeamRemoved {
    pub team_id: TeamId,
}
facts!(TeamRemoved = "team.removed");

/// Somebody joined, or became or ceased to be a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TeamMemberSet {
    pub team_id: TeamId,
    pub user_id: UserId,
    pub lead: bool,
}
facts!(TeamMemberSet = "team.member_set");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TeamMemberRemoved {
    pub team_id: TeamId,
    pub user_id: UserId,
}
facts!(TeamMemberRemoved = "team.member_removed");

/// A role beside the built-in ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RoleCreated {
    pub role_id: RoleId,
    pub name: String,
    /// The built-in role whose walls it has.
    pub base: Role,
    /// Names of permissions. One that a later version no longer knows gives nothing.
    pub permissions: BTreeSet<String>,
}
facts!(RoleCreated = "role.created");

/// The fields that a change names; `None` leaves one as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RoleChanged {
    pub role_id: RoleId,
    pub name: Option<String>,
    pub permissions: Option<BTreeSet<String>>,
}
facts!(RoleChanged = "role.changed");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RoleRemoved {
    pub role_id: RoleId,
}
facts!(RoleRemoved = "role.removed");

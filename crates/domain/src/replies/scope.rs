//! Whose a canned reply or a macro is: who sees it, and who changes it. One predicate each, for decisions and reads alike.

use serde::{Deserialize, Serialize};

use crate::access::{Action, Decision, Principal, Roster, Standing, authorize};
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::routing::rule::manages as manages_brand;
use crate::world::World;

/// See the module.
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
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Scope {
    /// One person's own.
    #[serde(rename = "user")]
    Personal { user_id: UserId },
    /// For the members of a team.
    Team { team_id: TeamId },
    /// For whoever works for a brand.
    Brand { brand_id: BrandId },
    /// For everybody.
    Workspace,
}

impl Scope {
    /// The brand it ends at; `None`: none.
    pub fn brand(&self, roster: &Roster) -> Option<BrandId> {
        match self {
            Self::Team { team_id } => roster.any_team(*team_id).and_then(|team| team.brand_id),
            Self::Brand { brand_id } => Some(*brand_id),
            Self::Personal { .. } | Self::Workspace => None,
        }
    }

    /// How near it is to whoever uses it: one's own first.
    pub fn distance(&self) -> u8 {
        match self {
            Self::Personal { .. } => 0,
            Self::Team { .. } => 1,
            Self::Brand { .. } => 2,
            Self::Workspace => 3,
        }
    }
}

/// Whether somebody knows of it: their own, their teams', their brands' and everybody's; whoever works above teams, those of
/// all teams in their brands.
pub fn sees(roster: &Roster, viewer: &Principal, scope: Scope) -> bool {
    let rights = viewer.rights();
    let above_teams = authorize(viewer, Action::ConversationRead, Standing::OtherTeam) == Decision::Allow;
    match scope {
        Scope::Personal { user_id } => user_id == viewer.user_id,
        Scope::Team { team_id } => roster.any_team(team_id).is_some_and(|team| {
            team.brand_id.is_none_or(|brand| rights.in_brand(brand))
                && (above_teams || rights.teams().contains(&team_id))
        }),
        Scope::Brand { brand_id } => rights.in_brand(brand_id),
        Scope::Workspace => true,
    }
}

/// Whether somebody may change what they see: their own, and with the right to manage those of their brands. Only whoever works
/// for all brands changes what is everybody's.
pub fn manages(roster: &Roster, by: &Principal, scope: Scope) -> Result<(), Rejection> {
    if !sees(roster, by, scope) {
        return Err(Rejection::NotFound);
    }
    let may = |action| Rejection::unless_allowed(authorize(by, action, Standing::Workspace));
    match scope {
        Scope::Personal { .. } => may(Action::CannedReplyOwn),
        Scope::Team { .. } | Scope::Brand { .. } | Scope::Workspace => {
            may(Action::CannedReplyManage)?;
            manages_brand(by, scope.brand(roster))
        }
    }
}

/// What is wrong with making something for this scope; what one may not is a rejection of its own.
pub(super) fn check(world: &World, by: &Principal, scope: Scope) -> Result<Vec<FieldError>, Rejection> {
    let unknown = |pointer: &str, what: &str| {
        vec![FieldError { pointer: pointer.to_owned(), code: "unknown_reference", detail: what.to_owned() }]
    };
    let known = match scope {
        Scope::Personal { .. } | Scope::Workspace => true,
        Scope::Team { team_id } => world.roster.team(team_id).is_some() && sees(&world.roster, by, scope),
        Scope::Brand { brand_id } => world.brands.contains_key(&brand_id) && sees(&world.roster, by, scope),
    };
    // Whoever may not manage learns nothing about which teams there are.
    if !matches!(scope, Scope::Personal { .. }) {
        Rejection::unless_allowed(authorize(by, Action::CannedReplyManage, Standing::Workspace))?;
    }
    match scope {
        Scope::Team { .. } if !known => return Ok(unknown("/scope/team_id", "names no team of yours")),
        Scope::Brand { .. } if !known => return Ok(unknown("/scope/brand_id", "names no brand of yours")),
        _ => {}
    }
    manages(&world.roster, by, scope)?;
    Ok(Vec::new())
}

/// Whether it is meant for conversations of this brand.
pub fn serves(roster: &Roster, scope: Scope, brand: BrandId) -> bool {
    scope.brand(roster).is_none_or(|of| of == brand)
}

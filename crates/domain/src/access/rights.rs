//! What one person may do: the rows of the table for their role, narrowed or widened by a custom role, settled by the
//! workspace's settings, with the brands and teams they work in. Made anew when one of these changes, looked into on
//! every request.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::table::Cell;
use super::{Action, Decision, Role, Standing};
use crate::ids::{BrandId, TeamId};
use crate::settings::AgentSettings;

/// Brands in one person's list at most.
pub const BRANDS_MAX: usize = 100;

const STANDINGS: usize = Standing::ALL.len();

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Rights {
    decisions: Vec<[Decision; STANDINGS]>,
    /// `None`: all brands, also those to come.
    brands: Option<Arc<BTreeSet<BrandId>>>,
    /// Teams they are a member of.
    teams: Arc<BTreeSet<TeamId>>,
    /// Teams whose conversations every colleague of the brand sees.
    open_teams: Arc<BTreeSet<TeamId>>,
}

impl Rights {
    /// A built-in role's, in all brands and no team.
    pub fn of_role(role: Role, agents: &AgentSettings) -> Self {
        let row = |action: &Action| Standing::ALL.map(|standing| action.row().cell(role, standing).settled(agents));
        Self {
            decisions: Action::ALL.iter().map(row).collect(),
            brands: None,
            teams: Arc::default(),
            open_teams: Arc::default(),
        }
    }

    /// Those of a custom role: what it lists is allowed wherever its base role may look, what it does not list is
    /// refused. Walls and what everybody has (the own account, lists) stay the base role's.
    pub fn of_custom_role(base: Role, permissions: &BTreeSet<Action>, agents: &AgentSettings) -> Self {
        let mut rights = Self::of_role(base, agents);
        let reading = rights.row(Action::ConversationRead).to_owned();
        for (action, row) in Action::ALL.iter().zip(&mut rights.decisions) {
            if !action.is_grantable() {
                continue;
            }
            let listed = permissions.contains(action);
            for (standing, cell) in Standing::ALL.into_iter().zip(row.iter_mut()) {
                // A team's conversations that settings hide stay hidden, and an invitation stays for reading and notes.
                let widened = match standing {
                    Standing::Workspace | Standing::Own => true,
                    Standing::Team => reading[standing.column()] == Decision::Allow,
                    Standing::Collaborator | Standing::OtherTeam | Standing::OtherBrand => false,
                };
                *cell = match (*cell, listed) {
                    (Decision::Hide, _) => Decision::Hide,
                    (Decision::Forbid, true) if widened => Decision::Allow,
                    (Decision::Allow, false) => Decision::Forbid,
                    (as_is, _) => as_is,
                };
            }
        }
        rights
    }

    /// The same in these brands (`None`: all) and teams.
    pub fn within(
        mut self,
        brands: Option<Arc<BTreeSet<BrandId>>>,
        teams: Arc<BTreeSet<TeamId>>,
        open_teams: Arc<BTreeSet<TeamId>>,
    ) -> Self {
        (self.brands, self.teams, self.open_teams) = (brands, teams, open_teams);
        self
    }

    /// What both allow: for keys that act for somebody with less than they have. Teams with open walls stay open.
    pub fn intersection(&self, other: &Self) -> Self {
        let both = |one: &[Decision; STANDINGS], two: &[Decision; STANDINGS]| {
            std::array::from_fn(|column| one[column].min(two[column]))
        };
        let brands = match (&self.brands, &other.brands) {
            (None, brands) | (brands, None) => brands.clone(),
            (Some(one), Some(two)) => Some(Arc::new(one.intersection(two).copied().collect())),
        };
        // Whoever stands above teams is in all of them.
        let above = |rights: &Self| rights.decision(Action::ConversationRead, Standing::OtherTeam) == Decision::Allow;
        let teams = match (above(self), above(other)) {
            (true, _) => other.teams.clone(),
            (false, true) => self.teams.clone(),
            (false, false) => Arc::new(self.teams.intersection(&other.teams).copied().collect()),
        };
        Self {
            decisions: self.decisions.iter().zip(&other.decisions).map(|(one, two)| both(one, two)).collect(),
            brands,
            teams,
            open_teams: self.open_teams.clone(),
        }
    }

    /// The same with only these actions (and the own account).
    pub fn only(mut self, actions: &BTreeSet<Action>) -> Self {
        for (action, row) in Action::ALL.iter().zip(&mut self.decisions) {
            if *action != Action::Public && *action != Action::OwnAccount && !actions.contains(action) {
                row.iter_mut().for_each(|cell| *cell = (*cell).min(Decision::Forbid));
            }
        }
        self
    }

    /// The answer for an action on something that stands so.
    pub fn decision(&self, action: Action, standing: Standing) -> Decision {
        self.row(action)[standing.column()]
    }

    fn row(&self, action: Action) -> &[Decision; STANDINGS] {
        &self.decisions[action as usize]
    }

    /// Whether they work for this brand.
    pub fn in_brand(&self, brand: BrandId) -> bool {
        self.brands.as_ref().is_none_or(|brands| brands.contains(&brand))
    }

    /// The brands they work for; `None`: all.
    pub fn brands(&self) -> Option<&BTreeSet<BrandId>> {
        self.brands.as_deref()
    }

    /// The teams they are a member of.
    pub fn teams(&self) -> &BTreeSet<TeamId> {
        &self.teams
    }

    /// Every team on whose conversations they work, each once, in order.
    pub fn works_in_teams(&self) -> impl Iterator<Item = TeamId> {
        self.teams.union(&self.open_teams).copied()
    }

    /// Whether they work on this team's conversations: as a member, or because its walls are open.
    pub fn works_in(&self, team: TeamId) -> bool {
        self.teams.contains(&team) || self.open_teams.contains(&team)
    }
}

impl Action {
    /// Whether a custom role can give or take it. The keys of the house stay with the built-in roles, and what
    /// everybody needs to work stays with everybody.
    pub fn is_grantable(self) -> bool {
        let everybodys = matches!(
            self,
            Self::Public | Self::OwnAccount | Self::ConversationList | Self::LiveRead | Self::MetricRead
        );
        let row = self.row();
        let super_admins = row.cell(Role::Admin, Standing::Workspace) != Cell::Is(Decision::Allow);
        !everybodys && !super_admins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(base: Role, permissions: &[Action]) -> Rights {
        Rights::of_custom_role(base, &permissions.iter().copied().collect(), &AgentSettings::default())
    }

    #[test]
    fn a_custom_role_gives_and_takes_within_its_walls() {
        let rights = custom(Role::Operator, &[Action::ConversationRead, Action::ConversationPriority]);
        assert_eq!(rights.decision(Action::ConversationPriority, Standing::Own), Decision::Allow);
        assert_eq!(rights.decision(Action::MessageSend, Standing::Own), Decision::Forbid);
        assert_eq!(rights.decision(Action::ConversationPriority, Standing::Team), Decision::Hide);
        assert_eq!(rights.decision(Action::ConversationPriority, Standing::OtherBrand), Decision::Hide);
        assert_eq!(rights.decision(Action::OwnAccount, Standing::Workspace), Decision::Allow);
    }

    #[test]
    fn no_custom_role_holds_the_keys_of_the_house() {
        let rights = custom(Role::Admin, Action::ALL);
        for action in [Action::ChannelManage, Action::AdminManage, Action::ContactErase, Action::RoleManage] {
            assert_ne!(rights.decision(action, Standing::Workspace), Decision::Allow, "{}", action.name());
        }
    }

    #[test]
    fn what_both_allow_is_never_more_than_either() {
        let (one, two) = (custom(Role::Agent, &[Action::ConversationRead]), custom(Role::Operator, Action::ALL));
        let both = one.intersection(&two);
        for action in Action::ALL {
            for standing in Standing::ALL {
                let least = one.decision(*action, standing).min(two.decision(*action, standing));
                assert_eq!(both.decision(*action, standing), least);
            }
        }
    }
}

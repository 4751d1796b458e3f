//! Who is who at one position of the log: people with their role, brands and teams, the teams with their walls, the
//! custom roles. Folded from events by decisions and by read models alike, so that both answer the same; from it comes
//! everybody's [`Principal`]. Nothing personal is here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Action, Principal, Rights, Role};
use crate::event::{Event, Recorded};
use crate::ids::{BrandId, RoleId, TeamId, UserId};
use crate::settings::AgentSettings;

/// Whether a team's conversations are its own business.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Walls {
    /// Only members see them.
    Closed,
    /// Every agent who works for the brand sees them and may take them.
    Open,
}

/// A team.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Team {
    pub id: TeamId,
    /// The brand whose conversations it works on; `None`: all.
    pub brand_id: Option<BrandId>,
    pub name: String,
    pub walls: Walls,
    /// Members, and whether each leads the team.
    pub members: BTreeMap<UserId, bool>,
    /// A removed team keeps its name for the history and takes nothing any more.
    pub removed: bool,
    /// Events in its stream.
    pub version: u64,
}

/// A role made of a built-in one and a list of permissions.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct CustomRole {
    pub id: RoleId,
    pub name: String,
    /// Whose walls it has.
    pub base: Role,
    pub permissions: BTreeSet<Action>,
    pub version: u64,
}

/// A person, as far as rights go.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Member {
    pub role: Role,
    pub custom_role: Option<RoleId>,
    pub active: bool,
    /// `None`: all brands.
    pub brands: Option<Arc<BTreeSet<BrandId>>>,
    /// The position at which what they may do last changed.
    pub scope_pos: u64,
    /// What they may do now; kept although the account is closed, for questions about it.
    principal: Principal,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Roster {
    members: BTreeMap<UserId, Member>,
    teams: BTreeMap<TeamId, Team>,
    roles: BTreeMap<RoleId, CustomRole>,
    /// Roles that were removed: their streams are still read for questions about the past.
    removed_roles: BTreeSet<RoleId>,
    agents: AgentSettings,
    open_teams: Arc<BTreeSet<TeamId>>,
}

impl Roster {
    /// Somebody with the rights they have now; `None` where the account is closed or unknown.
    pub fn principal(&self, user: UserId) -> Option<&Principal> {
        self.members.get(&user).filter(|member| member.active).map(|member| &member.principal)
    }
    /// The asker with the rights they have now, held to what they act through; `None` where the account is closed.
    pub fn current(&self, asker: &Principal) -> Option<Principal> {
        let now = self.principal(asker.user_id)?;
        Some(asker.renewed(now))
    }
    /// Somebody's place, also of a closed account.
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.get(&user)
    }
    /// Everybody with an open account.
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.members.values().filter(|member| member.active).map(|member| &member.principal)
    }
    /// A team that exists now.
    pub fn team(&self, id: TeamId) -> Option<&Team> {
        self.teams.get(&id).filter(|team| !team.removed)
    }
    /// A team that exists or existed.
    pub fn any_team(&self, id: TeamId) -> Option<&Team> {
        self.teams.get(&id)
    }
    /// Every team that exists now.
    pub fn teams(&self) -> impl Iterator<Item = &Team> {
        self.teams.values().filter(|team| !team.removed)
    }
    /// Every team there ever was.
    pub fn all_teams(&self) -> impl Iterator<Item = &Team> {
        self.teams.values()
    }
    pub fn role(&self, id: RoleId) -> Option<&CustomRole> {
        self.roles.get(&id)
    }
    pub fn roles(&self) -> impl Iterator<Item = &CustomRole> {
        self.roles.values()
    }
    /// Every custom role there ever was.
    pub fn all_roles(&self) -> impl Iterator<Item = RoleId> {
        self.roles.keys().chain(&self.removed_roles).copied()
    }
    /// The teams somebody is a member of now.
    pub fn teams_of(&self, user: UserId) -> impl Iterator<Item = &Team> {
        self.teams().filter(move |team| team.members.contains_key(&user))
    }
    /// Who has this custom role.
    pub fn holders(&self, role: RoleId) -> impl Iterator<Item = UserId> {
        self.members.iter().filter(move |(_, member)| member.custom_role == Some(role)).map(|(id, _)| *id)
    }
    /// What agents may do by the workspace's settings.
    pub fn agent_settings(&self) -> &AgentSettings {
        &self.agents
    }

    /// Whether an event can change what anybody may do: those that must be read again to know an earlier state.
    pub fn concerns(event: &Event) -> bool {
        matches!(
            event,
            Event::WorkspaceOpened(_)
                | Event::WorkspaceSettingsChanged(_)
                | Event::UserCreated(_)
                | Event::UserRoleChanged(_)
                | Event::UserBrandsChanged(_)
                | Event::UserDeactivated(_)
                | Event::UserReactivated(_)
                | Event::TeamCreated(_)
                | Event::TeamChanged(_)
                | Event::TeamRemoved(_)
                | Event::TeamMemberSet(_)
                | Event::TeamMemberRemoved(_)
                | Event::RoleCreated(_)
                | Event::RoleChanged(_)
                | Event::RoleRemoved(_)
        )
    }

    /// Applies an event. Others than those it [concerns](Self::concerns) change nothing.
    pub fn apply(&mut self, recorded: &Recorded) {
        let pos = recorded.pos;
        match &recorded.event {
            Event::WorkspaceOpened(event) => self.set_agents(event.settings.agents, pos),
            Event::WorkspaceSettingsChanged(event) => self.set_agents(event.settings.agents, pos),
            Event::UserCreated(event) => {
                let member = Member {
                    role: event.role,
                    custom_role: event.custom_role_id,
                    active: true,
                    brands: event.brand_ids.clone().map(Arc::new),
                    scope_pos: pos,
                    principal: Principal::plain(event.user_id, event.role),
                };
                self.members.insert(event.user_id, member);
                self.settle(event.user_id, pos);
            }
            Event::UserRoleChanged(event) => self.change_member(event.user_id, pos, |member| {
                member.role = event.role;
                member.custom_role = event.custom_role_id;
            }),
            Event::UserBrandsChanged(event) => self.change_member(event.user_id, pos, |member| {
                member.brands = event.brand_ids.clone().map(Arc::new);
            }),
            Event::UserDeactivated(event) => self.change_member(event.user_id, pos, |member| member.active = false),
            Event::UserReactivated(event) => self.change_member(event.user_id, pos, |member| member.active = true),
            Event::TeamCreated(event) => {
                let team = Team {
                    id: event.team_id,
                    brand_id: event.brand_id,
                    name: event.name.clone(),
                    walls: event.walls,
                    members: BTreeMap::new(),
                    removed: false,
                    version: recorded.version,
                };
                self.teams.insert(event.team_id, team);
                self.walls_changed(pos);
            }
            Event::TeamChanged(event) => {
                self.change_team(event.team_id, recorded, |team| {
                    if let Some(name) = &event.name {
                        team.name.clone_from(name);
                    }
                    team.walls = event.walls.unwrap_or(team.walls);
                });
                self.walls_changed(pos);
            }
            Event::TeamRemoved(event) => {
                let members = self.teams.get(&event.team_id).map(|team| team.members.clone()).unwrap_or_default();
                self.change_team(event.team_id, recorded, |team| {
                    team.removed = true;
                    team.members.clear();
                });
                self.walls_changed(pos);
                members.keys().for_each(|user| self.settle(*user, pos));
            }
            Event::TeamMemberSet(event) => {
                self.change_team(event.team_id, recorded, |team| {
                    team.members.insert(event.user_id, event.lead);
                });
                self.settle(event.user_id, pos);
            }
            Event::TeamMemberRemoved(event) => {
                self.change_team(event.team_id, recorded, |team| {
                    team.members.remove(&event.user_id);
                });
                self.settle(event.user_id, pos);
            }
            Event::RoleCreated(event) => {
                let role = CustomRole {
                    id: event.role_id,
                    name: event.name.clone(),
                    base: event.base,
                    permissions: actions(&event.permissions),
                    version: recorded.version,
                };
                self.roles.insert(event.role_id, role);
            }
            Event::RoleChanged(event) => {
                if let Some(role) = self.roles.get_mut(&event.role_id) {
                    if let Some(name) = &event.name {
                        role.name.clone_from(name);
                    }
                    if let Some(permissions) = &event.permissions {
                        role.permissions = actions(permissions);
                    }
                    role.version = recorded.version;
                }
                let holders: Vec<_> = self.holders(event.role_id).collect();
                holders.into_iter().for_each(|user| self.settle(user, pos));
            }
            Event::RoleRemoved(event) => {
                self.roles.remove(&event.role_id);
                self.removed_roles.insert(event.role_id);
            }
            _ => {}
        }
    }

    fn set_agents(&mut self, agents: AgentSettings, pos: u64) {
        if self.agents != agents {
            self.agents = agents;
            self.settle_all(pos);
        }
    }

    fn change_member(&mut self, id: UserId, pos: u64, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.members.get_mut(&id) {
            change(member);
            self.settle(id, pos);
        }
    }

    fn change_team(&mut self, id: TeamId, recorded: &Recorded, change: impl FnOnce(&mut Team)) {
        if let Some(team) = self.teams.get_mut(&id) {
            change(team);
            team.version = recorded.version;
        }
    }

    fn walls_changed(&mut self, pos: u64) {
        let open: BTreeSet<_> = self.teams().filter(|team| team.walls == Walls::Open).map(|team| team.id).collect();
        if *self.open_teams != open {
            self.open_teams = Arc::new(open);
            self.settle_all(pos);
        }
    }

    fn settle_all(&mut self, pos: u64) {
        let everybody: Vec<_> = self.members.keys().copied().collect();
        everybody.into_iter().for_each(|user| self.settle(user, pos));
    }

    /// Works out somebody's rights anew, after the event at `pos`.
    fn settle(&mut self, user: UserId, pos: u64) {
        let teams: BTreeSet<_> = self.teams_of(user).map(|team| team.id).collect();
        let Some(member) = self.members.get_mut(&user) else { return };
        let custom = member.custom_role.and_then(|id| self.roles.get(&id));
        let rights = match custom {
            Some(role) => Rights::of_custom_role(role.base, &role.permissions, &self.agents),
            None => Rights::of_role(member.role, &self.agents),
        };
        let rights = rights.within(member.brands.clone(), Arc::new(teams), self.open_teams.clone());
        let principal = Principal::new(user, member.role, Arc::new(rights));
        if member.principal != principal {
            (member.principal, member.scope_pos) = (principal, pos);
        }
    }
}

/// Names this version does not know give nothing.
fn actions(names: &BTreeSet<String>) -> BTreeSet<Action> {
    names.iter().filter_map(|name| Action::named(name)).collect()
}

impl Action {
    /// The action of a permission's name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }
}

//! What is to be otherwise. Said as the events that would have made it so, at the range's beginning, so that everything follows from
//! them as it does in the desk.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::Role;
use crate::availability::{Availability, Cause};
use crate::event::availability::AgentAvailabilityChanged;
use crate::event::queue::QueueChanged;
use crate::event::routing::*;
use crate::event::routing_profile::UserRoutingChanged;
use crate::event::sla::{SlaPoliciesOrdered, SlaPolicyCreated, SlaPolicyRemoved};
use crate::event::team::TeamMemberSet;
use crate::event::user::UserCreated;
use crate::event::workspace::WorkspaceSettingsChanged;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::queue::{QueueId, QueueSettings};
use crate::routing::rule::RoutingRule;
use crate::routing_profile::Profile;
use crate::settings::{Settings, courtesy_keys};
use crate::sla::SlaPolicy;
use crate::step::Step;
use crate::time::Timestamp;

use super::measures::Scope;

/// People added at most.
pub const ADDED_MAX: usize = 200;
/// Times in one person's day, or days, at most.
pub const SHIFTS_MAX: usize = 100;

/// Half-open: they are there from the first moment on and gone at the last.
pub type Shift = (Timestamp, Timestamp);

/// See the module. What is absent stays as it was.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scenario {
    /// In place of those there were, and whatever became of them in the range.
    pub rules: Option<Vec<RoutingRule>>,
    pub queues: BTreeMap<QueueId, QueueSettings>,
    pub policies: Option<Vec<SlaPolicy>>,
    pub max_open_default: Option<u32>,
    pub max_open: BTreeMap<UserId, u32>,
    pub added: Vec<Added>,
    /// Away throughout; what they had goes back at the beginning.
    pub removed: BTreeSet<UserId>,
    /// When they are there, in place of when they were.
    pub shifts: BTreeMap<UserId, Vec<Shift>>,
    /// Whose rules and policies are replaced: of other brands' they stay.
    pub scope: Scope,
}

/// Somebody who was not there.
#[derive(Debug, Clone, PartialEq)]
pub struct Added {
    pub user_id: UserId,
    pub teams: BTreeSet<TeamId>,
    /// The brands they work for; `None`: all.
    pub brands: Option<BTreeSet<BrandId>>,
    pub profile: Profile,
    pub shifts: Vec<Shift>,
}

impl Scenario {
    /// Whether nothing is to be otherwise.
    pub fn is_identity(&self) -> bool {
        *self == Self { scope: self.scope.clone(), ..Self::default() }
    }

    /// Everybody whose hours are not those of the log, with theirs.
    pub(super) fn hours(&self) -> BTreeMap<UserId, Vec<Shift>> {
        let away = self.removed.iter().map(|user| (*user, Vec::new()));
        let added = self.added.iter().map(|added| (added.user_id, added.shifts.clone()));
        self.shifts.clone().into_iter().chain(away).chain(added).collect()
    }

    /// Sets it up.
    pub(super) fn begin(&self, step: &mut Step<'_>) {
        self.set_rules(step);
        self.set_policies(step);
        for (queue_id, settings) in &self.queues {
            let event = QueueChanged { queue_id: *queue_id, settings: settings.clone() };
            step.emit(StreamId::Queue(*queue_id), event);
        }
        if let Some(settings) = self.settings(&step.world.settings) {
            let courtesy_keys = courtesy_keys(step.blind, &settings);
            step.emit(StreamId::Workspace, WorkspaceSettingsChanged { settings, courtesy_keys });
        }
        for user_id in self.max_open.keys() {
            let profile = self.profile(*user_id, step.world.profiles.of(*user_id));
            step.emit(StreamId::User(*user_id), UserRoutingChanged { user_id: *user_id, profile });
        }
        for added in &self.added {
            let Added { user_id, teams, brands, profile, shifts: _ } = added.clone();
            let made = UserCreated {
                user_id,
                role: Role::Agent,
                custom_role_id: None,
                brand_ids: brands,
                email_key: None,
                private: None,
            };
            step.emit(StreamId::User(user_id), made);
            for team_id in teams {
                step.emit(StreamId::Team(team_id), TeamMemberSet { team_id, user_id, lead: false });
            }
            step.emit(StreamId::User(user_id), UserRoutingChanged { user_id, profile });
        }
    }

    fn set_rules(&self, step: &mut Step<'_>) {
        let Some(rules) = &self.rules else { return };
        let mut order: Vec<RoutingRuleId> = step.world.rules.iter().map(|entry| entry.id).collect();
        let replaced = |entry: &&crate::routing::rule::Entry| self.replaces(entry.rule.brand_id);
        let gone: Vec<_> = step.world.rules.iter().filter(replaced).map(|entry| entry.id).collect();
        // They stand where the first of those stood that they replace.
        let place = order.iter().position(|id| gone.contains(id)).unwrap_or(order.len());
        let made: Vec<RoutingRuleId> = rules.iter().map(|_| step.mint.fresh()).collect();
        order.splice(place..place, made.iter().copied());
        order.retain(|id| !gone.contains(id));
        for rule_id in gone {
            step.emit(StreamId::RoutingRule(rule_id), RoutingRuleRemoved { rule_id });
        }
        for (rule_id, rule) in made.into_iter().zip(rules) {
            step.emit(StreamId::RoutingRule(rule_id), RoutingRuleCreated { rule_id, rule: rule.clone() });
        }
        step.emit(StreamId::Workspace, RoutingRulesOrdered { rule_ids: order });
    }

    fn set_policies(&self, step: &mut Step<'_>) {
        let Some(policies) = &self.policies else { return };
        let mut order: Vec<SlaPolicyId> = step.world.sla_policies.iter().map(|entry| entry.id).collect();
        let replaced = |entry: &&crate::sla::Entry| self.replaces(entry.policy.brand_id);
        let gone: Vec<_> = step.world.sla_policies.iter().filter(replaced).map(|entry| entry.id).collect();
        let place = order.iter().position(|id| gone.contains(id)).unwrap_or(order.len());
        let made: Vec<SlaPolicyId> = policies.iter().map(|_| step.mint.fresh()).collect();
        order.splice(place..place, made.iter().copied());
        order.retain(|id| !gone.contains(id));
        for policy_id in gone {
            step.emit(StreamId::SlaPolicy(policy_id), SlaPolicyRemoved { policy_id });
        }
        for (policy_id, policy) in made.into_iter().zip(policies) {
            step.emit(StreamId::SlaPolicy(policy_id), SlaPolicyCreated { policy_id, policy: policy.clone() });
        }
        step.emit(StreamId::Workspace, SlaPoliciesOrdered { policy_ids: order });
    }

    /// Whether what is set up for a brand (`None`: all) is the scenario's to replace.
    fn replaces(&self, brand: Option<BrandId>) -> bool {
        match brand {
            Some(brand) => self.scope.has(brand),
            None => self.scope.0.is_none(),
        }
    }

    fn settings(&self, were: &Settings) -> Option<Settings> {
        let most = self.max_open_default?;
        let mut settings = were.clone();
        settings.routing.max_open_default = Some(most);
        Some(settings)
    }

    fn profile(&self, user: UserId, was: &Profile) -> Profile {
        let mut profile = was.clone();
        profile.max_open = self.max_open.get(&user).copied().or(profile.max_open);
        profile
    }

    /// A fact of the log as it happens in the scenario. `None`: it does not, as what it changes is the scenario's to say.
    pub(super) fn of_fact(
        &self,
        logged: &Recorded,
        rules: &dyn Fn(RoutingRuleId) -> Option<Option<BrandId>>,
    ) -> Option<Recorded> {
        let mut logged = logged.clone();
        let own_rule = |id| self.rules.is_some() && rules(id).is_none_or(|brand| self.replaces(brand));
        match &mut logged.event {
            Event::RoutingRuleCreated(event) if self.rules.is_some() && self.replaces(event.rule.brand_id) => {
                return None;
            }
            Event::RoutingRuleChanged(event) if own_rule(event.rule_id) => return None,
            Event::RoutingRuleRemoved(event) if own_rule(event.rule_id) => return None,
            Event::RoutingRulesOrdered(_) if self.rules.is_some() => return None,
            Event::SlaPolicyCreated(event) if self.policies.is_some() && self.replaces(event.policy.brand_id) => {
                return None;
            }
            Event::SlaPolicyChanged(event) if self.policies.is_some() && self.replaces(event.policy.brand_id) => {
                return None;
            }
            // Removed already, if it was the scenario's to replace: removing what is not there changes nothing.
            Event::SlaPoliciesOrdered(_) if self.policies.is_some() => return None,
            Event::QueueChanged(event) if self.queues.contains_key(&event.queue_id) => return None,
            Event::AgentAvailabilityChanged(event)
                if self.removed.contains(&event.user_id) || self.shifts.contains_key(&event.user_id) =>
            {
                return None;
            }
            Event::WorkspaceSettingsChanged(event) => {
                if let Some(settings) = self.settings(&event.settings) {
                    event.settings = settings;
                }
            }
            Event::UserRoutingChanged(event) => event.profile = self.profile(event.user_id, &event.profile),
            _ => {}
        }
        Some(logged)
    }
}

/// Somebody takes work from now on, or is gone.
pub(super) fn turn(step: &mut Step<'_>, user_id: UserId, there: bool) {
    let to = if there { Availability::Available } else { Availability::Offline };
    let from = step.world.availability.of(user_id).map_or(Availability::Offline, |state| state.availability);
    if from == to {
        return;
    }
    let event = AgentAvailabilityChanged {
        user_id,
        from,
        to,
        cause: Cause::SetByOther,
        until: None,
        live: false,
        note_key: None,
        private: None,
    };
    step.emit(StreamId::User(user_id), event);
}

//! A scenario as somebody asks for it: checked against what there is now by the checks of those who set up rules, queues, promises and
//! profiles, all errors at once; then held against what there was when the range began.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::measures::Scope;
use super::scenario::{ADDED_MAX, Added, SHIFTS_MAX, Scenario, Shift};
use crate::access::Principal;
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::queue::settings::CAPACITY_MAX;
use crate::queue::{QueueId, QueueSettings, change};
use crate::rejection::Rejection;
use crate::routing::rule::{self, RoutingRule};
use crate::routing_profile::{self, Wish};
use crate::sla::{SlaPolicy, manage};
use crate::step::Step;
use crate::world::World;

/// How a queue is to be worked, from how it was.
pub type QueueChange = Arc<dyn Fn(QueueSettings) -> QueueSettings + Send + Sync>;

/// See the module. Lists, so that what is wrong can be pointed at.
#[derive(Clone, Default)]
pub struct Draft {
    pub rules: Option<Vec<RoutingRule>>,
    pub queues: Vec<(QueueId, QueueChange)>,
    pub policies: Option<Vec<SlaPolicy>>,
    pub max_open_default: Option<u32>,
    pub max_open: Vec<(UserId, u32)>,
    pub added: Vec<Additional>,
    pub removed: Vec<UserId>,
    pub shifts: Vec<(UserId, Vec<Shift>)>,
}

/// So many people alike who were not there.
#[derive(Debug, Clone, Default)]
pub struct Additional {
    pub count: u32,
    pub teams: Vec<TeamId>,
    pub wish: Wish,
    pub shifts: Vec<Shift>,
}

/// Collects what is wrong, at its place.
struct Errors(Vec<FieldError>);

impl Errors {
    fn say(&mut self, pointer: String, code: &'static str, detail: &str) {
        self.0.push(FieldError { pointer, code, detail: detail.to_owned() });
    }
    fn under(&mut self, place: &str, errors: Vec<FieldError>) {
        let moved = |error: FieldError| FieldError { pointer: format!("{place}{}", error.pointer), ..error };
        self.0.extend(errors.into_iter().map(moved));
    }
}

impl Draft {
    /// Whether it could be set up as things stand, by somebody with these rights.
    pub fn check(&self, step: &Step<'_>, by: &Principal) -> Result<(), Rejection> {
        let world = &*step.world;
        let mut errors = Errors(Vec::new());
        for (index, rule) in self.rules.iter().flatten().enumerate() {
            errors.under(&format!("/scenario/routing_rules/{index}"), rule::errors(world, by, rule));
        }
        for (index, policy) in self.policies.iter().flatten().enumerate() {
            errors.under(&format!("/scenario/sla_policies/{index}"), manage::errors(step, by, policy));
        }
        self.check_queues(world, by, &mut errors);
        self.check_capacity(world, by, &mut errors);
        self.check_people(step, by, &mut errors);
        if errors.0.is_empty() { Ok(()) } else { Err(Rejection::Fields(errors.0)) }
    }

    fn check_queues(&self, world: &World, by: &Principal, errors: &mut Errors) {
        for (index, (id, queue)) in self.queues.iter().enumerate() {
            let place = format!("/scenario/queues/{index}");
            let of_all_brands = change::brand_of(world, *id).is_none() && by.rights().brands().is_some();
            if change::seen(world, by, *id).is_err() || of_all_brands {
                errors.say(format!("{place}/queue_id"), "unknown_reference", "names no queue of yours");
            } else if self.queues[..index].iter().any(|(other, _)| other == id) {
                errors.say(format!("{place}/queue_id"), "duplicate", "is named twice");
            } else {
                let wanted = queue(world.queues.settings(*id).clone());
                errors.under(&format!("{place}/settings"), change::errors(world, by, *id, &wanted));
            }
        }
    }

    fn check_capacity(&self, world: &World, by: &Principal, errors: &mut Errors) {
        let fits = |most: u32| (1..=CAPACITY_MAX).contains(&most);
        let range = format!("1 to {CAPACITY_MAX}");
        if self.max_open_default.is_some_and(|most| !fits(most)) {
            errors.say("/scenario/capacity/max_open_default".to_owned(), "out_of_range", &range);
        }
        let mut named = BTreeSet::new();
        for (index, (user, most)) in self.max_open.iter().enumerate() {
            let place = format!("/scenario/capacity/users/{index}");
            known(world, by, *user, &mut named, format!("{place}/user_id"), errors);
            if !fits(*most) {
                errors.say(format!("{place}/max_open"), "out_of_range", &range);
            }
        }
    }

    fn check_people(&self, step: &Step<'_>, by: &Principal, errors: &mut Errors) {
        let world = &*step.world;
        let all: u64 = self.added.iter().map(|added| u64::from(added.count)).sum();
        if all > ADDED_MAX as u64 {
            errors.say("/scenario/staffing/add".to_owned(), "too_many", &format!("at most {ADDED_MAX} people"));
        }
        for (index, added) in self.added.iter().enumerate() {
            let place = format!("/scenario/staffing/add/{index}");
            if added.count == 0 {
                errors.say(format!("{place}/count"), "out_of_range", "at least one");
            }
            for (number, team) in added.teams.iter().enumerate() {
                let sees = |team: &crate::access::Team| team.brand_id.is_none_or(|brand| by.rights().in_brand(brand));
                if !world.roster.team(*team).is_some_and(sees) {
                    let pointer = format!("{place}/team_ids/{number}");
                    errors.say(pointer, "unknown_reference", "names no team of yours");
                }
            }
            if let Err(Rejection::Fields(wrong)) = routing_profile::checked(step, by, added.wish.clone()) {
                errors.under(&place, wrong);
            }
            check_shifts(&added.shifts, &place, errors);
        }
        let mut named = BTreeSet::new();
        for (index, user) in self.removed.iter().enumerate() {
            known(world, by, *user, &mut named, format!("/scenario/staffing/remove/{index}"), errors);
        }
        for (index, (user, shifts)) in self.shifts.iter().enumerate() {
            let place = format!("/scenario/staffing/shifts/{index}");
            known(world, by, *user, &mut named, format!("{place}/user_id"), errors);
            check_shifts(shifts, &place, errors);
        }
    }

    /// The scenario, in the world before the range. What did not exist yet cannot be made otherwise.
    pub fn settled(self, world: &World, by: &Principal) -> Result<Scenario, Rejection> {
        let mut errors = Errors(Vec::new());
        let mut later =
            |pointer: String| errors.say(pointer, "unknown_reference", "did not exist when the range began");
        let is_user = |user: &UserId| world.users.contains_key(user);
        let is_queue = |queue: &QueueId| match queue {
            QueueId::Team(team) => world.roster.team(*team).is_some(),
            QueueId::Common(brand) => world.brands.contains_key(brand),
        };
        for (index, _) in self.queues.iter().enumerate().filter(|(_, (queue, _))| !is_queue(queue)) {
            later(format!("/scenario/queues/{index}/queue_id"));
        }
        for (index, _) in self.max_open.iter().enumerate().filter(|(_, (user, _))| !is_user(user)) {
            later(format!("/scenario/capacity/users/{index}/user_id"));
        }
        for (index, _) in self.removed.iter().enumerate().filter(|(_, user)| !is_user(user)) {
            later(format!("/scenario/staffing/remove/{index}"));
        }
        for (index, _) in self.shifts.iter().enumerate().filter(|(_, (user, _))| !is_user(user)) {
            later(format!("/scenario/staffing/shifts/{index}/user_id"));
        }
        for (index, added) in self.added.iter().enumerate() {
            for (number, _) in added.teams.iter().enumerate().filter(|(_, team)| world.roster.team(**team).is_none()) {
                later(format!("/scenario/staffing/add/{index}/team_ids/{number}"));
            }
        }
        if !errors.0.is_empty() {
            return Err(Rejection::Fields(errors.0));
        }
        let brands = by.rights().brands().cloned();
        let mut added = Vec::new();
        for group in self.added {
            let profile = routing_profile::unchecked(group.wish);
            for _ in 0..group.count {
                added.push(Added {
                    user_id: Added::numbered(added.len()),
                    teams: group.teams.iter().copied().collect(),
                    brands: brands.clone(),
                    profile: profile.clone(),
                    shifts: group.shifts.clone(),
                });
            }
        }
        let settings = |id: QueueId, queue: QueueChange| (id, queue(world.queues.settings(id).clone()));
        Ok(Scenario {
            rules: self.rules,
            queues: self.queues.into_iter().map(|(id, queue)| settings(id, queue)).collect(),
            policies: self.policies,
            max_open_default: self.max_open_default,
            max_open: self.max_open.into_iter().collect(),
            added,
            removed: self.removed.into_iter().collect(),
            shifts: self.shifts.into_iter().collect(),
            scope: Scope(brands),
        })
    }
}

/// Somebody the asker may know of, named once.
fn known(
    world: &World,
    by: &Principal,
    user: UserId,
    named: &mut BTreeSet<UserId>,
    pointer: String,
    errors: &mut Errors,
) {
    let shared = |member: &crate::access::Member| match (by.rights().brands(), &member.brands) {
        (None, _) | (_, None) => true,
        (Some(mine), Some(theirs)) => !mine.is_disjoint(theirs),
    };
    if !world.roster.member(user).is_some_and(|member| member.active && shared(member)) {
        errors.say(pointer, "unknown_reference", "names nobody you know of");
    } else if !named.insert(user) {
        errors.say(pointer, "duplicate", "is named twice");
    }
}

fn check_shifts(shifts: &[Shift], place: &str, errors: &mut Errors) {
    if shifts.len() > SHIFTS_MAX {
        errors.say(format!("{place}/hours"), "too_many", &format!("at most {SHIFTS_MAX}"));
    }
    for (index, _) in shifts.iter().enumerate().filter(|(_, (from, to))| from >= to) {
        errors.say(format!("{place}/hours/{index}/to"), "out_of_range", "lies after `from`");
    }
}

impl Added {
    /// People who never were have the first ids there are: no account ever has one of these.
    fn numbered(place: usize) -> UserId {
        UserId::from_u128(place as u128 + 1)
    }
    /// Which of those that were added, from 0; `None`: a real one.
    pub fn place_of(user: UserId) -> Option<usize> {
        (1..=ADDED_MAX as u128).contains(&user.as_u128()).then(|| user.as_u128() as usize - 1)
    }
}

//! Whom a conversation is given to. Pure: the world as it is, one conversation, and the time in; a decision with everybody
//! who was looked at out.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::rule::relaxes_after;
use super::triage::LANGUAGE_SKILL;
use crate::access::{Roster, Team};
use crate::availability::Availability;
use crate::event::routing::*;
use crate::ids::*;
use crate::queue::settings::Strategy;
use crate::queue::{Entry, QueueId, Seat};
use crate::routing_profile::Profile;
use crate::settings::Settings;
use crate::time::Timestamp;
use crate::world::World;

/// People named in a decision at most.
pub const CANDIDATES_MAX: usize = 20;
/// What somebody holds at most where nobody said otherwise.
pub const CAPACITY_DEFAULT: u32 = 20;

/// A decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub choice: Result<(UserId, Strategy), HoldReason>,
    pub skills: Skills,
    pub relaxed: bool,
    /// When required skills will only be preferred, if that is still to come.
    pub relaxes_at: Option<Timestamp>,
    pub candidates: Vec<Candidate>,
    pub skipped: BTreeMap<SkipReason, u32>,
    pub eligible: u32,
}

/// Somebody who could have it, by how well they suit: the least is the best.
type Rank = (Reverse<u32>, u64, u64, UserId);

/// Looks for somebody. `sticky`: who had the contact last, where that counts.
pub fn route(world: &World, entry: &Entry, sticky: Option<UserId>, now: Timestamp) -> Decision {
    let queue = entry.queue_id();
    let settings = world.queues.settings(queue);
    let demand = entry.demand.as_deref();
    let strategies = demand.and_then(|demand| demand.strategies.as_ref()).unwrap_or(&settings.strategies);
    let by = strategies.last().copied().unwrap_or(Strategy::Manual);
    let skills = demand.map(|demand| demand.skills.clone()).unwrap_or_default();
    let (relaxed, relaxes_at) = relaxing(world, entry, now);
    let look = Look { world, entry, queue, skills: &skills, relaxed };

    let mut eligible: Vec<(Rank, Candidate)> = Vec::new();
    let mut skipped: BTreeMap<SkipReason, u32> = BTreeMap::new();
    let mut passed: Vec<Candidate> = Vec::new();
    let rotation = world.queues.board().line(queue).and_then(|line| line.rotation());
    let people = works(&world.roster, queue);
    let anybody = !people.is_empty();
    for user in people {
        let Some(seat) = world.queues.board().seats().of(user) else { continue };
        let (preferred, verdict) = look.at(user, seat);
        match verdict {
            None => {
                let order = match by {
                    Strategy::LeastLoaded => (u64::from(seat.load()), seat.given_pos),
                    _ => (u64::from(rotation.is_some_and(|last| user <= last)), 0),
                };
                let candidate = look.candidate(user, seat, preferred, None);
                eligible.push(((Reverse(preferred), order.0, order.1, user), candidate));
            }
            Some(reason) => {
                *skipped.entry(reason).or_default() += 1;
                if passed.len() < CANDIDATES_MAX {
                    passed.push(look.candidate(user, seat, preferred, Some(reason)));
                }
            }
        }
    }
    // Rights are asked of those alone who would be next: they cost more than all the rest.
    let mut count = eligible.len() as u32;
    if eligible.len() > CANDIDATES_MAX {
        eligible.select_nth_unstable_by_key(CANDIDATES_MAX, |(rank, _)| *rank);
    }
    let rest = eligible.split_off(eligible.len().min(CANDIDATES_MAX));
    eligible.sort_unstable_by_key(|(rank, _)| *rank);
    let may = |user: UserId| {
        world.roster.principal(user).is_some_and(|principal| principal.may_own(entry.brand_id, entry.team_id))
    };
    let mut candidates: Vec<Candidate> = Vec::new();
    for mut candidate in eligible.into_iter().chain(rest).map(|(_, candidate)| candidate) {
        if candidates.len() < CANDIDATES_MAX {
            if may(candidate.user_id) {
                candidates.push(candidate);
            } else {
                candidate.skipped = Some(SkipReason::NotAllowed);
                *skipped.entry(SkipReason::NotAllowed).or_default() += 1;
                count -= 1;
                passed.push(candidate);
            }
        }
    }
    let wants_sticky = strategies.contains(&Strategy::Sticky) || entry.hint.is_some();
    let known = sticky.filter(|_| wants_sticky).filter(|user| {
        let seat = world.queues.board().seats().of(*user);
        let here = is_of(world, queue, *user);
        here && seat.is_some_and(|seat| look.at(*user, seat).1.is_none()) && may(*user)
    });
    let choice = match (known, candidates.first()) {
        (Some(user), _) => Ok((user, Strategy::Sticky)),
        (None, Some(best)) if by != Strategy::Manual => Ok((best.user_id, by)),
        (None, _) => Err(why_nobody(anybody, &skipped)),
    };
    if let Ok((user, _)) = choice {
        // The chosen one first, whatever the order of the others says.
        match candidates.iter().position(|candidate| candidate.user_id == user) {
            Some(place) => candidates[..=place].rotate_right(1),
            None => {
                if let Some(seat) = world.queues.board().seats().of(user) {
                    let preferred = look.at(user, seat).0;
                    candidates.insert(0, look.candidate(user, seat, preferred, None));
                }
            }
        }
    }
    candidates.extend(passed);
    candidates.truncate(CANDIDATES_MAX);
    Decision { choice, skills, relaxed, relaxes_at, candidates, skipped, eligible: count }
}

/// Whether required skills are only preferred by now, and when they will be where that is still to come.
pub(super) fn relaxing(world: &World, entry: &Entry, now: Timestamp) -> (bool, Option<Timestamp>) {
    let of_queue = world.queues.settings(entry.queue_id()).relax_skills_after_ms;
    let demand = entry.demand.as_deref();
    let after = demand.map_or(of_queue, |demand| relaxes_after(demand, of_queue));
    let at = after.map(|after| entry.entered_at + after);
    let requires = demand.is_some_and(|demand| !demand.skills.required.is_empty());
    (at.is_some_and(|at| at <= now), at.filter(|at| *at > now && requires))
}

/// Whoever works a queue: a team's members; on a brand's common queue everybody below Admins, who stand above queues.
pub fn works(roster: &Roster, queue: QueueId) -> Vec<UserId> {
    match queue {
        QueueId::Team(team) => roster.team(team).map(members).unwrap_or_default(),
        QueueId::Common(brand) => {
            let inside =
                |principal: &&crate::access::Principal| !principal.role.is_high() && principal.rights().in_brand(brand);
            roster.principals().filter(inside).map(|principal| principal.user_id).collect()
        }
    }
}

fn members(team: &Team) -> Vec<UserId> {
    team.members.keys().copied().collect()
}

fn is_of(world: &World, queue: QueueId, user: UserId) -> bool {
    match queue {
        QueueId::Team(team) => world.roster.team(team).is_some_and(|team| team.members.contains_key(&user)),
        QueueId::Common(_) => true,
    }
}

/// Whether anybody of a queue takes work and has room at all: else nothing in it need be looked at.
pub(crate) fn anybody_has_room(world: &World, queue: QueueId) -> bool {
    works(&world.roster, queue).into_iter().any(|user| {
        let seat = world.queues.board().seats().of(user);
        seat.is_some_and(|seat| {
            seat.availability == Availability::Available
                && seat.open < capacity(world, user)
                && seat.open_in(queue) < capacity_in(world, user, queue)
        })
    })
}

/// What somebody holds at most.
pub fn capacity(world: &World, user: UserId) -> u32 {
    takes(world.profiles.of(user), &world.settings)
}

/// The same of somebody with this profile.
pub fn takes(profile: &Profile, settings: &Settings) -> u32 {
    profile.max_open.or(settings.routing.max_open_default).unwrap_or(CAPACITY_DEFAULT)
}

/// What somebody holds of a queue at most.
fn capacity_in(world: &World, user: UserId, queue: QueueId) -> u32 {
    let own = queue.team_id().and_then(|team| world.profiles.of(user).by_team.get(&team).copied());
    own.or(world.queues.settings(queue).capacity).unwrap_or(u32::MAX)
}

/// Why somebody has no room for a conversation, holding so many open ones in all, of its queue and on its channel.
pub(super) fn full(world: &World, entry: &Entry, user: UserId, held: [u32; 3]) -> Option<SkipReason> {
    let [open, of_queue, on_channel] = held;
    let most_on_channel = world.profiles.of(user).by_channel.get(&entry.channel_id);
    if open >= capacity(world, user) {
        Some(SkipReason::Full)
    } else if of_queue >= capacity_in(world, user, entry.queue_id()) {
        Some(SkipReason::FullInTeam)
    } else {
        most_on_channel.is_some_and(|most| on_channel >= *most).then_some(SkipReason::FullOnChannel)
    }
}

/// Whether somebody may hold one more of these.
pub(crate) fn has_room_for(world: &World, entry: &Entry, user: UserId) -> bool {
    world.queues.board().seats().of(user).is_some_and(|seat| {
        let held = [seat.open, seat.open_in(entry.queue_id()), seat.open_on(entry.channel_id)];
        full(world, entry, user, held).is_none()
    })
}

/// Whether somebody speaks a language: one that is known by its regions covers them, and the other way round.
fn speaks(spoken: &BTreeSet<String>, language: &str) -> bool {
    let covers = |wide: &str, narrow: &str| narrow.strip_prefix(wide).is_some_and(|rest| rest.starts_with('-'));
    spoken.iter().any(|own| own == language || covers(own, language) || covers(language, own))
}

struct Look<'a> {
    world: &'a World,
    entry: &'a Entry,
    queue: QueueId,
    skills: &'a Skills,
    relaxed: bool,
}

impl Look<'_> {
    /// How many of the preferred skills somebody has, and why they cannot have it.
    fn at(&self, user: UserId, seat: &Seat) -> (u32, Option<SkipReason>) {
        let skip = match seat.availability {
            Availability::Available => None,
            Availability::Busy => Some(SkipReason::Busy),
            Availability::Away => Some(SkipReason::Away),
            Availability::Offline => Some(SkipReason::Offline),
        };
        if skip.is_some() {
            return (0, skip);
        }
        let has = |skill: &String| self.has(user, skill);
        let wished = |skills: &BTreeSet<String>| skills.iter().filter(|skill| has(skill)).count() as u32;
        let mut preferred = wished(&self.skills.preferred);
        if self.relaxed {
            preferred += wished(&self.skills.required);
        } else if !self.skills.required.iter().all(has) {
            return (preferred, Some(SkipReason::LacksSkill));
        }
        let tried = |(who, pos): &(UserId, u64)| *who == user && *pos > seat.available_pos;
        if self.entry.excluded.iter().any(tried) {
            return (preferred, Some(SkipReason::Excluded));
        }
        (preferred, self.full(user, seat))
    }

    fn full(&self, user: UserId, seat: &Seat) -> Option<SkipReason> {
        full(self.world, self.entry, user, [seat.open, seat.open_in(self.queue), seat.open_on(self.entry.channel_id)])
    }

    fn has(&self, user: UserId, skill: &str) -> bool {
        let profile = self.world.profiles.of(user);
        match skill.strip_prefix(LANGUAGE_SKILL) {
            Some(language) => speaks(&profile.languages, language),
            None => profile.skills.contains(skill),
        }
    }

    fn candidate(&self, user_id: UserId, seat: &Seat, preferred: u32, skipped: Option<SkipReason>) -> Candidate {
        let capacity = capacity(self.world, user_id);
        Candidate { user_id, skipped, open: seat.open, capacity, load: seat.load(), preferred }
    }
}

/// The nearest anybody came to having it.
fn why_nobody(anybody: bool, skipped: &BTreeMap<SkipReason, u32>) -> HoldReason {
    let any = |reasons: &[SkipReason]| reasons.iter().any(|reason| skipped.contains_key(reason));
    if !anybody {
        HoldReason::NoMembers
    } else if any(&[SkipReason::Full, SkipReason::FullInTeam, SkipReason::FullOnChannel]) {
        HoldReason::AllFull
    } else if any(&[SkipReason::Excluded]) {
        HoldReason::AllExcluded
    } else if any(&[SkipReason::LacksSkill]) {
        HoldReason::NoSkill
    } else {
        HoldReason::NobodyAvailable
    }
}

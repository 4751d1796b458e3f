//! How queues and people stand at this moment, as far as the asker sees: what waits, how long, what is promised and late,
//! who takes work and how much more, what comes in. Read from what is counted as events come; no list of conversations is
//! walked. Whatever lies behind a wall is in no number: a queue of several brands is counted by those the asker works for,
//! and a colleague by the queues the asker sees.

use domain::access::{Action, Principal, Role, Team};
use domain::availability::Availability;
use domain::ids::*;
use domain::queue::{OPEN_LOAD, PENDING_LOAD, Place, QueueId, Share, Tally};
use domain::rejection::Rejection;
use domain::routing::route::{takes, works};
use domain::time::Timestamp;
use projections::Views;
use projections::arrivals::{Figures, Trait};

use crate::queries::Answer;
use crate::{Desk, reach};

/// One queue's figures; or, of somebody who has no queue, those of what is assigned to them.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueRow {
    /// `None`: what is assigned to the asker.
    pub queue: Option<(QueueId, String)>,
    pub brand_id: Option<BrandId>,
    pub counts: Counts,
    /// `None`: nobody works it but the asker.
    pub staff: Option<Staff>,
    pub capacity: Capacity,
    /// `None`: nothing comes in there.
    pub arrivals: Option<Figures>,
}

/// What is counted of conversations.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counts {
    pub open: u32,
    pub pending: u32,
    pub unassigned: u32,
    pub with_bot: u32,
    pub waiting: u32,
    pub at_risk: u32,
    pub breached: u32,
    /// Since when the customer waits who waits longest, and the same of those nobody has.
    pub waits_since: Option<Timestamp>,
    pub unassigned_waits_since: Option<Timestamp>,
}

impl Counts {
    fn add(&mut self, tally: &Tally) {
        self.open += tally.open;
        self.pending += tally.pending;
        self.unassigned += tally.unassigned;
        self.with_bot += tally.with_bot;
        self.waiting += tally.waiting();
        self.at_risk += tally.at_risk;
        self.breached += tally.breached;
        let earlier = |one: Option<Timestamp>, other| one.into_iter().chain(other).min();
        self.waits_since = earlier(self.waits_since, tally.longest());
        self.unassigned_waits_since = earlier(self.unassigned_waits_since, tally.longest_unassigned());
    }

    /// What it weighs, as routing weighs it.
    pub fn load(&self) -> u32 {
        self.open * OPEN_LOAD + self.pending * PENDING_LOAD
    }
}

/// Whoever works a queue, of those the asker sees.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Staff {
    pub members: u32,
    pub available: u32,
    pub busy: u32,
    pub away: u32,
    pub offline: u32,
}

/// Of those who are available: what they have open, take at most, and take more.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Capacity {
    pub open: u32,
    pub max: u32,
    pub free: u32,
}

impl Capacity {
    fn of(open: u32, max: u32) -> Self {
        Self { open, max, free: max.saturating_sub(open) }
    }
    fn add(&mut self, other: Self) {
        (self.open, self.max, self.free) = (self.open + other.open, self.max + other.max, self.free + other.free);
    }
}

/// Rows at a position and a time.
#[derive(Debug, Clone)]
pub struct Monitor<R> {
    pub rows: Vec<R>,
    pub pos: u64,
    pub now: Timestamp,
}

/// How much somebody has.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadRow {
    pub user_id: UserId,
    pub availability: Availability,
    pub since: Timestamp,
    pub counts: Counts,
    pub capacity: Capacity,
    /// When they were last given something.
    pub given_at: Option<Timestamp>,
}

impl Desk {
    /// The queues somebody sees, in the order of their ids; of an Operator one row of what is assigned to them.
    pub fn queue_monitor(&self, principal: &Principal) -> Answer<Monitor<QueueRow>> {
        self.allow(principal, Action::QueueRead)?;
        let now = self.now();
        Ok(self.view(|views| {
            let rows = match principal.role {
                Role::Operator => vec![own(views, principal)],
                Role::SuperAdmin | Role::Admin | Role::Agent => {
                    let teams = views.roster.teams().map(|team| QueueId::Team(team.id));
                    let brands = views.directory.brands.iter().map(|brand| QueueId::Common(brand.id));
                    let seen = teams.chain(brands).filter(|id| reach::sees_queue(views, principal, *id));
                    seen.filter_map(|id| of_queue(views, principal, id, now)).collect()
                }
            };
            Monitor { rows, pos: views.position(), now }
        }))
    }

    /// The people somebody sees and who take work, in the order of their ids: whoever leads teams sees those in them.
    pub fn agent_load(&self, principal: &Principal) -> Answer<Monitor<LoadRow>> {
        let above = self.allow(principal, Action::RoutingRead).is_ok();
        if !above {
            self.allow(principal, Action::QueueRead)?;
        }
        let (asker, now) = (principal.user_id, self.now());
        let found = self.view(|views| {
            let leads = |team: &&Team| team.members.get(&asker) == Some(&true);
            let led: Vec<&Team> = views.roster.teams_of(asker).filter(leads).collect();
            let meant = |one: &&Principal| above || led.iter().any(|team| team.members.contains_key(&one.user_id));
            let people = views.roster.principals().filter(meant);
            let rows = people.filter_map(|one| load_of(views, principal, one)).collect();
            (above || !led.is_empty()).then(|| Monitor { rows, pos: views.position(), now })
        });
        Ok(found.ok_or(Rejection::Forbidden)?)
    }
}

fn of_queue(views: &Views, asker: &Principal, id: QueueId, now: Timestamp) -> Option<QueueRow> {
    let (name, brand_id) = match id {
        QueueId::Team(team) => {
            let team = views.roster.team(team)?;
            (team.name.clone(), team.brand_id)
        }
        QueueId::Common(brand) => (views.directory.brands.get(brand)?.name.clone(), Some(brand)),
    };
    let in_brand = |brand| asker.rights().in_brand(brand);
    let mut counts = Counts::default();
    let tallies = views.queues.board().tallies(id).filter(|(brand, _)| in_brand(*brand));
    tallies.for_each(|(_, tally)| counts.add(tally));
    let (mut staff, mut capacity) = (Staff::default(), Capacity::default());
    for user in works(&views.roster, id) {
        if !reach::sees_user(views, asker, user) {
            continue;
        }
        staff.members += 1;
        match availability(views, user) {
            Availability::Available => {
                staff.available += 1;
                capacity.add(capacity_of(views, asker, user));
            }
            Availability::Busy => staff.busy += 1,
            Availability::Away => staff.away += 1,
            Availability::Offline => staff.offline += 1,
        }
    }
    let mut arrivals = views.arrivals.of(id, now, in_brand);
    settle(views, asker, &mut arrivals);
    Some(QueueRow { queue: Some((id, name)), brand_id, counts, staff: Some(staff), capacity, arrivals: Some(arrivals) })
}

/// Of somebody who has no queue.
fn own(views: &Views, asker: &Principal) -> QueueRow {
    let mut counts = Counts::default();
    shares(views, asker, asker.user_id).for_each(|share| counts.add(&share.tally));
    let max = takes(views.profiles.of(asker.user_id), &views.workspace.settings);
    let capacity = Capacity::of(counts.open, max);
    QueueRow { queue: None, brand_id: None, counts, staff: None, capacity, arrivals: None }
}

fn load_of(views: &Views, asker: &Principal, one: &Principal) -> Option<LoadRow> {
    let user_id = one.user_id;
    let mut counts = Counts::default();
    let mut given_at = None;
    for share in shares(views, asker, user_id) {
        counts.add(&share.tally);
        given_at = given_at.max(share.given_at);
    }
    // Whoever stands above queues is of interest once they have something.
    let takes_part = !one.role.is_high() || counts.open + counts.pending > 0;
    if !takes_part || !reach::sees_user(views, asker, user_id) {
        return None;
    }
    let state = views.availability.of(user_id)?;
    let max = takes(views.profiles.of(user_id), &views.workspace.settings);
    Some(LoadRow {
        user_id,
        availability: state.availability,
        since: state.since,
        capacity: Capacity::of(counts.open, max),
        counts,
        given_at,
    })
}

fn availability(views: &Views, user: UserId) -> Availability {
    views.queues.board().seats().of(user).map_or(Availability::Offline, |seat| seat.availability)
}

fn capacity_of(views: &Views, asker: &Principal, user: UserId) -> Capacity {
    let open = shares(views, asker, user).map(|share| share.tally.open).sum();
    Capacity::of(open, takes(views.profiles.of(user), &views.workspace.settings))
}

/// What somebody has where the asker sees it: one's own wherever one works.
fn shares<'v>(views: &'v Views, asker: &'v Principal, user: UserId) -> impl Iterator<Item = &'v Share> {
    let own = asker.user_id == user;
    let seen =
        move |place: &Place| asker.rights().in_brand(place.brand) && (own || reach::works_on(asker, place.queue));
    let seat = views.queues.board().seats().of(user);
    seat.into_iter().flat_map(|seat| seat.shares()).filter(move |(place, _)| seen(place)).map(|(_, share)| share)
}

/// Leaves out what the asker does not know of, and everything finer than somebody reads.
fn settle(views: &Views, asker: &Principal, figures: &mut Figures) {
    let tenths = |figure: f64| (figure * 10.0).round() / 10.0;
    figures.usual_1h = figures.usual_1h.map(tenths);
    if let Some(spike) = &mut figures.spike {
        spike.z_score = tenths(spike.z_score);
        spike.factor = spike.factor.map(tenths);
        spike.what_changed.retain(|change| match change.value {
            Trait::Channel(id) => {
                views.directory.channels.get(id).is_some_and(|channel| reach::sees_channel(asker, channel))
            }
            Trait::Rule(id) => views.rules.brand_of(id).is_some_and(|brand| reach::sees_configured(asker, brand)),
            Trait::Origin(_) => true,
        });
        spike.what_changed.iter_mut().for_each(|change| change.usual = tenths(change.usual));
    }
}

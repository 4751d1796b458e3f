//! Simulations as the API asks for them and shows them.

use std::sync::Arc;

use app::{Desk, reach};
use domain::access::Principal;
use domain::routing_profile::Wish;
use domain::simulation::draft::{Additional, Draft, QueueChange};
use domain::simulation::fates::Fate;
use domain::simulation::identity::Identity;
use domain::simulation::measures::{Measures, Scope};
use domain::simulation::scenario::Added;
use domain::simulation::service::{Act, Service};
use domain::simulation::side_by_side::Differing;
use domain::simulation::spread::Spread;
use domain::time::Millis;
use domain::{ids, sla};

use crate::dto::queue::UpdateQueue;
use crate::dto::simulation::*;
use crate::present::queue::changed;
use crate::present::sla::metric;

/// People of a column at most.
const PEOPLE_MAX: usize = 1_000;

/// How a queue is to be worked.
pub(crate) fn queue_change(change: UpdateQueue) -> QueueChange {
    Arc::new(move |settings| changed(settings, change.clone()))
}

/// What is asked of people.
pub(crate) fn staffed(
    mut draft: Draft,
    capacity: Option<ScenarioCapacity>,
    staffing: Option<ScenarioStaffing>,
) -> Draft {
    if let Some(capacity) = capacity {
        draft.max_open_default = capacity.max_open_default;
        draft.max_open = capacity.users.into_iter().map(|user| (user.user_id.0, user.max_open)).collect();
    }
    if let Some(staffing) = staffing {
        draft.added = staffing.add.into_iter().map(added).collect();
        draft.removed = staffing.remove.into_iter().map(Into::into).collect();
        draft.shifts = staffing.shifts.into_iter().map(|user| (user.user_id.0, hours(user.hours))).collect();
    }
    draft
}

fn added(people: AddedPeople) -> Additional {
    let by_team = people.by_team.into_iter().map(|limit| (limit.team_id.0, limit.max_open));
    let by_channel = people.by_channel.into_iter().map(|limit| (limit.channel_id.0, limit.max_open));
    let wish = Wish {
        max_open: people.max_open,
        by_team: by_team.collect(),
        by_channel: by_channel.collect(),
        skills: people.skills,
        languages: people.languages,
    };
    let teams = people.team_ids.into_iter().map(Into::into).collect();
    Additional { count: people.count, teams, wish, shifts: hours(people.hours) }
}

fn hours(hours: Vec<Shift>) -> Vec<domain::simulation::scenario::Shift> {
    hours.into_iter().map(|shift| (shift.from.0, shift.to.0)).collect()
}

/// Whoever looks, and what at.
pub(crate) struct Viewer<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) principal: &'a Principal,
}

impl Viewer<'_> {
    pub(crate) fn sees_conversation(&self, id: ids::ConversationId) -> bool {
        self.desk.conversation(self.principal, id).is_ok()
    }
    fn sees_user(&self, id: ids::UserId) -> bool {
        self.desk.view(|views| reach::sees_user(views, self.principal, id))
    }
    fn queue(&self, id: domain::queue::QueueId) -> Option<crate::dto::scalar::QueueId> {
        self.desk.view(|views| reach::sees_queue(views, self.principal, id)).then(|| id.into())
    }

    pub(crate) fn identity(&self, identity: &Identity) -> SimulationIdentity {
        let deviation = identity.deviation.as_ref().map(|deviation| {
            let conversation = deviation.conversation_id.filter(|id| self.sees_conversation(*id));
            let said = |kind: Option<&'static str>| kind.filter(|_| conversation.is_some()).map(str::to_owned);
            SimulationDeviation {
                pos: deviation.pos.into(),
                conversation_id: conversation.map(Into::into),
                logged: said(deviation.logged),
                decided: said(deviation.decided),
            }
        });
        SimulationIdentity {
            exact: identity.is_exact(),
            reproduced: count(identity.reproduced),
            taken_over: count(identity.taken_over),
            first_deviation: deviation,
        }
    }

    pub(crate) fn figures(&self, measures: &Measures) -> SimulationFigures {
        let promises = |of: sla::Metric| {
            let kept = measures.kept(of);
            SimulationPromises {
                metric: metric(of),
                met: count(kept.met),
                breached: count(kept.breached),
                open: count(kept.open),
                cancelled: count(kept.cancelled),
            }
        };
        SimulationFigures {
            episodes: count(measures.episodes),
            resolved: count(measures.resolved),
            first_response: spread(&measures.first_response),
            queue_wait: spread(&measures.queue_wait),
            resolution: spread(&measures.resolution),
            service_levels: sla::Metric::ALL.map(promises).into(),
            people: self.people(measures),
            longest_queue: measures.longest_queue.map(|(queue, length, at)| SimulationQueue {
                queue_id: self.queue(queue),
                length,
                at: at.into(),
            }),
            unassigned_at_end: count(measures.unassigned_at_end),
            waiting_at_end: count(measures.waiting_at_end),
            reassigned: count(measures.reassigned),
            leases_expired: count(measures.leases_expired),
            spilled: count(measures.spilled),
        }
    }

    fn people(&self, measures: &Measures) -> Vec<SimulationPerson> {
        let seen =
            measures.people.iter().filter(|(user, _)| Added::place_of(**user).is_some() || self.sees_user(**user));
        let mut people: Vec<_> = seen
            .map(|(user, person)| SimulationPerson {
                user_id: real(*user).map(Into::into),
                added: place(*user),
                assigned: count(person.assigned),
                answers: count(person.answers),
                resolved: count(person.resolved),
                at_desk_seconds: Millis(person.at_desk_ms).whole_seconds(),
                utilisation: person.utilisation(),
            })
            .collect();
        people.sort_by_key(|person| std::cmp::Reverse(person.assigned));
        people.truncate(PEOPLE_MAX);
        people
    }

    pub(crate) fn difference(&self, each: &Differing) -> SimulationDifference {
        SimulationDifference {
            conversation_id: each.replayed.conversation_id.into(),
            pos: each.replayed.pos.into(),
            baseline_actual: self.fate(each.actual.as_ref()),
            baseline_replayed: self.fate(Some(&each.replayed)),
            scenario: self.fate(Some(&each.scenario)),
        }
    }

    fn fate(&self, fate: Option<&Fate>) -> SimulationFate {
        let user = fate.and_then(|fate| fate.user_id);
        SimulationFate {
            queue_id: fate.and_then(|fate| self.queue(fate.queue_id)),
            user_id: user.and_then(real).filter(|user| self.sees_user(*user)).map(Into::into),
            added: user.and_then(place),
            given_at: fate.and_then(|fate| fate.given_at).map(Into::into),
        }
    }
}

/// What was learned, act by act.
pub(crate) fn model(service: &Service, scope: &Scope) -> Vec<LearnedEffort> {
    let learned = |act: Act| LearnedEffort {
        act: match act {
            Act::PickUp => LearnedAct::PickUp,
            Act::FirstAnswer => LearnedAct::FirstAnswer,
            Act::NextAnswer => LearnedAct::NextAnswer,
            Act::Dismiss => LearnedAct::Dismiss,
            Act::Closing => LearnedAct::Closing,
        },
        observed: spread(&service.observed(act, scope)),
        people_with_own: count(service.with_own(act, scope) as u64),
    };
    Act::ALL.map(learned).into()
}

fn real(user: ids::UserId) -> Option<ids::UserId> {
    Added::place_of(user).is_none().then_some(user)
}

fn place(user: ids::UserId) -> Option<u32> {
    Added::place_of(user).and_then(|place| u32::try_from(place).ok())
}

fn spread(spread: &Spread) -> SimulationSpread {
    let seconds = |length: Option<Millis>| length.map(Millis::whole_seconds);
    SimulationSpread {
        count: count(spread.count),
        mean_seconds: seconds(spread.mean),
        median_seconds: seconds(spread.median),
        p90_seconds: seconds(spread.p90),
        p95_seconds: seconds(spread.p95),
        max_seconds: seconds(spread.max),
    }
}

fn count(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

//! How an instance's time goes by: from its beginning, without its pauses, and, where there is a calendar, without what
//! lies outside open hours. Always computed from the beginning, so that it does not matter in how many pieces it was looked at.

use std::collections::BTreeSet;

use super::{Clock, Pausing};
use crate::business_hours::Calendar;
use crate::conversation::{Pause, PauseCause, Status};
use crate::time::{Millis, Timestamp};

/// How fast time goes; `None`: every hour counts.
#[derive(Clone, Copy)]
pub(super) struct Pace<'a>(pub(super) Option<&'a Calendar>);

impl Pace<'_> {
    fn between(self, from: Timestamp, to: Timestamp) -> Millis {
        match self.0 {
            _ if to <= from => Millis(0),
            None => to - from,
            Some(calendar) => calendar.between(from, to),
        }
    }
    fn add(self, from: Timestamp, length: Millis) -> Timestamp {
        self.0.map_or(from + length, |calendar| calendar.add(from, length))
    }
}

/// What is to be reached.
pub(super) struct Goal<'g> {
    pub(super) target: Millis,
    pub(super) at_risk_percent: u32,
    pub(super) step_percents: &'g [u32],
}

/// See the module.
pub(super) struct Course<'a> {
    pace: Pace<'a>,
    /// The stretches in which the clock ran; the last has no end where it runs on.
    runs: Vec<(Timestamp, Option<Timestamp>)>,
    paused_since: Option<Timestamp>,
}

impl<'a> Course<'a> {
    /// The course as it stands at `at`: pauses that begin after it are not known yet.
    pub(super) fn new(
        pace: Pace<'a>,
        started_at: Timestamp,
        pauses: &[Pause],
        pause_on: &BTreeSet<Pausing>,
        at: Timestamp,
    ) -> Self {
        let mut course = Self { pace, runs: Vec::new(), paused_since: None };
        let mut from = started_at;
        let stands = |pause: &&Pause| pause.from <= at && stops(pause.cause, pause_on);
        for pause in pauses.iter().filter(stands) {
            if pause.to.is_some_and(|to| to <= from && to <= started_at) {
                continue;
            }
            // A pause that goes on from the one before it, or lies in it, is the same pause.
            if pause.from > from {
                course.runs.push((from, Some(pause.from)));
                course.paused_since = None;
            }
            let since = course.paused_since.get_or_insert(pause.from);
            match pause.to.filter(|to| *to <= at) {
                Some(to) => from = to.max(from),
                None => {
                    course.paused_since = Some((*since).max(started_at));
                    return course;
                }
            }
        }
        course.paused_since = None;
        course.runs.push((from, None));
        course
    }

    /// When so much time has gone by; `None`: not before the pause that it is in.
    pub(super) fn moment(&self, needed: Millis) -> Option<Timestamp> {
        let mut left = needed;
        for (from, to) in &self.runs {
            let Some(to) = to else { return Some(self.pace.add(*from, left)) };
            let open = self.pace.between(*from, *to);
            if open >= left {
                return Some(self.pace.add(*from, left));
            }
            left = Millis(left.0 - open.0);
        }
        None
    }

    /// When so much of the target has gone by.
    pub(super) fn reached(&self, goal: &Goal<'_>, percent: u32) -> Option<Timestamp> {
        self.moment(share(goal.target, percent))
    }

    /// The clock that shows this course.
    pub(super) fn clock(&self, goal: &Goal<'_>) -> Clock {
        if let Some(since) = self.paused_since {
            return Clock::Paused { since, left_ms: self.left(goal.target) };
        }
        // Not paused: every moment is known.
        let at = |percent: u32| self.reached(goal, percent).unwrap_or_default();
        Clock::Running {
            due_at: at(100),
            at_risk_at: at(goal.at_risk_percent),
            steps_at: goal.step_percents.iter().map(|percent| at(*percent)).collect(),
        }
    }

    /// Time from `at`, where this course stands, to the deadline; negative once it has passed.
    pub(super) fn margin(&self, target: Millis, at: Timestamp) -> Millis {
        self.moment(target).map_or_else(|| self.left(target), |due_at| due_at - at)
    }

    fn left(&self, target: Millis) -> Millis {
        let gone = self.runs.iter().map(|(from, to)| to.map_or(0, |to| self.pace.between(*from, to).0));
        Millis((target.0 - gone.sum::<i64>()).max(0))
    }
}

fn share(target: Millis, percent: u32) -> Millis {
    Millis(target.0 * i64::from(percent) / 100)
}

fn stops(cause: PauseCause, pause_on: &BTreeSet<Pausing>) -> bool {
    match cause {
        PauseCause::Status(Status::Pending) => pause_on.contains(&Pausing::Pending),
        PauseCause::Status(Status::Snoozed) => pause_on.contains(&Pausing::Snoozed),
        PauseCause::Status(Status::Open | Status::Resolved) => false,
        PauseCause::Request => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(n: i64) -> Timestamp {
        Timestamp::from_millis(0) + Millis::minutes(n)
    }
    fn pause(status: Status, from: i64, to: Option<i64>) -> Pause {
        Pause { cause: PauseCause::Status(status), from: minute(from), to: to.map(minute) }
    }
    fn asked(from: i64, to: Option<i64>) -> Pause {
        Pause { cause: PauseCause::Request, from: minute(from), to: to.map(minute) }
    }
    fn course(pauses: &[Pause], on: &[Pausing], at: i64) -> Course<'static> {
        Course::new(Pace(None), minute(0), pauses, &on.iter().copied().collect(), minute(at))
    }

    #[test]
    fn a_pause_moves_the_deadline_by_its_length() {
        let pauses = [pause(Status::Snoozed, 2, Some(32))];
        let on = [Pausing::Snoozed];
        assert_eq!(course(&pauses, &on, 40).moment(Millis::minutes(60)), Some(minute(90)));
        // Asked during the pause, nobody knows.
        assert_eq!(course(&pauses, &on, 10).moment(Millis::minutes(60)), None);
        assert_eq!(course(&pauses, &[Pausing::Pending], 40).moment(Millis::minutes(60)), Some(minute(60)));
    }

    #[test]
    fn one_pause_that_goes_on_from_another_is_one() {
        let pauses = [pause(Status::Pending, 5, Some(8)), pause(Status::Snoozed, 8, None)];
        let both = [Pausing::Pending, Pausing::Snoozed];
        let goal = Goal { target: Millis::minutes(60), at_risk_percent: 80, step_percents: &[] };
        let paused = Clock::Paused { since: minute(5), left_ms: Millis::minutes(55) };
        assert_eq!(course(&pauses, &both, 9).clock(&goal), paused);
    }

    #[test]
    fn what_was_reached_before_a_pause_stays_where_it_was() {
        let pauses = [pause(Status::Pending, 20, None)];
        let course = course(&pauses, &[Pausing::Pending], 30);
        assert_eq!(course.moment(Millis::minutes(10)), Some(minute(10)));
        assert_eq!(course.margin(Millis::minutes(10), minute(25)), Millis::minutes(-15));
        assert_eq!(course.margin(Millis::minutes(25), minute(25)), Millis::minutes(5));
    }

    #[test]
    fn pauses_that_overlap_are_counted_once_and_one_that_was_asked_for_stops_every_clock() {
        let pauses = [asked(5, Some(25)), pause(Status::Snoozed, 10, Some(15))];
        assert_eq!(course(&pauses, &[Pausing::Snoozed], 40).moment(Millis::minutes(60)), Some(minute(80)));
        assert_eq!(course(&pauses, &[], 40).moment(Millis::minutes(60)), Some(minute(80)));
        let pauses = [pause(Status::Snoozed, 5, Some(15)), asked(10, None)];
        let goal = Goal { target: Millis::minutes(60), at_risk_percent: 80, step_percents: &[] };
        let paused = |since: i64| Clock::Paused { since: minute(since), left_ms: Millis::minutes(60 - since) };
        assert_eq!(course(&pauses, &[Pausing::Snoozed], 20).clock(&goal), paused(5));
        assert_eq!(course(&pauses, &[], 20).clock(&goal), paused(10));
    }
}

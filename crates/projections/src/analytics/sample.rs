//! Rows as metrics read them: the one place where it is decided what a row says about a number.

use domain::sla::{Metric as Promised, Verdict};
use domain::time::{Millis, Timestamp};

use super::metric::{Metric, Source};
use super::{Basis, Episodes, Question};
use crate::Views;
use crate::facts::{self, *};

/// What a row says about one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub metric: Metric,
    /// The instant by which it is bucketed.
    pub at: Timestamp,
    /// Where it came to be so.
    pub pos: u64,
    pub slot: Slot,
    /// 0: of none. Of a step of a promise, which of the conversation's promises.
    pub episode: u32,
    /// Whose it is; nobody: nobody's, or what was written in the phone app.
    pub agent: No,
    pub team: No,
    pub value: Value,
}

/// What it adds to the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    Length(Millis),
    Amount(u32),
    /// One more.
    One,
    /// One of those that could.
    Judged(Outcome),
    /// So many more, or fewer, stand from then on.
    Step(i8),
}

/// What became of one of those that could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Hit,
    Miss,
    /// It cannot be said yet.
    Immature,
    /// It does not count.
    Excluded,
    /// It has begun and not ended: a promise that runs.
    Open,
}

impl Outcome {
    fn of(hit: bool) -> Self {
        if hit { Self::Hit } else { Self::Miss }
    }
}

/// Gives every sample of the asked metrics from rows of `[from, to)`. The question's own period does not matter here.
pub fn samples(views: &Views, question: &Question, from: Timestamp, to: Timestamp, mut each: impl FnMut(Sample)) {
    for metric in &question.metrics {
        samples_of(views, question, *metric, (from, to), &mut each);
    }
}

/// The same of one metric, whichever the question names. What is true of all its rows is found out before the first of them.
pub fn samples_of(
    views: &Views,
    question: &Question,
    metric: Metric,
    (from, to): (Timestamp, Timestamp),
    mut each: impl FnMut(Sample),
) {
    let facts = &views.facts;
    let basis = &question.basis;
    match metric.source() {
        Source::Opened => {
            facts.opened.between(from, to, basis.pos).for_each(|row| each(opened(metric, &row, Value::One)));
        }
        Source::FirstResponses => {
            let all = question.episodes == Episodes::All;
            let rows = facts.first_responses.between(from, to, basis.pos).filter(|row| all || row.episode == 1);
            rows.filter_map(|row| first_response(views, metric, &row, basis)).for_each(each);
        }
        Source::Written => facts.written.between(from, to, basis.pos).for_each(|row| {
            if let Some(wait) = row.wait {
                each(written(metric, &row, Value::Length(wait)));
            }
        }),
        Source::Resolved => facts.resolved.between(from, to, basis.pos).for_each(|row| {
            if let Some(value) = of_resolved(views, metric, &row, basis) {
                each(resolved(metric, &row, value));
            }
        }),
        Source::Handled => {
            let wrote = facts.written.between(from, to, basis.pos);
            wrote.for_each(|row| each(written(metric, &row, Value::One)));
            let ended = facts.resolved.between(from, to, basis.pos).filter(|row| row.resolver != No::NONE);
            ended.for_each(|row| each(resolved(metric, &row, Value::One)));
        }
        Source::Acts => {
            let meant = if metric == Metric::Assigned { ActKind::Assigned } else { ActKind::Touched };
            facts.acts.between(from, to, basis.pos).filter(|row| row.kind == meant).for_each(|row| {
                let Act { at, pos, slot, agent, team, .. } = row;
                each(Sample { metric, at, pos, slot, episode: 0, agent, team, value: Value::One });
            });
        }
        Source::Kept => {
            facts.promised.between(from, to, basis.pos).filter(|row| of_promise(row.metric) == metric).for_each(
                |row| {
                    let facts::Promised { at, pos, slot, n, agent, team, .. } = row;
                    each(Sample { metric, at, pos, slot, episode: n, agent, team, value: Value::Step(1) });
                },
            );
            facts.kept.between(from, to, basis.pos).filter(|row| of_promise(row.metric) == metric).for_each(|row| {
                let Kept { at, pos, slot, assignee: agent, team, verdict, .. } = row;
                let ended = Sample { metric, at, pos, slot, episode: 0, agent, team, value: of_verdict(verdict) };
                each(ended);
                // It runs no more with whom it began.
                let (episode, agent, team) = (row.n, row.began_agent, row.began_team);
                each(Sample { episode, agent, team, value: Value::Step(-1), ..ended });
            });
        }
        Source::Surveyed => facts.surveyed.between(from, to, basis.pos).for_each(|row| {
            let Surveyed { at, pos, slot, episode, resolver: agent, team, score } = row;
            if let Some(value) = of_survey(metric, score) {
                each(Sample { metric, at, pos, slot, episode, agent, team, value });
            }
        }),
        Source::Standing => {
            let begun = facts.opened.between(from, to, basis.pos);
            begun.for_each(|row| each(opened(metric, &row, Value::Step(1))));
            let by_team = question.asks_for_teams();
            facts.resolved.between(from, to, basis.pos).for_each(|row| {
                // It leaves the backlog it came into.
                let team = if by_team { began_with(facts, row.slot, row.episode) } else { No::NONE };
                each(Sample { agent: No::NONE, team, ..resolved(metric, &row, Value::Step(-1)) });
            });
        }
    }
}

/// What the end of a promise says.
fn of_verdict(verdict: Verdict) -> Value {
    Value::Judged(match verdict {
        Verdict::Met => Outcome::Hit,
        Verdict::Late | Verdict::Breached => Outcome::Miss,
        Verdict::Cancelled => Outcome::Excluded,
        Verdict::Open => Outcome::Open,
    })
}

/// The least score of a customer who is satisfied.
const SATISFIED: u8 = 4;

/// What a survey says; `None`: nothing.
#[inline]
fn of_survey(metric: Metric, score: Option<u8>) -> Option<Value> {
    match metric {
        Metric::Csat => {
            let outcome = score.map_or(Outcome::Excluded, |score| Outcome::of(score >= SATISFIED));
            Some(Value::Judged(outcome))
        }
        Metric::CsatScore => score.map(|score| Value::Amount(score.into())),
        Metric::CsatResponseRate => Some(Value::Judged(Outcome::of(score.is_some()))),
        _ => None,
    }
}

/// The metric that counts how promises of a kind were kept.
pub fn of_promise(promised: Promised) -> Metric {
    match promised {
        Promised::FirstResponse => Metric::SlaFirstResponse,
        Promised::NextResponse => Metric::SlaNextResponse,
        Promised::Resolution => Metric::SlaResolution,
    }
}

#[inline]
fn opened(metric: Metric, row: &Opened, value: Value) -> Sample {
    let Opened { at, pos, slot, episode, team, .. } = *row;
    Sample { metric, at, pos, slot, episode, agent: No::NONE, team, value }
}

#[inline]
fn written(metric: Metric, row: &Written, value: Value) -> Sample {
    let Written { at, pos, slot, episode, agent, team, .. } = *row;
    Sample { metric, at, pos, slot, episode, agent, team, value }
}

#[inline]
fn resolved(metric: Metric, row: &Resolved, value: Value) -> Sample {
    let Resolved { at, pos, slot, episode, resolver: agent, team, .. } = *row;
    Sample { metric, at, pos, slot, episode, agent, team, value }
}

#[inline]
fn first_response(views: &Views, metric: Metric, row: &FirstResponse, basis: &Basis) -> Option<Sample> {
    let FirstResponse { at, pos, slot, episode, agent, team, total, of_people } = *row;
    let length = match metric {
        Metric::FrtTotal => total,
        Metric::FrtBusiness => in_hours(views, basis, (slot, team), at - total, at)?,
        _ => of_people,
    };
    Some(Sample { metric, at, pos, slot, episode, agent, team, value: Value::Length(length) })
}

/// What a resolution says; `None`: nothing.
#[inline]
fn of_resolved(views: &Views, metric: Metric, row: &Resolved, basis: &Basis) -> Option<Value> {
    let (facts, definition) = (&views.facts, &basis.definition);
    let ordinary = row.ending == Ending::Ordinary;
    let length = |counts: bool, length| counts.then_some(Value::Length(length));
    let one = |counts: bool| counts.then_some(Value::One);
    match metric {
        Metric::Art => length(ordinary, row.total),
        Metric::ArtActive => length(ordinary, row.active),
        Metric::ArtBusiness if !ordinary => None,
        Metric::ArtBusiness => length(true, in_hours(views, basis, (row.slot, row.team), row.at - row.total, row.at)?),
        Metric::FirstResolution => length(ordinary && row.episode == 1, row.total),
        Metric::FullResolution => length(ordinary && facts.is_newest_resolution(row, basis.pos), row.since_first),
        Metric::Resolved => one(ordinary),
        Metric::AutoResolved => one(row.ending == Ending::Automatic),
        Metric::BlockedResolved => one(row.ending == Ending::Blocked),
        Metric::Unanswered => one(row.unanswered),
        Metric::MessagesPerResolution => Some(Value::Amount(row.customer_messages + row.human_messages)),
        Metric::Deflection => Some(Value::Judged(Outcome::of(row.human_messages == 0))),
        Metric::Fcr | Metric::FcrStrict => {
            if row.episode != 1 || row.human_messages == 0 {
                return None;
            }
            let until = row.at + definition.fcr_window;
            if until > basis.at {
                return Some(Value::Judged(Outcome::Immature));
            }
            let done = facts.came_back(row.slot, basis.pos, definition).is_none_or(|back| back.at > until);
            let alone = row.humans == 1 && row.owners <= 1;
            Some(Value::Judged(Outcome::of(done && (alone || metric == Metric::Fcr))))
        }
        Metric::ReopenRate => {
            let until = row.at + definition.fcr_window;
            if until > basis.at {
                return Some(Value::Judged(Outcome::Immature));
            }
            let reopened = facts.reopened(row.slot, row.episode, basis.pos);
            Some(Value::Judged(Outcome::of(reopened.is_some_and(|(at, _)| at <= until))))
        }
        _ => None,
    }
}

/// Business time by the calendar of whosever conversation it was; `None` where there is none.
fn in_hours(views: &Views, basis: &Basis, (slot, team): (Slot, No), from: Timestamp, to: Timestamp) -> Option<Millis> {
    let facts = &views.facts;
    let brand = facts.brands.id(facts.lies(slot).1)?;
    let calendar = basis.definition.calendar(&views.calendars, facts.teams.id(team), brand)?;
    Some(calendar.between(from, to))
}

/// In whose queue an episode began.
fn began_with(facts: &Facts, slot: Slot, episode: u32) -> No {
    let mut begun = 0;
    for moment in facts.track(slot).iter() {
        if let What::Opened { team, .. } | What::Reopened { team, .. } = moment.what {
            begun += 1;
            if begun == episode {
                return team;
            }
        }
    }
    No::NONE
}

impl Facts {
    /// When and where an episode was followed by the next one, as known at a position.
    pub fn reopened(&self, slot: Slot, episode: u32, as_of: u64) -> Option<(Timestamp, u64)> {
        // Mostly there is none after it, and what happened need not be looked at.
        if episode >= self.conversation(slot).episodes() {
            return None;
        }
        let opened = |moment: &Moment| matches!(moment.what, What::Reopened { .. });
        // The first reopening begins episode 2, or the first where the conversation began with a campaign.
        let begun = self.track(slot).iter().next();
        let awaited = begun.is_some_and(|first| matches!(first.what, What::Awaited { .. }));
        let place = episode as usize - usize::from(!awaited);
        let next = self.track(slot).until(as_of).filter(opened).nth(place);
        next.map(|moment| (moment.at, moment.pos))
    }
}

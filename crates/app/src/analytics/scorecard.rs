//! One person's numbers beside their teams', and conversations worth looking at together.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use domain::access::Principal;
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::Timestamp;
use projections::analytics::collect::Axis;
use projections::analytics::{Buckets, Cell, GroupBy, GroupKey, Metric, Outcome, Value};
use projections::facts::No;

use super::{DrillRow, NumbersQuery, Unanswered, Wanted, Whose};
use crate::queries::Answer;
use crate::{Desk, reach};

/// Conversations of each kind at most.
pub const EXAMPLES_MAX: usize = 5;
/// Rows gone through for them at most.
const LOOKED_MAX: usize = 10_000;
/// Rows asked for at a time.
const PAGE: usize = 200;
/// A rating that is worth looking at.
const SCORE_LOW: u8 = 2;

/// One number of somebody, beside their teams'.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub metric: Metric,
    pub cell: Cell,
    /// The median of what those of their teams have, themselves included; `None`: the asker sees no teams of theirs, or
    /// fewer than two of them have any.
    pub team_median: Option<f64>,
    /// Of how many people it is.
    pub people: u32,
}

/// A conversation in which a customer said that they were not satisfied.
#[derive(Debug, Clone, PartialEq)]
pub struct LowRating {
    pub conversation_id: ConversationId,
    pub number: u64,
    pub episode: u32,
    pub at: Timestamp,
    pub score: u8,
    /// What they said to it, for those who may read that.
    pub comment: Option<String>,
    pub positions: Vec<u64>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorecard {
    pub lines: Vec<Line>,
    pub slowest_replies: Vec<DrillRow>,
    pub reopened: Vec<DrillRow>,
    pub lowest_ratings: Vec<LowRating>,
}

impl Desk {
    /// Whose numbers a scorecard of somebody is made of: the asker's own, or what they see of a colleague who is theirs to
    /// look after.
    pub fn scorecard_reach(&self, principal: &Principal, user: UserId) -> Answer<Whose> {
        if user == principal.user_id {
            return Ok(Whose::Own);
        }
        self.view(|views| {
            if !reach::sees_user(views, principal, user) {
                return Err(Rejection::NotFound.into());
            }
            let numbers = reach::sees_numbers(views, principal).ok_or(Rejection::Forbidden)?;
            let led = |teams: &BTreeSet<Option<TeamId>>| {
                views.roster.teams_of(user).any(|team| teams.contains(&Some(team.id)))
            };
            let theirs = numbers.teams.as_ref().is_none_or(led) && numbers.agent.is_none();
            if theirs { Ok(Whose::Reach) } else { Err(Rejection::Forbidden.into()) }
        })
    }

    /// Somebody's scorecard; the question names the period, the position and the metrics.
    pub fn scorecard(
        &self,
        principal: &Principal,
        user: UserId,
        query: &NumbersQuery,
    ) -> Result<Scorecard, Unanswered> {
        let whose = self.scorecard_reach(principal, user)?;
        let whole = || Axis::Buckets(Buckets::whole(query.from, query.to));
        let of = |wanted: Wanted, group_by, metrics: Vec<Metric>| NumbersQuery {
            whose,
            metrics,
            wanted,
            group_by,
            ..query.clone()
        };
        let theirs = || Wanted { agents: Some(vec![Some(user)]), ..query.wanted.clone() };
        let own = self.numbers(principal, &of(theirs(), GroupBy::Nothing, query.metrics.clone()), whole(), None)?;
        let team = match whose {
            Whose::Own => None,
            Whose::Reach => {
                let teams =
                    self.view(|views| views.roster.teams_of(user).map(|team| Some(team.id)).collect::<Vec<_>>());
                let wanted = Wanted { teams: Some(teams), ..query.wanted.clone() };
                let query = of(wanted, GroupBy::Agent, query.metrics.clone());
                Some(self.numbers(principal, &query, whole(), None)?)
            }
        };
        let line = |(column, metric): (usize, &Metric)| {
            let cell = own.get(GroupKey::Everything, 0).map_or_else(|| Cell::empty(*metric), |cells| cells[column]);
            let values = team.iter().flat_map(|team| {
                let people = team.groups().into_iter().filter(|group| *group != GroupKey::Agent(No::NONE));
                people.filter_map(|group| team.get(group, 0).map(|cells| cells[column]))
            });
            let values = values.filter(|cell| cell.count > 0).filter_map(|cell| cell.value(*metric));
            let (team_median, people) = median(values.collect());
            Line { metric: *metric, cell, team_median, people }
        };
        let lines = query.metrics.iter().enumerate().map(line).collect();
        let mut slowest = self.examples(principal, &of(theirs(), GroupBy::Nothing, vec![Metric::ReplyTime]))?;
        slowest.sort_by_key(|row| (Reverse(length(row)), row.sample.pos));
        let mut reopened = self.examples(principal, &of(theirs(), GroupBy::Nothing, vec![Metric::ReopenRate]))?;
        reopened.retain(|row| row.sample.value == Value::Judged(Outcome::Hit));
        reopened.sort_by_key(|row| Reverse((row.sample.at, row.sample.pos)));
        for rows in [&mut slowest, &mut reopened] {
            let mut seen = BTreeSet::new();
            rows.retain(|row| seen.insert(row.conversation_id));
            rows.truncate(EXAMPLES_MAX);
        }
        let lowest_ratings = self.low_ratings(principal, user, query)?;
        Ok(Scorecard { lines, slowest_replies: slowest, reopened, lowest_ratings })
    }

    /// Rows whose conversations the asker sees.
    fn examples(&self, principal: &Principal, query: &NumbersQuery) -> Result<Vec<DrillRow>, Unanswered> {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let page = self.drilldown(principal, query, after, PAGE)?;
            rows.extend(page.rows);
            after = page.next;
            if after.is_none() || rows.len() >= LOOKED_MAX {
                return Ok(rows);
            }
        }
    }

    fn low_ratings(&self, principal: &Principal, user: UserId, query: &NumbersQuery) -> Answer<Vec<LowRating>> {
        let pos = query.moment.pos;
        let mut found = self.view(|views| {
            let facts = &views.facts;
            let Some(agent) = facts.people.find(user) else { return Vec::new() };
            let rated = facts.surveyed.between(query.from, query.to, pos).filter(|row| row.resolver == agent);
            let low = rated.filter_map(|row| Some((row, row.score.filter(|score| *score <= SCORE_LOW)?)));
            let seen = low.filter_map(|(row, score)| {
                let conversation = facts.conversation(row.slot);
                let inbox = views.inbox.get(conversation.id()).filter(|known| views.inbox.sees(principal, known))?;
                let sent = facts.measured(row.slot, pos).surveys.into_iter().find(|sent| sent.episode == row.episode);
                let positions = sent.map(|sent| [Some(sent.pos), sent.rated.map(|(.., pos)| pos)]);
                Some(LowRating {
                    conversation_id: inbox.id(),
                    number: inbox.number(),
                    episode: row.episode,
                    at: row.at,
                    score,
                    comment: None,
                    positions: positions.into_iter().flatten().flatten().collect(),
                })
            });
            seen.collect()
        });
        found.sort_by_key(|rating| (rating.score, Reverse(rating.at)));
        found.truncate(EXAMPLES_MAX);
        for rating in &mut found {
            rating.comment = self.csat_comment_of(principal, rating.conversation_id, rating.episode)?;
        }
        Ok(found)
    }
}

fn length(row: &DrillRow) -> i64 {
    match row.sample.value {
        Value::Length(length) => length.0,
        Value::Amount(_) | Value::One | Value::Judged(_) | Value::Step(_) => 0,
    }
}

/// The middle of what at least two people have, and of how many it is: of an even number the mean of the two.
fn median(mut values: Vec<f64>) -> (Option<f64>, u32) {
    values.sort_by(f64::total_cmp);
    let (count, middle) = (values.len(), values.len() / 2);
    let median = match count {
        0 | 1 => None,
        _ if count % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    };
    (median, count as u32)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn one_persons_number_is_no_teams_median() {
        assert_eq!(median(vec![]), (None, 0));
        assert_eq!(median(vec![4.0]), (None, 1));
        assert_eq!(median(vec![4.0, 1.0]), (Some(2.5), 2));
        assert_eq!(median(vec![9.0, 4.0, 1.0]), (Some(4.0), 3));
    }
}

//! Numbers, as far as somebody's walls reach: what they may not see is kept out before anything is added up. A question is
//! read a day at a time, so that the loop never waits long for a report; all of it as of one position.

use std::collections::BTreeSet;
use std::hash::Hash;

use domain::access::{Action, Principal};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::analytics::collect::{Axis, Cells, TooMany};
use projections::analytics::distribution::{Distribution, Range};
use projections::analytics::reader::Slice;
use projections::analytics::{Basis, Collector, Episodes, Filter, GroupBy, GroupKey, Metric, Question};
use projections::facts::{Facts, Names, No};

use crate::history::Moment;
use crate::queries::Answer;
use crate::reach::{self, NumbersReach};
use crate::{Desk, Failure};

mod drilldown;
pub mod impact;
pub mod insights;
pub mod scorecard;
pub mod waterfall;
mod work;

pub use drilldown::{DrillPage, DrillRow, Place};
pub use work::{HandleTime, WORK_MAX};

/// Reports of fewer days are done before a second thread has begun.
const SLICES_FOR_TWO: usize = 14;

/// Whose numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// All that the asker may see.
    Reach,
    /// The asker's own.
    Own,
}

/// What is asked for by ids. What does not exist, or is not the asker's to see, has no numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    pub channels: Option<Vec<ChannelId>>,
    pub brands: Option<Vec<BrandId>>,
    /// `None` in it: in no team.
    pub teams: Option<Vec<Option<TeamId>>>,
    /// `None` in it: nobody's.
    pub agents: Option<Vec<Option<UserId>>>,
    /// `None` in it: without tags.
    pub tags: Option<Vec<Option<String>>>,
}

/// A question in the terms of whoever asks.
#[derive(Debug, Clone)]
pub struct NumbersQuery {
    pub whose: Whose,
    pub metrics: Vec<Metric>,
    pub from: Timestamp,
    /// Excluded.
    pub to: Timestamp,
    pub moment: Moment,
    /// The version of the definitions.
    pub definition: u32,
    pub episodes: Episodes,
    pub wanted: Wanted,
    pub group_by: GroupBy,
}

/// Why a question has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// It has too many groups or cells.
    TooMany,
    Failed(Failure),
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
impl From<TooMany> for Unanswered {
    fn from(_: TooMany) -> Self {
        Self::TooMany
    }
}

/// A group as clients know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub key: GroupKey,
    /// An id, or a tag; `None`: of no team, nobody's, without tags.
    pub id: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Whose numbers they are, where they are somebody's.
    pub user_id: Option<UserId>,
}

impl Desk {
    /// The present as a moment that can be asked about again: its newest position, and the time of that event.
    pub fn present_moment(&self) -> Answer<Moment> {
        let pos = self.position();
        Ok(Moment { pos, at: self.recorded_at(pos)? })
    }

    /// May the asker see numbers of others at all?
    pub fn sees_numbers(&self, principal: &Principal) -> Answer<()> {
        let sees = self.view(|views| reach::sees_numbers(views, principal).is_some());
        if sees { Ok(()) } else { Err(Rejection::Forbidden.into()) }
    }

    /// Cells by group and place on an axis.
    pub fn numbers(
        &self,
        principal: &Principal,
        query: &NumbersQuery,
        axis: Axis,
        target: Option<Millis>,
    ) -> Result<Cells, Unanswered> {
        let (mut collector, slices) = self.asked(principal, query, |question, views| {
            let collector = Collector::new(question, axis);
            let slices = collector.slices(views);
            (collector, slices)
        })?;
        self.read(&mut collector, &slices);
        Ok(collector.finish(target)?)
    }

    /// Reads slices, long reports on two threads where a second one is to be had. In between others get at the views.
    fn read(&self, collector: &mut Collector, slices: &[Slice]) {
        let read = |collector: &mut Collector, first: usize, step: usize| {
            for slice in slices.iter().skip(first).step_by(step) {
                self.view(|views| collector.feed(views, *slice));
            }
        };
        let helper = (slices.len() >= SLICES_FOR_TWO).then(|| self.shared.report_helpers.try_acquire().ok()).flatten();
        if helper.is_none() {
            return read(collector, 0, 1);
        }
        // Neighbouring days are alike, so every second one is half of the work.
        let mut other = collector.clone();
        std::thread::scope(|scope| {
            scope.spawn(|| read(&mut other, 1, 2));
            read(collector, 0, 2);
        });
        collector.join(&other);
    }

    /// How the values of a metric lie; bounds in thousandths of its unit.
    pub fn distribution(
        &self,
        principal: &Principal,
        query: &NumbersQuery,
        bounds: Vec<i64>,
    ) -> Result<Vec<Range>, Unanswered> {
        let (mut distribution, slices) = self.asked(principal, query, |question, views| {
            let distribution = Distribution::new(question, bounds);
            let slices = distribution.slices(views);
            (distribution, slices)
        })?;
        for slice in slices {
            self.view(|views| distribution.feed(views, slice));
        }
        Ok(distribution.finish())
    }

    /// A question within the asker's walls.
    fn asked<T>(
        &self,
        principal: &Principal,
        query: &NumbersQuery,
        make: impl FnOnce(Question, &Views) -> T,
    ) -> Result<T, Unanswered> {
        let made = self.view(|views| {
            let reach = match query.whose {
                Whose::Reach => reach::sees_numbers(views, principal)?,
                Whose::Own => NumbersReach {
                    brands: principal.rights().brands().cloned(),
                    teams: None,
                    agent: Some(principal.user_id),
                },
            };
            let (facts, moment) = (&views.facts, query.moment);
            let definition = facts.definitions.get(query.definition)?;
            let question = Question {
                metrics: query.metrics.clone(),
                from: query.from,
                to: query.to,
                basis: Basis { pos: moment.pos, at: moment.at, definition: definition.clone() },
                episodes: query.episodes,
                filters: vec![within(facts, &reach), wanted(facts, &query.wanted)],
                group_by: query.group_by,
            };
            Some(make(question, views))
        });
        let allowed = match query.whose {
            Whose::Reach => Ok(()),
            Whose::Own => self.allow(principal, Action::MetricRead),
        };
        allowed?;
        Ok(made.ok_or(Failure::from(Rejection::Forbidden))?)
    }

    /// Groups as clients know them, in the order given.
    pub fn groups(&self, principal: &Principal, keys: impl IntoIterator<Item = GroupKey>) -> Vec<Group> {
        let mut groups: Vec<_> = self.view(|views| keys.into_iter().map(|key| group(views, principal, key)).collect());
        for group in &mut groups {
            if let Some(user) = group.user_id.filter(|_| group.name.is_some()) {
                group.name = self.user_name(user);
            }
        }
        groups
    }
}

fn numbers<Id: Copy + Eq + Hash>(names: &Names<Id>, ids: impl IntoIterator<Item = Option<Id>>) -> BTreeSet<No> {
    ids.into_iter().filter_map(|id| id.map_or(Some(No::NONE), |id| names.find(id))).collect()
}

fn within(facts: &Facts, reach: &NumbersReach) -> Filter {
    Filter {
        brands: reach.brands.as_ref().map(|ids| numbers(&facts.brands, ids.iter().copied().map(Some))),
        teams: reach.teams.as_ref().map(|ids| numbers(&facts.teams, ids.iter().copied())),
        agents: reach.agent.map(|id| numbers(&facts.people, [Some(id)])),
        ..Filter::default()
    }
}

fn wanted(facts: &Facts, wanted: &Wanted) -> Filter {
    let tag = |tag: &Option<String>| match tag {
        None => Some(None),
        Some(word) => facts.find_tag(word).map(Some),
    };
    Filter {
        channels: wanted.channels.as_ref().map(|ids| numbers(&facts.channels, ids.iter().copied().map(Some))),
        brands: wanted.brands.as_ref().map(|ids| numbers(&facts.brands, ids.iter().copied().map(Some))),
        teams: wanted.teams.as_ref().map(|ids| numbers(&facts.teams, ids.iter().copied())),
        agents: wanted.agents.as_ref().map(|ids| numbers(&facts.people, ids.iter().copied())),
        tags: wanted.tags.as_ref().map(|tags| tags.iter().filter_map(tag).collect()),
    }
}

fn group(views: &Views, principal: &Principal, key: GroupKey) -> Group {
    let facts = &views.facts;
    let (mut id, mut name, mut user_id) = (None, None, None);
    match key {
        GroupKey::Everything => {}
        GroupKey::Channel(no) => {
            let channel = facts.channels.id(no);
            id = channel.map(|id| id.to_string());
            name = channel.and_then(|id| views.directory.channels.get(id)).map(|channel| channel.name.clone());
        }
        GroupKey::Brand(no) => {
            let brand = facts.brands.id(no);
            id = brand.map(|id| id.to_string());
            name = brand.and_then(|id| views.directory.brands.get(id)).map(|brand| brand.name.clone());
        }
        GroupKey::Team(no) => {
            let team = facts.teams.id(no);
            id = team.map(|id| id.to_string());
            name = team.and_then(|id| views.roster.any_team(id)).map(|team| team.name.clone());
        }
        GroupKey::Agent(no) => {
            user_id = facts.people.id(no);
            id = user_id.map(|id| id.to_string());
            // Filled in where it is known: names of people are not in the views.
            name = user_id.filter(|id| reach::sees_user(views, principal, *id)).map(|_| String::new());
        }
        GroupKey::Tag(tag) => {
            id = tag.and_then(|tag| facts.tag(tag)).map(str::to_owned);
            name = id.clone();
        }
    }
    Group { key, id, name, user_id }
}

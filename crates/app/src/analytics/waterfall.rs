//! Where the time of episodes went: of one conversation stretch by stretch, and of a period's resolutions in sums.

use std::collections::BTreeMap;

use domain::access::Principal;
use domain::ids::*;
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::analytics::{GroupKey, Metric, Reader};
use projections::facts::waterfall::{Share, Stretch, stretches, totals};
use projections::facts::{Definition, Measured, Slot};

use super::{NumbersQuery, Unanswered};
use crate::Desk;
use crate::history::Moment;
use crate::queries::Answer;

/// One episode's time.
#[derive(Debug, Clone, PartialEq)]
pub struct EpisodeTime {
    pub episode: u32,
    pub resolved_at: Option<Timestamp>,
    pub stretches: Vec<Stretch>,
    /// Who had it in each stretch in which it lay unanswered.
    pub owners: Vec<Option<UserId>>,
}

/// The time of many episodes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimeSpent {
    pub episodes: u64,
    pub total: Millis,
    pub queued: Millis,
    pub unanswered: Millis,
    pub on_customer: Millis,
    pub bot: Millis,
    pub snoozed: Millis,
    pub outside_hours: Millis,
}

impl TimeSpent {
    fn add(&mut self, stretches: &[Stretch]) {
        self.episodes += 1;
        for (share, length) in totals(stretches) {
            let part = match share {
                Share::Queued => &mut self.queued,
                Share::Unanswered(_) => &mut self.unanswered,
                Share::OnCustomer => &mut self.on_customer,
                Share::Bot => &mut self.bot,
                Share::Snoozed => &mut self.snoozed,
                Share::OutsideHours => &mut self.outside_hours,
            };
            part.0 += length.0;
            self.total.0 += length.0;
        }
    }
}

impl Desk {
    /// A conversation's episodes, oldest first, each cut into stretches. Those that run end at the moment asked about.
    pub fn conversation_time(
        &self,
        principal: &Principal,
        id: ConversationId,
        moment: Moment,
    ) -> Answer<Vec<EpisodeTime>> {
        self.conversation(principal, id)?;
        Ok(self.view(|views| {
            let facts = &views.facts;
            let Some(slot) = facts.slot(id) else { return Vec::new() };
            let measured = facts.measured(slot, moment.pos);
            let definition = facts.definitions.at(moment.pos);
            let numbers: Vec<u32> = measured.episodes.iter().map(|episode| episode.episode).collect();
            let of = |number: u32| {
                let stretches = of_episode(views, slot, &measured, number, definition, moment);
                let owner = |stretch: &Stretch| match stretch.share {
                    Share::Unanswered(no) => facts.people.id(no),
                    _ => None,
                };
                let owners = stretches.iter().map(owner).collect();
                let episode = measured.episodes.iter().find(|episode| episode.episode == number);
                let resolved_at = episode.and_then(|episode| episode.resolution).map(|ended| ended.at);
                EpisodeTime { episode: number, resolved_at, stretches, owners }
            };
            numbers.into_iter().map(of).collect()
        }))
    }

    /// Where the time of the episodes went that were resolved in a period, as headlines count them.
    pub fn time_spent(
        &self,
        principal: &Principal,
        query: &NumbersQuery,
    ) -> Result<BTreeMap<GroupKey, TimeSpent>, Unanswered> {
        let query = NumbersQuery { metrics: vec![Metric::Resolved], ..query.clone() };
        let (mut reader, slices) = self.asked(principal, &query, |question, views| {
            let reader = Reader::new(question);
            let slices = reader.slices(views);
            (reader, slices)
        })?;
        let basis = reader.question().basis.clone();
        let moment = Moment { pos: basis.pos, at: basis.at };
        let mut spent: BTreeMap<GroupKey, TimeSpent> = BTreeMap::new();
        for slice in slices {
            self.view(|views| {
                let group_by = query.group_by;
                reader.feed(views, slice, |_, sample, tags| {
                    let measured = views.facts.measured(sample.slot, moment.pos);
                    let stretches =
                        of_episode(views, sample.slot, &measured, sample.episode, &basis.definition, moment);
                    spent.entry(GroupKey::Everything).or_default().add(&stretches);
                    group_by.of(&views.facts, sample, tags, |group| {
                        spent.entry(group).or_default().add(&stretches);
                    });
                });
            });
        }
        if spent.len() > projections::analytics::collect::GROUPS_MAX {
            return Err(Unanswered::TooMany);
        }
        Ok(spent)
    }
}

/// The stretches of an episode, by the calendar of the queue it lay in when it ended, or lies in.
fn of_episode(
    views: &Views,
    slot: Slot,
    measured: &Measured,
    number: u32,
    definition: &Definition,
    moment: Moment,
) -> Vec<Stretch> {
    let facts = &views.facts;
    let Some(episode) = measured.episodes.iter().find(|episode| episode.episode == number) else { return Vec::new() };
    let team = episode.resolution.map_or_else(|| measured.team, |ended| ended.resolution.team);
    let brand = facts.brands.id(facts.lies(slot).1);
    let calendar = brand.and_then(|brand| definition.calendar(&views.calendars, facts.teams.id(team), brand));
    stretches(facts.track(slot).until(moment.pos), measured, episode, moment.at, calendar)
}

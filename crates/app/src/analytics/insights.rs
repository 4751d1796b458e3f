//! What changed in a period and why, as far as somebody's walls reach. Numbers of tags and arrivals are those of every other
//! report; words come from messages in conversations that the asker reads, opened when they ask and kept nowhere, so that an
//! erasure, a revocation or a change of rights holds from the next answer on.
//!
//! * [`topics`] and [`questions`] are what customers write about and what nothing answered; [`evidence`] the messages behind each.
//! * [`causes`] are the words that make a spike.
//! * [`texts`] opens messages.

use domain::access::Principal;
use domain::ids::*;
use domain::time::Timestamp;
use domain::zone::Zone;
use projections::analytics::bucket::Buckets;
use projections::analytics::collect::Axis;
use projections::analytics::{GroupBy, GroupKey, Metric, Question};
use projections::facts::Slot;
use projections::insights::spikes::Step;
use projections::insights::{Place, Spikes, Topic};

use super::{NumbersQuery, Unanswered};
use crate::Desk;

mod causes;
pub mod evidence;
mod questions;
mod texts;
mod topics;

pub use causes::{FoundSpike, Keyword};
pub use evidence::{About, Evidence, EvidencePage, EvidencePlace};
pub use questions::{Answered, Answering, QuestionGroup};
pub use texts::READ_MAX;

/// What is asked.
#[derive(Debug, Clone)]
pub struct InsightsQuery {
    pub numbers: NumbersQuery,
    /// Where the period before begins; it ends where the other begins.
    pub before: Timestamp,
    pub zone: Zone,
    pub step: Step,
    /// What fewer contacts wrote is not said.
    pub contacts_min: u32,
}

/// How often a tag came, and how often before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagTrend {
    pub tag: GroupKey,
    pub count: u64,
    pub before: u64,
}

/// How much was read: of the period before, and of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Messages that the asker may read.
    pub messages: [u64; 2],
    /// Those of them that were, and say something.
    pub read: [u64; 2],
    /// Not all of them were opened.
    pub truncated: bool,
}

/// What there is to say.
#[derive(Debug)]
pub struct Insights {
    /// Episodes that began in the period, and in the one before.
    pub volume: u64,
    pub volume_before: u64,
    pub tags: Vec<TagTrend>,
    pub topics: Vec<Topic>,
    pub coverage: Coverage,
    pub spikes: Vec<FoundSpike>,
    pub answering: Answering,
}

/// Why there are none.
#[derive(Debug)]
pub enum NoInsights {
    /// The period has too many hours for a look at each.
    TooManyHours,
    Unanswered(Unanswered),
}

impl From<Unanswered> for NoInsights {
    fn from(unanswered: Unanswered) -> Self {
        Self::Unanswered(unanswered)
    }
}

impl Desk {
    /// See the module. Takes a while: not for threads that answer.
    pub fn insights(&self, principal: &Principal, query: &InsightsQuery) -> Result<Insights, NoInsights> {
        let arrivals = self.spikes(principal, query)?;
        let (volume, volume_before, tags) = self.tag_trends(principal, query)?;
        let (topics, coverage) = self.topics(principal, query)?;
        let spikes = self.with_keywords(principal, query, arrivals)?;
        let answering = self.answering(principal, query)?;
        Ok(Insights { volume, volume_before, tags, topics, coverage, spikes, answering })
    }

    fn spikes(
        &self,
        principal: &Principal,
        query: &InsightsQuery,
    ) -> Result<Vec<projections::insights::Spike>, NoInsights> {
        let made = self.asked(principal, &query.numbers, |question, views| {
            let spikes = Spikes::new(question, query.zone, query.step).ok()?;
            let slices = spikes.slices(views);
            Some((spikes, slices))
        })?;
        let Some((mut spikes, slices)) = made else { return Err(NoInsights::TooManyHours) };
        for slice in slices {
            self.view(|views| spikes.feed(views, slice));
        }
        Ok(self.view(|views| spikes.finish(views)))
    }

    /// Episodes in all, then by tag.
    fn tag_trends(
        &self,
        principal: &Principal,
        query: &InsightsQuery,
    ) -> Result<(u64, u64, Vec<TagTrend>), Unanswered> {
        let numbers = &query.numbers;
        let of = |from: Timestamp, to: Timestamp| {
            let (metrics, group_by) = (vec![Metric::Volume], GroupBy::Tag);
            let asked = NumbersQuery { metrics, group_by, from, to, ..numbers.clone() };
            self.numbers(principal, &asked, Axis::Buckets(Buckets::whole(from, to)), None)
        };
        let (now, before) = (of(numbers.from, numbers.to)?, of(query.before, numbers.from)?);
        let count = |cells: &projections::analytics::collect::Cells, group| {
            cells.get(group, 0).map_or(0, |cells| cells[0].count)
        };
        let mut tags = [now.groups(), before.groups()].concat();
        tags.sort_unstable();
        tags.dedup();
        tags.retain(|tag| *tag != GroupKey::Tag(None));
        let trend = |tag| TagTrend { tag, count: count(&now, tag), before: count(&before, tag) };
        let everything = GroupKey::Everything;
        Ok((count(&now, everything), count(&before, everything), tags.into_iter().map(trend).collect()))
    }

    /// A question about where customers wrote, within the asker's walls.
    fn spoken(
        &self,
        principal: &Principal,
        query: &InsightsQuery,
    ) -> Result<projections::insights::Spoken, Unanswered> {
        let made = |question: Question, _: &projections::Views| projections::insights::Spoken::new(question);
        self.asked(principal, &query.numbers, made)
    }

    /// Which conversations lie in these places.
    fn conversations_at(&self, slots: impl Iterator<Item = Slot>) -> Vec<(ConversationId, u64)> {
        self.view(|views| {
            let of = |slot: Slot| {
                let conversation = views.facts.conversation(slot);
                (conversation.id(), conversation.number())
            };
            slots.map(of).collect()
        })
    }
}

/// In the order of their conversations.
fn by_conversation(places: &mut [Place]) {
    places.sort_unstable_by_key(|place| (place.slot, place.pos));
}

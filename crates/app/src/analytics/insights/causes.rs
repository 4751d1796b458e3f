//! The words of a spike: what those who came in it wrote, and those who came in the same hours of the weeks before did not.

use domain::access::Principal;
use domain::time::Millis;
use projections::insights::spikes::{CAUSES_MAX, Came, excess};
use projections::insights::{Period, Place, Spike, Spoken, Topic, Topics};

use super::InsightsQuery;
use super::texts::Thinned;
use crate::Desk;
use crate::analytics::Unanswered;
use crate::queries::Answer;

/// Arrivals of one spike that are read at most, with those that are held against them.
const ARRIVALS_MAX: usize = 2_000;
/// What somebody writes so soon is what they came with, so many messages at most.
const SOON: Millis = Millis::minutes(10);
const MESSAGES_MAX: usize = 3;

/// A phrase that came more often.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyword {
    pub phrase: String,
    /// Arrivals that the asker reads and that say it.
    pub count: u32,
    pub usual: f64,
}

/// A spike with its words.
#[derive(Debug)]
pub struct FoundSpike {
    pub spike: Spike,
    /// The largest excess first.
    pub keywords: Vec<Keyword>,
    /// Arrivals whose words were read.
    pub read: u32,
    /// There were more to read.
    pub truncated: bool,
}

impl Desk {
    pub(super) fn with_keywords(
        &self,
        principal: &Principal,
        query: &InsightsQuery,
        spikes: Vec<Spike>,
    ) -> Result<Vec<FoundSpike>, Unanswered> {
        let spoken = self.spoken(principal, query)?;
        let found = spikes.into_iter().map(|spike| Ok(self.with_words(principal, query, &spoken, spike)?));
        found.collect()
    }

    fn with_words(
        &self,
        principal: &Principal,
        query: &InsightsQuery,
        spoken: &Spoken,
        spike: Spike,
    ) -> Answer<FoundSpike> {
        let mut arrivals: Thinned<(Period, Came)> = Thinned::to(ARRIVALS_MAX);
        let (now, before) = (spike.now.iter(), spike.before.iter());
        let both = now.map(|came| (Period::Now, *came)).chain(before.map(|came| (Period::Before, *came)));
        both.for_each(|arrival| arrivals.add(arrival));
        let mut topics = Topics::default();
        let mut read = [0_u32; 2];
        for (period, came) in &arrivals.kept {
            let mut places: Vec<Place> = self.view(|views| {
                let row = views.inbox.get(views.facts.conversation(came.slot).id());
                let seen = row.is_some_and(|row| views.inbox.sees(principal, &row));
                if seen { spoken.from(views, came.slot, came.at, SOON, MESSAGES_MAX) } else { Vec::new() }
            });
            let mut words = Vec::new();
            self.typed_at(&mut places, |_, text| words.push(text))?;
            if let (Some(place), false) = (places.first(), words.is_empty()) {
                read[*period as usize] += 1;
                // Lines of their own, so that no phrase goes from one message to the next.
                topics.hear(*period, place.slot, place.contact_id, &words.join("\n"));
            }
        }
        let weeks = f64::from(spike.weeks);
        let all = (read[Period::Now as usize], f64::from(read[Period::Before as usize]) / weeks);
        let more = |topic: Topic| {
            let (count, usual) = (topic.now.messages, f64::from(topic.before.messages) / weeks);
            let told = topic.now.contacts >= query.contacts_min;
            let more = excess((count, usual), all).filter(|_| told)?;
            Some((more, Keyword { phrase: topic.phrase, count, usual }))
        };
        let mut keywords: Vec<(f64, Keyword)> =
            topics.finish(query.contacts_min).into_iter().filter_map(more).collect();
        keywords.sort_by(|(one, first), (other, second)| other.total_cmp(one).then(first.phrase.cmp(&second.phrase)));
        keywords.truncate(CAUSES_MAX);
        let keywords = keywords.into_iter().map(|(_, keyword)| keyword).collect();
        Ok(FoundSpike { keywords, read: read[Period::Now as usize], truncated: arrivals.is_thinned(), spike })
    }
}

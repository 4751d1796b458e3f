//! What customers write about more than before, from messages that the asker reads.

use domain::access::Principal;
use projections::insights::{Period, Place, Topic, Topics};

use super::texts::Thinned;
use super::{Coverage, InsightsQuery, READ_MAX};
use crate::Desk;
use crate::analytics::Unanswered;

impl Desk {
    pub(super) fn topics(
        &self,
        principal: &Principal,
        query: &InsightsQuery,
    ) -> Result<(Vec<Topic>, Coverage), Unanswered> {
        let (mut places, mut coverage) = self.places(principal, query)?;
        let mut topics = Topics::default();
        self.typed_at(&mut places, |place, text| {
            let period = period(query, place);
            coverage.read[period as usize] += 1;
            topics.hear(period, place.slot, place.contact_id, &text);
        })?;
        Ok((topics.finish(query.contacts_min), coverage))
    }

    /// Where the messages lie that are read, of both periods; of too many only some, of both alike.
    pub(super) fn places(
        &self,
        principal: &Principal,
        query: &InsightsQuery,
    ) -> Result<(Vec<Place>, Coverage), Unanswered> {
        let spoken = self.spoken(principal, query)?;
        let mut coverage = Coverage::default();
        let mut thinned = Thinned::to(READ_MAX);
        let both = (query.before, query.numbers.to);
        for stretch in self.view(|views| spoken.stretches(views)) {
            self.view(|views| {
                let seen = views.inbox.screen(principal);
                spoken.find(views, stretch, both, seen, |place| {
                    coverage.messages[period(query, &place) as usize] += 1;
                    thinned.add(place);
                });
            });
        }
        coverage.truncated = thinned.is_thinned();
        Ok((thinned.kept, coverage))
    }
}

pub(super) fn period(query: &InsightsQuery, place: &Place) -> Period {
    if place.at < query.numbers.from { Period::Before } else { Period::Now }
}

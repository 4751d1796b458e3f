//! Whom a campaign means. Everybody is gone through for it, so that happens on a thread of its own and on rows that are shared with
//! the views; the desk's loop is handed a batch of ids at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::campaign::{Audience, BATCH_MAX, Campaign, launch};
use domain::ids::{CampaignId, ContactId};
use domain::segment::Entry as SegmentEntry;
use parking_lot::Mutex;

use crate::queries::Answer;
use crate::segments::apart;
use crate::{Desk, Failure};

/// Campaigns that somebody is selecting recipients for at this moment.
#[derive(Debug, Default)]
pub(crate) struct Selecting(Mutex<BTreeSet<CampaignId>>);

/// Says so for as long as it lives.
pub struct Turn {
    desk: Desk,
    id: CampaignId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.desk.shared.selecting.0.lock().remove(&self.id);
    }
}

impl Desk {
    /// Who is meant at this moment, each once, in the order of their ids: of merged contacts the one that stands for them.
    pub async fn campaign_audience(&self, campaign: &Arc<Campaign>) -> Answer<Vec<ContactId>> {
        let (campaign, now) = (campaign.clone(), self.now());
        let (contacts, segments) = self.view(|views| (views.directory.contacts.audience(), views.segments.clone()));
        let named = match &campaign.audience {
            Audience::Contacts { contact_ids } => self.view(|views| {
                contact_ids.iter().map(|id| views.directory.contacts.resolve(*id)).collect::<BTreeSet<_>>()
            }),
            Audience::Everyone | Audience::Segment { .. } => BTreeSet::new(),
        };
        apart(move || {
            let of_brand = |brand| brand == campaign.brand_id;
            let mut found: Vec<ContactId> = match &campaign.audience {
                Audience::Everyone => contacts.everybody().filter(|it| of_brand(it.brand_id)).map(|it| it.id).collect(),
                Audience::Segment { segment_id } => match segments.get(*segment_id) {
                    Some(SegmentEntry { segment, .. }) => {
                        contacts.members(&segments, segment, now, None, |it| of_brand(it.brand_id)).collect()
                    }
                    None => Vec::new(),
                },
                Audience::Contacts { .. } => named.into_iter().collect(),
            };
            found.sort_unstable();
            found
        })
        .await
    }

    /// Nobody else selects for the campaign meanwhile; `None`: somebody does.
    pub fn selects_recipients(&self, id: CampaignId) -> Option<Turn> {
        let begun = self.shared.selecting.0.lock().insert(id);
        begun.then(|| Turn { desk: self.clone(), id })
    }
}

impl Turn {
    /// Selects them all, a batch to a command.
    pub async fn select(self, meant: Vec<ContactId>) -> Result<(), Failure> {
        let id = self.id;
        // Nobody at all is an end too.
        let batches = meant.len().div_ceil(BATCH_MAX).max(1);
        for place in 1..=batches {
            let batch = meant.iter().skip((place - 1) * BATCH_MAX).take(BATCH_MAX).copied().collect();
            let selected = self.desk.work(move |step| {
                launch::select(step, id, batch, place == batches);
                Ok(())
            });
            selected.await?;
        }
        Ok(())
    }
}

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

#[cfg(test)]
mod tests {
    use domain::campaign::{Kind, State, TemplateName, manage};
    use domain::event::Actor;
    use domain::inbound::TemplateChange;

    use super::super::CampaignWorker;
    use super::*;
    use crate::testing::Bench;
    use crate::workers::Worker;

    /// A draft that writes to everybody, by an approved template.
    async fn drafted(bench: &Bench) -> CampaignId {
        let (by, channel_id) = (bench.principal(), bench.channel);
        let change = TemplateChange {
            name: "spring".to_owned(),
            language: "en".to_owned(),
            status: Some("APPROVED".to_owned()),
            category: Some("MARKETING".to_owned()),
            ..TemplateChange::default()
        };
        let made = bench.desk.run(Actor::User(bench.agent), move |step| {
            domain::channel::change_template(step, "900", &change, None);
            let campaign = Campaign {
                name: "Spring".to_owned(),
                kind: Kind::Marketing,
                brand_id: step.world.channels[&channel_id].config.brand_id,
                channel_id,
                audience: Audience::Everyone,
                template: TemplateName { name: "spring".to_owned(), language: "en".to_owned() },
                parameters: Vec::new(),
                send_at: None,
                rate_per_minute: 600,
                quiet_hours: None,
                consent_purpose: None,
                reply_routing: None,
            };
            manage::create(step, &by, campaign)
        });
        made.await.unwrap().value
    }

    fn standing(bench: &Bench, id: CampaignId) -> (State, u32) {
        bench.desk.view(|views| {
            let entry = views.campaigns.get(id).unwrap();
            (entry.state, entry.tally.total())
        })
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_launch_that_a_crash_interrupted_is_taken_up_by_the_worker() {
        let bench = Bench::new().await;
        for number in ["34600000001", "34600000002", "34600000003"] {
            bench.says(number, "hi").await;
        }
        let id = drafted(&bench).await;
        let entry = bench.desk.campaign(&bench.principal(), id).unwrap();
        let meant = bench.desk.campaign_audience(&entry.campaign).await.unwrap();
        assert_eq!(meant.len(), 3);
        let (by, found) = (bench.principal(), launch::Found { audience: 3, version: entry.version });
        let first = vec![meant[0]];
        let begin = move |step: &mut domain::step::Step<'_>| {
            launch::launch(step, &by, id, found)?;
            launch::select(step, id, first, false);
            Ok(())
        };
        bench.desk.run(Actor::User(bench.agent), begin).await.unwrap();
        let bench = bench.restarted();
        assert_eq!(standing(&bench, id), (State::Scheduled, 1));
        let mut worker = CampaignWorker::new(bench.desk.clone());
        // While somebody else is at it, it waits.
        let turn = bench.desk.selects_recipients(id);
        worker.step().await;
        assert_eq!(standing(&bench, id), (State::Scheduled, 1));
        drop(turn);
        worker.step().await;
        assert_eq!(standing(&bench, id), (State::Running, 3));
    }
}

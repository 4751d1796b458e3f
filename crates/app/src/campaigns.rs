//! Campaigns: what is asked about them, what one contact would be sent, and the worker that sends them.

use domain::access::{Action, Principal};
use domain::campaign::send::Filled;
use domain::campaign::{Campaign, Entry, Recipient, content};
use domain::content::Content;
use domain::ids::*;
use domain::market;
use domain::rejection::Rejection;
use domain::template::Template;
use domain::variables::Known;
use projections::contact_card::ContactCard;

use crate::queries::Answer;
use crate::{Desk, reach};

mod rate;
mod select;
mod worker;

pub(crate) use select::Selecting;
pub(crate) use worker::CampaignWorker;

/// Launched campaigns that are followed live.
const LAUNCHED_MAX: usize = 20;

/// What one contact would be sent, with what they would read.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub contact_id: ContactId,
    /// `None`: a variable has no value, and they would be left out.
    pub content: Option<Content>,
    /// The template's body with its places filled in, where the body is known.
    pub text: Option<String>,
}

impl Desk {
    /// The campaigns somebody may know of, the newest first, those before `before`.
    pub fn campaigns(
        &self,
        principal: &Principal,
        before: Option<CampaignId>,
        limit: usize,
    ) -> Answer<(Vec<Entry>, u64)> {
        self.allow(principal, Action::CampaignRead)?;
        Ok(self.view(|views| {
            let seen = |entry: &&Entry| reach::sees_configured(principal, Some(entry.campaign.brand_id));
            let older = views.campaigns.iter().rev().filter(|entry| before.is_none_or(|before| entry.id < before));
            (older.filter(seen).take(limit).cloned().collect(), views.position())
        }))
    }

    /// Those of them that were launched, the newest [`LAUNCHED_MAX`], and the position they stand so at.
    pub fn launched_campaigns(&self, principal: &Principal) -> Answer<(Vec<Entry>, u64)> {
        self.allow(principal, Action::CampaignRead)?;
        Ok(self.view(|views| {
            let seen = |entry: &&Entry| reach::sees_configured(principal, Some(entry.campaign.brand_id));
            let launched = views.campaigns.iter().rev().filter(|entry| entry.launched_at.is_some());
            (launched.filter(seen).take(LAUNCHED_MAX).cloned().collect(), views.position())
        }))
    }

    /// One of them.
    pub fn campaign(&self, principal: &Principal, id: CampaignId) -> Answer<Entry> {
        self.allow(principal, Action::CampaignRead)?;
        let found = self.view(|views| views.campaigns.get(id).cloned());
        let seen = found.filter(|entry| reach::sees_configured(principal, Some(entry.campaign.brand_id)));
        Ok(seen.ok_or(Rejection::NotFound)?)
    }

    /// Its recipients, in the order of their ids, from after one on; only those a test takes.
    pub fn campaign_recipients(
        &self,
        principal: &Principal,
        id: CampaignId,
        after: Option<ContactId>,
        takes: impl Fn(&Recipient) -> bool,
        limit: usize,
    ) -> Answer<(Vec<(ContactId, Recipient)>, u64)> {
        self.campaign(principal, id)?;
        Ok(self.view(|views| {
            let found = views.campaigns.recipients_after(id, after).filter(|(_, recipient)| takes(recipient));
            (found.take(limit).collect(), views.position())
        }))
    }

    /// The campaign a conversation began with.
    pub fn opened_by(&self, id: ConversationId) -> Option<CampaignId> {
        self.view(|views| views.campaigns.opened(id))
    }

    /// What a campaign says to each of these contacts.
    pub fn campaign_samples(&self, campaign: &Campaign, contacts: &[ContactId]) -> Vec<Sample> {
        let template = self.campaign_template(campaign);
        let sample = |contact_id: &ContactId| {
            let Filled { contact_id, content } = self.filled(campaign, template.as_ref(), *contact_id).0;
            let text = content.as_ref().and_then(|content| template.as_ref()?.shown(content).body);
            Sample { contact_id, content, text }
        };
        contacts.iter().map(sample).collect()
    }

    fn campaign_template(&self, campaign: &Campaign) -> Option<Template> {
        self.view(|views| {
            let waba = views.directory.channels.get(campaign.channel_id)?.waba_id.clone();
            let name = &campaign.template;
            views.directory.templates.by_name(&waba, &name.name, &name.language).map(|entry| entry.template.clone())
        })
    }

    /// What one contact is sent, and the market of their number: whose name and number they are is only in the log.
    fn filled(
        &self,
        campaign: &Campaign,
        template: Option<&Template>,
        id: ContactId,
    ) -> (Filled, Option<&'static str>) {
        let standing = self.view(|views| views.directory.contacts.resolve(id));
        let Ok(card) = self.contact_card(standing) else {
            return (Filled { contact_id: id, content: None }, None);
        };
        let known = self.view(|views| Known {
            brand_name: views.directory.brands.get(campaign.brand_id).map(|brand| brand.name.clone()),
            channel_name: views.directory.channels.get(campaign.channel_id).map(|channel| channel.name.clone()),
            ..Known::default()
        });
        let known = Known { contact_name: name_of(&card), attributes: self.attributes(&card), ..known };
        let content = content(&campaign.template, &campaign.parameters, template, &known).ok();
        (Filled { contact_id: id, content }, market_of(&card))
    }
}

/// What somebody is called; a number or a user name greets nobody.
fn name_of(card: &ContactCard) -> Option<String> {
    [&card.given_name, &card.address_book_name, &card.profile_name].into_iter().find_map(Clone::clone)
}

fn market_of(card: &ContactCard) -> Option<&'static str> {
    let in_use = card.identities.iter().filter(|known| known.retired_at.is_none());
    let identities =
        in_use.filter_map(|known| Some(domain::inbound::Identity { kind: known.kind, value: known.value.clone()? }));
    market::of_recipient(&identities.collect::<Vec<_>>())
}

//! From a draft to something that runs: who is meant is decided once, at this position of the log.

use std::collections::BTreeSet;

use super::eligible::template;
use super::manage::seen;
use super::{AHEAD_MAX, AUDIENCE_MAX, Audience, BATCH_MAX, Campaign, State, check};
use crate::access::Principal;
use crate::event::StreamId;
use crate::event::campaign::*;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::segment;
use crate::step::Step;
use crate::time::Timestamp;
use crate::world::World;

/// Launches a draft: at once, or at the time it names.
pub fn launch(step: &mut Step<'_>, by: &Principal, id: CampaignId) -> Result<CampaignId, Rejection> {
    let entry = seen(step.world, by, id)?;
    if entry.state != State::Draft {
        return Err(Rejection::InvalidTransition { from: entry.state.as_str(), to: "scheduled" });
    }
    let campaign = entry.campaign.clone();
    // What was right when it was written may be wrong now.
    Rejection::unless_clean(check::errors(step.world, by, &campaign))?;
    sendable(step, &campaign)?;
    if campaign.send_at.is_some_and(|at| at - step.now > AHEAD_MAX) {
        return Err(Rejection::Invalid { field: "send_at", detail: "at most 366 days ahead".to_owned() });
    }
    let audience = audience(step.world, &campaign, step.now);
    if audience.is_empty() || audience.len() > AUDIENCE_MAX {
        return Err(Rejection::Invalid { field: "audience", detail: format!("1 to {AUDIENCE_MAX} contacts") });
    }
    let stream = StreamId::Campaign(id);
    step.emit(stream, CampaignLaunched { campaign_id: id, audience: audience.len() as u32 });
    let ids: Vec<ContactId> = audience.into_iter().collect();
    for batch in ids.chunks(BATCH_MAX) {
        step.emit(stream, CampaignRecipientsSelected { campaign_id: id, contact_ids: batch.to_vec() });
    }
    start(step, id);
    Ok(id)
}

/// Begins a campaign whose time has come.
pub fn start(step: &mut Step<'_>, id: CampaignId) {
    let due = step.world.campaigns.get(id).and_then(super::Entry::due_at);
    if due.is_some_and(|at| at <= step.now) {
        step.emit(StreamId::Campaign(id), CampaignStarted { campaign_id: id });
    }
}

/// Who is meant, each once: of merged contacts the one that stands for them.
pub fn audience(world: &World, campaign: &Campaign, now: Timestamp) -> BTreeSet<ContactId> {
    let of_brand = world.contacts.values().filter(|contact| contact.brand_id == campaign.brand_id && !contact.erased);
    match &campaign.audience {
        Audience::Everyone => {
            of_brand.filter(|contact| contact.merged_into.is_none()).map(|contact| contact.id).collect()
        }
        Audience::Segment { segment_id } => {
            let Some(entry) = world.segments.get(*segment_id) else { return BTreeSet::new() };
            let of_brand = |id: &ContactId| world.contacts.get(id).is_some_and(|it| it.brand_id == campaign.brand_id);
            segment::members(world, &entry.segment, now).filter(of_brand).collect()
        }
        Audience::Contacts { contact_ids } => contact_ids.iter().map(|id| world.standing_for(*id)).collect(),
    }
}

/// Whether the template, and the number, could be used at all.
fn sendable(step: &Step<'_>, campaign: &Campaign) -> Result<(), Rejection> {
    let channel = step.world.channels.get(&campaign.channel_id).ok_or(Rejection::NotFound)?;
    if !channel.enabled {
        return Err(Rejection::ChannelDisabled);
    }
    let name = &campaign.template;
    match template(step.world, campaign) {
        None => Err(Rejection::Template(format!("there is no template {} in {}", name.name, name.language))),
        Some(template) if !template.is_sendable() => {
            let status = template.status.as_deref().unwrap_or("unknown").to_lowercase();
            Err(Rejection::Template(format!("{} in {} is {status}", name.name, name.language)))
        }
        Some(_) => Ok(()),
    }
}

//! Drafts: made, changed, thrown away.

use super::{CAMPAIGNS_MAX, Campaign, Entry, State, check};
use crate::access::Principal;
use crate::event::StreamId;
use crate::event::campaign::*;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::world::World;

/// Creates a draft. Its brand is its number's.
pub fn create(step: &mut Step<'_>, by: &Principal, mut campaign: Campaign) -> Result<CampaignId, Rejection> {
    of_channels_brand(step.world, &mut campaign);
    Rejection::unless_clean(check::errors(step.world, by, &campaign))?;
    if step.world.campaigns.iter().len() >= CAMPAIGNS_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {CAMPAIGNS_MAX} campaigns") });
    }
    let campaign_id: CampaignId = step.mint.fresh();
    step.emit(StreamId::Campaign(campaign_id), CampaignCreated { campaign_id, campaign });
    Ok(campaign_id)
}

/// Changes a draft.
pub fn change(step: &mut Step<'_>, by: &Principal, id: CampaignId, mut campaign: Campaign) -> Result<(), Rejection> {
    let entry = draft(step.world, by, id)?;
    let known = entry.campaign.clone();
    of_channels_brand(step.world, &mut campaign);
    Rejection::unless_clean(check::errors(step.world, by, &campaign))?;
    if *known != campaign {
        step.emit(StreamId::Campaign(id), CampaignChanged { campaign_id: id, campaign });
    }
    Ok(())
}

/// Throws a draft away. What was launched stays to be looked at.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: CampaignId) -> Result<(), Rejection> {
    draft(step.world, by, id)?;
    step.emit(StreamId::Campaign(id), CampaignRemoved { campaign_id: id });
    Ok(())
}

/// A campaign that somebody may know of: those of their brands.
pub fn seen<'w>(world: &'w World, by: &Principal, id: CampaignId) -> Result<&'w Entry, Rejection> {
    let entry = world.campaigns.get(id).ok_or(Rejection::NotFound)?;
    by.rights().in_brand(entry.campaign.brand_id).then_some(entry).ok_or(Rejection::NotFound)
}

fn draft<'w>(world: &'w World, by: &Principal, id: CampaignId) -> Result<&'w Entry, Rejection> {
    let entry = seen(world, by, id)?;
    match entry.state {
        State::Draft => Ok(entry),
        state => Err(Rejection::InvalidTransition { from: state.as_str(), to: "draft" }),
    }
}

fn of_channels_brand(world: &World, campaign: &mut Campaign) {
    if let Some(channel) = world.channels.get(&campaign.channel_id) {
        campaign.brand_id = channel.config.brand_id;
    }
}

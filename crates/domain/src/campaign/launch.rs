//! From a draft to something that runs. Who is meant is found out once, outside of the desk's loop: everybody is gone through for
//! it. Those who were found are selected a batch to a command, so that nobody's command waits for more than one of them; and
//! nobody is written to before the last is selected. What a crash has interrupted is taken up again by whoever works
//! campaigns off.

#[cfg(doc)]
use super::BATCH_MAX;
use super::eligible::template;
use super::manage::seen;
use super::{AHEAD_MAX, AUDIENCE_MAX, Campaign, Entry, State, check};
use crate::access::Principal;
use crate::event::StreamId;
use crate::event::campaign::*;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Who was found to be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// How many.
    pub audience: usize,
    /// By the draft as it was at this version.
    pub version: u64,
}

/// Launches a draft: at once, or at the time it names. Whoever was found is then [`select`]ed.
pub fn launch(step: &mut Step<'_>, by: &Principal, id: CampaignId, found: Found) -> Result<CampaignId, Rejection> {
    let entry = seen(step.world, by, id)?;
    if entry.state != State::Draft {
        return Err(Rejection::InvalidTransition { from: entry.state.as_str(), to: "scheduled" });
    }
    if entry.version != found.version {
        return Err(Rejection::NotNow("the draft was changed meanwhile"));
    }
    let campaign = entry.campaign.clone();
    // What was right when it was written may be wrong now.
    Rejection::unless_clean(check::errors(step.world, by, &campaign))?;
    sendable(step, &campaign)?;
    if campaign.send_at.is_some_and(|at| at - step.now > AHEAD_MAX) {
        return Err(Rejection::Invalid { field: "send_at", detail: "at most 366 days ahead".to_owned() });
    }
    if found.audience == 0 || found.audience > AUDIENCE_MAX {
        return Err(Rejection::Invalid { field: "audience", detail: format!("1 to {AUDIENCE_MAX} contacts") });
    }
    let audience = found.audience as u32;
    step.emit(StreamId::Campaign(id), CampaignLaunched { campaign_id: id, audience, selecting: true });
    Ok(id)
}

/// Selects some of those who were found, at most [`BATCH_MAX`], each once; after the `last` of them it begins when its time has come.
/// What was cancelled meanwhile selects nobody.
pub fn select(step: &mut Step<'_>, id: CampaignId, batch: Vec<ContactId>, last: bool) {
    let wanted = |entry: &&Entry| entry.selecting && !matches!(entry.state, State::Draft | State::Cancelled);
    if step.world.campaigns.get(id).filter(wanted).is_none() {
        return;
    }
    let event = CampaignRecipientsSelected { campaign_id: id, contact_ids: batch, last };
    step.emit(StreamId::Campaign(id), event);
    start(step, id);
}

/// Begins a campaign whose time has come.
pub fn start(step: &mut Step<'_>, id: CampaignId) {
    let due = step.world.campaigns.get(id).and_then(super::Entry::due_at);
    if due.is_some_and(|at| at <= step.now) {
        step.emit(StreamId::Campaign(id), CampaignStarted { campaign_id: id });
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

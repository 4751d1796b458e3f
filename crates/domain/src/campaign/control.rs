//! Stopping for a while, going on, and stopping for good. Each acts at once: what waits in the outbox waits on, or is taken out
//! of it; only a call that is under way comes to its end.

use super::manage::seen;
use super::{BATCH_MAX, State};
use crate::access::Principal;
use crate::conversation::dispatch;
use crate::event::StreamId;
use crate::event::campaign::*;
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Nobody more is written to for now. Twice is once.
pub fn pause(step: &mut Step<'_>, by: &Principal, id: CampaignId) -> Result<CampaignId, Rejection> {
    match seen(step.world, by, id)?.state {
        State::Paused(_) => {}
        State::Scheduled | State::Running => pause_for(step, id, PauseCause::Request),
        state => return Err(Rejection::InvalidTransition { from: state.as_str(), to: "paused" }),
    }
    Ok(id)
}

/// It pauses by itself, or because somebody asked.
pub(super) fn pause_for(step: &mut Step<'_>, id: CampaignId, cause: PauseCause) {
    step.emit(StreamId::Campaign(id), CampaignPaused { campaign_id: id, cause });
}

/// Goes on where it stopped. Twice is once.
pub fn resume(step: &mut Step<'_>, by: &Principal, id: CampaignId) -> Result<CampaignId, Rejection> {
    match seen(step.world, by, id)?.state {
        State::Running | State::Scheduled => {}
        State::Paused(_) => {
            step.emit(StreamId::Campaign(id), CampaignResumed { campaign_id: id });
            super::launch::start(step, id);
        }
        state => return Err(Rejection::InvalidTransition { from: state.as_str(), to: "running" }),
    }
    Ok(id)
}

/// Ends it: whoever was not written to is not written to. Twice is once.
pub fn cancel(step: &mut Step<'_>, by: &Principal, id: CampaignId) -> Result<CampaignId, Rejection> {
    let entry = seen(step.world, by, id)?;
    match entry.state {
        State::Cancelled => return Ok(id),
        State::Scheduled | State::Running | State::Paused(_) => {}
        state => return Err(Rejection::InvalidTransition { from: state.as_str(), to: "cancelled" }),
    }
    let waiting = step.world.campaigns.waiting(id);
    let selected = step.world.campaigns.selected_after(id, None);
    let mut dropped: Vec<ContactId> = selected.chain(waiting.iter().map(|(contact, _)| *contact)).collect();
    dropped.sort_unstable();
    let stream = StreamId::Campaign(id);
    step.emit(stream, CampaignCancelled { campaign_id: id });
    for batch in dropped.chunks(BATCH_MAX) {
        step.emit(stream, CampaignRecipientsDropped { campaign_id: id, contact_ids: batch.to_vec() });
    }
    for (_, message) in waiting {
        dispatch::withdraw(step, message, "campaign_cancelled");
    }
    Ok(id)
}

/// Says that nothing is left to do, if that is so.
pub fn finish(step: &mut Step<'_>, id: CampaignId) {
    if step.world.campaigns.get(id).is_some_and(super::Entry::is_done) {
        step.emit(StreamId::Campaign(id), CampaignFinished { campaign_id: id });
    }
}

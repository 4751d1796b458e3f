//! Webhook items that cannot be applied: kept whole, visible, and tried again when something changed. Answering the
//! provider with an error instead would make it repeat the item for days and then drop it.

use crate::event::workspace::*;
use crate::event::{LookupKey, StreamId};
use crate::ids::*;
use crate::inbound::Route;
use crate::rejection::Rejection;
use crate::step::Step;

/// Items kept open at most; past it the oldest are dismissed by their number, never silently: each leaves an event.
pub const OPEN_MAX: usize = 100_000;

/// Why and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Unplaced {
    pub reason: QuarantineReason,
    pub field: String,
    pub detail: Option<String>,
    pub channel_id: Option<ChannelId>,
    pub route: Route,
    pub raw: String,
}

/// Keeps an item. The same bytes are kept once.
pub fn add(step: &mut Step<'_>, item: &Unplaced) {
    let key = step.blind.blind(&format!("quarantine:{:?}:{}", item.reason, item.raw));
    if step.find(key).is_some() {
        return;
    }
    if step.world.quarantine.len() >= OPEN_MAX
        && let Some(oldest) = step.world.quarantine.keys().next().copied()
    {
        step.emit(
            StreamId::Quarantine(oldest),
            QuarantineItemDismissed { quarantine_id: oldest, at: step.now, erased: false },
        );
    }
    let quarantine_id: QuarantineId = step.mint.fresh();
    let event = QuarantineItemAdded {
        quarantine_id,
        reason: item.reason,
        field: item.field.clone(),
        detail: item.detail.clone(),
        channel_id: item.channel_id,
        seal: step.next_seal(),
        private: Some(QuarantineRaw { route: item.route.clone(), raw: item.raw.clone() }),
    };
    let keys = vec![LookupKey { key, value: Vec::new() }];
    step.emit_at(StreamId::Quarantine(quarantine_id), event, step.now, keys);
}

/// It could be applied after all.
pub fn reinterpreted(step: &mut Step<'_>, id: QuarantineId) -> Result<(), Rejection> {
    step.world.quarantine.get(&id).ok_or(Rejection::NotFound)?;
    step.emit(StreamId::Quarantine(id), QuarantineItemReinterpreted { quarantine_id: id });
    Ok(())
}

/// Somebody looked at it and needs it no more.
pub fn dismiss(step: &mut Step<'_>, id: QuarantineId) -> Result<(), Rejection> {
    step.world.quarantine.get(&id).ok_or(Rejection::NotFound)?;
    let event = QuarantineItemDismissed { quarantine_id: id, at: step.now, erased: false };
    step.emit(StreamId::Quarantine(id), event);
    Ok(())
}

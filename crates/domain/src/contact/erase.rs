//! Erasure: the keys that seal everything personal about a contact are destroyed, the numbers stay.
//!
//! Two events bracket the destruction, so that a crash in between is finished at the next start instead of forgotten.

use crate::event::contact::{ContactErased, ContactErasureStarted, ErasureReason};
use crate::event::workspace::QuarantineItemDismissed;
use crate::event::{SealKey, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// What there is of a contact outside their own streams. Found by the caller, who can read it.
#[derive(Debug, Default)]
pub struct Traces {
    /// Open items whose text names the contact.
    pub quarantined: Vec<QuarantineId>,
    /// Files to remove.
    pub media: Vec<MediaId>,
    /// Keys of the names of files sent to the contact.
    pub names: Vec<SealKey>,
}

/// Decides it. Identities stop finding the contact at once; whoever writes from them later is
/// somebody new.
pub fn start(step: &mut Step<'_>, id: ContactId, traces: Traces, reason: Option<String>) -> Result<(), Rejection> {
    let contact = step.world.contacts.get(&id).ok_or(Rejection::NotFound)?;
    if contact.erased {
        return Err(Rejection::ContactErased);
    }
    let Traces { quarantined, media, names } = traces;
    let merged = step.world.stands_for(id);
    // Items that are gone from the list meanwhile have their key's destruction behind them, or were placed.
    let quarantined: Vec<QuarantineId> =
        quarantined.into_iter().filter(|item| step.world.quarantine.contains_key(item)).collect();
    let seals = merged
        .iter()
        .filter_map(|loser| step.world.contacts.get(loser))
        .map(|loser| loser.seal)
        .chain([contact.seal])
        .chain(quarantined.iter().filter_map(|item| step.world.quarantine.get(item)).map(|item| item.seal))
        .chain(names)
        .collect();
    for quarantine_id in &quarantined {
        let event = QuarantineItemDismissed { quarantine_id: *quarantine_id, at: step.now, erased: true };
        step.emit(StreamId::Quarantine(*quarantine_id), event);
    }
    let private = reason.map(|reason| ErasureReason { reason });
    let event = ContactErasureStarted { contact_id: id, seals, merged, quarantined, media, private };
    step.emit(StreamId::Contact(id), event);
    Ok(())
}

/// The keys and files are gone.
pub fn finish(step: &mut Step<'_>, id: ContactId) -> Result<(), Rejection> {
    if step.world.erasures.contains_key(&id) {
        step.emit(StreamId::Contact(id), ContactErased { contact_id: id });
    }
    Ok(())
}

//! From a provider's webhook to events. The edge has verified the signature and parsed the items; here they become one
//! command, so that everything in one webhook is durable before the provider is told so.

use std::collections::BTreeSet;

use domain::event::Actor;
use domain::ids::{ChannelId, QuarantineId};
use domain::inbound::InboundItem;
use domain::ingest::ingest;
use domain::rejection::Rejection;

use crate::{Desk, Done, Failure};

/// What became of a webhook's items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    pub applied: usize,
    pub quarantined: usize,
}

impl Desk {
    /// Takes the items of one webhook; `signed` are the channels its signature vouches for.
    pub async fn take_webhook(&self, items: Vec<InboundItem>, signed: Vec<ChannelId>) -> Result<Done<Taken>, Failure> {
        let signed: BTreeSet<ChannelId> = signed.into_iter().collect();
        self.run(Actor::Provider, move |step| {
            let mut taken = Taken::default();
            for item in items {
                if ingest(step, item, &|channel| signed.contains(&channel)) {
                    taken.applied += 1;
                } else {
                    taken.quarantined += 1;
                }
            }
            Ok(taken)
        })
        .await
    }

    /// Tries a quarantined item again, parsed anew by the caller. It stays where it is if it still has no place.
    pub async fn reinterpret(
        &self,
        actor: Actor,
        id: QuarantineId,
        items: Vec<InboundItem>,
    ) -> Result<Done<bool>, Failure> {
        self.run(actor, move |step| {
            if !step.world.quarantine.contains_key(&id) {
                return Err(Rejection::NotFound);
            }
            // An operator vouches for the item now; what still cannot be read is already kept.
            let mut applied = !items.is_empty();
            for item in items {
                applied &= ingest(step, item, &|_| true);
            }
            if applied {
                domain::quarantine::reinterpreted(step, id)?;
            }
            Ok(applied)
        })
        .await
    }
}

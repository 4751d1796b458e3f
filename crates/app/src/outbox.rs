//! The outbox: hands queued messages to the provider, one at a time per contact and number, as fast as the numbers'
//! budgets allow. The provider knows no idempotency, so every state of a send is a fact in the log before the next step,
//! and a send whose end is unknown is left to a person (or to a delivery report that names it).
//!
//! Deliberately absent: retries inside a call, a queue of its own (the log is the queue), and any sending from a restored
//! copy that nobody has released.

use std::sync::Arc;

use domain::conversation::dispatch::{self, Outcome};
use domain::event::workspace::OutboxReleased;
use domain::event::{Actor, StreamId};
use domain::ids::{ChannelId, MessageId};
use domain::time::{Millis, Timestamp};
use projections::Views;
use projections::outbox::{Class, OutboxEntry};

mod address;
mod deliver;
mod flights;
mod pace;
#[cfg(test)]
mod tests;
mod uploads;
mod verdict;

pub(crate) use flights::Flights;
pub(crate) use uploads::Uploads;

use crate::provider::Provider;
use crate::workers::{Next, Worker};
use crate::{Desk, Done, Failure};
use deliver::Delivery;

/// Messages of one number looked at in one step: with more lanes than this waiting for their own budget, others may have
/// to wait for them.
const LOOK_MAX: usize = 4_096;
/// Calls of a number under way beyond which nothing that is sent to many is begun.
const TO_MANY_AT_ONCE_MAX: usize = 12;
/// Messages a second of a number that never told.
const MPS_DEFAULT: u32 = 80;
/// When to look again after the log took nothing.
const LOG_PAUSE: Millis = Millis::seconds(1);

/// See the module.
pub(crate) struct OutboxWorker {
    delivery: Delivery,
    /// Sends that an earlier process (or a panic) left without an end have been written down as uncertain.
    recovered: bool,
}

impl OutboxWorker {
    pub(crate) fn new(desk: Desk, provider: Arc<dyn Provider>, flights: Flights) -> Self {
        let uploads = desk.shared.uploads.clone();
        Self { delivery: Delivery { desk, provider, flights, uploads }, recovered: false }
    }

    /// Sends without an end become uncertain. A report that names one still binds it.
    async fn recover(&self, reason: &'static str) -> Result<(), Failure> {
        let desk = &self.delivery.desk;
        let lost: Vec<(MessageId, u32)> = desk.view(|views| {
            self.delivery.flights.with(|state| {
                let lost = views.outbox.started().filter(|entry| !state.has(entry.message_id));
                lost.map(|entry| (entry.message_id, entry.attempt)).collect()
            })
        });
        if lost.is_empty() {
            return Ok(());
        }
        tracing::warn!(count = lost.len(), reason, "sends whose end is unknown");
        for (id, attempt) in lost {
            desk.work(move |step| dispatch::finish(step, id, attempt, Outcome::Uncertain { reason })).await?;
        }
        Ok(())
    }

    /// What goes now, counted as under way, and when to look again.
    fn pick(&self, now: Timestamp) -> (Vec<OutboxEntry>, Next) {
        self.delivery.desk.view(|views| {
            self.delivery.flights.with(|state| {
                let mut next = Next::on_change().or_at(views.outbox.next_due_after(now));
                let mut picked = Vec::new();
                if let Some(until) = state.log_pause.filter(|until| *until > now) {
                    return (picked, next.or_at(Some(until)));
                }
                for channel in views.outbox.channels() {
                    let at = pick_of_number(views, state, channel, now, &mut picked);
                    next = next.or_at(at);
                }
                (picked, next)
            })
        })
    }
}

/// Picks what one number may send, replies before what is sent to many; gives when it may send more, where that is only a
/// matter of time.
fn pick_of_number(
    views: &Views,
    state: &mut flights::State,
    channel_id: ChannelId,
    now: Timestamp,
    picked: &mut Vec<OutboxEntry>,
) -> Option<Timestamp> {
    let channel = views.directory.channels.get(channel_id)?;
    // New credentials or a probe will say when it may.
    if !channel.health.sending {
        return None;
    }
    if let Some(until) = state.pace.paused_until(channel_id, now) {
        return Some(until);
    }
    let mps = channel.health.throughput_mps.unwrap_or(MPS_DEFAULT);
    let mut room = state.pace.at_once_max(channel_id).saturating_sub(state.on(channel_id)).min(state.room());
    if room == 0 {
        return None;
    }
    let mut next: Option<Timestamp> = None;
    let waiting = Class::ALL.into_iter().flat_map(|class| {
        let held = views.outbox.held_on(channel_id, class, LOOK_MAX);
        held.into_iter().chain(views.outbox.due_on(channel_id, class, now, LOOK_MAX))
    });
    for entry in waiting {
        if room == 0 {
            return None;
        }
        if state.has(entry.message_id) {
            continue;
        }
        let to_many = entry.class == Class::Campaign;
        // A reply that comes meanwhile finds a free call, and a budget.
        if to_many && state.on(channel_id) >= TO_MANY_AT_ONCE_MAX {
            return next;
        }
        if to_many && !views.campaigns.may_go(entry.message_id) {
            continue;
        }
        let pair = (channel_id, entry.contact_id);
        let pair_at = state.pace.pair_ready_at(pair);
        if pair_at > now {
            next = Some(next.map_or(pair_at, |at| at.min(pair_at)));
            continue;
        }
        let number_at = state.pace.number_ready_at(channel_id, mps, entry.class);
        if number_at > now {
            return Some(next.map_or(number_at, |at| at.min(number_at)));
        }
        state.pace.spend(pair, mps, now);
        state.take_off(entry.message_id, channel_id);
        picked.push(entry.clone());
        room -= 1;
    }
    next
}

impl Worker for OutboxWorker {
    const NAME: &'static str = "outbox";

    async fn step(&mut self) -> Next {
        let desk = &self.delivery.desk;
        if !self.recovered {
            if let Err(failure) = self.recover("restarted").await {
                tracing::warn!(%failure, "the outbox waits for the log");
                return Next::at(desk.now() + LOG_PAUSE);
            }
            self.recovered = true;
        }
        if desk.outbox_is_frozen() {
            return Next::on_change();
        }
        let (picked, next) = self.pick(desk.now());
        for entry in picked {
            let (delivery, id) = (self.delivery.clone(), entry.message_id);
            let flight = delivery.flights.flight(id);
            let send = tokio::spawn(async move {
                delivery.run(entry).await;
                drop(flight);
            });
            self.delivery.flights.can_abort(id, send.abort_handle());
        }
        next
    }

    async fn drain(&mut self) {
        self.delivery.flights.all_landed().await;
    }

    async fn abandon(&mut self) {
        self.delivery.flights.abort_all();
        self.delivery.flights.all_landed().await;
        if let Err(failure) = self.recover("interrupted").await {
            tracing::warn!(%failure, "interrupted sends are written down at the next start");
        }
    }
}

impl Desk {
    /// Whether this is a restored copy that nobody has released: whoever it was copied from may have sent since what
    /// waits here.
    pub fn outbox_is_frozen(&self) -> bool {
        let Some(restored_at) = self.reader().parent().map(|parent| parent.pos) else { return false };
        self.view(|views| views.workspace.outbox_released_pos).is_none_or(|released| released <= restored_at)
    }

    /// Somebody confirms that this copy, and no other, sends from now on. Does nothing where nothing is frozen.
    pub async fn release_outbox(&self, actor: Actor) -> Result<Done<()>, Failure> {
        let frozen = self.outbox_is_frozen();
        self.run(actor, move |step| {
            if frozen {
                step.emit(StreamId::Workspace, OutboxReleased {});
            }
            Ok(())
        })
        .await
    }
}

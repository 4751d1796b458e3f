//! The board: every running conversation at its place in its queue, what everybody holds, and what must happen at a time.
//! Folded by decisions and by read models alike, from events alone, so that a replay gives the same board. Memory follows
//! what is open.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Key, Triage};
use super::seat::{Holding, Seats};
use super::tally::{Counted, Place, Tally};
use super::{QueueId, QueueSettings, SettingsTable};
use crate::availability::Availability;
use crate::conversation::{Clocks, Status};
use crate::event::conversation::ConversationAssigned;
use crate::event::routing::Outcome;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::sla::book::Outlook;
use crate::time::Timestamp;

/// What must happen at a time.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Whoever was given it wrote nothing.
    Lease,
    /// Nobody took it from its queue.
    Spill,
    /// It is looked at again.
    Retry,
}

/// What changed since somebody last looked, and so what must be decided anew.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub(crate) struct Moved {
    /// Conversations that began, or came into a queue.
    pub(crate) entered: BTreeSet<ConversationId>,
    /// People who may have room now.
    pub(crate) gained: BTreeSet<UserId>,
    /// People who stopped taking work.
    pub(crate) left: BTreeSet<UserId>,
    /// Queues that are worked differently now.
    pub(crate) changed: BTreeSet<QueueId>,
    /// Whatever it was may concern every queue.
    pub(crate) everything: bool,
}

/// One queue.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// Those that wait to be given to somebody, in the order in which they are.
    waiting: BTreeSet<Key>,
    /// To whom something was last given.
    rotation: Option<UserId>,
}

impl Line {
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = &Key> + DoubleEndedIterator {
        self.waiting.iter()
    }
    pub fn rotation(&self) -> Option<UserId> {
        self.rotation
    }
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Board {
    entries: BTreeMap<ConversationId, Entry>,
    lines: BTreeMap<QueueId, Line>,
    tallies: BTreeMap<Place, Tally>,
    seats: Seats,
    deadlines: BTreeSet<(Timestamp, ConversationId, Due)>,
    pub(super) moved: Moved,
}

/// Where an entry is listed. What stayed the same is not touched.
#[derive(Clone, Copy, PartialEq)]
struct Listing {
    place: Place,
    counted: Counted,
    waiting: Option<Key>,
    held: Option<(UserId, Holding)>,
    deadlines: [Option<(Timestamp, ConversationId, Due)>; 3],
}

impl Board {
    /// A conversation that is not resolved.
    pub fn entry(&self, id: ConversationId) -> Option<&Entry> {
        self.entries.get(&id)
    }
    /// Every running conversation.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.values()
    }
    /// A queue in which something is open, or was.
    pub fn line(&self, id: QueueId) -> Option<&Line> {
        self.lines.get(&id)
    }
    /// Queues in which something is open, or was.
    pub fn lines(&self) -> impl Iterator<Item = (QueueId, &Line)> {
        self.lines.iter().map(|(id, line)| (*id, line))
    }
    /// What is counted in a queue, brand by brand.
    pub fn tallies(&self, queue: QueueId) -> impl Iterator<Item = (BrandId, &Tally)> {
        let first = Place { queue, brand: BrandId::from_u128(0) };
        let of_queue = self.tallies.range(first..).take_while(move |(place, _)| place.queue == queue);
        of_queue.map(|(place, tally)| (place.brand, tally))
    }
    pub fn seats(&self) -> &Seats {
        &self.seats
    }
    /// At most `limit` things whose time has come at `now`, the longest ago first.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, ConversationId, Due)> {
        self.deadlines.iter().take_while(|(at, _, _)| *at <= now).take(limit).copied().collect()
    }
    /// When the next thing must happen.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _, _)| *at)
    }

    /// Applies an event. `settings`: how queues are worked. `promised`: how the promises of the conversation
    /// stand after it.
    pub(super) fn apply(&mut self, recorded: &Recorded, settings: &SettingsTable, promised: Outlook) {
        match recorded.stream {
            StreamId::Conversation(id) => self.of_conversation(id, recorded, settings, promised),
            _ => self.of_others(recorded),
        }
    }

    /// A queue is worked differently from now on: deadlines are made of its settings.
    pub(super) fn settings_changed(&mut self, queue: QueueId, old: &QueueSettings, new: &QueueSettings) {
        let inside = self.entries.values().filter(|entry| entry.queue_id() == queue);
        for entry in inside {
            Listing::of(entry, old).deadlines.iter().flatten().for_each(|deadline| {
                self.deadlines.remove(deadline);
            });
            self.deadlines.extend(Listing::of(entry, new).deadlines.into_iter().flatten());
        }
        self.moved.changed.insert(queue);
    }

    fn of_others(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::UserCreated(event) => {
                self.seats.of_mut(event.user_id);
            }
            Event::UserDeactivated(event) => self.available(event.user_id, Availability::Offline, recorded.pos),
            Event::AgentAvailabilityChanged(event) => self.available(event.user_id, event.to, recorded.pos),
            Event::TeamMemberSet(event) => {
                self.moved.gained.insert(event.user_id);
            }
            Event::UserRoleChanged(event) => {
                self.moved.gained.insert(event.user_id);
            }
            Event::UserBrandsChanged(event) => {
                self.moved.gained.insert(event.user_id);
            }
            Event::UserReactivated(event) => {
                self.moved.gained.insert(event.user_id);
            }
            Event::UserRoutingChanged(event) => {
                self.moved.gained.insert(event.user_id);
            }
            // Defaults, opening times, and what a role may own.
            Event::WorkspaceSettingsChanged(_)
            | Event::BusinessHoursChanged(_)
            | Event::BusinessHoursRemoved(_)
            | Event::RoleChanged(_) => self.moved.everything = true,
            _ => {}
        }
    }

    fn available(&mut self, user: UserId, to: Availability, pos: u64) {
        let seat = self.seats.of_mut(user);
        let from = std::mem::replace(&mut seat.availability, to);
        if to == Availability::Available && from != to {
            seat.available_pos = pos;
            self.moved.gained.insert(user);
        }
        if matches!(to, Availability::Away | Availability::Offline) && from != to {
            self.moved.left.insert(user);
        }
    }

    fn of_conversation(
        &mut self,
        id: ConversationId,
        recorded: &Recorded,
        settings: &SettingsTable,
        promised: Outlook,
    ) {
        let now = recorded.recorded_at;
        match &recorded.event {
            Event::ConversationOpened(event) if event.status != Status::Resolved => {
                self.put(Entry::opened(event, now), settings);
            }
            Event::ConversationReopened(event) => self.put(Entry::reopened(event, now), settings),
            Event::ConversationResolved(_) => self.remove(id, settings),
            _ => {
                let Some(old) = self.entries.get(&id) else { return };
                let mut entry = old.clone();
                change(&mut entry, recorded);
                entry.promised = promised;
                if entry != *old {
                    self.replace(entry, settings);
                }
                self.note(id, recorded);
            }
        }
    }

    /// What an event says beyond the entry.
    fn note(&mut self, id: ConversationId, recorded: &Recorded) {
        match &recorded.event {
            Event::ConversationRouted(event) => {
                if let Outcome::Assigned { user_id, .. } = event.outcome {
                    self.lines.entry(event.queue_id).or_default().rotation = Some(user_id);
                }
            }
            Event::ConversationAssigned(event) => {
                if let Some(user) = event.assignee_id.filter(|user| event.previous_assignee_id != Some(*user)) {
                    let place = self.entries.get(&id).map(Entry::place);
                    self.seats.given(user, place, recorded);
                }
            }
            Event::ConversationTriaged(_) => {
                self.moved.entered.insert(id);
            }
            _ => {}
        }
    }

    fn put(&mut self, entry: Entry, settings: &SettingsTable) {
        self.remove(entry.id, settings);
        let listing = Listing::of(&entry, settings.of(entry.queue_id()));
        self.list(&listing);
        self.moved.entered.insert(entry.id);
        self.entries.insert(entry.id, entry);
    }

    fn remove(&mut self, id: ConversationId, settings: &SettingsTable) {
        if let Some(entry) = self.entries.remove(&id) {
            let listing = Listing::of(&entry, settings.of(entry.queue_id()));
            self.unlist(&listing);
            self.moved.entered.remove(&id);
            self.moved.gained.extend(entry.assignee_id);
        }
    }

    fn replace(&mut self, entry: Entry, settings: &SettingsTable) {
        let Some(old) = self.entries.get(&entry.id) else { return };
        let (before, after) =
            (Listing::of(old, settings.of(old.queue_id())), Listing::of(&entry, settings.of(entry.queue_id())));
        let entered = entry.waits_for_somebody()
            && (!old.waits_for_somebody()
                || old.queue_id() != entry.queue_id()
                || old.entered_at != entry.entered_at
                // Somebody who was left out can have it again.
                || old.excluded.len() > entry.excluded.len());
        let given_back = old.assignee_id.filter(|_| before.held != after.held);
        if before != after {
            self.unlist(&before);
            self.list(&after);
        }
        if entered {
            self.moved.entered.insert(entry.id);
        }
        self.moved.gained.extend(given_back);
        self.entries.insert(entry.id, entry);
    }

    fn list(&mut self, listing: &Listing) {
        self.lines.entry(listing.place.queue).or_default().waiting.extend(listing.waiting);
        self.tallies.entry(listing.place).or_default().add(&listing.counted);
        self.deadlines.extend(listing.deadlines.into_iter().flatten());
        if let Some((user, holding)) = listing.held {
            self.seats.take(user, holding, listing.place, &listing.counted);
        }
    }

    fn unlist(&mut self, listing: &Listing) {
        let line = self.lines.entry(listing.place.queue).or_default();
        self.tallies.entry(listing.place).or_default().take_off(&listing.counted);
        listing.waiting.iter().for_each(|key| {
            line.waiting.remove(key);
        });
        listing.deadlines.iter().flatten().for_each(|deadline| {
            self.deadlines.remove(deadline);
        });
        if let Some((user, holding)) = listing.held {
            self.seats.give_back(user, holding, listing.place, &listing.counted);
        }
    }
}

impl Listing {
    fn of(entry: &Entry, settings: &QueueSettings) -> Self {
        let queue = entry.queue_id();
        let (open, waits) = (entry.status == Status::Open, entry.waits_for_somebody());
        let holding = Holding { status: entry.status, queue, channel: entry.channel_id };
        let lease = entry.lease.filter(|_| open).map(|(_, until)| (until, entry.id, Due::Lease));
        let spill =
            settings.spill.filter(|_| waits).map(|spill| (entry.entered_at + spill.after_ms, entry.id, Due::Spill));
        // Where people take for themselves nothing is looked at again.
        let given_out = settings.assigns() || entry.is_overridden();
        let retry = entry.retry_at.filter(|_| waits && given_out).map(|at| (at, entry.id, Due::Retry));
        Self {
            place: entry.place(),
            counted: entry.counted(),
            waiting: waits.then(|| entry.key()),
            held: entry.assignee_id.map(|user| (user, holding)),
            deadlines: [lease, spill, retry],
        }
    }
}

fn change(entry: &mut Entry, recorded: &Recorded) {
    let now = recorded.recorded_at;
    let clocks: Option<&Clocks> = match &recorded.event {
        Event::MessageReceived(event) => Some(&event.clocks),
        Event::MessageEchoed(event) => Some(&event.clocks),
        Event::MessageQueued(event) => Some(&event.clocks),
        Event::MessageResendRequested(event) => Some(&event.clocks),
        Event::MessageRefused(event) => event.clocks.as_ref(),
        Event::MessageStatusObserved(event) => event.clocks.as_ref(),
        _ => None,
    };
    if let Some(clocks) = clocks {
        entry.set_clocks(clocks);
    }
    match &recorded.event {
        Event::ConversationStatusChanged(event) => {
            let back = event.to == Status::Open && entry.status != Status::Open;
            entry.status = event.to;
            if back && entry.assignee_id.is_none() {
                entry.entered(now);
            }
        }
        Event::ConversationPriorityChanged(event) => entry.priority = event.priority,
        Event::ConversationAssigned(event) => assigned(entry, event, recorded),
        Event::ConversationTriaged(event) => {
            entry.triage = match (event.rule, event.campaign_id) {
                (Some(rule), _) => Triage::Ruled(rule.rule_id),
                (None, Some(campaign)) => Triage::Campaign(campaign),
                (None, None) => Triage::NoRule,
            };
            entry.demand = (event.demand != Default::default()).then(|| Box::new(event.demand.clone()));
        }
        Event::ConversationRouted(event) => match event.outcome {
            Outcome::Assigned { user_id, lease_until, .. } => {
                entry.lease = lease_until.map(|until| (user_id, until));
                (entry.hold, entry.retry_at) = (None, None);
            }
            Outcome::Held { reason, retry_at } => (entry.hold, entry.retry_at) = (Some(reason), retry_at),
        },
        Event::ConversationBotStarted(_) => entry.held = true,
        Event::ConversationHandedOff(event) => {
            if std::mem::take(&mut entry.held) {
                entry.entered(now);
            }
            if event.queue_id.is_some() {
                entry.triage = Triage::Named;
            }
        }
        Event::ConversationLeaseExpired(event) => {
            entry.lease = None;
            entry.excluded.retain(|(user, _)| *user != event.user_id);
            entry.excluded.push((event.user_id, recorded.pos));
        }
        _ => {}
    }
}

fn assigned(entry: &mut Entry, event: &ConversationAssigned, recorded: &Recorded) {
    let moved = entry.team_id != event.team_id;
    (entry.assignee_id, entry.team_id) = (event.assignee_id, event.team_id);
    if moved {
        entry.excluded.clear();
    }
    match (event.previous_assignee_id, event.assignee_id) {
        (Some(before), None) => {
            // Whoever gave it back is not given it again.
            if recorded.actor.user() == Some(before) && !moved {
                entry.excluded.push((before, recorded.pos));
            }
            entry.entered(recorded.recorded_at);
        }
        (None, None) => entry.entered(recorded.recorded_at),
        (_, Some(user)) => {
            entry.held = false;
            entry.lease = entry.lease.filter(|(holder, _)| *holder == user);
            (entry.hold, entry.retry_at, entry.hint) = (None, None, None);
        }
    }
}

//! All campaigns with the state of every recipient, folded by decisions and by read models alike. What is shared between
//! copies is copied when one of them changes.
//!
//! A campaign that has ended is watched for as long as answers to it count, and reports of its messages come; then its figures
//! stand. From then on decisions know nothing of its recipients, and read models keep them packed: they are listed by state, and
//! to read their states back from the log would be to read every conversation of theirs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use super::Campaign;
use super::packed::Packed;
use super::recipient::{Recipient, RecipientState, Tally};
use crate::event::campaign::*;
use crate::event::message::{AfterRefusal, MessageStatusObserved};
use crate::event::{Actor, Event, Recorded};
use crate::ids::*;
use crate::message::rank;
use crate::step::MessageRef;
use crate::time::{Millis, Timestamp};

/// The time over which the provider counts whom a number wrote to first.
const LIMITED_FOR: Millis = Millis::hours(24);
/// For how long after a campaign's end reports of its messages count, at least.
const REPORTS_FOR: Millis = Millis::days(3);

/// Where a campaign stands.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Draft,
    /// Launched for later.
    Scheduled,
    Running,
    Paused(PauseCause),
    Finished,
    Cancelled,
}

impl State {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Paused(_) => "paused",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A campaign.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: CampaignId,
    /// Of what it says: events in its stream up to the last change of the draft, or of its state.
    pub version: u64,
    pub campaign: Arc<Campaign>,
    pub state: State,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub launched_at: Option<Timestamp>,
    pub launched_by: Option<Actor>,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub tally: Tally,
    /// It was launched, and not all whom it means are selected yet.
    pub selecting: bool,
    /// Messages that wait in the outbox or are under way.
    in_flight: BTreeSet<MessageId>,
}

impl Entry {
    /// How many are still to be decided about.
    pub fn selected(&self) -> u32 {
        self.tally.of(RecipientState::Selected)
    }
    /// Messages that wait in the outbox or are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }
    /// When it may begin.
    pub fn due_at(&self) -> Option<Timestamp> {
        (self.state == State::Scheduled && !self.selecting)
            .then(|| self.campaign.send_at.or(self.launched_at))
            .flatten()
    }
    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.state == State::Running && !self.selecting && self.selected() == 0 && self.in_flight.is_empty()
    }
}

/// Whom a campaign means. Apart from it, so that whoever looks at a campaign holds no copy of this.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
struct List {
    recipients: Arc<BTreeMap<ContactId, Recipient>>,
    /// Those not yet decided about.
    selected: Arc<BTreeSet<ContactId>>,
    messages: Arc<BTreeMap<MessageId, ContactId>>,
}

/// To whom an answer would be one to which campaign.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    pub campaign_id: CampaignId,
    /// Whom of the campaign it was written to.
    pub recipient_id: ContactId,
    pub message_id: MessageId,
    pub until: Timestamp,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Campaigns {
    entries: BTreeMap<CampaignId, Entry>,
    lists: BTreeMap<CampaignId, List>,
    /// Recipients of those whose figures stand, by id.
    results: BTreeMap<CampaignId, Arc<[Packed]>>,
    /// When the figures of those that ended stand.
    ending: BTreeSet<(Timestamp, CampaignId)>,
    /// Results are nobody's business here.
    decides_only: bool,
    /// Brands of those that were removed.
    removed: BTreeMap<CampaignId, BrandId>,
    /// Conversations that began with a campaign.
    opened: Arc<BTreeMap<ConversationId, CampaignId>>,
    /// Whose answers are whose, the newest campaign of each.
    replies: BTreeMap<(ContactId, ChannelId), Reply>,
    /// When whom was written to in the last day, number by number.
    written: BTreeMap<ChannelId, VecDeque<Timestamp>>,
}

impl Campaigns {
    /// For decisions: without what is only shown.
    pub(crate) fn for_decisions() -> Self {
        Self { decides_only: true, ..Self::default() }
    }
    pub fn get(&self, id: CampaignId) -> Option<&Entry> {
        self.entries.get(&id)
    }
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.values()
    }
    /// The brand of one, also of one that was removed.
    pub fn brand_of(&self, id: CampaignId) -> Option<BrandId> {
        self.entries.get(&id).map(|entry| entry.campaign.brand_id).or_else(|| self.removed.get(&id).copied())
    }
    /// Every recipient from after one on, by id.
    pub fn recipients_after(
        &self,
        id: CampaignId,
        after: Option<ContactId>,
    ) -> impl Iterator<Item = (ContactId, Recipient)> {
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let list = self.lists.get(&id).into_iter();
        let list = list.flat_map(move |list| list.recipients.range(range).map(|(id, recipient)| (*id, *recipient)));
        let results = self.results.get(&id).map_or(&[][..], |results| results);
        let from = after.map_or(0, |after| results.partition_point(|packed| packed.contact() <= after));
        list.chain(results[from..].iter().map(|packed| (packed.contact(), packed.recipient())))
    }
    pub fn recipient(&self, id: CampaignId, contact: ContactId) -> Option<Recipient> {
        if let Some(list) = self.lists.get(&id) {
            return list.recipients.get(&contact).copied();
        }
        let results = self.results.get(&id)?;
        let place = results.binary_search_by_key(&contact, Packed::contact).ok()?;
        Some(results[place].recipient())
    }
    /// Those not yet decided about, from after one on.
    pub fn selected_after(&self, id: CampaignId, after: Option<ContactId>) -> impl Iterator<Item = ContactId> {
        let range = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        self.lists.get(&id).into_iter().flat_map(move |list| list.selected.range(range).copied())
    }
    /// Whether somebody is still to be decided about.
    pub fn is_selected(&self, id: CampaignId, contact: ContactId) -> bool {
        self.lists.get(&id).is_some_and(|list| list.selected.contains(&contact))
    }
    /// Recipients whose message waits, with it.
    pub(super) fn waiting(&self, id: CampaignId) -> Vec<(ContactId, MessageRef)> {
        let waiting = |(_, recipient): &(ContactId, Recipient)| recipient.state == RecipientState::Queued;
        let waiting = self.recipients_after(id, None).filter(waiting);
        waiting.filter_map(|(id, recipient)| Some((id, recipient.message?))).collect()
    }
    /// The campaign a conversation began with.
    pub fn opened(&self, id: ConversationId) -> Option<CampaignId> {
        self.opened.get(&id).copied()
    }
    /// Whether a campaign's message may go now. One that was sent to try it always may.
    pub fn may_go(&self, id: MessageId) -> bool {
        let campaign = self.of_message(id).and_then(|(campaign, _)| self.entries.get(&campaign));
        campaign.is_none_or(|entry| !matches!(entry.state, State::Paused(_)))
    }
    /// The campaign and recipient of a message, as long as its campaign's figures do not stand.
    pub fn of_message(&self, id: MessageId) -> Option<(CampaignId, ContactId)> {
        self.lists.iter().find_map(|(campaign, list)| Some((*campaign, *list.messages.get(&id)?)))
    }
    /// The campaign that what a contact writes on a number answers.
    pub fn reply_to(&self, channel: ChannelId, contact: ContactId, now: Timestamp) -> Option<Reply> {
        self.replies.get(&(contact, channel)).copied().filter(|reply| reply.until >= now)
    }
    /// The same on any number.
    pub(crate) fn replies_of(&self, contact: ContactId, now: Timestamp) -> Vec<Reply> {
        let (first, last) = (ChannelId::from_u128(0), ChannelId::from_u128(u128::MAX));
        let all = self.replies.range((contact, first)..=(contact, last));
        all.map(|(_, reply)| *reply).filter(|reply| reply.until >= now).collect()
    }
    /// How many a number wrote to by campaigns in the last day, and when the first of them falls out of it.
    pub fn written_in_a_day(&self, channel: ChannelId, now: Timestamp) -> (usize, Option<Timestamp>) {
        let Some(times) = self.written.get(&channel) else { return (0, None) };
        let from = times.partition_point(|at| *at + LIMITED_FOR <= now);
        (times.len() - from, times.get(from).map(|at| *at + LIMITED_FOR))
    }

    /// Applies an event. `place` tells number and contact of a conversation.
    pub fn apply(&mut self, recorded: &Recorded, place: impl Fn(ConversationId) -> Option<(ChannelId, ContactId)>) {
        let at = recorded.occurred_at;
        while let Some((_, id)) = self.ending.first().copied().filter(|(from, _)| *from <= recorded.recorded_at) {
            self.ending.pop_first();
            self.settle(id);
        }
        match &recorded.event {
            Event::CampaignCreated(event) => {
                self.entries.insert(event.campaign_id, Entry::created(event, recorded));
            }
            Event::CampaignChanged(event) => self.change(event.campaign_id, recorded, |entry| {
                entry.campaign = Arc::new(event.campaign.clone());
            }),
            Event::CampaignRemoved(event) => {
                if let Some(entry) = self.entries.remove(&event.campaign_id) {
                    self.removed.insert(entry.id, entry.campaign.brand_id);
                }
            }
            Event::CampaignLaunched(event) => self.change(event.campaign_id, recorded, |entry| {
                (entry.state, entry.selecting) = (State::Scheduled, event.selecting);
                (entry.launched_at, entry.launched_by) = (Some(at), Some(recorded.actor));
            }),
            Event::CampaignStarted(event) => self.change(event.campaign_id, recorded, |entry| {
                (entry.state, entry.started_at) = (State::Running, Some(at));
            }),
            Event::CampaignPaused(event) => {
                self.change(event.campaign_id, recorded, |entry| entry.state = State::Paused(event.cause));
            }
            Event::CampaignResumed(event) => self.change(event.campaign_id, recorded, |entry| {
                entry.state = if entry.started_at.is_some() { State::Running } else { State::Scheduled };
            }),
            Event::CampaignCancelled(event) => self.ended(event.campaign_id, recorded, State::Cancelled),
            Event::CampaignFinished(event) => self.ended(event.campaign_id, recorded, State::Finished),
            Event::CampaignRecipientsSelected(event) => self.selected(event),
            Event::CampaignRecipientsExcluded(event) => {
                for each in &event.recipients {
                    self.recipient_changed(event.campaign_id, each.contact_id, |recipient| {
                        recipient.state = RecipientState::Excluded(each.reason);
                    });
                }
            }
            Event::CampaignRecipientsQueued(event) => self.queued(event, at),
            Event::CampaignRecipientsDropped(event) => {
                for id in &event.contact_ids {
                    self.recipient_changed(event.campaign_id, *id, |recipient| {
                        recipient.state = RecipientState::Dropped
                    });
                }
            }
            Event::MessageReceived(event) if event.asks() => {
                if let Some((channel, contact)) = place(event.conversation_id)
                    && let Some(reply) = self.reply_to(channel, contact, at)
                {
                    self.recipient_changed(reply.campaign_id, reply.recipient_id, |recipient| recipient.replied = true);
                }
            }
            Event::ContactConsentChanged(event) if !event.granted => {
                for reply in self.replies_of(event.contact_id, at) {
                    self.recipient_changed(reply.campaign_id, reply.recipient_id, |recipient| {
                        recipient.opted_out = true
                    });
                }
            }
            _ => self.of_message_sent(recorded),
        }
    }

    fn ended(&mut self, id: CampaignId, recorded: &Recorded, state: State) {
        self.change(id, recorded, |entry| {
            (entry.state, entry.ended_at, entry.selecting) = (state, Some(recorded.occurred_at), false);
        });
        let watched = self.entries.get(&id).map(|entry| entry.campaign.replies_for().max(REPORTS_FOR));
        self.ending.extend(watched.map(|watched| (recorded.recorded_at + watched, id)));
        self.replies.retain(|_, reply| reply.until >= recorded.occurred_at);
    }

    /// A campaign's figures stand from now on.
    fn settle(&mut self, id: CampaignId) {
        let list = self.lists.remove(&id).unwrap_or_default();
        if !self.decides_only {
            let packed = list.recipients.iter().map(|(contact, recipient)| Packed::of(*contact, recipient));
            self.results.insert(id, packed.collect());
        }
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.in_flight.clear();
        }
        self.replies.retain(|_, reply| reply.campaign_id != id);
    }

    /// How sending a message went.
    fn of_message_sent(&mut self, recorded: &Recorded) {
        let to = |id, state| Some((id, state));
        let change = match &recorded.event {
            Event::MessageResendRequested(event) => to(event.message_id, RecipientState::Queued),
            Event::MessageDispatchStarted(event) => to(event.message_id, RecipientState::Sending),
            Event::MessageAccepted(event) => to(event.message_id, RecipientState::Sent),
            Event::MessageUncertain(event) => to(event.message_id, RecipientState::Uncertain),
            Event::MessageRefused(event) => match event.then {
                AfterRefusal::Retry | AfterRefusal::Hold => to(event.message_id, RecipientState::Queued),
                AfterRefusal::Fail => to(event.message_id, RecipientState::Failed),
            },
            Event::MessageStatusObserved(event) => return self.observed(event),
            _ => None,
        };
        let Some((message, state)) = change else { return };
        let Some((campaign, contact)) = self.of_message(message) else { return };
        self.recipient_changed(campaign, contact, |recipient| {
            // The campaign is over for whoever was dropped, and a report may have been faster than the answer.
            let overtaken = state == RecipientState::Sent && recipient.state.rank() > state.rank();
            if recipient.state != RecipientState::Dropped && !overtaken {
                recipient.state = state;
            }
        });
        if state == RecipientState::Failed {
            self.answers_nothing(campaign, contact, message);
        }
    }

    /// What never arrived is not answered.
    fn answers_nothing(&mut self, campaign: CampaignId, contact: ContactId, message: MessageId) {
        let Some(channel) = self.entries.get(&campaign).map(|entry| entry.campaign.channel_id) else { return };
        if self.replies.get(&(contact, channel)).is_some_and(|reply| reply.message_id == message) {
            self.replies.remove(&(contact, channel));
        }
    }

    fn observed(&mut self, event: &MessageStatusObserved) {
        let Some((campaign, contact)) = self.of_message(event.message_id) else { return };
        let state = match rank(&event.status) {
            Some(2) => RecipientState::Sent,
            Some(3) => RecipientState::Delivered,
            Some(_) => RecipientState::Read,
            None if event.status == "failed" => RecipientState::Failed,
            None => return,
        };
        self.recipient_changed(campaign, contact, |recipient| {
            // What arrived has arrived, whatever another device says.
            let forward = match state {
                RecipientState::Failed => recipient.state.rank() < RecipientState::Delivered.rank(),
                RecipientState::Sent => {
                    recipient.state != RecipientState::Failed && recipient.state.rank() < state.rank()
                }
                _ => recipient.state.rank() < state.rank(),
            };
            if forward {
                recipient.state = state;
            }
        });
    }

    fn selected(&mut self, event: &CampaignRecipientsSelected) {
        let Some(entry) = self.entries.get_mut(&event.campaign_id) else { return };
        let list = self.lists.entry(event.campaign_id).or_default();
        let (recipients, selected) = (Arc::make_mut(&mut list.recipients), Arc::make_mut(&mut list.selected));
        for id in &event.contact_ids {
            if recipients.insert(*id, Recipient::selected()).is_none() {
                entry.tally.enter(RecipientState::Selected);
                selected.insert(*id);
            }
        }
        if event.last {
            entry.selecting = false;
        }
    }

    fn queued(&mut self, event: &CampaignRecipientsQueued, at: Timestamp) {
        let Some(campaign) = self.entries.get(&event.campaign_id).map(|entry| entry.campaign.clone()) else { return };
        let (channel, until) = (campaign.channel_id, at + campaign.replies_for());
        for each in &event.recipients {
            let QueuedRecipient { contact_id, address_id, conversation_id, message_id, opened } = *each;
            self.recipient_changed(event.campaign_id, contact_id, |recipient| {
                recipient.state = RecipientState::Queued;
                recipient.message = Some(MessageRef { conversation_id, message_id });
            });
            if let Some(list) = self.lists.get_mut(&event.campaign_id) {
                Arc::make_mut(&mut list.messages).insert(message_id, contact_id);
            }
            if opened && !self.decides_only {
                Arc::make_mut(&mut self.opened).insert(conversation_id, event.campaign_id);
            }
            let reply = Reply { campaign_id: event.campaign_id, recipient_id: contact_id, message_id, until };
            self.replies.insert((address_id, channel), reply);
        }
        let written = self.written.entry(channel).or_default();
        written.extend(event.recipients.iter().map(|_| at));
        while written.front().is_some_and(|first| *first + LIMITED_FOR <= at) {
            written.pop_front();
        }
    }

    fn change(&mut self, id: CampaignId, recorded: &Recorded, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.version = recorded.version;
            change(entry);
        }
    }

    fn recipient_changed(&mut self, id: CampaignId, contact: ContactId, change: impl FnOnce(&mut Recipient)) {
        let (Some(entry), Some(list)) = (self.entries.get_mut(&id), self.lists.get_mut(&id)) else { return };
        let Some(recipient) = Arc::make_mut(&mut list.recipients).get_mut(&contact) else { return };
        let before = *recipient;
        change(recipient);
        let after = *recipient;
        if before.state != after.state {
            entry.tally.moved(before.state, after.state);
            if before.state == RecipientState::Selected {
                Arc::make_mut(&mut list.selected).remove(&contact);
            }
        }
        entry.tally.replied += u32::from(after.replied && !before.replied);
        entry.tally.opted_out += u32::from(after.opted_out && !before.opted_out);
        if let Some(message) = after.message {
            if after.state.is_settled() {
                entry.in_flight.remove(&message.message_id);
            } else {
                entry.in_flight.insert(message.message_id);
            }
        }
    }
}

impl Entry {
    fn created(event: &CampaignCreated, recorded: &Recorded) -> Self {
        Self {
            id: event.campaign_id,
            version: recorded.version,
            campaign: Arc::new(event.campaign.clone()),
            state: State::Draft,
            created_at: recorded.occurred_at,
            created_by: recorded.actor,
            launched_at: None,
            launched_by: None,
            started_at: None,
            ended_at: None,
            tally: Tally::default(),
            selecting: false,
            in_flight: BTreeSet::new(),
        }
    }
}

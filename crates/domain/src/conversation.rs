//! A conversation: one contact on one channel, over its episodes. This file holds the aggregate that decisions
//! look at; each file below it is one use case with its command, decision and tests.
//!
//! Kept small on purpose: no names, no bodies. What a reader sees is folded by `projections`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::Placement;
use crate::automation::Record;
use crate::bot::Bot;
use crate::csat::Asked;
use crate::event::conversation::ConversationReopened;
use crate::event::sla::is_of_promise;
use crate::event::{Event, Recorded};
use crate::ids::*;
use crate::message::{Dispatch, MessageAuthor, MessageState};
use crate::sla::Instances;
use crate::time::{Millis, Timestamp};

pub mod add_note;
pub mod annotate;
pub mod assign;
pub mod call;
pub mod change_status;
mod clocks;
pub mod collaborate;
pub mod delete_note;
pub mod dispatch;
pub mod edit_note;
pub mod hand_off;
pub mod idle;
pub mod inactivity;
pub mod label;
pub mod mention;
pub mod note;
pub mod observe_status;
pub mod phone_app;
pub mod pin_note;
pub mod react_to_note;
pub mod receive_message;
pub mod reply;
pub mod schedule;

pub use crate::event::conversation::{Cause, Origin};
pub use clocks::{Clocks, FirstResponse, Reckoning};
pub use idle::Idle;

/// How long a customer's message keeps the service window open.
pub const WINDOW: Millis = Millis::hours(24);
/// How long the free entry point lasts after a reply to a customer who came through an advertisement.
pub const FREE_ENTRY: Millis = Millis::hours(72);
/// We stop this long before the provider does: clocks differ, and a message spends time in the queue.
pub const WINDOW_MARGIN: Millis = Millis::seconds(60);

/// Where a conversation stands.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    /// Waiting for the customer or a third party.
    Pending,
    /// Out of sight until a time, or until the customer writes.
    Snoozed,
    Resolved,
}
crate::packed_enum!(Status: Open, Pending, Snoozed, Resolved);

/// How urgent it is; orders queues.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    #[default]
    None,
    Low,
    Normal,
    High,
    Urgent,
}
crate::packed_enum!(Priority: None, Low, Normal, High, Urgent);

/// A time in which nobody was expected to act.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub cause: PauseCause,
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

/// Why nobody was.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseCause {
    /// Pending or snoozed: stops the clocks of those promises that say so, and is left out of the time somebody worked.
    Status(Status),
    /// Somebody said so: stops the clocks of all that is promised, and nothing else.
    Request,
}

impl Priority {
    /// All of them, from the least to the most urgent.
    pub const ALL: [Self; 5] = [Self::None, Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}

/// The state decisions need.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Conversation {
    pub id: ConversationId,
    pub number: u64,
    pub channel_id: ChannelId,
    pub brand_id: BrandId,
    pub contact_id: ContactId,
    /// Events in the stream so far.
    pub version: u64,
    pub status: Status,
    pub snoozed_until: Option<Timestamp>,
    pub episode: u32,
    /// The episode's opening event.
    pub episode_opened_at: Timestamp,
    pub priority: Priority,
    pub tags: BTreeSet<String>,
    pub assignee_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    /// Invited from outside the team, until the episode ends.
    pub collaborators: BTreeSet<UserId>,
    pub clocks: Clocks,
    /// When a bot handed each episode over to people, if it did, and at which version.
    handoffs: BTreeMap<u32, (u64, Timestamp)>,
    /// For how long nothing was written.
    pub idle: Idle,
    pub resolved_at: Option<Timestamp>,
    /// What is promised in the running or last episode.
    pub sla: Instances,
    pub origin: Origin,
    /// The contact had another conversation here before.
    pub returning: bool,
    /// Position of the episode's opening event.
    opened_pos: u64,
    /// Times of the episode in which clocks stood still, oldest first. Of each cause only the last may have no end.
    pauses: Vec<Pause>,
    /// Since when the status is pending or snoozed.
    paused_since: Option<Timestamp>,
    /// Pending and snoozed time of the episode before that.
    paused: Millis,
    pub messages: BTreeMap<MessageId, MessageState>,
    /// Courtesy messages since the last resolve, oldest first.
    pub courtesies: Vec<MessageId>,
    pub notes: BTreeMap<NoteId, note::NoteState>,
    /// Satisfaction surveys that were sent, at most one for an episode, oldest first.
    pub surveys: Vec<Asked>,
    /// What automation did here.
    pub automation: Record,
    /// Its part of the running episode.
    pub bot: Bot,
}

impl Conversation {
    /// Folds a whole stream; `None` where it does not begin with the opening.
    pub fn from_stream<'a>(mut events: impl Iterator<Item = &'a Recorded>) -> Option<Self> {
        let mut conversation = Self::opened(events.next()?)?;
        events.for_each(|event| conversation.evolve(event));
        Some(conversation)
    }

    /// The conversation that an opening event begins.
    pub fn opened(recorded: &Recorded) -> Option<Self> {
        let Event::ConversationOpened(opened) = &recorded.event else { return None };
        Some(Self {
            id: opened.conversation_id,
            number: opened.number,
            channel_id: opened.channel_id,
            brand_id: opened.brand_id,
            contact_id: opened.contact_id,
            version: recorded.version,
            status: opened.status,
            snoozed_until: None,
            // A campaign begins no episode: the first is the customer's.
            episode: u32::from(opened.origin != Origin::Campaign),
            episode_opened_at: recorded.occurred_at,
            priority: Priority::None,
            tags: BTreeSet::new(),
            assignee_id: None,
            team_id: opened.team_id,
            collaborators: BTreeSet::new(),
            clocks: Clocks::default(),
            handoffs: BTreeMap::new(),
            idle: Idle::begun(recorded),
            resolved_at: (opened.status == Status::Resolved).then_some(recorded.occurred_at),
            sla: Instances::default(),
            origin: opened.origin,
            returning: opened.previous.is_some(),
            opened_pos: recorded.pos,
            pauses: Vec::new(),
            paused_since: None,
            paused: Millis(0),
            messages: BTreeMap::new(),
            courtesies: Vec::new(),
            notes: BTreeMap::new(),
            surveys: Vec::new(),
            automation: Record::default(),
            bot: Bot::default(),
        })
    }

    /// Applies one event of the stream.
    pub fn evolve(&mut self, recorded: &Recorded) {
        self.version = recorded.version;
        self.idle = self.idle.after(recorded);
        self.automation.apply(recorded);
        self.bot.apply(recorded);
        let at = recorded.occurred_at;
        match &recorded.event {
            Event::ConversationReopened(event) => {
                self.leave_pause(at);
                self.status = Status::Open;
                self.episode = event.episode;
                self.episode_opened_at = at;
                self.paused = Millis(0);
                self.opened_pos = recorded.pos;
                self.pauses.clear();
                self.sla.begin_episode();
                self.resolved_at = None;
                self.courtesies.clear();
                self.clocks = event.clocks;
                // A courtesy that counts after all begins it alone, also where it has the time of a message before.
                if event.cause != Cause::CourtesyUndone {
                    self.take_along_the_waiting(event.episode);
                }
            }
            Event::ConversationResolved(event) => {
                self.leave_pause(at);
                self.end_pause(at, |cause| cause == PauseCause::Request);
                self.status = Status::Resolved;
                self.resolved_at = Some(at);
                self.snoozed_until = None;
                self.collaborators.clear();
                self.clocks = event.clocks;
            }
            Event::ConversationStatusChanged(event) => {
                self.leave_pause(at);
                self.status = event.to;
                self.snoozed_until = event.until;
                if matches!(event.to, Status::Pending | Status::Snoozed) {
                    self.paused_since = Some(at);
                    self.pauses.push(Pause { cause: PauseCause::Status(event.to), from: at, to: None });
                }
            }
            Event::PromisesPaused(_) => {
                self.pauses.push(Pause { cause: PauseCause::Request, from: at, to: None });
            }
            Event::PromisesResumed(_) => self.end_pause(at, |cause| cause == PauseCause::Request),
            Event::ConversationHandedOff(event) => {
                self.clocks = event.clocks;
                self.handoffs.entry(event.episode).or_insert((recorded.version, at));
            }
            Event::ConversationAssigned(event) => {
                self.assignee_id = event.assignee_id;
                self.team_id = event.team_id;
            }
            Event::CollaboratorAdded(event) => {
                self.collaborators.insert(event.user_id);
            }
            Event::CollaboratorRemoved(event) => {
                self.collaborators.remove(&event.user_id);
            }
            Event::ConversationPriorityChanged(event) => self.priority = event.priority,
            Event::ConversationTagged(event) => {
                self.tags.insert(event.tag.clone());
            }
            Event::ConversationUntagged(event) => {
                self.tags.remove(&event.tag);
            }
            Event::CourtesyUndone(event) => {
                self.courtesies.retain(|id| *id != event.message_id);
                let next = self.episode + 1;
                self.change_message(event.message_id, |message| message.courtesy_undone(next));
            }
            Event::NoteAdded(event) => {
                self.notes.insert(event.note_id, note::NoteState::added(event, recorded));
            }
            Event::NoteEdited(event) => self.change_note(event.note_id, recorded),
            Event::NoteDeleted(event) => self.change_note(event.note_id, recorded),
            Event::NoteReacted(event) => self.change_note(event.note_id, recorded),
            Event::NotePinned(event) => self.change_note(event.note_id, recorded),
            Event::NoteUnpinned(event) => self.change_note(event.note_id, recorded),
            Event::MessageReceived(event) => {
                self.clocks = event.clocks;
                if event.courtesy_after_resolve {
                    self.courtesies.push(event.message_id);
                }
                self.messages.insert(event.message_id, MessageState::received(event, recorded, self.running_episode()));
            }
            Event::MessageEchoed(event) => {
                self.clocks = event.clocks;
                self.messages.insert(event.message_id, MessageState::echoed(event, recorded, self.running_episode()));
            }
            Event::MessageImported(event) => {
                self.messages.insert(event.message_id, MessageState::imported(event, recorded));
            }
            Event::MessageScheduled(event) => {
                self.messages.insert(event.message_id, MessageState::scheduled(event, recorded));
            }
            Event::MessageScheduleChanged(event) => {
                self.change_message(event.message_id, |message| message.schedule_changed(event));
            }
            Event::MessageScheduleCancelled(event) => {
                self.change_message(event.message_id, |message| message.dispatch = Dispatch::Cancelled);
            }
            Event::MessageScheduleFailed(event) => {
                self.change_message(event.message_id, |message| message.dispatch = Dispatch::Dropped);
            }
            Event::MessageQueued(event) => {
                self.clocks = event.clocks;
                self.messages.insert(event.message_id, MessageState::queued(event, recorded, self.running_episode()));
            }
            Event::MessageResendRequested(event) => {
                self.clocks = event.clocks;
                self.change_message(event.message_id, |message| message.resend(at, recorded.version));
            }
            Event::MessageDispatchStarted(event) => {
                self.change_message(event.message_id, |message| message.dispatch_started(event.attempt, at));
            }
            Event::MessageAccepted(event) => {
                self.change_message(event.message_id, |message| message.accepted(event, at));
            }
            Event::MessageRefused(event) => {
                if let Some(clocks) = event.clocks {
                    self.clocks = clocks;
                }
                self.change_message(event.message_id, |message| message.refused(event));
            }
            Event::MessageUncertain(event) => {
                self.change_message(event.message_id, MessageState::uncertain);
            }
            Event::MessageStatusObserved(event) => {
                if let Some(clocks) = event.clocks {
                    self.clocks = clocks;
                }
                self.change_message(event.message_id, |message| message.observed(event));
            }
            Event::MessageReacted(event) => {
                if let Some(id) = event.message_id {
                    self.change_message(id, |message| message.reacted(event));
                }
            }
            Event::MessageEdited(event) => {
                if let Some(id) = event.message_id {
                    self.change_message(id, |message| message.edited(event));
                }
            }
            Event::MessageRevoked(event) => {
                if let Some(id) = event.message_id {
                    self.change_message(id, MessageState::revoked);
                }
            }
            Event::MediaStored(event) => self.change_message(event.message_id, |message| message.media_settled = true),
            Event::MediaFailed(event) => self.change_message(event.message_id, |message| message.media_settled = true),
            Event::CsatSent(event) => self.surveys.push(Asked::sent(event, at)),
            Event::CsatAnswered(event) => self.change_survey(event.survey_id, |asked| asked.answered(event)),
            Event::CsatCommented(event) => self.change_survey(event.survey_id, |asked| asked.commented = true),
            event if is_of_promise(event) => self.sla.apply(recorded),
            _ => {}
        }
    }

    /// The event that begins its next episode.
    fn reopened(&self, cause: Cause, clocks: Clocks) -> ConversationReopened {
        ConversationReopened {
            conversation_id: self.id,
            episode: self.episode + 1,
            cause,
            clocks,
            channel_id: self.channel_id,
            brand_id: self.brand_id,
            contact_id: self.contact_id,
            team_id: self.team_id,
            assignee_id: self.assignee_id,
            priority: self.priority,
        }
    }

    /// Whether no episode has begun yet: a campaign wrote, and the customer has not.
    pub(crate) fn is_before_the_first(&self) -> bool {
        self.episode == 0
    }

    /// Whether nobody has written in the running episode yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.status != Status::Resolved && !self.messages.values().any(|message| message.episode == self.episode)
    }

    /// Where it lies, as `asker`'s rights look at it.
    pub fn placement(&self, asker: UserId) -> Placement {
        Placement {
            brand_id: self.brand_id,
            team_id: self.team_id,
            assignee_id: self.assignee_id,
            collaborator: self.collaborators.contains(&asker),
        }
    }

    /// A satisfaction survey that was sent.
    pub fn survey(&self, id: CsatId) -> Option<&Asked> {
        self.surveys.iter().rev().find(|asked| asked.survey_id == id)
    }

    /// Pending and snoozed time of this episode up to `now`.
    pub fn paused_until(&self, now: Timestamp) -> Millis {
        let running = self.paused_since.map_or(Millis(0), |since| now - since);
        Millis(self.paused.0 + running.0.max(0))
    }

    /// Times of the episode in which clocks stood still, oldest first; those of different causes may overlap.
    pub fn pauses(&self) -> &[Pause] {
        &self.pauses
    }
    /// Whether somebody stopped the clocks of what is promised.
    pub fn promises_paused(&self) -> bool {
        self.pauses.iter().any(|pause| pause.cause == PauseCause::Request && pause.to.is_none())
    }
    /// Position of the event that opened the episode.
    pub fn opened_pos(&self) -> u64 {
        self.opened_pos
    }

    /// The episode that what happens now belongs to; 0 between episodes.
    fn running_episode(&self) -> u32 {
        if self.status == Status::Resolved { 0 } else { self.episode }
    }

    /// An episode that begins with somebody waiting is also that of the messages they wait with.
    fn take_along_the_waiting(&mut self, episode: u32) {
        let Some(since) = self.clocks.waiting_since else { return };
        let waits =
            |message: &&mut MessageState| message.author == MessageAuthor::Customer && message.counts_from >= since;
        let of_last = self.messages.values_mut().filter(|message| message.episode + 1 == episode);
        of_last.filter(waits).for_each(|message| message.episode = episode);
    }

    fn leave_pause(&mut self, at: Timestamp) {
        self.paused = self.paused_until(at);
        self.paused_since = None;
        self.end_pause(at, |cause| matches!(cause, PauseCause::Status(_)));
    }

    /// Ends those of these causes that go on.
    fn end_pause(&mut self, at: Timestamp, of: impl Fn(PauseCause) -> bool) {
        let open = self.pauses.iter_mut().filter(|pause| pause.to.is_none() && of(pause.cause));
        open.for_each(|pause| pause.to = Some(at));
    }

    fn change_survey(&mut self, id: CsatId, change: impl FnOnce(&mut Asked)) {
        if let Some(asked) = self.surveys.iter_mut().rev().find(|asked| asked.survey_id == id) {
            change(asked);
        }
    }

    fn change_message(&mut self, id: MessageId, change: impl FnOnce(&mut MessageState)) {
        if let Some(message) = self.messages.get_mut(&id) {
            change(message);
        }
    }
}

//! One conversation in the inbox. Absent moments and ids are sentinels inside and `Option`s outside. What is kept of it for good, which
//! is much less, is in [`super::rows`].

use domain::access::Placement;
use domain::conversation::{Clocks, Priority, Status};
use domain::event::conversation::Origin;
use domain::ids::*;
use domain::sla::book::State;
use domain::time::{MaybeTimestamp, Timestamp};

/// What lists and counts know about a conversation. Facts only; names and texts are folded on demand.
#[derive(borsh::BorshSerialize, Debug, Clone, Copy, PartialEq)]
pub struct Row {
    pub(super) id: ConversationId,
    pub(super) channel_id: ChannelId,
    pub(super) brand_id: BrandId,
    pub(super) contact_id: ContactId,
    pub(super) assignee: u128,
    pub(super) team: u128,
    pub(super) created_at: Timestamp,
    pub(super) last_activity_at: Timestamp,
    pub(super) last_message_at: MaybeTimestamp,
    pub(super) snoozed_until: MaybeTimestamp,
    pub(super) waiting_since: MaybeTimestamp,
    pub(super) resolved_at: MaybeTimestamp,
    pub(super) first_response_at: MaybeTimestamp,
    /// When a bot handed the episode over; [`BOT_RUNNING`]: one has it.
    pub(super) bot: MaybeTimestamp,
    pub(super) last_message_pos: u64,
    pub(super) last_inbound_pos: u64,
    pub(super) last_outbound_pos: u64,
    pub(super) version: u32,
    pub(super) episode: u32,
    /// Index into the interned tag sets.
    pub(super) tag_set: u32,
    /// Number of the pool it lies in.
    pub(super) pool: u32,
    /// The contact's conversation before this one.
    pub(super) previous_of_contact: u32,
    /// Number of its contact on its channel, whose window it shares.
    pub(super) thread: u32,
    pub(super) number: u32,
    pub(super) status: Status,
    pub(super) priority: Priority,
    pub(super) origin: Origin,
    /// `None`: nothing is promised.
    pub(super) sla_state: Option<State>,
    pub(super) sla_due_at: MaybeTimestamp,
}

impl Row {
    pub(super) fn opened(
        event: &domain::event::conversation::ConversationOpened,
        at: Timestamp,
        version: u64,
        previous_of_contact: u32,
    ) -> Self {
        Self {
            id: event.conversation_id,
            channel_id: event.channel_id,
            brand_id: event.brand_id,
            contact_id: event.contact_id,
            assignee: 0,
            team: event.team_id.map_or(0, TeamId::as_u128),
            created_at: at,
            last_activity_at: at,
            last_message_at: MaybeTimestamp::NONE,
            snoozed_until: MaybeTimestamp::NONE,
            waiting_since: MaybeTimestamp::NONE,
            resolved_at: if event.status == Status::Resolved { MaybeTimestamp::at(at) } else { MaybeTimestamp::NONE },
            first_response_at: MaybeTimestamp::NONE,
            bot: MaybeTimestamp::NONE,
            last_message_pos: 0,
            last_inbound_pos: 0,
            last_outbound_pos: 0,
            version: version as u32,
            episode: u32::from(event.origin != Origin::Campaign),
            tag_set: 0,
            pool: 0,
            previous_of_contact,
            thread: 0,
            number: u32::try_from(event.number).unwrap_or(u32::MAX),
            status: event.status,
            priority: Priority::None,
            origin: event.origin,
            sla_state: None,
            sla_due_at: MaybeTimestamp::NONE,
        }
    }

    pub fn id(&self) -> ConversationId {
        self.id
    }
    /// The short number people say to each other.
    pub fn number(&self) -> u64 {
        u64::from(self.number)
    }
    pub fn channel_id(&self) -> ChannelId {
        self.channel_id
    }
    pub fn brand_id(&self) -> BrandId {
        self.brand_id
    }
    /// As it was when the conversation began; a merge does not rewrite it.
    pub fn contact_id(&self) -> ContactId {
        self.contact_id
    }
    pub fn origin(&self) -> Origin {
        self.origin
    }
    pub fn status(&self) -> Status {
        self.status
    }
    /// When a snooze ends.
    pub fn snoozed_until(&self) -> Option<Timestamp> {
        self.snoozed_until.get()
    }
    /// The running or last episode, from 1; 0 before the first, where a campaign wrote and the customer has not.
    pub fn episode(&self) -> u32 {
        self.episode
    }
    pub fn reopened_count(&self) -> u32 {
        self.episode.saturating_sub(1)
    }
    pub fn assignee_id(&self) -> Option<UserId> {
        (self.assignee != 0).then(|| UserId::from_u128(self.assignee))
    }
    pub fn team_id(&self) -> Option<TeamId> {
        (self.team != 0).then(|| TeamId::from_u128(self.team))
    }
    pub fn priority(&self) -> Priority {
        self.priority
    }
    /// The oldest customer message no person has answered.
    pub fn waiting_since(&self) -> Option<Timestamp> {
        self.waiting_since.get()
    }
    /// The earliest deadline of what is promised, passed ones included; absent where nothing is, or all of it is paused.
    pub fn sla_due_at(&self) -> Option<Timestamp> {
        self.sla_due_at.get()
    }
    /// The worst of what is promised; absent where nothing is.
    pub fn sla_state(&self) -> Option<State> {
        self.sla_state
    }
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }
    /// The newest message, note, change of status or of owner. Delivery reports, tags, priority and reading do not
    /// count, nor do messages of blocked contacts and imported ones.
    pub fn last_activity_at(&self) -> Timestamp {
        self.last_activity_at
    }
    /// When it was last resolved; absent while an episode runs.
    pub fn resolved_at(&self) -> Option<Timestamp> {
        self.resolved_at.get()
    }
    /// Of the running or last episode.
    pub fn first_response_at(&self) -> Option<Timestamp> {
        self.first_response_at.get()
    }
    /// Whether a bot has it, and people are not given it.
    pub fn has_bot(&self) -> bool {
        self.bot == BOT_RUNNING
    }
    /// When a bot handed it over last, in the running or last episode.
    pub fn handed_off_at(&self) -> Option<Timestamp> {
        self.bot.get().filter(|_| !self.has_bot())
    }
    /// Position of the newest message's event. Imported messages count only while there is no other.
    pub fn last_message_pos(&self) -> Option<u64> {
        (self.last_message_pos != 0).then_some(self.last_message_pos)
    }
    /// When the newest message was written.
    pub fn last_message_at(&self) -> Option<Timestamp> {
        self.last_message_at.get()
    }
    /// Position of the newest message from the customer, imported ones aside.
    pub fn last_inbound_pos(&self) -> Option<u64> {
        (self.last_inbound_pos != 0).then_some(self.last_inbound_pos)
    }
    /// Position of the newest message to the customer, imported ones aside.
    pub fn last_outbound_pos(&self) -> Option<u64> {
        (self.last_outbound_pos != 0).then_some(self.last_outbound_pos)
    }
    /// Events in the conversation's stream.
    pub fn version(&self) -> u64 {
        u64::from(self.version)
    }

    /// Where it lies, as `asker`'s rights look at it.
    pub(super) fn placement(&self, collaborator: bool) -> Placement {
        Placement { brand_id: self.brand_id, team_id: self.team_id(), assignee_id: self.assignee_id(), collaborator }
    }

    pub(super) fn assign(&mut self, assignee: Option<UserId>, team: Option<TeamId>) {
        self.assignee = assignee.map_or(0, UserId::as_u128);
        self.team = team.map_or(0, TeamId::as_u128);
    }

    pub(super) fn set_clocks(&mut self, clocks: &Clocks) {
        self.waiting_since = MaybeTimestamp::from(clocks.waiting_since);
        self.first_response_at = MaybeTimestamp::from(clocks.first_response.map(|response| response.at));
    }

    /// What a bot had ends without being handed over.
    pub(super) fn bot_gone(&mut self) {
        if self.has_bot() {
            self.bot = MaybeTimestamp::NONE;
        }
    }

    pub(super) fn active_at(&mut self, at: Timestamp) {
        self.last_activity_at = self.last_activity_at.max(at);
    }

    pub(super) fn message_at(&mut self, pos: u64, at: Timestamp) {
        self.last_message_pos = pos;
        self.last_message_at = MaybeTimestamp::at(at);
    }
}

/// A bot has the conversation, and has not handed it over.
pub(super) const BOT_RUNNING: MaybeTimestamp = MaybeTimestamp::at(Timestamp::from_millis(i64::MAX));

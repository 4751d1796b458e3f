//! A running conversation, as far as giving it out goes.

use std::cmp::Reverse;

use super::QueueId;
use super::tally::{Counted, Place};
use crate::conversation::{Clocks, Conversation, Priority, Status};
use crate::event::conversation::{ConversationOpened, ConversationReopened, Origin};
use crate::event::routing::{Demand, HoldReason};
use crate::ids::*;
use crate::sla::book::Outlook;
use crate::time::Timestamp;

/// See the module. There is one for each conversation that is not resolved.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: ConversationId,
    pub channel_id: ChannelId,
    pub brand_id: BrandId,
    pub contact_id: ContactId,
    pub team_id: Option<TeamId>,
    pub status: Status,
    pub priority: Priority,
    pub assignee_id: Option<UserId>,
    pub episode: u32,
    pub waiting_since: Option<Timestamp>,
    /// Whether a person has answered in this episode.
    pub answered: bool,
    /// How its promises stand: the earliest running deadline, and the worst.
    pub promised: Outlook,
    /// When it came into the queue it lies in, or back into it.
    pub entered_at: Timestamp,
    /// Whether the rules were asked in this episode.
    pub triage: Triage,
    /// What a rule demanded of whoever takes it.
    pub demand: Option<Box<Demand>>,
    /// Who had it and did not answer, or gave it back, and at which position that was.
    pub excluded: Vec<(UserId, u64)>,
    /// Who had the conversation when it was resolved before.
    pub hint: Option<UserId>,
    /// The same customer's earlier conversation on this channel.
    pub previous: Option<ConversationId>,
    /// Whoever was given it writes until then.
    pub lease: Option<(UserId, Timestamp)>,
    /// A bot has it, and people are not given it.
    pub held: bool,
    /// Why it was given to nobody when it was last looked at, and when that is done again.
    pub hold: Option<HoldReason>,
    pub retry_at: Option<Timestamp>,
}

/// How far the rules got.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Triage {
    NotAsked,
    /// Asked, and none applied: they are asked again with the customer's next words, until somebody takes it.
    NoRule,
    Ruled(RoutingRuleId),
    /// A queue was named when a bot handed it over: no rule is asked any more.
    Named,
    /// The customer answers a campaign that says where.
    Campaign(CampaignId),
}

/// Where a waiting conversation stands in its queue: the most urgent first, then what is due first, then who waits longest.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    #[borsh(serialize_with = "crate::snapshot::write_reverse", deserialize_with = "crate::snapshot::read_reverse")]
    pub priority: Reverse<Priority>,
    /// What has no deadline comes last.
    pub sla_due: Nullable,
    /// Who does not wait comes last.
    pub waiting_since: Nullable,
    pub id: ConversationId,
}

/// A moment that may be absent; absent ones come last.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nullable {
    At(Timestamp),
    Never,
}

impl From<Option<Timestamp>> for Nullable {
    fn from(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Never, Self::At)
    }
}

impl Entry {
    /// One that is made up, to ask what would become of it.
    pub(crate) fn sample(
        channel_id: ChannelId,
        brand_id: BrandId,
        contact_id: ContactId,
        team_id: Option<TeamId>,
        now: Timestamp,
    ) -> Self {
        let opened = ConversationOpened {
            conversation_id: ConversationId::from_u128(0),
            number: 0,
            channel_id,
            brand_id,
            contact_id,
            origin: Origin::Inbound,
            status: Status::Open,
            team_id,
            previous: None,
        };
        Self { waiting_since: Some(now), ..Self::opened(&opened, now) }
    }

    /// As it would lie in a queue: of one that is resolved there is none.
    pub(crate) fn of(conversation: &Conversation) -> Self {
        let Conversation { channel_id, brand_id, contact_id, team_id, .. } = *conversation;
        let opened = Self::sample(channel_id, brand_id, contact_id, team_id, conversation.episode_opened_at);
        Self {
            id: conversation.id,
            status: conversation.status,
            priority: conversation.priority,
            assignee_id: conversation.assignee_id,
            episode: conversation.episode,
            waiting_since: conversation.clocks.waiting_since,
            answered: conversation.clocks.first_response.is_some(),
            ..opened
        }
    }

    pub(super) fn opened(event: &ConversationOpened, entered_at: Timestamp) -> Self {
        Self {
            id: event.conversation_id,
            channel_id: event.channel_id,
            brand_id: event.brand_id,
            contact_id: event.contact_id,
            team_id: event.team_id,
            status: event.status,
            priority: Priority::None,
            assignee_id: None,
            episode: 1,
            waiting_since: None,
            answered: false,
            promised: Outlook::default(),
            entered_at,
            triage: Triage::NotAsked,
            demand: None,
            excluded: Vec::new(),
            hint: None,
            previous: event.previous,
            lease: None,
            held: false,
            hold: None,
            retry_at: None,
        }
    }

    pub(super) fn reopened(event: &ConversationReopened, entered_at: Timestamp) -> Self {
        Self {
            id: event.conversation_id,
            channel_id: event.channel_id,
            brand_id: event.brand_id,
            contact_id: event.contact_id,
            team_id: event.team_id,
            status: Status::Open,
            priority: event.priority,
            assignee_id: event.assignee_id,
            episode: event.episode,
            waiting_since: event.clocks.waiting_since,
            answered: event.clocks.first_response.is_some(),
            promised: Outlook::default(),
            entered_at,
            triage: Triage::NotAsked,
            demand: None,
            excluded: Vec::new(),
            hint: event.assignee_id,
            previous: None,
            lease: None,
            held: false,
            hold: None,
            retry_at: None,
        }
    }

    /// The queue it lies in, whether or not somebody has it.
    pub fn queue_id(&self) -> QueueId {
        QueueId::of(self.brand_id, self.team_id)
    }
    /// Where it is counted.
    pub fn place(&self) -> Place {
        Place { queue: self.queue_id(), brand: self.brand_id }
    }
    pub(super) fn counted(&self) -> Counted {
        let open = self.status == Status::Open;
        Counted {
            status: self.status,
            assigned: self.assignee_id.is_some(),
            held: self.held,
            // While a bot has it, they wait for no person.
            customer: self.waiting_since.filter(|_| open && !self.held).map(|since| (since, self.id)),
            promised: self.promised.state,
        }
    }
    /// Whether it waits to be given to somebody.
    pub fn waits_for_somebody(&self) -> bool {
        self.status == Status::Open && self.assignee_id.is_none() && !self.held
    }
    /// Whether a rule says how it is given out, whatever its queue says.
    pub(crate) fn is_overridden(&self) -> bool {
        self.demand.as_ref().is_some_and(|demand| demand.strategies.is_some())
    }
    /// Its place in the queue.
    pub fn key(&self) -> Key {
        Key {
            priority: Reverse(self.priority),
            sla_due: self.promised.due_at.into(),
            waiting_since: self.waiting_since.into(),
            id: self.id,
        }
    }

    pub(super) fn set_clocks(&mut self, clocks: &Clocks) {
        self.waiting_since = clocks.waiting_since;
        self.answered = clocks.first_response.is_some();
        if clocks.waiting_since.is_none() {
            self.lease = None;
            self.excluded.clear();
        }
    }

    /// It came into a queue, or back into it.
    pub(super) fn entered(&mut self, at: Timestamp) {
        self.entered_at = at;
        self.hold = None;
        self.retry_at = None;
        self.lease = None;
    }
}

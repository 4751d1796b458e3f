//! One message as decisions see it: who wrote it, how far its sending got, and which delivery reports came.
//! Reports arrive late, twice and out of order; the state is a fold over the set of them, so every order
//! gives the same answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::charge::Charge;
use crate::content::MessageKind;
use crate::event::Recorded;
use crate::event::message::*;
use crate::identity::BlindKey;
use crate::ids::*;
use crate::time::Timestamp;

/// Who wrote it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageAuthor {
    Customer,
    User(UserId),
    /// Staff in the phone app.
    PhoneApp,
    /// Greeting, bot.
    System,
    Campaign(CampaignId),
}

/// How far our own sending got. Delivery reports are apart, in [`MessageState::observations`].
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// Not ours to send.
    None,
    /// Waits for its time; not queued yet.
    Scheduled,
    /// Taken back before its time.
    Cancelled,
    /// Could not be queued when its time came.
    Dropped,
    /// Waits for its turn, or for `not_before`.
    Queued {
        not_before: Option<Timestamp>,
    },
    /// Waits until the number may send again.
    Held,
    /// The call to the provider is under way, or a crash hid its end.
    Started {
        at: Timestamp,
    },
    Accepted {
        held: bool,
    },
    Refused,
    /// The call's end is unknown. A person decides.
    Uncertain,
}

/// What a person is told about an outbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Inbound messages have this only.
    Received,
    /// Written for later.
    Scheduled,
    /// Taken back before its time.
    Cancelled,
    Queued,
    Sending,
    Accepted,
    Held,
    Sent,
    Delivered,
    Read,
    Played,
    Failed,
    Uncertain,
}

/// A report, by its word and (in groups) its participant.
pub type ObservationKey = (String, Option<BlindKey>);

/// The state decisions need.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct MessageState {
    pub author: MessageAuthor,
    pub kind: MessageKind,
    /// When it was written.
    pub at: Timestamp,
    /// What clocks take for its time: when it was written, or asked to be sent again.
    pub counts_from: Timestamp,
    /// Position in the log.
    pub pos: u64,
    /// Position in the conversation's stream: its order.
    pub version: u64,
    /// The same of the event that made it what clocks look at: it may have been sent again.
    pub counts_version: u64,
    /// 0: of none (imported, or written while the conversation was resolved).
    pub episode: u32,
    /// Moves clocks: a customer's message that asks for an answer, or a reply (a reaction is neither).
    pub counts: bool,
    pub template: bool,
    pub dispatch: Dispatch,
    pub attempt: u32,
    pub provider_key: Option<BlindKey>,
    pub media_id: Option<MediaId>,
    /// The file is here, or will not come.
    pub media_settled: bool,
    /// Every distinct report with its earliest time.
    pub observations: BTreeMap<ObservationKey, Timestamp>,
    /// How it will be metered, once it has arrived.
    pub price: Option<Charge>,
    /// It was metered.
    pub charged: bool,
    /// From before we were connected.
    pub imported: bool,
    pub revoked: bool,
    /// The provider's time of the newest edit.
    pub edited_at: Option<Timestamp>,
    /// The provider's time of each side's newest reaction.
    pub reacted_at: BTreeMap<(bool, Option<ContactId>), Timestamp>,
}

impl DeliveryStatus {
    /// The word in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Scheduled => "scheduled",
            Self::Cancelled => "cancelled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
        }
    }
}

fn author(sender: Sender) -> MessageAuthor {
    match sender {
        Sender::User(id) => MessageAuthor::User(id),
        Sender::System => MessageAuthor::System,
        Sender::Campaign(id) => MessageAuthor::Campaign(id),
    }
}

/// How far a report's word lies on the way; `None` for words that say nothing about it.
pub fn rank(status: &str) -> Option<u8> {
    match status {
        "sent" => Some(2),
        "delivered" => Some(3),
        "read" => Some(4),
        "played" => Some(5),
        _ => None,
    }
}

/// The rank of a report that proves the message arrived.
pub const DELIVERED: u8 = 3;

impl MessageState {
    fn new(author: MessageAuthor, kind: &MessageKind, recorded: &Recorded, episode: u32) -> Self {
        Self {
            author,
            kind: kind.clone(),
            at: recorded.occurred_at,
            // The provider's clock may run ahead of ours; nobody has waited since the future.
            counts_from: recorded.occurred_at.min(recorded.recorded_at),
            pos: recorded.pos,
            version: recorded.version,
            counts_version: recorded.version,
            episode,
            counts: false,
            template: false,
            dispatch: Dispatch::None,
            attempt: 0,
            provider_key: None,
            media_id: None,
            media_settled: false,
            observations: BTreeMap::new(),
            price: None,
            charged: false,
            imported: false,
            revoked: false,
            edited_at: None,
            reacted_at: BTreeMap::new(),
        }
    }

    pub(crate) fn received(event: &MessageReceived, recorded: &Recorded, episode: u32) -> Self {
        Self {
            counts: event.asks(),
            provider_key: Some(event.provider_key),
            media_id: event.media_id,
            ..Self::new(MessageAuthor::Customer, &event.kind, recorded, episode)
        }
    }

    pub(crate) fn echoed(event: &MessageEchoed, recorded: &Recorded, episode: u32) -> Self {
        Self {
            counts: true,
            provider_key: Some(event.provider_key),
            media_id: event.media_id,
            dispatch: Dispatch::Accepted { held: false },
            ..Self::new(MessageAuthor::PhoneApp, &event.kind, recorded, episode)
        }
    }

    /// Imported messages belong to no episode: they move no clock, also when clocks are computed again.
    pub(crate) fn imported(event: &MessageImported, recorded: &Recorded) -> Self {
        let author = if event.inbound { MessageAuthor::Customer } else { MessageAuthor::PhoneApp };
        let dispatch = if event.inbound { Dispatch::None } else { Dispatch::Accepted { held: false } };
        Self {
            provider_key: Some(event.provider_key),
            dispatch,
            imported: true,
            ..Self::new(author, &event.kind, recorded, 0)
        }
    }

    /// Counts for nothing until it is queued.
    pub(crate) fn scheduled(event: &MessageScheduled, recorded: &Recorded) -> Self {
        Self {
            template: event.template,
            media_id: event.media_id,
            dispatch: Dispatch::Scheduled,
            ..Self::new(author(event.sender), &event.kind, recorded, 0)
        }
    }

    pub(crate) fn schedule_changed(&mut self, event: &MessageScheduleChanged) {
        self.author = author(event.sender);
        self.kind = event.kind.clone();
        self.template = event.template;
        self.media_id = event.media_id;
    }

    pub(crate) fn queued(event: &MessageQueued, recorded: &Recorded, episode: u32) -> Self {
        Self {
            // What everybody is sent answers nobody.
            counts: event.kind != MessageKind::Reaction && !matches!(event.sender, Sender::Campaign(_)),
            template: event.template,
            media_id: event.media_id,
            dispatch: Dispatch::Queued { not_before: None },
            ..Self::new(author(event.sender), &event.kind, recorded, episode)
        }
    }

    pub(crate) fn resend(&mut self, at: Timestamp, version: u64) {
        (self.counts_from, self.counts_version) = (at, version);
        self.dispatch = Dispatch::Queued { not_before: None };
        // What was reported about the attempt before says nothing about this one.
        self.observations.clear();
        self.provider_key = None;
        self.price = None;
    }

    pub(crate) fn dispatch_started(&mut self, attempt: u32, at: Timestamp) {
        self.attempt = attempt;
        self.dispatch = Dispatch::Started { at };
    }

    pub(crate) fn accepted(&mut self, event: &MessageAccepted, _at: Timestamp) {
        self.dispatch = Dispatch::Accepted { held: event.held };
        self.provider_key = Some(event.provider_key);
    }

    pub(crate) fn refused(&mut self, event: &MessageRefused) {
        self.dispatch = match event.then {
            AfterRefusal::Retry => Dispatch::Queued { not_before: event.retry_at },
            AfterRefusal::Hold => Dispatch::Held,
            AfterRefusal::Fail => Dispatch::Refused,
        };
    }

    pub(crate) fn uncertain(&mut self) {
        self.dispatch = Dispatch::Uncertain;
    }

    pub(crate) fn observed(&mut self, event: &MessageStatusObserved) {
        let key = (event.status.clone(), event.participant);
        self.observations.entry(key).and_modify(|at| *at = (*at).min(event.at)).or_insert(event.at);
        if let Some(pricing) = &event.pricing {
            self.price = Some(Charge::of(pricing, event.market.as_deref()));
        }
        self.charged |= event.charge.is_some();
    }

    pub(crate) fn reacted(&mut self, event: &MessageReacted) {
        let side = (event.by == Side::Business, event.author_id);
        let newest = self.reacted_at.entry(side).or_insert(event.at);
        *newest = (*newest).max(event.at);
    }

    pub(crate) fn edited(&mut self, event: &MessageEdited) {
        if event.completes {
            self.media_id = self.media_id.or(event.media_id);
        } else {
            self.edited_at = Some(self.edited_at.map_or(event.at, |newest| newest.max(event.at)));
        }
    }

    pub(crate) fn revoked(&mut self) {
        self.revoked = true;
    }

    /// A "thanks" that counts after all, in the episode it begins.
    pub(crate) fn courtesy_undone(&mut self, episode: u32) {
        self.counts = true;
        self.episode = episode;
    }

    /// Whether frontdesk sends it (not a customer's, not typed in the phone app).
    pub fn is_ours(&self) -> bool {
        matches!(self.author, MessageAuthor::User(_) | MessageAuthor::System | MessageAuthor::Campaign(_))
    }

    /// The highest report so far, participants aside.
    fn highest(&self) -> Option<u8> {
        self.observations.keys().filter_map(|(status, _)| rank(status)).max()
    }

    /// Whether a report proves that it reached the customer.
    pub fn has_arrived(&self) -> bool {
        self.highest().is_some_and(|rank| rank >= DELIVERED)
    }

    /// What people are told.
    pub fn status(&self) -> DeliveryStatus {
        if self.author == MessageAuthor::Customer {
            return DeliveryStatus::Received;
        }
        match self.highest() {
            Some(5) => return DeliveryStatus::Played,
            Some(4) => return DeliveryStatus::Read,
            Some(3) => return DeliveryStatus::Delivered,
            _ => {}
        }
        // Delivered wins over failed whatever the order; failed wins over what came before it.
        if self.observations.keys().any(|(status, _)| status == "failed") {
            return DeliveryStatus::Failed;
        }
        if self.highest().is_some() {
            return DeliveryStatus::Sent;
        }
        match self.dispatch {
            Dispatch::None | Dispatch::Accepted { held: false } => DeliveryStatus::Accepted,
            Dispatch::Accepted { held: true } => DeliveryStatus::Held,
            Dispatch::Scheduled => DeliveryStatus::Scheduled,
            Dispatch::Cancelled => DeliveryStatus::Cancelled,
            Dispatch::Dropped => DeliveryStatus::Failed,
            Dispatch::Queued { .. } | Dispatch::Held => DeliveryStatus::Queued,
            Dispatch::Started { .. } => DeliveryStatus::Sending,
            Dispatch::Refused => DeliveryStatus::Failed,
            Dispatch::Uncertain => DeliveryStatus::Uncertain,
        }
    }

    /// Never reached the customer: counts as no reply.
    pub fn failed_before_delivery(&self) -> bool {
        self.status() == DeliveryStatus::Failed
    }
}

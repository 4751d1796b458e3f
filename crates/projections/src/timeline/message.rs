//! One message of a timeline: what it says, how its sending went, what was said about it afterwards.

use domain::content::{Content, MessageKind};
use domain::event::media::StoredFile;
use domain::event::message::*;
use domain::event::{Actor, Event, Recorded};
use domain::ids::*;
use domain::inbound::MessageContext;
use domain::message::{DeliveryStatus, MessageState};
use domain::time::Timestamp;
use serde_json::Value;

use super::annotations::{Edit, Reaction, Reactor, Revoked};
use super::delivery::{Attempt, MessageError, StatusChange};

/// Which way it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Inbound,
    Outbound,
}

/// Who wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The customer; in groups, which participant.
    Customer(Option<ContactId>),
    User(UserId),
    /// Staff in the phone app: we do not know who.
    PhoneApp,
    /// A rule of automation, or what follows from one.
    Rule(AutomationRuleId),
    /// Surveys, what a queue says by itself.
    System,
    Campaign(CampaignId),
}

impl Author {
    pub(super) fn of(sender: Sender, actor: Actor) -> Self {
        match (sender, actor) {
            (Sender::User(id), _) => Self::User(id),
            (Sender::Campaign(id), _) => Self::Campaign(id),
            (Sender::System, Actor::Rule(id)) => Self::Rule(id),
            (Sender::System, _) => Self::System,
        }
    }
}

/// A message in full.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineMessage {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub direction: Direction,
    pub author: Author,
    pub kind: MessageKind,
    /// As it stands now, edits applied; `None`: erased.
    pub content: Option<Content>,
    /// As it was first, where it was edited.
    pub original: Option<Content>,
    /// What it refers to: quoted message, forwarded, product.
    pub context: Option<MessageContext>,
    /// The message it answers, where we know it.
    pub reply_to_id: Option<MessageId>,
    /// The advertisement it came through, verbatim.
    pub referral: Option<Value>,
    /// Why the provider could not deliver a customer's content, verbatim.
    pub errors: Option<Value>,
    /// The provider's item, for kinds we do not know.
    pub raw: Option<Value>,
    pub provider_message_id: Option<String>,
    pub client_ref: Option<String>,
    pub media_id: Option<MediaId>,
    /// How far the file of a customer's or phone app's message got; absent for uploads and where there is none.
    pub file: Option<MessageFile>,
    pub template: bool,
    /// When it is, or was, to be queued; absent unless it was written for later.
    pub scheduled: Option<Scheduled>,
    pub status: DeliveryStatus,
    /// How it came to that, in order of time.
    pub status_history: Vec<StatusChange>,
    pub attempts: Vec<Attempt>,
    /// Why it failed; absent unless it did.
    pub error: Option<MessageError>,
    /// Billing information of the provider, verbatim.
    pub pricing: Option<Value>,
    /// Those that stand: at most one of each reactor.
    pub reactions: Vec<Reaction>,
    /// All edits, by the provider's time.
    pub edits: Vec<Edit>,
    pub edited_at: Option<Timestamp>,
    pub revoked: Option<Revoked>,
    pub read_receipt_sent_at: Option<Timestamp>,
    /// It arrived long after it was written.
    pub late: bool,
    /// The provider's time was outside the believable range.
    pub clamped: bool,
    /// A "thanks" that left the conversation resolved.
    pub courtesy_after_resolve: bool,
    /// It answers this satisfaction survey, or says why it was answered so.
    pub survey_id: Option<CsatId>,
    /// From a blocked contact.
    pub blocked: bool,
    pub imported: bool,
    /// An earlier attempt may have arrived as well.
    pub possible_duplicate: bool,
    /// When it was written.
    pub occurred_at: Timestamp,
    /// When we learned of it.
    pub recorded_at: Timestamp,
    pub pos: u64,
    pub version: u64,
    pub(super) reactions_seen: Vec<Reaction>,
    pub(super) base: Option<Content>,
    pub(super) failure: Option<MessageError>,
}

/// A message for later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    pub at: Timestamp,
    pub cancel_if_customer_writes: bool,
}

/// How far a file got.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageFile {
    Pending,
    Stored(StoredFile),
    /// `too_large`, `gone`, `revoked`, …
    Failed {
        reason: String,
    },
}

impl TimelineMessage {
    pub(super) fn new(
        id: MessageId,
        conversation_id: ConversationId,
        author: Author,
        kind: &MessageKind,
        from: &Recorded,
    ) -> Self {
        let direction = if matches!(author, Author::Customer(_)) { Direction::Inbound } else { Direction::Outbound };
        Self {
            id,
            conversation_id,
            direction,
            author,
            kind: kind.clone(),
            content: None,
            original: None,
            context: None,
            reply_to_id: None,
            referral: None,
            errors: None,
            raw: None,
            provider_message_id: None,
            client_ref: None,
            media_id: None,
            file: None,
            template: false,
            scheduled: None,
            status: if direction == Direction::Inbound { DeliveryStatus::Received } else { DeliveryStatus::Accepted },
            status_history: Vec::new(),
            attempts: Vec::new(),
            error: None,
            pricing: None,
            reactions: Vec::new(),
            edits: Vec::new(),
            edited_at: None,
            revoked: None,
            read_receipt_sent_at: None,
            late: false,
            clamped: false,
            courtesy_after_resolve: false,
            survey_id: None,
            blocked: false,
            imported: false,
            possible_duplicate: false,
            occurred_at: from.occurred_at,
            recorded_at: from.recorded_at,
            pos: from.pos,
            version: from.version,
            reactions_seen: Vec::new(),
            base: None,
            failure: None,
        }
    }

    pub(super) fn received(event: &MessageReceived, from: &Recorded) -> Self {
        let author = Author::Customer(event.author_id);
        let mut message = Self::new(event.message_id, event.conversation_id, author, &event.kind, from);
        message.media_id = event.media_id;
        message.reply_to_id = event.reply_to_id;
        message.late = event.late;
        message.clamped = event.clamped;
        message.courtesy_after_resolve = event.courtesy_after_resolve;
        message.survey_id = event.survey_id;
        message.blocked = event.blocked;
        message.open(event.private.as_ref());
        message
    }

    pub(super) fn echoed(event: &MessageEchoed, from: &Recorded) -> Self {
        let mut message = Self::new(event.message_id, event.conversation_id, Author::PhoneApp, &event.kind, from);
        message.media_id = event.media_id;
        message.open(event.private.as_ref());
        message.reached("accepted", from.occurred_at);
        message
    }

    pub(super) fn imported(event: &MessageImported, from: &Recorded) -> Self {
        let author = if event.inbound { Author::Customer(None) } else { Author::PhoneApp };
        let mut message = Self::new(event.message_id, event.conversation_id, author, &event.kind, from);
        message.imported = true;
        message.open(event.private.as_ref());
        if let (false, Some(status)) = (event.inbound, &event.status) {
            message.reached(status, from.occurred_at);
        }
        message
    }

    pub(super) fn queued(event: &MessageQueued, from: &Recorded) -> Self {
        let author = Author::of(event.sender, from.actor);
        let mut message = Self::new(event.message_id, event.conversation_id, author, &event.kind, from);
        message.media_id = event.media_id;
        message.reply_to_id = event.reply_to_id;
        message.client_ref.clone_from(&event.client_ref);
        message.template = event.template;
        message.written(event.private.as_ref());
        message.reached("queued", from.occurred_at);
        message
    }

    /// What we wrote ourselves.
    pub(super) fn written(&mut self, private: Option<&QueuedPrivate>) {
        self.base = private.map(|private| private.content.clone());
        let quoted = private.and_then(|private| private.context_provider_id.clone());
        self.context = quoted.map(|id| MessageContext { quoted_provider_id: Some(id), ..MessageContext::default() });
    }

    fn open(&mut self, private: Option<&ReceivedPrivate>) {
        let Some(private) = private else { return };
        self.provider_message_id = Some(private.provider_id.clone());
        self.base = Some(private.content.clone());
        self.context.clone_from(&private.context);
        self.referral.clone_from(&private.referral);
        self.errors.clone_from(&private.errors);
        self.raw.clone_from(&private.raw);
    }

    /// A reaction, edit or revoke of this message. `carrier` is our outbound message that brings the reaction.
    pub(super) fn annotate(&mut self, from: &Recorded, carrier: Option<MessageId>) {
        match &from.event {
            Event::MessageReacted(event) => self.reactions_seen.push(Reaction {
                by: match event.by {
                    Side::Customer => Reactor::Customer(event.author_id),
                    Side::Business => Reactor::Business,
                },
                user_id: from.actor.user(),
                emoji: event.private.as_ref().and_then(|private| private.emoji.clone()),
                removed: event.removed,
                at: event.at,
                message_id: carrier,
                pos: from.pos,
            }),
            Event::MessageEdited(event) => {
                let content = event.private.as_ref().map(|private| private.content.clone());
                if event.completes {
                    // What was always meant, come late: not an edit.
                    self.media_id = self.media_id.or(event.media_id);
                    if let Some(content) = content {
                        self.kind = content.kind.clone();
                        self.base = Some(content);
                    }
                } else {
                    self.edits.push(Edit { by: event.by, content, at: event.at, pos: from.pos });
                }
            }
            Event::MessageRevoked(event) => {
                let revoked = Revoked { by: event.by, at: event.at, pos: from.pos };
                if self.revoked.is_none_or(|known| revoked.at < known.at) {
                    self.revoked = Some(revoked);
                }
            }
            _ => {}
        }
    }

    /// Takes the delivery state over and orders what came out of order.
    pub(super) fn settle(&mut self, state: &MessageState) {
        if !self.imported || self.direction == Direction::Inbound {
            self.status = state.status();
        } else {
            self.status = self.imported_status(state);
        }
        self.media_id = self.media_id.or(state.media_id);
        self.error = if self.status == DeliveryStatus::Failed { self.failure.clone() } else { None };
        self.settle_history();
        self.edits.sort_by_key(|edit| (edit.at, edit.pos));
        self.edited_at = self.edits.last().map(|edit| edit.at);
        match self.edits.last() {
            Some(newest) => {
                self.content.clone_from(&newest.content);
                self.original.clone_from(&self.base);
            }
            None => self.content.clone_from(&self.base),
        }
    }

    /// The provider's word at import, unless a report has gone further since.
    fn imported_status(&self, state: &MessageState) -> DeliveryStatus {
        let at_import = match self.status_history.first().map(|change| change.status.as_str()) {
            Some("sent") => DeliveryStatus::Sent,
            Some("delivered") => DeliveryStatus::Delivered,
            Some("read") => DeliveryStatus::Read,
            Some("played") => DeliveryStatus::Played,
            Some("error" | "failed") => DeliveryStatus::Failed,
            _ => DeliveryStatus::Accepted,
        };
        if state.observations.is_empty() { at_import } else { state.status().max(at_import) }
    }
}

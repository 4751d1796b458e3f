//! What asks for people's attention: notifications, and where notes named them. Folded from what happened; ids and kinds
//! only, so that names and texts are looked up when somebody reads, and gone when they are erased.
//!
//! Nothing here knows rights. A notice stays when its owner loses sight of what it is about; `app` leaves it out of
//! lists and counts for as long as they do not see it; meanwhile it takes its place among those that are kept.
//!
//! Memory is bounded: of each user the newest [`NOTIFICATIONS_KEPT`] notifications and [`MENTIONS_KEPT`] mentions are
//! held, older ones fall off; the log keeps the events behind them.

use std::collections::{BTreeMap, BTreeSet};

use domain::conversation::Status;
use domain::conversation::note::EDITABLE_FOR;
use domain::csat::LOW_MAX;
use domain::event::conversation::Cause;
use domain::event::message::{AfterRefusal, Sender};
use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::message::{DELIVERED, rank};
use domain::notification::NotificationKind;
use domain::report::{Exports, Schedules};
use domain::time::Timestamp;

use crate::inbox::Inbox;

mod notice;
mod shelf;

pub use notice::{About, Notice, Subject};

use shelf::Shelf;

/// Notifications kept of each user.
pub const NOTIFICATIONS_KEPT: usize = 200;
/// Mentions kept of each user.
pub const MENTIONS_KEPT: usize = 500;
/// Messages written by people whose failure would still be told to their author. They leave when they are delivered.
pub const SENDS_KEPT: usize = 20_000;

/// Everybody's.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Attention {
    notifications: BTreeMap<UserId, Shelf>,
    mentions: BTreeMap<UserId, Shelf>,
    muted: BTreeMap<UserId, BTreeSet<NotificationKind>>,
    /// Notes that can still be changed. Ids sort by time, so the oldest is the first.
    fresh: BTreeMap<NoteId, Fresh>,
    /// Who sent what is not delivered yet. Ids sort by time, so the oldest is the first.
    sends: BTreeMap<MessageId, UserId>,
}

/// A note while its author can change it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone)]
struct Fresh {
    at: Timestamp,
    /// Position of the event that added it.
    pos: u64,
    told: BTreeSet<UserId>,
}

impl Attention {
    /// The user's notifications, newest first.
    pub fn notifications(&self, user: UserId) -> impl Iterator<Item = &Notice> {
        self.notifications.get(&user).into_iter().flat_map(Shelf::newest_first)
    }
    /// Where notes name the user, newest first, whether or not that made a notification.
    pub fn mentions(&self, user: UserId) -> impl Iterator<Item = &Notice> {
        self.mentions.get(&user).into_iter().flat_map(Shelf::newest_first)
    }
    /// A notification or mention of the user.
    pub fn notice(&self, user: UserId, id: NotificationId) -> Option<&Notice> {
        self.notifications(user).chain(self.mentions(user)).find(|notice| notice.id == id)
    }
    /// The conversations with a mention of the user that is kept, and in each how many are unread.
    pub fn mentioned_in(&self, user: UserId) -> BTreeMap<ConversationId, usize> {
        let mut found = BTreeMap::new();
        for (id, notice) in self.mentions(user).filter_map(|notice| Some((notice.conversation_id()?, notice))) {
            *found.entry(id).or_default() += usize::from(notice.read_at.is_none());
        }
        found
    }
    /// How many mentions in a conversation the user has not read.
    pub fn unread_mentions(&self, user: UserId, conversation: ConversationId) -> usize {
        let unread = |notice: &&Notice| notice.conversation_id() == Some(conversation) && notice.read_at.is_none();
        self.mentions(user).filter(unread).count()
    }
    /// Kinds the user does not want to be told of.
    pub fn muted(&self, user: UserId) -> BTreeSet<NotificationKind> {
        self.muted.get(&user).cloned().unwrap_or_default()
    }

    /// Applies an event. The inbox tells who owns a conversation.
    pub(crate) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox) {
        match &recorded.event {
            Event::ConversationAssigned(event) => {
                let news = event.assignee_id.filter(|to| event.previous_assignee_id != Some(*to));
                self.tell(news, NotificationKind::Assigned, event.conversation_id, About::Whole, recorded);
            }
            Event::ConversationStatusChanged(event) => {
                let due = event.cause == Cause::SnoozeDue && event.from == Status::Snoozed;
                let owner = inbox.get(event.conversation_id).and_then(|row| row.assignee_id()).filter(|_| due);
                self.tell(owner, NotificationKind::SnoozeDue, event.conversation_id, About::Whole, recorded);
            }
            Event::ConversationRead(event) => {
                let seen = |notice: &Notice| match notice.subject {
                    Subject::Conversation { id, version } => {
                        id == event.conversation_id && version <= event.up_to_version
                    }
                    Subject::Report { .. } => false,
                };
                self.read(event.user_id, recorded.occurred_at, seen);
            }
            Event::NoteAdded(event) => {
                let told = event.mentioned.iter().chain(&event.participants).copied().collect();
                self.remember(event.note_id, told, recorded);
                let about = About::Note { note_id: event.note_id, text_pos: recorded.pos };
                for user in &event.mentioned {
                    self.mention(*user, event.conversation_id, about, recorded);
                }
                let participants = event.participants.iter().copied();
                self.tell(participants, NotificationKind::NoteReply, event.conversation_id, about, recorded);
            }
            Event::NoteEdited(event) => {
                let about = About::Note { note_id: event.note_id, text_pos: recorded.pos };
                let mentioned: BTreeSet<_> = event.mentioned.iter().copied().collect();
                let fresh = self.fresh.get(&event.note_id);
                let (since, told) = fresh.map(|fresh| (fresh.pos, fresh.told.clone())).unwrap_or_default();
                for user in &told {
                    let named = mentioned.contains(user);
                    self.change(*user, |shelf| shelf.note_edited(event.note_id, since, about, named));
                }
                for user in &mentioned {
                    if !self.mentions(*user).any(|notice| notice.note_id() == Some(event.note_id)) {
                        self.mention(*user, event.conversation_id, about, recorded);
                    }
                }
                if let Some(fresh) = self.fresh.get_mut(&event.note_id) {
                    fresh.told.extend(mentioned);
                }
            }
            Event::NoteDeleted(event) => {
                let Some(Fresh { pos, told, .. }) = self.fresh.remove(&event.note_id) else { return };
                told.into_iter().for_each(|user| self.change(user, |shelf| shelf.note_deleted(event.note_id, pos)));
            }
            Event::MessageQueued(event) => match event.sender {
                Sender::User(user) => self.sent_by(event.message_id, user),
                Sender::System | Sender::Campaign(_) => {}
            },
            Event::MessageScheduleFailed(event) => {
                let sender = match event.sender {
                    Sender::User(user) => Some(user),
                    Sender::System | Sender::Campaign(_) => None,
                };
                self.failed(sender, event.conversation_id, event.message_id, recorded);
            }
            Event::MessageResendRequested(event) => {
                if let Some(user) = recorded.actor.user() {
                    self.sent_by(event.message_id, user);
                }
            }
            Event::MessageRefused(event) if event.then == AfterRefusal::Fail => {
                let sender = self.sends.remove(&event.message_id);
                self.failed(sender, event.conversation_id, event.message_id, recorded);
            }
            Event::MessageUncertain(event) => {
                let sender = self.sends.get(&event.message_id).copied();
                self.failed(sender, event.conversation_id, event.message_id, recorded);
            }
            // In a group, one participant's report says nothing about the message.
            Event::MessageStatusObserved(event) if event.participant.is_none() => {
                if event.status == "failed" {
                    let sender = self.sends.remove(&event.message_id);
                    self.failed(sender, event.conversation_id, event.message_id, recorded);
                } else if rank(&event.status).is_some_and(|rank| rank >= DELIVERED) {
                    self.sends.remove(&event.message_id);
                }
            }
            Event::SlaAtRisk(event) => {
                self.promise(NotificationKind::SlaAtRisk, event.conversation_id, &event.told, recorded)
            }
            Event::SlaBreached(event) => {
                self.promise(NotificationKind::SlaBreached, event.conversation_id, &event.told, recorded);
            }
            Event::SlaEscalated(event) => {
                self.promise(NotificationKind::SlaEscalated, event.conversation_id, &event.told, recorded);
            }
            Event::CsatAnswered(event) if event.score <= LOW_MAX => {
                let about = event.message_id.map_or(About::Whole, About::Message);
                self.tell(event.resolver_id, NotificationKind::CsatLow, event.conversation_id, about, recorded);
            }
            Event::AutomationNotified(event) => {
                let (told, about) = (event.told.iter().copied(), About::Said { text_pos: recorded.pos });
                self.tell(told, NotificationKind::Automation, event.conversation_id, about, recorded);
            }
            Event::NotificationRead(event) => {
                let (about, older_too) = (event.about_pos, event.older_too);
                let meant = |notice: &Notice| notice.pos == about || (older_too && notice.pos < about);
                self.read(event.user_id, recorded.occurred_at, meant);
            }
            Event::NotificationSettingsChanged(event) => {
                self.muted.insert(event.user_id, event.muted.clone());
            }
            // Nothing else asks for anybody's attention.
            _ => {}
        }
    }

    /// A file of a report that comes by itself was made, or could not be. Whoever set the report up is told of what failed
    /// too: it may be that whom it was for may not have it any more. What exports and schedules know of it is asked after they
    /// have applied the event.
    pub(crate) fn report_ended(&mut self, recorded: &Recorded, exports: &Exports, schedules: &Schedules) {
        let (export_id, kind) = match &recorded.event {
            Event::ReportExportCompleted(event) => (event.export_id, NotificationKind::ReportReady),
            Event::ReportExportFailed(event) => (event.export_id, NotificationKind::ReportFailed),
            _ => return,
        };
        let Some(export) = exports.get(export_id) else { return };
        let Some(report_id) = export.scheduled_report_id else { return };
        let for_user_id = export.for_user_id;
        let mut told = BTreeSet::from([for_user_id]);
        if kind == NotificationKind::ReportFailed {
            told.extend(schedules.get(report_id).map(|entry| entry.created_by));
        }
        self.tell_of(told, kind, Subject::Report { report_id, export_id, for_user_id }, About::Whole, recorded);
    }

    /// Tells users of something in a conversation.
    fn tell(
        &mut self,
        users: impl IntoIterator<Item = UserId>,
        kind: NotificationKind,
        id: ConversationId,
        about: About,
        recorded: &Recorded,
    ) {
        self.tell_of(users, kind, Subject::Conversation { id, version: recorded.version }, about, recorded);
    }

    /// Tells users who did not do it themselves and want to be told.
    fn tell_of(
        &mut self,
        users: impl IntoIterator<Item = UserId>,
        kind: NotificationKind,
        subject: Subject,
        about: About,
        recorded: &Recorded,
    ) {
        for user in users {
            let muted = self.muted.get(&user).is_some_and(|muted| muted.contains(&kind));
            if recorded.actor.user() != Some(user) && !muted {
                let notice = Notice::of(recorded, user, kind, subject, about);
                self.notifications.entry(user).or_default().push(notice, NOTIFICATIONS_KEPT);
            }
        }
    }

    fn mention(&mut self, user: UserId, conversation_id: ConversationId, about: About, recorded: &Recorded) {
        let kind = NotificationKind::Mention;
        let subject = Subject::Conversation { id: conversation_id, version: recorded.version };
        let notice = Notice::of(recorded, user, kind, subject, about);
        self.mentions.entry(user).or_default().push(notice, MENTIONS_KEPT);
        self.tell([user], kind, conversation_id, about, recorded);
    }

    /// Of a promise; whom it concerned was decided then.
    fn promise(&mut self, kind: NotificationKind, id: ConversationId, told: &[UserId], recorded: &Recorded) {
        self.tell(told.iter().copied(), kind, id, About::Whole, recorded);
    }

    fn failed(&mut self, sender: Option<UserId>, id: ConversationId, message: MessageId, recorded: &Recorded) {
        self.tell(sender, NotificationKind::MessageFailed, id, About::Message(message), recorded);
    }

    fn sent_by(&mut self, message: MessageId, user: UserId) {
        self.sends.insert(message, user);
        if self.sends.len() > SENDS_KEPT {
            self.sends.pop_first();
        }
    }

    fn read(&mut self, user: UserId, at: Timestamp, meant: impl Fn(&Notice) -> bool) {
        for shelves in [&mut self.notifications, &mut self.mentions] {
            if let Some(shelf) = shelves.get_mut(&user) {
                shelf.read(at, &meant);
            }
        }
    }

    /// Remembers whom a note told for as long as it can be changed, and forgets those that cannot any more.
    fn remember(&mut self, note: NoteId, told: BTreeSet<UserId>, recorded: &Recorded) {
        let (at, pos) = (recorded.recorded_at, recorded.pos);
        while self.fresh.first_key_value().is_some_and(|(_, oldest)| at - oldest.at > EDITABLE_FOR) {
            self.fresh.pop_first();
        }
        self.fresh.insert(note, Fresh { at, pos, told });
    }

    fn change(&mut self, user: UserId, change: impl Fn(&mut Shelf)) {
        for shelves in [&mut self.notifications, &mut self.mentions] {
            if let Some(shelf) = shelves.get_mut(&user) {
                change(shelf);
            }
        }
    }
}

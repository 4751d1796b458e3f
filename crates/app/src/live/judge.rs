//! What of an event somebody sees, by the rights and views of this moment.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::access::{Action, Decision, Principal, Standing, authorize};
use domain::event::{Event, StreamId};
use domain::ids::*;
use projections::Views;
use projections::inbox::Row;
use projections::live::Then;

use super::brief::{Brief, Briefs, Numbers, Of};
use super::{Filter, Happened, Reason, Seen};
use crate::attention::{Shown, shown};
use crate::reach;

/// Conversations of one contact that are told of when the contact changes; older ones are read again when they are shown.
const OF_CONTACT_MAX: usize = 20;

/// The views of a moment, looked at for somebody.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) views: &'a Views,
    pub(super) asker: &'a Principal,
    pub(super) filter: &'a Filter,
}

/// A row as somebody sees it.
pub(super) fn seen(views: &Views, asker: &Principal, row: &Row) -> Seen {
    let Numbers { unread, mentions_unread, .. } = numbers(views, asker, row);
    Seen { row: *row, unread, mentions_unread }
}

/// What of it is a reader's own.
pub(super) fn numbers(views: &Views, asker: &Principal, row: &Row) -> Numbers {
    Numbers {
        id: row.id(),
        unread: views.inbox.unread_count(row.id(), asker.user_id),
        mentions_unread: views.attention.unread_mentions(asker.user_id, row.id()),
    }
}

impl<'a> Judge<'a> {
    /// What to tell of these events, which come after `after` without a gap.
    pub(super) fn briefs(&self, events: &'a [Arc<Happened>], after: u64, head: u64, items_max: usize) -> Briefs<'a> {
        let mut items = Vec::new();
        let mut pos = after;
        for event in events.iter().take_while(|event| event.recorded.pos <= head) {
            self.event(event, &mut items);
            pos = event.recorded.pos;
            if items.len() >= items_max {
                break;
            }
        }
        self.notices(after, pos, &mut items);
        Briefs { items, pos, head }
    }

    fn event(&self, event: &'a Arc<Happened>, items: &mut Vec<Brief<'a>>) {
        match event.recorded.stream {
            StreamId::Conversation(id) => self.of_conversation(id, event, items),
            StreamId::Contact(id) => self.of_contact(id, event, items),
            StreamId::User(id) => self.of_user(id, event, items),
            stream => {
                if self.filter.wants(event.recorded.event.kind())
                    && !self.filter.names_places()
                    && self.sees(stream, event)
                {
                    items.push(self.plain(event, None));
                }
            }
        }
    }

    fn of_conversation(&self, id: ConversationId, event: &'a Arc<Happened>, items: &mut Vec<Brief<'a>>) {
        let Some(row) = self.views.inbox.get(id) else { return };
        let (now, pos) = (self.shows(&row), event.recorded.pos);
        let of = match (now, self.showed(now, id, pos - 1), self.showed(now, id, pos)) {
            (true, true, true) if self.filter.wants(event.recorded.event.kind()) => {
                Of::Event { happened: event, row: Some(row) }
            }
            (true, false, true) => Of::Enter { row, reason: reason(&event.recorded.event) },
            (false, true, false) => Of::Leave { id, reason: reason(&event.recorded.event) },
            // It went and came again, and its coming is told; or it was never theirs.
            _ => return,
        };
        items.push(Brief::new(self, pos, of));
    }

    /// Whether a row is theirs, and what they asked for.
    fn shows(&self, row: &Row) -> bool {
        self.filter.admits(row.channel_id(), row.team_id()) && self.views.inbox.sees(self.asker, row)
    }

    /// The same at an earlier position, by the rights of now.
    fn showed(&self, now: bool, id: ConversationId, pos: u64) -> bool {
        match self.views.trail.at(id, pos) {
            Then::Now => now,
            Then::Nobody => false,
            Then::Audience(audience) => {
                self.filter.admits(audience.channel_id, audience.team_id)
                    && self.asker.sees(&audience.placement(self.asker.user_id))
            }
        }
    }

    /// A contact is part of the rows of its conversations: its name, its window.
    fn of_contact(&self, id: ContactId, event: &'a Arc<Happened>, items: &mut Vec<Brief<'a>>) {
        // Parked until their message comes, and then part of it.
        let parked = matches!(
            event.recorded.event,
            Event::MessageReacted(_) | Event::MessageEdited(_) | Event::MessageRevoked(_)
        );
        if parked || !self.filter.wants(event.recorded.event.kind()) {
            return;
        }
        let contacts = &self.views.directory.contacts;
        let mut group = contacts.group(contacts.resolve(id));
        // Those that were one until now change their name as well.
        if let Event::ContactMergeUndone(event) = &event.recorded.event {
            group.extend(contacts.group(contacts.resolve(event.loser_id)));
        }
        let rows = group.iter().flat_map(|contact| self.views.inbox.of_contact(*contact).take(OF_CONTACT_MAX));
        let begin = items.len();
        // What came into sight only after this is told of when it does.
        let shown = |row: &Row| self.shows(row) && self.showed(true, row.id(), event.recorded.pos);
        for row in rows.filter(shown) {
            items.push(self.plain(event, Some(row)));
        }
        let lone = items.len() == begin && !self.filter.names_places();
        let readable = || reach::contact_decision(self.views, self.asker, id, Action::ContactRead) == Decision::Allow;
        if lone && readable() {
            items.push(self.plain(event, None));
        }
    }

    fn of_user(&self, id: UserId, event: &'a Arc<Happened>, items: &mut Vec<Brief<'a>>) {
        if self.filter.names_places() || !self.filter.wants(event.recorded.event.kind()) {
            return;
        }
        if let Event::NotificationRead(read) = &event.recorded.event {
            if id == self.asker.user_id {
                self.of_read_notice(read.about_pos, read.older_too, event, items);
            }
            return;
        }
        let of_directory = matches!(
            event.recorded.event,
            Event::UserCreated(_)
                | Event::UserChanged(_)
                | Event::UserRoleChanged(_)
                | Event::UserBrandsChanged(_)
                | Event::UserDeactivated(_)
                | Event::UserReactivated(_)
                | Event::AgentAvailabilityChanged(_)
        );
        // What concerns how somebody signs in is their own business.
        if id == self.asker.user_id || (of_directory && reach::sees_user(self.views, self.asker, id)) {
            items.push(self.plain(event, None));
        }
    }

    /// Reading a notification changes the count of mentions on rows.
    fn of_read_notice(&self, about: u64, older_too: bool, event: &'a Arc<Happened>, items: &mut Vec<Brief<'a>>) {
        let mentions = self.views.attention.mentions(self.asker.user_id);
        let meant = mentions.filter(|notice| notice.pos == about || (older_too && notice.pos < about));
        let conversations: BTreeSet<_> = meant.filter_map(|notice| notice.conversation_id()).collect();
        let begin = items.len();
        let shown = |row: &Row| self.shows(row) && self.showed(true, row.id(), event.recorded.pos);
        for row in conversations.into_iter().filter_map(|id| self.views.inbox.get(id)).filter(shown) {
            items.push(self.plain(event, Some(row)));
        }
        if items.len() == begin {
            items.push(self.plain(event, None));
        }
    }

    /// Whether they are told that something happened in the house; what, they read where it can be read.
    fn sees(&self, stream: StreamId, event: &Happened) -> bool {
        let may = |action| authorize(self.asker, action, Standing::Workspace) == Decision::Allow;
        let in_brand = |brand: BrandId| self.asker.rights().in_brand(brand);
        match stream {
            StreamId::Team(id) => self.views.roster.any_team(id).is_some_and(|team| reach::sees_team(self.asker, team)),
            StreamId::Role(_) => may(Action::RoleRead),
            StreamId::Brand(id) => may(Action::ChannelRead) && in_brand(id),
            StreamId::Channel(id) => {
                let channel = self.views.directory.channels.get(id);
                let ours =
                    !matches!(event.recorded.event, Event::MessageStatusParked(_) | Event::ChannelSecretRotated(_));
                ours && may(Action::ChannelRead)
                    && channel.is_some_and(|channel| reach::sees_channel(self.asker, channel))
            }
            StreamId::Workspace => match &event.recorded.event {
                Event::WorkspaceSettingsChanged(_) => may(Action::RoleRead),
                Event::BillingChanged(_) | Event::RateCardReplaced(_) => may(Action::BillingRead),
                _ => may(Action::EventRead) && reach::whole_workspace(self.asker),
            },
            StreamId::Quarantine(_) => may(Action::QuarantineRead) && reach::whole_workspace(self.asker),
            StreamId::BusinessHours(_)
            | StreamId::RoutingRule(_)
            | StreamId::SlaPolicy(_)
            | StreamId::Queue(_)
            | StreamId::CsatSurvey(_) => may(Action::EventRead) && reach::sees_stream(self.views, self.asker, stream),
            // Told where they are looked after, not live: they are many and change nobody's screen.
            StreamId::Audit | StreamId::Invite(_) | StreamId::ApiKey(_) | StreamId::Media(_) => false,
            StreamId::BulkJob(_)
            | StreamId::ReportExport(_)
            | StreamId::ScheduledReport(_)
            | StreamId::CoachingNote(_) => false,
            StreamId::AutomationRule(_) | StreamId::Article(_) | StreamId::CannedReply(_) | StreamId::Macro(_) => {
                may(Action::EventRead) && reach::sees_stream(self.views, self.asker, stream)
            }
            StreamId::Segment(_) => may(Action::EventRead) && reach::sees_stream(self.views, self.asker, stream),
            StreamId::Campaign(_) | StreamId::ContactImport(_) => false,
            StreamId::Conversation(_) | StreamId::Contact(_) | StreamId::User(_) => false,
        }
    }

    /// What the asker is told of in these positions, each after the event it is about.
    fn notices(&self, after: u64, upto: u64, items: &mut Vec<Brief<'a>>) {
        if !self.filter.wants(NOTICE_KIND) {
            return;
        }
        let notices = self.views.attention.notifications(self.asker.user_id);
        let fresh: Vec<_> =
            notices.take_while(|notice| notice.pos > after).filter(|notice| notice.pos <= upto).collect();
        for notice in fresh.into_iter().rev() {
            let Some(told) = shown(self.views, self.asker, notice) else { continue };
            let followed = match &told.about {
                Shown::Conversation(row) => self.filter.admits(row.channel_id(), row.team_id()),
                // It lies in no number and no queue: who follows notices is told of it.
                Shown::Report { .. } => true,
            };
            if followed {
                let place = items.partition_point(|item| item.pos <= notice.pos);
                items.insert(place, Brief::new(self, notice.pos, Of::Notice(notice)));
            }
        }
    }

    fn plain(&self, event: &'a Arc<Happened>, row: Option<Row>) -> Brief<'a> {
        Brief::new(self, event.recorded.pos, Of::Event { happened: event, row })
    }
}

/// The type under which notices go.
pub(super) const NOTICE_KIND: &str = "notification.created";

fn reason(event: &Event) -> Reason {
    match event {
        Event::ConversationOpened(_) => Reason::Opened,
        Event::CollaboratorAdded(_) | Event::CollaboratorRemoved(_) | Event::ConversationResolved(_) => {
            Reason::Collaboration
        }
        _ => Reason::Reassigned,
    }
}

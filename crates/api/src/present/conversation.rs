//! Rows of the inbox.

use std::sync::Arc;

use app::Desk;
use app::live::Seen;
use domain::content::Content;
use domain::conversation::{Origin, Priority as DomainPriority, Status, WINDOW_MARGIN};
use domain::event::{Event, Recorded};
use domain::ids;
use domain::sla::book::Standing;
use domain::time::Timestamp;
use projections::Views;
use projections::inbox::{Row, Window};

use crate::dto::conversation::*;
use crate::dto::csat::ConversationCsat;
use crate::dto::message::Direction;

/// Characters of a preview at most.
const PREVIEW_CHARS: usize = 200;

/// A row as `viewer` sees it.
pub(crate) fn conversation(desk: &Desk, row: &Row, viewer: ids::UserId) -> Conversation {
    let (unread, mentions) = desk.view(|views| {
        let unread = views.inbox.unread_count(row.id(), viewer);
        (unread, views.attention.unread_mentions(viewer, row.id()))
    });
    Conversation { unread_count: small(unread), mentions_unread: small(mentions), ..same_for_all(desk, row) }
}

/// The same from what is known already.
pub(crate) fn seen(desk: &Desk, seen: &Seen) -> Conversation {
    Conversation {
        unread_count: small(seen.unread),
        mentions_unread: small(seen.mentions_unread),
        ..same_for_all(desk, &seen.row)
    }
}

/// A row without what is particular to its reader: nothing unread.
pub(crate) fn same_for_all(desk: &Desk, row: &Row) -> Conversation {
    let known = Known::of(desk, row);
    let newest = desk.last_message(row);
    let courtesy = newest.as_deref().is_some_and(is_courtesy) && row.status() == Status::Resolved;
    Conversation {
        id: row.id().into(),
        version: row.version().into(),
        number: row.number().into(),
        channel_id: row.channel_id().into(),
        brand_id: row.brand_id().into(),
        contact: ContactSummary { id: known.contact.into(), name: desk.contact_name(known.contact) },
        origin: origin(row.origin()),
        campaign_id: known.campaign.map(Into::into),
        status: status(row.status()),
        snoozed_until: row.snoozed_until().map(Into::into),
        priority: priority(row.priority()),
        assignee: row.assignee_id().map(|id| user_summary(desk, id)),
        team_id: row.team_id().map(Into::into),
        tags: known.tags,
        unread_count: 0,
        mentions_unread: 0,
        episode: row.episode(),
        created_at: row.created_at().into(),
        last_activity_at: row.last_activity_at().into(),
        waiting_since: row.waiting_since().map(Into::into),
        first_response_at: row.first_response_at().map(Into::into),
        resolved_at: row.resolved_at().map(Into::into),
        disposition: known.disposition.map(|word| word.to_string()),
        courtesy_after_resolve: courtesy,
        service_window: ServiceWindow {
            open: opens_at(known.now, known.window),
            expires_at: known.window.until.map(Into::into),
        },
        sla: known.sla.as_ref().map(super::sla::standing),
        csat: known.csat,
        bot: known.bot,
        last_message: newest.as_deref().and_then(message_summary),
    }
}

/// What the views know of a row beside it, looked up at once: a list shows many rows, and every look waits for its turn.
struct Known {
    now: Timestamp,
    contact: ids::ContactId,
    campaign: Option<ids::CampaignId>,
    tags: Vec<String>,
    disposition: Option<Arc<str>>,
    sla: Option<Standing>,
    csat: Option<ConversationCsat>,
    bot: ConversationBot,
    window: Window,
}

impl Known {
    fn of(desk: &Desk, row: &Row) -> Self {
        let now = desk.now();
        desk.view(|views| Self {
            now,
            contact: views.directory.contacts.resolve(row.contact_id()),
            campaign: views.campaigns.opened(row.id()),
            tags: views.inbox.tags(row).iter().map(|tag| tag.to_string()).collect(),
            disposition: views.inbox.disposition(row),
            sla: views.sla.state(row.id()),
            csat: super::csat::latest(views, row.id(), now),
            bot: bot(views, row),
            window: views.inbox.window(row),
        })
    }
}

fn bot(views: &Views, row: &Row) -> ConversationBot {
    let question = views.bot.open(row.id());
    ConversationBot {
        active: row.has_bot(),
        handoff_at: row.handed_off_at().map(Into::into),
        question_id: question.map(|(id, _)| id.into()),
        question_expires_at: question.map(|(_, until)| until.into()),
    }
}

/// With the same margin that sending applies, so that "open" means that a text is taken.
pub(crate) fn window_is_open(desk: &Desk, row: &Row) -> bool {
    opens_at(desk.now(), desk.view(|views| views.inbox.window(row)))
}

fn opens_at(now: Timestamp, window: Window) -> bool {
    window.until.is_some_and(|until| now + WINDOW_MARGIN < until)
}

pub(crate) fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The customer of a row, or the one who stands for them.
pub(crate) fn contact_summary(desk: &Desk, row: &Row) -> ContactSummary {
    let id = desk.view(|views| views.directory.contacts.resolve(row.contact_id()));
    ContactSummary { id: id.into(), name: desk.contact_name(id) }
}

pub(crate) fn user_summary(desk: &Desk, id: ids::UserId) -> UserSummary {
    UserSummary { id: id.into(), name: desk.user_name(id).unwrap_or_default() }
}

fn origin(origin: Origin) -> ConversationOrigin {
    match origin {
        Origin::Inbound => ConversationOrigin::Inbound,
        Origin::Outbound => ConversationOrigin::Outbound,
        Origin::Campaign => ConversationOrigin::Campaign,
        Origin::PhoneApp => ConversationOrigin::PhoneApp,
        Origin::History => ConversationOrigin::History,
    }
}

pub(crate) fn status(status: Status) -> ConversationStatus {
    match status {
        Status::Open => ConversationStatus::Open,
        Status::Pending => ConversationStatus::Pending,
        Status::Snoozed => ConversationStatus::Snoozed,
        Status::Resolved => ConversationStatus::Resolved,
    }
}

pub(crate) fn priority(priority: DomainPriority) -> Priority {
    match priority {
        DomainPriority::None => Priority::None,
        DomainPriority::Low => Priority::Low,
        DomainPriority::Normal => Priority::Normal,
        DomainPriority::High => Priority::High,
        DomainPriority::Urgent => Priority::Urgent,
    }
}

fn is_courtesy(recorded: &Recorded) -> bool {
    matches!(&recorded.event, Event::MessageReceived(event) if event.courtesy_after_resolve)
}

fn message_summary(recorded: &Recorded) -> Option<MessageSummary> {
    let (id, kind, direction, content) = match &recorded.event {
        Event::MessageReceived(event) => {
            (event.message_id, &event.kind, Direction::Inbound, event.private.as_ref().map(|it| &it.content))
        }
        Event::MessageEchoed(event) => {
            (event.message_id, &event.kind, Direction::Outbound, event.private.as_ref().map(|it| &it.content))
        }
        Event::MessageImported(event) => {
            let direction = if event.inbound { Direction::Inbound } else { Direction::Outbound };
            (event.message_id, &event.kind, direction, event.private.as_ref().map(|it| &it.content))
        }
        Event::MessageQueued(event) => {
            (event.message_id, &event.kind, Direction::Outbound, event.private.as_ref().map(|it| &it.content))
        }
        _ => return None,
    };
    Some(MessageSummary {
        id: id.into(),
        pos: recorded.pos.into(),
        direction,
        r#type: shortened(kind.as_str(), 64),
        preview: content.and_then(Content::preview).map(|text| shortened(text, PREVIEW_CHARS)),
        created_at: recorded.occurred_at.into(),
    })
}

/// The first characters of a text.
pub(crate) fn shortened(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(shortened("añadir 👍", 8), "añadir 👍");
        assert_eq!(shortened("añadir 👍", 2), "añ");
    }
}

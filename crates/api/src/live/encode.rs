//! From items to the text of a batch. What is the same for everybody is written once and kept: an event's own part, and a
//! conversation's row without its reader's two numbers. A thousand connections that see the same put these together.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use app::Desk;
use app::live::{Happened, Item, Reason, Seen, What};
use domain::content::Content;
use domain::event::{Event, StreamId};
use domain::ids::*;
use parking_lot::Mutex;
use projections::inbox::Row;
use projections::timeline::Entry;
use serde_json::Value;

use super::limits::{BATCH_BYTES_MAX, ITEM_BYTES_MAX};
use crate::dto::live::told::{EventData, LiveEvent, ScopeReason};
use crate::dto::message::Direction;
use crate::present;
use crate::present::conversation::shortened;

/// Characters of a preview.
const PREVIEW_CHARS: usize = 120;
/// Texts of events kept, whole and thin ones apart.
const EVENTS_KEPT: usize = 4_096;
/// Texts of rows kept.
const ROWS_KEPT: usize = 4_096;

/// Texts that many connections share.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    events: Mutex<HashMap<(u64, bool), Arc<str>>>,
    rows: Mutex<HashMap<ConversationId, Arc<RowText>>>,
    /// Where the newest erasure was seen: what was kept before it is not used.
    erased_pos: Mutex<u64>,
}

/// A row's text around its reader's numbers, and what it was made of.
#[derive(Debug)]
struct RowText {
    row: Row,
    made_of: MadeOf,
    head: String,
    tail: String,
}

/// What shows in a row beside its facts.
#[derive(Debug, PartialEq)]
struct MadeOf {
    contact: (ContactId, u64),
    assignee: Option<String>,
    window_open: bool,
}

/// A batch for one reader.
pub(crate) struct Encoder<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) cache: &'a Cache,
    /// Conversations of which they are told everything.
    pub(crate) open: &'a BTreeSet<ConversationId>,
}

impl Encoder<'_> {
    /// The batch after `prev`. When the items do not all fit it ends before one of them; gives the text and its position.
    pub(crate) fn batch(&self, prev: u64, items: &[Item], upto: u64) -> (String, u64) {
        let mut body = String::new();
        let mut pos = upto;
        let mut from = 0;
        while from < items.len() {
            // Items of one position stay together.
            let at = items[from].pos;
            let to = from + items[from..].iter().take_while(|item| item.pos == at).count();
            let before = body.len();
            for item in &items[from..to] {
                if !body.is_empty() {
                    body.push(',');
                }
                self.item(&mut body, item);
            }
            if body.len() > BATCH_BYTES_MAX && before > 0 {
                body.truncate(before);
                pos = items[from - 1].pos;
                break;
            }
            from = to;
        }
        let text = format!("{{\"type\":\"batch\",\"prev\":{prev},\"pos\":{pos},\"items\":[{body}]}}");
        (text, pos)
    }

    fn item(&self, out: &mut String, item: &Item) {
        match &item.what {
            What::Event { happened, conversation } => {
                out.push_str(&self.event(happened));
                self.conversation(out, conversation.as_ref());
                out.push_str("}}");
            }
            What::Notice(told) => {
                let notification = present::attention::notification(self.desk, told);
                let event = LiveEvent {
                    id: self.event_id(item.pos),
                    r#type: "notification.created".to_owned(),
                    time: told.notice.at.into(),
                    subject: format!("notifications/{}", told.notice.id),
                    actor: present::activity::actor(self.desk, told.notice.by),
                    correlationid: None,
                    data: EventData {
                        conversation_id: told.notice.conversation_id().map(Into::into),
                        notification: Some(Box::new(notification)),
                        ..EventData::default()
                    },
                    data_truncated: false,
                    href: None,
                    conversation: None,
                };
                out.push_str(&start_of(item.pos, &event));
                out.push_str("null}}");
            }
            What::Enter { conversation, reason } => {
                let (id, reason) = (conversation.row.id(), *reason);
                // Of what began before their eyes they have been told everything.
                let stale = reason != Reason::Opened;
                let reason = word(reason);
                let _ = write!(
                    out,
                    "{{\"kind\":\"enter\",\"pos\":{},\"resource\":\"conversation\",\"id\":\"{id}\",\"reason\":{reason},\
                     \"messages_stale\":{stale},\"snapshot\":",
                    item.pos
                );
                self.conversation(out, Some(conversation));
                out.push('}');
            }
            What::Leave { id, reason } => {
                let reason = word(*reason);
                let _ = write!(
                    out,
                    "{{\"kind\":\"leave\",\"pos\":{},\"resource\":\"conversation\",\"id\":\"{id}\",\"reason\":{reason}}}",
                    item.pos
                );
            }
        }
    }

    /// An event up to where its conversation stands.
    fn event(&self, happened: &Happened) -> Arc<str> {
        let recorded = &happened.recorded;
        if matches!(recorded.event, Event::ContactErased(_)) {
            self.cache.forget(recorded.pos);
        }
        let whole = match recorded.stream {
            StreamId::Conversation(id) => self.open.contains(&id),
            _ => false,
        };
        if let Some(text) = self.cache.events.lock().get(&(recorded.pos, whole)) {
            return text.clone();
        }
        let mut event = LiveEvent {
            id: self.event_id(recorded.pos),
            r#type: recorded.event.kind().to_owned(),
            time: recorded.occurred_at.into(),
            subject: subject(recorded.stream),
            actor: present::activity::actor(self.desk, recorded.actor),
            correlationid: happened.correlation_id.clone(),
            data: self.data(happened, whole),
            data_truncated: false,
            href: None,
            conversation: None,
        };
        let mut text = start_of(recorded.pos, &event);
        if text.len() > ITEM_BYTES_MAX {
            event.data_truncated = true;
            let (message, note) = (event.data.message_id, event.data.note_id);
            event.href = message.map(|id| format!("/v1/messages/{}", id.0));
            event.href = event.href.or_else(|| note.map(|id| format!("/v1/notes/{}/thread", id.0)));
            (event.data.message, event.data.note, event.data.activity) = (None, None, None);
            text = start_of(recorded.pos, &event);
        }
        let text: Arc<str> = text.into();
        let mut events = self.cache.events.lock();
        if events.len() >= EVENTS_KEPT {
            let keep = recorded.pos.saturating_sub(EVENTS_KEPT as u64 / 4);
            events.retain(|(pos, _), _| *pos >= keep);
            if events.len() >= EVENTS_KEPT {
                events.clear();
            }
        }
        events.insert((recorded.pos, whole), text.clone());
        text
    }

    fn event_id(&self, pos: u64) -> String {
        format!("{}:{pos}", self.desk.reader().log_id())
    }

    fn data(&self, happened: &Happened, whole: bool) -> EventData {
        let recorded = &happened.recorded;
        let facts: Value = serde_json::from_slice(&recorded.event.facts_json()).unwrap_or(Value::Null);
        let id = |field: &str| facts.get(field).and_then(Value::as_str);
        let mut data = EventData::default();
        match recorded.stream {
            StreamId::Conversation(conversation) => {
                data.conversation_id = Some(conversation.into());
                data.message_id = id("message_id").and_then(|id| id.parse::<MessageId>().ok()).map(Into::into);
                data.note_id = id("note_id").and_then(|id| id.parse::<NoteId>().ok()).map(Into::into);
                written(&recorded.event, &mut data);
                if whole {
                    self.whole(conversation, happened, &mut data);
                }
            }
            StreamId::Contact(contact) => {
                data.contact_id = Some(self.desk.view(|views| views.directory.contacts.resolve(contact)).into());
            }
            StreamId::User(user) => match &recorded.event {
                Event::NotificationRead(event) => {
                    data.notification_id = Some(event.notification_id.into());
                    data.older_too = Some(event.older_too);
                }
                _ => data.user = present::user::colleague(self.desk, user).map(Box::new),
            },
            _ => {}
        }
        data
    }

    /// The message, note or line of the timeline as it stands.
    fn whole(&self, conversation: ConversationId, happened: &Happened, data: &mut EventData) {
        let Ok(timeline) = self.desk.timeline_now(conversation) else { return };
        let note = data.note_id.and_then(|id| timeline.note(id.0));
        let message = data.message_id.and_then(|id| timeline.message(id.0));
        data.note = note.map(|note| Box::new(present::note::note(self.desk, conversation, note)));
        data.message = message.map(|message| Box::new(present::message::message(self.desk, message)));
        if data.note.is_none() && data.message.is_none() {
            let line = timeline.entries().iter().find_map(|entry| match entry {
                Entry::Activity(line) if line.version == happened.recorded.version => Some(line),
                Entry::Activity(_) | Entry::Message(_) | Entry::Note(_) => None,
            });
            data.activity = line.map(|line| Box::new(present::activity::activity(self.desk, line)));
        }
    }

    fn conversation(&self, out: &mut String, seen: Option<&Seen>) {
        let Some(seen) = seen else { return out.push_str("null") };
        let text = self.row(&seen.row);
        let (unread, mentions) = (seen.unread, seen.mentions_unread);
        let (head, tail) = (&text.head, &text.tail);
        let _ = write!(out, "{head}\"unread_count\":{unread},\"mentions_unread\":{mentions}{tail}");
    }

    fn row(&self, row: &Row) -> Arc<RowText> {
        let made_of = MadeOf {
            contact: self.desk.view(|views| {
                let contacts = &views.directory.contacts;
                let id = contacts.resolve(row.contact_id());
                (id, contacts.get(id).map_or(0, |contact| contact.version()))
            }),
            assignee: row.assignee_id().and_then(|id| self.desk.user_name(id)),
            window_open: present::conversation::window_is_open(self.desk, row),
        };
        if let Some(text) = self.cache.rows.lock().get(&row.id())
            && text.row == *row
            && text.made_of == made_of
        {
            return text.clone();
        }
        let shown = present::conversation::same_for_all(self.desk, row);
        let text = serde_json::to_string(&shown).unwrap_or_default();
        let (head, tail) = text.split_once(NOTHING_UNREAD).unwrap_or((&text, ""));
        let text = Arc::new(RowText { row: *row, made_of, head: head.to_owned(), tail: tail.to_owned() });
        let mut rows = self.cache.rows.lock();
        if rows.len() >= ROWS_KEPT {
            rows.clear();
        }
        rows.insert(row.id(), text.clone());
        text
    }
}

/// Where a row's text is cut. A quoted text inside it has its quotes escaped and so never looks like this.
const NOTHING_UNREAD: &str = "\"unread_count\":0,\"mentions_unread\":0";

impl Cache {
    /// An erasure passed: texts from before it may hold what is gone.
    fn forget(&self, pos: u64) {
        let mut erased = self.erased_pos.lock();
        if *erased < pos {
            *erased = pos;
            self.events.lock().clear();
            self.rows.lock().clear();
        }
    }
}

/// `{"kind":"event",…,"conversation":`
fn start_of(pos: u64, event: &LiveEvent) -> String {
    let text = serde_json::to_string(event).unwrap_or_default();
    // `conversation` is the last field, and null.
    let start = text.strip_suffix("null}").unwrap_or(&text);
    format!("{{\"kind\":\"event\",\"pos\":{pos},\"event\":{start}")
}

fn word(reason: Reason) -> String {
    let reason = match reason {
        Reason::Opened => ScopeReason::Opened,
        Reason::Reassigned => ScopeReason::Reassigned,
        Reason::Collaboration => ScopeReason::Collaboration,
    };
    serde_json::to_string(&reason).unwrap_or_default()
}

/// What a list shows of a new message or note.
fn written(event: &Event, data: &mut EventData) {
    let (direction, kind, content) = match event {
        Event::MessageReceived(event) => {
            (Direction::Inbound, &event.kind, event.private.as_ref().map(|private| &private.content))
        }
        Event::MessageEchoed(event) => {
            (Direction::Outbound, &event.kind, event.private.as_ref().map(|private| &private.content))
        }
        Event::MessageImported(event) => {
            let direction = if event.inbound { Direction::Inbound } else { Direction::Outbound };
            (direction, &event.kind, event.private.as_ref().map(|private| &private.content))
        }
        Event::MessageScheduled(event) => {
            data.client_ref.clone_from(&event.client_ref);
            (Direction::Outbound, &event.kind, event.private.as_ref().map(|private| &private.content))
        }
        Event::MessageQueued(event) => {
            data.client_ref.clone_from(&event.client_ref);
            (Direction::Outbound, &event.kind, event.private.as_ref().map(|private| &private.content))
        }
        Event::NoteAdded(event) => {
            data.preview = event.private.as_ref().map(|private| shortened(&private.body, PREVIEW_CHARS));
            return;
        }
        Event::NoteEdited(event) => {
            data.preview = event.private.as_ref().map(|private| shortened(&private.body, PREVIEW_CHARS));
            return;
        }
        _ => return,
    };
    data.direction = Some(direction);
    data.message_type = Some(shortened(kind.as_str(), 64));
    data.preview = content.and_then(Content::preview).map(|text| shortened(text, PREVIEW_CHARS));
}

/// The path of what an event is about, below `/v1/`.
fn subject(stream: StreamId) -> String {
    match stream {
        StreamId::Workspace => "workspace".to_owned(),
        StreamId::Audit => "audit-log".to_owned(),
        StreamId::User(id) => format!("users/{id}"),
        StreamId::Team(id) => format!("teams/{id}"),
        StreamId::Role(id) => format!("roles/{id}"),
        StreamId::Invite(id) => format!("invites/{id}"),
        StreamId::ApiKey(id) => format!("api-keys/{id}"),
        StreamId::Brand(id) => format!("brands/{id}"),
        StreamId::Channel(id) => format!("channels/{id}"),
        StreamId::Contact(id) => format!("contacts/{id}"),
        StreamId::Conversation(id) => format!("conversations/{id}"),
        StreamId::Media(id) => format!("media/{id}"),
        StreamId::Quarantine(id) => format!("quarantine/{id}"),
        StreamId::BusinessHours(id) => format!("business-hours/{id}"),
        StreamId::RoutingRule(id) => format!("routing-rules/{id}"),
        StreamId::SlaPolicy(id) => format!("sla-policies/{id}"),
        StreamId::Queue(id) => format!("queues/{id}"),
        StreamId::BulkJob(id) => format!("bulk-jobs/{id}"),
        StreamId::ReportExport(id) => format!("report-exports/{id}"),
        StreamId::ScheduledReport(id) => format!("scheduled-reports/{id}"),
        StreamId::CoachingNote(id) => format!("coaching-notes/{id}"),
        StreamId::AutomationRule(id) => format!("automation-rules/{id}"),
        StreamId::Article(id) => format!("kb/articles/{id}"),
        StreamId::CannedReply(id) => format!("canned-replies/{id}"),
        StreamId::Macro(id) => format!("macros/{id}"),
        StreamId::Segment(id) => format!("segments/{id}"),
        StreamId::Campaign(id) => format!("campaigns/{id}"),
        StreamId::ContactImport(id) => format!("contact-imports/{id}"),
        StreamId::CsatSurvey(id) => format!("csat-surveys/{id}"),
    }
}

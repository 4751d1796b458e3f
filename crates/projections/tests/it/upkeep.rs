//! Timers, files, quarantine, merges, sessions, templates: what workers and administrators look at.

use std::collections::BTreeSet;

use domain::access::Role;
use domain::account;
use domain::channel;
use domain::contact::merge;
use domain::content::{Content, MessageKind};
use domain::conversation::Status;
use domain::event::media::{MediaFailed, MediaStored, StoredFile};
use domain::event::user::{Device, SessionEnd};
use domain::event::workspace::QuarantineReason;
use domain::event::{Actor, SealKey, StreamId};
use domain::ids::*;
use domain::inbound::{Barred, Route, TemplateChange};
use domain::quarantine::{self, Unplaced};
use projections::media::{MediaOwner, MediaState};

use crate::desk::{Desk, message, minute};

#[test]
fn a_snooze_is_due_at_its_time_unless_the_customer_writes_first() {
    let mut desk = Desk::new();
    let (one, _) = desk.says(0, "c", "hello");
    let (two, _) = desk.says(0, "d", "hello");
    desk.status(1, desk.ana, one, Status::Snoozed, Some(30));
    desk.status(1, desk.ana, two, Status::Snoozed, Some(20));
    assert_eq!(desk.views.timers.next_due(), Some(minute(20)));
    assert_eq!(desk.views.timers.due(minute(19), 10), []);
    assert_eq!(desk.views.timers.due(minute(30), 10), [(minute(20), two), (minute(30), one)]);
    assert_eq!(desk.views.timers.due(minute(30), 1).len(), 1);
    desk.says(10, "d", "one more thing");
    assert_eq!(desk.views.timers.due(minute(30), 10), [(minute(30), one)]);
    desk.status(11, desk.ana, one, Status::Snoozed, Some(90));
    assert_eq!(desk.views.timers.next_due(), Some(minute(90)));
    desk.resolves(12, desk.ana, one);
    assert!(desk.views.timers.is_empty());
}

/// A photo from the customer.
fn photo(desk: &mut Desk, at: i64, who: &str) -> (ConversationId, MessageId, MediaId) {
    let body = serde_json::json!({"id": "4711", "mime_type": "image/jpeg"});
    let content = Content { kind: MessageKind::Image, body };
    let wamid = format!("wamid.photo.{at}");
    let (id, message) = desk.customer_message(at, message(who, &wamid, minute(at), content)).unwrap();
    let media = desk.timeline(id).message(message).unwrap().media_id.unwrap();
    (id, message, media)
}

fn file() -> StoredFile {
    StoredFile { content_id: "ab".repeat(16), seal: SealKey(1), size: 12, mime: "image/jpeg".to_owned() }
}

#[test]
fn a_customers_file_is_fetched_and_found_by_its_conversation() {
    let mut desk = Desk::new();
    let (id, message_id, media_id) = photo(&mut desk, 0, "c");
    let fetch = *desk.views.media.pending_fetch(media_id).unwrap();
    assert_eq!((fetch.conversation_id, fetch.message_id, fetch.requested_at), (id, message_id, minute(0)));
    assert_eq!(desk.views.media.get(media_id).unwrap().state, MediaState::Pending);
    desk.run(1, Actor::System, |step| {
        let event = MediaStored { media_id, conversation_id: id, message_id, file: file() };
        step.emit(StreamId::Conversation(id), event);
    });
    let entry = *desk.views.media.get(media_id).unwrap();
    assert_eq!(entry.state, MediaState::Stored { pos: desk.views.position() });
    assert_eq!(entry.owner, MediaOwner::Conversation(id));
    assert_eq!(desk.views.media.pending().count(), 0);
    assert_eq!(desk.views.media.only_in(&BTreeSet::from([id])), [media_id]);
    let version = desk.timeline(id).conversation.version;
    assert_eq!(desk.views.inbox.get(id).unwrap().version(), version, "files move the conversation's version");
}

#[test]
fn a_file_that_will_not_come_is_not_asked_for_again() {
    let mut desk = Desk::new();
    let (id, message_id, media_id) = photo(&mut desk, 0, "c");
    desk.run(1, Actor::System, |step| {
        let event = MediaFailed { media_id, conversation_id: id, message_id, reason: "gone".to_owned() };
        step.emit(StreamId::Conversation(id), event);
    });
    assert_eq!(desk.views.media.get(media_id).unwrap().state, MediaState::Failed { pos: desk.views.position() });
    assert_eq!(desk.views.media.pending().count(), 0);
}

#[test]
fn quarantined_items_wait_until_they_are_placed_or_dismissed() {
    let mut desk = Desk::new();
    for field in ["messages", "smb_message_echoes"] {
        let item = Unplaced {
            reason: QuarantineReason::UnknownNumber,
            field: field.to_owned(),
            detail: None,
            channel_id: None,
            route: Route::Number("999".to_owned()),
            raw: format!("{{\"field\":\"{field}\"}}"),
        };
        desk.run(0, Actor::Provider, |step| quarantine::add(step, &item));
    }
    let items: Vec<_> = desk.views.quarantine.iter().map(|item| (item.id, item.field.clone())).collect();
    assert_eq!(items.iter().map(|(_, field)| field.as_str()).collect::<Vec<_>>(), ["messages", "smb_message_echoes"]);
    assert_eq!(desk.views.quarantine.after(Some(items[0].0)).count(), 1);
    desk.run(1, Actor::System, |step| quarantine::dismiss(step, items[0].0)).unwrap();
    desk.run(1, Actor::System, |step| quarantine::reinterpreted(step, items[1].0)).unwrap();
    assert!(desk.views.quarantine.is_empty());
}

#[test]
fn a_merged_contact_stands_behind_the_winner_until_undone() {
    let mut desk = Desk::new();
    let (one, _) = desk.says(0, "c", "hello");
    let (two, _) = desk.says(0, "d", "hello");
    let (winner, loser) = (desk.contact_of(one), desk.contact_of(two));
    let id = desk.run(1, Actor::System, |step| merge::merge(step, winner, loser)).unwrap();
    let contacts = &desk.views.directory.contacts;
    assert_eq!((contacts.resolve(loser), contacts.resolve(winner)), (winner, winner));
    assert_eq!(contacts.group(winner), [winner, loser].into());
    assert_eq!(contacts.merge(id).unwrap().loser, loser);
    desk.run(2, Actor::System, |step| merge::undo(step, id)).unwrap();
    let contacts = &desk.views.directory.contacts;
    assert_eq!((contacts.resolve(loser), contacts.group(winner).len(), contacts.merge(id)), (loser, 1, None));
}

#[test]
fn sessions_are_listed_while_they_run() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let device = || Device { device_name: Some("phone".to_owned()), address: None };
    let mut log_in = |at: i64, token: &str| {
        let token = token.to_owned();
        desk.run(at, Actor::User(ana), |step| account::log_in(step, ana, token, device())).unwrap()
    };
    let first = log_in(0, "aa");
    let second = log_in(1, "bb");
    let listed = |desk: &Desk, at| -> Vec<SessionId> {
        desk.views.directory.users.sessions_of(ana, minute(at)).map(|session| session.id).collect()
    };
    assert_eq!(listed(&desk, 2), [first, second]);
    assert_eq!(desk.views.directory.users.get(ana).unwrap().last_sign_in_at, Some(minute(1)));
    desk.run(2, Actor::User(ana), |step| account::log_out(step, first, SessionEnd::Logout));
    assert_eq!(listed(&desk, 2), [second]);
    assert_eq!(listed(&desk, 60 * 24 * 400), [], "sessions run out");
    let root = desk.user("Root", Role::SuperAdmin);
    let by = desk.principal(root);
    desk.run(3, Actor::User(root), |step| {
        account::change_role(step, &by, ana, Role::Admin, None)?;
        Ok::<_, domain::rejection::Rejection>(())
    })
    .unwrap();
    assert_eq!(desk.views.directory.users.get(ana).unwrap().role, Role::Admin);
    assert_eq!(desk.views.directory.users.active_with_role(Role::Agent), 1);
}

#[test]
fn a_templates_changes_add_up() {
    let mut desk = Desk::new();
    let change = |status: &str, reason: Option<&str>| TemplateChange {
        name: "order_update".to_owned(),
        language: "en_US".to_owned(),
        status: Some(status.to_owned()),
        reason: reason.map(str::to_owned),
        ..TemplateChange::default()
    };
    let quality = TemplateChange {
        name: "order_update".to_owned(),
        language: "en-US".to_owned(),
        quality: Some("YELLOW".to_owned()),
        ..TemplateChange::default()
    };
    for change in [change("REJECTED", Some("INVALID_FORMAT")), change("APPROVED", None), quality] {
        desk.run(0, Actor::Provider, |step| channel::change_template(step, "900", &change, None));
    }
    let templates = &desk.views.directory.templates;
    let entry = templates.by_name("900", "order_update", "en-US").unwrap();
    assert_eq!(entry.template.status.as_deref(), Some("APPROVED"));
    assert_eq!(entry.template.reason, None);
    assert_eq!(entry.template.quality.as_deref(), Some("YELLOW"));
    assert_eq!(templates.of_waba("900").count(), 1);
}

#[test]
fn a_numbers_health_is_what_was_told_last() {
    let mut desk = Desk::new();
    let id = desk.channel;
    let observed = domain::event::channel::ChannelHealthObserved {
        channel_id: Some(id),
        quality: Some("GREEN".to_owned()),
        throughput_mps: Some(1_000),
        business_initiated: Some(Barred::Until(minute(60))),
        ..Default::default()
    };
    desk.run(0, Actor::Provider, |step| channel::observe_health(step, id, observed)).unwrap();
    desk.run(1, Actor::System, |step| channel::observe_sending(step, id, false, Some(190))).unwrap();
    let health = desk.views.directory.channels.get(id).unwrap().health.clone();
    assert_eq!((health.quality.as_deref(), health.throughput_mps), (Some("GREEN"), Some(1_000)));
    assert_eq!((health.sending, health.code), (false, Some(190)));
    assert!(health.barred(minute(59)) && !health.barred(minute(60)));
    assert_eq!(desk.views.directory.channels.by_phone_number_id("105").map(|channel| channel.id), Some(id));
}

//! What people are told, and how reading it changes that.

use std::collections::{BTreeMap, BTreeSet};

use domain::content::Content;
use domain::conversation::add_note::{self, NewNote};
use domain::conversation::assign::{self, Assignment};
use domain::conversation::dispatch::{self, Outcome};
use domain::conversation::reply::Reply;
use domain::conversation::{Status, change_status, delete_note, edit_note, schedule};
use domain::event::Actor;
use domain::event::message::{AfterRefusal, Sender};
use domain::ids::*;
use domain::notification::{self, NotificationKind};
use expect_test::{Expect, expect};
use projections::Views;
use projections::attention::{About, MENTIONS_KEPT, NOTIFICATIONS_KEPT};

use crate::desk::{Desk, closed, minute, note, shown};

/// A user's notifications, newest first: minute, kind, what about, `*` for unread.
fn told(desk: &Desk, user: UserId, expected: &Expect) {
    let lines = desk.views.attention.notifications(user).map(|notice| {
        let about = match notice.about {
            About::Whole => "conversation",
            About::Note { .. } => "note",
            About::Message(_) => "message",
            About::Said { .. } => "words",
        };
        let unread = if notice.read_at.is_none() { "*" } else { "" };
        format!("{} {:?} {about}{unread}", shown(Some(notice.at)), notice.kind)
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

fn gives(desk: &mut Desk, at: i64, by: UserId, id: ConversationId, to: Option<UserId>) {
    let wanted = Assignment { assignee_id: to, ..Assignment::default() };
    desk.run(at, Actor::User(by), |step| assign::assign(step, id, &wanted)).unwrap();
}

fn writes(desk: &mut Desk, at: i64, by: UserId, id: ConversationId, new: &NewNote) -> NoteId {
    desk.run(at, Actor::User(by), |step| add_note::add(step, id, by, new)).unwrap()
}

fn edits(desk: &mut Desk, at: i64, by: UserId, note: NoteId, body: &str) {
    desk.run(at, Actor::User(by), |step| edit_note::edit(step, note, by, body, None)).unwrap();
}

fn reads(desk: &mut Desk, at: i64, user: UserId, notice: NotificationId, older_too: bool) {
    let about = desk.views.attention.notice(user, notice).expect("theirs").pos;
    desk.run(at, Actor::User(user), |step| notification::mark_read(step, user, notice, about, older_too)).unwrap();
}

#[test]
fn people_are_told_what_others_did_to_them_and_not_what_they_did_themselves() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (id, _) = desk.says(0, "lucia", "hello");
    gives(&mut desk, 1, ana, id, Some(ana));
    gives(&mut desk, 2, ana, id, Some(ben));
    let root = writes(&mut desk, 3, ana, id, &note(&format!("@[{ben}] yours, @[{ana}] mine")));
    writes(&mut desk, 4, ben, id, &NewNote { parent_id: Some(root), ..note("on it") });
    desk.status(5, ben, id, Status::Snoozed, Some(20));
    desk.run(20, Actor::System, |step| change_status::snooze_due(step, id)).unwrap();
    told(
        &desk,
        ben,
        &expect![[r#"
            20 SnoozeDue conversation*
            3 Mention note*
            2 Assigned conversation*"#]],
    );
    told(&desk, ana, &expect!["4 NoteReply note*"]);
}

#[test]
fn whose_message_for_later_could_not_be_queued_is_told() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let (id, _) = desk.says(0, "lucia", "hello");
    let content = Content::text("as promised");
    let wanted = Reply {
        conversation_id: id,
        sender: Sender::User(ana),
        content: content.clone(),
        reply_to_id: None,
        context_provider_id: None,
        client_ref: None,
        media_id: None,
        after_pos: None,
    };
    let plan = schedule::Plan { at: minute(2_000), cancel_if_customer_writes: false };
    let message = desk.run(1, Actor::User(ana), |step| schedule::schedule(step, &wanted, plan)).unwrap();
    let pos = desk.views.schedules.get(message).expect("it waits").written_pos;
    let written = schedule::Written { pos, content: Some(content), context_provider_id: None };
    desk.run(2_000, Actor::System, |step| schedule::due(step, message, written)).unwrap();
    told(&desk, ana, &expect!["2000 MessageFailed message*"]);
    assert_eq!(desk.timeline(id).message(message).unwrap().error.as_ref().unwrap().reason, "service_window_closed");
    assert_eq!(desk.views.schedules.next_due(), None);
}

#[test]
fn who_sent_what_failed_is_told() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (id, _) = desk.says(0, "lucia", "hello");
    let refused = desk.writes(1, ana, id, "one");
    let attempt = desk.started(1, refused);
    desk.refused(2, refused, attempt, AfterRefusal::Hold, None);
    let attempt = desk.started(3, refused);
    desk.refused(4, refused, attempt, AfterRefusal::Fail, None);
    let unsure = desk.writes(5, ana, id, "two");
    let attempt = desk.started(5, unsure);
    let lost = Outcome::Uncertain { reason: "timeout" };
    desk.run(6, Actor::System, |step| dispatch::finish(step, unsure, attempt, lost)).unwrap();
    let undelivered = desk.writes(7, ana, id, "three");
    let wamid = desk.sent(7, undelivered);
    desk.report(8, &wamid, "failed", 8);
    // What arrived after all failed nowhere.
    let arrived = desk.writes(9, ana, id, "four");
    let wamid = desk.sent(9, arrived);
    desk.report(10, &wamid, "delivered", 10);
    desk.report(11, &wamid, "failed", 11);
    told(
        &desk,
        ana,
        &expect![[r#"
            8 MessageFailed message*
            6 MessageFailed message*
            4 MessageFailed message*"#]],
    );
    // Whoever sends it again answers for it.
    desk.run(12, Actor::User(ben), |step| domain::conversation::reply::resend(step, unsure)).unwrap();
    let attempt = desk.started(12, unsure);
    desk.refused(13, unsure, attempt, AfterRefusal::Fail, None);
    told(&desk, ben, &expect!["13 MessageFailed message*"]);
}

#[test]
fn reading_a_conversation_reads_what_was_told_of_it_up_to_there() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (id, _) = desk.says(0, "lucia", "hello");
    let (other, _) = desk.says(0, "marco", "hello");
    gives(&mut desk, 1, ana, id, Some(ben));
    writes(&mut desk, 2, ana, other, &note(&format!("@[{ben}]")));
    let (_, message) = desk.says(3, "lucia", "still there?");
    writes(&mut desk, 4, ana, id, &note(&format!("@[{ben}] hurry")));
    desk.reads(5, ben, id, Some(message));
    told(
        &desk,
        ben,
        &expect![[r#"
            4 Mention note*
            2 Mention note*
            1 Assigned conversation"#]],
    );
    assert_eq!(desk.views.attention.unread_mentions(ben, id), 1);
    desk.reads(6, ben, id, None);
    assert_eq!(desk.views.attention.unread_mentions(ben, id), 0);
    assert_eq!(desk.views.attention.unread_mentions(ben, other), 1);
    assert_eq!(desk.views.attention.mentioned_in(ben), BTreeMap::from([(id, 0), (other, 1)]));
}

#[test]
fn one_is_read_or_everything_up_to_one_and_the_first_time_counts() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (id, _) = desk.says(0, "lucia", "hello");
    for at in 1..=4 {
        writes(&mut desk, at, ana, id, &note(&format!("@[{ben}] {at}")));
    }
    let ids: Vec<_> = desk.views.attention.notifications(ben).map(|notice| notice.id).collect();
    assert!(ids.is_sorted_by(|newer, older| newer > older), "ids sort like time");
    reads(&mut desk, 5, ben, ids[1], false);
    reads(&mut desk, 6, ben, ids[1], true);
    let read: Vec<_> = desk.views.attention.notifications(ben).map(|notice| shown(notice.read_at)).collect();
    assert_eq!(read, ["-", "5", "6", "6"]);
    assert_eq!(desk.views.attention.unread_mentions(ben, id), 1, "a mention is read with its notification");
    assert_eq!(desk.views.attention.notice(ana, ids[0]), None);
}

#[test]
fn who_does_not_want_to_be_told_is_not_and_finds_mentions_all_the_same() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (id, _) = desk.says(0, "lucia", "hello");
    let mute = |desk: &mut Desk, at, muted: &[NotificationKind]| {
        let muted: BTreeSet<_> = muted.iter().copied().collect();
        desk.run(at, Actor::User(ben), |step| notification::change_settings(step, ben, muted)).unwrap();
    };
    gives(&mut desk, 1, ana, id, Some(ben));
    mute(&mut desk, 2, &[NotificationKind::Mention, NotificationKind::Assigned]);
    let events = desk.log.events.len();
    mute(&mut desk, 2, &[NotificationKind::Assigned, NotificationKind::Mention]);
    assert_eq!(desk.log.events.len(), events, "what is so already is no event");
    writes(&mut desk, 3, ana, id, &note(&format!("@[{ben}]")));
    told(&desk, ben, &expect!["1 Assigned conversation*"]);
    assert_eq!(desk.views.attention.unread_mentions(ben, id), 1);
    let muted = desk.views.attention.mentions(ben).next().expect("kept").id;
    reads(&mut desk, 4, ben, muted, false);
    assert_eq!(desk.views.attention.unread_mentions(ben, id), 0);
    mute(&mut desk, 5, &[]);
    writes(&mut desk, 6, ana, id, &note(&format!("@[{ben}]")));
    told(
        &desk,
        ben,
        &expect![[r#"
            6 Mention note*
            1 Assigned conversation*"#]],
    );
}

#[test]
fn an_edit_tells_the_newly_named_and_unsays_the_rest() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let eva = desk.user("Eva", domain::access::Role::Agent);
    let (id, _) = desk.says(0, "lucia", "hello");
    let written = writes(&mut desk, 1, ana, id, &note(&format!("@[{ben}] look")));
    edits(&mut desk, 2, ana, written, &format!("@[{ben}] @[{eva}] look here"));
    told(&desk, ben, &expect!["1 Mention note*"]);
    told(&desk, eva, &expect!["2 Mention note*"]);
    let texts: Vec<_> = desk.views.attention.mentions(ben).chain(desk.views.attention.notifications(eva)).collect();
    let edited = desk.log.events.len() as u64;
    assert!(texts.iter().all(|notice| matches!(notice.about, About::Note { text_pos, .. } if text_pos == edited)));
    edits(&mut desk, 3, ana, written, &format!("@[{eva}] look here"));
    told(&desk, ben, &expect![""]);
    assert_eq!(desk.views.attention.mentions(ben).count(), 0);
    desk.run(4, Actor::User(ana), |step| delete_note::delete(step, written, ana, None)).unwrap();
    told(&desk, eva, &expect![""]);
    assert_eq!(desk.views.attention.mentions(eva).count(), 0);
}

#[test]
fn only_the_newest_are_kept() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (id, _) = desk.says(0, "lucia", "hello");
    for _ in 0..MENTIONS_KEPT + 3 {
        writes(&mut desk, 1, ana, id, &note(&format!("@[{ben}]")));
    }
    let attention = &desk.views.attention;
    let kept = (attention.notifications(ben).count(), attention.mentions(ben).count());
    assert_eq!(kept, (NOTIFICATIONS_KEPT, MENTIONS_KEPT));
    assert_eq!(attention.notifications(ben).next().expect("kept").pos, desk.log.events.len() as u64);
}

#[test]
fn what_is_told_needs_no_keys_and_is_the_same_after_a_restart() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let (id, _) = desk.says(0, "lucia", "hello");
    let root = writes(&mut desk, 1, ana, id, &note(&format!("@[{ben}] secret")));
    writes(&mut desk, 2, ben, id, &NewNote { parent_id: Some(root), ..note("answer") });
    let first = desk.views.attention.notifications(ben).next().expect("told").id;
    reads(&mut desk, 3, ben, first, false);
    let mut again = Views::default();
    desk.log.events.iter().for_each(|recorded| again.apply(&closed(recorded)));
    assert_eq!(again.digest(), desk.views.digest());
    assert!(again.attention.notice(ben, first).expect("still there").read_at.is_some());
    assert!(!format!("{:?}", again.attention).contains("secret"));
}

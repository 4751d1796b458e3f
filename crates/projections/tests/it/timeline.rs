//! Conversations as they are read.

use domain::content::{Content, MessageKind};
use domain::conversation::{Status, annotate, phone_app};
use domain::event::message::{AfterRefusal, Sender, Side};
use domain::event::{Actor, Recorded, StreamId};
use domain::ids::*;
use domain::inbound::{Author, CustomerMessage, HistoryMessage, Revoke};
use expect_test::{Expect, expect};
use projections::timeline::{ActivityKind, Entry, MessageFile, Timeline, TimelineMessage};

use crate::desk::{Desk, closed, message, minute, reaction, sender, shown};

/// One line an entry.
fn print(desk: &Desk, timeline: &Timeline) -> String {
    let line = |entry: &Entry| match entry {
        Entry::Message(message) => print_message(desk, message),
        Entry::Note(note) => format!(
            "note {}: {}",
            note.author_id.map_or("rule", |author| who(desk, author)),
            note.body.as_deref().unwrap_or("…")
        ),
        Entry::Activity(activity) => {
            let what = match &activity.kind {
                ActivityKind::SlaBreached { metric, .. } => format!("{} breached", metric.as_str()),
                ActivityKind::MacroRan(ran) => format!("macro ran, {} done", ran.outcomes.len()),
                ActivityKind::PromisesPaused { .. } => "promises paused".to_owned(),
                ActivityKind::PromisesResumed => "promises resumed".to_owned(),
                ActivityKind::SlaEscalated { metric, .. } => format!("{} escalated", metric.as_str()),
                ActivityKind::Opened { origin, .. } => format!("opened {origin:?}"),
                ActivityKind::Reopened { episode, cause } => format!("reopened {episode} {cause:?}"),
                ActivityKind::Resolved(resolved) => {
                    format!("resolved after {} min", resolved.res_total_ms.0 / 60_000)
                }
                ActivityKind::StatusChanged { to, until, .. } => format!("{} {}", to.as_str(), shown(*until)),
                ActivityKind::Assigned { assignee_id, .. } => {
                    format!("assigned {}", assignee_id.map_or("nobody", |id| who(desk, id)))
                }
                ActivityKind::PriorityChanged { priority } => format!("priority {priority:?}"),
                ActivityKind::Tagged { tag } => format!("tagged {tag}"),
                ActivityKind::Untagged { tag } => format!("untagged {tag}"),
                ActivityKind::CourtesyUndone { .. } => "courtesy undone".to_owned(),
                ActivityKind::AutomationRan(ran) => format!("rule ran, {} done", ran.outcomes.len()),
                ActivityKind::BotStarted { .. } => "bot started".to_owned(),
                ActivityKind::QuestionAnswered { title, .. } => format!("chose {title}"),
                ActivityKind::QuestionExpired { .. } => "question expired".to_owned(),
                ActivityKind::QuestionClosed { .. } => "question closed".to_owned(),
                ActivityKind::HandedOff { .. } => "handed off".to_owned(),
                ActivityKind::Call { event, .. } => format!("call {event}"),
                ActivityKind::Group { event, .. } => format!("group {event}"),
            };
            format!("{} {what}", shown(Some(activity.occurred_at)))
        }
    };
    timeline.entries().iter().map(line).collect::<Vec<_>>().join("\n")
}

fn who(desk: &Desk, id: UserId) -> &'static str {
    if id == desk.ana { "ana" } else { "ben" }
}

fn print_message(desk: &Desk, message: &TimelineMessage) -> String {
    use projections::timeline::Author;
    let author = match message.author {
        Author::Customer(_) => "customer",
        Author::User(id) => who(desk, id),
        Author::PhoneApp => "phone",
        Author::Rule(_) => "rule",
        Author::System => "system",
        Author::Campaign(_) => "campaign",
    };
    let text = message.content.as_ref().map_or("…".to_owned(), |content| {
        content.preview().map_or_else(|| format!("<{}>", content.kind), str::to_owned)
    });
    let mut line = format!("{} {author} {:?}: {text}", shown(Some(message.occurred_at)), message.status);
    let reactions: Vec<_> = message.reactions.iter().filter_map(|reaction| reaction.emoji.clone()).collect();
    if !reactions.is_empty() {
        line += &format!(" {}", reactions.join(""));
    }
    if let Some(at) = message.edited_at {
        line += &format!(" (edited {})", shown(Some(at)));
    }
    if let Some(revoked) = message.revoked {
        line += &format!(" (revoked {})", shown(Some(revoked.at)));
    }
    line
}

fn check(desk: &Desk, id: ConversationId, expected: Expect) {
    expected.assert_eq(&print(desk, &desk.timeline(id)));
}

#[test]
fn a_day_in_a_conversation() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "where is my parcel?");
    desk.assigns(1, id, Some(desk.ana));
    let ana = desk.ana;
    desk.run(2, Actor::User(ana), |step| {
        domain::conversation::add_note::add(step, id, ana, &crate::desk::note("carrier says **tomorrow**"))
    })
    .unwrap();
    let reply = desk.writes(3, ana, id, "it comes tomorrow");
    let wamid = desk.sent(3, reply);
    desk.report(4, &wamid, "sent", 3);
    desk.report(4, &wamid, "read", 4);
    desk.status(5, ana, id, Status::Snoozed, Some(60));
    desk.says(9, "c", "it is here");
    desk.run(10, Actor::User(ana), |step| domain::conversation::label::tag(step, id, "Delivered")).unwrap();
    desk.resolves(12, ana, id);
    desk.says(13, "c", "thanks");
    desk.says(20, "c", "but it is broken");
    check(
        &desk,
        id,
        expect![[r#"
        0 opened Inbound
        0 customer Received: where is my parcel?
        1 assigned ana
        note ana: carrier says **tomorrow**
        3 ana Read: it comes tomorrow
        5 snoozed 60
        9 open -
        9 customer Received: it is here
        10 tagged delivered
        12 resolved after 12 min
        13 customer Received: thanks
        20 reopened 2 CustomerMessage
        20 customer Received: but it is broken"#]],
    );
}

#[test]
fn the_past_can_be_read_as_it_was() {
    let mut desk = Desk::new();
    let (id, received) = desk.says(0, "c", "helo");
    let before = desk.log.events.len() as u64;
    let wamid = desk.wamid(received);
    desk.edits(2, 2, "c", &wamid, "hello");
    desk.resolves(3, desk.ana, id);
    let stream: Vec<&Recorded> = desk.log.stream(StreamId::Conversation(id)).collect();
    let then = Timeline::fold_until(stream, before, &|_| None).unwrap();
    expect![[r#"
        0 opened Inbound
        0 customer Received: helo"#]]
    .assert_eq(&print(&desk, &then));
    assert_eq!(then.position(), before);
    check(
        &desk,
        id,
        expect![[r#"
        0 opened Inbound
        0 customer Received: hello (edited 2)
        3 resolved after 3 min"#]],
    );
}

#[test]
fn of_several_reactions_the_newest_of_each_side_stands() {
    let mut desk = Desk::new();
    let (id, received) = desk.says(0, "c", "hello");
    let target = desk.wamid(received);
    desk.queue(1, Sender::User(desk.ana), id, reaction("👀", &target), Some(received)).unwrap();
    desk.reacts(2, "c", &target, Some("😀"));
    desk.reacts(3, "c", &target, Some("🎉"));
    check(
        &desk,
        id,
        expect![[r#"
        0 opened Inbound
        0 customer Received: hello 🎉👀
        1 ana Queued: <reaction>"#]],
    );
    let timeline = desk.timeline(id);
    let ours = timeline.message(received).unwrap().reactions.iter().find(|seen| seen.user_id.is_some()).unwrap();
    assert_eq!(ours.message_id, timeline.messages().last().map(|message| message.id));

    desk.reacts(4, "c", &target, None);
    desk.queue(5, Sender::User(desk.ana), id, reaction("", &target), Some(received)).unwrap();
    assert!(desk.timeline(id).message(received).unwrap().reactions.is_empty());
}

#[test]
fn our_reaction_that_failed_is_not_shown() {
    let mut desk = Desk::new();
    let (id, received) = desk.says(0, "c", "hello");
    let target = desk.wamid(received);
    let first = desk.queue(1, Sender::User(desk.ana), id, reaction("👀", &target), Some(received)).unwrap();
    desk.sent(1, first);
    let second = desk.queue(2, Sender::User(desk.ana), id, reaction("🎉", &target), Some(received)).unwrap();
    let attempt = desk.started(2, second);
    desk.refused(2, second, attempt, AfterRefusal::Fail, None);
    let timeline = desk.timeline(id);
    let emoji = &timeline.message(received).unwrap().reactions[0].emoji;
    assert_eq!(emoji.as_deref(), Some("👀"));
    // Nobody waits less for a reaction.
    assert_eq!(desk.figures(id).waiting_since, Some(minute(0)));
}

#[test]
fn edits_count_by_the_providers_time_and_the_original_is_kept() {
    let mut desk = Desk::new();
    let (id, received) = desk.says(0, "c", "helo");
    let target = desk.wamid(received);
    desk.edits(9, 5, "c", &target, "hello!");
    desk.edits(9, 4, "c", &target, "hello");
    check(
        &desk,
        id,
        expect![[r#"
        0 opened Inbound
        0 customer Received: hello! (edited 5)"#]],
    );
    let timeline = desk.timeline(id);
    let message = timeline.message(received).unwrap();
    assert_eq!(message.original.as_ref().and_then(Content::preview), Some("helo"));
    assert_eq!(message.edits.len(), 2);
}

#[test]
fn annotations_that_came_before_their_message_are_found() {
    let mut desk = Desk::new();
    desk.reacts(1, "c", "wamid.later", Some("👍"));
    desk.edits(3, 2, "c", "wamid.later", "corrected");
    let (id, received) =
        desk.customer_message(4, message("c", "wamid.later", minute(0), Content::text("original"))).unwrap();
    check(
        &desk,
        id,
        expect![[r#"
        0 opened Inbound
        0 customer Received: corrected 👍 (edited 2)"#]],
    );
    let timeline = desk.timeline(id);
    assert_eq!(timeline.conversation.version, timeline.entries().last().unwrap().version());
    let state = &timeline.conversation.messages[&received];
    assert_eq!((state.edited_at, state.reacted_at.len()), (Some(minute(2)), 1));
}

#[test]
fn a_message_taken_back_says_so() {
    let mut desk = Desk::new();
    let (id, received) = desk.says(0, "c", "oops");
    let revoke = Revoke {
        provider_id: "wamid.revoke".to_owned(),
        target_provider_id: desk.wamid(received),
        at: minute(1),
        by: Author::Customer(sender("c")),
    };
    let channel = desk.channel;
    desk.run(1, Actor::Provider, |step| annotate::revoke(step, channel, &revoke));
    check(
        &desk,
        id,
        expect![[r#"
        0 opened Inbound
        0 customer Received: oops (revoked 1)"#]],
    );
    assert_eq!(desk.timeline(id).message(received).unwrap().revoked.unwrap().by, Side::Customer);
}

#[test]
fn imported_history_is_read_in_the_order_it_was_written_before_everything_else() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let channel = desk.channel;
    for (at, inbound, text) in [(-100, true, "second"), (-200, false, "first"), (-50, true, "third")] {
        let item = HistoryMessage {
            with: sender("c"),
            inbound,
            provider_id: format!("wamid.old.{at}"),
            at: minute(at),
            content: Content::text(text),
            status: (!inbound).then(|| "read".to_owned()),
        };
        desk.run(5, Actor::Provider, |step| phone_app::import(step, channel, &item)).unwrap();
    }
    check(
        &desk,
        id,
        expect![[r#"
        -200 phone Read: first
        -100 customer Received: second
        -50 customer Received: third
        0 opened Inbound
        0 customer Received: hello"#]],
    );
    let timeline = desk.timeline(id);
    for (index, entry) in timeline.entries().iter().enumerate() {
        assert_eq!(timeline.before(Some(entry.place())).len(), index);
        assert_eq!(timeline.after(Some(entry.place())), &timeline.entries()[index + 1..]);
    }
    assert_eq!((timeline.before(None), timeline.after(None)), (timeline.entries(), timeline.entries()));
    let row = desk.views.inbox.get(id).unwrap();
    assert_eq!((shown(row.waiting_since()), shown(row.last_message_at())), ("0".to_owned(), "0".to_owned()));
}

#[test]
fn the_live_copy_of_an_imported_message_takes_its_place_with_what_was_said_about_it() {
    let mut desk = Desk::new();
    let channel = desk.channel;
    let item = HistoryMessage {
        with: sender("c"),
        inbound: true,
        provider_id: "wamid.both".to_owned(),
        at: minute(-1),
        content: Content::text("hello"),
        status: None,
    };
    let place = desk.run(0, Actor::Provider, |step| phone_app::import(step, channel, &item)).unwrap();
    desk.reacts(1, "c", "wamid.both", Some("🙏"));
    let live = message("c", "wamid.both", minute(-1), Content::text("hello"));
    assert_eq!(desk.customer_message(2, live), Some((place.conversation_id, place.message_id)));
    check(
        &desk,
        place.conversation_id,
        expect![[r#"
        -1 opened History
        -1 reopened 2 CustomerMessage
        -1 customer Received: hello 🙏"#]],
    );
    let row = desk.views.inbox.get(place.conversation_id).unwrap();
    assert_eq!((row.status(), shown(row.waiting_since())), (Status::Open, "-1".to_owned()));
    assert_eq!(desk.views.inbox.unread_count(row.id(), desk.ana), 1);
}

#[test]
fn a_missing_attachment_of_the_history_is_filled_in() {
    let mut desk = Desk::new();
    let channel = desk.channel;
    let placeholder = Content { kind: MessageKind::MediaPlaceholder, body: serde_json::Value::Null };
    let item = HistoryMessage {
        with: sender("c"),
        inbound: true,
        provider_id: "wamid.photo".to_owned(),
        at: minute(-100),
        content: placeholder,
        status: None,
    };
    let place = desk.run(0, Actor::Provider, |step| phone_app::import(step, channel, &item)).unwrap();
    let photo = Content { kind: MessageKind::Image, body: serde_json::json!({"id": "77", "caption": "the parcel"}) };
    desk.run(1, Actor::Provider, |step| annotate::complete_history(step, channel, "wamid.photo", &photo));
    check(
        &desk,
        place.conversation_id,
        expect![[r#"
        -100 opened History
        -100 customer Received: the parcel"#]],
    );
    let timeline = desk.timeline(place.conversation_id);
    let message = timeline.message(place.message_id).unwrap();
    assert_eq!((&message.kind, message.edits.len(), message.original.is_none()), (&MessageKind::Image, 0, true));
    assert_eq!(message.file, Some(MessageFile::Pending));
    assert_eq!(desk.views.media.pending().map(|fetch| Some(fetch.media_id)).collect::<Vec<_>>(), [message.media_id]);
}

#[test]
fn context_and_quotes_are_shown() {
    let mut desk = Desk::new();
    let (id, first) = desk.says(0, "c", "one");
    let answer = desk.queue(1, Sender::User(desk.ana), id, Content::text("to that"), Some(first)).unwrap();
    let context = domain::inbound::MessageContext {
        quoted_provider_id: Some(desk.wamid(first)),
        forwarded: true,
        ..Default::default()
    };
    let quoting = CustomerMessage {
        context: Some(context),
        ..message("c", "wamid.quote", minute(2), Content::text("as I said"))
    };
    let (_, quote) = desk.customer_message(2, quoting).unwrap();
    let timeline = desk.timeline(id);
    assert_eq!(timeline.message(answer).unwrap().reply_to_id, Some(first));
    let quote = timeline.message(quote).unwrap();
    assert_eq!(quote.reply_to_id, Some(first));
    assert!(quote.context.as_ref().unwrap().forwarded);
}

#[test]
fn without_the_key_the_shape_stays_and_the_words_are_gone() {
    let mut desk = Desk::new();
    let (id, received) = desk.says(0, "c", "secret");
    let target = desk.wamid(received);
    desk.edits(1, 1, "c", &target, "more secret");
    desk.reacts(2, "c", &target, Some("😀"));
    let ana = desk.ana;
    desk.run(2, Actor::User(ana), |step| {
        domain::conversation::add_note::add(step, id, ana, &crate::desk::note("private"))
    })
    .unwrap();
    let reply = desk.writes(3, ana, id, "hello");
    desk.sent(3, reply);
    let erased: Vec<Recorded> = desk.log.stream(StreamId::Conversation(id)).map(closed).collect();
    let timeline = Timeline::fold(&erased, &|pos| desk.log.at(pos).map(|recorded| closed(&recorded))).unwrap();
    expect![[r#"
        0 opened Inbound
        0 customer Received: … (edited 1)
        note ana: …
        3 ana Accepted: …"#]]
    .assert_eq(&print(&desk, &timeline));
    assert!(timeline.messages().all(|message| message.content.is_none() && message.provider_message_id.is_none()));
}

#[test]
fn a_stream_that_does_not_begin_at_its_beginning_is_none() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let tail: Vec<&Recorded> = desk.log.stream(StreamId::Conversation(id)).skip(1).collect();
    assert!(Timeline::fold(tail, &|_| None).is_none());
}

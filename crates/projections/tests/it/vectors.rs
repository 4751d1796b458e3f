//! The test vectors of the product's definitions, one test each, by their numbers. Minutes; C customer, A and A2 agents, B bot,
//! R resolve.

use domain::access::{Role, Walls};
use domain::campaign::*;
use domain::content::{Content, MessageKind};
use domain::conversation::assign::{Assignment, assign};
use domain::conversation::{Status, change_status};
use domain::csat::Survey;
use domain::event::message::Sender;
use domain::event::{Actor, Event, StreamId};
use domain::ids::*;
use domain::inbound::TemplateChange;
use domain::message::DeliveryStatus;
use domain::queue::QueueId;
use domain::sla::{CancelReason, End, Metric, Pausing};
use domain::team::{self, NewTeam};
use domain::time::{Millis, Timestamp};

use crate::csat::asks;
use crate::delivery::history;
use crate::desk::{Desk, minute, shown, target};
use crate::figures::{agrees, answered, frt, office};

const WEEK: i64 = 7 * 24 * 60;

/// What became of a promise of five minutes that was kept after seven.
const LATE: [&str; 2] = ["breached at 5", "fulfilled at 7, margin -120 s"];

/// What the log says became of a conversation's promises.
fn became(desk: &Desk, id: ConversationId) -> Vec<String> {
    let minutes = |at: Timestamp| shown(Some(at));
    let line = |event: &Event| match event {
        Event::SlaBreached(event) => Some(format!("breached at {}", minutes(event.at))),
        Event::SlaFulfilled(event) => Some(format!("fulfilled at {}, margin {} s", minutes(event.at), event.margin_s)),
        _ => None,
    };
    desk.log.stream(StreamId::Conversation(id)).filter_map(|recorded| line(&recorded.event)).collect()
}

/// A template went out at minute 0 to somebody whose earlier matter is long settled.
fn written_to(sender: impl Fn(&Desk) -> Sender) -> (Desk, ConversationId) {
    let mut desk = Desk::new();
    let approved = TemplateChange {
        name: "spring".to_owned(),
        language: "en".to_owned(),
        status: Some("APPROVED".to_owned()),
        ..TemplateChange::default()
    };
    desk.run(-50, Actor::Provider, |step| domain::channel::change_template(step, "900", &approved, None));
    let (id, _) = desk.says(-WEEK, "c", "hello");
    desk.resolves(1 - WEEK, desk.ana, id);
    desk.status(-1, desk.ana, id, Status::Open, None);
    let body = serde_json::json!({"name": "spring", "language": {"code": "en"}});
    let (sender, content) = (sender(&desk), Content { kind: MessageKind::Template, body });
    desk.queue(0, sender, id, content, None).unwrap();
    (desk, id)
}

#[test]
fn vector_01_the_first_reply_is_the_first_response_and_ends_the_wait() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    assert_eq!(desk.figures(id).waiting_since, Some(minute(0)));
    desk.writes(5, desk.ana, id, "hi");
    let figures = desk.figures(id);
    assert_eq!(frt(figures.current()), Some(5));
    assert_eq!(figures.waiting_since, None);
    agrees(&desk, &figures);
}

#[test]
fn vector_02_further_customer_messages_do_not_move_the_wait() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.says(3, "c", "are you there?");
    desk.says(9, "c", "please");
    assert_eq!(desk.figures(id).waiting_since, Some(minute(0)));
    desk.writes(10, desk.ana, id, "hi");
    let figures = desk.figures(id);
    assert_eq!(frt(figures.current()), Some(10));
    assert_eq!((figures.current().customer_messages, figures.current().human_messages), (3, 1));
}

#[test]
fn vector_03_a_note_answers_nobody() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let ana = desk.ana;
    desk.run(2, domain::event::Actor::User(ana), |step| {
        domain::conversation::add_note::add(step, id, ana, &crate::desk::note("look at the order"))
    })
    .unwrap();
    assert_eq!(desk.figures(id).waiting_since, Some(minute(0)));
    desk.writes(10, desk.ana, id, "hi");
    assert_eq!(answered(&desk, id), Some(10));
}

#[test]
fn vector_04_what_the_bot_took_is_not_the_agents() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.queue(0, Sender::System, id, Content::text("what is your order's number?"), None).unwrap();
    let waiting = desk.figures(id);
    assert_eq!((waiting.waiting_since, waiting.waiting_any_since), (Some(minute(0)), None));
    desk.hands_off(6, id);
    desk.writes(10, desk.ana, id, "hi");
    let figures = desk.figures(id);
    assert_eq!((frt(figures.current()), figures.current().frt_agent), (Some(10), Some(Millis::minutes(4))));
    assert_eq!(figures.current().handed_off_at, Some(minute(6)));
    agrees(&desk, &figures);
}

#[test]
fn vector_05_each_episode_has_its_own_first_response() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.queue(0, Sender::System, id, Content::text("read our help page"), None).unwrap();
    desk.resolves(0, desk.ben, id);
    desk.says(60, "c", "it does not help");
    desk.writes(62, desk.ana, id, "let me see");
    let figures = desk.figures(id);
    assert_eq!(figures.episodes.iter().map(frt).collect::<Vec<_>>(), [None, Some(2)]);
    assert!(figures.episodes[0].resolution.as_ref().unwrap().unanswered);
    agrees(&desk, &figures);
}

#[test]
fn vector_06_a_snooze_does_not_stop_the_clock() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.status(1, desk.ana, id, Status::Snoozed, Some(50));
    desk.run(50, domain::event::Actor::System, |step| domain::conversation::change_status::snooze_due(step, id))
        .unwrap();
    desk.writes(51, desk.ana, id, "hi");
    assert_eq!(answered(&desk, id), Some(51));
}

#[test]
fn vector_07_resolved_without_a_reply_is_unanswered() {
    let mut desk = Desk::new();
    desk.promises_of(vec![target(Metric::FirstResponse, 5, &[])]);
    let (id, _) = desk.says(0, "c", "hello");
    desk.resolves(2, desk.ana, id);
    let figures = desk.figures(id);
    let resolution = figures.current().resolution.clone().unwrap();
    assert_eq!(frt(figures.current()), None);
    assert!(resolution.unanswered);
    assert_eq!(resolution.resolved_by, domain::event::Actor::User(desk.ana));
    assert_eq!(figures.waiting_since, None);
    let promise = desk.promise(id, Metric::FirstResponse);
    assert!(matches!(promise.end, Some(End::Cancelled { reason: CancelReason::Resolved, .. })));
    let day = domain::calendar::Date::of(minute(0));
    let mut listed = std::collections::BTreeMap::new();
    projections::analytics::compliance::ended(&desk.views.facts, day, desk.views.position(), &mut listed);
    let listed: Vec<_> = listed.into_iter().collect();
    assert!(
        matches!(listed[..], [(cell, outcomes)] if cell.metric == Metric::FirstResponse && outcomes.cancelled == 1)
    );
}

#[test]
fn vector_08_a_reply_that_failed_was_none() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let lost = desk.writes(4, desk.ana, id, "hi");
    let wamid = desk.sent(4, lost);
    assert_eq!(answered(&desk, id), Some(4));
    desk.report(5, &wamid, "failed", 5);
    let figures = desk.figures(id);
    assert_eq!((frt(figures.current()), figures.waiting_since), (None, Some(minute(0))));
    let second = desk.writes(9, desk.ana, id, "hi again");
    let wamid = desk.sent(9, second);
    desk.report(9, &wamid, "delivered", 9);
    let figures = desk.figures(id);
    assert_eq!(frt(figures.current()), Some(9));
    assert_eq!(figures.current().replies.len(), 1);
    assert_eq!(figures.current().human_messages, 1);
    agrees(&desk, &figures);
}

#[test]
fn vector_09_what_staff_writes_first_answers_nobody() {
    let (mut desk, id) = written_to(|desk| Sender::User(desk.ana));
    desk.says(30, "c", "great, when?");
    desk.writes(33, desk.ana, id, "tomorrow");
    assert_eq!(answered(&desk, id), Some(3));
}

#[test]
fn vector_10_what_nobody_wrote_answers_nobody_and_is_answered_in_the_queue_it_lies_in() {
    let (mut desk, id) = written_to(|_| Sender::System);
    let root = desk.user("Root", Role::SuperAdmin);
    let root = desk.principal(root);
    let new = NewTeam { name: "Spring offers".to_owned(), brand_id: None, walls: Walls::Closed };
    let team = desk.run(0, Actor::System, |step| team::create(step, &root, &new)).unwrap();
    let moved = Assignment { team_id: Some(Some(team)), ..Assignment::default() };
    desk.run(0, Actor::System, |step| assign(step, id, &moved)).unwrap();
    desk.says(30, "c", "tell me more");
    let row = desk.views.inbox.get(id).unwrap();
    assert_eq!((row.waiting_since(), row.team_id()), (Some(minute(30)), Some(team)));
    let queue = desk.views.queues.board().line(QueueId::Team(team)).unwrap();
    assert_eq!(queue.waiting().map(|key| key.id).collect::<Vec<_>>(), [id]);
    desk.writes(40, desk.ana, id, "gladly");
    assert_eq!(answered(&desk, id), Some(10));
}

#[test]
fn vector_10_a_campaign_begins_nothing_and_its_answer_is_the_first_of_its_queue() {
    let mut desk = Desk::new();
    let approved = TemplateChange {
        name: "spring".to_owned(),
        language: "en".to_owned(),
        status: Some("APPROVED".to_owned()),
        ..TemplateChange::default()
    };
    desk.run(-50, Actor::Provider, |step| domain::channel::change_template(step, "900", &approved, None));
    // Known for long, and nothing of theirs is opened again any more.
    let (before, _) = desk.says(-5 * WEEK, "c", "hello");
    desk.resolves(1 - 5 * WEEK, desk.ana, before);
    let contact = desk.contact_of(before);
    let root = desk.user("Root", Role::SuperAdmin);
    let root = desk.principal(root);
    let new = NewTeam { name: "Spring offers".to_owned(), brand_id: None, walls: Walls::Closed };
    let team = desk.run(-10, Actor::System, |step| team::create(step, &root, &new)).unwrap();
    let body = serde_json::json!({"name": "spring", "language": {"code": "en"}});
    let content = Content { kind: MessageKind::Template, body };
    let routing = ReplyRouting { queue_id: QueueId::Team(team), tag: None, expires_after_ms: Millis::hours(24) };
    let spring = Campaign {
        name: "Spring".to_owned(),
        kind: Kind::Utility,
        brand_id: desk.views.directory.channels.get(desk.channel).unwrap().brand_id,
        channel_id: desk.channel,
        audience: Audience::Contacts { contact_ids: vec![contact] },
        template: TemplateName { name: "spring".to_owned(), language: "en".to_owned() },
        parameters: Vec::new(),
        send_at: None,
        rate_per_minute: 60,
        quiet_hours: None,
        consent_purpose: None,
        reply_routing: Some(routing),
    };
    let campaign = desk.run(0, Actor::System, |step| manage::create(step, &root, spring)).unwrap();
    let found = launch::Found { audience: 1, version: 1 };
    desk.run(0, Actor::System, |step| launch::launch(step, &root, campaign, found)).unwrap();
    desk.run(0, Actor::System, |step| launch::select(step, campaign, vec![contact], true));
    let filled = vec![send::Filled { contact_id: contact, content: Some(content) }];
    desk.run(0, Actor::System, |step| send::queue(step, campaign, filled));
    let message = desk.views.campaigns.recipient(campaign, contact).unwrap().message.unwrap();
    let id = message.conversation_id;
    assert_ne!(id, before);
    assert_eq!(desk.views.campaigns.opened(id), Some(campaign));
    desk.sent(0, message.message_id);
    let row = desk.views.inbox.get(id).unwrap();
    assert_eq!((row.status(), row.episode(), row.waiting_since()), (Status::Resolved, 0, None));
    desk.says(30, "c", "tell me more");
    let row = desk.views.inbox.get(id).unwrap();
    assert_eq!((row.status(), row.episode(), row.reopened_count()), (Status::Open, 1, 0));
    assert_eq!((row.waiting_since(), row.team_id()), (Some(minute(30)), Some(team)));
    desk.writes(40, desk.ana, id, "gladly");
    let figures = desk.figures(id);
    assert_eq!((figures.episodes.len(), frt(&figures.episodes[0])), (1, Some(10)));
    assert_eq!(figures.episodes[0].episode, 1);
    assert_eq!(desk.views.campaigns.get(campaign).unwrap().tally.replied, 1);
}

#[test]
fn vector_11_the_responder_is_who_replied() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.assigns(0, id, Some(desk.ana));
    desk.assigns(5, id, Some(desk.ben));
    desk.writes(8, desk.ben, id, "hi");
    let response = desk.figures(id).current().first_response.unwrap();
    assert_eq!((response.after, response.responder_id), (Millis::minutes(8), Some(desk.ben)));
}

#[test]
fn vector_12_a_reply_in_the_phone_app_counts_without_a_responder() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.echoes(3, "c", "hi from the counter");
    let response = desk.figures(id).current().first_response.unwrap();
    assert_eq!((response.after, response.responder_id), (Millis::minutes(3), None));
}

#[test]
fn vector_13_business_time_stops_over_the_weekend() {
    let mut desk = Desk::new();
    // Minutes count from Monday, 09:00: Friday 16:30, and Monday 09:10 and 10:10.
    let (friday, monday) = (4 * 1_440 + 450, 7 * 1_440 + 10);
    let (id, _) = desk.says(friday, "c", "hello");
    // The window is closed by then, but for the phone app.
    desk.echoes(monday, "c", "hi");
    desk.resolves(monday + 60, desk.ana, id);
    let figures = desk.figures(id);
    let office = office();
    assert_eq!(figures.current().frt_business(Some(&office)), Some(Millis::minutes(40)));
    assert_eq!(figures.current().res_business(Some(&office)), Some(Millis::minutes(100)));
    assert_eq!(figures.current().replies[0].business(Some(&office)), Some(Millis::minutes(40)));
    // Without a calendar there is no business time, which is not none.
    assert_eq!((figures.current().frt_business(None), figures.current().res_business(None)), (None, None));
}

#[test]
fn vector_14_thanks_after_the_end_changes_nothing() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(5, desk.ana, id, "hi");
    desk.resolves(10, desk.ana, id);
    let (same, _) = desk.says(11, "c", "Thanks!");
    assert_eq!(same, id);
    let figures = desk.figures(id);
    assert_eq!((figures.episodes.len(), figures.waiting_since), (1, None));
    assert_eq!(figures.current().customer_messages, 1);
    assert_eq!(desk.views.inbox.get(id).unwrap().status(), Status::Resolved);
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 0);
    assert_eq!(desk.fcr(id, WEEK), [Some(true)]);
    assert_eq!(desk.fcr(id, 60), [None], "too young to say");
}

#[test]
fn vector_15_a_question_after_the_end_reopens_and_moves_the_full_resolution() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(5, desk.ana, id, "hi");
    desk.resolves(10, desk.ana, id);
    let before = desk.figures(id);
    assert_eq!(
        (before.first_resolution, before.full_resolution),
        (Some(Millis::minutes(10)), Some(Millis::minutes(10)))
    );
    desk.says(100, "c", "it is broken again");
    assert_eq!(desk.views.inbox.get(id).unwrap().reopened_count(), 1);
    desk.writes(102, desk.ana, id, "again?");
    desk.resolves(110, desk.ana, id);
    let after = desk.figures(id);
    assert_eq!(after.episodes.len(), 2);
    assert_eq!(
        (after.first_resolution, after.full_resolution),
        (Some(Millis::minutes(10)), Some(Millis::minutes(110)))
    );
    assert_eq!(after.current().resolution.as_ref().unwrap().total, Millis::minutes(10));
    assert_eq!(desk.fcr(id, WEEK), [Some(false)], "of the first episode alone");
}

#[test]
fn vector_16_a_question_on_another_channel_is_a_second_contact() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(5, desk.ana, id, "hi");
    desk.resolves(10, desk.ana, id);
    desk.says(11, "c", "Thanks!");
    desk.channel = desk.connect("Branch", "106");
    let (other, _) = desk.says(10 + 20 * 60, "c", "it stopped working");
    assert_ne!(other, id);
    assert_eq!(desk.contact_of(other), desk.contact_of(id));
    assert_eq!(desk.fcr(id, WEEK), [Some(false)], "all of the contact's channels count");
}

#[test]
fn vector_17_a_late_answer_is_a_breach_at_the_deadline_and_a_fulfilment_after_it() {
    let mut desk = Desk::new();
    desk.promises_of(vec![target(Metric::FirstResponse, 5, &[])]);
    let (id, _) = desk.says(0, "c", "hello");
    desk.timer(4);
    desk.timer(5);
    desk.echoes(7, "c", "hi");
    assert_eq!(became(&desk, id), LATE);
}

#[test]
fn vector_18_what_fell_into_a_downtime_is_the_same_facts() {
    for timer_first in [true, false] {
        let mut desk = Desk::new();
        desk.promises_of(vec![target(Metric::FirstResponse, 5, &[])]);
        let (id, _) = desk.says(0, "c", "hello");
        // Nobody is there from minute 4 on; at minute 10 all of it comes at once.
        if timer_first {
            desk.timer(10);
        }
        desk.echoes_late(7, 10, "c", "hi");
        desk.timer(10);
        assert_eq!(became(&desk, id), LATE);
    }
}

#[test]
fn vector_19_the_next_response_runs_from_the_message_that_waits() {
    let mut desk = Desk::new();
    desk.promises_of(vec![target(Metric::NextResponse, 5, &[])]);
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(1, desk.ana, id, "hi");
    desk.says(20, "c", "and now?");
    desk.timer(26);
    desk.writes(27, desk.ana, id, "now this");
    assert_eq!(became(&desk, id), ["breached at 25", "fulfilled at 27, margin -120 s"]);
}

#[test]
fn vector_20_a_resolution_after_its_deadline_is_a_breach_there() {
    let mut desk = Desk::new();
    desk.promises_of(vec![target(Metric::Resolution, 60, &[])]);
    let (id, _) = desk.says(0, "c", "hello");
    desk.resolves(63, desk.ana, id);
    assert_eq!(became(&desk, id), ["breached at 60", "fulfilled at 63, margin -180 s"]);
}

#[test]
fn vector_21_a_snooze_moves_the_deadline_by_its_length() {
    let mut desk = Desk::new();
    desk.promises_of(vec![target(Metric::Resolution, 60, &[Pausing::Snoozed])]);
    let (id, _) = desk.says(0, "c", "hello");
    desk.status(2, desk.ana, id, Status::Snoozed, Some(32));
    desk.run(32, Actor::System, |step| change_status::snooze_due(step, id)).unwrap();
    assert_eq!(desk.promise(id, Metric::Resolution).clock.due_at(), Some(minute(90)));
}

#[test]
fn vector_22_the_same_webhook_three_times_is_one_message() {
    let mut desk = Desk::new();
    let item = crate::desk::message("c", "wamid.once", minute(0), Content::text("hello"));
    let (id, _) = desk.customer_message(0, item.clone()).unwrap();
    assert_eq!(desk.customer_message(1, item.clone()), None);
    assert_eq!(desk.customer_message(2, item), None);
    assert_eq!(desk.timeline(id).messages().count(), 1);
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 1);
}

#[test]
fn vector_23_reports_in_any_order_end_the_same_and_keep_their_times() {
    let orders = [["read", "delivered", "sent"], ["sent", "delivered", "read"], ["delivered", "read", "sent"]];
    for order in orders {
        let mut desk = Desk::new();
        let (id, _) = desk.says(0, "c", "hello");
        let reply = desk.writes(1, desk.ana, id, "hi");
        let wamid = desk.sent(1, reply);
        for status in order {
            let when = match status {
                "sent" => 2,
                "delivered" => 3,
                _ => 4,
            };
            desk.report(5, &wamid, status, when);
        }
        let timeline = desk.timeline(id);
        let message = timeline.message(reply).unwrap();
        assert_eq!(message.status, DeliveryStatus::Read);
        assert_eq!(history(message), "queued 1, sending 1, accepted 1, sent 2, delivered 3, read 4");
    }
}

#[test]
fn vector_24_a_report_before_the_answer_to_our_send_is_attached_once_the_id_is_known() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let reply = desk.writes(1, desk.ana, id, "hi");
    let attempt = desk.started(1, reply);
    desk.report(2, "wamid.early", "delivered", 2);
    assert_eq!(desk.timeline(id).message(reply).unwrap().status, DeliveryStatus::Sending);
    let outcome = domain::conversation::dispatch::Outcome::Accepted {
        provider_id: "wamid.early".to_owned(),
        held: false,
        recipient: Vec::new(),
    };
    desk.run(3, Actor::System, |step| domain::conversation::dispatch::finish(step, reply, attempt, outcome)).unwrap();
    let timeline = desk.timeline(id);
    let message = timeline.message(reply).unwrap();
    assert_eq!(message.status, DeliveryStatus::Delivered);
    assert_eq!(message.provider_message_id.as_deref(), Some("wamid.early"));
}

#[test]
fn vector_25_clocks_use_the_providers_time() {
    let mut desk = Desk::new();
    let (id, message) = desk.says_late(0, 7, "c", "hello");
    assert_eq!(shown(desk.figures(id).waiting_since), "0");
    assert!(desk.timeline(id).message(message).unwrap().late);
    desk.writes(10, desk.ana, id, "hi");
    assert_eq!(answered(&desk, id), Some(10));
}

#[test]
fn vector_26_of_two_ratings_within_a_day_the_later_counts() {
    let mut desk = Desk::new();
    asks(&mut desk, 0, Survey { enabled: true, ..Survey::default() });
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(5, desk.ana, id, "hi");
    desk.resolves(10, desk.ana, id);
    let before = desk.figures(id);
    desk.says(11, "c", "5");
    let rated = |desk: &Desk| {
        let survey = desk.views.csat.of(id).next().copied().unwrap();
        (survey.resolver_id, survey.answer.map(|answer| (answer.score, answer.count)))
    };
    assert_eq!(rated(&desk), (Some(desk.ana), Some((5, 1))));
    desk.says(11 + 23 * 60, "c", "2");
    assert_eq!(rated(&desk), (Some(desk.ana), Some((2, 2))));
    assert_eq!(desk.views.csat.before(None).count(), 1);
    // Neither the question nor the answers are replies or messages of the customer that count, and nothing reopened.
    let after = desk.figures(id);
    assert_eq!(after, before);
    agrees(&desk, &after);
    assert_eq!(desk.fcr(id, WEEK), [Some(true)]);
    // A third comes too late to count, and is somebody who writes.
    desk.says(12 + 47 * 60, "c", "4");
    assert_eq!(rated(&desk).1, Some((2, 2)));
    assert_eq!(desk.views.inbox.get(id).unwrap().status(), Status::Open);
}

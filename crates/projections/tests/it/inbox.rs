//! Lists, unread marks and windows as agents see them.

use domain::content::Content;
use domain::conversation::{Priority, Status, label};
use domain::event::Actor;
use domain::ids::*;
use domain::inbound::CustomerMessage;
use domain::time::Millis;
use expect_test::{Expect, expect};
use projections::inbox::query::{Filters, WALK_MAX};
use projections::inbox::{InboxQuery, Row, Sort, UNREAD_MAX, View};

use crate::desk::{Desk, message, minute, shown};

fn query(view: View, sort: Sort) -> InboxQuery {
    InboxQuery { view, filters: Filters::default(), sort, after: None, limit: 50 }
}

/// One line a conversation: number, status, priority, owner, since when it waits, unread for Ana, tags.
fn print(desk: &Desk, query: &InboxQuery) -> String {
    let line = |row: &Row| {
        let owner = match row.assignee_id() {
            Some(user) if user == desk.ana => "ana",
            Some(_) => "ben",
            None => "-",
        };
        let unread = desk.views.inbox.unread_count(row.id(), desk.ana);
        let tags = desk.views.inbox.tags(row).join(",");
        let (number, status, waiting) = (row.number(), row.status().as_str(), shown(row.waiting_since()));
        let priority = format!("{:?}", row.priority()).to_lowercase();
        format!("#{number} {status} {priority} owner {owner} waiting {waiting} unread {unread} [{tags}]")
    };
    desk.views.inbox.page_where(query, &|_| true).rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn check(desk: &Desk, query: &InboxQuery, expected: Expect) {
    expected.assert_eq(&print(desk, query));
}

/// Four conversations in four states.
fn morning() -> (Desk, [ConversationId; 4]) {
    let mut desk = Desk::new();
    let (one, _) = desk.says(0, "one", "hello");
    let (two, _) = desk.says(1, "two", "hello");
    let (three, _) = desk.says(2, "three", "hello");
    let (four, _) = desk.says(3, "four", "hello");
    desk.assigns(4, two, Some(desk.ana));
    desk.writes(5, desk.ana, two, "hi");
    desk.assigns(6, three, Some(desk.ben));
    desk.status(7, desk.ben, three, Status::Snoozed, Some(60));
    desk.says(8, "four", "anybody?");
    desk.writes(9, desk.ben, one, "hi");
    desk.resolves(10, desk.ben, one);
    desk.run(11, Actor::System, |step| label::tag(step, four, "VIP")).unwrap();
    desk.run(11, Actor::System, |step| label::tag(step, four, "billing")).unwrap();
    desk.run(11, Actor::System, |step| label::prioritize(step, three, Priority::Urgent)).unwrap();
    (desk, [one, two, three, four])
}

#[test]
fn the_longest_wait_comes_first_and_those_who_do_not_wait_last() {
    let (desk, _) = morning();
    check(
        &desk,
        &query(View::All, Sort::WaitingSince),
        expect![[r#"
        #3 snoozed urgent owner ben waiting 2 unread 1 []
        #4 open none owner - waiting 3 unread 2 [billing,vip]
        #1 resolved none owner - waiting - unread 0 []
        #2 open none owner ana waiting - unread 1 []"#]],
    );
}

#[test]
fn newest_activity_first() {
    let (desk, _) = morning();
    check(
        &desk,
        &query(View::All, Sort::LastActivityDescending),
        expect![[r#"
        #1 resolved none owner - waiting - unread 0 []
        #4 open none owner - waiting 3 unread 2 [billing,vip]
        #3 snoozed urgent owner ben waiting 2 unread 1 []
        #2 open none owner ana waiting - unread 1 []"#]],
    );
}

#[test]
fn the_most_urgent_first() {
    let (desk, _) = morning();
    check(
        &desk,
        &query(View::All, Sort::PriorityDescending),
        expect![[r#"
        #3 snoozed urgent owner ben waiting 2 unread 1 []
        #1 resolved none owner - waiting - unread 0 []
        #2 open none owner ana waiting - unread 1 []
        #4 open none owner - waiting 3 unread 2 [billing,vip]"#]],
    );
}

#[test]
fn views_show_whose_they_are() {
    let (desk, _) = morning();
    check(
        &desk,
        &query(View::Mine(desk.ana), Sort::CreatedAt),
        expect!["#2 open none owner ana waiting - unread 1 []"],
    );
    check(
        &desk,
        &query(View::Unassigned, Sort::CreatedAt),
        expect![[r#"
        #1 resolved none owner - waiting - unread 0 []
        #4 open none owner - waiting 3 unread 2 [billing,vip]"#]],
    );
}

#[test]
fn filters_narrow_a_list() {
    let (desk, [one, ..]) = morning();
    let mut tagged = query(View::All, Sort::CreatedAt);
    tagged.filters.tag = Some("vip".to_owned());
    check(&desk, &tagged, expect!["#4 open none owner - waiting 3 unread 2 [billing,vip]"]);
    let mut owned = query(View::All, Sort::CreatedAtDescending);
    owned.filters.assignee_id = Some(Some(desk.ben));
    check(&desk, &owned, expect!["#3 snoozed urgent owner ben waiting 2 unread 1 []"]);
    let mut resolved = query(View::All, Sort::CreatedAt);
    resolved.filters.statuses = [Status::Resolved, Status::Snoozed].into();
    check(
        &desk,
        &resolved,
        expect![[r#"
        #1 resolved none owner - waiting - unread 0 []
        #3 snoozed urgent owner ben waiting 2 unread 1 []"#]],
    );
    let mut contact = query(View::All, Sort::CreatedAt);
    contact.filters.contact_ids = [desk.contact_of(one)].into();
    contact.filters.channel_ids = [desk.channel].into();
    check(&desk, &contact, expect!["#1 resolved none owner - waiting - unread 0 []"]);
    contact.filters.channel_ids = [ChannelId::from_u128(7)].into();
    check(&desk, &contact, expect![[""]]);
}

#[test]
fn counts_of_the_views() {
    let (desk, _) = morning();
    expect![[r#"
        ViewCounts {
            all: ViewCount {
                total: 4,
                unread: 3,
                by_status: StatusCounts {
                    open: 2,
                    pending: 0,
                    snoozed: 1,
                    resolved: 1,
                },
            },
            mine: ViewCount {
                total: 1,
                unread: 1,
                by_status: StatusCounts {
                    open: 1,
                    pending: 0,
                    snoozed: 0,
                    resolved: 0,
                },
            },
            unassigned: ViewCount {
                total: 2,
                unread: 1,
                by_status: StatusCounts {
                    open: 1,
                    pending: 0,
                    snoozed: 0,
                    resolved: 1,
                },
            },
            at_risk: ViewCount {
                total: 0,
                unread: 0,
                by_status: StatusCounts {
                    open: 0,
                    pending: 0,
                    snoozed: 0,
                    resolved: 0,
                },
            },
            breached: ViewCount {
                total: 0,
                unread: 0,
                by_status: StatusCounts {
                    open: 0,
                    pending: 0,
                    snoozed: 0,
                    resolved: 0,
                },
            },
            bot: ViewCount {
                total: 0,
                unread: 0,
                by_status: StatusCounts {
                    open: 0,
                    pending: 0,
                    snoozed: 0,
                    resolved: 0,
                },
            },
        }
    "#]]
    .assert_debug_eq(&desk.views.inbox.counts(&desk.principal(desk.ana)));
}

#[test]
fn an_owners_untagged_conversation_leaves_the_tag() {
    let (mut desk, [.., four]) = morning();
    desk.run(12, Actor::System, |step| label::untag(step, four, "vip")).unwrap();
    let row = desk.views.inbox.get(four).unwrap();
    assert_eq!(desk.views.inbox.tags(&row).join(","), "billing");
}

#[test]
fn reading_up_to_a_message_leaves_the_later_ones() {
    let mut desk = Desk::new();
    let (id, first) = desk.says(0, "c", "one");
    desk.says(1, "c", "two");
    desk.says(2, "c", "three");
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 3);
    desk.reads(3, desk.ana, id, Some(first));
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 2);
    desk.reads(3, desk.ana, id, None);
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 0);
    assert_eq!(desk.views.inbox.unread_count(id, desk.ben), 3, "each user has their own mark");
    desk.says(4, "c", "four");
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 1);
}

#[test]
fn marked_unread_stays_so_until_read_or_resolved() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "one");
    let ana = desk.ana;
    desk.reads(1, ana, id, None);
    desk.run(2, Actor::User(ana), |step| label::mark_read(step, id, ana, None, true)).unwrap();
    assert_eq!(desk.views.inbox.unread_count(id, ana), 1);
    assert_eq!(desk.views.inbox.counts(&desk.principal(ana)).unassigned.unread, 1);
    desk.resolves(3, ana, id);
    assert_eq!(desk.views.inbox.unread_count(id, ana), 0);
    assert_eq!(desk.views.inbox.counts(&desk.principal(ana)).all.unread, 0);
}

#[test]
fn unread_stops_counting_at_its_limit() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "again");
    for n in 0..UNREAD_MAX as i64 + 5 {
        desk.says(n, "c", "again");
    }
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), UNREAD_MAX);
}

#[test]
fn a_blocked_contact_moves_nothing_in_the_inbox() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    desk.writes(1, desk.ana, id, "hi");
    desk.reads(1, desk.ana, id, None);
    let contact = desk.contact_of(id);
    desk.run(2, Actor::System, |step| domain::contact::block::set(step, contact, true, None)).unwrap();
    desk.says(3, "c", "spam");
    let row = desk.views.inbox.get(id).unwrap();
    assert_eq!((shown(Some(row.last_activity_at())), row.waiting_since()), ("1".to_owned(), None));
    assert_eq!(shown(row.last_message_at()), "3", "it is stored and can be read");
    assert_eq!(desk.views.inbox.unread_count(id, desk.ana), 0);
}

#[test]
fn the_service_window_is_the_contacts_on_that_number() {
    let mut desk = Desk::new();
    let (old, _) = desk.says(0, "c", "hello");
    desk.resolves(1, desk.ana, old);
    let four_days = 4 * 24 * 60;
    let (new, _) = desk.says(four_days, "c", "something else");
    assert_ne!(old, new);
    let until = Some(minute(four_days) + Millis::hours(24));
    for id in [old, new] {
        assert_eq!(desk.window(id).until, until);
    }
    let rows: Vec<_> = desk.views.inbox.of_contact(desk.contact_of(new)).map(|row| row.id()).collect();
    assert_eq!(rows, [new, old]);
}

#[test]
fn a_chat_opened_before_the_first_word_opens_the_window() {
    let mut desk = Desk::new();
    let (channel, from) = (desk.channel, crate::desk::sender("c"));
    desk.run(0, Actor::Provider, |step| {
        domain::conversation::receive_message::chat_opened(step, channel, &from, minute(0));
    });
    assert!(desk.views.inbox.is_empty());
    // Staff may now write first.
    let contact = desk.world.contacts.ids().next().unwrap();
    let id = desk.run(1, Actor::System, |step| step.mint.fresh::<ConversationId>());
    let brand_id = desk.views.directory.channels.get(channel).unwrap().brand_id;
    desk.run(1, Actor::System, |step| {
        let event = domain::event::conversation::ConversationOpened {
            conversation_id: id,
            number: 1,
            channel_id: channel,
            brand_id,
            contact_id: contact,
            origin: domain::event::conversation::Origin::Outbound,
            status: Status::Open,
            team_id: None,
            previous: None,
        };
        step.emit(domain::event::StreamId::Conversation(id), event);
    });
    assert_eq!(desk.window(id).until, Some(minute(0) + Millis::hours(24)));
}

#[test]
fn the_provider_can_close_a_window() {
    let mut desk = Desk::new();
    let (id, _) = desk.says(0, "c", "hello");
    let reply = desk.writes(1, desk.ana, id, "hi");
    let wamid = desk.sent(1, reply);
    let channel = desk.channel;
    let report = domain::inbound::StatusObservation {
        provider_id: wamid,
        status: "failed".to_owned(),
        at: minute(2),
        participant: None,
        callback_data: None,
        recipient: Vec::new(),
        error: Some(domain::inbound::ProviderError { code: 131_047, title: None, detail: None }),
        pricing: None,
        conversation: None,
    };
    desk.run(2, Actor::Provider, |step| domain::conversation::observe_status::observe(step, channel, &report));
    assert_eq!(desk.window(id).until, Some(minute(2)));
}

#[test]
fn an_answer_to_an_advertisement_opens_the_free_entry_point() {
    let mut desk = Desk::new();
    let referred = CustomerMessage {
        referral: Some(serde_json::json!({"source_type": "ad"})),
        ..message("c", "wamid.ad", minute(0), Content::text("I saw your ad"))
    };
    let (id, _) = desk.customer_message(0, referred).unwrap();
    let reply = desk.writes(5, desk.ana, id, "welcome");
    desk.sent(5, reply);
    assert_eq!(desk.window(id).free_entry_until, Some(minute(5) + Millis::hours(72)));
}

#[test]
fn the_row_says_where_its_newest_messages_are() {
    let mut desk = Desk::new();
    let (id, received) = desk.says(0, "c", "hello");
    let sent = desk.writes(1, desk.ana, id, "hi");
    desk.sent(2, sent);
    let timeline = desk.timeline(id);
    let row = desk.views.inbox.get(id).unwrap();
    assert_eq!(row.last_inbound_pos(), timeline.message(received).map(|message| message.pos));
    assert_eq!(row.last_outbound_pos(), timeline.message(sent).map(|message| message.pos));
    assert_eq!(row.last_message_pos(), row.last_outbound_pos());
    assert_eq!(row.version(), timeline.conversation.version);
}

#[test]
fn a_filter_that_finds_nothing_stops_walking_and_can_go_on() {
    let mut views = projections::Views::default();
    let count = WALK_MAX as u64 + 10;
    for n in 1..=count {
        let id = ConversationId::from_u128(u128::from(n));
        let event = domain::event::conversation::ConversationOpened {
            conversation_id: id,
            number: n,
            channel_id: ChannelId::from_u128(1),
            brand_id: BrandId::from_u128(1),
            contact_id: ContactId::from_u128(u128::from(n)),
            origin: domain::event::conversation::Origin::Inbound,
            status: Status::Open,
            team_id: None,
            previous: None,
        };
        views.apply(&domain::event::Recorded {
            pos: n,
            stream: domain::event::StreamId::Conversation(id),
            version: 1,
            event: event.into(),
            occurred_at: minute(0),
            recorded_at: minute(0),
            actor: Actor::Provider,
        });
    }
    // Only the very last one may be seen.
    let last = ConversationId::from_u128(u128::from(count));
    let mut query = query(View::All, Sort::CreatedAt);
    let first = views.inbox.page_where(&query, &|row| row.id() == last);
    assert_eq!(first.rows.len(), 0);
    query.after = first.next;
    let second = views.inbox.page_where(&query, &|row| row.id() == last);
    assert_eq!(second.rows.iter().map(Row::id).collect::<Vec<_>>(), [last]);
    assert_eq!(second.next, None);
}

#[test]
fn a_page_is_never_longer_than_its_limit() {
    let (desk, _) = morning();
    let mut query = query(View::All, Sort::CreatedAt);
    query.limit = 0;
    assert_eq!(desk.views.inbox.page_where(&query, &|_| true).rows.len(), 1, "an empty page would never end");
    query.limit = 3;
    let page = desk.views.inbox.page_where(&query, &|_| true);
    assert_eq!(page.rows.len(), 3);
    query.after = page.next;
    let page = desk.views.inbox.page_where(&query, &|_| true);
    assert_eq!((page.rows.len(), page.next), (1, None));
}

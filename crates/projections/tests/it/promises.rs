//! Promises as lists and figures show them.

use domain::conversation::Status;
use domain::event::message::Sender;
use domain::ids::UserId;
use domain::notification::NotificationKind;
use domain::sla::Metric;
use domain::sla::book::State;
use projections::analytics::compliance::{Outcomes, ended};
use projections::analytics::{self, Basis, Collector, Episodes, GroupBy, GroupKey, Question};
use projections::inbox::query::Filters;
use projections::inbox::{InboxQuery, Sort, View};

use crate::desk::{Desk, minute, target};

pub(crate) fn listed(desk: &Desk, view: View) -> Vec<u64> {
    let query = InboxQuery { view, filters: Filters::default(), sort: Sort::SlaDueAt, after: None, limit: 10 };
    desk.views.inbox.page_where(&query, &|_| true).rows.iter().map(|row| row.number()).collect()
}

fn outcomes(desk: &Desk, metric: Metric, assignee: Option<UserId>) -> Outcomes {
    let day = domain::calendar::Date::of(minute(0));
    let mut cells = std::collections::BTreeMap::new();
    ended(&desk.views.facts, day, desk.views.position(), &mut cells);
    let mut sum = Outcomes::default();
    for (cell, outcomes) in cells {
        if cell.metric == metric && cell.held_by.assignee_id == assignee {
            sum += outcomes;
        }
    }
    sum
}

#[test]
fn the_earliest_deadline_comes_first_and_what_is_urgent_has_views_of_its_own() {
    let mut desk = Desk::new();
    desk.promises(10);
    let (early, _) = desk.says(0, "a", "hello");
    desk.says(7, "b", "hello");
    let (resolved, _) = desk.says(7, "c", "hello");
    desk.assigns(8, early, Some(desk.ana));
    desk.resolves(8, desk.ana, resolved);
    assert_eq!(listed(&desk, View::All), [1, 2, 3]);
    desk.timer(9);
    assert_eq!((listed(&desk, View::AtRisk), listed(&desk, View::Breached)), (vec![1], vec![]));
    desk.timer(13);
    assert_eq!((listed(&desk, View::AtRisk), listed(&desk, View::Breached)), (vec![2], vec![1]));
    let row = desk.views.inbox.get(early).unwrap();
    assert_eq!((row.sla_state(), row.sla_due_at()), (Some(State::Breached), Some(minute(10))));
    let kinds: Vec<_> = desk.views.attention.notifications(desk.ana).map(|notice| notice.kind).collect();
    assert_eq!(kinds[..2], [NotificationKind::SlaBreached, NotificationKind::SlaAtRisk]);
}

#[test]
fn what_was_kept_and_broken_is_counted_for_whoever_had_it_then() {
    let mut desk = Desk::new();
    desk.promises(10);
    let (ana, ben) = (desk.ana, desk.ben);
    let ((kept, _), (broken, _)) = (desk.says(0, "a", "hello"), desk.says(0, "b", "hello"));
    desk.assigns(1, kept, Some(ana));
    let text = || domain::content::Content::text("hi");
    let reply = desk.queue(2, Sender::User(ana), kept, text(), None).unwrap();
    desk.queue(12, Sender::User(ben), broken, text(), None).unwrap();
    let one = |met, late, cancelled| Outcomes { met, late, breached: 0, cancelled };
    assert_eq!(outcomes(&desk, Metric::FirstResponse, Some(ana)), one(1, 0, 0));
    assert_eq!(outcomes(&desk, Metric::FirstResponse, None), one(0, 1, 0));
    // The reply failed: it was none, and is counted no more.
    desk.sent(13, reply);
    let wamid = desk.timeline(kept).message(reply).unwrap().provider_message_id.clone().unwrap();
    desk.report(14, &wamid, "failed", 14);
    assert_eq!(outcomes(&desk, Metric::FirstResponse, Some(ana)), one(0, 0, 0));
    desk.status(15, ana, kept, Status::Pending, None);
    desk.resolves(16, ana, kept);
    let breached = Outcomes { breached: 1, ..Outcomes::default() };
    assert_eq!(outcomes(&desk, Metric::FirstResponse, Some(ana)), breached);
}

/// First responses that are promised and still owed, as known at a position.
fn open(desk: &Desk, pos: u64) -> u64 {
    let question = Question {
        metrics: vec![analytics::Metric::SlaFirstResponse],
        from: minute(0),
        to: minute(100),
        basis: Basis { pos, at: minute(100), definition: desk.views.facts.definitions.newest().clone() },
        episodes: Episodes::All,
        filters: Vec::new(),
        group_by: GroupBy::Nothing,
    };
    let mut collector = Collector::whole(question);
    collector.feed_all(&desk.views);
    let cells = collector.finish(None).expect("one cell");
    let cell = cells.get(GroupKey::Everything, 0).expect("something began");
    cell[0].share.expect("a share").open
}

#[test]
fn what_is_promised_and_owed_is_counted_as_it_was_at_any_position() {
    let mut desk = Desk::new();
    desk.promises_of(vec![target(Metric::FirstResponse, 10, &[])]);
    let (id, _) = desk.says(0, "a", "hello");
    desk.says(1, "b", "hello");
    let both = desk.views.position();
    let reply = desk.writes(2, desk.ana, id, "hi");
    let one = desk.views.position();
    let wamid = desk.sent(3, reply);
    // It failed: the promise is owed again, since when it was.
    desk.report(4, &wamid, "failed", 4);
    let again = desk.views.position();
    desk.resolves(5, desk.ana, id);
    let ended = desk.views.position();
    assert_eq!([both, one, again, ended].map(|pos| open(&desk, pos)), [2, 1, 2, 1]);
}

//! What is counted of queues and people is what a walk through everything would count.

use std::collections::BTreeMap;

use domain::access::Role;
use domain::conversation::assign::{Assignment, assign};
use domain::conversation::{Priority, Status, change_status, label};
use domain::ids::*;
use domain::queue::{Entry, Place, Tally};
use domain::sla::book::State;
use domain::sla::{Metric, Pausing};
use domain::time::Timestamp;
use proptest::prelude::*;

use crate::desk::{Desk, minute};
use crate::sla::{policy, target};

/// Open, pending, unassigned, waiting, at risk, breached; the longest wait, and the longest of those nobody has.
type Counts = ([u32; 6], Option<Timestamp>, Option<Timestamp>);

fn told(tally: &Tally) -> Counts {
    let Tally { open, pending, unassigned, at_risk, breached, .. } = *tally;
    ([open, pending, unassigned, tally.waiting(), at_risk, breached], tally.longest(), tally.longest_unassigned())
}

fn walked<'a>(entries: impl Iterator<Item = &'a Entry>) -> Counts {
    let mut counts = ([0; 6], None, None);
    let earlier = |known: Option<Timestamp>, at: Timestamp| Some(known.map_or(at, |known| known.min(at)));
    for entry in entries {
        let open = entry.status == Status::Open;
        let since = entry.waiting_since.filter(|_| open);
        let unassigned = open && entry.assignee_id.is_none();
        let pending = entry.status == Status::Pending;
        let (at_risk, breached) =
            (entry.promised.state == Some(State::AtRisk), entry.promised.state == Some(State::Breached));
        let all = [open, pending, unassigned, since.is_some(), at_risk, breached];
        counts.0.iter_mut().zip(all).for_each(|(count, counts)| *count += u32::from(counts));
        if let Some(since) = since {
            counts.1 = earlier(counts.1, since);
            counts.2 = if unassigned { earlier(counts.2, since) } else { counts.2 };
        }
    }
    counts
}

fn check(desk: &Desk, people: &[UserId]) {
    let board = desk.world.queues.board();
    let mut by_place: BTreeMap<Place, Vec<&Entry>> = BTreeMap::new();
    board.entries().for_each(|entry| by_place.entry(entry.place()).or_default().push(entry));
    for (queue, _) in board.lines() {
        for (brand, tally) in board.tallies(queue) {
            let inside = by_place.remove(&Place { queue, brand }).unwrap_or_default();
            assert_eq!(told(tally), walked(inside.into_iter()));
        }
    }
    assert!(by_place.is_empty(), "every entry lies somewhere that is counted");
    for user in people {
        let seat = board.seats().of(*user).unwrap();
        for (place, share) in seat.shares() {
            let theirs = |entry: &&Entry| entry.assignee_id == Some(*user) && entry.place() == *place;
            assert_eq!(told(&share.tally), walked(board.entries().filter(theirs)));
        }
        let open: u32 = seat.shares().map(|(_, share)| share.tally.open).sum();
        assert_eq!(seat.open, open);
    }
    for entry in board.entries() {
        assert_eq!(entry.promised, desk.world.sla.outlook(entry.id));
    }
}

fn act(desk: &mut Desk, n: i64, what: u8, who: u8, people: &[UserId], teams: &[TeamId]) {
    let customer = format!("3460000000{}", who % 5);
    desk.now = minute(n * 3);
    let known = desk.contact_of(&crate::desk::wa_id(&customer));
    let thread = known.and_then(|contact| desk.world.thread(desk.channel, contact));
    let Some(id) = thread.map(|thread| thread.conversation_id) else {
        return desk.says(n * 3, &customer, &format!("m{n}"), "hello");
    };
    let (user, team) = (people[usize::from(who) % people.len()], teams[usize::from(what) % teams.len()]);
    let to = |status| move |step: &mut domain::step::Step<'_>| change_status::change(step, id, status, None, None);
    let given = |assignee_id, team_id| Assignment { assignee_id, team_id, ..Assignment::default() };
    match what % 9 {
        0 => desk.says(n * 3, &customer, &format!("m{n}"), "more"),
        1 => drop(desk.try_reply(n * 3, people[0], id)),
        2 => drop(desk.run(to(Status::Resolved))),
        3 => drop(desk.run(to(Status::Pending))),
        4 => drop(desk.run(to(Status::Open))),
        5 => drop(desk.run(|step| assign(step, id, &given(Some(user), Some(Some(team)))))),
        6 => drop(desk.run(|step| assign(step, id, &given(None, Some(None))))),
        7 => drop(desk.run(|step| label::prioritize(step, id, Priority::High))),
        _ => desk.timer(n * 3),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn counts_are_what_a_walk_counts_and_a_replay_counts_the_same(
        history in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..60),
    ) {
        let mut desk = Desk::new();
        let people = [desk.ana, desk.hire("Bea", Role::Agent), desk.hire("Cho", Role::Agent)];
        let teams = [desk.team("Sales", &people), desk.team("Support", &people)];
        desk.promises(&policy("All", vec![
            target(Metric::FirstResponse, 10, &[]),
            target(Metric::Resolution, 60, &[Pausing::Pending]),
        ]));
        for (n, (what, who)) in history.iter().enumerate() {
            act(&mut desk, n as i64 + 1, *what, *who, &people, &teams);
            check(&desk, &people);
        }
        let before = desk.world.queues.clone();
        desk.restart();
        prop_assert_eq!(&desk.world.queues, &before);
    }
}

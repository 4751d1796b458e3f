//! The past is what it was: at every position the views that are read back equal those that answered then.

use domain::conversation::assign;
use domain::conversation::change_status::{self, Resolve};
use domain::conversation::label;
use domain::event::Actor;
use domain::time::Millis;
use futures_util::future::join_all;

use super::diff::Aspect;
use super::{AsOf, PastError};
use crate::testing::Bench;
use crate::testing::random::{Dice, something};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_is_what_it_was_whatever_happened_since() {
    for seed in 1..=4 {
        let (mut bench, mut dice, mut known) = (Bench::new().await, Dice(seed), Vec::new());
        let mut seen = Vec::new();
        for step in 0..60 {
            something(&bench, &mut dice, &mut known).await;
            let (pos, digest) = bench.desk.view(|views| (views.position(), views.digest_then()));
            seen.push((pos, bench.desk.now(), digest));
            // Asked while the desk goes on, and again after a restart.
            if step % 7 == 0 {
                check(&bench, &mut dice, &seen, seed).await;
            }
            if step == 40 {
                bench = bench.restarted();
            }
        }
        for _ in 0..10 {
            check(&bench, &mut dice, &seen, seed).await;
        }
    }
}

async fn check(bench: &Bench, dice: &mut Dice, seen: &[(u64, domain::time::Timestamp, String)], seed: u64) {
    let (pos, at, digest) = &seen[dice.below(seen.len() as u64) as usize];
    let then = bench.desk.at(AsOf::Position(*pos)).await.unwrap();
    assert_eq!(&then.view(|views| views.digest_then()), digest, "seed {seed}, position {pos}");
    let then = bench.desk.at(AsOf::Time(*at)).await.unwrap();
    let newest = seen.iter().filter(|(_, other, _)| other <= at).map(|(pos, _, _)| *pos).max();
    assert_eq!(Some(then.position()), newest, "seed {seed}, {at:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_past_that_is_not_there_is_refused() {
    let bench = Bench::new().await;
    bench.says("34600000001", "hi").await;
    let head = bench.desk.position();
    assert_eq!(bench.desk.at(AsOf::Position(head + 1)).await.err(), Some(PastError::Ahead { head }));
    assert_eq!(bench.desk.at(AsOf::Position(0)).await.err(), Some(PastError::Gone { oldest: 1 }));
    let (now, first) = (bench.desk.now(), bench.desk.moment(AsOf::Position(1)).await.unwrap());
    assert_eq!(bench.desk.at(AsOf::Time(now + Millis(1))).await.err(), Some(PastError::Ahead { head }));
    assert_eq!(bench.desk.at(AsOf::Time(first.at - Millis(1))).await.err(), Some(PastError::Gone { oldest: 1 }));
    assert_eq!(bench.desk.moment(AsOf::Time(now)).await.unwrap().pos, head);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_ask_for_the_same_share_one_reading() {
    let bench = Bench::new().await;
    let id = bench.says("34600000001", "hi").await;
    let pos = bench.desk.position();
    bench.says("34600000001", "again").await;
    let asked = join_all((0..20).map(|_| bench.desk.at(AsOf::Position(pos)))).await;
    let desks: Vec<_> = asked.into_iter().map(Result::unwrap).collect();
    let replica = |desk: &crate::Desk| std::sync::Arc::as_ptr(&desk.then.as_ref().unwrap().replica);
    assert!(desks.iter().all(|desk| replica(desk) == replica(&desks[0])));
    let then = desks[0].timeline(&bench.principal(), id).unwrap();
    let now = bench.desk.timeline(&bench.principal(), id).unwrap();
    assert!(now.entries().len() > then.entries().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_differs_is_told_with_the_events_that_made_it() {
    let bench = Bench::new().await;
    let (old, quiet) = (bench.says("34600000001", "hi").await, bench.says("34600000002", "hi").await);
    let from = bench.desk.moment(AsOf::Position(bench.desk.position())).await.unwrap();
    bench.clock.advance(Millis::minutes(5));
    let agent = bench.agent;
    bench
        .desk
        .run(Actor::User(agent), move |step| {
            assign::claim(step, old, agent)?;
            label::tag(step, old, "vip")?;
            change_status::resolve(step, old, Resolve::default())
        })
        .await
        .unwrap();
    let new = bench.says("34600000003", "hi").await;
    let to = bench.desk.moment(AsOf::Position(bench.desk.position())).await.unwrap();
    bench.says("34600000001", "later").await;

    let diff = bench.desk.diff(&bench.principal(), (from, to), None, 1).await.unwrap();
    assert_eq!((diff.changed.len(), diff.changed[0].id), (1, old));
    let changes = &diff.changed[0].changes;
    let aspects: Vec<_> = changes.iter().map(|change| change.aspect).collect();
    assert_eq!(aspects, [Aspect::Resolved, Aspect::Status, Aspect::Reassigned, Aspect::Tags]);
    for change in changes {
        assert_eq!(change.positions.len(), 1, "{change:?}");
        assert!((from.pos + 1..=to.pos).contains(&change.positions[0]));
    }
    assert_eq!((diff.before.by_status.resolved, diff.after.by_status.resolved), (0, 1));
    let rest = bench.desk.diff(&bench.principal(), (from, to), diff.next, 10).await.unwrap();
    let ids: Vec<_> = rest.changed.iter().map(|changed| (changed.id, changed.changes[0].aspect)).collect();
    assert_eq!((ids, rest.next), (vec![(new, Aspect::Opened)], None));
    assert_ne!(quiet, new);
}

//! The past is what it was: at every position the views that are read back equal those that answered then.

use domain::access::Walls;
use domain::content::Content;
use domain::conversation::add_note::{self, NewNote};
use domain::conversation::assign::{self, Assignment};
use domain::conversation::change_status::{self, Resolve};
use domain::conversation::{Priority, Status, label};
use domain::event::Actor;
use domain::ids::*;
use domain::rejection::Rejection;
use domain::step::Step;
use domain::team::{self, NewTeam};
use domain::time::Millis;
use futures_util::future::join_all;

use super::diff::Aspect;
use super::{AsOf, PastError};
use crate::testing::Bench;

/// Numbers that a seed gives one after the other.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// One thing that happens on a desk; what cannot be done is not.
async fn something(bench: &Bench, dice: &mut Dice, known: &mut Vec<ConversationId>) {
    bench.clock.advance(Millis::seconds(1 + dice.below(4_000) as i64));
    if known.is_empty() || dice.below(4) == 0 {
        let id = bench.says(&format!("3460000000{}", dice.below(6)), "hello").await;
        if !known.contains(&id) {
            known.push(id);
        }
        return;
    }
    let id = known[dice.below(known.len() as u64) as usize];
    let (agent, what, n) = (bench.agent, dice.below(9), dice.below(3));
    let by = bench.principal();
    let act = move |step: &mut Step<'_>| -> Result<(), Rejection> {
        match what {
            0 => change_status::resolve(step, id, Resolve::default()),
            1 => change_status::change(
                step,
                id,
                [Status::Open, Status::Pending, Status::Snoozed][n as usize],
                None,
                None,
            ),
            2 => {
                assign::assign(step, id, &Assignment { assignee_id: (n > 0).then_some(agent), ..Assignment::default() })
            }
            3 => label::tag(step, id, ["vip", "late", "new"][n as usize]),
            4 => label::untag(step, id, ["vip", "late", "new"][n as usize]),
            5 => label::prioritize(step, id, [Priority::Low, Priority::High, Priority::Urgent][n as usize]),
            6 => {
                let new = NewNote { body: format!("@[{agent}] look"), ..NewNote::default() };
                add_note::add(step, id, UserId::from_u128(77), &new).map(|_| ())
            }
            7 => {
                let new = NewTeam { name: format!("Team {}", step.world.head), brand_id: None, walls: Walls::Closed };
                let team = team::create(step, &by, &new)?;
                team::set_member(step, &by, team, agent, n > 0)?;
                assign::assign(step, id, &Assignment { team_id: Some(Some(team)), ..Assignment::default() })
            }
            _ => label::mark_read(step, id, agent, None, n == 0),
        }
    };
    if what == 8 && n == 0 {
        bench.replies(id, Content::text("answer"), None).await;
        return;
    }
    let _ = bench.desk.run(Actor::User(agent), act).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_is_what_it_was_whatever_happened_since() {
    for seed in 1..=4 {
        let (mut bench, mut dice, mut known) = (Bench::new().await, Dice(seed), Vec::new());
        let mut seen = Vec::new();
        for step in 0..60 {
            something(&bench, &mut dice, &mut known).await;
            let (pos, digest) = bench.desk.view(|views| (views.position(), views.digest()));
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
    assert_eq!(&then.view(|views| views.digest()), digest, "seed {seed}, position {pos}");
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

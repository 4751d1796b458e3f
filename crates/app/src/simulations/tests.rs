//! The past of a real desk, with its timers, its clock that stands still between commands, and a restart in between: decided again it
//! must be what it was.

use domain::access::{Principal, Role};
use domain::availability::{self, Availability};
use domain::content::Content;
use domain::conversation::assign::claim;
use domain::conversation::reply::{Reply, reply};
use domain::conversation::{Priority, Status, change_status};
use domain::event::message::Sender;
use domain::event::queue::QueueChanged;
use domain::event::user::UserCreated;
use domain::event::{Actor, StreamId};
use domain::ids::*;
use domain::queue::settings::{AutoResolve, Release, Strategy};
use domain::queue::{QueueId, QueueSettings};
use domain::sla::{Escalation, EscalationAction, Metric, SlaPolicy, Target, manage};
use domain::step::Step;
use domain::time::Millis;

use super::{Asked, RANGE_MAX};
use crate::Failure;
use crate::testing::Bench;
use crate::timers::TimerWorker;
use crate::workers::Worker;

async fn hire(bench: &Bench) -> UserId {
    let made = bench.desk.run(Actor::System, |step| {
        let user_id: UserId = step.mint.fresh();
        let (role, private) = (Role::Agent, None);
        let event = UserCreated { user_id, role, custom_role_id: None, brand_ids: None, email_key: None, private };
        step.emit(StreamId::User(user_id), event);
        Ok(user_id)
    });
    made.await.unwrap().value
}

async fn is(bench: &Bench, user: UserId, to: Availability) {
    let wish = availability::Wish { availability: to, until: None, note: None };
    let said = move |step: &mut Step<'_>| {
        let by = Principal::plain(user, Role::Agent);
        availability::set(step, &by, user, wish, false)
    };
    bench.desk.run(Actor::User(user), said).await.unwrap();
}

/// A queue that gives out, takes back and ends what is silent; promises with steps.
async fn set_up(bench: &Bench) {
    let brand = bench.desk.view(|views| views.directory.channels.get(bench.channel).unwrap().brand_id);
    let queue_id = QueueId::Common(brand);
    let settings = QueueSettings {
        strategies: vec![Strategy::Sticky, Strategy::LeastLoaded],
        lease_ms: Some(Millis::minutes(12)),
        on_offline: Release::Waiting,
        capacity: Some(3),
        auto_resolve: Some(AutoResolve {
            after_ms: Millis::minutes(40),
            warn_before_ms: Some(Millis::minutes(10)),
            warning: Some("Still there?".to_owned()),
            disposition: None,
        }),
        ..QueueSettings::default()
    };
    let target = |metric, target_s| Target {
        metric,
        target_s,
        target_s_by_priority: Default::default(),
        hours_id: None,
        pause_on: Default::default(),
        at_risk_percent: 80,
    };
    let step = |at_percent, action| Escalation { metric: Metric::FirstResponse, at_percent, action };
    let policy = SlaPolicy {
        name: "Quick".to_owned(),
        brand_id: None,
        enabled: true,
        matches: Default::default(),
        targets: vec![target(Metric::FirstResponse, 900), target(Metric::NextResponse, 600)],
        escalations: vec![
            step(60, EscalationAction::RaisePriority { priority: Priority::High }),
            step(110, EscalationAction::Reassign { user_id: None }),
        ],
    };
    let by = bench.principal();
    let set = move |step: &mut Step<'_>| {
        step.emit(StreamId::Queue(queue_id), QueueChanged { queue_id, settings });
        manage::create(step, &by, &policy).map(drop)
    };
    bench.desk.run(Actor::User(bench.agent), set).await.unwrap();
}

async fn answers(bench: &Bench, user: UserId, conversation_id: ConversationId) {
    let wanted = Reply {
        conversation_id,
        sender: Sender::User(user),
        content: Content::text("We are on it."),
        reply_to_id: None,
        context_provider_id: None,
        client_ref: None,
        media_id: None,
        after_pos: None,
    };
    bench.desk.run(Actor::User(user), move |step| reply(step, &wanted).map(drop)).await.unwrap();
}

/// Three hours, in which the timers run only now and then.
async fn three_hours(mut bench: Bench, agents: &[UserId]) -> Bench {
    for minute in 0..180_usize {
        if minute == 90 {
            bench = bench.restarted();
        }
        if minute % 3 == 0 {
            bench.says(&format!("346000000{:02}", minute % 37), "a question").await;
        }
        if minute % 7 == 0 {
            let mut worker = TimerWorker::new(bench.desk.clone());
            for _ in 0..20 {
                worker.step().await;
            }
        }
        let agent = agents[minute % agents.len()];
        let theirs: Vec<_> = bench.desk.view(|views| {
            let entries = views.queues.board().entries();
            entries.filter(|entry| entry.assignee_id == Some(agent)).cloned().collect()
        });
        match minute % 5 {
            0 | 1 => {
                if let Some(entry) = theirs.iter().find(|entry| entry.waiting_since.is_some()) {
                    answers(&bench, agent, entry.id).await;
                }
            }
            2 => {
                if let Some(id) = theirs.iter().find(|entry| entry.waiting_since.is_none()).map(|entry| entry.id) {
                    let until = (minute % 2 == 0).then_some(bench.desk.now() + Millis::minutes(6));
                    let to = if minute % 2 == 0 { Status::Snoozed } else { Status::Resolved };
                    let moved = move |step: &mut Step<'_>| change_status::change(step, id, to, until, None);
                    bench.desk.run(Actor::User(agent), moved).await.unwrap();
                }
            }
            3 => {
                let to = if minute % 4 == 0 { Availability::Offline } else { Availability::Available };
                is(&bench, agent, to).await;
            }
            _ => {
                let waiting = bench.desk.view(|views| {
                    let mut entries = views.queues.board().entries();
                    entries.find(|entry| entry.waits_for_somebody()).map(|entry| entry.id)
                });
                if let Some(id) = waiting.filter(|_| minute % 8 == 1) {
                    bench.desk.run(Actor::User(agent), move |step| claim(step, id, agent)).await.unwrap();
                }
            }
        }
        bench.clock.advance(Millis::minutes(1));
    }
    bench
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_desk_decided_with_its_timers_and_through_a_restart_it_decides_so_again() {
    let bench = Bench::new().await;
    set_up(&bench).await;
    let agents = [hire(&bench).await, hire(&bench).await, hire(&bench).await];
    for agent in agents {
        is(&bench, agent, Availability::Available).await;
    }
    let bench = three_hours(bench, &agents).await;
    let head = bench.desk.position();
    let kinds: std::collections::BTreeSet<_> = bench.events().iter().map(|event| event.kind()).collect();
    for kind in ["conversation.lease_expired", "sla.escalated", "conversation.inactivity_warned", "conversation.routed"]
    {
        assert!(kinds.contains(kind), "{kind} did not happen");
    }
    for from_pos in [1, head / 3, head / 2] {
        let asked = Asked { from_pos, to_pos: head, seed: 5, ..Asked::default() };
        let played = bench.desk.simulate(&bench.principal(), asked).await.unwrap();
        assert_eq!(played.found.identity.deviation, None, "from {from_pos}");
        assert!(played.found.identity.reproduced > 100);
        assert!(played.found.replayed.first_response.count > 0, "from {from_pos}");
    }
    assert_eq!(bench.desk.position(), head, "nothing is written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_range_is_played_at_a_time_and_none_that_is_too_long() {
    let bench = Bench::new().await;
    bench.says("34600000001", "hi").await;
    let asked = |to_pos| Asked { from_pos: 1, to_pos, ..Asked::default() };
    let running = crate::routing_simulation::Running::begin(&bench.desk).expect("nothing else runs");
    let refused = bench.desk.simulate(&bench.principal(), asked(5)).await;
    assert!(matches!(refused, Err(Failure::Overloaded)), "{refused:?}");
    drop(running);
    bench.desk.simulate(&bench.principal(), asked(5)).await.unwrap();
    let too_long = Asked { from_pos: RANGE_MAX * 2, to_pos: RANGE_MAX * 9, ..Asked::default() };
    assert!(matches!(bench.desk.simulate(&bench.principal(), too_long).await, Err(Failure::Rejected(_))));
}

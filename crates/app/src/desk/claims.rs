//! Many claim the same at once.

use domain::access::Role;
use domain::conversation::assign::claim;
use domain::event::user::UserCreated;
use domain::event::{Actor, Event, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use futures_util::future::join_all;

use crate::Failure;
use crate::testing::Bench;

const AGENTS: usize = 8;
const CONVERSATIONS: usize = 40;

async fn agent(bench: &Bench) -> UserId {
    let made = bench.desk.run(Actor::System, |step| {
        let user_id: UserId = step.mint.fresh();
        let role = Role::Agent;
        let event =
            UserCreated { user_id, role, custom_role_id: None, brand_ids: None, email_key: None, private: None };
        step.emit(StreamId::User(user_id), event);
        Ok(user_id)
    });
    made.await.unwrap().value
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_claim_at_once_one_gets_each_and_all_others_are_told_who() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for n in 0..CONVERSATIONS {
        ids.push(bench.says(&format!("346{n:08}"), "hi").await);
    }
    let mut agents = Vec::new();
    for _ in 0..AGENTS {
        agents.push(agent(&bench).await);
    }
    let claiming = agents.iter().enumerate().map(|(place, agent)| {
        let (desk, agent, mut wanted) = (bench.desk.clone(), *agent, ids.clone());
        // Each begins elsewhere, so that no one is always first.
        wanted.rotate_left(place * CONVERSATIONS / AGENTS);
        tokio::spawn(async move {
            let claims = wanted.into_iter().map(|id| {
                let claimed = desk.run(Actor::User(agent), move |step| claim(step, id, agent));
                async move { (id, agent, claimed.await.map(|_| ())) }
            });
            join_all(claims).await
        })
    });
    let answers: Vec<_> = join_all(claiming).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(answers.len(), AGENTS * CONVERSATIONS);
    for id in ids {
        let of_this: Vec<_> = answers.iter().filter(|(of, _, _)| *of == id).collect();
        let winners: Vec<_> =
            of_this.iter().filter(|(_, _, answer)| answer.is_ok()).map(|(_, agent, _)| *agent).collect();
        let [owner] = winners[..] else { panic!("{} own {id}", winners.len()) };
        assert_eq!(bench.desk.view(|views| views.inbox.get(id).unwrap().assignee_id()), Some(owner));
        for (_, agent, answer) in of_this.into_iter().filter(|(_, agent, _)| *agent != owner) {
            let told = matches!(answer, Err(Failure::Rejected(Rejection::AlreadyAssigned { assignee_id }))
                if *assignee_id == Some(owner));
            assert!(told, "{agent} was told {answer:?}");
        }
    }
    let given = bench.events().into_iter().filter(|event| matches!(event, Event::ConversationAssigned(_)));
    assert_eq!(given.count(), CONVERSATIONS);
}

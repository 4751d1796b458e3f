//! Days on a desk that a seed makes up.

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

use super::Bench;

/// Numbers that a seed gives one after the other.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// One thing that happens on a desk; what cannot be done is not.
pub(crate) async fn something(bench: &Bench, dice: &mut Dice, known: &mut Vec<ConversationId>) {
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

//! What walls cost a list: an Agent with 50 teams beside a Super Admin over the same 100,000 open conversations, turn and
//! turn about, for an agent who sees much of everything (50 of 60 teams) and one who sees little (50 of 2,000):
//! `cargo bench -p projections --bench walls`.

#![expect(clippy::print_stdout, reason = "the figures are the program's answer")]

use std::hint::black_box;
use std::time::Instant;

use domain::access::{Principal, Role, Walls};
use domain::conversation::Status;
use domain::event::conversation::{ConversationAssigned, ConversationOpened, Origin};
use domain::event::team::{TeamCreated, TeamMemberSet};
use domain::event::user::UserCreated;
use domain::event::{Actor, Event, Recorded, StreamId};
use domain::ids::*;
use domain::time::Timestamp;
use projections::Views;
use projections::inbox::query::Filters;
use projections::inbox::{InboxQuery, Sort, View};

const OPEN: u128 = 100_000;
const AGENTS_TEAMS: u128 = 50;
const ROUNDS: usize = 301;

fn id<T: From<u128>>(n: u128, kind: u128) -> T {
    let noise = n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834) >> 64;
    T::from((n << 90) | (kind << 64) | noise)
}

struct Feed(Views, u64);

impl Feed {
    fn apply(&mut self, stream: StreamId, version: u64, at: i64, event: impl Into<Event>) {
        self.1 += 1;
        let at = Timestamp::from_seconds(1_700_000_000 + at);
        let recorded = Recorded {
            pos: self.1,
            stream,
            version,
            event: event.into(),
            occurred_at: at,
            recorded_at: at,
            actor: Actor::System,
        };
        self.0.apply(&recorded);
    }
}

/// A desk of so many teams with the open conversations spread over them; a third has an owner.
fn desk(teams: u128) -> (Views, Principal, Principal) {
    let mut feed = Feed(Views::default(), 0);
    let (root, agent): (UserId, UserId) = (id(1, 7), id(2, 7));
    for (user_id, role) in [(root, Role::SuperAdmin), (agent, Role::Agent)] {
        let event =
            UserCreated { user_id, role, custom_role_id: None, brand_ids: None, email_key: None, private: None };
        feed.apply(StreamId::User(user_id), 1, 0, event);
    }
    for n in 0..teams {
        let team_id: TeamId = id(n, 9);
        let event = TeamCreated { team_id, brand_id: None, name: format!("Team {n}"), walls: Walls::Closed };
        feed.apply(StreamId::Team(team_id), 1, 0, event);
        // Spread over all of them, not the first ones.
        if n % (teams / AGENTS_TEAMS) == 0 && n / (teams / AGENTS_TEAMS) < AGENTS_TEAMS {
            feed.apply(StreamId::Team(team_id), 2, 0, TeamMemberSet { team_id, user_id: agent, lead: false });
        }
    }
    for n in 0..OPEN {
        let conversation_id: ConversationId = id(n, 1);
        let team_id = Some(id(n.wrapping_mul(7_919) % teams, 9));
        let opened = ConversationOpened {
            conversation_id,
            number: n as u64 + 1,
            channel_id: id(n % 8, 2),
            brand_id: id(0, 3),
            contact_id: id(n, 4),
            origin: Origin::Inbound,
            status: Status::Open,
            team_id,
            previous: None,
        };
        let stream = StreamId::Conversation(conversation_id);
        feed.apply(stream, 1, n as i64, opened);
        if n % 3 == 0 {
            let assigned = ConversationAssigned {
                conversation_id,
                assignee_id: Some(id(n % 200, 8)),
                team_id,
                previous_assignee_id: None,
                previous_team_id: team_id,
                reason: None,
            };
            feed.apply(stream, 2, n as i64, assigned);
        }
    }
    let principal = |user| feed.0.roster.principal(user).expect("an account").clone();
    let (root, agent) = (principal(root), principal(agent));
    (feed.0, root, agent)
}

/// Medians and 99th percentiles of both, in microseconds, measured in turns.
fn beside(mut one: impl FnMut(), mut other: impl FnMut()) -> [f64; 4] {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (run, times) in [(&mut one as &mut dyn FnMut(), &mut first), (&mut other, &mut second)] {
            let begin = Instant::now();
            run();
            times.push(begin.elapsed().as_secs_f64() * 1e6);
        }
    }
    first.sort_unstable_by(f64::total_cmp);
    second.sort_unstable_by(f64::total_cmp);
    let at = |times: &[f64], share: f64| times[((times.len() - 1) as f64 * share) as usize];
    [at(&first, 0.5), at(&first, 0.99), at(&second, 0.5), at(&second, 0.99)]
}

fn main() {
    for teams in [60, 200, 2_000] {
        let (views, root, agent) = desk(teams);
        let seen = views.inbox.counts(&agent).all.total;
        println!("{OPEN} open conversations in {teams} teams; the agent's {AGENTS_TEAMS} hold {seen}");
        println!("{:<34} {:>18} {:>18} {:>6}", "page of 50", "super admin p50/p99", "agent p50/p99 (us)", "ratio");
        for (sorted, sort) in [
            ("waiting_since", Sort::WaitingSince),
            ("-last_activity_at", Sort::LastActivityDescending),
            ("created_at", Sort::CreatedAt),
        ] {
            for (of, view) in [("all", View::All), ("unassigned", View::Unassigned)] {
                for (place, depth) in [("first", 0), ("tenth", 9)] {
                    let mut query = InboxQuery { view, filters: Filters::default(), sort, after: None, limit: 50 };
                    let mut other = query.clone();
                    for _ in 0..depth {
                        query.after = views.inbox.page(&query, &root).next;
                        other.after = views.inbox.page(&other, &agent).next;
                    }
                    let [p50, p99, of_agent, slow] = beside(
                        || drop(black_box(views.inbox.page(&query, &root))),
                        || drop(black_box(views.inbox.page(&other, &agent))),
                    );
                    let name = format!("{of} {sorted}, {place}");
                    let (one, two) = (format!("{p50:.1} / {p99:.1}"), format!("{of_agent:.1} / {slow:.1}"));
                    println!("{name:<34} {one:>18} {two:>18} {:>6.2}", of_agent / p50);
                }
            }
        }
        let [p50, p99, of_agent, slow] = beside(
            || {
                black_box(views.inbox.counts(&root));
            },
            || {
                black_box(views.inbox.counts(&agent));
            },
        );
        println!("counts: super admin {p50:.1} / {p99:.1}, agent {of_agent:.1} / {slow:.1} us");
    }
}

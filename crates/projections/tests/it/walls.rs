//! Walls in the inbox: for every history of work, moves between teams, invitations and changed rights, what somebody's
//! lists and counts give is what a look at each conversation by itself allows, no more and no less.

use std::collections::BTreeSet;

use domain::access::{Principal, Role, Walls};
use domain::conversation::assign::{self, Assignment};
use domain::conversation::{Status, collaborate, label};
use domain::event::workspace::WorkspaceSettingsChanged;
use domain::event::{Actor, StreamId};
use domain::ids::*;
use domain::settings::{AgentSettings, Settings};
use domain::sla::book::State;
use domain::{account, channel, role, team};
use projections::inbox::counts::{StatusCounts, ViewCount};
use projections::inbox::query::Filters;
use projections::inbox::{InboxQuery, Row, Sort, View};
use proptest::prelude::*;

use crate::desk::Desk;

#[derive(Debug, Clone)]
struct Act {
    what: u8,
    who: u8,
    other: u8,
    flag: bool,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0u8..20, 0u8..12, 0u8..8, any::<bool>());
    prop::collection::vec(act.prop_map(|(what, who, other, flag)| Act { what, who, other, flag }), 1..140)
}

/// Two brands with a number each, three teams of the first (one with open walls) and one of the second, and people of
/// every kind.
struct World {
    desk: Desk,
    channels: [ChannelId; 2],
    teams: Vec<TeamId>,
    people: Vec<UserId>,
    root: Principal,
    conversations: Vec<ConversationId>,
    now: i64,
}

impl World {
    fn new() -> Self {
        let mut desk = Desk::new();
        desk.promises(20);
        let root = desk.user("Root", Role::SuperAdmin);
        let root = desk.principal(root);
        let second = desk.run(-50, Actor::System, |step| channel::create_brand(step, "Second")).unwrap();
        let first = desk.world.channels[&desk.channel].config.brand_id;
        let other_number = desk.connect_to("Second", "205", second);
        let mut teams = Vec::new();
        for (name, brand, walls) in [
            ("Sales", first, Walls::Closed),
            ("Support", first, Walls::Closed),
            ("Lobby", first, Walls::Open),
            ("Second", second, Walls::Closed),
        ] {
            let new = team::NewTeam { name: name.to_owned(), brand_id: Some(brand), walls };
            teams.push(desk.run(-50, Actor::System, |step| team::create(step, &root, &new)).unwrap());
        }
        let mut people = vec![root.user_id, desk.ana, desk.ben];
        for (name, role) in
            [("Adam", Role::Admin), ("Olga", Role::Operator), ("Cleo", Role::Agent), ("Rex", Role::Agent)]
        {
            people.push(desk.user(name, role));
        }
        let mut world =
            Self { channels: [desk.channel, other_number], teams, people, root, conversations: vec![], now: 0, desk };
        world.joins(1, 0);
        world.joins(2, 0);
        world.joins(2, 1);
        world.joins(5, 3);
        world.brands(3, Some([first].into()));
        let reviewer = world
            .desk
            .run(-40, Actor::System, |step| {
                role::create(step, "Reviewer", Role::Agent, &["conversations.read".to_owned()].into())
            })
            .unwrap();
        let (root, rex) = (world.root.clone(), world.people[6]);
        world
            .desk
            .run(-40, Actor::System, |step| account::change_role(step, &root, rex, Role::Agent, Some(reviewer)))
            .unwrap();
        world
    }

    fn joins(&mut self, person: usize, team: usize) {
        let (root, user, team) = (self.root.clone(), self.people[person], self.teams[team]);
        let _ = self.desk.run(self.now, Actor::System, |step| team::set_member(step, &root, team, user, false));
    }

    fn brands(&mut self, person: usize, brands: Option<BTreeSet<BrandId>>) {
        let (root, user) = (self.root.clone(), self.people[person]);
        let owned = self.desk.views.inbox.owned_by(user);
        let _ =
            self.desk.run(self.now, Actor::System, |step| account::change_brands(step, &root, user, brands, &owned));
    }

    /// Refused acts are part of the game.
    fn act(&mut self, act: &Act) {
        self.now += 1;
        let now = self.now;
        let who = ["a", "b", "c", "d", "e", "f"][usize::from(act.who) % 6];
        let person = usize::from(act.other) % self.people.len();
        let (user, team) = (self.people[person], self.teams[usize::from(act.other) % self.teams.len()]);
        let desk = &mut self.desk;
        desk.channel = self.channels[usize::from(act.flag)];
        let known = self.conversations.get(usize::from(act.who) % self.conversations.len().max(1)).copied();
        let Some(id) = known.filter(|_| act.what > 3) else {
            let (id, _) = desk.says(now, who, "hello");
            if !self.conversations.contains(&id) {
                self.conversations.push(id);
            }
            return;
        };
        let assign = |desk: &mut Desk, wanted: Assignment| {
            let _ = desk.run(now, Actor::System, |step| assign::assign(step, id, &wanted));
        };
        match act.what {
            4 | 5 => assign(desk, Assignment { assignee_id: Some(user), ..Assignment::default() }),
            6 => assign(desk, Assignment { team_id: Some(Some(team)), ..Assignment::default() }),
            7 => assign(desk, Assignment { team_id: Some(None), ..Assignment::default() }),
            8 => {
                let wanted = Assignment { assignee_id: Some(user), team_id: Some(Some(team)), ..Assignment::default() };
                assign(desk, wanted);
            }
            9 if desk.views.inbox.get(id).unwrap().status() != Status::Resolved => desk.resolves(now, user, id),
            10 | 11 => {
                let _ = desk.run(now, Actor::System, |step| collaborate::invite(step, id, user));
            }
            12 => {
                let _ = desk.run(now, Actor::System, |step| collaborate::uninvite(step, id, user));
            }
            13 => desk.reads(now, user, id, None),
            14 => {
                let _ = desk.run(now, Actor::User(user), |step| label::mark_read(step, id, user, None, true));
            }
            15 if act.flag => self.joins(person, usize::from(act.who) % self.teams.len()),
            15 => {
                let (root, team) = (self.root.clone(), self.teams[usize::from(act.who) % self.teams.len()]);
                let owned = desk.views.inbox.owned_by(user);
                let _ = desk.run(now, Actor::System, |step| team::remove_member(step, &root, team, user, &owned));
            }
            16 => {
                let (root, walls) = (self.root.clone(), if act.flag { Walls::Open } else { Walls::Closed });
                let _ = desk.run(now, Actor::System, |step| team::change(step, &root, team, None, Some(walls)));
            }
            18 => {
                let _ = desk.run(now, Actor::System, |step| domain::bot::hold::hold(step, id));
            }
            19 => desk.timer(now),
            _ if act.who.is_multiple_of(2) => {
                let agents = AgentSettings { see_team: act.flag, resolve_team: false };
                let settings = Settings { agents, ..Settings::default() };
                desk.run(now, Actor::System, |step| {
                    step.emit(StreamId::Workspace, WorkspaceSettingsChanged { settings, courtesy_keys: Vec::new() });
                });
            }
            _ => {
                let brand = desk.world.channels[&desk.channel].config.brand_id;
                self.brands(person, act.flag.then(|| [brand].into()));
            }
        }
    }

    fn rows(&self) -> Vec<Row> {
        self.conversations.iter().map(|id| self.desk.views.inbox.get(*id).unwrap()).collect()
    }
}

fn listed(world: &World, viewer: &Principal, mut query: InboxQuery) -> Vec<ConversationId> {
    let mut found = Vec::new();
    loop {
        let page = world.desk.views.inbox.page(&query, viewer);
        found.extend(page.rows.iter().map(Row::id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lists_and_counts_are_what_each_conversation_allows_by_itself(acts in acts(), limit in 1usize..5) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.act(act));
        let inbox = &world.desk.views.inbox;
        for user in &world.people {
            let viewer = world.desk.principal(*user);
            // The decision's own look at the same conversation agrees with the row's.
            for row in world.rows() {
                let state = world.desk.timeline(row.id()).conversation;
                prop_assert_eq!(inbox.sees(&viewer, &row), viewer.sees(&state.placement(*user)));
            }
            let visible: Vec<Row> = world.rows().into_iter().filter(|row| inbox.sees(&viewer, row)).collect();
            for sort in [Sort::CreatedAt, Sort::CreatedAtDescending, Sort::WaitingSince, Sort::LastActivityDescending] {
                for view in [View::All, View::Unassigned, View::Mine(*user)] {
                    for team in [None, Some(world.teams[0])] {
                        let wanted = |row: &&Row| team.is_none_or(|team| row.team_id() == Some(team)) && match view {
                            View::All => true,
                            View::Unassigned => row.assignee_id().is_none(),
                            View::Mine(user) => row.assignee_id() == Some(user),
                            View::AtRisk | View::Breached | View::Bot => false,
                        };
                        let filters = Filters { team_id: team, ..Filters::default() };
                        let query = InboxQuery { view, filters, sort, after: None, limit };
                        let listed = listed(&world, &viewer, query.clone());
                        let expected: BTreeSet<_> = visible.iter().filter(wanted).map(Row::id).collect();
                        prop_assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), expected);
                        // In the order everybody's list has, and none twice.
                        let mut all = Vec::new();
                        let mut whole = InboxQuery { limit: 200, ..query };
                        loop {
                            let page = inbox.page_where(&whole, &|row| inbox.sees(&viewer, row));
                            all.extend(page.rows.iter().map(Row::id));
                            match page.next { Some(next) => whole.after = Some(next), None => break }
                        }
                        prop_assert_eq!(listed, all);
                    }
                }
            }
            let counted = |wanted: &dyn Fn(&Row) -> bool| {
                let rows: Vec<_> = visible.iter().filter(|row| wanted(row)).collect();
                let of = |status| rows.iter().filter(|row| row.status() == status).count() as u64;
                ViewCount {
                    total: rows.len() as u64,
                    unread: rows.iter().filter(|row| inbox.unread_count(row.id(), *user) > 0).count() as u64,
                    by_status: StatusCounts {
                        open: of(Status::Open),
                        pending: of(Status::Pending),
                        snoozed: of(Status::Snoozed),
                        resolved: of(Status::Resolved),
                    },
                }
            };
            let counts = inbox.counts(&viewer);
            prop_assert_eq!(counts.all, counted(&|_| true));
            prop_assert_eq!(counts.mine, counted(&|row| row.assignee_id() == Some(*user)));
            prop_assert_eq!(counts.unassigned, counted(&|row| row.assignee_id().is_none()));
            prop_assert_eq!(counts.at_risk, counted(&|row| row.sla_state() == Some(State::AtRisk)));
            prop_assert_eq!(counts.breached, counted(&|row| row.sla_state() == Some(State::Breached)));
            prop_assert_eq!(counts.bot, counted(&Row::has_bot));
        }
    }
}

//! Nobody is passed over: in random worlds, after every command, what was given out was given in the queue's order, to people
//! who can have it, and nothing that somebody could have is left waiting.
//!
//! Each decision is looked at in the world of that moment, which a second desk makes by replaying the log: so it is also shown
//! that a replay gives the same board. Who can have what is worked out from the settings alone, by none of the code under test.

use std::cmp::Reverse;

use domain::access::Role;
use domain::availability::Availability;
use domain::business_hours;
use domain::content::Content;
use domain::conversation::assign::{Assignment, assign, claim};
use domain::conversation::label::prioritize;
use domain::conversation::reply::reply;
use domain::conversation::{Priority, Status, change_status};
use domain::event::message::Sender as Author;
use domain::event::routing::{ConversationRouted, Demand, Outcome, Skills};
use domain::event::{Actor, Event};
use domain::ids::*;
use domain::inbound::{EchoMessage, InboundFact};
use domain::queue::settings::{QueueSettings, Release, Spill, Strategy};
use domain::queue::{Entry, QueueId};
use domain::routing::route::CAPACITY_DEFAULT;
use domain::routing::rule::Destination;
use domain::simulation::scenario::Scenario;
use domain::sla::Metric;
use domain::time::{Millis, Timestamp};
use domain::world::World;
use domain::{routing_profile, team};
use proptest::prelude::{ProptestConfig, TestCaseError, any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::strategy::Strategy as _;
use serde_json::json;

use crate::business_hours::{draft, made};
use crate::desk::{Desk, NUMBER, OTHER_NUMBER, message, minute, sender, text_reply};
use crate::sla::{policy, target};

/// One thing that happens, with small numbers for who and what.
#[derive(Debug, Clone)]
struct Act {
    what: u8,
    who: u8,
    which: u8,
    minutes: i64,
}

fn acts() -> impl proptest::strategy::Strategy<Value = Vec<Act>> {
    let act = (0u8..34, any::<u8>(), any::<u8>(), 0i64..6);
    let act = act.prop_map(|(what, who, which, minutes)| Act { what, who, which, minutes });
    prop::collection::vec(act, 1..90)
}

const WORDS: [&str; 6] =
    ["hello", "about my invoice", "ola, an invoice", "I am a vip", "straight on please", "second line"];

struct Game {
    desk: Desk,
    /// The same, as a replay of the log makes it.
    shadow: World,
    seen: usize,
    agents: Vec<UserId>,
    teams: [TeamId; 2],
    queues: [QueueId; 3],
    hours: HoursId,
    now: i64,
    said: usize,
}

fn demand(required: &[&str], preferred: &[&str], relax: Option<i64>, strategies: Option<&[Strategy]>) -> Demand {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Demand {
        skills: Skills { required: words(required), preferred: words(preferred) },
        relax_skills_after_ms: relax.map(Millis::minutes),
        strategies: strategies.map(<[Strategy]>::to_vec),
    }
}

impl Game {
    fn new() -> Self {
        let mut desk = Desk::new();
        let agents: Vec<_> = ["cho", "dan", "eva", "fay"].map(|name| desk.hire(name, Role::Agent)).into();
        let teams = [desk.team("First line", &agents[..3]), desk.team("Second line", &agents[2..])];
        let queues = [QueueId::Team(teams[0]), QueueId::Team(teams[1]), desk.common()];
        let (first, other) = (desk.channel, desk.connect(OTHER_NUMBER).unwrap());
        let team = Some(Some(teams[0]));
        desk.run(|step| domain::channel::change(step, first, Default::default(), team, None)).unwrap();
        // Only what comes to one of the numbers is promised something.
        let mut promise = target(Metric::FirstResponse, 20, &[]);
        promise.target_s_by_priority = [(Priority::Urgent, 300)].into();
        let mut promised = policy("quick", vec![promise]);
        let of_other = json!({"field": "channel_id", "op": "in", "value": [other.to_string()]});
        promised.matches = serde_json::from_value(of_other).unwrap();
        desk.promises(&promised);
        let says = |word: &str| json!({"field": "text", "op": "has_any_word", "value": [word]});
        let to = |queue_id, priority, demand| Destination { queue_id, priority, demand, language: None };
        let relaxed = demand(&["billing", "portuguese"], &[], Some(10), None);
        desk.rule("portuguese", says("ola"), to(None, None, relaxed)).unwrap();
        desk.rule("billing", says("invoice"), to(None, None, demand(&["billing"], &["vip"], None, None))).unwrap();
        desk.rule("vip", says("vip"), to(None, Some(Priority::Urgent), demand(&[], &["vip"], None, None))).unwrap();
        let anyway = demand(&[], &[], None, Some(&[Strategy::Sticky, Strategy::RoundRobin]));
        desk.rule("straight", says("straight"), to(None, None, anyway)).unwrap();
        desk.rule("second", says("second"), to(Some(queues[1]), None, Demand::default())).unwrap();
        let hours = made(&mut desk, draft("UTC", &["monday 00:30-01:00", "monday 01:20-23:00"], &[])).unwrap();
        for (number, agent) in agents.iter().enumerate() {
            desk.can(*agent, &[["billing"], ["vip"], ["portuguese"], ["billing"]][number], Some(2));
        }
        [agents[0], agents[2]].into_iter().for_each(|agent| desk.is(agent, Availability::Available));
        let (shadow, seen) = (World::new(), 0);
        Self { desk, shadow, seen, agents, teams, queues, hours, now: 0, said: 0 }
    }

    fn agent(&self, who: u8) -> UserId {
        self.agents[usize::from(who) % self.agents.len()]
    }

    /// One that is running, if there is any.
    fn running(&self, which: u8) -> Option<Entry> {
        let entries: Vec<_> = self.desk.world.queues.board().entries().cloned().collect();
        entries.get(usize::from(which) % entries.len().max(1)).cloned()
    }

    fn settings(&self, act: &Act) -> QueueSettings {
        use Strategy::*;
        let strategies: [&[Strategy]; 7] = [
            &[RoundRobin],
            &[LeastLoaded],
            &[Skill, LeastLoaded],
            &[Sticky, RoundRobin],
            &[Sticky, Skill, LeastLoaded],
            &[Manual],
            &[Sticky, Manual],
        ];
        let some = |bit: u8| act.who & (1 << bit) != 0;
        let release = |bit: u8| {
            [Release::Keep, Release::Waiting, Release::Open][usize::from(some(bit)) + usize::from(some(bit + 1))]
        };
        QueueSettings {
            strategies: strategies[usize::from(act.which >> 3) % strategies.len()].to_vec(),
            relax_skills_after_ms: some(0).then_some(Millis::minutes(7)),
            lease_ms: some(1).then_some(Millis::minutes(4)),
            on_offline: release(2),
            on_away: release(4),
            spill: (some(6) && act.which.is_multiple_of(3))
                .then_some(Spill { after_ms: Millis::minutes(15), to: self.queues[1] }),
            capacity: some(7).then_some(1),
            hours_id: some(5).then_some(self.hours),
            ..QueueSettings::default()
        }
    }

    /// Time passes and what is due happens.
    fn wait(&mut self, minutes: i64) {
        self.now += minutes;
        self.desk.now = minute(self.now);
        self.desk.timer(self.now);
        // What is due makes nothing due again at the same time.
        for _ in 0..200 {
            let Some((at, id, what)) = self.desk.world.queues.board().due(self.desk.now, 1).first().copied() else {
                return;
            };
            self.desk
                .run(|step| {
                    domain::routing::due::due(step, id, what, at);
                    Ok(())
                })
                .unwrap();
        }
        panic!("what is due does not come to rest");
    }

    /// In the name of somebody; refused ones are part of the game.
    fn by(
        &mut self,
        user: UserId,
        f: impl FnOnce(&mut domain::step::Step<'_>) -> Result<(), domain::rejection::Rejection>,
    ) {
        let _ = self.desk.run(|step| {
            step.actor = Actor::User(user);
            f(step)
        });
    }

    fn act(&mut self, act: &Act) {
        let agent = self.agent(act.who);
        let ana = self.desk.principal(self.desk.ana);
        let entry = self.running(act.which);
        match act.what {
            0..=7 => {
                self.said += 1;
                let number = if act.which.is_multiple_of(3) { OTHER_NUMBER } else { NUMBER };
                let words = WORDS[usize::from(act.which / 3) % WORDS.len()];
                let who = format!("491{}", act.who % 7);
                let late = self.desk.now - Millis::minutes(i64::from(act.who % 4));
                let said = message(&who, &format!("m{}", self.said), late, words);
                self.desk.takes_on(number, InboundFact::Message(said));
            }
            8..=12 => {
                use Availability::*;
                let all = [Available, Available, Available, Busy, Away, Offline];
                self.desk.is(agent, all[usize::from(act.which) % all.len()]);
            }
            13 => self.change_queue(act),
            14 | 15 => {
                let Some(entry) = entry else { return };
                self.by(agent, |step| change_status::change(step, entry.id, Status::Resolved, None, None));
            }
            16 => {
                let Some(entry) = entry else { return };
                let to = [Status::Pending, Status::Open][usize::from(act.who % 2)];
                self.by(agent, |step| change_status::change(step, entry.id, to, None, None));
            }
            17 => {
                let Some(entry) = entry else { return };
                let until = Some(self.desk.now + Millis::hours(9));
                self.by(agent, |step| change_status::change(step, entry.id, Status::Snoozed, until, None));
            }
            18 | 19 => {
                let Some(entry) = entry else { return };
                let Some(owner) = entry.assignee_id else { return };
                self.by(owner, |step| assign(step, entry.id, &Assignment::default()));
            }
            20 => {
                let Some(entry) = entry else { return };
                self.by(agent, |step| claim(step, entry.id, agent));
            }
            21 => {
                let Some(entry) = entry else { return };
                let team_id = [Some(self.teams[0]), Some(self.teams[1]), None][usize::from(act.who) % 3];
                let moved = Assignment { team_id: Some(team_id), ..Assignment::default() };
                self.by(agent, |step| assign(step, entry.id, &moved));
            }
            22 | 23 => {
                let Some(entry) = entry else { return };
                let wanted = text_reply(entry.id, Author::User(entry.assignee_id.unwrap_or(agent)));
                self.by(agent, |step| reply(step, &wanted).map(drop));
            }
            24 => {
                self.said += 1;
                let provider_id = format!("e{}", self.said);
                let (to, at) = (sender(&format!("491{}", act.who % 7)), self.desk.now);
                let content = Content::text("from the counter");
                self.desk.takes(InboundFact::Echo(EchoMessage { to, provider_id, at, content }));
            }
            25 | 26 => {
                let Some(entry) = entry else { return };
                let priority = Priority::ALL[usize::from(act.who) % 5];
                self.by(agent, |step| prioritize(step, entry.id, priority));
            }
            27 | 28 => self.change_profile(act, agent),
            29 => {
                let id = self.teams[usize::from(act.which % 2)];
                self.by(ana.user_id, |step| team::set_member(step, &ana, id, agent, false));
            }
            30 => {
                let id = self.teams[usize::from(act.which % 2)];
                let entries = self.desk.world.queues.board().entries();
                let owned: Vec<_> =
                    entries.filter(|entry| entry.assignee_id == Some(agent)).map(|entry| entry.id).collect();
                self.by(ana.user_id, |step| team::remove_member(step, &ana, id, agent, &owned));
            }
            31 => self.change_hours(act),
            32 => {
                let known: Vec<_> = self.desk.world.queues.board().entries().map(|entry| entry.id).collect();
                let all = self.desk.log.events.iter().filter_map(|recorded| match &recorded.event {
                    Event::ConversationResolved(event) if !known.contains(&event.conversation_id) => {
                        Some(event.conversation_id)
                    }
                    _ => None,
                });
                let over: Vec<_> = all.collect();
                let Some(id) = over.get(usize::from(act.which) % over.len().max(1)).copied() else { return };
                self.by(agent, |step| change_status::change(step, id, Status::Open, None, None));
            }
            _ => {
                self.desk.restart();
            }
        }
    }

    fn change_queue(&mut self, act: &Act) {
        let settings = self.settings(act);
        let queue = self.queues[usize::from(act.which) % 3];
        let _ = self.desk.works(queue, settings);
    }

    fn change_profile(&mut self, act: &Act, agent: UserId) {
        let ana = self.desk.principal(self.desk.ana);
        let version = self.desk.world.profiles.version(agent);
        let skills = ["billing", "vip", "portuguese"].into_iter().enumerate();
        let skills = skills.filter(|(bit, _)| act.which & (1 << bit) != 0).map(|(_, skill)| skill.to_owned()).collect();
        let few = |bit: u8| (act.which & (1 << bit) != 0).then_some(u32::from(act.which % 3) + 1);
        let wish = routing_profile::Wish {
            skills,
            max_open: few(3),
            by_team: few(4).map(|most| (self.teams[0], most)).into_iter().collect(),
            by_channel: few(5).map(|most| (self.desk.channel, most)).into_iter().collect(),
            ..routing_profile::Wish::default()
        };
        self.desk.run(|step| routing_profile::set(step, &ana, agent, wish, version)).unwrap();
    }

    fn change_hours(&mut self, act: &Act) {
        let ana = self.desk.principal(self.desk.ana);
        let rows = [["monday 00:00-23:00", "tuesday 00:00-01:00"], ["monday 02:00-23:00", "monday 00:10-00:40"]];
        let weekly = draft("UTC", &rows[usize::from(act.which % 2)], &[]).weekly;
        let (id, version) = (self.hours, self.desk.world.calendars.get(self.hours).unwrap().version);
        let wanted = business_hours::CalendarChange { weekly: Some(weekly), ..Default::default() };
        self.desk.run(|step| business_hours::change(step, &ana, id, version, wanted)).unwrap();
    }

    /// Every event since it was last asked, in the world of its moment; then what must hold between commands.
    fn check(&mut self) -> Result<(), TestCaseError> {
        for place in self.seen..self.desk.log.events.len() {
            let recorded = &self.desk.log.events[place];
            match &recorded.event {
                Event::ConversationRouted(event) => {
                    if let Outcome::Assigned { user_id, .. } = event.outcome {
                        self.given(event, user_id, recorded.recorded_at)?;
                        let next = self.desk.log.events.get(place + 1).map(|next| &next.event);
                        let follows = matches!(next, Some(Event::ConversationAssigned(next))
                            if next.conversation_id == event.conversation_id && next.assignee_id == Some(user_id));
                        prop_assert!(follows, "a decision is carried out at once: {:?}", event);
                    }
                }
                Event::ConversationAssigned(event)
                    if recorded.actor == Actor::System && event.assignee_id.is_some() =>
                {
                    let before = self.desk.log.events.get(place - 1).map(|before| &before.event);
                    let decided = matches!(before, Some(Event::ConversationRouted(before))
                        if before.conversation_id == event.conversation_id
                            && matches!(before.outcome, Outcome::Assigned { user_id, .. } if Some(user_id) == event.assignee_id));
                    prop_assert!(decided, "what the desk gives out was decided before: {:?}", event);
                }
                _ => {}
            }
            self.shadow.evolve(&self.desk.log.events[place], false);
        }
        self.seen = self.desk.log.events.len();
        prop_assert_eq!(&self.shadow.queues, &self.desk.world.queues, "a replay gives the same board");
        self.nobody_is_forgotten()
    }

    /// `user` is given a conversation in the world as it is in the shadow.
    fn given(&self, event: &ConversationRouted, user: UserId, at: Timestamp) -> Result<(), TestCaseError> {
        let world = &self.shadow;
        let entry = world.queues.board().entry(event.conversation_id).expect("it runs");
        prop_assert!(entry.status == Status::Open && entry.assignee_id.is_none(), "it waited: {:?}", entry);
        prop_assert!(could(world, entry, user, at), "{} could not have it: {:?}", user, entry);
        for other in waiting(world, entry.queue_id()).filter(|other| place_of(other) < place_of(entry)) {
            let passed_over = gives_out(world, other) && could(world, other, user, at);
            prop_assert!(!passed_over, "{:?} stood before {:?} and {} could have had it", other, entry, user);
        }
        Ok(())
    }

    /// What waits, nobody who is there could have.
    fn nobody_is_forgotten(&self) -> Result<(), TestCaseError> {
        let (world, now) = (&self.desk.world, self.desk.now);
        for queue in self.queues {
            for entry in waiting(world, queue).filter(|entry| gives_out(world, entry)) {
                for user in &self.agents {
                    prop_assert!(!could(world, entry, *user, now), "{} could have {:?}", user, entry);
                }
            }
        }
        Ok(())
    }
}

fn waiting(world: &World, queue: QueueId) -> impl Iterator<Item = &Entry> {
    let of_queue = move |entry: &&Entry| entry.queue_id() == queue;
    world
        .queues
        .board()
        .entries()
        .filter(of_queue)
        .filter(|entry| entry.status == Status::Open && entry.assignee_id.is_none())
}

/// The most urgent, then the earliest deadline, then the longest wait, then the id; what has no time comes last.
fn place_of(entry: &Entry) -> impl Ord {
    let last = |at: Option<Timestamp>| (at.is_none(), at);
    (Reverse(entry.priority), last(entry.promised.due_at), last(entry.waiting_since), entry.id)
}

/// By which its queue, or a rule, gives it out; not what only those are given who had the contact before.
fn strategies<'w>(world: &'w World, entry: &'w Entry) -> &'w [Strategy] {
    let demanded = entry.demand.as_ref().and_then(|demand| demand.strategies.as_ref());
    demanded.unwrap_or(&world.queues.settings(entry.queue_id()).strategies)
}

fn gives_out(world: &World, entry: &Entry) -> bool {
    strategies(world, entry).last() != Some(&Strategy::Manual)
}

/// Whether somebody may be given a conversation, by the words of the definitions.
fn could(world: &World, entry: &Entry, user: UserId, now: Timestamp) -> bool {
    let (queue, board) = (entry.queue_id(), world.queues.board());
    let settings = world.queues.settings(queue);
    let Some(principal) = world.roster.principal(user) else { return false };
    let of_queue = match queue {
        QueueId::Team(team) => world.roster.team(team).is_some_and(|team| team.members.contains_key(&user)),
        QueueId::Common(_) => !principal.role.is_high(),
    };
    let Some(seat) = board.seats().of(user) else { return false };
    let open = |hours: HoursId| world.calendars.get(hours).is_none_or(|entry| entry.calendar.is_open(now));
    // Whoever did not answer, or gave it back, since they last began to take work.
    let excluded = entry.excluded.iter().any(|(who, pos)| *who == user && *pos > seat.available_pos);
    let held: Vec<_> =
        board.entries().filter(|other| other.assignee_id == Some(user) && other.status == Status::Open).collect();
    let profile = world.profiles.of(user);
    let count = |fits: &dyn Fn(&Entry) -> bool| held.iter().filter(|other| fits(other)).count() as u32;
    let most = profile.max_open.or(world.settings.routing.max_open_default).unwrap_or(CAPACITY_DEFAULT);
    let own = queue.team_id().and_then(|team| profile.by_team.get(&team).copied());
    let most_here = own.or(settings.capacity).unwrap_or(u32::MAX);
    let most_there = profile.by_channel.get(&entry.channel_id).copied().unwrap_or(u32::MAX);
    let room = count(&|_| true) < most
        && count(&|other| other.queue_id() == queue) < most_here
        && count(&|other| other.channel_id == entry.channel_id) < most_there;
    let demand = entry.demand.as_deref().cloned().unwrap_or_default();
    let relax = demand.relax_skills_after_ms.or(settings.relax_skills_after_ms);
    let relaxed = relax.is_some_and(|after| entry.entered_at + after <= now);
    let skilled = relaxed || demand.skills.required.iter().all(|skill| profile.skills.contains(skill));
    of_queue
        && seat.availability == Availability::Available
        && principal.may_own(entry.brand_id, entry.team_id)
        && settings.hours_id.is_none_or(open)
        && !excluded
        && room
        && skilled
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4_000, ..ProptestConfig::with_cases(128) })]
    #[test]
    fn nobody_is_passed_over_and_nobody_is_forgotten(setup in prop::array::uniform3((any::<u8>(), any::<u8>())), history in acts()) {
        let mut game = Game::new();
        for (number, (who, which)) in (0u8..).zip(setup) {
            // The number of the queue is what is left of `which` divided by three.
            let which = (which / 3).min(84) * 3 + number;
            game.change_queue(&Act { what: 13, who, which, minutes: 0 });
        }
        game.check()?;
        for act in &history {
            game.wait(act.minutes);
            game.check()?;
            game.act(act);
            game.check()?;
        }
        // Whatever happened, the desk would decide it so again, wherever one begins to look.
        for from in [1, game.desk.log.events.len() as u64 / 2] {
            let found = crate::simulation::identity_from(&game.desk, from);
            prop_assert!(found.is_exact(), "from {}: {:#?}", from, found.deviation);
            let played = crate::simulation::played_from(&game.desk, from, &Scenario::default(), 1);
            prop_assert!(played.is_none_or(|played| played.differing.is_empty()));
        }
    }
}

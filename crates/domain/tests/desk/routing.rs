//! Who is given which conversation, and why.

use domain::access::{Role, Walls};
use domain::availability::{self, Availability, Wish};
use domain::conversation::assign::{Assignment, assign, claim};
use domain::conversation::{Priority, Status};
use domain::event::routing::*;
use domain::event::{Actor, Event};
use domain::ids::*;
use domain::queue::settings::*;
use domain::queue::{Due, QueueId, change};
use domain::rejection::Rejection;
use domain::routing::due::due;
use domain::routing::rule::{self, Destination, LanguageMatch, RoutingRule};
use domain::routing_profile;
use domain::team::{self, NewTeam};
use domain::time::Millis;
use serde_json::{Value, json};

use crate::business_hours::{draft, made};
use crate::desk::{Desk, minute};

impl Desk {
    pub(crate) fn team(&mut self, name: &str, members: &[UserId]) -> TeamId {
        let ana = self.principal(self.ana);
        let new = NewTeam { name: name.to_owned(), brand_id: None, walls: Walls::Closed };
        let team = self.run(|step| team::create(step, &ana, &new)).unwrap();
        for user in members {
            self.run(|step| team::set_member(step, &ana, team, *user, false)).unwrap();
        }
        team
    }
    pub(crate) fn is(&mut self, user: UserId, availability: Availability) {
        let by = self.principal(user);
        let wish = Wish { availability, until: None, note: None };
        self.run(|step| availability::set(step, &by, user, wish, false)).unwrap();
    }
    pub(crate) fn works(&mut self, queue: QueueId, settings: QueueSettings) -> Result<(), Rejection> {
        let ana = self.principal(self.ana);
        self.run(|step| change::change(step, &ana, queue, settings))
    }
    pub(crate) fn rule(&mut self, name: &str, when: Value, then: Destination) -> Result<RoutingRuleId, Rejection> {
        let ana = self.principal(self.ana);
        let when = serde_json::from_value(when).unwrap();
        let rule = RoutingRule { name: name.to_owned(), brand_id: None, enabled: true, when, then };
        self.run(|step| rule::create(step, &ana, rule))
    }
    pub(crate) fn can(&mut self, user: UserId, skills: &[&str], max_open: Option<u32>) {
        let (ana, version) = (self.principal(self.ana), self.world.profiles.version(user));
        let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
        let wish = routing_profile::Wish { skills, max_open, ..Default::default() };
        self.run(|step| routing_profile::set(step, &ana, user, wish, version)).unwrap();
    }
    pub(crate) fn common(&self) -> QueueId {
        QueueId::Common(self.brand)
    }
    pub(crate) fn owner(&self, id: ConversationId) -> Option<UserId> {
        self.state(id).assignee_id
    }
    /// The last decision about a conversation.
    fn decision(&self, id: ConversationId) -> ConversationRouted {
        let routed = |event: &Event| match event {
            Event::ConversationRouted(event) if event.conversation_id == id => Some(event.clone()),
            _ => None,
        };
        self.log.events.iter().rev().find_map(|event| routed(&event.event)).expect("a decision")
    }
    fn held(&self, id: ConversationId) -> Option<HoldReason> {
        match self.decision(id).outcome {
            Outcome::Held { reason, .. } => Some(reason),
            Outcome::Assigned { .. } => None,
        }
    }
    /// Lets what is due by minute `n` happen.
    pub(crate) fn passes(&mut self, n: i64) {
        self.now = minute(n);
        while let Some((at, id, what)) = self.world.queues.board().due(self.now, 1).first().copied() {
            self.run(|step| {
                due(step, id, what, at);
                Ok(())
            })
            .unwrap();
        }
    }
    /// A customer begins a conversation.
    fn comes_in(&mut self, at: i64, who: &str, text: &str) -> ConversationId {
        self.says(at, who, &format!("wamid.{who}.{at}"), text);
        self.conversation_of(who)
    }
}

fn by(strategies: &[Strategy]) -> QueueSettings {
    QueueSettings { strategies: strategies.to_vec(), ..QueueSettings::default() }
}

/// Three agents in a team whose queue takes the number's conversations.
fn staffed(settings: QueueSettings) -> (Desk, QueueId, [UserId; 3]) {
    let mut desk = Desk::new();
    let people = ["cho", "dan", "eva"].map(|name| desk.hire(name, Role::Agent));
    let team = desk.team("Support", &people);
    let channel = desk.channel;
    desk.run(|step| domain::channel::change(step, channel, Default::default(), Some(Some(team)), None)).unwrap();
    let queue = QueueId::Team(team);
    desk.works(queue, settings).unwrap();
    (desk, queue, people)
}

#[test]
fn round_robin_goes_round_and_leaves_out_who_takes_no_work() {
    let (mut desk, _, [cho, dan, eva]) = staffed(by(&[Strategy::RoundRobin]));
    desk.is(cho, Availability::Available);
    desk.is(eva, Availability::Available);
    desk.is(dan, Availability::Busy);
    let owners: Vec<_> = (1..=4)
        .map(|n| {
            let id = desk.comes_in(n, &format!("3460000000{n}"), "hi");
            desk.owner(id).unwrap()
        })
        .collect();
    assert_eq!(owners, [cho, eva, cho, eva]);
    let last = desk.decision(desk.conversation_of("34600000004"));
    assert_eq!(last.skipped.get(&SkipReason::Busy), Some(&1));
    assert_eq!(last.eligible, 2);
    assert_eq!(last.candidates.len(), 3, "everybody looked at is named: {:?}", last.candidates);
}

#[test]
fn least_loaded_takes_who_holds_least_and_among_equals_who_waited_longest() {
    let (mut desk, _, [cho, dan, eva]) = staffed(by(&[Strategy::LeastLoaded]));
    [cho, dan, eva].into_iter().for_each(|user| desk.is(user, Availability::Available));
    let first = desk.comes_in(1, "34600000001", "hi");
    let second = desk.comes_in(2, "34600000002", "hi");
    let third = desk.comes_in(3, "34600000003", "hi");
    assert_eq!([first, second, third].map(|id| desk.owner(id).unwrap()), [cho, dan, eva]);
    desk.moves(4, second, Status::Resolved);
    let fourth = desk.comes_in(5, "34600000004", "hi");
    assert_eq!(desk.owner(fourth), Some(dan));
    // A pending one weighs less than an open one.
    desk.moves(6, third, Status::Pending);
    let fifth = desk.comes_in(7, "34600000005", "hi");
    assert_eq!(desk.owner(fifth), Some(eva));
}

#[test]
fn what_waits_is_given_out_in_order_when_somebody_comes_online() {
    let settings = QueueSettings { capacity: Some(2), ..by(&[Strategy::LeastLoaded]) };
    let (mut desk, _, [cho, ..]) = staffed(settings);
    let ids: Vec<_> = (1..=3).map(|n| desk.comes_in(n, &format!("3460000000{n}"), "hi")).collect();
    assert!(ids.iter().all(|id| desk.held(*id) == Some(HoldReason::NobodyAvailable)));
    desk.run(|step| domain::conversation::label::prioritize(step, ids[2], Priority::Urgent)).unwrap();
    desk.is(cho, Availability::Available);
    assert_eq!(desk.owner(ids[2]), Some(cho), "the most urgent first");
    assert_eq!(desk.owner(ids[0]), Some(cho), "then the longest wait");
    assert_eq!((desk.owner(ids[1]), desk.held(ids[1])), (None, Some(HoldReason::AllFull)));
    // Room again: the next one is given out in the same command.
    desk.moves(9, ids[0], Status::Resolved);
    assert_eq!(desk.owner(ids[1]), Some(cho));
}

#[test]
fn why_nobody_is_said_once_until_the_reason_changes() {
    let settings = QueueSettings { capacity: Some(1), ..by(&[Strategy::RoundRobin]) };
    let (mut desk, _, [cho, dan, _]) = staffed(settings);
    let first = desk.comes_in(1, "34600000001", "hi");
    desk.is(dan, Availability::Busy);
    desk.says(2, "34600000001", "wamid.more", "anybody there?");
    assert_eq!(desk.count("conversation.routed"), 1);
    desk.is(cho, Availability::Available);
    assert_eq!(desk.owner(first), Some(cho));
    let second = desk.comes_in(3, "34600000002", "hi");
    assert_eq!(desk.held(second), Some(HoldReason::AllFull));
    assert_eq!(desk.count("conversation.routed"), 3);
}

#[test]
fn a_lease_that_runs_out_takes_it_back_and_leaves_that_person_out() {
    let settings = QueueSettings { lease_ms: Some(Millis::minutes(5)), ..by(&[Strategy::RoundRobin]) };
    let (mut desk, _, [cho, dan, _]) = staffed(settings);
    desk.is(cho, Availability::Available);
    let id = desk.comes_in(1, "34600000001", "hi");
    assert_eq!(desk.owner(id), Some(cho));
    desk.passes(5);
    assert_eq!(desk.owner(id), Some(cho), "a minute is left");
    desk.passes(6);
    assert_eq!((desk.owner(id), desk.held(id)), (None, Some(HoldReason::AllExcluded)));
    desk.is(dan, Availability::Available);
    assert_eq!(desk.owner(id), Some(dan));
    desk.replies(7, dan, id);
    desk.passes(60);
    assert_eq!(desk.owner(id), Some(dan), "who wrote keeps it");
    assert_eq!(desk.count("conversation.lease_expired"), 1);
}

#[test]
fn who_was_left_out_is_asked_again_once_they_come_back() {
    let settings = QueueSettings { lease_ms: Some(Millis::minutes(5)), ..by(&[Strategy::RoundRobin]) };
    let (mut desk, _, [cho, ..]) = staffed(settings);
    desk.is(cho, Availability::Available);
    let id = desk.comes_in(1, "34600000001", "hi");
    desk.passes(6);
    assert_eq!(desk.owner(id), None);
    desk.is(cho, Availability::Away);
    desk.is(cho, Availability::Available);
    assert_eq!(desk.owner(id), Some(cho));
}

#[test]
fn nobody_takes_it_for_too_long_and_it_goes_to_the_next_queue() {
    let (mut desk, queue, _) = staffed(by(&[Strategy::RoundRobin]));
    let fay = desk.hire("fay", Role::Agent);
    let second = QueueId::Team(desk.team("Second line", &[fay]));
    desk.works(second, by(&[Strategy::LeastLoaded])).unwrap();
    desk.is(fay, Availability::Available);
    let spill = Some(Spill { after_ms: Millis::minutes(10), to: second });
    desk.works(queue, QueueSettings { spill, ..by(&[Strategy::RoundRobin]) }).unwrap();
    let id = desk.comes_in(1, "34600000001", "hi");
    desk.passes(10);
    assert_eq!(desk.owner(id), None);
    desk.passes(11);
    assert_eq!((desk.owner(id), desk.state(id).team_id), (Some(fay), second.team_id()));
    assert_eq!(desk.count("conversation.spilled"), 1);
}

#[test]
fn a_deadline_moves_with_the_queues_settings() {
    let (mut desk, queue, _) = staffed(by(&[Strategy::RoundRobin]));
    let second = QueueId::Team(desk.team("Second line", &[]));
    let id = desk.comes_in(1, "34600000001", "hi");
    let spill = |minutes| QueueSettings {
        spill: Some(Spill { after_ms: Millis::minutes(minutes), to: second }),
        ..by(&[Strategy::RoundRobin])
    };
    desk.works(queue, spill(10)).unwrap();
    assert_eq!(desk.world.queues.board().next_due(), Some(minute(11)));
    desk.works(queue, spill(30)).unwrap();
    assert_eq!(desk.world.queues.board().due(minute(100), 9), [(minute(31), id, Due::Spill)]);
    desk.works(queue, by(&[Strategy::RoundRobin])).unwrap();
    assert_eq!(desk.world.queues.board().next_due(), None);
}

#[test]
fn a_spill_in_a_circle_and_what_names_nothing_is_refused_with_its_place() {
    let (mut desk, queue, _) = staffed(by(&[Strategy::RoundRobin]));
    let second = QueueId::Team(desk.team("Second line", &[]));
    let spill =
        |to| QueueSettings { spill: Some(Spill { after_ms: Millis::minutes(10), to }), ..by(&[Strategy::RoundRobin]) };
    desk.works(queue, spill(second)).unwrap();
    let pointers = |refused: Result<(), Rejection>| match refused {
        Err(Rejection::Fields(errors)) => errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(pointers(desk.works(second, spill(queue))), ["/spill/to_queue_id"]);
    assert_eq!(pointers(desk.works(second, spill(second))), ["/spill/to_queue_id"]);
    let wrong = QueueSettings {
        strategies: vec![Strategy::RoundRobin, Strategy::Skill],
        capacity: Some(0),
        lease_ms: Some(Millis(0)),
        ..QueueSettings::default()
    };
    assert_eq!(pointers(desk.works(second, wrong)), ["/strategies", "/lease_seconds", "/capacity"]);
    assert_eq!(desk.world.queues.settings(second), &QueueSettings::default());
}

#[test]
fn going_offline_gives_back_as_much_as_the_queue_says() {
    for (release, left) in [(Release::Keep, 2), (Release::Waiting, 1), (Release::Open, 0)] {
        let settings = QueueSettings { on_offline: release, ..by(&[Strategy::RoundRobin]) };
        let (mut desk, _, [cho, ..]) = staffed(settings);
        desk.is(cho, Availability::Available);
        let answered = desk.comes_in(1, "34600000001", "hi");
        desk.replies(2, cho, answered);
        let waiting = desk.comes_in(3, "34600000002", "hi");
        desk.is(cho, Availability::Offline);
        let kept = [answered, waiting].into_iter().filter(|id| desk.owner(*id) == Some(cho)).count();
        assert_eq!(kept, left, "{release:?}");
    }
}

#[test]
fn a_rule_sends_by_keyword_and_says_which_were_passed() {
    let (mut desk, _, _) = staffed(by(&[Strategy::Manual]));
    let fay = desk.hire("fay", Role::Agent);
    let money = QueueId::Team(desk.team("Money", &[fay]));
    desk.works(money, by(&[Strategy::RoundRobin])).unwrap();
    desk.is(fay, Availability::Available);
    let word = |word: &str| json!({"field": "text", "op": "has_any_word", "value": [word]});
    let then = |priority| Destination { queue_id: Some(money), priority: Some(priority), ..Destination::default() };
    let first = desk.rule("Legal", json!({"all": [word("lawyer")]}), then(Priority::Urgent)).unwrap();
    let second = desk.rule("Money", json!({"any": [word("refund"), word("invoice")]}), then(Priority::High)).unwrap();
    let id = desk.comes_in(1, "34600000001", "I want a REFUND.");
    let state = desk.state(id);
    assert_eq!((state.assignee_id, state.team_id, state.priority), (Some(fay), money.team_id(), Priority::High));
    let triaged = desk.log.events.iter().find_map(|event| match &event.event {
        Event::ConversationTriaged(event) => Some(event.clone()),
        _ => None,
    });
    let triaged = triaged.unwrap();
    assert_eq!(triaged.rule.unwrap().rule_id, second);
    assert_eq!(triaged.passed, [PassedRule { rule_id: first, version: 1, failed_at: "/all/0".to_owned() }]);
}

#[test]
fn without_a_rule_the_next_words_are_asked_until_somebody_has_taken_it() {
    let (mut desk, _, _) = staffed(by(&[Strategy::Manual]));
    let money = QueueId::Team(desk.team("Money", &[]));
    let when = json!({"field": "text", "op": "contains", "value": "refund"});
    let then = Destination { queue_id: Some(money), ..Destination::default() };
    desk.rule("Money", when, then).unwrap();
    let id = desk.comes_in(1, "34600000001", "hello");
    desk.says(2, "34600000001", "wamid.2", "anybody?");
    assert_eq!(desk.count("conversation.triaged"), 1, "that none applied is said once");
    desk.says(3, "34600000001", "wamid.3", "about my refund");
    assert_eq!(desk.state(id).team_id, money.team_id());
    let other = desk.comes_in(4, "34600000002", "hello");
    let ana = desk.ana;
    desk.run(|step| claim(step, other, ana)).unwrap();
    desk.says(5, "34600000002", "wamid.5", "refund please");
    assert_ne!(desk.state(other).team_id, money.team_id());
}

#[test]
fn a_rule_that_cannot_work_is_refused_with_every_place_that_is_wrong() {
    let mut desk = Desk::new();
    let gone = QueueId::Team(TeamId::from_u128(7));
    let deep = json!({"all": [{"any": [{"none": [{"all": [{"any": []}]}]}]}]});
    let when = json!({"all": [
        {"field": "team_id", "op": "in", "value": ["team_00000000000000000000000007"]},
        {"field": "episode", "op": "has_any_word", "value": ["x"]},
        {"field": "text", "op": "contains", "value": "x".repeat(5_000)},
        deep,
    ]});
    let Err(Rejection::Fields(errors)) =
        desk.rule(" ", when, Destination { queue_id: Some(gone), ..Default::default() })
    else {
        panic!("it was taken");
    };
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    let expected = [
        "/when/all/0/value/0",
        "/when/all/1/op",
        "/when/all/2/value",
        "/when/all/3/all/0/any/0/none/0",
        "/name",
        "/then/queue_id",
    ];
    assert_eq!(pointers, expected);
    assert_eq!(desk.world.rules.iter().len(), 0);
}

#[test]
fn who_begins_again_keeps_their_owner_only_if_they_take_it() {
    let (mut desk, _, [cho, dan, _]) = staffed(by(&[Strategy::RoundRobin]));
    desk.is(cho, Availability::Available);
    let id = desk.comes_in(1, "34600000001", "hi");
    desk.replies(2, cho, id);
    desk.moves(3, id, Status::Resolved);
    desk.is(dan, Availability::Available);
    desk.says(4, "34600000001", "wamid.again", "one more thing");
    assert_eq!(desk.owner(id), Some(cho), "they take it");
    desk.replies(5, cho, id);
    desk.moves(6, id, Status::Resolved);
    desk.is(cho, Availability::Offline);
    desk.says(7, "34600000001", "wamid.third", "and another");
    assert_eq!(desk.owner(id), Some(dan), "they are gone");
}

#[test]
fn sticky_gives_to_who_had_the_contact_last() {
    let (mut desk, _, [cho, dan, _]) = staffed(by(&[Strategy::Sticky, Strategy::RoundRobin]));
    desk.is(dan, Availability::Available);
    let id = desk.comes_in(1, "34600000001", "hi");
    desk.replies(2, dan, id);
    desk.moves(3, id, Status::Resolved);
    desk.is(cho, Availability::Available);
    // Long after, so that it is another conversation.
    let days = 24 * 60;
    desk.says(5 * days, "34600000001", "wamid.later", "hi again");
    let later = desk.conversation_of("34600000001");
    assert_ne!(later, id);
    assert_eq!(desk.owner(later), Some(dan));
    let Outcome::Assigned { strategy, .. } = desk.decision(later).outcome else { panic!("held") };
    assert_eq!(strategy, Strategy::Sticky);
    desk.replies(5 * days + 1, dan, later);
    desk.moves(5 * days + 2, later, Status::Resolved);
    desk.says(15 * days, "34600000001", "wamid.much-later", "hi");
    let last = desk.conversation_of("34600000001");
    assert_eq!(desk.owner(last), Some(cho), "too long ago to count");
}

#[test]
fn whoever_gives_it_back_is_not_given_it_again() {
    let (mut desk, _, [cho, ..]) = staffed(by(&[Strategy::RoundRobin]));
    desk.is(cho, Availability::Available);
    let id = desk.comes_in(1, "34600000001", "hi");
    desk.run(|step| {
        step.actor = Actor::User(cho);
        assign(step, id, &Assignment::default())
    })
    .unwrap();
    assert_eq!((desk.owner(id), desk.held(id)), (None, Some(HoldReason::AllExcluded)));
}

#[test]
fn a_brands_common_queue_gives_to_agents_and_not_to_those_above() {
    let mut desk = Desk::new();
    let (common, ben, ana) = (desk.common(), desk.ben, desk.ana);
    desk.works(common, by(&[Strategy::LeastLoaded])).unwrap();
    desk.is(ana, Availability::Available);
    let id = desk.comes_in(1, "34600000001", "hi");
    assert_eq!(desk.owner(id), None);
    desk.is(ben, Availability::Available);
    assert_eq!(desk.owner(id), Some(ben));
}

#[test]
fn skills_are_required_preferred_and_relaxed_in_time() {
    let (mut desk, queue, [cho, dan, eva]) = staffed(by(&[Strategy::Skill, Strategy::LeastLoaded]));
    desk.can(dan, &["billing"], None);
    desk.can(eva, &["billing", "vip"], None);
    let demand = Demand {
        skills: Skills { required: ["billing".to_owned()].into(), preferred: ["vip".to_owned()].into() },
        relax_skills_after_ms: Some(Millis::minutes(10)),
        strategies: None,
    };
    let when = json!({"field": "text", "op": "has_any_word", "value": "invoice"});
    desk.rule("Money", when, Destination { queue_id: Some(queue), demand, ..Destination::default() }).unwrap();
    desk.is(cho, Availability::Available);
    let first = desk.comes_in(1, "34600000001", "my invoice");
    assert_eq!((desk.owner(first), desk.held(first)), (None, Some(HoldReason::NoSkill)));
    desk.is(dan, Availability::Available);
    assert_eq!(desk.owner(first), Some(dan));
    desk.is(eva, Availability::Available);
    let second = desk.comes_in(2, "34600000002", "my invoice");
    assert_eq!(desk.owner(second), Some(eva), "who can what is preferred comes first");
    desk.is(dan, Availability::Away);
    desk.is(eva, Availability::Away);
    let third = desk.comes_in(3, "34600000003", "my invoice");
    desk.passes(12);
    assert_eq!(desk.owner(third), None);
    desk.passes(13);
    assert_eq!(desk.owner(third), Some(cho), "after ten minutes anybody can have it");
    assert!(desk.decision(third).relaxed);
}

#[test]
fn somebody_holds_no_more_than_they_take_in_all_and_of_a_team() {
    let (mut desk, _, [cho, ..]) = staffed(by(&[Strategy::RoundRobin]));
    desk.can(cho, &[], Some(2));
    desk.is(cho, Availability::Available);
    let ids: Vec<_> = (1..=3).map(|n| desk.comes_in(n, &format!("3460000000{n}"), "hi")).collect();
    assert_eq!(ids.iter().filter(|id| desk.owner(**id) == Some(cho)).count(), 2);
    assert_eq!(desk.held(ids[2]), Some(HoldReason::AllFull));
    desk.can(cho, &[], Some(3));
    assert_eq!(desk.owner(ids[2]), Some(cho), "room gained is filled at once");
}

#[test]
fn a_contacts_language_finds_who_speaks_it() {
    let (mut desk, queue, [cho, dan, _]) = staffed(by(&[Strategy::Skill, Strategy::RoundRobin]));
    let ana = desk.principal(desk.ana);
    let wish = routing_profile::Wish { languages: vec!["pt".to_owned()], ..Default::default() };
    desk.run(|step| routing_profile::set(step, &ana, dan, wish, 0)).unwrap();
    let language = Some(LanguageMatch::Required);
    let then = Destination { queue_id: Some(queue), language, ..Destination::default() };
    desk.rule("Speaks it", json!({"field": "language", "op": "is_present"}), then).unwrap();
    desk.is(cho, Availability::Available);
    desk.is(dan, Availability::Available);
    let first = desk.comes_in(1, "34600000001", "oi");
    assert_eq!(desk.owner(first), Some(cho), "nothing is known of their language");
    let contact = desk.contact("34600000001");
    let change = [("language".to_owned(), json!("pt-BR"))].into();
    desk.run(|step| domain::contact::attributes::change(step, contact, change)).unwrap();
    desk.moves(2, first, Status::Resolved);
    desk.is(cho, Availability::Busy);
    desk.says(3, "34600000001", "wamid.again", "oi de novo");
    assert_eq!(desk.owner(first), Some(dan));
}

#[test]
fn outside_its_hours_a_queue_gives_nothing_out_and_begins_when_they_open() {
    let (mut desk, queue, [cho, ..]) = staffed(by(&[Strategy::RoundRobin]));
    let rows = ["monday 09:00-17:00", "tuesday 09:00-17:00"];
    let hours = made(&mut desk, draft("UTC", &rows, &[])).unwrap();
    desk.works(queue, QueueSettings { hours_id: Some(hours), ..by(&[Strategy::RoundRobin]) }).unwrap();
    desk.is(cho, Availability::Available);
    let id = desk.comes_in(8 * 60, "34600000001", "early");
    assert_eq!((desk.owner(id), desk.held(id)), (None, Some(HoldReason::Closed)));
    desk.passes(9 * 60);
    assert_eq!(desk.owner(id), Some(cho));
}

#[test]
fn whoever_waited_until_anybody_will_do_is_not_taken_for_who_has_just_come() {
    let (mut desk, queue, [cho, dan, _]) = staffed(by(&[Strategy::RoundRobin]));
    desk.can(cho, &[], Some(1));
    desk.can(dan, &["billing"], Some(1));
    let skills = Skills { required: ["billing".to_owned()].into(), ..Skills::default() };
    let relax_skills_after_ms = Some(Millis::minutes(10));
    let demand = Demand { skills, relax_skills_after_ms, strategies: None };
    let when = json!({"field": "text", "op": "has_any_word", "value": "invoice"});
    desk.rule("Money", when, Destination { queue_id: Some(queue), demand, ..Destination::default() }).unwrap();
    [cho, dan].into_iter().for_each(|user| desk.is(user, Availability::Available));
    let full: Vec<_> = (1..=2).map(|n| desk.comes_in(0, &format!("3460000000{n}"), "hi")).collect();
    assert_eq!([desk.owner(full[0]), desk.owner(full[1])], [Some(cho), Some(dan)]);
    let long = desk.comes_in(1, "34600000003", "my invoice");
    // Looked at again then, for the same answer, and then left alone.
    desk.passes(11);
    assert_eq!((desk.held(long), desk.decision(long).relaxed), (Some(HoldReason::AllFull), true));
    let urgent = desk.comes_in(12, "34600000004", "my invoice");
    desk.run(|step| domain::conversation::label::prioritize(step, urgent, Priority::Urgent)).unwrap();
    desk.moves(13, full[0], Status::Resolved);
    assert_eq!((desk.owner(urgent), desk.owner(long)), (None, Some(cho)));
}

#[test]
fn who_begins_again_does_not_stay_with_an_owner_who_has_no_room_in_the_queue() {
    let settings = QueueSettings { capacity: Some(1), ..by(&[Strategy::RoundRobin]) };
    let (mut desk, _, [cho, dan, _]) = staffed(settings);
    desk.is(cho, Availability::Available);
    let first = desk.comes_in(1, "34600000001", "hi");
    desk.replies(2, cho, first);
    desk.moves(3, first, Status::Resolved);
    let second = desk.comes_in(4, "34600000002", "hi");
    assert_eq!(desk.owner(second), Some(cho));
    desk.is(dan, Availability::Available);
    desk.says(5, "34600000001", "wamid.again", "one more thing");
    assert_eq!(desk.owner(first), Some(dan));
}

#[test]
fn what_spills_over_always_has_a_queue_to_go_to() {
    let (mut desk, queue, _) = staffed(by(&[Strategy::RoundRobin]));
    let second = desk.team("Second line", &[]);
    let spill = Some(Spill { after_ms: Millis::minutes(10), to: QueueId::Team(second) });
    desk.works(queue, QueueSettings { spill, ..by(&[Strategy::RoundRobin]) }).unwrap();
    let ana = desk.principal(desk.ana);
    let refused = desk.run(|step| team::remove(step, &ana, second, false));
    assert!(matches!(refused, Err(Rejection::InUse(_))));
    desk.works(queue, by(&[Strategy::RoundRobin])).unwrap();
    desk.run(|step| team::remove(step, &ana, second, false)).unwrap();
}

#[test]
fn other_opening_times_give_out_what_waits_at_once() {
    let (mut desk, queue, [cho, ..]) = staffed(by(&[Strategy::RoundRobin]));
    let hours = made(&mut desk, draft("UTC", &["monday 09:00-17:00"], &[])).unwrap();
    desk.works(queue, QueueSettings { hours_id: Some(hours), ..by(&[Strategy::RoundRobin]) }).unwrap();
    desk.is(cho, Availability::Available);
    let id = desk.comes_in(8 * 60, "34600000001", "early");
    assert_eq!(desk.owner(id), None);
    let ana = desk.principal(desk.ana);
    let weekly = Some(draft("UTC", &["monday 07:00-17:00"], &[]).weekly);
    let change = domain::business_hours::CalendarChange { weekly, ..Default::default() };
    desk.run(|step| domain::business_hours::change(step, &ana, hours, 1, change)).unwrap();
    assert_eq!(desk.owner(id), Some(cho));
}

#[test]
fn a_replay_gives_the_same_board() {
    let settings = QueueSettings {
        lease_ms: Some(Millis::minutes(5)),
        capacity: Some(2),
        on_offline: Release::Open,
        ..by(&[Strategy::Sticky, Strategy::LeastLoaded])
    };
    let (mut desk, _, [cho, dan, _]) = staffed(settings);
    desk.is(cho, Availability::Available);
    for n in 1..=6 {
        desk.comes_in(n, &format!("3460000000{n}"), "hi");
    }
    desk.passes(8);
    desk.is(dan, Availability::Available);
    desk.is(cho, Availability::Offline);
    let id = desk.conversation_of("34600000001");
    desk.moves(9, id, Status::Resolved);
    desk.says(10, "34600000001", "wamid.again", "one more thing");
    let before = desk.world.queues.clone();
    desk.restart();
    assert_eq!(desk.world.queues, before);
}

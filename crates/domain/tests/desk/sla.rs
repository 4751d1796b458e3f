//! Service levels: the vectors of the definitions, and the rules around them. Minutes; the timer is asked when it is said.

use std::collections::{BTreeMap, BTreeSet};

use domain::condition::Condition;
use domain::content::Content;
use domain::conversation::assign::{Assignment, assign};
use domain::conversation::label::{prioritize, tag};
use domain::conversation::{Priority, Status};
use domain::event::Event;
use domain::ids::*;
use domain::inbound::{EchoMessage, InboundFact};
use domain::rejection::Rejection;
use domain::sla::settle::fire;
use domain::sla::{
    CancelReason, End, Escalation, EscalationAction, Instance, Metric, Notified, Outcome, Pausing, SlaPolicy, Target,
    Verdict, manage,
};
use domain::team::{self, NewTeam};
use domain::time::Timestamp;

use crate::desk::{Desk, minute, sender};

pub(crate) fn target(metric: Metric, minutes: u32, pause_on: &[Pausing]) -> Target {
    Target {
        metric,
        target_s: minutes * 60,
        target_s_by_priority: BTreeMap::new(),
        hours_id: None,
        pause_on: pause_on.iter().copied().collect(),
        at_risk_percent: 80,
    }
}

pub(crate) fn policy(name: &str, targets: Vec<Target>) -> SlaPolicy {
    SlaPolicy {
        name: name.to_owned(),
        brand_id: None,
        enabled: true,
        matches: Condition::default(),
        targets,
        escalations: Vec::new(),
    }
}

impl Desk {
    pub(crate) fn promises(&mut self, policy: &SlaPolicy) -> SlaPolicyId {
        let ana = self.principal(self.ana);
        self.run(|step| manage::create(step, &ana, policy)).unwrap()
    }

    /// The timer, as often as something is due at that minute.
    pub(crate) fn timer(&mut self, at: i64) {
        self.now = self.now.max(minute(at));
        for _ in 0..100 {
            let due = self.world.sla.due(self.now, 10);
            let outdated = self.world.sla.outdated(10);
            if due.is_empty() && outdated.is_empty() {
                return;
            }
            for id in due.into_iter().map(|(_, id)| id).chain(outdated) {
                self.run(|step| {
                    fire(step, id);
                    Ok(())
                })
                .unwrap();
            }
        }
        panic!("the timer does not come to rest");
    }

    pub(crate) fn promise(&self, id: ConversationId, metric: Metric, n: u32) -> Instance {
        self.state(id).sla.get(metric, n).expect("an instance").clone()
    }
}

fn promised(targets: Vec<Target>) -> (Desk, ConversationId) {
    let mut desk = Desk::new();
    desk.promises(&policy("standard", targets));
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    (desk, id)
}

fn first(minutes: u32) -> Vec<Target> {
    vec![target(Metric::FirstResponse, minutes, &[])]
}

/// What the log says became of the promises, in a line each: minutes since the beginning.
pub(crate) fn story(desk: &Desk) -> Vec<String> {
    let m = |at: Timestamp| (at - minute(0)).0 as f64 / 60_000.0;
    let line = |event: &Event| {
        Some(match event {
            Event::SlaActivated(e) => format!("{} {} activated", e.metric.as_str(), e.n),
            Event::SlaPaused(e) => format!("{} {} paused at {}", e.metric.as_str(), e.n, m(e.at)),
            Event::SlaResumed(e) => format!("{} {} resumed, due {}", e.metric.as_str(), e.n, m(e.due_at)),
            Event::SlaAtRisk(e) => format!("{} {} at risk at {}", e.metric.as_str(), e.n, m(e.at)),
            Event::SlaBreached(e) => format!("{} {} breached at {}", e.metric.as_str(), e.n, m(e.at)),
            Event::SlaFulfilled(e) => {
                format!("{} {} fulfilled at {}, margin {}", e.metric.as_str(), e.n, m(e.at), e.margin_s)
            }
            Event::SlaCancelled(e) => format!("{} {} cancelled {:?}", e.metric.as_str(), e.n, e.reason),
            Event::SlaRetargeted(e) => format!("{} {} retargeted v{}", e.metric.as_str(), e.n, e.policy_version),
            Event::SlaEscalated(e) => format!("{} {} step {} {:?}", e.metric.as_str(), e.n, e.step, e.outcome),
            _ => return None,
        })
    };
    desk.log.events.iter().filter_map(|recorded| line(&recorded.event)).collect()
}

fn echo(wamid: &str, at: i64) -> InboundFact {
    InboundFact::Echo(EchoMessage {
        to: sender("491"),
        provider_id: wamid.to_owned(),
        at: minute(at),
        content: Content::text("from the phone"),
    })
}

#[test]
fn a_late_answer_is_a_breach_at_the_deadline_and_a_fulfilment_with_what_it_missed_by() {
    let (mut desk, id) = promised(first(5));
    desk.timer(4);
    desk.timer(5);
    desk.replies(7, desk.ana, id);
    let told = [
        "first_response 1 activated",
        "first_response 1 at risk at 4",
        "first_response 1 breached at 5",
        "first_response 1 fulfilled at 7, margin -120",
    ];
    assert_eq!(story(&desk), told);
    assert_eq!(desk.promise(id, Metric::FirstResponse, 1).verdict(), Verdict::Late);
    assert!(desk.world.sla.is_empty());
}

#[test]
fn people_are_promised_to_answer_from_where_a_bot_handed_over() {
    let hands_off = |desk: &mut Desk, at, id| {
        desk.now = minute(at);
        desk.run(|step| domain::conversation::hand_off::hand_off(step, id, None)).unwrap();
    };
    let (mut desk, id) = promised(first(5));
    hands_off(&mut desk, 3, id);
    assert_eq!(desk.promise(id, Metric::FirstResponse, 1).clock.due_at(), Some(minute(8)));
    hands_off(&mut desk, 4, id);
    assert_eq!(desk.promise(id, Metric::FirstResponse, 1).clock.due_at(), Some(minute(8)), "once in an episode");
    desk.replies(7, desk.ana, id);
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert!(matches!(promise.end, Some(End::Fulfilled { margin_s: 60, .. })));
    // A deadline that has passed is not moved any more.
    let (mut late, id) = promised(first(5));
    hands_off(&mut late, 6, id);
    assert_eq!(late.promise(id, Metric::FirstResponse, 1).breached, Some(minute(5)));
    assert_eq!(late.promise(id, Metric::FirstResponse, 1).started_at, minute(0));
}

#[test]
fn what_fell_into_a_downtime_is_the_same_facts_noticed_later() {
    let (mut awake, id) = promised(first(5));
    awake.timer(4);
    awake.timer(5);
    awake.replies(11, awake.ana, id);
    for timer_first in [true, false] {
        let (mut down, id) = promised(first(5));
        down.restart();
        if timer_first {
            down.timer(10);
        }
        down.replies(11, down.ana, id);
        assert_eq!(story(&down), story(&awake));
    }
}

#[test]
fn the_next_response_runs_from_the_customers_next_message() {
    let mut targets = first(5);
    targets.push(target(Metric::NextResponse, 5, &[]));
    let (mut desk, id) = promised(targets);
    desk.replies(1, desk.ana, id);
    desk.says(20, "491", "c20", "and now?");
    desk.says(22, "491", "c22", "hello?");
    desk.timer(26);
    desk.replies(27, desk.ana, id);
    let promise = desk.promise(id, Metric::NextResponse, 1);
    assert_eq!((promise.breached, promise.verdict()), (Some(minute(25)), Verdict::Late));
    desk.says(30, "491", "c30", "thanks, one more thing");
    assert_eq!(desk.promise(id, Metric::NextResponse, 2).clock.due_at(), Some(minute(35)));
}

#[test]
fn a_resolution_after_its_deadline_is_a_breach_there() {
    let (mut desk, id) = promised(vec![target(Metric::Resolution, 60, &[])]);
    desk.moves(63, id, Status::Resolved);
    let promise = desk.promise(id, Metric::Resolution, 1);
    assert_eq!((promise.breached, promise.verdict()), (Some(minute(60)), Verdict::Late));
    assert!(matches!(promise.end, Some(End::Fulfilled { margin_s: -180, .. })));
}

#[test]
fn a_pause_moves_the_deadline_by_its_length() {
    let (mut desk, id) = promised(vec![target(Metric::Resolution, 60, &[Pausing::Snoozed])]);
    desk.snoozes(2, id, 500);
    assert_eq!(desk.world.sla.next_due(), None);
    desk.moves(32, id, Status::Open);
    assert_eq!(desk.promise(id, Metric::Resolution, 1).clock.due_at(), Some(minute(90)));
    assert_eq!(desk.world.sla.outlook(id).due_at, Some(minute(90)));
    // Pending is no pause of this policy.
    desk.moves(40, id, Status::Pending);
    assert_eq!(desk.world.sla.outlook(id).due_at, Some(minute(90)));
}

#[test]
fn resolved_without_an_answer_cancels_and_lists() {
    let (mut desk, id) = promised(first(5));
    desk.moves(2, id, Status::Resolved);
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    let resolved = |end| matches!(end, End::Cancelled { at, reason: CancelReason::Resolved, .. } if at == minute(2));
    assert!(promise.end.is_some_and(resolved));
    assert_eq!(promise.verdict(), Verdict::Cancelled);
}

#[test]
fn a_reply_that_fails_takes_the_fulfilment_back() {
    let (mut desk, id) = promised(first(10));
    let sent = desk.replies(4, desk.ana, id);
    desk.sends(sent, "out1");
    assert_eq!(desk.promise(id, Metric::FirstResponse, 1).verdict(), Verdict::Met);
    desk.reports(5, "out1", "failed");
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert_eq!((promise.n, promise.end, promise.clock.due_at()), (1, None, Some(minute(10))));
    assert_eq!(desk.world.sla.outlook(id).due_at, Some(minute(10)));
    desk.replies(9, desk.ana, id);
    assert!(matches!(
        desk.promise(id, Metric::FirstResponse, 1).end,
        Some(End::Fulfilled { at, margin_s: 60, .. }) if at == minute(9)
    ));
}

#[test]
fn a_reply_that_fails_after_the_deadline_was_none_and_the_breach_stands_where_it_was() {
    let (mut desk, id) = promised(first(10));
    let sent = desk.replies(4, desk.ana, id);
    desk.sends(sent, "out1");
    desk.moves(20, id, Status::Resolved);
    desk.reports(30, "out1", "failed");
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert_eq!((promise.breached, promise.verdict()), (Some(minute(10)), Verdict::Breached));
    assert!(matches!(promise.end, Some(End::Cancelled { .. })));
}

#[test]
fn a_failed_reply_joins_the_waits_before_and_after_it() {
    let mut targets = first(10);
    targets.push(target(Metric::NextResponse, 10, &[]));
    let (mut desk, id) = promised(targets);
    let sent = desk.replies(4, desk.ana, id);
    desk.sends(sent, "out1");
    desk.says(6, "491", "c6", "and?");
    desk.reports(7, "out1", "failed");
    let next = desk.promise(id, Metric::NextResponse, 1);
    assert!(matches!(next.end, Some(End::Cancelled { reason: CancelReason::WaitResumed, .. })));
    assert!(desk.promise(id, Metric::FirstResponse, 1).is_open());
    // It arrived after all.
    desk.reports(8, "out1", "delivered");
    assert!(desk.promise(id, Metric::NextResponse, 1).is_open());
    assert_eq!(desk.promise(id, Metric::FirstResponse, 1).verdict(), Verdict::Met);
}

#[test]
fn an_answer_from_before_the_deadline_that_comes_to_light_after_it_counts_as_met() {
    let (mut desk, id) = promised(first(5));
    desk.timer(6);
    desk.now = minute(7);
    desk.takes(echo("e3", 3));
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert!(promise.breached.is_some());
    assert_eq!(promise.verdict(), Verdict::Met);
}

#[test]
fn another_priority_takes_another_target_until_the_deadline_has_passed() {
    let mut one = target(Metric::FirstResponse, 60, &[]);
    one.target_s_by_priority = [(Priority::Urgent, 600), (Priority::Low, 7200)].into();
    let (mut desk, id) = promised(vec![one]);
    let due = |desk: &Desk| desk.promise(id, Metric::FirstResponse, 1).clock.due_at();
    desk.now = minute(1);
    desk.run(|step| prioritize(step, id, Priority::Urgent)).unwrap();
    assert_eq!(due(&desk), Some(minute(10)));
    desk.now = minute(20);
    desk.run(|step| prioritize(step, id, Priority::Low)).unwrap();
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert_eq!((promise.breached, due(&desk)), (Some(minute(10)), Some(minute(10))));
}

#[test]
fn the_first_policy_that_matches_counts_and_moving_keeps_it() {
    let mut desk = Desk::new();
    let ana = desk.principal(desk.ana);
    let vip = SlaPolicy {
        matches: serde_json::from_value(serde_json::json!({"field": "tag", "op": "in", "value": ["vip"]})).unwrap(),
        ..policy("vip", first(5))
    };
    let standard = desk.promises(&policy("standard", first(60)));
    let vip = desk.promises(&vip);
    desk.run(|step| manage::order(step, &ana, &[vip, standard])).unwrap();
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    desk.run(|step| tag(step, id, "vip")).unwrap();
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert_eq!((promise.policy_id, promise.clock.due_at()), (standard, Some(minute(60))));
    desk.moves(1, id, Status::Resolved);
    desk.says(2, "491", "c2", "again");
    assert_eq!(desk.promise(id, Metric::FirstResponse, 2).policy_id, vip);
}

#[test]
fn a_changed_policy_is_for_new_promises_unless_it_is_applied() {
    let (mut desk, id) = promised(first(60));
    let (ana, policy_id) = (desk.principal(desk.ana), desk.world.sla_policies.iter().next().unwrap().id);
    let change = |desk: &mut Desk, minutes, apply| {
        let changed = policy("standard", first(minutes));
        desk.run(|step| manage::change(step, &ana, policy_id, &changed, apply)).unwrap();
        desk.timer(1);
    };
    change(&mut desk, 30, false);
    assert_eq!(desk.world.sla.outlook(id).due_at, Some(minute(60)));
    change(&mut desk, 20, true);
    assert_eq!(desk.world.sla.outlook(id).due_at, Some(minute(20)));
    assert_eq!(desk.promise(id, Metric::FirstResponse, 1).policy_version, 3);
    assert!(desk.world.sla.outdated(1).is_empty());
    // One without a target for it takes the promise back.
    let other = policy("standard", vec![target(Metric::Resolution, 60, &[])]);
    desk.run(|step| manage::change(step, &ana, policy_id, &other, true)).unwrap();
    desk.timer(2);
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert!(matches!(promise.end, Some(End::Cancelled { reason: CancelReason::NoTarget, .. })));
}

#[test]
fn a_policy_made_after_a_wait_began_does_not_reach_back() {
    let mut desk = Desk::new();
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    desk.promises(&policy("standard", first(5)));
    desk.says(1, "491", "c1", "hello?");
    assert!(desk.state(id).sla.is_empty());
}

#[test]
fn a_policy_that_matches_later_counts_from_the_beginning_of_the_wait() {
    let mut desk = Desk::new();
    let (ana, brand) = (desk.principal(desk.ana), desk.brand);
    let new = NewTeam { name: "billing".to_owned(), brand_id: Some(brand), walls: domain::access::Walls::Closed };
    let team_id = desk.run(|step| team::create(step, &ana, &new)).unwrap();
    let of_team = serde_json::json!({"field": "team_id", "op": "is", "value": team_id});
    desk.promises(&SlaPolicy { matches: serde_json::from_value(of_team).unwrap(), ..policy("billing", first(30)) });
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    assert!(desk.state(id).sla.is_empty());
    desk.now = minute(10);
    let moved = Assignment { team_id: Some(Some(team_id)), ..Assignment::default() };
    desk.run(|step| assign(step, id, &moved)).unwrap();
    assert_eq!(desk.world.sla.outlook(id).due_at, Some(minute(30)));
}

#[test]
fn nobody_owes_a_blocked_contact_anything() {
    let (mut desk, id) = promised(first(5));
    let contact = desk.contact("491");
    desk.now = minute(3);
    desk.run(|step| domain::contact::block::set(step, contact, true, None)).unwrap();
    let promise = desk.promise(id, Metric::FirstResponse, 1);
    assert!(matches!(promise.end, Some(End::Cancelled { reason: CancelReason::ContactBlocked, .. })));
    assert!(desk.world.sla.is_empty());
}

#[test]
fn escalation_steps_are_carried_out_once_and_in_their_order() {
    let mut desk = Desk::new();
    let (ana, ben, brand) = (desk.principal(desk.ana), desk.ben, desk.brand);
    let new = NewTeam { name: "second line".to_owned(), brand_id: Some(brand), walls: domain::access::Walls::Closed };
    let team_id = desk.run(|step| team::create(step, &ana, &new)).unwrap();
    desk.run(|step| team::set_member(step, &ana, team_id, ben, true)).unwrap();
    let step = |at_percent, action| Escalation { metric: Metric::FirstResponse, at_percent, action };
    desk.promises(&SlaPolicy {
        escalations: vec![
            step(150, EscalationAction::Reassign { user_id: Some(ben) }),
            step(50, EscalationAction::RaisePriority { priority: Priority::High }),
            step(100, EscalationAction::MoveTeam { team_id }),
            step(100, EscalationAction::Notify { who: Notified::TeamLeads }),
        ],
        ..policy("standard", first(10))
    });
    desk.says(0, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    desk.timer(5);
    assert_eq!(desk.state(id).priority, Priority::High);
    desk.restart();
    desk.timer(30);
    let state = desk.state(id);
    assert_eq!((state.team_id, state.assignee_id), (Some(team_id), Some(ben)));
    let steps: Vec<_> = desk
        .log
        .events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::SlaEscalated(event) => Some((event.step, event.at, event.outcome, event.told.clone())),
            _ => None,
        })
        .collect();
    let expected = [
        (1, minute(5), Outcome::Done, vec![]),
        (2, minute(10), Outcome::Done, vec![]),
        (3, minute(10), Outcome::Done, vec![ben]),
        (0, minute(15), Outcome::Done, vec![]),
    ];
    assert_eq!(steps, expected);
}

#[test]
fn a_bad_policy_is_refused_with_every_error_at_its_place() {
    let mut desk = Desk::new();
    let ana = desk.principal(desk.ana);
    let mut bad = policy(" ", vec![target(Metric::FirstResponse, 0, &[]), target(Metric::FirstResponse, 5, &[])]);
    bad.targets[1].at_risk_percent = 100;
    bad.targets[1].hours_id = Some(HoursId::from_u128(9));
    bad.escalations = vec![Escalation {
        metric: Metric::Resolution,
        at_percent: 501,
        action: EscalationAction::MoveTeam { team_id: TeamId::from_u128(9) },
    }];
    bad.matches = serde_json::from_value(serde_json::json!({"all": [
        {"field": "text", "op": "contains", "value": "x"},
        {"field": "team_id", "op": "is", "value": TeamId::from_u128(9)},
    ]}))
    .unwrap();
    let Err(Rejection::Fields(errors)) = desk.run(|step| manage::create(step, &ana, &bad)) else { panic!("taken") };
    let places: BTreeSet<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    let expected = [
        "/name",
        "/targets/0/target_seconds",
        "/targets/1/metric",
        "/targets/1/at_risk_percent",
        "/targets/1/hours_id",
        "/escalations/0/metric",
        "/escalations/0/at_percent",
        "/escalations/0/action/team_id",
        "/matches/all/0/field",
        "/matches/all/1/value",
    ];
    assert_eq!(places, expected.into());
    assert!(desk.world.sla_policies.is_empty());
}

#[test]
fn a_replay_sets_every_timer_again() {
    let (mut desk, _) =
        promised(vec![target(Metric::FirstResponse, 5, &[]), target(Metric::Resolution, 60, &[Pausing::Pending])]);
    desk.says(1, "492", "d0", "hello");
    let other = desk.conversation_of("492");
    desk.moves(2, other, Status::Pending);
    desk.timer(4);
    let before = desk.world.sla.clone();
    desk.restart();
    assert!(desk.world.sla == before);
}

#[test]
fn a_policy_can_ask_about_the_contact() {
    let mut desk = Desk::new();
    desk.promises(&SlaPolicy {
        matches: serde_json::from_value(serde_json::json!({"all": [
            {"field": "attribute.plan", "op": "in", "value": ["gold"]},
            {"field": "language", "op": "in", "value": ["pt"]},
        ]}))
        .unwrap(),
        ..policy("gold", first(5))
    });
    for (who, plan) in [("491", "gold"), ("492", "free")] {
        desk.says(0, who, &format!("{who}.0"), "hello");
        let (contact, id) = (desk.contact(who), desk.conversation_of(who));
        assert!(desk.state(id).sla.is_empty());
        let known = BTreeMap::from([("plan".to_owned(), plan.into()), ("language".to_owned(), "pt-BR".into())]);
        desk.run(|step| domain::contact::attributes::change(step, contact, known)).unwrap();
        desk.says(1, who, &format!("{who}.1"), "hello?");
        assert_eq!(desk.state(id).sla.is_empty(), plan != "gold");
    }
}

#[test]
fn open_time_is_what_counts_where_a_policy_has_a_calendar() {
    let mut desk = Desk::new();
    let hours = crate::business_hours::office_hours(&mut desk);
    let with_hours = |target: Target| Target { hours_id: Some(hours), ..target };
    let targets = vec![
        with_hours(target(Metric::FirstResponse, 60, &[])),
        with_hours(target(Metric::Resolution, 120, &[Pausing::Pending])),
    ];
    desk.promises(&policy("office", targets));
    // Monday at half past four; it is closed from five to nine.
    let half_past_four = 16 * 60 + 30;
    desk.says(half_past_four, "491", "c0", "hello");
    let id = desk.conversation_of("491");
    let nine = 33 * 60;
    assert_eq!(desk.promise(id, Metric::FirstResponse, 1).clock.due_at(), Some(minute(nine + 30)));
    desk.moves(half_past_four + 15, id, Status::Pending);
    desk.moves(nine + 60, id, Status::Open);
    assert_eq!(desk.promise(id, Metric::Resolution, 1).clock.due_at(), Some(minute(nine + 60 + 105)));
    // A calendar that changes meanwhile is for what begins then.
    let by = desk.principal(desk.ana);
    let refused = desk.run(|step| domain::business_hours::remove(step, &by, hours, 1));
    assert!(matches!(refused, Err(Rejection::InUse(_))));
}

//! Automation rules: what they do by themselves, what keeps them from doing it, and what they would have done.

use std::collections::BTreeMap;

use domain::automation::action::{AutomationAction, SettableStatus};
use domain::automation::conflicts::{Conflict, ConflictKind};
use domain::automation::dry_run::{DryRun, Firing};
use domain::automation::rule::{self, AutomationRule, Limits, Mode, Once};
use domain::automation::run;
use domain::automation::trigger::{Since, Trigger, TriggerKind};
use domain::automation::{Outcome, SkipReason};
use domain::condition::Condition;
use domain::content::Content;
use domain::conversation::{Priority, Status, label};
use domain::event::automation::*;
use domain::event::{Actor, Event, StreamId};
use domain::ids::*;
use domain::queue::{QueueId, QueueSettings};
use domain::rejection::Rejection;
use domain::simulation::command::commands;
use domain::sla::Metric;
use domain::time::Millis;
use domain::world::World;
use serde_json::{Value, json};

use crate::desk::{Desk, minute};
use crate::lifecycle::common_queue;
use crate::sla::{policy, target};

fn rule(name: &str, trigger: Trigger, actions: Vec<AutomationAction>) -> AutomationRule {
    AutomationRule {
        name: name.to_owned(),
        brand_id: None,
        mode: Mode::Enabled,
        trigger,
        when: Condition::default(),
        actions,
        limits: Limits::default(),
        follows_automation: false,
    }
}

fn when(condition: Value) -> Condition {
    serde_json::from_value(condition).unwrap()
}

fn says(text: &str) -> AutomationAction {
    AutomationAction::SendMessage { content: Content::text(text.to_owned()) }
}
fn tags(tag: &str) -> AutomationAction {
    AutomationAction::AddTag { tag: tag.to_owned() }
}
fn untags(tag: &str) -> AutomationAction {
    AutomationAction::RemoveTag { tag: tag.to_owned() }
}
fn on_tag(tag: &str) -> Trigger {
    Trigger::TagAdded { tag: Some(tag.to_owned()) }
}

fn try_create(desk: &mut Desk, rule: AutomationRule) -> Result<AutomationRuleId, Rejection> {
    let admin = desk.principal(desk.ana);
    desk.run(|step| {
        step.actor = Actor::User(admin.user_id);
        rule::create(step, &admin, rule)
    })
}
fn create(desk: &mut Desk, rule: AutomationRule) -> AutomationRuleId {
    try_create(desk, rule).unwrap()
}

fn add_tag(desk: &mut Desk, id: ConversationId, tag: &str) {
    let ben = desk.ben;
    desk.run(|step| {
        step.actor = Actor::User(ben);
        label::tag(step, id, tag)
    })
    .unwrap();
}

fn runs(desk: &Desk) -> Vec<AutomationRuleRan> {
    let ran = |event: &Event| match event {
        Event::AutomationRuleRan(event) => Some(event.clone()),
        _ => None,
    };
    desk.log.events.iter().filter_map(|recorded| ran(&recorded.event)).collect()
}

fn skipped(outcomes: &[Outcome]) -> Vec<Option<SkipReason>> {
    outcomes.iter().map(|outcome| outcome.skipped).collect()
}

/// What was sent, oldest first.
fn sent(desk: &Desk) -> Vec<String> {
    let text = |event: &Event| match event {
        Event::MessageQueued(event) => {
            Some(event.private.as_ref()?.content.body["body"].as_str().unwrap_or_default().to_owned())
        }
        _ => None,
    };
    desk.log.events.iter().filter_map(|recorded| text(&recorded.event)).collect()
}

fn time_comes(desk: &mut Desk, at: i64) {
    desk.now = desk.now.max(minute(at));
    let due = desk.world.automation_timers.due(desk.now, 100);
    desk.run(|step| {
        due.into_iter().for_each(|(at, id, rule)| run::due(step, id, rule, at));
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_rule_answers_and_tags_and_its_run_stands_behind_what_it_did() {
    let mut desk = Desk::new();
    let greets = AutomationRule {
        when: when(json!({"all": [{"field": "text", "op": "has_any_word", "value": ["parcel"]}]})),
        ..rule("Parcels", Trigger::MessageReceived, vec![says("Hello {{contact.first_name|there}}!"), tags("Parcel")])
    };
    let id = create(&mut desk, greets);
    let made = desk.kinds_of(|desk| desk.says(1, "491", "m1", "where is my PARCEL?"));
    assert_eq!(&made[made.len() - 3..], ["message.queued", "conversation.tagged", "automation.rule_ran"]);
    let ran = runs(&desk).remove(0);
    assert_eq!((ran.rule_id, ran.version, ran.caused, ran.depth), (id, 1, 2, 0));
    assert_eq!((ran.matched, skipped(&ran.outcomes)), (vec!["/all/0".to_owned()], vec![None, None]));
    let by_it = desk.log.events.iter().filter(|event| event.actor == Actor::Rule(id)).count();
    assert_eq!((by_it, sent(&desk)), (3, vec!["Hello there!".to_owned()]));
    let conversation = desk.state(desk.conversation_of("491"));
    assert!(conversation.tags.contains("parcel"));
    assert!(conversation.clocks.waiting_since.is_some(), "no machine answers for a person");
    desk.says(2, "491", "m2", "hello?");
    assert_eq!(runs(&desk).len(), 1);
}

#[test]
fn outside_the_window_a_text_is_not_sent_and_the_rest_is_done() {
    let mut desk = Desk::new();
    create(&mut desk, rule("Farewell", Trigger::Resolved, vec![says("Goodbye"), tags("done")]));
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.moves(25 * 60, id, Status::Resolved);
    assert_eq!(skipped(&runs(&desk)[0].outcomes), [Some(SkipReason::ServiceWindowClosed), None]);
    assert_eq!((sent(&desk).len(), desk.state(id).tags.contains("done")), (0, true));
}

#[test]
fn nobody_gets_more_than_five_automatic_messages_an_hour() {
    let mut desk = Desk::new();
    create(&mut desk, rule("Parrot", Trigger::MessageReceived, vec![says("You said something.")]));
    for n in 0..8 {
        desk.says(n, "491", &format!("m{n}"), "hello bot");
    }
    assert_eq!(sent(&desk).len(), 5);
    assert_eq!(skipped(&runs(&desk)[7].outcomes), [Some(SkipReason::MessagesPerHour)]);
    desk.says(61, "491", "later", "hello again");
    assert_eq!(sent(&desk).len(), 6);
}

#[test]
fn a_rule_in_shadow_writes_what_it_would_have_done_and_does_nothing() {
    let mut desk = Desk::new();
    let resolves = AutomationAction::SetStatus { status: SettableStatus::Resolved, disposition: None };
    let actions = vec![says("Hi"), tags("a"), tags("a"), resolves];
    create(&mut desk, AutomationRule { mode: Mode::Shadow, ..rule("Try", Trigger::MessageReceived, actions.clone()) });
    create(&mut desk, AutomationRule { mode: Mode::Disabled, ..rule("Off", Trigger::MessageReceived, actions) });
    desk.says(0, "491", "m1", "hello");
    let ran = runs(&desk);
    assert_eq!((ran.len(), ran[0].shadow, ran[0].caused), (1, true, 0));
    assert_eq!(skipped(&ran[0].outcomes), [None, None, Some(SkipReason::AlreadySo), None]);
    let conversation = desk.state(desk.conversation_of("491"));
    assert_eq!((conversation.status, conversation.tags.len(), sent(&desk).len()), (Status::Open, 0, 0));
}

#[test]
fn a_rule_runs_as_often_as_its_limits_say() {
    let mut desk = Desk::new();
    let limited = |name: &str, limits| AutomationRule {
        limits,
        ..rule(name, Trigger::MessageReceived, vec![AutomationAction::SetPriority { priority: Priority::High }])
    };
    let once = Limits { once: Some(Once::Episode), ..Limits::default() };
    let hourly = Limits { per_hour_max: Some(2), ..Limits::default() };
    let rests = Limits { cooldown_ms: Some(Millis::minutes(10)), ..Limits::default() };
    let ids = [("Once", once), ("Hourly", hourly), ("Rests", rests)]
        .map(|(name, limits)| create(&mut desk, limited(name, limits)));
    for n in [0, 4, 8, 12, 70] {
        desk.says(n, "491", &format!("m{n}"), "hello");
    }
    let count = |desk: &Desk| ids.map(|id| runs(desk).iter().filter(|ran| ran.rule_id == id).count());
    assert_eq!(count(&desk), [1, 3, 3]);
    desk.moves(71, desk.conversation_of("491"), Status::Resolved);
    desk.says(72, "491", "again", "hello, one more thing");
    assert_eq!(count(&desk), [2, 4, 3]);
}

#[test]
fn what_rules_did_fires_only_rules_that_follow_automation() {
    let mut desk = Desk::new();
    create(&mut desk, rule("First", Trigger::MessageReceived, vec![tags("a")]));
    create(&mut desk, rule("Aloof", on_tag("a"), vec![tags("b")]));
    create(&mut desk, AutomationRule { follows_automation: true, ..rule("Follows", on_tag("a"), vec![tags("c")]) });
    desk.says(0, "491", "m1", "hello");
    let conversation = desk.state(desk.conversation_of("491"));
    assert_eq!(conversation.tags.iter().collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(runs(&desk).iter().map(|ran| ran.depth).collect::<Vec<_>>(), [0, 1]);
}

fn ping_pong() -> [AutomationRule; 2] {
    let follows = |name: &str, from: &str, to: &str| AutomationRule {
        follows_automation: true,
        ..rule(name, on_tag(from), vec![untags(from), tags(to)])
    };
    [follows("Ping", "ping", "pong"), follows("Pong", "pong", "ping")]
}

#[test]
fn two_rules_that_would_fire_each_other_for_ever_are_refused_with_their_names() {
    let mut desk = Desk::new();
    let [ping, pong] = ping_pong();
    let first = create(&mut desk, ping);
    let Err(Rejection::Fields(errors)) = try_create(&mut desk, pong.clone()) else { panic!("refused") };
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/actions", "endless_loop"));
    assert!(errors[0].detail.contains("Pong") && errors[0].detail.contains(&format!("Ping ({first})")), "{errors:?}");
    // Once in an episode it ends, and is said.
    let limits = Limits { once: Some(Once::Episode), ..Limits::default() };
    let second = create(&mut desk, AutomationRule { limits, ..pong });
    let admin = desk.principal(desk.ana);
    let found = rule::conflicts(&desk.world.automation, &admin, second);
    assert!(found.contains(&Conflict { rule_ids: vec![first], kind: ConflictKind::LimitedLoop, property: None }));
    // Nor does a rule fire itself.
    let echo = AutomationRule {
        follows_automation: true,
        ..rule("Echo", Trigger::PriorityChanged, vec![AutomationAction::SetPriority { priority: Priority::High }])
    };
    assert!(try_create(&mut desk, echo).is_err());
    // A snooze ends by itself, and that is nobody's automation.
    let sleeps = rule(
        "Sleeps",
        Trigger::StatusChanged { to: Some(Status::Open) },
        vec![AutomationAction::Snooze { for_ms: Millis::hours(1) }],
    );
    assert!(try_create(&mut desk, sleeps).is_err());
}

#[test]
fn rules_that_fire_each_other_all_the_same_are_stopped_where_they_run() {
    let mut desk = Desk::new();
    // As no desk would take them.
    for (n, rule) in (1..).zip(ping_pong()) {
        let rule_id = AutomationRuleId::from_u128(n);
        desk.run(|step| {
            step.emit(StreamId::AutomationRule(rule_id), AutomationRuleCreated { rule_id, rule });
            Ok(())
        })
        .unwrap();
    }
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    add_tag(&mut desk, id, "ping");
    let ran: Vec<_> = runs(&desk).iter().map(|ran| (ran.depth, ran.stopped)).collect();
    assert_eq!(ran, [(0, None), (1, None), (2, None), (3, Some(Stopped::CausationDepth))]);
    assert_eq!(desk.state(id).tags.iter().collect::<Vec<_>>(), ["pong"]);
}

#[test]
fn a_rule_that_names_what_is_not_there_is_refused_with_pointers() {
    let mut desk = Desk::new();
    let template = json!({"name": "gone", "language": {"code": "en"}});
    let wrong = AutomationRule {
        when: when(json!({"all": [{"field": "team_id", "op": "is", "value": TeamId::from_u128(9).to_string()}]})),
        ..rule(
            "",
            Trigger::MessageReceived,
            vec![
                says("too late for this"),
                AutomationAction::MoveToQueue { queue_id: QueueId::Team(TeamId::from_u128(9)) },
                AutomationAction::AssignAgent { user_id: UserId::from_u128(9) },
                tags(&"x".repeat(65)),
                AutomationAction::SendMessage {
                    content: Content { kind: domain::content::MessageKind::Template, body: template },
                },
                AutomationAction::Notify { user_ids: vec![], team_ids: vec![], text: "{{contact.nme}}".to_owned() },
            ],
        )
    };
    let wrong =
        AutomationRule { trigger: Trigger::Timer { since: Since::AgentReply, after_ms: Millis::hours(30) }, ..wrong };
    let Err(Rejection::Fields(errors)) = try_create(&mut desk, wrong) else { panic!("refused") };
    let found: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    for expected in [
        ("/name", "wrong_length"),
        ("/when/all/0/value", "unknown_reference"),
        ("/actions/0/content", "not_allowed"),
        ("/actions/1/queue_id", "unknown_reference"),
        ("/actions/2/user_id", "unknown_reference"),
        ("/actions/3/tag", "wrong_length"),
        ("/actions/4/content/template/name", "unknown_reference"),
        ("/actions/5/text", "unknown_variable"),
        ("/actions/5/user_ids", "wrong_number"),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    assert_eq!(desk.count("automation_rule.created"), 0);
}

#[test]
fn rules_that_set_the_same_thing_differently_are_listed() {
    let mut desk = Desk::new();
    let sets = |name: &str, priority, language: &str| AutomationRule {
        when: when(json!({"all": [{"field": "message_type", "op": "is", "value": language}]})),
        ..rule(name, Trigger::MessageReceived, vec![AutomationAction::SetPriority { priority }])
    };
    let low = create(&mut desk, sets("Low", Priority::Low, "text"));
    let high = create(&mut desk, sets("High", Priority::High, "text"));
    let other = create(&mut desk, sets("Other", Priority::Urgent, "image"));
    let admin = desk.principal(desk.ana);
    let of = |desk: &Desk, id| rule::conflicts(&desk.world.automation, &admin, id);
    let kind = ConflictKind::Contradiction;
    assert_eq!(of(&desk, high), [Conflict { rule_ids: vec![low], kind, property: Some("priority") }]);
    assert_eq!(of(&desk, other), []);
}

#[test]
fn a_timer_asks_once_so_long_after_and_not_about_what_was_before_it() {
    let mut desk = Desk::new();
    desk.says(0, "490", "m0", "I waited before there was a rule");
    let waits = |name: &str, condition: Value| AutomationRule {
        when: when(condition),
        ..rule(name, Trigger::Timer { since: Since::Waiting, after_ms: Millis::minutes(10) }, vec![tags("slow")])
    };
    desk.now = minute(20);
    let slow = create(&mut desk, waits("Slow", json!({"all": []})));
    let never = create(&mut desk, waits("Vip", json!({"all": [{"field": "tag", "op": "is", "value": "vip"}]})));
    desk.says(30, "491", "m1", "hello");
    desk.says(31, "492", "m2", "hello");
    desk.replies(35, desk.ben, desk.conversation_of("492"));
    assert_eq!(desk.world.automation_timers.next_due(), Some(minute(40)));
    time_comes(&mut desk, 41);
    let ran = runs(&desk);
    assert_eq!((ran.len(), ran[0].rule_id, ran[0].trigger_pos), (1, slow, None));
    let passed = desk.log.events.iter().rev().find_map(|event| match &event.event {
        Event::AutomationTimerPassed(event) => Some(event.clone()),
        _ => None,
    });
    assert_eq!(passed.map(|event| (event.rule_id, event.failed_at)), Some((never, Some("/all/0".to_owned()))));
    assert_eq!(desk.world.automation_timers.next_due(), None);
    assert!(!desk.state(desk.conversation_of("490")).tags.contains("slow"));
    desk.restart();
    assert_eq!(desk.world.automation_timers.next_due(), None);
}

#[test]
fn automation_writes_notes_and_tells_those_who_see_the_conversation() {
    let mut desk = Desk::new();
    let (ana, ben) = (desk.ana, desk.ben);
    let note = AutomationAction::AddNote { body: "Conversation {{conversation.number}} of {{brand.name}}".to_owned() };
    let tells = AutomationAction::Notify { user_ids: vec![ana, ben], team_ids: vec![], text: "Look".to_owned() };
    create(&mut desk, rule("Looks", Trigger::Opened, vec![note, tells]));
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    assert_eq!(desk.state(id).notes.values().next().unwrap().author_id, None);
    let told = desk.log.events.iter().find_map(|event| match &event.event {
        Event::AutomationNotified(event) => Some(event.told.clone()),
        _ => None,
    });
    assert_eq!(told, Some(vec![ana, ben]));
}

/// What a rule would have done in everything from a position on.
fn dry_run(desk: &Desk, id: AutomationRuleId, version: u64, rule: AutomationRule, from: usize) -> Vec<Firing> {
    let mut world = World::new();
    desk.log.events[..from].iter().for_each(|event| world.follow(event));
    let events = desk.log.events.iter().cloned().zip(desk.log.causes.iter().copied()).skip(from);
    let commands = commands(events);
    let archive = crate::simulation::Before { log: &desk.log, pos: from as u64 + 1 };
    let at = desk.log.events[from].recorded_at;
    let mut dry = DryRun::new(world, &archive, &desk.blinder, (id, version), rule, at);
    commands.iter().for_each(|command| dry.command(command));
    dry.finish().firings
}

/// As a dry run gives them.
fn really(desk: &Desk, id: AutomationRuleId, from: usize) -> Vec<Firing> {
    let ran = desk.log.events[from..].iter().filter_map(|recorded| match &recorded.event {
        Event::AutomationRuleRan(event) if event.rule_id == id && event.stopped.is_none() => {
            let mut ran = AutomationRuleRan { caused: 0, shadow: false, ..event.clone() };
            ran.outcomes.iter_mut().for_each(|outcome| outcome.message_id = None);
            Some(Firing { at: recorded.recorded_at, ran })
        }
        _ => None,
    });
    ran.collect()
}

#[test]
fn a_dry_run_gives_the_very_runs_that_an_enabled_rule_had() {
    let mut desk = Desk::new();
    let follows = |rule: AutomationRule| AutomationRule { follows_automation: true, ..rule };
    let has = |tag: &str| when(json!({"all": [{"field": "tag", "op": "is", "value": tag}]}));
    let lacks = |tag: &str| when(json!({"none": [{"field": "tag", "op": "is", "value": tag}]}));
    let once = Limits { once: Some(Once::Episode), ..Limits::default() };
    let hourly = Limits { per_hour_max: Some(2), cooldown_ms: Some(Millis::minutes(3)), ..Limits::default() };
    let waiting = Trigger::Timer { since: Since::Waiting, after_ms: Millis::minutes(7) };
    let rules = [
        AutomationRule {
            when: lacks("seen"),
            ..rule("Sees", Trigger::MessageReceived, vec![tags("seen"), says("Hi")])
        },
        AutomationRule {
            when: has("seen"),
            limits: hourly,
            ..rule(
                "Known",
                Trigger::MessageReceived,
                vec![says("Again"), AutomationAction::SetPriority { priority: Priority::High }],
            )
        },
        follows(AutomationRule { limits: once, ..rule("Tagged", on_tag("seen"), vec![tags("twice")]) }),
        follows(rule("Raised", Trigger::PriorityChanged, vec![untags("seen")])),
        AutomationRule { when: has("twice"), ..rule("Slow", waiting.clone(), vec![tags("slow"), says("Still here?")]) },
        rule("Never", waiting, vec![AutomationAction::AskSatisfaction]),
        rule("After", Trigger::Timer { since: Since::Resolved, after_ms: Millis::minutes(4) }, vec![tags("after")]),
        AutomationRule { mode: Mode::Shadow, ..rule("Shadow", Trigger::Resolved, vec![untags("twice"), says("Bye")]) },
    ];
    let made: Vec<_> = rules.into_iter().map(|rule| (create(&mut desk, rule.clone()), rule)).collect();
    desk.says(0, "491", "first", "hello");
    let from = desk.log.events.len();
    let mut seed = 7u64;
    for n in 1..160i64 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let who = ["491", "492", "493"][(seed >> 33) as usize % 3];
        let known = desk.contact_of(&crate::desk::wa_id(who)).is_some();
        match (seed >> 40) % 8 {
            0..=3 => desk.says(n * 3, who, &format!("w{n}"), "a question"),
            4 if known => {
                let id = desk.conversation_of(who);
                if desk.state(id).status != Status::Resolved {
                    let _ = desk.try_reply(n * 3, desk.ben, id);
                }
            }
            5 if known => desk.moves(n * 3, desk.conversation_of(who), Status::Resolved),
            6 if known => {
                desk.now = minute(n * 3);
                let id = desk.conversation_of(who);
                add_tag(&mut desk, id, "seen");
            }
            _ => time_comes(&mut desk, n * 3),
        }
        time_comes(&mut desk, n * 3 + 1);
    }
    for (id, rule) in made {
        let (dry, real) = (dry_run(&desk, id, 1, rule.clone(), from), really(&desk, id, from));
        assert!(real.len() > 1, "{} ran {} times", rule.name, real.len());
        assert_eq!(dry, real, "{}", rule.name);
    }
}

#[test]
fn a_draft_is_asked_as_if_it_had_been_there() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m0", "hello");
    let from = desk.log.events.len();
    desk.says(1, "491", "m1", "where is my parcel");
    desk.says(5, "492", "m2", "parcel?");
    desk.says(6, "492", "m3", "parcel!!");
    let limits = Limits { once: Some(Once::Conversation), ..Limits::default() };
    let draft = AutomationRule {
        when: when(json!({"all": [{"field": "text", "op": "has_any_word", "value": ["parcel"]}]})),
        limits,
        ..rule("Draft", Trigger::MessageReceived, vec![tags("parcel"), says("We look")])
    };
    let found = dry_run(&desk, AutomationRuleId::from_u128(77), 0, draft, from);
    let ids: Vec<_> = found.iter().map(|firing| firing.ran.conversation_id).collect();
    assert_eq!(ids, [desk.conversation_of("491"), desk.conversation_of("492")]);
    assert_eq!(skipped(&found[0].ran.outcomes), [None, None]);
    assert_eq!((desk.count("automation.rule_ran"), desk.count("conversation.tagged")), (0, 0));
}

#[test]
fn a_draft_writes_as_often_as_automation_may_and_no_more() {
    let mut desk = Desk::new();
    desk.says(0, "491", "m0", "hello");
    let from = desk.log.events.len();
    (1..=7).for_each(|n| desk.says(n, "491", &format!("m{n}"), "and now?"));
    desk.says(90, "491", "m8", "and now?");
    let draft = rule("Draft", Trigger::MessageReceived, vec![says("We look")]);
    let found = dry_run(&desk, AutomationRuleId::from_u128(77), 0, draft, from);
    let too_often: Vec<_> = found.iter().map(|firing| skipped(&firing.ran.outcomes)[0].is_some()).collect();
    assert_eq!(too_often, [false, false, false, false, false, true, true, false]);
}

#[test]
fn a_timer_that_counts_from_a_resolution_ends_with_a_reopening_and_keeps_nothing_that_no_rule_waits_for() {
    let mut desk = Desk::new();
    desk.says(0, "490", "m0", "resolved before there was a rule");
    desk.moves(1, desk.conversation_of("490"), Status::Resolved);
    let after = Trigger::Timer { since: Since::Resolved, after_ms: Millis::minutes(10) };
    create(&mut desk, rule("After", after, vec![tags("after")]));
    for who in ["491", "492"] {
        desk.says(2, who, &format!("m{who}"), "hello");
        desk.moves(3, desk.conversation_of(who), Status::Resolved);
    }
    desk.says(5, "492", "again", "one more question");
    desk.restart();
    assert_eq!(desk.world.automation_timers.next_due(), Some(minute(13)));
    time_comes(&mut desk, 14);
    let tagged = |desk: &Desk, who: &str| desk.state(desk.conversation_of(who)).tags.contains("after");
    assert_eq!((tagged(&desk, "490"), tagged(&desk, "491"), tagged(&desk, "492")), (false, true, false));
    assert_eq!(desk.state(desk.conversation_of("491")).status, Status::Resolved);
    assert_eq!((runs(&desk).len(), desk.world.automation_timers.next_due()), (1, None));
}

#[test]
fn resolving_needs_what_the_queue_wants_said_as_for_everybody() {
    let mut desk = Desk::new();
    let queue = QueueSettings { disposition_required: true, ..QueueSettings::default() };
    common_queue(&mut desk, queue);
    let resolves = |disposition: Option<&str>| AutomationAction::SetStatus {
        status: SettableStatus::Resolved,
        disposition: disposition.map(str::to_owned),
    };
    create(&mut desk, rule("Ends", Trigger::MessageReceived, vec![resolves(None), resolves(Some("answered"))]));
    desk.says(0, "491", "m1", "hello");
    assert_eq!(skipped(&runs(&desk)[0].outcomes), [Some(SkipReason::DispositionRequired), None]);
    assert_eq!(desk.state(desk.conversation_of("491")).status, Status::Resolved);
}

#[test]
fn a_promise_at_risk_is_acted_on_once_and_what_was_done_comes_out_the_same_again() {
    let mut desk = Desk::new();
    let ben = desk.ben;
    let mut promised = policy("standard", vec![target(Metric::FirstResponse, 30, &[])]);
    promised.targets[0].target_s_by_priority = BTreeMap::from([(Priority::Urgent, 10 * 60)]);
    desk.promises(&promised);
    let only = Some(Metric::FirstResponse);
    let gives = AutomationAction::AssignAgent { user_id: ben };
    let raises = AutomationAction::SetPriority { priority: Priority::High };
    create(&mut desk, rule("At risk", Trigger::SlaAtRisk { metric: only }, vec![gives, raises, tags("late")]));
    create(&mut desk, rule("Broken", Trigger::SlaBreached { metric: None }, vec![tags("broken"), says("Sorry!")]));
    let urgent = AutomationAction::SetPriority { priority: Priority::Urgent };
    create(&mut desk, AutomationRule { follows_automation: true, ..rule("Late", on_tag("late"), vec![urgent]) });
    desk.says(0, "491", "m1", "hello");
    let id = desk.conversation_of("491");
    desk.timer(25);
    // Raised, it was promised sooner, and that is over: in the same command, and no rule of others' events is asked about it.
    let conversation = desk.state(id);
    assert_eq!((conversation.assignee_id, conversation.priority), (Some(ben), Priority::Urgent));
    let ran: Vec<_> = runs(&desk).iter().map(|ran| (ran.trigger, ran.promise.map(|of| of.n))).collect();
    assert_eq!(ran[0], (TriggerKind::SlaAtRisk, Some(1)));
    assert_eq!(ran[1], (TriggerKind::TagAdded, None));
    desk.timer(60);
    let count = |desk: &Desk, kind| runs(desk).iter().filter(|ran| ran.trigger == kind).count();
    assert_eq!((count(&desk, TriggerKind::SlaAtRisk), desk.count("sla.breached")), (1, 1));
    assert!(count(&desk, TriggerKind::SlaBreached) <= 1);
}

//! The same done to many conversations: an answer for each, and a way back.

use domain::access::{Role, Walls};
use domain::bulk::escalate::{Escalation, escalate};
use domain::bulk::{
    CHUNK_MAX, FINISHED_MAX, ITEMS_MAX, Item, OPEN_MAX, Operation, Outcome, Refusal, Request, State, UndoOutcome,
    UndoneItem, perform, request, undo,
};
use domain::conversation::assign::{Assignment, assign};
use domain::conversation::{Priority, Status, change_status, label};
use domain::event::{Actor, Event, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::team::{self, NewTeam};
use domain::time::Millis;

use crate::desk::{Desk, minute};

/// As many conversations, each of another customer.
fn conversations(desk: &mut Desk, count: usize) -> Vec<ConversationId> {
    let all = (0..count).map(|n| {
        let (who, wamid) = (format!("49{n}"), format!("m{n}"));
        desk.says(0, &who, &wamid, "hello");
        desk.conversation_of(&who)
    });
    all.collect()
}

fn asks(desk: &mut Desk, by: UserId, ids: &[ConversationId], operation: Operation) -> Result<BulkJobId, Rejection> {
    let wanted = Request { conversation_ids: ids.to_vec(), operation, reason: None };
    desk.run(|step| {
        step.actor = Actor::User(by);
        request(step, wanted)
    })
}

fn works(desk: &mut Desk, job: BulkJobId) {
    desk.run(|step| {
        perform::perform(step, job, None, CHUNK_MAX);
        Ok(())
    })
    .unwrap();
}

/// Asks for a job and works it off.
fn does(desk: &mut Desk, by: UserId, ids: &[ConversationId], operation: Operation) -> BulkJobId {
    let job = asks(desk, by, ids, operation).unwrap();
    while !matches!(state(desk, job), State::Done) {
        works(desk, job);
    }
    job
}

fn state(desk: &Desk, job: BulkJobId) -> State {
    desk.world.jobs.get(job).unwrap().state()
}

fn items(desk: &Desk, job: BulkJobId) -> Vec<Item> {
    let of_job = desk.log.events.iter().filter(|event| event.stream == StreamId::BulkJob(job));
    let items = of_job.filter_map(|event| match &event.event {
        Event::BulkJobItemsDone(event) => Some(event.items.clone()),
        _ => None,
    });
    items.flatten().collect()
}

fn undone(desk: &Desk, job: BulkJobId) -> Vec<UndoneItem> {
    let of_job = desk.log.events.iter().filter(|event| event.stream == StreamId::BulkJob(job));
    let items = of_job.filter_map(|event| match &event.event {
        Event::BulkJobItemsUndone(event) => Some(event.items.clone()),
        _ => None,
    });
    items.flatten().collect()
}

/// Asks for the undoing of a job, and works that off.
fn takes_back(desk: &mut Desk, by: UserId, job: BulkJobId) -> Vec<UndoneItem> {
    let principal = desk.principal(by);
    desk.run(|step| {
        step.actor = Actor::User(by);
        undo::request(step, &principal, job)
    })
    .unwrap();
    let done: Vec<_> =
        items(desk, job).into_iter().filter(|item| matches!(item.outcome, Outcome::Done { .. })).collect();
    while state(desk, job) != State::Undone {
        desk.run(|step| {
            undo::perform(step, job, &done, CHUNK_MAX);
            Ok(())
        })
        .unwrap();
    }
    undone(desk, job)
}

fn to(user: UserId) -> Operation {
    Operation::Assign { assignee_id: Some(user), moves: false, team_id: None }
}

fn is_done(item: &Item) -> bool {
    matches!(item.outcome, Outcome::Done { .. })
}

fn refusal(item: &Item) -> Option<Refusal> {
    match &item.outcome {
        Outcome::Refused { refused, .. } => Some(refused.refusal),
        Outcome::Done { .. } | Outcome::Unchanged { .. } | Outcome::NotFound => None,
    }
}

fn team(desk: &mut Desk, name: &str) -> TeamId {
    let root = desk.principal(desk.ana);
    let new = NewTeam { name: name.to_owned(), brand_id: None, walls: Walls::Closed };
    desk.run(|step| team::create(step, &root, &new)).unwrap()
}

fn joins(desk: &mut Desk, user: UserId, team_id: TeamId) {
    let root = desk.principal(desk.ana);
    desk.run(|step| team::set_member(step, &root, team_id, user, false)).unwrap();
}

#[test]
fn a_job_is_worked_off_in_chunks_each_with_what_it_made_in_one_command() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, CHUNK_MAX + 10);
    let (ana, ben) = (desk.ana, desk.ben);
    let job = asks(&mut desk, ana, &ids, to(ben)).unwrap();
    assert_eq!((state(&desk, job), desk.count("conversation.assigned")), (State::Queued, 0));
    let kinds = desk.kinds_of(|desk| works(desk, job));
    assert_eq!(kinds.len(), CHUNK_MAX + 1);
    assert_eq!(kinds.last(), Some(&"bulk_job.items_done"));
    assert_eq!(state(&desk, job), State::Running);
    // What a crash finds is what was written down: nothing is lost, nothing is done twice.
    desk.restart();
    let kinds = desk.kinds_of(|desk| works(desk, job));
    assert_eq!(kinds[kinds.len() - 2..], ["bulk_job.items_done", "bulk_job.finished"]);
    assert_eq!((state(&desk, job), desk.count("conversation.assigned")), (State::Done, ids.len()));
    assert!(desk.kinds_of(|desk| works(desk, job)).is_empty());
    let found = items(&desk, job);
    assert!(found.iter().all(is_done));
    assert_eq!(found.iter().map(|item| item.conversation_id).collect::<Vec<_>>(), ids);
}

#[test]
fn the_history_of_each_conversation_says_who_asked() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 1);
    let (ana, ben) = (desk.ana, desk.ben);
    does(&mut desk, ana, &ids, to(ben));
    let assigned = desk.log.events.iter().find(|event| event.event.kind() == "conversation.assigned").unwrap();
    let report = desk.log.events.iter().find(|event| event.event.kind() == "bulk_job.items_done").unwrap();
    assert_eq!((assigned.actor, report.actor), (Actor::User(ana), Actor::System));
}

#[test]
fn one_that_is_refused_holds_up_no_other_and_what_is_so_already_is_left() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 3);
    let ana = desk.ana;
    desk.moves(1, ids[0], Status::Resolved);
    desk.moves(1, ids[1], Status::Pending);
    let absent = ConversationId::from_u128(7);
    let all = [ids[0], ids[1], absent, ids[2]];
    let job = does(&mut desk, ana, &all, Operation::SetStatus { status: Status::Pending });
    let found = items(&desk, job);
    assert_eq!(refusal(&found[0]), Some(Refusal::InvalidTransition));
    assert!(matches!(found[1].outcome, Outcome::Unchanged { .. }));
    assert_eq!(found[2].outcome, Outcome::NotFound);
    assert!(is_done(&found[3]));
    let tally = desk.world.jobs.get(job).unwrap().tally;
    assert_eq!((tally.done, tally.unchanged, tally.refused, tally.not_found), (1, 1, 1, 1));
}

#[test]
fn what_whoever_asked_cannot_see_is_not_there() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 2);
    let (ana, ben) = (desk.ana, desk.ben);
    let walled = team(&mut desk, "Walled");
    let away = Assignment { team_id: Some(Some(walled)), ..Assignment::default() };
    desk.run(|step| assign(step, ids[0], &away)).unwrap();
    // Ben is an agent: his role may do no bulk at all, and that is said of what he sees only.
    let job = does(&mut desk, ben, &ids, Operation::SetPriority { priority: Priority::High });
    let found = items(&desk, job);
    assert_eq!(found[0].outcome, Outcome::NotFound);
    assert_eq!(refusal(&found[1]), Some(Refusal::Forbidden));
    let job = does(&mut desk, ana, &ids, Operation::SetPriority { priority: Priority::High });
    assert!(items(&desk, job).iter().all(is_done));
}

#[test]
fn rights_are_those_of_the_moment_and_a_closed_account_has_none() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, CHUNK_MAX + 1);
    let eve = desk.hire("eve", Role::Admin);
    let job = asks(&mut desk, eve, &ids, Operation::AddTag { tag: " Recall ".to_owned() }).unwrap();
    works(&mut desk, job);
    let event = domain::event::user::UserDeactivated { user_id: eve };
    desk.run(|step| {
        step.emit(StreamId::User(eve), event);
        Ok(())
    })
    .unwrap();
    works(&mut desk, job);
    let found = items(&desk, job);
    assert!(found[..CHUNK_MAX].iter().all(is_done));
    assert_eq!(refusal(&found[CHUNK_MAX]), Some(Refusal::AskerGone));
    assert_eq!(state(&desk, job), State::Done);
    assert!(desk.state(ids[0]).tags.contains("recall"), "tags are written as they are kept");
}

#[test]
fn every_operation_is_taken_back_to_what_was_before() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 4);
    let (ana, ben) = (desk.ana, desk.ben);
    desk.moves(1, ids[1], Status::Pending);
    desk.snoozes(1, ids[2], 600);
    desk.run(|step| label::prioritize(step, ids[1], Priority::Low)).unwrap();
    desk.run(|step| label::tag(step, ids[3], "vip")).unwrap();
    let take = Assignment { assignee_id: Some(ana), ..Assignment::default() };
    desk.run(|step| assign(step, ids[0], &take)).unwrap();
    let look = |desk: &Desk| {
        let all = ids.iter().map(|id| desk.state(*id));
        let all = all.map(|it| (it.assignee_id, it.team_id, it.status, it.snoozed_until, it.priority, it.tags));
        all.collect::<Vec<_>>()
    };
    let before = look(&desk);
    for operation in [
        to(ben),
        Operation::Resolve { disposition: None },
        Operation::Snooze { until: desk.now + Millis::hours(20) },
        Operation::SetStatus { status: Status::Open },
        Operation::SetPriority { priority: Priority::Urgent },
        Operation::AddTag { tag: "vip".to_owned() },
        Operation::RemoveTag { tag: "vip".to_owned() },
    ] {
        let job = does(&mut desk, ana, &ids, operation.clone());
        assert_ne!(look(&desk), before, "{operation:?}");
        let back = takes_back(&mut desk, ana, job);
        assert!(back.iter().all(|item| matches!(item.outcome, UndoOutcome::Undone { .. })), "{operation:?} {back:?}");
        assert_eq!(look(&desk), before, "{operation:?}");
    }
}

#[test]
fn whoever_waited_before_a_resolution_that_is_taken_back_has_waited_since() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 1);
    let ana = desk.ana;
    desk.says(3, "490", "more", "are you there?");
    desk.now = minute(10);
    let job = does(&mut desk, ana, &ids, Operation::Resolve { disposition: None });
    assert_eq!(desk.waits_since(ids[0]), None);
    takes_back(&mut desk, ana, job);
    assert_eq!((desk.waits_since(ids[0]), desk.state(ids[0]).episode), (Some(0), 2));
    // An answer that never arrived was none.
    let message = desk.replies(20, ana, ids[0]);
    assert_eq!((desk.waits_since(ids[0]), desk.frt(ids[0])), (None, Some(20)));
    let attempt = desk.starts(message).unwrap();
    desk.finishes(message, attempt, crate::desk::refused(131_026));
    assert_eq!((desk.waits_since(ids[0]), desk.frt(ids[0])), (Some(0), None));
}

#[test]
fn what_changed_since_stays_as_it_is() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 3);
    let (ana, ben) = (desk.ana, desk.ben);
    let job = does(&mut desk, ana, &ids, Operation::Resolve { disposition: None });
    // The customer comes back, and it is resolved again: another resolution than the job's.
    desk.says(5, "490", "again", "one more thing");
    desk.moves(6, ids[0], Status::Resolved);
    // Another part of it changed: that does not matter.
    let take = Assignment { assignee_id: Some(ben), ..Assignment::default() };
    desk.run(|step| assign(step, ids[1], &take)).unwrap();
    let back = takes_back(&mut desk, ana, job);
    assert!(matches!(back[0].outcome, UndoOutcome::ChangedSince { .. }));
    assert_eq!(desk.state(ids[0]).status, Status::Resolved);
    for id in &ids[1..] {
        assert_eq!(desk.state(*id).status, Status::Open);
    }
    assert_eq!(desk.state(ids[1]).assignee_id, Some(ben));
    let tally = desk.world.jobs.get(job).unwrap().undo.unwrap().tally;
    assert_eq!((tally.undone, tally.changed_since), (2, 1));
}

#[test]
fn a_snooze_whose_end_has_come_is_not_given_back() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 1);
    let ana = desk.ana;
    desk.snoozes(1, ids[0], 60);
    let job = does(&mut desk, ana, &ids, Operation::Resolve { disposition: None });
    desk.now = minute(61);
    takes_back(&mut desk, ana, job);
    assert_eq!(desk.state(ids[0]).status, Status::Open);
}

#[test]
fn an_owner_who_can_no_longer_have_it_is_refused_and_nothing_changes() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 1);
    let (ana, ben) = (desk.ana, desk.ben);
    let take = Assignment { assignee_id: Some(ben), ..Assignment::default() };
    desk.run(|step| assign(step, ids[0], &take)).unwrap();
    let job = does(&mut desk, ana, &ids, to(ana));
    desk.run(|step| {
        step.emit(StreamId::User(ben), domain::event::user::UserDeactivated { user_id: ben });
        Ok(())
    })
    .unwrap();
    let back = takes_back(&mut desk, ana, job);
    let refused = |item: &UndoneItem| match &item.outcome {
        UndoOutcome::Refused { refused, .. } => Some(refused.refusal),
        _ => None,
    };
    assert_eq!(refused(&back[0]), Some(Refusal::AssigneeNotEligible));
    assert_eq!(desk.state(ids[0]).assignee_id, Some(ana));
}

#[test]
fn a_job_is_taken_back_once_after_it_ended_and_by_who_sees_it() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 1);
    let (ana, ben) = (desk.ana, desk.ben);
    let job = asks(&mut desk, ana, &ids, Operation::Resolve { disposition: None }).unwrap();
    let (root, agent) = (desk.principal(ana), desk.principal(ben));
    let early = Rejection::InvalidTransition { from: "queued", to: "undone" };
    assert_eq!(desk.run(|step| undo::request(step, &root, job)), Err(early));
    works(&mut desk, job);
    assert_eq!(desk.run(|step| undo::request(step, &agent, job)), Err(Rejection::NotFound));
    takes_back(&mut desk, ana, job);
    let again = Rejection::InvalidTransition { from: "undone", to: "undone" };
    assert_eq!(desk.run(|step| undo::request(step, &root, job)), Err(again));
    let absent = BulkJobId::from_u128(7);
    assert_eq!(desk.run(|step| undo::request(step, &root, absent)), Err(Rejection::NotFound));
}

#[test]
fn a_job_names_one_to_a_thousand_conversations_each_once_and_can_be_done() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let ids = |count: u128| (0..count).map(ConversationId::from_u128).collect::<Vec<_>>();
    let twice = [ids(2), ids(1)].concat();
    for wrong in [ids(0), ids(ITEMS_MAX as u128 + 1), twice] {
        let refused = asks(&mut desk, ana, &wrong, Operation::Resolve { disposition: None });
        assert!(matches!(refused, Err(Rejection::Invalid { field: "conversation_ids", .. })), "{refused:?}");
    }
    asks(&mut desk, ana, &ids(ITEMS_MAX as u128), Operation::Resolve { disposition: None }).unwrap();
    let past = Operation::Snooze { until: desk.now };
    let refused = asks(&mut desk, ana, &ids(1), past);
    assert!(matches!(refused, Err(Rejection::Invalid { field: "operation/until", .. })), "{refused:?}");
    let refused = asks(&mut desk, ana, &ids(1), Operation::AddTag { tag: " ".to_owned() });
    assert!(matches!(refused, Err(Rejection::Invalid { field: "operation/tag", .. })), "{refused:?}");
}

#[test]
fn only_so_many_jobs_wait_and_only_the_newest_that_ended_are_kept() {
    let mut desk = Desk::new();
    let ana = desk.ana;
    let nothing = [ConversationId::from_u128(7)];
    let waiting: Vec<_> = (0..OPEN_MAX)
        .map(|_| asks(&mut desk, ana, &nothing, Operation::Resolve { disposition: None }).unwrap())
        .collect();
    assert!(matches!(
        asks(&mut desk, ana, &nothing, Operation::Resolve { disposition: None }),
        Err(Rejection::InUse(_))
    ));
    // First come, first served.
    for job in &waiting {
        assert_eq!(desk.world.jobs.due().unwrap().id, *job);
        works(&mut desk, *job);
    }
    for _ in waiting.len()..FINISHED_MAX {
        does(&mut desk, ana, &nothing, Operation::Resolve { disposition: None });
    }
    assert!(desk.world.jobs.get(waiting[0]).is_some());
    let newest = does(&mut desk, ana, &nothing, Operation::Resolve { disposition: None });
    assert!(desk.world.jobs.get(waiting[0]).is_none());
    assert_eq!(desk.world.jobs.newest(None).next().unwrap().id, newest);
    assert_eq!(desk.world.jobs.newest(None).count(), FINISHED_MAX);
    let jobs = desk.world.jobs.clone();
    desk.restart();
    assert_eq!(desk.world.jobs, jobs);
}

#[test]
fn what_is_escalated_lies_in_the_queue_more_urgent_and_with_a_note() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 3);
    let (first, second) = (team(&mut desk, "First"), team(&mut desk, "Second"));
    let ben = desk.ben;
    joins(&mut desk, ben, first);
    let own = Assignment { assignee_id: Some(ben), team_id: Some(Some(first)), ..Assignment::default() };
    desk.run(|step| assign(step, ids[0], &own)).unwrap();
    let walled = Assignment { team_id: Some(Some(second)), ..Assignment::default() };
    desk.run(|step| assign(step, ids[2], &walled)).unwrap();
    let wanted = Escalation {
        conversation_ids: ids.clone(),
        to_team_id: second,
        priority: None,
        note: Some("They asked for a refund twice.".to_owned()),
    };
    let agent = desk.principal(ben);
    let mut job = None;
    let kinds = desk.kinds_of(|desk| job = desk.run(|step| escalate(step, &agent, &wanted)).ok());
    let expected = [
        "bulk_job.requested",
        "note.added",
        "conversation.priority_changed",
        "conversation.assigned",
        "bulk_job.items_done",
        "bulk_job.finished",
    ];
    assert_eq!(kinds, expected);
    let found = items(&desk, job.unwrap());
    assert!(is_done(&found[0]));
    assert_eq!(refusal(&found[1]), Some(Refusal::Forbidden), "agents escalate their own");
    assert_eq!(found[2].outcome, Outcome::NotFound);
    let state = desk.state(ids[0]);
    assert_eq!((state.assignee_id, state.team_id, state.priority), (None, Some(second), Priority::Low));
    assert_eq!(state.notes.len(), 1);
    // Whoever does jobs can take it back.
    let ana = desk.ana;
    takes_back(&mut desk, ana, job.unwrap());
    let state = desk.state(ids[0]);
    assert_eq!((state.assignee_id, state.team_id, state.priority), (Some(ben), Some(first), Priority::None));
}

#[test]
fn an_escalation_never_makes_less_urgent_and_asks_all_before_it_writes() {
    let mut desk = Desk::new();
    let ids = conversations(&mut desk, 2);
    let root = desk.principal(desk.ana);
    let second = team(&mut desk, "Second");
    desk.run(|step| label::prioritize(step, ids[0], Priority::Urgent)).unwrap();
    let mut wanted =
        Escalation { conversation_ids: ids.clone(), to_team_id: second, priority: Some(Priority::High), note: None };
    desk.run(|step| escalate(step, &root, &wanted)).unwrap();
    let urgency = |desk: &Desk| ids.iter().map(|id| desk.state(*id).priority).collect::<Vec<_>>();
    assert_eq!(urgency(&desk), [Priority::Urgent, Priority::High]);
    let mut job = None;
    let kinds = desk.kinds_of(|desk| job = desk.run(|step| escalate(step, &root, &wanted)).ok());
    assert_eq!(kinds, ["bulk_job.requested", "bulk_job.items_done", "bulk_job.finished"], "it is there already");
    assert!(items(&desk, job.unwrap()).iter().all(|item| matches!(item.outcome, Outcome::Unchanged { .. })));
    // A mention of nobody is refused for each, and nothing of it happens.
    wanted.note = Some("@[usr_00000000000000000000000009] look".to_owned());
    let job = desk.run(|step| escalate(step, &root, &wanted)).unwrap();
    assert_eq!(items(&desk, job).iter().map(refusal).collect::<Vec<_>>(), [Some(Refusal::MentionNotPermitted); 2]);
    wanted.note = None;
    wanted.to_team_id = TeamId::from_u128(7);
    let unknown = Rejection::UnknownReference { field: "to_team_id" };
    assert_eq!(desk.run(|step| escalate(step, &root, &wanted)), Err(unknown));
    // A snooze is no matter of an escalation.
    desk.run(|step| change_status::change(step, ids[0], Status::Pending, None, None)).unwrap();
    assert_eq!(desk.state(ids[0]).status, Status::Pending);
}

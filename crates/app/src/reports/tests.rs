//! Reports that come by themselves, and files that nobody waits for.

use std::collections::BTreeSet;

use domain::event::Event;
use domain::event::report::ScheduledReportRan;
use domain::ids::*;
use domain::report::cadence::{Cadence, Every};
use domain::report::schedule::{ScheduledReport, create};
use domain::report::{Filters, Format, Kind, Outcome, Question};
use domain::time::Millis;

use crate::Desk;
use crate::testing::Bench;
use crate::timers::TimerWorker;
use crate::workers::Worker;

/// Every day at 10:00 UTC; the desk begins at 09:00.
async fn scheduled(bench: &Bench) -> ScheduledReportId {
    let (agent, by) = (bench.agent, bench.principal());
    let report = ScheduledReport {
        name: "Replies".to_owned(),
        enabled: true,
        question: Question { kind: Kind::Replies, format: Format::Ndjson, filters: Filters::default() },
        cadence: Cadence { every: Every::Day, at_s: 10 * 3_600, time_zone: "UTC".to_owned() },
        recipient_ids: BTreeSet::from([agent]),
    };
    let make = move |step: &mut domain::step::Step<'_>| create(step, &by, report);
    bench.desk.run(domain::event::Actor::User(agent), make).await.unwrap().value
}

fn runs(bench: &Bench) -> Vec<ScheduledReportRan> {
    let ran = |event| match event {
        Event::ScheduledReportRan(event) => Some(event),
        _ => None,
    };
    bench.events().into_iter().filter_map(ran).collect()
}

fn rows(desk: &Desk, id: ReportExportId) -> u64 {
    let outcome = desk.view(|views| views.exports.get(id).unwrap().outcome.clone());
    let Outcome::Made { rows, .. } = outcome else { panic!("{outcome:?}") };
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scheduled_report_comes_at_its_time_as_a_file_of_the_day_before() {
    let bench = Bench::new().await;
    scheduled(&bench).await;
    let conversation = bench.says("34600000001", "hi").await;
    bench.answers(conversation, "hello").await;
    let mut worker = TimerWorker::new(bench.desk.clone());
    assert_eq!(worker.step().await.at, Some(bench.desk.now() + Millis::hours(1)));
    assert!(runs(&bench).is_empty());
    bench.clock.advance(Millis::hours(25));
    worker.step().await;
    let ran = runs(&bench);
    assert_eq!((ran.len(), ran[0].missed, ran[0].without_rights.len()), (1, 1, 0));
    assert!(bench.desk.work_on_reports().await.unwrap());
    assert_eq!(rows(&bench.desk, ran[0].export_ids[0]), 1);
    assert_eq!(worker.step().await.at, Some(bench.desk.now() + Millis::days(1)));
    assert_eq!(runs(&bench).len(), 1, "once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_downtime_it_comes_once_for_the_newest_period_and_says_what_it_passed_over() {
    let bench = Bench::new().await;
    scheduled(&bench).await;
    let bench = bench.restarted();
    bench.clock.advance(Millis::hours(24 * 4 + 3));
    let mut worker = TimerWorker::new(bench.desk.clone());
    worker.step().await;
    let ran = runs(&bench);
    assert_eq!((ran.len(), ran[0].missed), (1, 4));
    assert_eq!(ran[0].due_at, bench.desk.now() - Millis::hours(2) - Millis(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_have_reports_any_more_gets_none() {
    let bench = Bench::new().await;
    scheduled(&bench).await;
    let agent = bench.agent;
    let demoted = move |step: &mut domain::step::Step<'_>| {
        let event = domain::event::user::UserRoleChanged {
            user_id: agent,
            role: domain::access::Role::Agent,
            custom_role_id: None,
        };
        step.emit(domain::event::StreamId::User(agent), event);
        Ok(())
    };
    bench.desk.run(domain::event::Actor::System, demoted).await.unwrap();
    bench.clock.advance(Millis::hours(1));
    TimerWorker::new(bench.desk.clone()).step().await;
    let ran = runs(&bench);
    assert_eq!((ran[0].export_ids.len(), &ran[0].without_rights), (0, &vec![agent]));
    assert!(!bench.desk.work_on_reports().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_process_began_and_did_not_write_down_goes() {
    let bench = Bench::new().await;
    scheduled(&bench).await;
    bench.clock.advance(Millis::hours(1));
    TimerWorker::new(bench.desk.clone()).step().await;
    bench.desk.work_on_reports().await.unwrap();
    let store = bench.desk.report_store();
    let kept = store.list().unwrap();
    assert_eq!(kept.len(), 1);
    let stray = bench.dir.path().join("media/reports").join("ab").join("c".repeat(62));
    std::fs::create_dir_all(stray.parent().unwrap()).unwrap();
    std::fs::write(&stray, b"left").unwrap();
    let unfinished = bench.dir.path().join("media/reports/incoming/half");
    std::fs::write(&unfinished, b"left").unwrap();
    super::ReportWorker::new(bench.desk.clone()).step().await;
    assert_eq!((store.list().unwrap(), stray.exists(), unfinished.exists()), (kept, false, false));
}

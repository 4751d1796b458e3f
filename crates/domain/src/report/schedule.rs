//! Reports that come again and again. At its time a run asks for one export for each recipient, made with the recipient's own
//! rights; whoever may not have reports any more gets none, and the run says so.
//!
//! After a downtime there is one run, of the newest period that was due; how many it passes over is written down. Whoever
//! wants those asks for an export: the numbers of a period can be had at any time, as of any position.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::cadence::{Cadence, Every, Run};
use super::check::{self, error};
use super::{Entry, Kind, Question, Spec, export};
use crate::access::{Action, Decision, Principal, Standing, authorize};
use crate::event::StreamId;
use crate::event::report::*;
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::Timestamp;
use crate::world::World;
use crate::zone::Zone;

/// Scheduled reports at most.
pub const SCHEDULES_MAX: usize = 100;
/// Recipients of one at most.
pub const RECIPIENTS_MAX: usize = 20;
/// Characters of a name at most.
pub const NAME_MAX: usize = 100;
/// The last day of the month that every month has.
pub const MONTH_DAY_MAX: u8 = 28;

/// See the module.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct ScheduledReport {
    pub name: String,
    pub enabled: bool,
    pub question: Question,
    pub cadence: Cadence,
    pub recipient_ids: BTreeSet<UserId>,
}

impl ScheduledReport {
    /// When it is due next after a moment.
    pub fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.cadence.after(at).filter(|_| self.enabled).map(|run| run.at)
    }
}

/// Creates one.
pub fn create(step: &mut Step<'_>, by: &Principal, report: ScheduledReport) -> Result<ScheduledReportId, Rejection> {
    Rejection::unless_clean(errors(step.world, by, &report))?;
    if step.world.scheduled_reports.iter().len() >= SCHEDULES_MAX {
        return Err(Rejection::InUse("there are as many scheduled reports as there can be"));
    }
    let report_id: ScheduledReportId = step.mint.fresh();
    let created_by = by.user_id;
    step.emit(StreamId::ScheduledReport(report_id), ScheduledReportCreated { report_id, created_by, report });
    Ok(report_id)
}

/// Changes one; it is next due by its new cadence.
pub fn change(
    step: &mut Step<'_>,
    by: &Principal,
    id: ScheduledReportId,
    expected: u64,
    report: ScheduledReport,
) -> Result<(), Rejection> {
    let known = managed(step.world, by, id, expected)?.report.clone();
    Rejection::unless_clean(errors(step.world, by, &report))?;
    if known != report {
        step.emit(StreamId::ScheduledReport(id), ScheduledReportChanged { report_id: id, report });
    }
    Ok(())
}

/// Removes one. The files it made stay for their time.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: ScheduledReportId, expected: u64) -> Result<(), Rejection> {
    managed(step.world, by, id, expected)?;
    step.emit(StreamId::ScheduledReport(id), ScheduledReportRemoved { report_id: id });
    Ok(())
}

/// Runs one that is due. What was moved or ended meanwhile says so by itself.
pub fn run(step: &mut Step<'_>, id: ScheduledReportId) {
    let Some(entry) = step.world.scheduled_reports.get(id) else { return };
    let Some(due) = entry.next_due.filter(|due| *due <= step.now) else { return };
    let Some((Run { at, from, to }, missed)) = entry.report.cadence.newest(due, step.now) else { return };
    let ScheduledReport { question, cadence, recipient_ids, .. } = entry.report.clone();
    let spec = Spec { question, from, to, time_zone: cadence.time_zone, as_of_pos: step.world.head };
    let (mut export_ids, mut without_rights) = (Vec::new(), Vec::new());
    for user in recipient_ids {
        if may_have(step.world, user) {
            export_ids.push(export::begin(step, user, spec.clone(), Some(id)));
        } else {
            without_rights.push(user);
        }
    }
    let event = ScheduledReportRan { report_id: id, due_at: at, missed, export_ids, without_rights };
    step.emit(StreamId::ScheduledReport(id), event);
}

/// Whether somebody may have reports now.
fn may_have(world: &World, user: UserId) -> bool {
    let principal = world.roster.principal(user);
    principal.is_some_and(|them| authorize(them, Action::ReportManage, Standing::Workspace) == Decision::Allow)
}

/// Whether somebody sees one: their own, those that come to them, and whoever works for the whole workspace all.
pub fn sees(viewer: &Principal, entry: &Entry) -> bool {
    manages(viewer, entry) || entry.report.recipient_ids.contains(&viewer.user_id)
}

fn manages(by: &Principal, entry: &Entry) -> bool {
    entry.created_by == by.user_id || by.rights().brands().is_none()
}

fn managed<'w>(world: &'w World, by: &Principal, id: ScheduledReportId, expected: u64) -> Result<&'w Entry, Rejection> {
    let entry = world.scheduled_reports.get(id).filter(|entry| sees(by, entry)).ok_or(Rejection::NotFound)?;
    match entry.version {
        _ if !manages(by, entry) => Err(Rejection::Forbidden),
        actual if actual != expected => Err(Rejection::VersionMismatch { actual }),
        _ => Ok(entry),
    }
}

/// Everything that is wrong with one.
fn errors(world: &World, by: &Principal, report: &ScheduledReport) -> Vec<FieldError> {
    let mut errors = check::filters(world, by, &report.question.filters, "/question/filters");
    if report.question.kind == Kind::Contacts {
        errors.push(error("/question/kind", "not_allowed", "contacts come by no schedule".to_owned()));
    }
    let mut say = |pointer: &str, code, detail: &str| errors.push(error(pointer, code, detail.to_owned()));
    let name = report.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        say("/name", "wrong_length", "1 to 100 printable characters");
    }
    let Cadence { every, at_s, time_zone } = &report.cadence;
    match every {
        Every::Week { day } if !(1..=7).contains(day) => say("/cadence/weekday", "out_of_range", "1 to 7"),
        Every::Month { day } if !(1..=MONTH_DAY_MAX).contains(day) => {
            say("/cadence/day", "out_of_range", "1 to 28, which every month has");
        }
        Every::Day | Every::Week { .. } | Every::Month { .. } => {}
    }
    if *at_s >= 24 * 3_600 {
        say("/cadence/at", "out_of_range", "a time of day");
    }
    if time_zone.parse::<Zone>().is_err() {
        say("/cadence/time_zone", "unknown", "no name of the IANA time zone database");
    }
    let recipients = &report.recipient_ids;
    if recipients.is_empty() || recipients.len() > RECIPIENTS_MAX {
        say("/recipient_ids", "wrong_length", "1 to 20 people");
    }
    for (index, user) in recipients.iter().enumerate() {
        let pointer = format!("/recipient_ids/{index}");
        if !check::shares_a_brand(world, by, *user) {
            say(&pointer, "unknown_reference", "names no colleague of yours");
        } else if !may_have(world, *user) {
            say(&pointer, "not_allowed", "may not have reports");
        }
    }
    errors
}

//! One export: asked for, made or not, and gone when its time is over. The file itself is written and removed by whoever hands
//! these commands in.

use std::collections::BTreeSet;

use super::exports::Outcome;
use super::{Filters, Format, Kind, Question, Scope, Spec, check};
use crate::access::{Action, Decision, Principal, Role, Standing, authorize};
use crate::event::disclosure::DataExported;
use crate::event::media::StoredFile;
use crate::event::report::*;
use crate::event::{Actor, StreamId};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;
use crate::time::{Millis, Timestamp};

/// Exports that wait or are made at most; those of scheduled reports come on top.
pub const OPEN_MAX: usize = 50;
/// Files kept at most.
pub const FILES_MAX: usize = 20_000;
/// How long a file is kept.
pub const KEPT_FOR: Millis = Millis::days(7);

/// A file that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub file: StoredFile,
    pub rows: u64,
    /// The oldest and the newest event that a row follows from.
    pub positions: Option<(u64, u64)>,
    pub scope: Scope,
}

/// Somebody wants a file, for themselves.
pub fn request(step: &mut Step<'_>, by: &Principal, spec: Spec) -> Result<ReportExportId, Rejection> {
    let errors = check::spec(step.world, by, &spec);
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors));
    }
    has_room(step)?;
    Ok(begin(step, by.user_id, spec, None))
}

/// Somebody wants contacts as a file: all they see, or those of brands, tags and a segment.
pub fn request_contacts(
    step: &mut Step<'_>,
    by: &Principal,
    format: Format,
    filters: Filters,
) -> Result<ReportExportId, Rejection> {
    let mut errors = check::filters(step.world, by, &filters, "");
    if filters.segment_id.is_some_and(|id| crate::segment::manage::seen(step.world, by, id).is_err()) {
        errors.push(check::error("/segment_id", "unknown_reference", "names no segment of yours".to_owned()));
    }
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors));
    }
    has_room(step)?;
    let question = Question { kind: Kind::Contacts, format, filters };
    let (from, to) = (Timestamp::default(), step.now + Millis(1));
    let spec = Spec { question, from, to, time_zone: "UTC".to_owned(), as_of_pos: step.world.head };
    Ok(begin(step, by.user_id, spec, None))
}

fn has_room(step: &Step<'_>) -> Result<(), Rejection> {
    if step.world.exports.open() >= OPEN_MAX {
        return Err(Rejection::InUse("as many exports wait as can; wait for one to end"));
    }
    if step.world.exports.files() >= FILES_MAX {
        return Err(Rejection::InUse("as many files are kept as can be; the oldest go within days"));
    }
    Ok(())
}

/// Writes down that a file is wanted for somebody.
pub(super) fn begin(
    step: &mut Step<'_>,
    for_user_id: UserId,
    spec: Spec,
    scheduled_report_id: Option<ScheduledReportId>,
) -> ReportExportId {
    let export_id: ReportExportId = step.mint.fresh();
    step.emit(
        StreamId::ReportExport(export_id),
        ReportExportRequested { export_id, for_user_id, spec, scheduled_report_id },
    );
    export_id
}

/// The file is there. Making it is an entry of the audit log in the same command. `false`: nobody waits for it any more.
pub fn complete(step: &mut Step<'_>, id: ReportExportId, made: Made) -> bool {
    let Some(export) = step.world.exports.get(id).filter(|export| export.outcome == Outcome::Waiting) else {
        return false;
    };
    let Made { file, rows, positions, scope } = made;
    let user_id = export.for_user_id;
    let operation = match export.spec.question.kind {
        Kind::Contacts => "create_contact_export",
        _ => "create_report_export",
    };
    let expires_at = step.now + KEPT_FOR;
    step.emit(StreamId::ReportExport(id), ReportExportCompleted { export_id: id, file, rows, scope, expires_at });
    let exported = DataExported {
        user_id: Some(user_id),
        operation: operation.to_owned(),
        from_pos: positions.map(|(oldest, _)| oldest),
        to_pos: positions.map(|(_, newest)| newest),
        count: rows,
        private: None,
    };
    step.emit(StreamId::Audit, exported);
    true
}

/// It cannot be made.
pub fn fail(step: &mut Step<'_>, id: ReportExportId, reason: ExportFailure) {
    if step.world.exports.get(id).is_some_and(|export| export.outcome == Outcome::Waiting) {
        step.emit(StreamId::ReportExport(id), ReportExportFailed { export_id: id, reason });
    }
}

/// Its time is over, and the file is gone.
pub fn expire(step: &mut Step<'_>, id: ReportExportId) {
    let is_over = |outcome: &Outcome| matches!(outcome, Outcome::Made { expires_at, .. } if *expires_at <= step.now);
    if step.world.exports.get(id).is_some_and(|export| is_over(&export.outcome)) {
        step.emit(StreamId::ReportExport(id), ReportExportExpired { export_id: id });
    }
}

/// Whether somebody sees an export: their own, and Super Admins of the whole workspace every one.
pub fn sees(viewer: &Principal, for_user_id: UserId) -> bool {
    let may = authorize(viewer, Action::ReportManage, Standing::Workspace) == Decision::Allow;
    let above = viewer.role == Role::SuperAdmin && viewer.rights().brands().is_none();
    may && (viewer.user_id == for_user_id || above)
}

/// How far somebody reaches now.
pub fn scope(of: &Principal) -> Scope {
    let above_teams = authorize(of, Action::ConversationRead, Standing::OtherTeam) == Decision::Allow;
    let teams = || of.rights().teams().iter().copied().collect::<BTreeSet<_>>();
    Scope { brand_ids: of.rights().brands().cloned(), team_ids: (!above_teams).then(teams) }
}

/// Whose rights an export is made with: a key's, where a key asked for it.
pub fn made_for(asked_by: Actor, for_user_id: UserId) -> Actor {
    match asked_by {
        Actor::Key { .. } => asked_by,
        Actor::User(_) | Actor::Contact(_) | Actor::Provider | Actor::Rule(_) | Actor::System => {
            Actor::User(for_user_id)
        }
    }
}

//! Whether a client can go on from where it says it stands.

use app::Desk;

use super::limits::REPLAY_MAX;
use crate::dto::live::asked::Resume;
use crate::dto::live::told::ResetReason;
use crate::problem::Problem;

/// Why not; `None`: it can. `scope_pos` is where its rights last changed.
pub(crate) fn unresumable(desk: &Desk, log_id: &str, pos: u64, scope_pos: u64) -> Option<ResetReason> {
    let head = desk.view(|views| views.position());
    if log_id != desk.reader().log_id() {
        return Some(ResetReason::LogChanged);
    }
    if pos > head {
        return Some(ResetReason::PositionAhead);
    }
    if pos + 1 < desk.reader().oldest() {
        return Some(ResetReason::PositionGone);
    }
    if head - pos > REPLAY_MAX {
        return Some(ResetReason::ReplayTooLong);
    }
    (scope_pos > pos).then_some(ResetReason::ScopeChanged)
}

/// A place as it is written in URLs and events' ids: the log's id, a colon, a position.
pub(crate) fn place(text: &str) -> Result<Resume, Problem> {
    let place = text.rsplit_once(':').and_then(|(log, pos)| Some((log.to_owned(), pos.parse::<u64>().ok()?)));
    let wrong = || Problem::parameter("resume", "wrong-form", "the log's id, a colon and a position");
    place.map(|(log_id, pos)| Resume { log_id, pos: pos.into() }).ok_or_else(wrong)
}

//! Reads that open personal data in bulk are written down before the first byte leaves: a run of pages once for the range it
//! may give, not each page by itself. If it cannot be written, nothing is shown.

use std::collections::BTreeMap;

use domain::disclosure::{note_exported, note_revealed};
use domain::event::Actor;
use domain::event::disclosure::{DataExported, DataRevealed};
use domain::ids::SessionId;
use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;

use crate::caller::Caller;
use crate::context::Context;
use crate::front::Front;
use crate::problem::Problem;

/// Positions that one note of a run of pages stands for.
const RUN_POSITIONS: u64 = 10_000;
/// How long it stands for them.
const RUN_FOR: Millis = Millis::minutes(15);

/// Who reads: a session, or a key.
type Reader = (Actor, Option<SessionId>);

/// What each session, and each key, has said it reads.
#[derive(Debug, Default)]
pub struct Disclosures(Mutex<BTreeMap<Reader, Run>>);

#[derive(Debug, Clone, Copy)]
struct Run {
    from: u64,
    to: u64,
    until: Timestamp,
}

impl Disclosures {
    /// The range to write down before these positions are shown; `None` where it stands already.
    fn uncovered(&self, reader: Reader, first: u64, last: u64, now: Timestamp) -> Option<(u64, u64)> {
        let runs = self.0.lock();
        let known = runs.get(&reader).filter(|run| run.until > now);
        let covered = known.is_some_and(|run| (run.from..=run.to).contains(&first) && last <= run.to);
        (!covered).then(|| (first, last.max(first + RUN_POSITIONS - 1)))
    }

    /// It is written down.
    fn begin(&self, reader: Reader, (from, to): (u64, u64), now: Timestamp) {
        let mut runs = self.0.lock();
        runs.retain(|_, run| run.until > now);
        runs.insert(reader, Run { from, to, until: now + RUN_FOR });
    }
}

/// Writes down, where it is not yet, that this page with events `first` to `last` opens sealed parts.
pub(crate) async fn page(
    front: &Front,
    context: &Context,
    caller: &Caller,
    operation: &str,
    (first, last): (u64, u64),
) -> Result<(), Problem> {
    let now = context.now();
    let reader = (caller.actor(), caller.session);
    let Some((from, to)) = context.disclosures.uncovered(reader, first, last, now) else { return Ok(()) };
    let head = front.view(|views| views.position());
    reveal(front, caller, operation, from, Some(to), head).await?;
    context.disclosures.begin(reader, (from, to), now);
    Ok(())
}

/// Writes down that a stream, or a single event, will be shown. `to`: `None` for a stream that stays open.
pub(crate) async fn reveal(
    front: &Front,
    caller: &Caller,
    operation: &str,
    from: u64,
    to: Option<u64>,
    head: u64,
) -> Result<(), Problem> {
    let all = app::reach::whole_workspace(&caller.principal);
    let revealed = DataRevealed {
        user_id: caller.principal.user_id,
        operation: operation.to_owned(),
        from_pos: from,
        to_pos: to,
        count: all.then(|| (to.unwrap_or(head).min(head) + 1).saturating_sub(from)),
    };
    let written = front.command(caller, move |gate| {
        let step = &mut gate.on_record()?;
        note_revealed(step, revealed);
        Ok(())
    });
    written.await.map(|_| ())
}

/// Writes down that a file was made, from the oldest to the newest of these positions.
pub(crate) async fn export(
    front: &Front,
    caller: &Caller,
    operation: &str,
    positions: Option<(u64, u64)>,
    count: u64,
) -> Result<(), Problem> {
    let exported = DataExported {
        user_id: Some(caller.principal.user_id),
        operation: operation.to_owned(),
        from_pos: positions.map(|(oldest, _)| oldest),
        to_pos: positions.map(|(_, newest)| newest),
        count,
        private: None,
    };
    let written = front.command(caller, move |gate| {
        let step = &mut gate.on_record()?;
        note_exported(step, exported);
        Ok(())
    });
    written.await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_pages_is_told_once_until_it_leaves_its_range_or_its_time() {
        let disclosures = Disclosures::default();
        let user = Actor::User(domain::ids::UserId::from_u128(1));
        let session = (user, Some(SessionId::from_u128(1)));
        let start = Timestamp::from_seconds(1_795_251_600);
        let ask = |first, last, at| disclosures.uncovered(session, first, last, at);
        assert_eq!(ask(1, 50, start), Some((1, 10_000)));
        disclosures.begin(session, (1, 10_000), start);
        assert_eq!(ask(51, 100, start + Millis::minutes(1)), None);
        assert_eq!(ask(9_990, 10_040, start), Some((9_990, 19_989)));
        assert_eq!(ask(51, 100, start + RUN_FOR), Some((51, 10_050)));
        assert_eq!(disclosures.uncovered((user, Some(SessionId::from_u128(2))), 51, 100, start), Some((51, 10_050)));
    }
}

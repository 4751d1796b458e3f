//! Replicas at hand. One that is asked for and not here is built from the nearest one before it, in memory or in a file
//! ([`Past`](crate::snapshots::past::Past)), on a thread of its own; who asks for the same meanwhile waits for the same build. How
//! many are kept, and how many are built at once, is bounded.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;
use projections::Views;
use tokio::sync::watch;

use super::anchors::{Anchors, Written};
use super::resting::Resting;
use super::{PastError, Replica};
use crate::codec::Unreadable;
use crate::queries::unreadable;
use crate::read_on::read_on;
use crate::{Desk, Failure};

/// Replicas kept beside the anchors, at most.
const KEPT_MAX: usize = 8;
/// Bytes that all of them hold beside what they were built from, at most; the newest one is kept whatever it holds.
const KEPT_BYTES_MAX: usize = 128 << 20;
/// One that nobody asked for in so long goes: what was read from a file shares with nothing, and is as large as the views that go on.
const KEPT_FOR: Millis = Millis::minutes(10);
/// Replicas built at once. Each takes a core, and the desk itself needs one.
const BUILDS_MAX: usize = 2;

/// What came of a build; `None` while it runs.
type Outcome = Option<Result<Arc<Replica>, Failure>>;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Machine(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    anchors: Anchors,
    /// The one asked for last at the end.
    kept: Vec<Kept>,
    /// Those that are being built, and those that are there and being counted.
    building: BTreeMap<u64, watch::Receiver<Outcome>>,
}

/// One that was asked for.
#[derive(Debug)]
struct Kept {
    replica: Arc<Replica>,
    /// For whoever goes on from it.
    resting: Arc<Resting>,
    bytes: usize,
    asked_at: Timestamp,
}

impl Machine {
    /// With what was left before, and on the way through the log.
    pub(crate) fn new(anchors: Anchors) -> Self {
        Self(Mutex::new(State { anchors, ..State::default() }))
    }

    /// Copies that were left, as they are to be written.
    pub(crate) fn written(&self) -> Written {
        self.0.lock().anchors.written()
    }

    /// Lets go what nobody asked for lately.
    pub(crate) fn forget_idle(&self, now: Timestamp) {
        self.0.lock().kept.retain(|kept| now - kept.asked_at < KEPT_FOR);
    }
}

impl State {
    fn find(&mut self, pos: u64, now: Timestamp) -> Option<Arc<Replica>> {
        let at = self.kept.iter().position(|kept| kept.replica.views.position() == pos)?;
        let mut found = self.kept.remove(at);
        found.asked_at = now;
        let replica = found.replica.clone();
        self.kept.push(found);
        Some(replica)
    }

    /// The nearest one from which a position can be reached.
    fn before(&self, pos: u64) -> Option<&Arc<Resting>> {
        let kept = self.kept.iter().map(|kept| &kept.resting).filter(|resting| resting.pos() < pos);
        kept.chain(self.anchors.before(pos)).max_by_key(|resting| resting.pos())
    }

    /// How many are built, without those that are there and being counted.
    fn builds(&self) -> usize {
        self.building.values().filter(|running| running.borrow().is_none()).count()
    }

    fn keep(&mut self, kept: Kept) {
        self.kept.push(kept);
        let held = |kept: &[Kept]| kept.iter().map(|kept| kept.bytes).sum::<usize>();
        while self.kept.len() > 1 && (self.kept.len() > KEPT_MAX || held(&self.kept) > KEPT_BYTES_MAX) {
            self.kept.remove(0);
        }
    }
}

impl Desk {
    /// Leaves a copy for the past, where one is due.
    pub(crate) fn leave_copy(&self) {
        let now = self.now();
        if self.shared.history.0.lock().anchors.is_due(self.position(), now, now) {
            self.leave_now();
        }
    }

    pub(crate) fn leave_now(&self) {
        let now = self.now();
        let mut copy = {
            let mut live = self.shared.views.write();
            live.pack();
            live.beside_facts(Views::clone)
        };
        let copy = Resting::of(&mut copy);
        self.shared.history.0.lock().anchors.leave(copy, now, now);
    }

    /// The views as they were at a position that the log has.
    pub(crate) async fn replica(&self, pos: u64) -> Result<Arc<Replica>, PastError> {
        let mut told = {
            let mut state = self.shared.history.0.lock();
            if let Some(found) = state.find(pos, self.now()) {
                return Ok(found);
            }
            match state.building.get(&pos) {
                Some(running) => running.clone(),
                None if state.builds() >= BUILDS_MAX => return Err(PastError::Busy),
                None => {
                    let (tell, told) = watch::channel(None);
                    state.building.insert(pos, told.clone());
                    tokio::spawn(self.clone().build(pos, state.before(pos).cloned(), tell));
                    told
                }
            }
        };
        let told = told.wait_for(Option::is_some).await.map_err(|_| Failure::Internal)?;
        let outcome = told.as_ref().ok_or(Failure::Internal)?;
        Ok(outcome.clone()?)
    }

    /// Tells as soon as it is there; what it takes is counted after that, which in a large desk takes as long as reading a day.
    async fn build(self, pos: u64, base: Option<Arc<Resting>>, tell: watch::Sender<Outcome>) {
        let (desk, asked_at) = (self.clone(), self.now());
        let built = tokio::task::spawn_blocking(move || desk.read_back(pos, base)).await;
        let (replica, base) = match built.map_err(|_| Failure::Internal).and_then(|built| built.map_err(unreadable)) {
            Ok(built) => built,
            Err(failure) => {
                self.shared.history.0.lock().building.remove(&pos);
                tell.send_replace(Some(Err(failure)));
                return;
            }
        };
        tell.send_replace(Some(Ok(replica.clone())));
        let counted = tokio::task::spawn_blocking(move || {
            let resting = Resting::of(&mut replica.views.clone());
            let bytes = base.map_or_else(|| resting.bytes(), |base| resting.apart(&base)) + resting.running();
            Kept { replica, resting: Arc::new(resting), bytes, asked_at }
        });
        let counted = counted.await;
        let mut state = self.shared.history.0.lock();
        // Until now, whoever asked was told from here.
        state.building.remove(&pos);
        if let Ok(kept) = counted {
            state.keep(kept);
        }
    }

    /// The views as they were at a position, and what they share with. Facts are those of the present, which keep what stood then.
    fn read_back(
        &self,
        pos: u64,
        base: Option<Arc<Resting>>,
    ) -> Result<(Arc<Replica>, Option<Arc<Resting>>), Unreadable> {
        let reader = self.reader();
        let from = base.as_ref().map_or(0, |base| base.pos());
        let (base, mut views) = match self.shared.past.nearer(from, pos, reader) {
            // Nobody shares with what comes from a file.
            Some(views) => (None, views),
            None => {
                let views = base.as_ref().map_or_else(Views::default, |base| base.views());
                (base, views)
            }
        };
        read_on(reader, views.position(), pos, |recorded| views.apply_beside_facts(recorded))?;
        views.pack();
        views.facts = self.shared.views.read().facts.clone();
        Ok((Arc::new(Replica::new(views)), base))
    }
}

#[cfg(test)]
impl Machine {
    /// Positions of the copies that were left, and the bytes they have for themselves.
    pub(crate) fn left(&self) -> (Vec<u64>, usize) {
        let anchors = &self.0.lock().anchors;
        (anchors.positions(), anchors.bytes())
    }

    /// So few events between two copies.
    pub(crate) fn apart(&self, events: u64) {
        self.0.lock().anchors.apart(events);
    }
}

#[cfg(test)]
mod tests {
    use super::super::AsOf;
    use super::*;
    use crate::testing::Bench;

    /// One is asked for, and kept.
    async fn ask(bench: &Bench, pos: u64) {
        bench.desk.at(AsOf::Position(pos)).await.unwrap();
        while !bench.desk.shared.history.0.lock().building.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn past_so_many_builds_others_are_told_to_come_back() {
        let bench = Bench::new().await;
        for n in 0..3 {
            bench.says(&format!("3460000000{n}"), "hi").await;
        }
        let head = bench.desk.position();
        let (tell, told) = watch::channel(None);
        for pos in 0..BUILDS_MAX as u64 {
            bench.desk.shared.history.0.lock().building.insert(head - pos, told.clone());
        }
        let other = bench.desk.at(AsOf::Position(3)).await;
        assert_eq!(other.err(), Some(PastError::Busy));
        // Who asks for one that is under way waits for it.
        tell.send_replace(Some(Err(Failure::Internal)));
        assert_eq!(bench.desk.at(AsOf::Position(head)).await.err(), Some(PastError::Failed(Failure::Internal)));
        bench.desk.shared.history.0.lock().building.clear();
        assert_eq!(bench.desk.at(AsOf::Position(3)).await.unwrap().position(), 3);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn reading_back_begins_at_the_nearest_one_before() {
        let bench = Bench::new().await;
        for n in 0..6 {
            bench.says(&format!("3460000000{n}"), "hi").await;
        }
        for pos in [4, 9] {
            ask(&bench, pos).await;
        }
        let state = bench.desk.shared.history.0.lock();
        let base = |pos| state.before(pos).map(|resting| resting.pos());
        assert_eq!([base(4), base(5), base(9), base(12)], [None, Some(4), Some(4), Some(9)]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn only_those_asked_for_last_are_kept() {
        let bench = Bench::new().await;
        for n in 0..6 {
            bench.says(&format!("3460000000{n}"), "hi").await;
        }
        for pos in 1..=KEPT_MAX as u64 + 2 {
            ask(&bench, pos).await;
        }
        let kept: Vec<_> =
            bench.desk.shared.history.0.lock().kept.iter().map(|kept| kept.replica.views.position()).collect();
        assert_eq!(kept, (3..=KEPT_MAX as u64 + 2).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_nobody_asked_for_in_ten_minutes_goes() {
        let bench = Bench::new().await;
        for n in 0..3 {
            bench.says(&format!("3460000000{n}"), "hi").await;
        }
        for pos in [4, 9] {
            ask(&bench, pos).await;
        }
        bench.clock.advance(Millis::minutes(6));
        ask(&bench, 4).await;
        bench.clock.advance(Millis::minutes(5));
        bench.desk.shared.history.forget_idle(bench.desk.now());
        let kept = || bench.desk.shared.history.0.lock().kept.len();
        assert_eq!(kept(), 1);
        bench.clock.advance(Millis::minutes(10));
        bench.desk.shared.history.forget_idle(bench.desk.now());
        assert_eq!(kept(), 0);
        assert_eq!(bench.desk.at(AsOf::Position(4)).await.unwrap().position(), 4);
    }
}

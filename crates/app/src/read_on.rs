//! Going through the log from some position on.

use std::ops::ControlFlow;

use domain::event::Recorded;
use event_log::Reader;

use crate::codec::{Unreadable, decode};

/// Events handed over at a time, and how many such batches wait at most.
const BATCH: usize = 1_024;
const READ_AHEAD: usize = 4;

/// Every event after a position, up to and including another. Reading and folding cost about the same, so another thread reads ahead.
pub(crate) fn read_on(
    reader: &Reader,
    after: u64,
    upto: u64,
    mut fold: impl FnMut(&Recorded),
) -> Result<(), Unreadable> {
    if after >= upto {
        return Ok(());
    }
    let (out, read) = crossbeam_channel::bounded(READ_AHEAD);
    let (give_back, folded) = crossbeam_channel::unbounded();
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || read_all(reader, after, upto, &out, &folded));
        for batch in read {
            batch.iter().for_each(&mut fold);
            // Nobody takes them back once all is read.
            let _ = give_back.send(batch);
        }
        reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Hands the log's events over in batches. Those that were folded come back to be freed where they were made, which
/// costs least.
fn read_all(
    reader: &Reader,
    after: u64,
    upto: u64,
    out: &crossbeam_channel::Sender<Vec<Recorded>>,
    folded: &crossbeam_channel::Receiver<Vec<Recorded>>,
) -> Result<(), Unreadable> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut failed = None;
    reader.replay(after, &mut |stored| match decode(&stored) {
        Ok(recorded) => {
            batch.push(recorded);
            if batch.len() == BATCH {
                let mut next = folded.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
                next.clear();
                if out.send(std::mem::replace(&mut batch, next)).is_err() {
                    return ControlFlow::Break(());
                }
            }
            if stored.pos >= upto { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    // Whoever folds is gone only with a panic of its own.
    let _ = out.send(batch);
    Ok(())
}

//! From what was asked to a position: the same question has the same answer for ever.

use domain::event::Actor;
use domain::time::Timestamp;

use super::{AsOf, Moment, PastError};
use crate::Desk;
use crate::queries::{Answer, unreadable};

impl Desk {
    /// Settles which past is meant.
    pub async fn moment(&self, asked: AsOf) -> Result<Moment, PastError> {
        let oldest = self.reader().oldest();
        match asked {
            AsOf::Position(pos) => {
                let head = self.position();
                if pos > head {
                    return Err(PastError::Ahead { head });
                }
                if pos < oldest.max(1) {
                    return Err(PastError::Gone { oldest });
                }
                Ok(Moment { pos, at: self.recorded_at(pos)? })
            }
            AsOf::Time(at) => {
                if at > self.now() {
                    return Err(PastError::Ahead { head: self.position() });
                }
                if self.recorded_at(self.position())? <= at {
                    // What is decided already and not yet durable bears a time before this moment. Behind it in the
                    // queue nothing does. Where the log takes nothing, nothing is on its way either.
                    let _ = self.run(Actor::System, |_| Ok(())).await;
                }
                let pos = self.last_by(at, oldest)?.ok_or(PastError::Gone { oldest })?;
                Ok(Moment { pos, at })
            }
        }
    }

    /// The last position recorded at a time or before it. Times never run backwards along the log.
    pub(super) fn last_by(&self, at: Timestamp, oldest: u64) -> Answer<Option<u64>> {
        // Everything below `from` was recorded by then, nothing from `to` on.
        let (mut from, mut to) = (oldest.max(1), self.position() + 1);
        while from < to {
            let middle = from + (to - from) / 2;
            if self.recorded_at(middle)? <= at {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        Ok(from.checked_sub(1).filter(|pos| *pos >= oldest.max(1)))
    }

    pub(crate) fn recorded_at(&self, pos: u64) -> Answer<Timestamp> {
        let stored = self.reader().get(pos).map_err(|error| unreadable(error.into()))?;
        let stored = stored.ok_or(crate::Failure::Internal)?;
        Ok(Timestamp::from_millis(stored.recorded_at_ms))
    }
}

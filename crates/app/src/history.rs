//! The desk as it was: the very views that answer at this moment, folded to an earlier position, so that every list, count
//! and conversation can be asked of the past with the code that answers of the present. What somebody sees there is decided
//! by the rights they have now and by where things lay then. Texts are opened with the keys that exist now: what was
//! erased since stays erased.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use domain::ids::{ContactId, MediaId, UserId};
use domain::time::Timestamp;
use projections::Views;
use projections::media::MediaState;

use crate::accounts::UserBook;
use crate::{Desk, Failure};

pub(crate) mod anchors;
pub mod diff;
pub(crate) mod machine;
mod moment;
pub(crate) mod resting;

/// Which past is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// When this was the log's newest position.
    Position(u64),
    /// At this time: when the newest position was that of the last event recorded by then.
    Time(Timestamp),
}

/// A settled past: a position, and the time it is looked at from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub pos: u64,
    /// The time that was asked for; of a position, when its event was recorded.
    pub at: Timestamp,
}

/// Why a past cannot be shown.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PastError {
    /// It has not come yet.
    #[error("the log has not come there yet")]
    Ahead { head: u64 },
    /// It lies before what the log holds.
    #[error("the log begins later")]
    Gone { oldest: u64 },
    /// Too many other pasts are being read back.
    #[error("too many earlier moments are being read back")]
    Busy,
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// The views at one position, and what colleagues were called then.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) views: Views,
    names: OnceLock<BTreeMap<UserId, String>>,
}

impl Replica {
    pub(crate) fn new(views: Views) -> Self {
        Self { views, names: OnceLock::new() }
    }
}

/// The past that a [`Desk`] answers from.
#[derive(Debug)]
pub(crate) struct Then {
    pub(crate) replica: Arc<Replica>,
    pub(crate) moment: Moment,
}

impl Desk {
    /// The desk as it was. It answers whatever this one does; a command given to it is one of the present.
    pub async fn at(&self, asked: AsOf) -> Result<Self, PastError> {
        let moment = self.moment(asked).await?;
        self.at_moment(moment).await
    }

    /// The same for a moment that is settled.
    pub(crate) async fn at_moment(&self, moment: Moment) -> Result<Self, PastError> {
        let replica = self.replica(moment.pos).await?;
        Ok(Self { shared: self.shared.clone(), then: Some(Arc::new(Then { replica, moment })) })
    }

    /// The moment this desk answers from; `None`: the present.
    pub fn past(&self) -> Option<Moment> {
        self.then.as_ref().map(|then| then.moment)
    }

    /// The newest position this desk knows of.
    pub(crate) fn horizon(&self) -> u64 {
        self.past().map_or(u64::MAX, |moment| moment.pos)
    }

    /// What a colleague was called then.
    pub(crate) fn name_then(&self, then: &Then, id: UserId) -> Option<String> {
        let read = || match UserBook::load(self.reader(), &then.replica.views) {
            Ok(book) => book.names().collect(),
            Err(error) => {
                tracing::error!(%error, "the names of then cannot be read");
                BTreeMap::new()
            }
        };
        then.replica.names.get_or_init(read).get(&id).cloned()
    }

    /// Whether a contact has been erased, be it later than what this desk shows.
    pub fn is_erased(&self, id: ContactId) -> bool {
        let erased = |views: &Views| views.directory.contacts.get(id).is_some_and(|contact| contact.erased);
        self.view(erased) || (self.then.is_some() && erased(&self.shared.views.read()))
    }

    /// Whether a file has been erased since.
    pub(crate) fn file_is_erased(&self, id: MediaId) -> bool {
        let now = self.shared.views.read();
        now.media.get(id).is_some_and(|entry| entry.state == MediaState::Erased)
    }
}

#[cfg(test)]
mod tests;

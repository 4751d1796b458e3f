//! Full text for those who may see it. The index ([`projections::search`]) knows words and places; who sees what is asked of
//! the views at the moment of the answer, and what a hit says is read from the log.
//!
//! * [`vault`] keeps the index's files, sealed: a cache beside the log that may be deleted at any time.
//! * [`feed`] brings events into the index, [`worker`] drives it.
//! * [`find`] answers with conversations, [`single`] with single hits; [`excerpts`] reads what the few hits of a page say.
//!
//! Whoever holds the index's lock is the only one who has opened texts that are on their way into it. An erasure takes it
//! after the keys are gone: from then on nothing of the contact can come in, and what is in is purged.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::{Mutex, RwLock};
use projections::search::index::Broken;
use projections::search::shelf::Shelf;
use projections::search::{Index, Snapshot};

use crate::{Desk, background};

mod best_first;
mod excerpts;
mod feed;
mod find;
mod single;
mod vault;
pub(crate) mod worker;

pub use excerpts::{FoundHit, HitId};
pub use find::{ASKED_FIELDS, FoundConversation, Order, PAGE_MAX, Place, SearchPage, SearchQuery};
pub use single::HitPage;
use vault::Vault;

/// The index of a desk.
pub(crate) struct Searching {
    dir: PathBuf,
    index: Mutex<Option<Open>>,
    snapshot: RwLock<Option<Snapshot>>,
    /// The last commit took long.
    is_slow: AtomicBool,
}

/// The index, and where its files lie.
struct Open {
    index: Index,
    vault: Arc<Vault>,
}

impl Searching {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { dir, index: Mutex::default(), snapshot: RwLock::default(), is_slow: AtomicBool::default() }
    }

    /// Lets go of the files; whoever opens the log next may open them.
    pub(crate) fn close(&self) {
        *self.index.lock() = None;
        *self.snapshot.write() = None;
    }

    fn snapshot(&self) -> Option<Snapshot> {
        self.snapshot.read().clone()
    }

    fn show(&self, snapshot: Snapshot) {
        *self.snapshot.write() = Some(snapshot);
    }
}

/// Why the index was not fed.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Index(#[from] Broken),
    #[error(transparent)]
    Desk(#[from] crate::Failure),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Desk {
    /// Works on the index, which is opened if it is not open yet. One that breaks is thrown away, to be made anew; one that
    /// only could not be written, as on a full disk, goes on from its last commit and is asked as of that until then.
    fn with_index<T>(&self, work: impl FnOnce(&mut Index) -> Result<T, Stuck>) -> Result<T, Stuck> {
        let searching = &self.shared.search;
        let mut slot = searching.index.lock();
        let open = match &mut *slot {
            Some(open) => open,
            None => {
                let vault = self.vault()?;
                let shelf: Arc<dyn Shelf> = vault.clone();
                let mut index = Index::open(&shelf, self.reader().log_id(), background::apart)?;
                searching.show(index.snapshot()?);
                slot.insert(Open { index, vault })
            }
        };
        let done = work(&mut open.index);
        if let Err(Stuck::Index(error)) = &done {
            let unwritable = open.vault.is_unwritable();
            if unwritable {
                *slot = None;
                tracing::error!(%error, "the search index cannot be written");
            } else {
                tracing::error!(%error, "the search index is thrown away and made anew");
                self.throw_index_away(&mut slot)?;
            }
        }
        done
    }

    /// Whoever works on the index next makes it anew.
    fn throw_index_away(&self, slot: &mut Option<Open>) -> Result<(), Stuck> {
        *slot = None;
        *self.shared.search.snapshot.write() = None;
        Ok(self.vault()?.clear()?)
    }

    fn vault(&self) -> Result<Arc<Vault>, Stuck> {
        Ok(Arc::new(Vault::open(self.shared.search.dir.clone(), self.reader())?))
    }
}

#[cfg(test)]
mod tests;

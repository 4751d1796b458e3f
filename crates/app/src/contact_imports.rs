//! Contacts from files: what is asked about imports, and the worker that reads their files and hands in the rows, a batch to a
//! command. How far a file is done with lies in the log with what became of its rows, so a worker that begins anew goes on
//! where the log ends.

use domain::access::{Action, Principal};
use domain::contact::import::{BATCH_MAX, ROWS_MAX, fail, perform};
use domain::contact::imports::{Import, ImportFailure, Imports};
use domain::event::{Event, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::time::Millis;

use crate::media::OpenMedia;
use crate::queries::Answer;
use crate::workers::{Next, Worker};
use crate::{Desk, Failure};

mod table;

pub use table::{BYTES_MAX, CELL_CHARS_MAX, HeadingError};
use table::{Table, heading};

/// Bytes of a file that its heading must lie in.
const HEADING_BYTES: u64 = 64 * 1024;
/// When to try again what could not be done.
const AGAIN_AFTER: Millis = Millis::seconds(5);

impl Desk {
    /// An import that the asker may see; one that ended long ago is read from the log.
    pub fn contact_import(&self, principal: &Principal, id: ContactImportId) -> Answer<Import> {
        self.allow(principal, Action::ContactTransfer)?;
        let known = match self.view(|views| views.imports.get(id).cloned()) {
            Some(import) => Some(import),
            None => {
                let mut folded = Imports::default();
                self.stream_facts(StreamId::ContactImport(id))?.iter().for_each(|event| folded.apply(event));
                folded.get(id).cloned()
            }
        };
        let seen = known.filter(|import| principal.rights().in_brand(import.brand_id));
        Ok(seen.ok_or(Rejection::NotFound)?)
    }

    /// Imports that the asker may see, newest first: those that run and those that ended lately.
    pub fn contact_imports(
        &self,
        principal: &Principal,
        before: Option<ContactImportId>,
        limit: usize,
    ) -> Answer<(Vec<Import>, u64)> {
        self.allow(principal, Action::ContactTransfer)?;
        Ok(self.view(|views| {
            let seen = views.imports.newest(before).filter(|import| principal.rights().in_brand(import.brand_id));
            (seen.take(limit).cloned().collect(), views.position())
        }))
    }

    /// The names of a file's columns.
    pub async fn columns_of(&self, file: &OpenMedia) -> Result<Vec<String>, HeadingError> {
        if file.file.size > BYTES_MAX {
            return Err(HeadingError::TooLarge);
        }
        let start = read(file, file.file.size.min(HEADING_BYTES)).await.map_err(|_| HeadingError::Unreadable)?;
        heading(&start, file.file.size > HEADING_BYTES)
    }

    /// Goes on with the import that has waited longest, to its end unless the desk shuts down. Gives whether there was one.
    pub async fn work_on_contact_imports(&self) -> Result<bool, Failure> {
        let Some(import) = self.view(|views| views.imports.due().cloned()) else { return Ok(false) };
        let id = import.id;
        let mut table = match self.table_of(&import).await {
            Ok(table) => table,
            Err(reason) => {
                self.work(move |step| {
                    fail(step, id, reason);
                    Ok(())
                })
                .await?;
                return Ok(true);
            }
        };
        let evidence = match self.event_open(import.pos)?.map(|recorded| recorded.event) {
            Some(Event::ContactImportRequested(event)) => event.private.map(|private| private.evidence),
            _ => None,
        };
        let mut done = import.rows;
        table.skip(done);
        loop {
            let rows = table.next(BATCH_MAX);
            let (count, last, evidence) = (rows.len() as u64, table.is_at_end(), evidence.clone());
            self.work(move |step| {
                perform(step, id, done, &rows, evidence.as_deref(), last);
                Ok(())
            })
            .await?;
            done += count;
            if last || self.is_draining() {
                return Ok(true);
            }
        }
    }

    async fn table_of(&self, import: &Import) -> Result<Table, ImportFailure> {
        let (file, _) = self.file_of(import.media_id).ok_or(ImportFailure::FileGone)?;
        if file.size > BYTES_MAX {
            return Err(ImportFailure::NotCsv);
        }
        let size = file.size;
        let open = OpenMedia::new(self.store(), file, String::new());
        let bytes = read(&open, size).await.map_err(|_| ImportFailure::FileGone)?;
        let table = tokio::task::spawn_blocking(move || Table::new(bytes, ROWS_MAX)).await;
        table.map_err(|_| ImportFailure::NotCsv)?
    }
}

async fn read(file: &OpenMedia, length: u64) -> Result<Vec<u8>, std::io::Error> {
    let mut pieces = file.read(0, length).map_err(std::io::Error::other)?;
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        bytes.extend(piece?);
    }
    Ok(bytes)
}

/// Imports files, one after the other.
pub(crate) struct ImportWorker {
    desk: Desk,
}

impl ImportWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }
}

impl Worker for ImportWorker {
    const NAME: &'static str = "contact imports";

    async fn step(&mut self) -> Next {
        match self.desk.work_on_contact_imports().await {
            Ok(true) => Next::at(self.desk.now()),
            Ok(false) => Next::on_change(),
            Err(failure) => {
                tracing::warn!(%failure, "an import goes on later");
                Next::at(self.desk.now() + AGAIN_AFTER)
            }
        }
    }
}

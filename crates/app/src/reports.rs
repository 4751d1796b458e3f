//! Reports as files: asked for as a fact, made by a worker in pages, kept for their time, fetched by whoever they are for.
//!
//! A file is made anew from its beginning after a crash. It is as of a position, so it comes to the same rows; only whole
//! files are ever seen ([`crate::media::store`]). Rows are read a page at a time under the lock of the views, and written
//! outside of it.

use std::io;

use domain::access::{Action, Decision, Principal, Standing, authorize};
use domain::event::report::ExportFailure;
use domain::event::{Actor, SealKey, StreamId};
use domain::ids::*;
use domain::rejection::Rejection;
use domain::report::export::{self, Made, complete, expire, fail};
use domain::report::{Entry, Export, Exports, Format, Kind, Outcome, schedule};
use domain::time::Millis;

use crate::media::{OpenMedia, Store, StoreError};
use crate::queries::Answer;
use crate::workers::{Next, Worker};
use crate::{Desk, Failure};

mod columns;
mod contacts;
mod local;
mod pages;
mod rows;
mod summary;
mod sweep;
#[cfg(test)]
mod tests;
mod write;

use pages::Pages;
use write::Writer;

/// Rows of one file at most.
pub const ROWS_MAX: u64 = 5_000_000;
/// Bytes of one file at most.
pub const BYTES_MAX: u64 = 1 << 30;
/// Files whose time is over, removed by one step.
const EXPIRED_MAX: usize = 100;
/// When to try again what could not be done.
const AGAIN_AFTER: Millis = Millis::seconds(5);

/// Whether this build writes the format.
pub fn writes(format: Format) -> bool {
    match format {
        Format::Csv | Format::Ndjson => true,
        Format::Parquet => cfg!(feature = "parquet"),
    }
}

/// Why a file cannot be fetched.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FetchError {
    #[error(transparent)]
    Failed(#[from] Failure),
    /// It is not made yet, or could not be.
    #[error("the file is not there")]
    NotThere,
    /// Its time was over.
    #[error("the file was kept for its time and is gone")]
    Gone,
    /// It holds what whoever asks may not see any more.
    #[error("the file reaches further than your rights do now")]
    BeyondRights,
}

impl Desk {
    /// An export that the asker may see; those that ended long ago are read from the log.
    pub fn report_export(&self, principal: &Principal, id: ReportExportId) -> Answer<Export> {
        let known = self.view(|views| views.exports.get(id).cloned());
        let known = match known {
            Some(export) => Some(export),
            None => {
                let mut folded = Exports::default();
                self.stream_facts(StreamId::ReportExport(id))?.iter().for_each(|event| folded.apply(event));
                folded.get(id).cloned()
            }
        };
        Ok(known.filter(|known| export::sees(principal, known.for_user_id)).ok_or(Rejection::NotFound)?)
    }

    /// Exports that the asker may see, newest first: those that wait, those that can be fetched, and those that ended
    /// lately.
    pub fn report_exports(
        &self,
        principal: &Principal,
        before: Option<ReportExportId>,
        limit: usize,
    ) -> Answer<(Vec<Export>, u64)> {
        self.allow(principal, Action::ReportManage)?;
        Ok(self.view(|views| {
            let seen = views.exports.newest(before).filter(|known| export::sees(principal, known.for_user_id));
            (seen.take(limit).cloned().collect(), views.position())
        }))
    }

    /// Opens an export's file, with the rights the asker has now.
    pub fn open_report(&self, principal: &Principal, id: ReportExportId) -> Result<OpenMedia, FetchError> {
        let known = self.report_export(principal, id)?;
        match known.outcome {
            Outcome::Waiting | Outcome::Failed(_) => Err(FetchError::NotThere),
            Outcome::Expired { .. } => Err(FetchError::Gone),
            Outcome::Made { expires_at, .. } if expires_at <= self.now() => Err(FetchError::Gone),
            Outcome::Made { scope, .. } if !export::scope(principal).covers(&scope) => Err(FetchError::BeyondRights),
            Outcome::Made { file, .. } => {
                let question = &known.spec.question;
                let filename = format!("{}-{}.{}", question.kind.as_str(), id, question.format.as_str());
                let open = OpenMedia::new(self.report_store(), file, filename);
                open.is_there().then_some(open).ok_or(FetchError::Gone)
            }
        }
    }

    /// Scheduled reports that the asker may see.
    pub fn scheduled_reports(&self, principal: &Principal) -> Answer<(Vec<Entry>, u64)> {
        self.allow(principal, Action::ReportManage)?;
        Ok(self.view(|views| {
            let seen = views.scheduled_reports.iter().filter(|entry| schedule::sees(principal, entry));
            (seen.cloned().collect(), views.position())
        }))
    }

    /// One of them.
    pub fn scheduled_report(&self, principal: &Principal, id: ScheduledReportId) -> Answer<Entry> {
        self.allow(principal, Action::ReportManage)?;
        let known = self.view(|views| views.scheduled_reports.get(id).cloned());
        Ok(known.filter(|entry| schedule::sees(principal, entry)).ok_or(Rejection::NotFound)?)
    }

    /// Where the files lie. Apart from the files of messages, which are nobody's to list.
    pub(crate) fn report_store(&self) -> Store {
        Store::new(self.shared.media_dir.join("reports"), self.reader().clone())
    }

    /// Removes a file whose time is over, or makes the one that has waited longest. Gives whether there was one.
    pub async fn work_on_reports(&self) -> Result<bool, Failure> {
        let now = self.now();
        let over: Vec<_> = self.view(|views| views.exports.over(now, EXPIRED_MAX).into_iter().cloned().collect());
        if !over.is_empty() {
            self.remove_reports(over).await?;
            return Ok(true);
        }
        let Some(export) = self.view(|views| views.exports.next().cloned()) else { return Ok(false) };
        let id = export.id;
        match self.make_report(export).await {
            Ok(made) => {
                let file = made.file.content_id.clone();
                let taken = self.work(move |step| Ok(complete(step, id, made))).await?.value;
                if !taken {
                    let store = self.report_store();
                    blocking(move || store.remove(&file)).await?;
                }
            }
            Err(Unmade::Never(reason)) => {
                self.work(move |step| {
                    fail(step, id, reason);
                    Ok(())
                })
                .await?;
            }
            Err(Unmade::Later(error)) => {
                tracing::warn!(export = %id, %error, "a report is made later");
                return Err(Failure::Internal);
            }
        }
        Ok(true)
    }

    async fn remove_reports(&self, over: Vec<Export>) -> Result<(), Failure> {
        for export in over {
            let Outcome::Made { file, .. } = export.outcome else { continue };
            let store = self.report_store();
            blocking(move || store.remove(&file.content_id)).await?;
            let id = export.id;
            self.work(move |step| {
                expire(step, id);
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Whoever an export is for, with the rights they have now.
    fn export_reader(&self, export: &Export) -> Option<Principal> {
        let found = match export::made_for(export.by, export.for_user_id) {
            Actor::Key { key_id, .. } => self.key_principal(key_id),
            Actor::User(user) => self.view(|views| views.roster.principal(user).cloned()),
            Actor::Contact(_) | Actor::Provider | Actor::Rule(_) | Actor::System => None,
        };
        found.filter(|them| authorize(them, Action::ReportManage, Standing::Workspace) == Decision::Allow)
    }

    async fn make_report(&self, export: Export) -> Result<Made, Unmade> {
        let reader = self.export_reader(&export).ok_or(Unmade::Never(ExportFailure::NotAllowed))?;
        if export.spec.question.kind == Kind::Summary && self.sees_numbers(&reader).is_err() {
            return Err(Unmade::Never(ExportFailure::NotAllowed));
        }
        let scope = export::scope(&reader);
        let as_of = self.recorded_at(export.spec.as_of_pos).map_err(Unmade::later)?;
        let question = &export.spec.question;
        let writer = Writer::new(question.kind, question.format, &export.spec.time_zone);
        let mut writer = writer.map_err(|_| Unmade::Never(ExportFailure::FormatUnavailable))?;
        // The file's id in the store: no two exports share bytes, however alike.
        let file_id = MediaId::from_u128(export.id.as_u128());
        let mut incoming = self.report_store().begin(file_id, SealKey::WORKSPACE, BYTES_MAX, None);
        let mut pages = Pages::new(self.clone(), export.spec.clone(), as_of, reader);
        let (mut rows, mut positions) = (0u64, None::<(u64, u64)>);
        let mut open = incoming.write(writer.begin()).await;
        while open && let Some(page) = pages.next().await.map_err(Unmade::later)? {
            rows += page.len() as u64;
            if rows > ROWS_MAX {
                incoming.abort().await;
                return Err(Unmade::Never(ExportFailure::TooLarge));
            }
            for pos in page.iter().flat_map(rows::Row::positions) {
                let (oldest, newest) = positions.unwrap_or((*pos, *pos));
                positions = Some((oldest.min(*pos), newest.max(*pos)));
            }
            open = incoming.write(writer.rows(page).map_err(Unmade::later)?).await;
        }
        if open {
            incoming.write(writer.end().map_err(Unmade::later)?).await;
        }
        match incoming.finish().await {
            Ok(landed) => Ok(Made { file: landed.file, rows, positions, scope }),
            Err(StoreError::TooLarge { .. }) => Err(Unmade::Never(ExportFailure::TooLarge)),
            Err(error) => Err(Unmade::later(error)),
        }
    }
}

/// Why there is no file.
enum Unmade {
    Never(ExportFailure),
    /// It is tried again.
    Later(String),
}

impl Unmade {
    fn later(error: impl std::fmt::Display) -> Self {
        Self::Later(error.to_string())
    }
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a report's file stays for now");
            Err(Failure::Internal)
        }
        Err(_) => Err(Failure::Internal),
    }
}

/// Makes files, and removes them when their time is over.
pub(crate) struct ReportWorker {
    desk: Desk,
    /// What an earlier process left behind is gone.
    swept: bool,
}

impl ReportWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk, swept: false }
    }
}

impl Worker for ReportWorker {
    const NAME: &'static str = "reports";

    async fn step(&mut self) -> Next {
        if !self.swept {
            let desk = self.desk.clone();
            self.swept = blocking(move || sweep::sweep(&desk)).await.is_ok();
        }
        match self.desk.work_on_reports().await {
            Ok(true) => Next::at(self.desk.now()),
            Ok(false) => Next::on_change().or_at(self.desk.view(|views| views.exports.next_over())),
            Err(failure) => {
                tracing::warn!(%failure, "reports go on later");
                Next::at(self.desk.now() + AGAIN_AFTER)
            }
        }
    }
}

//! Files that nobody waits for any more: what a process began and did not finish, and what it finished and did not live to
//! write down.

use std::collections::BTreeSet;
use std::io;

use domain::report::Outcome;

use crate::Desk;

/// Removes them. Called before the first file is made.
pub(super) fn sweep(desk: &Desk) -> io::Result<()> {
    let store = desk.report_store();
    store.clear_incoming()?;
    let kept: BTreeSet<String> = desk.view(|views| {
        let files = views.exports.newest(None).filter_map(|export| match &export.outcome {
            Outcome::Made { file, .. } => Some(file.content_id.clone()),
            Outcome::Waiting | Outcome::Failed(_) | Outcome::Expired { .. } => None,
        });
        files.collect()
    });
    for content_id in store.list()? {
        if !kept.contains(&content_id) {
            store.remove(&content_id)?;
        }
    }
    Ok(())
}

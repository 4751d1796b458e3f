//! Everything that is whole in a damaged log, as text like an export's. Where something is missing there is a
//! line that says so; such a text does not import as it is, somebody has to decide what becomes of the gap.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::OpsError;
use super::export::{ExportHeader, write_line, write_record};
use super::verify::Problem;
use super::walk::{Met, walk};
use crate::lineage::Lineage;

/// What a salvage found.
#[derive(Clone, Debug, Default)]
pub struct SalvageReport {
    pub records: u64,
    pub events: u64,
    /// Highest position saved.
    pub head: u64,
    /// The damaged places, in order.
    pub damage: Vec<Problem>,
    /// Bytes at the very end that are no whole record.
    pub unfinished_bytes: u64,
}

#[derive(Serialize)]
struct DamageLine {
    damaged: String,
    offset: u64,
    what: String,
}

/// Writes every whole record of the log in `dir` to `out`.
pub fn salvage(dir: &Path, out: &mut dyn Write) -> Result<SalvageReport, OpsError> {
    let lineage = Lineage::load(dir).ok().flatten();
    let header = ExportHeader {
        frontdesk_export: 1,
        log_id: lineage.as_ref().map_or_else(|| "unknown".to_owned(), |lineage| lineage.log_id.clone()),
        parent: lineage.and_then(|lineage| lineage.ancestors.into_iter().next()),
        oldest: 1,
        // Not known before all is read.
        head: 0,
    };
    write_line(out, &header)?;
    let mut report = SalvageReport::default();
    walk(&dir.join("journal"), 1, &mut |met| {
        match met {
            Met::Record { file, offset, record } => match write_record(&record, 0, u64::MAX, out) {
                Ok(()) => {
                    report.records += 1;
                    report.events += u64::from(record.count);
                    report.head = report.head.max(record.last_pos());
                }
                Err(OpsError::Input { what, .. }) => {
                    report.damage.push(Problem { file: file.to_owned(), offset, what });
                }
                Err(e) => return Err(e),
            },
            Met::Damage { file, offset, what } => {
                let damaged = file.display().to_string();
                write_line(out, &DamageLine { damaged, offset, what: what.clone() })?;
                report.damage.push(Problem { file: file.to_owned(), offset, what });
            }
            Met::Unfinished { bytes, .. } => report.unfinished_bytes = bytes,
        }
        Ok(ControlFlow::Continue(()))
    })?;
    out.flush().map_err(OpsError::Output)?;
    Ok(report)
}

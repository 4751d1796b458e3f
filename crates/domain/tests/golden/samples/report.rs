//! Reports as files, and those that come again and again.

use std::collections::BTreeSet;

use domain::event::Event;
use domain::event::SealKey;
use domain::event::media::StoredFile;
use domain::event::report::*;
use domain::ids::{ReportExportId, ScheduledReportId};
use domain::report::cadence::{Cadence, Every};
use domain::report::schedule::ScheduledReport;
use domain::report::{Filters, Format, Kind, Question, Scope, Spec};

use super::{at, id, text};

pub(super) fn samples() -> Vec<Event> {
    let (export_id, report_id): (ReportExportId, ScheduledReportId) = (id(70), id(71));
    let question = || Question {
        kind: Kind::FirstResponses,
        format: Format::Csv,
        filters: Filters {
            brand_ids: BTreeSet::from([id(10)]),
            channel_ids: BTreeSet::from([id(11)]),
            team_ids: BTreeSet::from([id(20)]),
            agent_ids: BTreeSet::from([id(5)]),
            tags: text("vip").into_iter().collect(),
            segment_id: Some(id(31)),
        },
    };
    let zone = || "Europe/Madrid".to_owned();
    let report = |every| ScheduledReport {
        name: "First responses of Sales".to_owned(),
        enabled: true,
        question: question(),
        cadence: Cadence { every, at_s: 7 * 3_600, time_zone: zone() },
        recipient_ids: BTreeSet::from([id(5), id(6)]),
    };
    vec![
        ReportExportRequested {
            export_id,
            for_user_id: id(5),
            spec: Spec { question: question(), from: at(0), to: at(60), time_zone: zone(), as_of_pos: 4_711 },
            scheduled_report_id: Some(report_id),
        }
        .into(),
        ReportExportCompleted {
            export_id,
            file: StoredFile {
                content_id: "0f".repeat(32),
                seal: SealKey::WORKSPACE,
                size: 1_024,
                mime: "text/plain".to_owned(),
            },
            rows: 12,
            scope: Scope { brand_ids: Some(BTreeSet::from([id(10)])), team_ids: Some(BTreeSet::from([id(20)])) },
            expires_at: at(7 * 24 * 60),
        }
        .into(),
        ReportExportFailed { export_id, reason: ExportFailure::TooLarge }.into(),
        ReportExportExpired { export_id }.into(),
        ScheduledReportCreated { report_id, created_by: id(5), report: report(Every::Week { day: 1 }) }.into(),
        ScheduledReportChanged { report_id, report: report(Every::Month { day: 28 }) }.into(),
        ScheduledReportRemoved { report_id }.into(),
        ScheduledReportRan {
            report_id,
            due_at: at(90),
            missed: 2,
            export_ids: vec![export_id],
            without_rights: vec![id(6)],
        }
        .into(),
    ]
}

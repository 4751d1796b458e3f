//! Exports and scheduled reports, to whom may see them.

use app::Desk;
use domain::event::report::ExportFailure;
use domain::report::cadence::{Cadence, Every};
use domain::report::{self, Entry, Export, Outcome};

use super::conversation::user_summary;
use crate::dto::business_hours::Weekday;
use crate::dto::report::*;

const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// 1 to 7, Monday first.
pub(crate) fn number_of(day: Weekday) -> u8 {
    DAYS.iter().zip(1..).find(|(other, _)| **other == day).map_or(1, |(_, number)| number)
}

pub(crate) fn report_export(desk: &Desk, known: Export) -> ReportExport {
    let mut shown = ReportExport {
        id: known.id.into(),
        state: ReportExportState::Queued,
        kind: kind(known.spec.question.kind),
        format: format(known.spec.question.format),
        from: known.spec.from.into(),
        to: known.spec.to.into(),
        time_zone: known.spec.time_zone,
        filters: filters(known.spec.question.filters),
        as_of_pos: known.spec.as_of_pos.into(),
        requested_for: user_summary(desk, known.for_user_id),
        scheduled_report_id: known.scheduled_report_id.map(Into::into),
        requested_at: known.requested_at.into(),
        finished_at: known.finished_at.map(Into::into),
        rows: None,
        bytes: None,
        expires_at: None,
        failure: None,
    };
    match known.outcome {
        Outcome::Waiting => {}
        Outcome::Made { file, rows, expires_at, .. } => {
            // Until the worker has come by it is there, and nobody is given it.
            let over = expires_at <= desk.now();
            shown.state = if over { ReportExportState::Expired } else { ReportExportState::Completed };
            (shown.rows, shown.bytes) = (Some(rows.into()), Some(file.size.into()));
            shown.expires_at = Some(expires_at.into());
        }
        Outcome::Failed(reason) => {
            shown.state = ReportExportState::Failed;
            shown.failure = Some(match reason {
                ExportFailure::TooLarge => ReportExportFailure::TooLarge,
                ExportFailure::NotAllowed => ReportExportFailure::NotAllowed,
                ExportFailure::FormatUnavailable => ReportExportFailure::FormatUnavailable,
            });
        }
        Outcome::Expired { rows, bytes } => {
            shown.state = ReportExportState::Expired;
            (shown.rows, shown.bytes) = (Some(rows.into()), Some(bytes.into()));
        }
    }
    shown
}

pub(crate) fn scheduled_report(desk: &Desk, known: Entry) -> ScheduledReport {
    let report = known.report;
    ScheduledReport {
        id: known.id.into(),
        version: known.version.into(),
        name: report.name,
        enabled: report.enabled,
        question: ReportQuestion {
            kind: kind(report.question.kind),
            format: format(report.question.format),
            filters: filters(report.question.filters),
        },
        cadence: cadence(report.cadence),
        recipients: report.recipient_ids.into_iter().map(|id| user_summary(desk, id)).collect(),
        created_by: user_summary(desk, known.created_by),
        next_due_at: known.next_due.map(Into::into),
        last_run_at: known.last_run_at.map(Into::into),
    }
}

fn cadence(Cadence { every, at_s, time_zone }: Cadence) -> ReportCadence {
    let (frequency, weekday, day) = match every {
        Every::Day => (ReportFrequency::Daily, None, None),
        Every::Week { day } => (ReportFrequency::Weekly, DAYS.get(usize::from(day).saturating_sub(1)).copied(), None),
        Every::Month { day } => (ReportFrequency::Monthly, None, Some(day)),
    };
    let at = format!("{:02}:{:02}", at_s / 3_600, at_s / 60 % 60);
    ReportCadence { every: frequency, weekday, day, at, time_zone }
}

fn filters(filters: report::Filters) -> ReportFilters {
    ReportFilters {
        brand_ids: filters.brand_ids.into_iter().map(Into::into).collect(),
        channel_ids: filters.channel_ids.into_iter().map(Into::into).collect(),
        team_ids: filters.team_ids.into_iter().map(Into::into).collect(),
        agent_ids: filters.agent_ids.into_iter().map(Into::into).collect(),
        tags: filters.tags.into_iter().collect(),
    }
}

/// The same as the domain has it.
pub(crate) fn filters_asked(asked: SetReportFilters) -> report::Filters {
    report::Filters {
        segment_id: None,
        brand_ids: asked.brand_ids.into_iter().map(Into::into).collect(),
        channel_ids: asked.channel_ids.into_iter().map(Into::into).collect(),
        team_ids: asked.team_ids.into_iter().map(Into::into).collect(),
        agent_ids: asked.agent_ids.into_iter().map(Into::into).collect(),
        tags: asked.tags.iter().map(|tag| tag.trim().to_lowercase()).collect(),
    }
}

fn kind(kind: report::Kind) -> ReportKind {
    match kind {
        report::Kind::Conversations => ReportKind::Conversations,
        report::Kind::FirstResponses => ReportKind::FirstResponses,
        report::Kind::Replies => ReportKind::Replies,
        report::Kind::Resolutions => ReportKind::Resolutions,
        report::Kind::Sla => ReportKind::Sla,
        report::Kind::Ratings => ReportKind::Ratings,
        report::Kind::Summary => ReportKind::Summary,
        report::Kind::Contacts => ReportKind::Contacts,
    }
}

pub(crate) fn kind_asked(kind: ReportKind) -> report::Kind {
    match kind {
        ReportKind::Conversations => report::Kind::Conversations,
        ReportKind::FirstResponses => report::Kind::FirstResponses,
        ReportKind::Replies => report::Kind::Replies,
        ReportKind::Resolutions => report::Kind::Resolutions,
        ReportKind::Sla => report::Kind::Sla,
        ReportKind::Ratings => report::Kind::Ratings,
        ReportKind::Summary => report::Kind::Summary,
        ReportKind::Contacts => report::Kind::Contacts,
    }
}

fn format(format: report::Format) -> ReportFormat {
    match format {
        report::Format::Csv => ReportFormat::Csv,
        report::Format::Ndjson => ReportFormat::Ndjson,
        report::Format::Parquet => ReportFormat::Parquet,
    }
}

pub(crate) fn format_asked(format: Option<ReportFormat>) -> report::Format {
    match format.unwrap_or(ReportFormat::Csv) {
        ReportFormat::Csv => report::Format::Csv,
        ReportFormat::Ndjson => report::Format::Ndjson,
        ReportFormat::Parquet => report::Format::Parquet,
    }
}

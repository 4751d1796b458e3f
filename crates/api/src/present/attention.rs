//! Notifications and mentions: ids in the view, names and texts looked up here.

use app::Desk;
use app::attention::{Shown, Told};
use domain::notification::NotificationKind as DomainKind;

use super::activity::actor;
use super::conversation::{contact_summary, shortened};
use crate::dto::attention::*;

/// Characters of an excerpt at most.
const EXCERPT_CHARS: usize = 200;

/// A notification of the asker that they may see.
pub(crate) fn notification(desk: &Desk, told: &Told) -> Notification {
    let Told { notice, about } = told;
    let mut shown = Notification {
        id: notice.id.into(),
        kind: kind(notice.kind),
        pos: notice.pos.into(),
        conversation_id: notice.conversation_id().map(Into::into),
        conversation_number: None,
        contact: None,
        note_id: notice.note_id().map(Into::into),
        message_id: notice.message_id().map(Into::into),
        scheduled_report_id: None,
        report_export_id: None,
        actor: actor(desk, notice.by),
        excerpt: excerpt(desk, told),
        created_at: notice.at.into(),
        read_at: notice.read_at.map(Into::into),
    };
    match about {
        Shown::Conversation(row) => {
            shown.conversation_number = Some(row.number().into());
            shown.contact = Some(contact_summary(desk, row));
        }
        Shown::Report { report_id, name, export_id } => {
            shown.scheduled_report_id = Some((*report_id).into());
            shown.report_export_id = export_id.map(Into::into);
            shown.excerpt.clone_from(name);
        }
    }
    shown
}

/// A mention of the asker that they may see; `None` for what is none.
pub(crate) fn mention(desk: &Desk, told: &Told) -> Option<Mention> {
    let Told { notice, about: Shown::Conversation(row) } = told else { return None };
    Some(Mention {
        id: notice.id.into(),
        pos: notice.pos.into(),
        conversation_id: row.id().into(),
        conversation_number: row.number().into(),
        contact: contact_summary(desk, row),
        note_id: notice.note_id()?.into(),
        actor: actor(desk, notice.by),
        excerpt: excerpt(desk, told),
        created_at: notice.at.into(),
        read_at: notice.read_at.map(Into::into),
    })
}

fn excerpt(desk: &Desk, told: &Told) -> Option<String> {
    desk.noticed_text(&told.notice).map(|text| shortened(&text, EXCERPT_CHARS))
}

fn kind(kind: DomainKind) -> NotificationKind {
    match kind {
        DomainKind::Assigned => NotificationKind::Assigned,
        DomainKind::Mention => NotificationKind::Mention,
        DomainKind::NoteReply => NotificationKind::NoteReply,
        DomainKind::SnoozeDue => NotificationKind::SnoozeDue,
        DomainKind::MessageFailed => NotificationKind::MessageFailed,
        DomainKind::SlaAtRisk => NotificationKind::SlaAtRisk,
        DomainKind::SlaBreached => NotificationKind::SlaBreached,
        DomainKind::SlaEscalated => NotificationKind::SlaEscalated,
        DomainKind::CsatLow => NotificationKind::CsatLow,
        DomainKind::Automation => NotificationKind::Automation,
        DomainKind::ReportReady => NotificationKind::ReportReady,
        DomainKind::ReportFailed => NotificationKind::ReportFailed,
    }
}

/// A kind as the domain names it.
pub(crate) fn domain_kind(kind: NotificationKind) -> DomainKind {
    match kind {
        NotificationKind::Assigned => DomainKind::Assigned,
        NotificationKind::Mention => DomainKind::Mention,
        NotificationKind::NoteReply => DomainKind::NoteReply,
        NotificationKind::SnoozeDue => DomainKind::SnoozeDue,
        NotificationKind::MessageFailed => DomainKind::MessageFailed,
        NotificationKind::SlaAtRisk => DomainKind::SlaAtRisk,
        NotificationKind::SlaBreached => DomainKind::SlaBreached,
        NotificationKind::SlaEscalated => DomainKind::SlaEscalated,
        NotificationKind::CsatLow => DomainKind::CsatLow,
        NotificationKind::Automation => DomainKind::Automation,
        NotificationKind::ReportReady => DomainKind::ReportReady,
        NotificationKind::ReportFailed => DomainKind::ReportFailed,
    }
}

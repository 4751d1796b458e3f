//! What is counted beside the lists.

use app::live::snapshot::Counted;
use domain::notification::NotificationKind;
use projections::inbox::counts::{StatusCounts as Counts, ViewCount as CountedView, ViewCounts};

use super::conversation::small;
use crate::dto::attention::{NotificationCounts, NotificationKindCounts};
use crate::dto::conversation::{ConversationCounts, StatusCounts, ViewCount};

/// Conversations by view and status; `mentions`: those with one, those with an unread one.
pub(crate) fn conversations(counted: &ViewCounts, mentions: (u64, u64), as_of: u64) -> ConversationCounts {
    ConversationCounts {
        all: view(&counted.all),
        mine: view(&counted.mine),
        unassigned: view(&counted.unassigned),
        mentions: ViewCount { total: capped(mentions.0), unread: capped(mentions.1) },
        at_risk: view(&counted.at_risk),
        breached: view(&counted.breached),
        bot: view(&counted.bot),
        by_status: statuses(&counted.all.by_status),
        as_of: as_of.into(),
    }
}

/// How many there are of each status.
pub(crate) fn statuses(counts: &Counts) -> StatusCounts {
    StatusCounts {
        open: capped(counts.open),
        pending: capped(counts.pending),
        snoozed: capped(counts.snoozed),
        resolved: capped(counts.resolved),
    }
}

/// Unread notifications by kind, and unread mentions.
pub(crate) fn notifications(
    kinds: &std::collections::BTreeMap<NotificationKind, usize>,
    mentions: usize,
    as_of: u64,
) -> NotificationCounts {
    let of = |kind| small(kinds.get(&kind).copied().unwrap_or_default());
    NotificationCounts {
        unread: small(kinds.values().sum()),
        by_kind: NotificationKindCounts {
            assigned: of(NotificationKind::Assigned),
            mention: of(NotificationKind::Mention),
            note_reply: of(NotificationKind::NoteReply),
            snooze_due: of(NotificationKind::SnoozeDue),
            message_failed: of(NotificationKind::MessageFailed),
            sla_at_risk: of(NotificationKind::SlaAtRisk),
            sla_breached: of(NotificationKind::SlaBreached),
            sla_escalated: of(NotificationKind::SlaEscalated),
            csat_low: of(NotificationKind::CsatLow),
            automation: of(NotificationKind::Automation),
            report_ready: of(NotificationKind::ReportReady),
            report_failed: of(NotificationKind::ReportFailed),
        },
        mentions_unread: small(mentions),
        as_of: as_of.into(),
    }
}

/// Both.
pub(crate) fn all(counted: &Counted, as_of: u64) -> crate::dto::live::told::CountsNow {
    crate::dto::live::told::CountsNow {
        conversations: conversations(&counted.views, counted.mentions, as_of),
        notifications: notifications(&counted.notices, counted.mentions_unread, as_of),
    }
}

fn view(counted: &CountedView) -> ViewCount {
    let Counts { open, pending, snoozed, resolved: _ } = counted.by_status;
    ViewCount { total: capped(open + pending + snoozed), unread: capped(counted.unread) }
}

fn capped(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

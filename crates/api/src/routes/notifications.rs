//! What one was told, and what one wants to be told. A notification shows only while its conversation can be seen.

use app::attention::NoticeQuery;
use app::gate::Gate;
use domain::access::Action;
use domain::notification::{self, NotificationKind as DomainKind};

use crate::answer::Found;
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::attention::*;
use crate::dto::scalar::NotificationId;
use crate::endpoint::Endpoint;
use crate::extract::{Json, Path, Query};
use crate::front::Front;
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present;
use crate::present::attention::{domain_kind, notification as shown};
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/notifications", "list_notifications", list)
            .about(Tag::Notifications, "List your notifications, newest first")
            .description("The newest 200 are kept. Reading a conversation reads what was told of it.")
            .needs(Action::OwnAccount)
            .refuses(&[Kind::CursorInvalid, Kind::CursorMismatch]),
        Endpoint::get("/v1/notification-counts", "count_notifications", counts)
            .about(Tag::Notifications, "Count what you have not read")
            .needs(Action::OwnAccount),
        Endpoint::put("/v1/notifications/{notification_id}/read", "read_notification", read)
            .about(Tag::Notifications, "Mark a notification read")
            .needs(Action::OwnAccount),
        Endpoint::put("/v1/notifications/{notification_id}/read-up-to", "read_notifications_up_to", read_up_to)
            .about(Tag::Notifications, "Mark a notification and every older one read")
            .needs(Action::OwnAccount),
        Endpoint::get("/v1/me/notification-settings", "get_notification_settings", settings)
            .about(Tag::Notifications, "Get what you want to be told")
            .needs(Action::OwnAccount),
        Endpoint::put("/v1/me/notification-settings", "set_notification_settings", set_settings)
            .about(Tag::Notifications, "Set what you want to be told from now on")
            .description("A muted mention still counts as a mention; it makes no notification.")
            .needs(Action::OwnAccount),
    ]
}

async fn list(
    caller: Caller,
    front: Front,
    shared: Shared,
    Query(query): Query<NotificationQuery>,
) -> Result<Found<NotificationPage>, Problem> {
    let unread = query.unread.unwrap_or_default();
    let kinds = query.kind.iter().flatten().map(|kind| domain_kind(*kind)).collect();
    let question = format!("notifications {unread} {kinds:?}");
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let asked = NoticeQuery { unread, kinds, before: pager.after()?, limit: pager.limit() + 1 };
    let (found, as_of) = front.notifications(&caller.principal, &asked);
    let (rows, page) = pager.cut(found, |told| told.notice.pos);
    let data = rows.iter().map(|told| shown(&front, told)).collect();
    Ok(Found(NotificationPage { data, page, as_of: as_of.into() }))
}

async fn counts(caller: Caller, front: Front) -> Result<Found<NotificationCounts>, Problem> {
    Ok(Found(counted(&caller, &front)))
}

fn counted(caller: &Caller, front: &Front) -> NotificationCounts {
    let (kinds, mentions, as_of) = front.unread_notices(&caller.principal);
    present::counts::notifications(&kinds, mentions, as_of)
}

async fn read(caller: Caller, front: Front, Path(id): Path<NotificationId>) -> Result<Found<Notification>, Problem> {
    mark(&caller, &front, id, false).await?;
    Ok(Found(shown(&front, &front.notice(&caller.principal, id.0)?)))
}

async fn read_up_to(
    caller: Caller,
    front: Front,
    Path(id): Path<NotificationId>,
) -> Result<Found<NotificationCounts>, Problem> {
    mark(&caller, &front, id, true).await?;
    Ok(Found(counted(&caller, &front)))
}

/// What was read already is not written down again.
async fn mark(caller: &Caller, front: &Front, id: NotificationId, older_too: bool) -> Result<(), Problem> {
    let me = caller.principal.user_id;
    let notice = front.notice(&caller.principal, id.0)?.notice;
    if older_too || notice.read_at.is_none() {
        let pos = notice.pos;
        let mark = move |gate: &mut Gate<'_, '_>| {
            let step = &mut gate.workspace(Action::OwnAccount)?;
            notification::mark_read(step, me, id.0, pos, older_too)
        };
        front.command(caller, mark).await?;
    }
    Ok(())
}

async fn settings(caller: Caller, front: Front) -> Result<Found<NotificationSettings>, Problem> {
    let muted = front.view(|views| views.attention.muted(caller.principal.user_id));
    let told = |kind| NotificationChannels { in_app: !muted.contains(&kind) };
    Ok(Found(NotificationSettings {
        assigned: told(DomainKind::Assigned),
        mention: told(DomainKind::Mention),
        note_reply: told(DomainKind::NoteReply),
        snooze_due: told(DomainKind::SnoozeDue),
        message_failed: told(DomainKind::MessageFailed),
        sla_at_risk: told(DomainKind::SlaAtRisk),
        sla_breached: told(DomainKind::SlaBreached),
        sla_escalated: told(DomainKind::SlaEscalated),
        csat_low: told(DomainKind::CsatLow),
        automation: told(DomainKind::Automation),
        report_ready: told(DomainKind::ReportReady),
        report_failed: told(DomainKind::ReportFailed),
    }))
}

async fn set_settings(
    caller: Caller,
    front: Front,
    Json(body, _): Json<NotificationSettings>,
) -> Result<Found<NotificationSettings>, Problem> {
    let me = caller.principal.user_id;
    let muted = DomainKind::ALL.into_iter().filter(|kind| !wanted(&body, *kind)).collect();
    let change = move |gate: &mut Gate<'_, '_>| {
        let step = &mut gate.workspace(Action::OwnAccount)?;
        notification::change_settings(step, me, muted)
    };
    front.command(&caller, change).await?;
    settings(caller, front).await
}

fn wanted(settings: &NotificationSettings, kind: DomainKind) -> bool {
    match kind {
        DomainKind::Assigned => settings.assigned,
        DomainKind::Mention => settings.mention,
        DomainKind::NoteReply => settings.note_reply,
        DomainKind::SnoozeDue => settings.snooze_due,
        DomainKind::MessageFailed => settings.message_failed,
        DomainKind::SlaAtRisk => settings.sla_at_risk,
        DomainKind::SlaBreached => settings.sla_breached,
        DomainKind::SlaEscalated => settings.sla_escalated,
        DomainKind::CsatLow => settings.csat_low,
        DomainKind::Automation => settings.automation,
        DomainKind::ReportReady => settings.report_ready,
        DomainKind::ReportFailed => settings.report_failed,
    }
    .in_app
}

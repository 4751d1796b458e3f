//! What people are told: notifications, mentions, and what they want to be told.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversation::ContactSummary;
use super::note::MentionTarget;
use super::page::page;
use super::scalar::{
    ConversationId, MessageId, NoteId, NotificationId, Position, ReportExportId, ScheduledReportId, Timestamp,
};
use super::timeline::ActivityActor;

/// Why somebody is told; tolerate unknown ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// A conversation was given to you by somebody else.
    Assigned,
    /// A note names you, or a team of yours.
    Mention,
    /// A note was added to a thread you took part in.
    NoteReply,
    /// A snooze on a conversation of yours ended.
    SnoozeDue,
    /// A message of yours was refused, or may not have been sent.
    MessageFailed,
    /// A promise in a conversation of yours, or of a team you lead, is at risk.
    SlaAtRisk,
    /// Its deadline has passed.
    SlaBreached,
    /// A step of a policy's escalation names you.
    SlaEscalated,
    /// A customer whose conversation you resolved rated it 1 or 2.
    CsatLow,
    /// A rule of automation tells you.
    Automation,
    /// A report that comes to you by itself can be fetched.
    ReportReady,
    /// It, or one you set up, could not be made.
    ReportFailed,
}

/// Something you were told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notification {
    pub id: NotificationId,
    pub kind: NotificationKind,
    /// Position of the event it is about.
    pub pos: Position,
    /// Null of what is about a report.
    #[schema(required)]
    pub conversation_id: Option<ConversationId>,
    /// The conversation's short number.
    #[schema(required)]
    pub conversation_number: Option<Position>,
    #[schema(required)]
    pub contact: Option<ContactSummary>,
    #[schema(required)]
    pub note_id: Option<NoteId>,
    #[schema(required)]
    pub message_id: Option<MessageId>,
    /// The report it is about.
    #[schema(required)]
    pub scheduled_report_id: Option<ScheduledReportId>,
    /// Its file, where that is yours.
    #[schema(required)]
    pub report_export_id: Option<ReportExportId>,
    /// Who made it happen.
    pub actor: ActivityActor,
    /// The beginning of the note it is about, or what the report is called.
    #[schema(required, max_length = 200)]
    pub excerpt: Option<String>,
    pub created_at: Timestamp,
    #[schema(required)]
    pub read_at: Option<Timestamp>,
}
page! { /// Notifications, newest first.
NotificationPage of Notification }

/// A note that names you.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Mention {
    /// Its notification's, whether or not that is shown.
    pub id: NotificationId,
    pub pos: Position,
    pub conversation_id: ConversationId,
    /// The conversation's short number.
    pub conversation_number: Position,
    pub contact: ContactSummary,
    pub note_id: NoteId,
    /// Who wrote it.
    pub actor: ActivityActor,
    /// The beginning of the note.
    #[schema(required, max_length = 200)]
    pub excerpt: Option<String>,
    pub created_at: Timestamp,
    #[schema(required)]
    pub read_at: Option<Timestamp>,
}
page! { /// Mentions, newest first.
MentionPage of Mention }

/// Which mentions.
#[derive(Debug, Deserialize, IntoParams)]
pub struct MentionQuery {
    /// Only those you have not read.
    pub unread: Option<bool>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Which notifications.
#[derive(Debug, Deserialize, IntoParams)]
pub struct NotificationQuery {
    /// Only those you have not read.
    pub unread: Option<bool>,
    #[param(inline, style = Form, explode = false)]
    pub kind: Option<Vec<NotificationKind>>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// Whom a note in a conversation can name.
#[derive(Debug, Deserialize, IntoParams)]
pub struct CandidateQuery {
    #[param(inline)]
    pub conversation_id: super::scalar::ConversationId,
    /// Part of the name.
    #[param(max_length = 100)]
    pub q: Option<String>,
}

/// Colleagues and teams by name; those who do not see the conversation are not among them.
#[derive(Debug, Serialize, ToSchema)]
pub struct MentionCandidates {
    #[schema(max_items = 50)]
    pub data: Vec<MentionTarget>,
    /// The position of the log this reflects.
    pub as_of: Position,
}

/// What you have not read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NotificationCounts {
    #[schema(minimum = 0, maximum = 1_000)]
    pub unread: u32,
    pub by_kind: NotificationKindCounts,
    #[schema(minimum = 0, maximum = 1_000)]
    pub mentions_unread: u32,
    pub as_of: Position,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NotificationKindCounts {
    #[schema(minimum = 0, maximum = 1_000)]
    pub assigned: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub mention: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub note_reply: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub snooze_due: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub message_failed: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub sla_at_risk: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub sla_breached: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub sla_escalated: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub csat_low: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub automation: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub report_ready: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub report_failed: u32,
}

/// Where a kind is told.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationChannels {
    pub in_app: bool,
}

/// What you want to be told from now on.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationSettings {
    pub assigned: NotificationChannels,
    pub mention: NotificationChannels,
    pub note_reply: NotificationChannels,
    pub snooze_due: NotificationChannels,
    pub message_failed: NotificationChannels,
    pub sla_at_risk: NotificationChannels,
    pub sla_breached: NotificationChannels,
    pub sla_escalated: NotificationChannels,
    pub csat_low: NotificationChannels,
    pub automation: NotificationChannels,
    pub report_ready: NotificationChannels,
    pub report_failed: NotificationChannels,
}

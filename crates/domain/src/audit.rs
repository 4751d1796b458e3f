//! Which facts an auditor is told: one function over every event type, so that a new one does not compile until somebody has
//! said whether it belongs here. Support work itself does not; who may get in, what they may do, what was refused, what
//! left, what was destroyed and how the workspace is set up does.

use crate::event::{Event, Recorded};
use crate::ids::UserId;

/// What kind of thing it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum AuditKind {
    SignedIn = 0,
    SignInFailed = 1,
    SessionEnded = 2,
    AccountChanged = 3,
    AccessChanged = 4,
    AccessDenied = 5,
    DataRevealed = 6,
    DataExported = 7,
    DataErased = 8,
    ConfigurationChanged = 9,
    BillingChanged = 10,
    ClockSuspected = 11,
}

impl AuditKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 12] = [
        Self::SignedIn,
        Self::SignInFailed,
        Self::SessionEnded,
        Self::AccountChanged,
        Self::AccessChanged,
        Self::AccessDenied,
        Self::DataRevealed,
        Self::DataExported,
        Self::DataErased,
        Self::ConfigurationChanged,
        Self::BillingChanged,
        Self::ClockSuspected,
    ];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::SessionEnded => "session_ended",
            Self::AccountChanged => "account_changed",
            Self::AccessChanged => "access_changed",
            Self::AccessDenied => "access_denied",
            Self::DataRevealed => "data_revealed",
            Self::DataExported => "data_exported",
            Self::DataErased => "data_erased",
            Self::ConfigurationChanged => "configuration_changed",
            Self::BillingChanged => "billing_changed",
            Self::ClockSuspected => "clock_suspected",
        }
    }

    /// How it ended.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::SignInFailed => Outcome::Failed,
            Self::AccessDenied => Outcome::Denied,
            Self::SignedIn | Self::SessionEnded | Self::AccountChanged | Self::AccessChanged => Outcome::Done,
            Self::DataRevealed | Self::DataExported | Self::DataErased => Outcome::Done,
            Self::ConfigurationChanged | Self::BillingChanged | Self::ClockSuspected => Outcome::Done,
        }
    }

    /// Whether it is about the safety of somebody's account: of a Super Admin only Super Admins are told.
    pub const fn is_security(self) -> bool {
        match self {
            Self::SignedIn | Self::SignInFailed | Self::SessionEnded | Self::AccountChanged => true,
            Self::AccessChanged | Self::AccessDenied | Self::DataRevealed | Self::DataExported => true,
            Self::DataErased | Self::ConfigurationChanged | Self::BillingChanged | Self::ClockSuspected => false,
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Done,
    /// Somebody could not prove who they are.
    Failed,
    /// Somebody may not.
    Denied,
}

/// What kind of audit entry an event is, if it is one.
pub fn entry(event: &Event) -> Option<AuditKind> {
    use AuditKind::*;
    match event {
        Event::SessionOpened(_) => Some(SignedIn),
        Event::LoginFailed(_) | Event::SecondFactorFailed(_) => Some(SignInFailed),
        Event::SessionRevoked(_) => Some(SessionEnded),
        Event::UserCreated(_)
        | Event::UserChanged(_)
        | Event::UserPasswordChanged(_)
        | Event::UserIdentityLinked(_)
        | Event::UserDeactivated(_)
        | Event::UserReactivated(_)
        | Event::TotpEnrolled(_)
        | Event::TotpConfirmed(_)
        | Event::TotpRemoved(_)
        | Event::RecoveryCodesReplaced(_)
        | Event::RecoveryCodeUsed(_)
        | Event::PasswordResetRequested(_)
        | Event::PasswordResetIssued(_) => Some(AccountChanged),
        Event::UserRoleChanged(_)
        | Event::UserBrandsChanged(_)
        | Event::TeamMemberSet(_)
        | Event::TeamMemberRemoved(_)
        | Event::CollaboratorAdded(_)
        | Event::CollaboratorRemoved(_)
        | Event::InviteCreated(_)
        | Event::InviteResent(_)
        | Event::InviteRevoked(_)
        | Event::InviteAccepted(_)
        | Event::ApiKeyCreated(_)
        | Event::ApiKeyChanged(_)
        | Event::ApiKeyRotated(_)
        | Event::ApiKeyRevoked(_) => Some(AccessChanged),
        Event::AccessDenied(_) => Some(AccessDenied),
        Event::DataRevealed(_) => Some(DataRevealed),
        Event::DataExported(_) => Some(DataExported),
        Event::ContactErasureStarted(_) | Event::ContactErased(_) => Some(DataErased),
        Event::WorkspaceOpened(_)
        | Event::WorkspaceSettingsChanged(_)
        | Event::OutboxReleased(_)
        | Event::BrandCreated(_)
        | Event::ChannelConnected(_)
        | Event::ChannelChanged(_)
        | Event::ChannelTeamChanged(_)
        | Event::ChannelSecretRotated(_)
        | Event::TemplateChanged(_)
        | Event::TemplateRemoved(_)
        | Event::TemplateDrafted(_)
        | Event::TemplateSubmitted(_)
        | Event::TemplateSubmissionAccepted(_)
        | Event::TemplateSubmissionRefused(_)
        | Event::TemplateDeletionRequested(_)
        | Event::TemplateDeletionRefused(_)
        | Event::TeamCreated(_)
        | Event::TeamChanged(_)
        | Event::TeamRemoved(_)
        | Event::RoleCreated(_)
        | Event::RoleChanged(_)
        | Event::RoleRemoved(_)
        | Event::QuarantineItemReinterpreted(_)
        | Event::QuarantineItemDismissed(_)
        | Event::QueueChanged(_)
        | Event::RoutingRuleCreated(_)
        | Event::RoutingRuleChanged(_)
        | Event::RoutingRuleRemoved(_)
        | Event::RoutingRulesOrdered(_)
        | Event::SegmentCreated(_)
        | Event::SegmentChanged(_)
        | Event::SegmentRemoved(_)
        | Event::AttributeDefinitionCreated(_)
        | Event::AttributeDefinitionChanged(_)
        | Event::AttributeDefinitionRemoved(_)
        | Event::SlaPolicyCreated(_)
        | Event::SlaPolicyChanged(_)
        | Event::SlaPolicyRemoved(_)
        | Event::SlaPoliciesOrdered(_)
        | Event::AutomationRuleCreated(_)
        | Event::AutomationRuleChanged(_)
        | Event::AutomationRuleRemoved(_)
        | Event::AutomationRulesOrdered(_)
        | Event::CsatSurveyChanged(_) => Some(ConfigurationChanged),
        Event::ArticleCreated(_)
        | Event::ArticleRevised(_)
        | Event::ArticleSubmitted(_)
        | Event::ArticleReturned(_)
        | Event::ArticlePublished(_)
        | Event::ArticleUnpublished(_)
        | Event::ArticleArchived(_)
        | Event::ArticleUnarchived(_)
        | Event::ArticleRemoved(_) => Some(ConfigurationChanged),
        Event::ArticleAnswered(_) | Event::ArticleRated(_) => None,
        Event::BusinessHoursCreated(_) | Event::BusinessHoursChanged(_) | Event::BusinessHoursRemoved(_) => {
            Some(ConfigurationChanged)
        }
        Event::CannedReplyCreated(_) | Event::CannedReplyChanged(_) | Event::CannedReplyRemoved(_) => {
            Some(ConfigurationChanged)
        }
        Event::MacroCreated(_) | Event::MacroChanged(_) | Event::MacroRemoved(_) => Some(ConfigurationChanged),
        Event::CannedReplyUsed(_) | Event::MacroRan(_) => None,
        Event::CampaignCreated(_)
        | Event::CampaignChanged(_)
        | Event::CampaignRemoved(_)
        | Event::CampaignLaunched(_)
        | Event::CampaignPaused(_)
        | Event::CampaignResumed(_)
        | Event::CampaignCancelled(_)
        | Event::CampaignTestSent(_) => Some(ConfigurationChanged),
        Event::CampaignStarted(_)
        | Event::CampaignFinished(_)
        | Event::CampaignRecipientsSelected(_)
        | Event::CampaignRecipientsExcluded(_)
        | Event::CampaignRecipientsQueued(_)
        | Event::CampaignRecipientsDropped(_) => None,
        Event::BillingChanged(_) | Event::RateCardReplaced(_) => Some(BillingChanged),
        Event::ClockSuspected(_) => Some(ClockSuspected),
        // What happens with every sign-in, every few minutes or every hour says nothing that the sign-in or the key did not.
        Event::SessionRefreshed(_) | Event::TotpUsed(_) | Event::ApiKeyUsed(_) => None,
        Event::ChannelHealthObserved(_) | Event::ChannelNoticed(_) | Event::QuarantineItemAdded(_) => None,
        Event::ContactCreated(_)
        | Event::ContactIdentityLinked(_)
        | Event::ContactIdentityRetired(_)
        | Event::ContactProfileObserved(_)
        | Event::ContactEdited(_)
        | Event::ContactWindowChanged(_)
        | Event::ContactBlocked(_)
        | Event::ContactUnblocked(_)
        | Event::ContactMergeSuggested(_)
        | Event::ContactMerged(_)
        | Event::ContactMergeUndone(_)
        | Event::ContactConsentChanged(_)
        | Event::ContactIdentityKeyChanged(_) => None,
        Event::ConversationOpened(_)
        | Event::ConversationReopened(_)
        | Event::ConversationResolved(_)
        | Event::ConversationStatusChanged(_)
        | Event::ConversationAssigned(_)
        | Event::ConversationPriorityChanged(_)
        | Event::PromisesPaused(_)
        | Event::PromisesResumed(_)
        | Event::ConversationTagged(_)
        | Event::ConversationUntagged(_)
        | Event::ConversationRead(_)
        | Event::ConversationCallObserved(_)
        | Event::ConversationGroupObserved(_)
        | Event::CourtesyUndone(_)
        | Event::NoteAdded(_)
        | Event::NoteEdited(_)
        | Event::NoteDeleted(_)
        | Event::NoteReacted(_)
        | Event::NotePinned(_)
        | Event::NoteUnpinned(_) => None,
        Event::ConversationTriaged(_)
        | Event::ConversationRouted(_)
        | Event::ConversationLeaseExpired(_)
        | Event::ConversationSpilled(_) => None,
        Event::SlaActivated(_)
        | Event::SlaPaused(_)
        | Event::SlaResumed(_)
        | Event::SlaAtRisk(_)
        | Event::SlaBreached(_)
        | Event::SlaFulfilled(_)
        | Event::SlaCancelled(_)
        | Event::SlaRetargeted(_)
        | Event::SlaEscalated(_) => None,
        Event::QuestionAsked(_)
        | Event::QuestionRepeated(_)
        | Event::QuestionAnswered(_)
        | Event::QuestionExpired(_)
        | Event::QuestionClosed(_)
        | Event::QuestionFollowed(_)
        | Event::KnowledgeLookupRequested(_)
        | Event::KnowledgeLookupEnded(_) => None,
        Event::CsatSent(_) | Event::CsatSkipped(_) | Event::CsatAnswered(_) | Event::CsatCommented(_) => None,
        Event::AutomationRuleRan(_)
        | Event::AutomationTimerPassed(_)
        | Event::AutomationNotified(_)
        | Event::IntegrationCallRequested(_) => None,
        // Who takes work is told on their account; who said so, in the event.
        Event::AgentAvailabilityChanged(_) => None,
        // What somebody read and wants to be told is their own affair.
        Event::NotificationRead(_) | Event::NotificationSettingsChanged(_) => None,
        Event::MessageReceived(_)
        | Event::MessageReacted(_)
        | Event::MessageEdited(_)
        | Event::MessageRevoked(_)
        | Event::MessageEchoed(_)
        | Event::MessageImported(_)
        | Event::MessageQueued(_)
        | Event::MessageDispatchStarted(_)
        | Event::MessageAccepted(_)
        | Event::MessageRefused(_)
        | Event::MessageUncertain(_)
        | Event::MessageStatusObserved(_)
        | Event::MessageStatusParked(_)
        | Event::MessageResendRequested(_)
        | Event::MessageReadReceiptSent(_) => None,
        Event::MessageScheduled(_)
        | Event::MessageScheduleChanged(_)
        | Event::MessageScheduleCancelled(_)
        | Event::MessageScheduleFailed(_)
        | Event::ConversationInactivityWarned(_)
        | Event::ConversationHandedOff(_)
        | Event::ConversationBotStarted(_)
        | Event::ContactAttributesChanged(_)
        | Event::ContactTagged(_)
        | Event::ContactUntagged(_)
        | Event::ContactExternalIdChanged(_)
        | Event::ContactImportRequested(_)
        | Event::ContactImportRowsDone(_)
        | Event::ContactImportFinished(_)
        | Event::ContactImportFailed(_)
        | Event::SegmentSnapshotted(_) => None,
        Event::MediaUploaded(_) | Event::MediaFetchRequested(_) | Event::MediaStored(_) | Event::MediaFailed(_) => None,
        // Who is given what work is set up by others.
        Event::UserRoutingChanged(_) => Some(ConfigurationChanged),
        // Support work, whose history is each conversation's.
        Event::BulkJobRequested(_)
        | Event::BulkJobItemsDone(_)
        | Event::BulkJobFinished(_)
        | Event::BulkJobUndoRequested(_)
        | Event::BulkJobItemsUndone(_)
        | Event::BulkJobUndone(_) => None,
        // That a file was made is an entry of its own.
        Event::ReportExportRequested(_)
        | Event::ReportExportCompleted(_)
        | Event::ReportExportFailed(_)
        | Event::ReportExportExpired(_)
        | Event::ScheduledReportRan(_) => None,
        // Who is sent numbers, and which.
        // Each part is an entry of its own where it changes what is set up.
        Event::PresetPartInstalled(_) => None,
        // What is thought of somebody's work is between them and who looks after it.
        Event::CoachingNoteAdded(_) | Event::CoachingNoteChanged(_) | Event::CoachingNoteRemoved(_) => None,
        Event::ScheduledReportCreated(_) | Event::ScheduledReportChanged(_) | Event::ScheduledReportRemoved(_) => {
            Some(ConfigurationChanged)
        }
    }
}

/// The id of what it was done to: what the event names, else the stream it stands in.
pub fn target(recorded: &Recorded) -> Option<String> {
    match &recorded.event {
        Event::AccessDenied(event) => event.resource.clone(),
        Event::DataRevealed(_) | Event::DataExported(_) => None,
        Event::SessionRevoked(event) => Some(event.session_id.to_string()),
        Event::SessionOpened(event) => Some(event.session_id.to_string()),
        Event::TeamMemberSet(event) => Some(event.user_id.to_string()),
        Event::TeamMemberRemoved(event) => Some(event.user_id.to_string()),
        Event::CollaboratorAdded(event) => Some(event.user_id.to_string()),
        Event::CollaboratorRemoved(event) => Some(event.user_id.to_string()),
        event if crate::template::progress::subject(event).is_some() => {
            crate::template::progress::subject(event).map(|id| id.to_string())
        }
        _ => Some(recorded.stream.to_string()),
    }
}

/// Whose account it is about, where it is about one.
pub fn concerns_user(recorded: &Recorded) -> Option<UserId> {
    match (&recorded.event, recorded.stream) {
        (Event::TeamMemberSet(event), _) => Some(event.user_id),
        (Event::TeamMemberRemoved(event), _) => Some(event.user_id),
        (Event::CollaboratorAdded(event), _) => Some(event.user_id),
        (Event::CollaboratorRemoved(event), _) => Some(event.user_id),
        (Event::ApiKeyCreated(event), _) => Some(event.user_id),
        (Event::AccessDenied(event), _) => Some(event.user_id),
        (Event::DataRevealed(event), _) => Some(event.user_id),
        (Event::DataExported(event), _) => event.user_id,
        (_, crate::event::StreamId::User(id)) => Some(id),
        _ => None,
    }
}

/// What more there is to say, in words a table can hold. Nothing personal, no secrets, no hashes.
pub fn details(event: &Event) -> Vec<(&'static str, String)> {
    let mut details = Vec::new();
    let mut say = |name, value: Option<String>| details.extend(value.map(|value| (name, value)));
    let word = |value: serde_json::Value| value.as_str().map(str::to_owned);
    let count = |count: u64| Some(count.to_string());
    match event {
        Event::SessionRevoked(event) => say("reason", serde_json::to_value(event.reason).ok().and_then(word)),
        Event::UserCreated(event) => {
            say("role", Some(event.role.name().to_owned()));
            say("custom_role_id", event.custom_role_id.map(|id| id.to_string()));
        }
        Event::UserRoleChanged(event) => {
            say("role", Some(event.role.name().to_owned()));
            say("custom_role_id", event.custom_role_id.map(|id| id.to_string()));
        }
        Event::TeamMemberSet(event) => {
            say("team_id", Some(event.team_id.to_string()));
            say("lead", Some(event.lead.to_string()));
        }
        Event::TeamMemberRemoved(event) => say("team_id", Some(event.team_id.to_string())),
        Event::CollaboratorAdded(event) => say("conversation_id", Some(event.conversation_id.to_string())),
        Event::CollaboratorRemoved(event) => say("conversation_id", Some(event.conversation_id.to_string())),
        Event::AccessDenied(event) => {
            say("permission", Some(event.action.clone()));
            say("operation", event.operation.clone());
            say("code", event.code.clone());
            say("unwritten_before", Some(event.unwritten).filter(|count| *count > 0).map(|count| count.to_string()));
        }
        Event::DataRevealed(event) => {
            say("operation", Some(event.operation.clone()));
            say("from_pos", count(event.from_pos));
            say("to_pos", event.to_pos.and_then(count));
            say("count", event.count.and_then(count));
        }
        Event::DataExported(event) => {
            say("operation", Some(event.operation.clone()));
            say("from_pos", event.from_pos.and_then(count));
            say("to_pos", event.to_pos.and_then(count));
            say("count", count(event.count));
        }
        Event::BrandCreated(event) => say("name", Some(event.name.clone())),
        Event::ChannelConnected(event) => say("name", Some(event.name.clone())),
        Event::ChannelTeamChanged(event) => say("team_id", event.team_id.map(|id| id.to_string())),
        Event::InviteCreated(event) => say("role", Some(event.role.name().to_owned())),
        Event::InviteAccepted(event) => say("user_id", Some(event.user_id.to_string())),
        Event::ApiKeyCreated(event) => {
            say("name", Some(event.terms.name.clone()));
            say("user_id", Some(event.user_id.to_string()));
        }
        Event::TeamCreated(event) => say("name", Some(event.name.clone())),
        Event::RoleCreated(event) => say("name", Some(event.name.clone())),
        Event::ClockSuspected(event) => {
            say("wall", Some(event.wall.to_rfc3339()));
            say("expected", Some(event.expected.to_rfc3339()));
        }
        Event::BillingChanged(event) => {
            say("plan", event.plan.clone());
            say("seats", event.seats.map(|seats| seats.to_string()));
            say("renewal_date", event.renewal_date.map(|date| date.to_string()));
        }
        Event::RateCardReplaced(event) => {
            say("currency", Some(event.currency.clone()));
            say("rates", count(event.rates.len() as u64));
        }
        _ => {}
    }
    details
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_in_the_order_of_their_numbers_and_have_their_own_names() {
        let names: std::collections::BTreeSet<_> = AuditKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), AuditKind::ALL.len());
        assert!(AuditKind::ALL.iter().enumerate().all(|(number, kind)| *kind as usize == number));
    }
}

//! The list of all event types. A new one is added here and the compiler names the places that must know it.

use super::{
    EventSchema, Payload, account_security::*, api_key::*, attribute_definition::*, automation::*, availability::*,
    billing::*, bot::*, bulk_job::*, business_hours::*, campaign::*, canned_reply::*, channel::*, coaching::*,
    contact::*, contact_import::*, conversation::*, csat::*, disclosure::*, invite::*, knowledge::*, macros::*,
    media::*, message::*, note::*, notification::*, preset::*, queue::*, report::*, routing::*, routing_profile::*,
    schema, segment::*, sla::*, team::*, template::*, user::*, user_identity::*, workspace::*,
};

/// An event could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("unknown event type {0}")]
    UnknownKind(String),
    #[error("{kind}: {source}")]
    Facts { kind: &'static str, source: serde_json::Error },
}

/// With room for what most are: growing to it would copy twice.
pub(super) fn to_json(data: &impl serde::Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(512);
    serde_json::to_writer(&mut json, data).expect("events are plain data");
    json
}

macro_rules! catalogue {
    ($($variant:ident),* $(,)?) => {
        /// Everything that can have happened.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event { $($variant($variant)),* }

        $(impl From<$variant> for Event {
            fn from(payload: $variant) -> Self { Self::$variant(payload) }
        })*

        impl Event {
            /// Every stored name with its current schema.
            pub const KINDS: &'static [(&'static str, u16)] = &[$(($variant::KIND, $variant::SCHEMA)),*];

            /// What every type looks like, as it is written today.
            pub fn schemas() -> Vec<EventSchema> {
                vec![$(EventSchema {
                    kind: $variant::KIND,
                    schema: $variant::SCHEMA,
                    facts: schema::of::<$variant>(),
                    private: $variant::private_schema(),
                }),*]
            }
            /// The schema that events of this type are read in.
            pub fn current_schema(kind: &str) -> Option<u16> {
                match kind {
                    $($variant::KIND => Some($variant::SCHEMA),)*
                    _ => None,
                }
            }
            /// The stored name.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $variant::KIND),* }
            }
            /// The schema it is written with.
            pub fn schema(&self) -> u16 {
                match self { $(Self::$variant(_) => $variant::SCHEMA),* }
            }
            /// The part that stays readable, as JSON.
            pub fn facts_json(&self) -> Vec<u8> {
                match self { $(Self::$variant(payload) => to_json(payload)),* }
            }
            /// The personal part as JSON.
            pub fn private_json(&self) -> Option<Vec<u8>> {
                match self { $(Self::$variant(payload) => payload.private_json()),* }
            }
            /// Reads the facts of an event of the current schema; the personal part stays closed.
            pub fn from_facts(kind: &str, facts: &[u8]) -> Result<Self, DecodeError> {
                match kind {
                    $($variant::KIND => serde_json::from_slice(facts)
                        .map(Self::$variant)
                        .map_err(|source| DecodeError::Facts { kind: $variant::KIND, source }),)*
                    other => Err(DecodeError::UnknownKind(other.to_owned())),
                }
            }
            /// Drops the personal part.
            pub fn clear_private(&mut self) {
                match self { $(Self::$variant(payload) => payload.clear_private()),* }
            }
            /// Adds the opened personal part.
            pub fn set_private(&mut self, json: &[u8]) -> Result<(), serde_json::Error> {
                match self { $(Self::$variant(payload) => payload.set_private(json)),* }
            }
        }
    };
}

catalogue! {
    WorkspaceOpened, WorkspaceSettingsChanged, OutboxReleased, ClockSuspected,
    BrandCreated,
    BillingChanged, RateCardReplaced, DataRevealed, DataExported,
    ChannelConnected, ChannelChanged, ChannelTeamChanged, ChannelSecretRotated, ChannelHealthObserved, ChannelNoticed,
    TemplateChanged, TemplateRemoved,
    TemplateDrafted, TemplateSubmitted, TemplateSubmissionAccepted, TemplateSubmissionRefused, TemplateDeletionRequested,
    TemplateDeletionRefused,
    UserCreated, UserChanged, UserRoleChanged, UserBrandsChanged, UserPasswordChanged, UserDeactivated, UserReactivated,
    UserIdentityLinked, AgentAvailabilityChanged,
    TeamCreated, TeamChanged, TeamRemoved, TeamMemberSet, TeamMemberRemoved,
    RoleCreated, RoleChanged, RoleRemoved,
    SessionOpened, SessionRefreshed, SessionRevoked, LoginFailed, AccessDenied,
    TotpEnrolled, TotpConfirmed, TotpUsed, TotpRemoved, RecoveryCodesReplaced, RecoveryCodeUsed, SecondFactorFailed,
    PasswordResetRequested, PasswordResetIssued,
    InviteCreated, InviteResent, InviteRevoked, InviteAccepted,
    ApiKeyCreated, ApiKeyChanged, ApiKeyRotated, ApiKeyRevoked, ApiKeyUsed,
    ContactCreated, ContactIdentityLinked, ContactIdentityRetired, ContactProfileObserved, ContactEdited,
    ContactWindowChanged, ContactBlocked, ContactUnblocked, ContactMergeSuggested, ContactMerged, ContactMergeUndone,
    ContactConsentChanged, ContactIdentityKeyChanged, ContactErasureStarted, ContactErased,
    ConversationOpened, ConversationReopened, ConversationResolved, ConversationStatusChanged,
    ConversationAssigned, ConversationPriorityChanged, ConversationTagged, ConversationUntagged,
    CollaboratorAdded, CollaboratorRemoved, PromisesPaused, PromisesResumed,
    ConversationRead, ConversationCallObserved, ConversationGroupObserved,
    CourtesyUndone,
    NoteAdded, NoteEdited, NoteDeleted, NoteReacted, NotePinned, NoteUnpinned,
    NotificationRead, NotificationSettingsChanged,
    MessageReceived, MessageReacted, MessageEdited, MessageRevoked, MessageEchoed, MessageImported,
    MessageQueued, MessageDispatchStarted, MessageAccepted, MessageRefused, MessageUncertain,
    MessageStatusObserved, MessageStatusParked, MessageResendRequested, MessageReadReceiptSent,
    MediaUploaded, MediaFetchRequested, MediaStored, MediaFailed,
    QuarantineItemAdded, QuarantineItemReinterpreted, QuarantineItemDismissed,
    QueueChanged, RoutingRuleCreated, RoutingRuleChanged, RoutingRuleRemoved, RoutingRulesOrdered,
    ConversationTriaged, ConversationRouted, ConversationLeaseExpired, ConversationSpilled,
    SlaPolicyCreated, SlaPolicyChanged, SlaPolicyRemoved, SlaPoliciesOrdered,
    SlaActivated, SlaPaused, SlaResumed, SlaAtRisk, SlaBreached, SlaFulfilled, SlaCancelled, SlaRetargeted, SlaEscalated,
    BusinessHoursCreated, BusinessHoursChanged, BusinessHoursRemoved,
    BulkJobRequested, BulkJobItemsDone, BulkJobFinished, BulkJobUndoRequested, BulkJobItemsUndone, BulkJobUndone,
    MessageScheduled, MessageScheduleChanged, MessageScheduleCancelled, MessageScheduleFailed,
    ConversationInactivityWarned, ContactAttributesChanged,
    UserRoutingChanged,
    ConversationHandedOff, ConversationBotStarted,
    QuestionAsked, QuestionRepeated, QuestionAnswered, QuestionExpired, QuestionClosed, QuestionFollowed,
    KnowledgeLookupRequested, KnowledgeLookupEnded,
    ReportExportRequested, ReportExportCompleted, ReportExportFailed, ReportExportExpired,
    ScheduledReportCreated, ScheduledReportChanged, ScheduledReportRemoved, ScheduledReportRan,
    PresetPartInstalled,
    CoachingNoteAdded, CoachingNoteChanged, CoachingNoteRemoved,
    CannedReplyCreated, CannedReplyChanged, CannedReplyRemoved, CannedReplyUsed,
    SegmentCreated, SegmentChanged, SegmentRemoved, SegmentSnapshotted,
    MacroCreated, MacroChanged, MacroRemoved, MacroRan,
    ContactTagged, ContactUntagged, ContactExternalIdChanged,
    AttributeDefinitionCreated, AttributeDefinitionChanged, AttributeDefinitionRemoved,
    ContactImportRequested, ContactImportRowsDone, ContactImportFinished, ContactImportFailed,
    CsatSurveyChanged, CsatSent, CsatSkipped, CsatAnswered, CsatCommented,
    ArticleCreated, ArticleRevised, ArticleSubmitted, ArticleReturned, ArticlePublished, ArticleUnpublished,
    ArticleArchived, ArticleUnarchived, ArticleRemoved, ArticleAnswered, ArticleRated,
    AutomationRuleCreated, AutomationRuleChanged, AutomationRuleRemoved, AutomationRulesOrdered,
    AutomationRuleRan, AutomationTimerPassed, AutomationNotified, IntegrationCallRequested,
    CampaignCreated, CampaignChanged, CampaignRemoved, CampaignLaunched, CampaignStarted, CampaignPaused, CampaignResumed,
    CampaignCancelled, CampaignFinished, CampaignRecipientsSelected, CampaignRecipientsExcluded, CampaignRecipientsQueued,
    CampaignRecipientsDropped, CampaignTestSent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_are_unique_and_past_tense_nouns_and_verbs() {
        let mut names: Vec<_> = Event::KINDS.iter().map(|(kind, _)| *kind).collect();
        assert!(names.iter().all(|name| name.split('.').count() == 2));
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}

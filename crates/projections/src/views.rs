//! All live read models, fed together. The match below is exhaustive on purpose: a new event type does not compile
//! until somebody has said which views it concerns.

use domain::access::Roster;
use domain::automation::{self, AutomationRules};
use domain::availability::Board;
use domain::bulk::Jobs;
use domain::business_hours::Calendars;
use domain::campaign::Campaigns;
use domain::contact::definitions::Definitions;
use domain::contact::imports::Imports;
use domain::conversation::schedule::Schedules;
use domain::event::{Event, Recorded, StreamId};
use domain::queue::Queues;
use domain::replies::canned::CannedReplies;
use domain::replies::macros::Macros;
use domain::report::{self, Exports};
use domain::routing::rule::Rules;
use domain::routing_profile::Profiles;
use domain::security::Security;
use domain::segment::Segments;
use domain::sla;
use domain::time::Timestamp;

use crate::arrivals::Arrivals;
use crate::attention::Attention;
use crate::audit::Audit;
use crate::automation::AutomationRuns;
use crate::billing::Billing;
use crate::csat::Csat;
use crate::decisions::Decisions;
use crate::digest::Digest;
use crate::directory::Directory;
use crate::facts::Facts;
use crate::inactivity::Inactivity;
use crate::inbox::Inbox;
use crate::knowledge::Knowledge;
use crate::live::Trail;
use crate::media::Media;
use crate::outbox::Outbox;
use crate::quarantine::Quarantine;
use crate::timers::Timers;
use crate::usage::Usage;
use crate::workspace::Workspace;

/// The live read models at one position of the log.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Views {
    pub workspace: Workspace,
    pub directory: Directory,
    /// Who is who, and so everybody's rights.
    pub roster: Roster,
    /// Who takes work.
    pub availability: Board,
    /// How queues are worked.
    pub queues: Queues,
    /// Routing rules in the order they are asked.
    pub rules: Rules,
    /// Texts that are said often.
    pub canned_replies: CannedReplies,
    /// Groups of contacts.
    pub segments: Segments,
    /// Actions that are done at once.
    pub macros: Macros,
    /// What may be noted of contacts.
    pub definitions: Definitions,
    /// Contacts that come from files.
    pub imports: Imports,
    /// What is promised.
    pub sla_policies: sla::Policies,
    /// Promises that run.
    pub sla: sla::Book,
    /// Articles, and what comes of them.
    pub knowledge: Knowledge,
    /// Calendars of business hours.
    pub calendars: Calendars,
    /// Automation rules in the order they are asked.
    pub automation: AutomationRules,
    /// When the times of those come that have one.
    pub automation_timers: automation::Timers,
    pub automation_runs: AutomationRuns,
    /// Questions to customers that have a time to end at.
    pub bot: domain::bot::Book,
    /// How brands ask for satisfaction, and who is still to be asked.
    pub csat_book: domain::csat::Book,
    /// Who was asked, and what they answered.
    pub csat: Csat,
    /// What is done to many conversations at once.
    pub jobs: Jobs,
    /// Reports as files.
    pub exports: Exports,
    /// Reports that come again and again.
    pub scheduled_reports: report::Schedules,
    /// Playbooks that were set up.
    pub presets: domain::preset::Installations,
    /// What was remarked on somebody's work.
    pub coaching: domain::coaching::CoachingNotes,
    /// What people take at once, and what they can.
    pub profiles: Profiles,
    /// Second factors, links for lost passwords, invitations, keys.
    pub security: Security,
    pub inbox: Inbox,
    /// Who saw conversations lately.
    pub trail: Trail,
    pub outbox: Outbox,
    pub media: Media,
    pub quarantine: Quarantine,
    pub timers: Timers,
    /// What is sent to many, and what came of it.
    pub campaigns: Campaigns,
    /// Messages that wait for their time.
    pub schedules: Schedules,
    /// Conversations in which nothing is written.
    pub inactivity: Inactivity,
    pub attention: Attention,
    pub billing: Billing,
    pub usage: Usage,
    pub audit: Audit,
    /// The newest routing decisions.
    pub decisions: Decisions,
    /// What comes into queues.
    pub arrivals: Arrivals,
    /// What reports count.
    pub facts: Facts,
    position: u64,
}

impl Views {
    /// The position of the last event applied; 0 before the first.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Seats that are taken at this time.
    pub fn seats_used(&self, now: Timestamp) -> usize {
        domain::billing::seats_used(&self.roster, &self.security.invites, now)
    }

    /// When something next happens by itself.
    pub fn next_due(&self) -> Option<Timestamp> {
        let of_people = [self.timers.next_due(), self.availability.next_due(), self.scheduled_reports.next_due()];
        let of_work = [self.queues.board().next_due(), self.sla.next_due(), self.inactivity.next_due()];
        of_people.into_iter().chain(of_work).flatten().min()
    }

    /// Looks at all of them but the facts. Those keep what stood at any position, so nobody needs them in a copy for the past.
    pub fn beside_facts<T>(&mut self, look: impl FnOnce(&Self) -> T) -> T {
        let facts = std::mem::take(&mut self.facts);
        let seen = look(self);
        self.facts = facts;
        seen
    }

    /// Applies the next event. One that was applied before is ignored, so a feed may overlap.
    pub fn apply(&mut self, recorded: &Recorded) {
        if recorded.pos > self.position {
            self.facts.apply(recorded);
            self.apply_beside_facts(recorded);
        }
    }

    /// The same, and facts stay as they are.
    pub fn apply_beside_facts(&mut self, recorded: &Recorded) {
        if recorded.pos <= self.position {
            return;
        }
        self.position = recorded.pos;
        self.trail.note(recorded, &self.inbox);
        match &recorded.event {
            Event::WorkspaceOpened(_) | Event::WorkspaceSettingsChanged(_) => {
                self.workspace.apply(recorded);
                self.roster.apply(recorded);
            }
            Event::OutboxReleased(_) => self.workspace.apply(recorded),
            // Told to auditors, by the trail.
            Event::ClockSuspected(_) => {}
            Event::BillingChanged(_) | Event::RateCardReplaced(_) => self.billing.apply(recorded),
            Event::BrandCreated(_) => self.directory.apply_brand(recorded),
            Event::ChannelConnected(_)
            | Event::ChannelChanged(_)
            | Event::ChannelTeamChanged(_)
            | Event::ChannelSecretRotated(_)
            | Event::ChannelHealthObserved(_)
            | Event::ChannelNoticed(_)
            | Event::MessageStatusParked(_) => self.directory.apply_channel(recorded),
            Event::TemplateChanged(_)
            | Event::TemplateRemoved(_)
            | Event::TemplateDrafted(_)
            | Event::TemplateSubmitted(_)
            | Event::TemplateSubmissionAccepted(_)
            | Event::TemplateSubmissionRefused(_)
            | Event::TemplateDeletionRequested(_)
            | Event::TemplateDeletionRefused(_) => {
                self.directory.apply_template(recorded);
                self.directory.apply_channel(recorded);
            }
            Event::UserCreated(_) => {
                self.directory.apply_user(recorded);
                self.roster.apply(recorded);
                self.availability.apply(recorded);
            }
            Event::AgentAvailabilityChanged(_) => {
                self.directory.apply_user(recorded);
                self.availability.apply(recorded);
            }
            Event::UserRoleChanged(_) | Event::UserBrandsChanged(_) | Event::UserReactivated(_) => {
                self.directory.apply_user(recorded);
                self.roster.apply(recorded);
            }
            Event::UserDeactivated(_) => {
                self.directory.apply_user(recorded);
                self.roster.apply(recorded);
                self.security.apply(recorded);
                self.availability.apply(recorded);
            }
            Event::UserPasswordChanged(_)
            | Event::TotpEnrolled(_)
            | Event::TotpConfirmed(_)
            | Event::TotpUsed(_)
            | Event::TotpRemoved(_)
            | Event::RecoveryCodesReplaced(_)
            | Event::RecoveryCodeUsed(_)
            | Event::PasswordResetRequested(_)
            | Event::PasswordResetIssued(_) => {
                self.directory.apply_user(recorded);
                self.security.apply(recorded);
            }
            Event::InviteCreated(_)
            | Event::InviteResent(_)
            | Event::InviteRevoked(_)
            | Event::InviteAccepted(_)
            | Event::ApiKeyCreated(_)
            | Event::ApiKeyChanged(_)
            | Event::ApiKeyRotated(_)
            | Event::ApiKeyRevoked(_)
            | Event::ApiKeyUsed(_) => self.security.apply(recorded),
            Event::TeamCreated(_)
            | Event::TeamChanged(_)
            | Event::TeamRemoved(_)
            | Event::TeamMemberSet(_)
            | Event::TeamMemberRemoved(_)
            | Event::RoleCreated(_)
            | Event::RoleChanged(_)
            | Event::RoleRemoved(_) => self.roster.apply(recorded),
            Event::UserChanged(_)
            | Event::UserIdentityLinked(_)
            | Event::SecondFactorFailed(_)
            | Event::SessionOpened(_)
            | Event::SessionRefreshed(_)
            | Event::SessionRevoked(_)
            | Event::LoginFailed(_) => self.directory.apply_user(recorded),
            // For auditors alone.
            Event::AccessDenied(_) | Event::DataRevealed(_) | Event::DataExported(_) => {}
            Event::ContactWindowChanged(_) => {
                self.directory.apply_contact(recorded);
                self.inbox.apply(recorded);
            }
            Event::ContactErasureStarted(_) => {
                self.directory.apply_contact(recorded);
                self.media.apply(recorded);
            }
            Event::ContactCreated(_)
            | Event::ContactIdentityLinked(_)
            | Event::ContactIdentityRetired(_)
            | Event::ContactProfileObserved(_)
            | Event::ContactEdited(_)
            | Event::ContactBlocked(_)
            | Event::ContactUnblocked(_)
            | Event::ContactMergeSuggested(_)
            | Event::ContactMerged(_)
            | Event::ContactMergeUndone(_)
            | Event::ContactConsentChanged(_)
            | Event::ContactIdentityKeyChanged(_)
            | Event::ContactAttributesChanged(_)
            | Event::ContactTagged(_)
            | Event::ContactUntagged(_)
            | Event::ContactExternalIdChanged(_)
            | Event::ContactErased(_) => self.directory.apply_contact(recorded),
            Event::ConversationReopened(_) | Event::ConversationResolved(_) => {
                self.inbox.apply(recorded);
                self.timers.apply(recorded);
            }
            Event::ConversationStatusChanged(_) => {
                self.inbox.apply(recorded);
                self.timers.apply(recorded);
                self.attention.apply(recorded, &self.inbox);
            }
            Event::ConversationAssigned(_)
            | Event::ConversationRead(_)
            | Event::NoteAdded(_)
            | Event::NoteEdited(_)
            | Event::NoteDeleted(_)
            | Event::MessageStatusObserved(_) => {
                self.inbox.apply(recorded);
                self.attention.apply(recorded, &self.inbox);
            }
            Event::NotificationRead(_) | Event::NotificationSettingsChanged(_) => {
                self.directory.apply_user(recorded);
                self.attention.apply(recorded, &self.inbox);
            }
            Event::ConversationOpened(_)
            | Event::ConversationPriorityChanged(_)
            | Event::ConversationTagged(_)
            | Event::ConversationUntagged(_)
            | Event::CollaboratorAdded(_)
            | Event::CollaboratorRemoved(_)
            | Event::PromisesPaused(_)
            | Event::PromisesResumed(_)
            | Event::ConversationCallObserved(_)
            | Event::ConversationGroupObserved(_)
            | Event::CourtesyUndone(_)
            | Event::NoteReacted(_)
            | Event::NotePinned(_)
            | Event::NoteUnpinned(_)
            | Event::MessageReceived(_)
            | Event::MessageEchoed(_)
            | Event::MessageImported(_)
            | Event::MessageReadReceiptSent(_) => self.inbox.apply(recorded),
            // The book below looks at it.
            Event::CsatSurveyChanged(_) => {}
            Event::CsatSent(_) | Event::CsatSkipped(_) | Event::CsatAnswered(_) | Event::CsatCommented(_) => {
                self.inbox.apply(recorded);
                self.csat.apply(recorded, &self.inbox);
                self.attention.apply(recorded, &self.inbox);
            }
            // Those that came before their message lie in the contact's stream.
            Event::MessageReacted(_) | Event::MessageEdited(_) | Event::MessageRevoked(_) => {
                self.inbox.apply(recorded);
                self.directory.apply_contact(recorded);
            }
            Event::ConversationInactivityWarned(_)
            | Event::ConversationHandedOff(_)
            | Event::ConversationBotStarted(_)
            | Event::AutomationTimerPassed(_)
            | Event::IntegrationCallRequested(_)
            | Event::QuestionAsked(_)
            | Event::QuestionRepeated(_)
            | Event::QuestionAnswered(_)
            | Event::QuestionExpired(_)
            | Event::QuestionClosed(_)
            | Event::QuestionFollowed(_)
            | Event::KnowledgeLookupRequested(_)
            | Event::KnowledgeLookupEnded(_) => self.inbox.apply(recorded),
            Event::AutomationRuleCreated(_)
            | Event::AutomationRuleChanged(_)
            | Event::AutomationRuleRemoved(_)
            | Event::AutomationRulesOrdered(_) => self.automation.apply(recorded),
            Event::AutomationRuleRan(_) => {
                self.inbox.apply(recorded);
                self.automation_runs.apply(recorded);
            }
            Event::AutomationNotified(_) => {
                self.inbox.apply(recorded);
                self.attention.apply(recorded, &self.inbox);
            }
            Event::MessageScheduled(_) | Event::MessageScheduleChanged(_) => {
                self.inbox.apply(recorded);
                self.schedules.apply(recorded);
                self.media.apply(recorded);
            }
            Event::MessageScheduleCancelled(_) => {
                self.inbox.apply(recorded);
                self.schedules.apply(recorded);
            }
            Event::MessageScheduleFailed(_) => {
                self.inbox.apply(recorded);
                self.schedules.apply(recorded);
                self.attention.apply(recorded, &self.inbox);
            }
            Event::MessageQueued(_) => {
                self.inbox.apply(recorded);
                self.schedules.apply(recorded);
                self.outbox.apply(recorded, &self.inbox);
                self.attention.apply(recorded, &self.inbox);
                self.media.apply(recorded);
            }
            Event::MessageDispatchStarted(_) | Event::MessageAccepted(_) => {
                self.inbox.apply(recorded);
                self.outbox.apply(recorded, &self.inbox);
            }
            Event::MessageRefused(_) | Event::MessageUncertain(_) | Event::MessageResendRequested(_) => {
                self.inbox.apply(recorded);
                self.outbox.apply(recorded, &self.inbox);
                self.attention.apply(recorded, &self.inbox);
            }
            Event::MediaUploaded(_) | Event::MediaFetchRequested(_) | Event::MediaStored(_) | Event::MediaFailed(_) => {
                // A customer's file is part of the conversation's stream, so its version moves.
                self.inbox.apply(recorded);
                self.media.apply(recorded);
            }
            Event::QuarantineItemAdded(_)
            | Event::QuarantineItemReinterpreted(_)
            | Event::QuarantineItemDismissed(_) => self.quarantine.apply(recorded),
            Event::ArticleCreated(_)
            | Event::ArticleRevised(_)
            | Event::ArticleSubmitted(_)
            | Event::ArticleReturned(_)
            | Event::ArticlePublished(_)
            | Event::ArticleUnpublished(_)
            | Event::ArticleArchived(_)
            | Event::ArticleUnarchived(_)
            | Event::ArticleRemoved(_)
            | Event::ArticleRated(_) => {
                // The knowledge base below looks at them.
            }
            // In the conversation's stream, so its version moves.
            Event::ArticleAnswered(_) => self.inbox.apply(recorded),
            Event::QueueChanged(_) => {}
            Event::RoutingRuleCreated(_)
            | Event::RoutingRuleChanged(_)
            | Event::RoutingRuleRemoved(_)
            | Event::RoutingRulesOrdered(_) => self.rules.apply(recorded),
            Event::CannedReplyCreated(_) | Event::CannedReplyChanged(_) | Event::CannedReplyRemoved(_) => {
                self.canned_replies.apply(recorded);
            }
            Event::MacroCreated(_) | Event::MacroChanged(_) | Event::MacroRemoved(_) => self.macros.apply(recorded),
            Event::MacroRan(_) => {
                self.inbox.apply(recorded);
                self.macros.apply(recorded);
            }
            Event::CannedReplyUsed(_) => {
                self.inbox.apply(recorded);
                self.canned_replies.apply(recorded);
            }
            Event::SegmentCreated(_)
            | Event::SegmentChanged(_)
            | Event::SegmentRemoved(_)
            | Event::SegmentSnapshotted(_) => self.segments.apply(recorded),
            Event::AttributeDefinitionCreated(_)
            | Event::AttributeDefinitionChanged(_)
            | Event::AttributeDefinitionRemoved(_) => self.definitions.apply(recorded),
            Event::ContactImportRequested(_)
            | Event::ContactImportRowsDone(_)
            | Event::ContactImportFinished(_)
            | Event::ContactImportFailed(_) => self.imports.apply(recorded),
            Event::ConversationTriaged(_)
            | Event::ConversationRouted(_)
            | Event::ConversationLeaseExpired(_)
            | Event::ConversationSpilled(_) => {
                self.inbox.apply(recorded);
                self.decisions.apply(recorded);
            }
            Event::SlaPolicyCreated(_) | Event::SlaPolicyRemoved(_) | Event::SlaPoliciesOrdered(_) => {
                self.sla_policies.apply(recorded);
            }
            Event::SlaPolicyChanged(_) => {
                self.sla_policies.apply(recorded);
                self.sla.apply(recorded);
            }
            Event::SlaActivated(_)
            | Event::SlaPaused(_)
            | Event::SlaResumed(_)
            | Event::SlaAtRisk(_)
            | Event::SlaBreached(_)
            | Event::SlaFulfilled(_)
            | Event::SlaCancelled(_)
            | Event::SlaRetargeted(_)
            | Event::SlaEscalated(_) => {
                self.sla.apply(recorded);
                self.inbox.apply(recorded);
                self.attention.apply(recorded, &self.inbox);
                if let StreamId::Conversation(id) = recorded.stream {
                    self.inbox.promised(id, self.sla.state(id));
                }
            }
            // The book below looks at them.
            Event::CampaignCreated(_)
            | Event::CampaignChanged(_)
            | Event::CampaignRemoved(_)
            | Event::CampaignLaunched(_)
            | Event::CampaignStarted(_)
            | Event::CampaignPaused(_)
            | Event::CampaignResumed(_)
            | Event::CampaignCancelled(_)
            | Event::CampaignFinished(_)
            | Event::CampaignRecipientsSelected(_)
            | Event::CampaignRecipientsExcluded(_)
            | Event::CampaignRecipientsDropped(_)
            | Event::CampaignTestSent(_) => {}
            Event::CampaignRecipientsQueued(event) => self.inbox.campaign_wrote(event),
            Event::BusinessHoursCreated(_) | Event::BusinessHoursChanged(_) | Event::BusinessHoursRemoved(_) => {
                self.calendars.apply(recorded);
            }
            Event::BulkJobRequested(_)
            | Event::BulkJobItemsDone(_)
            | Event::BulkJobFinished(_)
            | Event::BulkJobUndoRequested(_)
            | Event::BulkJobItemsUndone(_)
            | Event::BulkJobUndone(_) => self.jobs.apply(recorded),
            Event::ReportExportRequested(_) | Event::ReportExportExpired(_) => self.exports.apply(recorded),
            Event::ReportExportCompleted(_) | Event::ReportExportFailed(_) => {
                self.exports.apply(recorded);
                self.attention.report_ended(recorded, &self.exports, &self.scheduled_reports);
            }
            Event::ScheduledReportCreated(_)
            | Event::ScheduledReportChanged(_)
            | Event::ScheduledReportRemoved(_)
            | Event::ScheduledReportRan(_) => self.scheduled_reports.apply(recorded),
            Event::PresetPartInstalled(_) => self.presets.apply(recorded),
            Event::CoachingNoteAdded(_) | Event::CoachingNoteChanged(_) | Event::CoachingNoteRemoved(_) => {
                self.coaching.apply(recorded);
            }
            Event::UserRoutingChanged(_) => {
                self.directory.apply_user(recorded);
                self.profiles.apply(recorded);
            }
        }
        self.knowledge.apply(recorded, &self.inbox);
        self.directory.notice(recorded, |id| self.inbox.get(id).map(|row| row.contact_id()));
        // These look at everything: who did it counts, whatever it was; where it lies, and who has how much.
        self.queues.apply(recorded, self.sla.outlook_in(recorded.stream), false);
        // Whatever is written, moved or set in a queue moves what is due.
        self.bot.apply(recorded);
        self.inactivity.apply(recorded, &self.inbox, &self.queues, &self.bot);
        self.arrivals.apply(recorded, &self.inbox);
        self.automation_timers.apply(recorded);
        self.campaigns.apply(recorded, |id| self.inbox.get(id).map(|row| (row.channel_id(), row.contact_id())));
        self.csat_book.apply(recorded, |id| self.inbox.get(id).map(|row| (row.brand_id(), row.channel_id())));
        let channel_id = match recorded.stream {
            StreamId::Conversation(id) => self.inbox.get(id).map(|row| row.channel_id()),
            _ => None,
        };
        self.usage.apply(recorded, channel_id, self.media.stored_bytes());
        self.audit.apply(recorded);
    }

    /// Before they are copied: what was changed lately takes as little as the rest, in the copy too.
    pub fn pack(&mut self) {
        self.inbox.pack();
        self.facts.pack();
        self.directory.contacts.pack();
    }

    /// Equal for views that hold the same, whatever way they were built. Walks everything: for tests and checks.
    pub fn digest(&self) -> String {
        let mut digest = Digest::default();
        self.facts.digest(&mut digest);
        self.digest_beside_facts(&mut digest);
        digest.finish()
    }

    /// Equal for views of the same position that hold the same, also where the facts of one are of a later position.
    pub fn digest_then(&self) -> String {
        let mut digest = Digest::default();
        self.facts.digest_at(self.position, &mut digest);
        self.digest_beside_facts(&mut digest);
        digest.finish()
    }

    fn digest_beside_facts(&self, digest: &mut Digest) {
        digest.add(&self.position);
        digest.add(&self.workspace);
        digest.add(&self.roster);
        digest.add(&self.security);
        digest.add(&self.availability);
        digest.add(&self.queues);
        digest.add(&self.rules);
        digest.add(&self.canned_replies);
        digest.add(&self.segments);
        digest.add(&self.macros);
        digest.add(&self.definitions);
        digest.add(&self.imports);
        digest.add(&self.decisions);
        digest.add(&self.arrivals);
        digest.add(&self.sla_policies);
        digest.add(&self.sla);
        digest.add(&self.calendars);
        digest.add(&self.bot);
        digest.add(&self.automation);
        digest.add(&self.automation_timers);
        digest.add(&self.automation_runs);
        self.knowledge.digest(digest);
        digest.add(&self.csat_book);
        digest.add(&self.csat);
        digest.add(&self.jobs);
        digest.add(&self.exports);
        digest.add(&self.scheduled_reports);
        digest.add(&self.coaching);
        digest.add(&self.presets);
        digest.add(&self.profiles);
        self.directory.digest(digest);
        self.inbox.digest(digest);
        digest.add(&self.trail);
        digest.add(&self.outbox);
        self.media.digest(digest);
        digest.add(&self.quarantine);
        digest.add(&self.timers);
        digest.add(&self.schedules);
        digest.add(&self.campaigns);
        digest.add(&self.inactivity);
        digest.add(&self.attention);
        digest.add(&self.billing);
        digest.add(&self.usage);
        digest.add(&self.audit);
    }
}

/// The app shares the views between its loop and every reader.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Views>();
};

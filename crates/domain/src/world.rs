//! Everything decisions look at, folded from the log. It knows no names and no texts: contacts are found by
//! blind keys, and a conversation's state is loaded from its stream when it is needed and dropped when it is
//! not, so that memory follows the open work and not the history.
//!
//! Invariant: a conversation that is not in [`World::conversations`] has no event that is not yet in the log.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::access::Roster;
use crate::account::sso::Links;
use crate::automation::{AutomationRules, Timers};
use crate::availability::Board;
use crate::billing::Contract;
use crate::bulk::Jobs;
use crate::business_hours::Calendars;
use crate::campaign::Campaigns;
use crate::contact::attributes::{AttributeValue, Attributes};
use crate::contact::definitions::Definitions;
use crate::contact::imports::Imports;
use crate::conversation::Conversation;
use crate::conversation::schedule::Schedules;
use crate::csat;
use crate::event::StreamId;
use crate::event::message::{MessageStatusParked, Side};
use crate::id_map::IdMap;
use crate::identity::BlindKey;
use crate::ids::*;
use crate::knowledge::Articles;
use crate::notification::NotificationKind;
use crate::queue::Queues;
use crate::replies::canned::CannedReplies;
use crate::replies::macros::Macros;
use crate::report::{self, Exports};
use crate::routing::rule::Rules;
use crate::routing_profile::Profiles;
use crate::security::Security;
use crate::segment::Segments;
use crate::settings::Settings;
use crate::sla;
use crate::template::Template;
use crate::time::{Millis, Timestamp};

mod contacts;
mod evolve;
mod known;
mod records;
mod threads;
mod waiting;

pub use contacts::{Contact, Contacts, Noted};
pub use records::{Channel, Erasure, Health, QuarantineItem, Session, Thread, User, Window};
use threads::Threads;
use waiting::Waiting;

/// How long a delivery report waits for its message to become known, and a reaction, edit or revoke for its.
pub const PARKED_FOR: Millis = Millis::days(7);

/// A reaction, edit or revoke that waits for its message.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
pub(crate) struct Early {
    /// Position of its event.
    pub(crate) pos: u64,
    /// A revoke: who took the message back, and when.
    pub(crate) revoke: Option<(Side, Timestamp)>,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct World {
    /// Position of the newest event.
    pub head: u64,
    /// The newest time anything was recorded at.
    pub head_at: Timestamp,
    pub settings: Settings,
    /// Version of the workspace's stream at their last change.
    pub settings_version: u64,
    /// Who is who: people, teams, roles, and so everybody's rights.
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
    /// Automation rules in the order they are asked.
    pub automation: AutomationRules,
    /// When the times of those come that have one.
    pub automation_timers: Timers,
    /// What may be noted of contacts.
    pub definitions: Definitions,
    /// Contacts that come from files.
    pub imports: Imports,
    /// What is promised.
    pub sla_policies: sla::Policies,
    /// Promises that run.
    pub sla: sla::Book,
    /// How brands ask for satisfaction, and who is still to be asked.
    pub csat: csat::Book,
    /// The knowledge base.
    pub articles: Articles,
    /// Calendars of business hours.
    pub calendars: Calendars,
    /// What is done to many conversations at once.
    pub jobs: Jobs,
    /// Reports as files.
    pub exports: Exports,
    /// Reports that come again and again.
    pub scheduled_reports: report::Schedules,
    pub coaching: crate::coaching::CoachingNotes,
    /// Playbooks that were set up.
    pub presets: crate::preset::Installations,
    /// What is sent to many, and to whom.
    pub campaigns: Campaigns,
    /// Messages that wait for their time.
    pub schedules: Schedules,
    /// What people take at once, and what they can.
    pub profiles: Profiles,
    /// Second factors, links for lost passwords, invitations, keys.
    pub security: Security,
    pub workspace_version: u64,
    /// Events in the audit's own stream.
    pub audit_version: u64,
    pub brands: BTreeMap<BrandId, String>,
    pub channels: BTreeMap<ChannelId, Channel>,
    /// Channels by the provider's `phone_number_id`.
    numbers: HashMap<String, ChannelId>,
    pub templates: BTreeMap<TemplateId, Template>,
    pub users: BTreeMap<UserId, User>,
    pub sessions: BTreeMap<SessionId, Session>,
    /// What users do not want to be told of.
    muted: BTreeMap<UserId, BTreeSet<NotificationKind>>,
    /// Identities at OpenID providers.
    pub links: Links,
    pub contacts: Contacts,
    external_ids: IdMap<BlindKey, ContactId>,
    pub merges: BTreeMap<MergeId, (ContactId, ContactId)>,
    threads: Threads,
    pub conversations: IdMap<ConversationId, Conversation>,
    parked: Waiting<MessageStatusParked>,
    early: Waiting<Early>,
    pub quarantine: BTreeMap<QuarantineId, QuarantineItem>,
    pub erasures: BTreeMap<ContactId, Erasure>,
    pub outbox_released: u64,
    pub contract: Contract,
    /// Currencies with a rate card, and each card's version.
    pub rate_cards: BTreeMap<String, u64>,
    /// Versions of the streams that say how work is given out: hours, rules, policies, queues, jobs.
    setup_versions: BTreeMap<StreamId, u64>,
    pub next_number: u64,
    pub next_seal: u32,
    /// Look-up keys of events that are decided but not yet in the log.
    pub fresh_keys: IdMap<BlindKey, Vec<u8>>,
}

impl World {
    /// Before the first event.
    pub fn new() -> Self {
        Self { next_number: 1, next_seal: 1, campaigns: Campaigns::for_decisions(), ..Self::default() }
    }

    /// Applies an event and keeps the state of conversations that begin: for whoever follows the log and decides nothing.
    pub fn follow(&mut self, recorded: &crate::event::Recorded) {
        self.evolve(recorded, true);
        self.queues.take_moved();
    }

    /// A copy without what was loaded to decide something, so as a replay makes it. Shares what lies in pages.
    pub fn at_rest(&mut self) -> Self {
        let loaded = std::mem::take(&mut self.conversations);
        let copy = self.clone();
        self.conversations = loaded;
        copy
    }

    /// Packs what nothing has changed for long.
    pub fn pack(&mut self) {
        self.contacts.pack();
        self.threads.pack();
    }

    /// The contact that an identity finds.
    pub fn contact_by_identity(&self, key: BlindKey) -> Option<ContactId> {
        self.contacts.by_identity(key)
    }
    /// The contact that another system's id finds.
    pub fn contact_by_external_id(&self, key: BlindKey) -> Option<ContactId> {
        self.external_ids.get(&key).copied()
    }
    /// What another system's id of the contact hashes to.
    pub fn external_id_of(&self, id: ContactId) -> Option<BlindKey> {
        self.contacts.get(&id)?.noted().external_id
    }
    /// The contact that stands for this one after merges.
    pub fn standing_for(&self, id: ContactId) -> ContactId {
        let mut current = id;
        // Merges never form a circle (see `contact::merge`), so this ends.
        while let Some(winner) = self.contacts.get(&current).and_then(|contact| contact.noted().merged_into) {
            current = winner;
        }
        current
    }
    /// Whether the contact, or the one that stands for them, is blocked.
    pub fn is_blocked(&self, id: ContactId) -> bool {
        [id, self.standing_for(id)].iter().any(|id| self.contacts.get(id).is_some_and(|contact| contact.blocked))
    }
    /// Whether the contact, or the one that stands for them, said no to this category.
    pub fn has_declined(&self, id: ContactId, category: &str) -> bool {
        let declined =
            |contact: Contact<'_>| contact.noted().consents.get(category).is_some_and(|(_, granted)| !granted);
        [id, self.standing_for(id)].iter().any(|id| self.contacts.get(id).is_some_and(declined))
    }
    /// Every contact that this one stands for, directly or through another, itself left out.
    pub fn stands_for(&self, id: ContactId) -> Vec<ContactId> {
        let mut found = vec![id];
        let mut next = 0;
        while let Some(winner) = found.get(next).copied() {
            found.extend(self.merges.values().filter(|(of, _)| *of == winner).map(|(_, loser)| *loser));
            next += 1;
        }
        found.split_off(1)
    }
    /// An attribute of the contact. Of merged ones the one who stands for all is asked first, then the others in the order
    /// of their ids.
    pub fn attribute(&self, id: ContactId, key: &str) -> Option<&AttributeValue> {
        self.attribute_bearers(id).into_iter().find_map(|contact| contact.noted().attributes.get(key))
    }
    /// All attributes of the contact, as [`Self::attribute`] has them.
    pub fn attributes(&self, id: ContactId) -> Attributes {
        let mut found = Attributes::new();
        for contact in self.attribute_bearers(id) {
            for (key, value) in &contact.noted().attributes {
                found.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        found
    }
    fn attribute_bearers(&self, id: ContactId) -> Vec<Contact<'_>> {
        let standing = self.standing_for(id);
        let mut others = self.stands_for(standing);
        others.sort_unstable();
        std::iter::once(standing).chain(others).filter_map(|id| self.contacts.get(&id)).collect()
    }
    /// What the user does not want to be told of.
    pub fn muted_notifications(&self, user: UserId) -> BTreeSet<NotificationKind> {
        self.muted.get(&user).cloned().unwrap_or_default()
    }
    pub fn thread(&self, channel: ChannelId, contact: ContactId) -> Option<Thread> {
        self.threads.newest(channel, contact)
    }
    /// All newest conversations of a contact.
    pub fn threads_of(&self, contact: ContactId) -> Vec<Thread> {
        let mut threads: Vec<_> = self.threads.of_contact(contact).collect();
        threads.sort_by_key(|thread| thread.conversation_id);
        threads
    }
    /// Channel and contact of a conversation, also of one that is not loaded.
    pub fn thread_of(&self, conversation: ConversationId) -> Option<(ChannelId, ContactId)> {
        self.threads.of(conversation)
    }
    pub fn window(&self, channel: ChannelId, contact: ContactId) -> Window {
        self.threads.window(channel, contact)
    }
    pub fn channel_by_number(&self, phone_number_id: &str) -> Option<&Channel> {
        self.numbers.get(phone_number_id).and_then(|id| self.channels.get(id))
    }
    /// Delivery reports that wait for this message.
    pub(crate) fn parked(&self, key: BlindKey) -> &[MessageStatusParked] {
        self.parked.under(key)
    }
    /// Reactions, edits and revokes that wait for this message.
    pub(crate) fn early(&self, key: BlindKey) -> &[Early] {
        self.early.under(key)
    }
    fn setup_version(&self, stream: StreamId) -> u64 {
        self.setup_versions.get(&stream).copied().unwrap_or(0)
    }
    /// Events in a stream so far. Conversations must be loaded.
    pub fn version(&self, stream: StreamId) -> u64 {
        match stream {
            StreamId::Workspace => self.workspace_version,
            StreamId::Audit => self.audit_version,
            StreamId::User(id) => self.users.get(&id).map_or(0, |user| user.version),
            StreamId::Team(id) => self.roster.any_team(id).map_or(0, |team| team.version),
            StreamId::Invite(id) => self.security.invites.get(id).map_or(0, |invite| invite.version),
            StreamId::ApiKey(id) => self.security.api_keys.get(id).map_or(0, |key| key.version),
            StreamId::Role(id) => self.roster.role(id).map_or(0, |role| role.version),
            StreamId::Brand(id) => u64::from(self.brands.contains_key(&id)),
            StreamId::Channel(id) => self.channels.get(&id).map_or(0, |channel| channel.version),
            StreamId::Contact(id) => self.contacts.get(&id).map_or(0, |contact| contact.version),
            StreamId::Conversation(id) => self.conversations.get(&id).map_or(0, |conversation| conversation.version),
            // Written once, with a fresh id.
            StreamId::Media(_) => 0,
            StreamId::Quarantine(id) => self.quarantine.get(&id).map_or(0, |item| item.version),
            StreamId::BusinessHours(_) | StreamId::RoutingRule(_) | StreamId::SlaPolicy(_) => {
                self.setup_version(stream)
            }
            StreamId::Queue(_) | StreamId::BulkJob(_) | StreamId::CsatSurvey(_) => self.setup_version(stream),
            StreamId::ReportExport(_) | StreamId::ScheduledReport(_) | StreamId::CoachingNote(_) => {
                self.setup_version(stream)
            }
            StreamId::AutomationRule(_) | StreamId::Article(_) | StreamId::CannedReply(_) | StreamId::Macro(_) => {
                self.setup_version(stream)
            }
            StreamId::Segment(_) | StreamId::Campaign(_) | StreamId::ContactImport(_) => self.setup_version(stream),
        }
    }
}

//! Everything decisions look at, folded from the log. It knows no names and no texts: contacts are found by
//! blind keys, and a conversation's state is loaded from its stream when it is needed and dropped when it is
//! not, so that memory follows the open work and not the history.
//!
//! Invariant: a conversation that is not in [`World::conversations`] has no event that is not yet in the log.

use std::collections::{BTreeMap, HashMap};

use crate::access::Role;
use crate::conversation::{Conversation, Status};
use crate::event::channel::{ChannelConnected, ChannelHealthObserved};
use crate::event::contact::{BlindIdentity, WindowCause};
use crate::event::message::MessageStatusParked;
use crate::event::{Event, Recorded, SealKey, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::inbound::Barred;
use crate::settings::Settings;
use crate::template::Template;
use crate::time::{Millis, Timestamp};

/// How long a delivery report waits for its message to become known.
pub const PARKED_FOR: Millis = Millis::days(7);
/// Reports kept waiting at most; past it the oldest go.
pub const PARKED_MAX: usize = 100_000;
/// Reactions, edits and revokes kept waiting for their message at most.
pub const EARLY_MAX: usize = 100_000;

/// A connected number.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    pub config: ChannelConnected,
    pub version: u64,
    pub enabled: bool,
    pub health: Health,
}

/// What the provider lets a number do.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    pub quality: Option<String>,
    /// Messages per second, in and out together.
    pub throughput_mps: u32,
    pub business_initiated: Barred,
    /// `false`: everything is refused (token, account); the queue waits.
    pub sending: bool,
    pub code: Option<i64>,
}

impl Default for Health {
    fn default() -> Self {
        Self { quality: None, throughput_mps: 80, business_initiated: Barred::Lifted, sending: true, code: None }
    }
}

impl Health {
    fn observe(&mut self, event: &ChannelHealthObserved) {
        if event.quality.is_some() {
            self.quality.clone_from(&event.quality);
        }
        self.throughput_mps = event.throughput_mps.unwrap_or(self.throughput_mps);
        self.business_initiated = event.business_initiated.unwrap_or(self.business_initiated);
        if let Some(sending) = event.sending {
            self.sending = sending;
            self.code = event.code;
        }
    }

    /// Whether templates may be sent now.
    pub fn may_initiate(&self, now: Timestamp) -> bool {
        match self.business_initiated {
            Barred::Lifted => true,
            Barred::Until(until) => until <= now,
            Barred::Indefinitely => false,
        }
    }
}

/// A customer, without anything personal.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    pub id: ContactId,
    pub brand_id: BrandId,
    pub seal: SealKey,
    pub version: u64,
    pub identities: Vec<BlindIdentity>,
    pub profile: Option<BlindKey>,
    pub blocked: bool,
    pub merged_into: Option<ContactId>,
    /// Erasure has begun: nothing may be written about them any more.
    pub erased: bool,
    pub consents: BTreeMap<String, (Timestamp, bool)>,
    pub suggested: Vec<ContactId>,
}

/// The newest conversation of a contact on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thread {
    pub conversation_id: ConversationId,
    pub resolved_at: Option<Timestamp>,
}

/// When a contact may be written to freely on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    pub until: Option<Timestamp>,
    /// A reply before this opens the free entry point.
    pub referred_until: Option<Timestamp>,
    pub free_entry_until: Option<Timestamp>,
}

/// A member of the team.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    pub id: UserId,
    pub role: Role,
    pub active: bool,
    pub version: u64,
    pub email_key: Option<BlindKey>,
}

/// A signed-in device.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub user_id: UserId,
    pub refresh_hash: String,
    /// The hash before, and when it was replaced: a lost answer may be asked for again for a short while.
    pub previous: Option<(String, Timestamp)>,
    pub expires_at: Timestamp,
    pub opened_at: Timestamp,
    pub refreshed_at: Timestamp,
}

/// An unplaced webhook item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarantineItem {
    pub seal: SealKey,
    pub version: u64,
    pub pos: u64,
}

/// An erasure that has begun and whose keys may still exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Erasure {
    pub seals: Vec<SealKey>,
    pub media: Vec<MediaId>,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Position of the newest event.
    pub head: u64,
    pub settings: Settings,
    pub workspace_version: u64,
    pub brands: BTreeMap<BrandId, String>,
    pub channels: BTreeMap<ChannelId, Channel>,
    pub templates: BTreeMap<TemplateId, Template>,
    pub users: BTreeMap<UserId, User>,
    pub sessions: BTreeMap<SessionId, Session>,
    pub contacts: HashMap<ContactId, Contact>,
    identities: HashMap<BlindKey, ContactId>,
    pub merges: BTreeMap<MergeId, (ContactId, ContactId)>,
    threads: HashMap<(ChannelId, ContactId), Thread>,
    thread_of: HashMap<ConversationId, (ChannelId, ContactId)>,
    windows: HashMap<(ChannelId, ContactId), Window>,
    pub conversations: HashMap<ConversationId, Conversation>,
    pub parked: BTreeMap<BlindKey, Vec<MessageStatusParked>>,
    /// Positions of annotations by the message they wait for.
    pub early: BTreeMap<BlindKey, Vec<u64>>,
    pub quarantine: BTreeMap<QuarantineId, QuarantineItem>,
    pub erasures: BTreeMap<ContactId, Erasure>,
    pub outbox_released: u64,
    pub next_number: u64,
    pub next_seal: u32,
    /// Look-up keys of events that are decided but not yet in the log.
    pub fresh_keys: HashMap<BlindKey, Vec<u8>>,
}

impl World {
    /// Before the first event.
    pub fn new() -> Self {
        Self { next_number: 1, next_seal: 1, ..Self::default() }
    }

    /// The contact that an identity finds.
    pub fn contact_by_identity(&self, key: BlindKey) -> Option<ContactId> {
        self.identities.get(&key).copied()
    }
    /// The contact that stands for this one after merges.
    pub fn standing_for(&self, id: ContactId) -> ContactId {
        let mut current = id;
        // Merges never form a circle (see `contact::merge`), so this ends.
        while let Some(winner) = self.contacts.get(&current).and_then(|contact| contact.merged_into) {
            current = winner;
        }
        current
    }
    pub fn thread(&self, channel: ChannelId, contact: ContactId) -> Option<Thread> {
        self.threads.get(&(channel, contact)).copied()
    }
    /// All newest conversations of a contact.
    pub fn threads_of(&self, contact: ContactId) -> Vec<Thread> {
        let mut threads: Vec<_> = self.channels.keys().filter_map(|channel| self.thread(*channel, contact)).collect();
        threads.sort_by_key(|thread| thread.conversation_id);
        threads
    }
    /// Channel and contact of a conversation, also of one that is not loaded.
    pub fn thread_of(&self, conversation: ConversationId) -> Option<(ChannelId, ContactId)> {
        self.thread_of.get(&conversation).copied()
    }
    pub fn window(&self, channel: ChannelId, contact: ContactId) -> Window {
        self.windows.get(&(channel, contact)).copied().unwrap_or_default()
    }
    pub fn channel_by_number(&self, phone_number_id: &str) -> Option<&Channel> {
        self.channels.values().find(|channel| channel.config.phone_number_id == phone_number_id)
    }
    /// Events in a stream so far. Conversations must be loaded.
    pub fn version(&self, stream: StreamId) -> u64 {
        match stream {
            StreamId::Workspace => self.workspace_version,
            StreamId::User(id) => self.users.get(&id).map_or(0, |user| user.version),
            StreamId::Brand(id) => u64::from(self.brands.contains_key(&id)),
            StreamId::Channel(id) => self.channels.get(&id).map_or(0, |channel| channel.version),
            StreamId::Contact(id) => self.contacts.get(&id).map_or(0, |contact| contact.version),
            StreamId::Conversation(id) => self.conversations.get(&id).map_or(0, |conversation| conversation.version),
            // Written once, with a fresh id.
            StreamId::Media(_) => 0,
            StreamId::Quarantine(id) => self.quarantine.get(&id).map_or(0, |item| item.version),
        }
    }

    /// Applies an event. `live`: keep the state of conversations that begin; a replay does not.
    pub fn evolve(&mut self, recorded: &Recorded, live: bool) {
        self.head = recorded.pos;
        match recorded.stream {
            StreamId::Workspace => self.workspace_version = recorded.version,
            StreamId::Conversation(id) => self.evolve_conversation(id, recorded, live),
            StreamId::Contact(_) | StreamId::User(_) | StreamId::Brand(_) | StreamId::Channel(_) => {}
            StreamId::Media(_) | StreamId::Quarantine(_) => {}
        }
        self.apply(recorded);
        match recorded.stream {
            StreamId::User(id) => {
                if let Some(user) = self.users.get_mut(&id) {
                    user.version = recorded.version;
                }
            }
            StreamId::Channel(id) => {
                if let Some(channel) = self.channels.get_mut(&id) {
                    channel.version = recorded.version;
                }
            }
            StreamId::Contact(id) => {
                if let Some(contact) = self.contacts.get_mut(&id) {
                    contact.version = recorded.version;
                }
            }
            StreamId::Quarantine(id) => {
                if let Some(item) = self.quarantine.get_mut(&id) {
                    item.version = recorded.version;
                }
            }
            StreamId::Workspace | StreamId::Brand(_) | StreamId::Conversation(_) | StreamId::Media(_) => {}
        }
    }

    fn evolve_conversation(&mut self, id: ConversationId, recorded: &Recorded, live: bool) {
        if let Some(conversation) = self.conversations.get_mut(&id) {
            conversation.evolve(recorded);
        } else if live && let Some(conversation) = Conversation::opened(recorded) {
            self.conversations.insert(id, conversation);
        }
        let Some(place) = self.thread_of.get(&id).copied() else { return };
        let newest = self.threads.get_mut(&place).filter(|thread| thread.conversation_id == id);
        match (&recorded.event, newest) {
            (Event::ConversationResolved(_), Some(thread)) => thread.resolved_at = Some(recorded.occurred_at),
            (Event::ConversationReopened(_), Some(thread)) => thread.resolved_at = None,
            (Event::MessageReceived(event), _) => {
                let window = self.windows.entry(place).or_default();
                window.until = window.until.max(event.window_until);
                if event.referred {
                    window.referred_until = Some(recorded.occurred_at + Millis::hours(24));
                }
                self.early.remove(&event.provider_key);
            }
            (Event::MessageEchoed(event), _) => {
                self.parked.remove(&event.provider_key);
                self.early.remove(&event.provider_key);
            }
            (Event::MessageImported(event), _) => {
                self.early.remove(&event.provider_key);
            }
            (Event::MessageAccepted(event), _) => {
                self.parked.remove(&event.provider_key);
                if event.free_entry_until.is_some() {
                    let window = self.windows.entry(place).or_default();
                    window.free_entry_until = event.free_entry_until;
                    window.referred_until = None;
                }
            }
            _ => {}
        }
    }

    fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.recorded_at;
        match &recorded.event {
            Event::WorkspaceOpened(event) => self.settings = event.settings.clone(),
            Event::WorkspaceSettingsChanged(event) => self.settings = event.settings.clone(),
            Event::OutboxReleased(_) => self.outbox_released = recorded.pos,
            Event::BrandCreated(event) => {
                self.brands.insert(event.brand_id, event.name.clone());
            }
            Event::ChannelConnected(event) => {
                let mut config = event.clone();
                config.private = None;
                let channel = Channel { config, version: 0, enabled: true, health: Health::default() };
                self.channels.insert(event.channel_id, channel);
            }
            Event::ChannelChanged(event) => {
                if let Some(channel) = event.channel_id.and_then(|id| self.channels.get_mut(&id)) {
                    let config = &mut channel.config;
                    let keep = |new: &Option<String>, old: &mut String| {
                        if let Some(new) = new {
                            old.clone_from(new);
                        }
                    };
                    keep(&event.name, &mut config.name);
                    keep(&event.phone_e164, &mut config.phone_e164);
                    keep(&event.graph_version, &mut config.graph_version);
                    if event.graph_base_url.is_some() {
                        config.graph_base_url.clone_from(&event.graph_base_url);
                    }
                    channel.enabled = event.enabled.unwrap_or(channel.enabled);
                }
            }
            Event::ChannelSecretRotated(event) => {
                // New credentials: what was refused may work again.
                if let Some(channel) = self.channels.get_mut(&event.channel_id) {
                    channel.health.sending = true;
                    channel.health.code = None;
                }
            }
            Event::ChannelHealthObserved(event) => {
                if let Some(channel) = event.channel_id.and_then(|id| self.channels.get_mut(&id)) {
                    channel.health.observe(event);
                }
            }
            Event::TemplateChanged(event) => {
                let template = self
                    .templates
                    .entry(event.template_id)
                    .or_insert_with(|| Template::new(&event.waba_id, &event.change));
                template.merge(&event.change);
            }
            Event::TemplateRemoved(event) => {
                self.templates.remove(&event.template_id);
            }
            Event::UserCreated(event) => {
                let user =
                    User { id: event.user_id, role: event.role, active: true, version: 0, email_key: event.email_key };
                self.users.insert(event.user_id, user);
            }
            Event::UserChanged(event) => {
                if let (Some(user), Some(_)) = (self.users.get_mut(&event.user_id), event.email_key) {
                    user.email_key = event.email_key;
                }
            }
            Event::UserRoleChanged(event) => {
                if let Some(user) = self.users.get_mut(&event.user_id) {
                    user.role = event.role;
                }
            }
            Event::UserDeactivated(event) => self.set_active(event.user_id, false),
            Event::UserReactivated(event) => self.set_active(event.user_id, true),
            Event::SessionOpened(event) => {
                let session = Session {
                    user_id: event.user_id,
                    refresh_hash: event.refresh_hash.clone(),
                    previous: None,
                    expires_at: event.expires_at,
                    opened_at: at,
                    refreshed_at: at,
                };
                self.sessions.insert(event.session_id, session);
            }
            Event::SessionRefreshed(event) => {
                if let Some(session) = self.sessions.get_mut(&event.session_id) {
                    let old = std::mem::replace(&mut session.refresh_hash, event.refresh_hash.clone());
                    session.previous = Some((old, at));
                    session.expires_at = event.expires_at;
                    session.refreshed_at = at;
                }
            }
            Event::SessionRevoked(event) => {
                self.sessions.remove(&event.session_id);
            }
            Event::ContactCreated(event) => {
                let contact = Contact {
                    id: event.contact_id,
                    brand_id: event.brand_id,
                    seal: event.seal,
                    version: 0,
                    identities: Vec::new(),
                    profile: event.profile,
                    blocked: false,
                    merged_into: None,
                    erased: false,
                    consents: BTreeMap::new(),
                    suggested: Vec::new(),
                };
                self.next_seal = self.next_seal.max(event.seal.0 + 1);
                self.contacts.insert(event.contact_id, contact);
                self.link(event.contact_id, &event.identities);
            }
            Event::ContactIdentityLinked(event) => self.link(event.contact_id, &event.identities),
            Event::ContactIdentityRetired(event) => {
                if let Some(contact) = self.contacts.get_mut(&event.contact_id) {
                    contact.identities.retain(|identity| identity.exact != event.identity.exact);
                    let still = contact.identities.iter().any(|identity| identity.key == event.identity.key);
                    if let (Some(key), false) = (event.identity.key, still) {
                        self.identities.remove(&key);
                    }
                }
            }
            Event::ContactProfileObserved(event) => {
                self.change_contact(event.contact_id, |contact| contact.profile = Some(event.profile));
            }
            Event::ContactWindowChanged(event) => {
                let window = self.windows.entry((event.channel_id, event.contact_id)).or_default();
                window.until = match event.cause {
                    WindowCause::ProviderRefused => Some(event.window_until),
                    WindowCause::ChatOpened | WindowCause::Call => window.until.max(Some(event.window_until)),
                };
            }
            Event::ContactBlocked(event) => self.change_contact(event.contact_id, |contact| contact.blocked = true),
            Event::ContactUnblocked(event) => self.change_contact(event.contact_id, |contact| contact.blocked = false),
            Event::ContactMergeSuggested(event) => {
                self.change_contact(event.contact_id, |contact| contact.suggested.push(event.other_id));
            }
            Event::ContactMerged(event) => {
                self.merges.insert(event.merge_id, (event.contact_id, event.loser_id));
                self.change_contact(event.loser_id, |loser| loser.merged_into = Some(event.contact_id));
            }
            Event::ContactMergeUndone(event) => {
                self.merges.remove(&event.merge_id);
                self.change_contact(event.loser_id, |loser| loser.merged_into = None);
            }
            Event::ContactConsentChanged(event) => self.change_contact(event.contact_id, |contact| {
                contact.consents.insert(event.category.clone(), (event.at, event.granted));
            }),
            Event::ContactErasureStarted(event) => {
                let erasure = Erasure { seals: event.seals.clone(), media: event.media.clone() };
                self.erasures.insert(event.contact_id, erasure);
                for id in event.merged.iter().chain([&event.contact_id]) {
                    self.forget_identities(*id);
                }
            }
            Event::ContactErased(event) => {
                self.erasures.remove(&event.contact_id);
            }
            Event::ConversationOpened(event) => {
                let place = (event.channel_id, event.contact_id);
                let resolved_at = (event.status == Status::Resolved).then_some(recorded.occurred_at);
                self.threads.insert(place, Thread { conversation_id: event.conversation_id, resolved_at });
                self.thread_of.insert(event.conversation_id, place);
                self.next_number = self.next_number.max(event.number + 1);
            }
            Event::MessageReacted(event) if event.message_id.is_none() => self.wait(event.target_key, recorded.pos),
            Event::MessageEdited(event) if event.message_id.is_none() => self.wait(event.target_key, recorded.pos),
            Event::MessageRevoked(event) if event.message_id.is_none() => self.wait(event.target_key, recorded.pos),
            Event::MessageStatusParked(event) => {
                if self.parked.len() >= PARKED_MAX {
                    self.parked.pop_first();
                }
                self.parked.entry(event.provider_key).or_default().push(event.clone());
            }
            Event::QuarantineItemAdded(event) => {
                let item = QuarantineItem { seal: event.seal, version: 0, pos: recorded.pos };
                self.next_seal = self.next_seal.max(event.seal.0 + 1);
                self.quarantine.insert(event.quarantine_id, item);
            }
            Event::QuarantineItemReinterpreted(event) => {
                self.quarantine.remove(&event.quarantine_id);
            }
            Event::QuarantineItemDismissed(event) => {
                self.quarantine.remove(&event.quarantine_id);
            }
            _ => {}
        }
    }

    fn change_contact(&mut self, id: ContactId, change: impl FnOnce(&mut Contact)) {
        if let Some(contact) = self.contacts.get_mut(&id) {
            change(contact);
        }
    }

    fn set_active(&mut self, id: UserId, active: bool) {
        if let Some(user) = self.users.get_mut(&id) {
            user.active = active;
        }
    }

    fn link(&mut self, id: ContactId, identities: &[BlindIdentity]) {
        for identity in identities {
            if let Some(key) = identity.key {
                self.identities.insert(key, id);
            }
        }
        self.change_contact(id, |contact| contact.identities.extend(identities));
    }

    fn forget_identities(&mut self, id: ContactId) {
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.erased = true;
            for key in contact.identities.drain(..).filter_map(|identity| identity.key) {
                self.identities.remove(&key);
            }
        }
    }

    fn wait(&mut self, target: BlindKey, pos: u64) {
        if self.early.len() >= EARLY_MAX {
            self.early.pop_first();
        }
        self.early.entry(target).or_default().push(pos);
    }
}

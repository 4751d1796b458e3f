//! How each event changes the world. The same fold serves a decision that has just made the event and a replay of the log.

use super::{Channel, Early, Erasure, Health, PARKED_FOR, QuarantineItem, Session, User, World};
use crate::billing::Contract;
use crate::contact::attributes;
use crate::conversation::{Conversation, Status};
use crate::event::contact::WindowCause;
use crate::event::message::Side;
use crate::event::{Event, Recorded, StreamId};
use crate::identity::BlindKey;
use crate::ids::*;
use crate::template::progress;
use crate::time::{Millis, Timestamp};

impl World {
    /// Applies an event. `live`: keep the state of conversations that begin; a replay does not.
    pub fn evolve(&mut self, recorded: &Recorded, live: bool) {
        self.head = recorded.pos;
        self.head_at = self.head_at.max(recorded.recorded_at);
        match recorded.stream {
            StreamId::Workspace => self.workspace_version = recorded.version,
            StreamId::Audit => self.audit_version = recorded.version,
            StreamId::Conversation(id) => self.evolve_conversation(id, recorded, live),
            StreamId::Contact(_) | StreamId::User(_) | StreamId::Team(_) | StreamId::Role(_) => {}
            StreamId::Brand(_) | StreamId::Channel(_) | StreamId::Invite(_) | StreamId::ApiKey(_) => {}
            StreamId::Media(_) | StreamId::Quarantine(_) => {}
            StreamId::BusinessHours(_) | StreamId::RoutingRule(_) | StreamId::SlaPolicy(_) => {}
            StreamId::Queue(_) | StreamId::BulkJob(_) | StreamId::CsatSurvey(_) => {}
            StreamId::ReportExport(_) | StreamId::ScheduledReport(_) | StreamId::CoachingNote(_) => {}
            StreamId::AutomationRule(_) | StreamId::Article(_) | StreamId::CannedReply(_) | StreamId::Macro(_) => {}
            StreamId::Segment(_) | StreamId::Campaign(_) | StreamId::ContactImport(_) => {}
        }
        self.roster.apply(recorded);
        self.availability.apply(recorded);
        self.security.apply(recorded);
        self.sla_policies.apply(recorded);
        self.sla.apply(recorded);
        self.queues.apply(recorded, self.sla.outlook_in(recorded.stream), live);
        self.rules.apply(recorded);
        self.canned_replies.apply(recorded);
        self.articles.apply(recorded);
        self.segments.apply(recorded);
        self.macros.apply(recorded);
        self.automation.apply(recorded);
        self.automation_timers.apply(recorded);
        self.definitions.apply(recorded);
        self.imports.apply(recorded);
        self.calendars.apply(recorded);
        self.jobs.apply(recorded);
        self.exports.apply(recorded);
        self.scheduled_reports.apply(recorded);
        self.coaching.apply(recorded);
        self.presets.apply(recorded);
        self.schedules.apply(recorded);
        self.profiles.apply(recorded);
        self.apply(recorded);
        let (threads, channels) = (&self.threads, &self.channels);
        self.campaigns.apply(recorded, |id| threads.of(id));
        self.csat.apply(recorded, |id| {
            let (channel, _) = threads.of(id)?;
            Some((channels.get(&channel)?.config.brand_id, channel))
        });
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
                self.contacts.change(id, |contact| contact.version = recorded.version);
            }
            StreamId::Quarantine(id) => {
                if let Some(item) = self.quarantine.get_mut(&id) {
                    item.version = recorded.version;
                }
            }
            StreamId::BusinessHours(_)
            | StreamId::RoutingRule(_)
            | StreamId::SlaPolicy(_)
            | StreamId::Queue(_)
            | StreamId::BulkJob(_)
            | StreamId::ReportExport(_)
            | StreamId::ScheduledReport(_)
            | StreamId::CoachingNote(_)
            | StreamId::AutomationRule(_)
            | StreamId::Article(_)
            | StreamId::CannedReply(_)
            | StreamId::Macro(_)
            | StreamId::Segment(_)
            | StreamId::Campaign(_)
            | StreamId::ContactImport(_)
            | StreamId::CsatSurvey(_) => {
                self.setup_versions.insert(recorded.stream, recorded.version);
            }
            StreamId::Workspace | StreamId::Audit | StreamId::Team(_) | StreamId::Role(_) | StreamId::Brand(_) => {}
            StreamId::Conversation(_) | StreamId::Media(_) | StreamId::Invite(_) | StreamId::ApiKey(_) => {}
        }
    }

    fn evolve_conversation(&mut self, id: ConversationId, recorded: &Recorded, live: bool) {
        if let Some(conversation) = self.conversations.get_mut(&id) {
            conversation.evolve(recorded);
        } else if live && let Some(conversation) = Conversation::opened(recorded) {
            self.conversations.insert(id, conversation);
        }
        let Some(place) = self.threads.place_of(id) else { return };
        match &recorded.event {
            Event::ConversationResolved(_) => self.threads.resolved(place, id, Some(recorded.occurred_at)),
            Event::ConversationReopened(_) => self.threads.resolved(place, id, None),
            Event::MessageReceived(event) => {
                self.threads.change_window(place, |window| {
                    window.until = window.until.max(event.window_until);
                    if event.referred {
                        window.referred_until = Some(recorded.occurred_at + Millis::hours(24));
                    }
                });
                self.early.remove(event.provider_key);
                let (_, contact) = self.threads.whose(place);
                self.contacts.change(contact, |contact| {
                    contact.last_seen_at = contact.last_seen_at.max(Some(recorded.occurred_at));
                });
            }
            Event::MessageEchoed(event) => {
                self.parked.remove(event.provider_key);
                self.early.remove(event.provider_key);
            }
            Event::MessageImported(event) => {
                self.early.remove(event.provider_key);
            }
            Event::MessageAccepted(event) => {
                self.parked.remove(event.provider_key);
                if event.free_entry_until.is_some() {
                    self.threads.change_window(place, |window| {
                        window.free_entry_until = event.free_entry_until;
                        window.referred_until = None;
                    });
                }
            }
            Event::CsatSent(_) => {
                let (_, contact) = self.threads.whose(place);
                self.contacts.change(contact, |contact| contact.surveyed_at = Some(recorded.occurred_at));
            }
            _ => {}
        }
    }

    fn apply(&mut self, recorded: &Recorded) {
        let at = recorded.recorded_at;
        if let Some(id) = progress::subject(&recorded.event) {
            let known = self.templates.remove(&id);
            if let Some(template) = progress::fold(known, recorded) {
                self.templates.insert(id, template);
            }
        }
        match &recorded.event {
            Event::WorkspaceOpened(event) => {
                self.settings = event.settings.clone();
                self.settings_version = recorded.version;
            }
            Event::WorkspaceSettingsChanged(event) => {
                self.settings = event.settings.clone();
                self.settings_version = recorded.version;
            }
            Event::OutboxReleased(_) => self.outbox_released = recorded.pos,
            Event::BillingChanged(event) => {
                self.contract = Contract {
                    plan: event.plan.clone(),
                    seats: event.seats,
                    renewal_date: event.renewal_date,
                    version: recorded.version,
                };
            }
            Event::RateCardReplaced(event) => {
                self.rate_cards.insert(event.currency.clone(), recorded.version);
            }
            Event::BrandCreated(event) => {
                self.brands.insert(event.brand_id, event.name.clone());
            }
            Event::ChannelConnected(event) => {
                let mut config = event.clone();
                config.private = None;
                self.numbers.insert(event.phone_number_id.clone(), event.channel_id);
                let channel = Channel { config, version: 0, enabled: true, team_id: None, health: Health::default() };
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
            Event::ChannelTeamChanged(event) => {
                if let Some(channel) = self.channels.get_mut(&event.channel_id) {
                    channel.team_id = event.team_id;
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
            Event::UserIdentityLinked(event) => self.links.apply(event),
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
            Event::NotificationSettingsChanged(event) => {
                self.muted.insert(event.user_id, event.muted.clone());
            }
            Event::ContactCreated(event) => {
                self.next_seal = self.next_seal.max(event.seal.0 + 1);
                self.contacts.insert(event, recorded.occurred_at);
            }
            Event::ContactIdentityLinked(event) => self.contacts.link(event.contact_id, &event.identities),
            Event::ContactIdentityRetired(event) => self.contacts.retire(event.contact_id, &event.identity),
            Event::ContactProfileObserved(event) => {
                self.contacts.profile_observed(event.contact_id, event.profile);
            }
            Event::ContactWindowChanged(event) => {
                let place = self.threads.place_or_new(event.channel_id, event.contact_id);
                self.threads.change_window(place, |window| {
                    window.until = match event.cause {
                        WindowCause::ProviderRefused => Some(event.window_until),
                        WindowCause::ChatOpened | WindowCause::Call => window.until.max(Some(event.window_until)),
                    };
                });
            }
            Event::ContactBlocked(event) => self.contacts.change(event.contact_id, |contact| contact.blocked = true),
            Event::ContactUnblocked(event) => self.contacts.change(event.contact_id, |contact| contact.blocked = false),
            Event::ContactMergeSuggested(event) => {
                self.contacts.note(event.contact_id, |noted| noted.suggested.push(event.other_id));
            }
            Event::ContactMerged(event) => {
                self.merges.insert(event.merge_id, (event.contact_id, event.loser_id));
                self.contacts.note(event.loser_id, |loser| loser.merged_into = Some(event.contact_id));
            }
            Event::ContactMergeUndone(event) => {
                self.merges.remove(&event.merge_id);
                self.contacts.note(event.loser_id, |loser| loser.merged_into = None);
            }
            Event::ContactConsentChanged(event) => self.contacts.note(event.contact_id, |noted| {
                noted.consents.insert(event.category.clone(), (event.at, event.granted));
            }),
            Event::ContactAttributesChanged(event) => {
                self.contacts
                    .note(event.contact_id, |noted| attributes::apply(&mut noted.attributes, &event.attributes));
            }
            Event::ContactTagged(event) => {
                self.contacts.note(event.contact_id, |noted| {
                    noted.tags.insert(event.tag.clone());
                });
            }
            Event::ContactUntagged(event) => {
                self.contacts.note(event.contact_id, |noted| {
                    noted.tags.remove(&event.tag);
                });
            }
            Event::ContactExternalIdChanged(event) => {
                if let Some(previous) = event.previous {
                    self.external_ids.remove(&previous);
                }
                if let Some(key) = event.key {
                    self.external_ids.insert(key, event.contact_id);
                }
                self.contacts.note(event.contact_id, |noted| noted.external_id = event.key);
            }
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
                let whose = (event.channel_id, event.contact_id);
                let resolved_at = (event.status == Status::Resolved).then_some(recorded.occurred_at);
                self.threads.open(whose, event.conversation_id, resolved_at);
                self.contacts.change(event.contact_id, |contact| contact.conversations += 1);
                self.next_number = self.next_number.max(event.number + 1);
            }
            Event::MessageReacted(event) if event.message_id.is_none() => self.wait(event.target_key, recorded, None),
            Event::MessageEdited(event) if event.message_id.is_none() => self.wait(event.target_key, recorded, None),
            Event::MessageRevoked(event) if event.message_id.is_none() => {
                self.wait(event.target_key, recorded, Some((event.by, event.at)));
            }
            Event::MessageStatusParked(event) => {
                self.parked.push(event.provider_key, event.clone(), recorded.pos, at, PARKED_FOR);
            }
            Event::QuarantineItemAdded(event) => {
                let item = QuarantineItem { seal: event.seal, version: 0, pos: recorded.pos };
                self.next_seal = self.next_seal.max(event.seal.0 + 1);
                self.quarantine.insert(event.quarantine_id, item);
            }
            Event::MediaUploaded(event) => {
                if let Some(seal) = event.name_seal {
                    self.next_seal = self.next_seal.max(seal.0 + 1);
                }
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

    fn set_active(&mut self, id: UserId, active: bool) {
        if let Some(user) = self.users.get_mut(&id) {
            user.active = active;
        }
    }

    fn forget_identities(&mut self, id: ContactId) {
        self.contacts.forget_identities(id);
        let external_id = self.contacts.get(&id).and_then(|contact| contact.noted().external_id);
        if let Some(key) = external_id {
            self.external_ids.remove(&key);
        }
        self.contacts.change(id, |contact| contact.erased = true);
        self.contacts.note(id, |noted| {
            noted.attributes.clear();
            noted.tags.clear();
            noted.external_id = None;
        });
    }

    fn wait(&mut self, target: BlindKey, recorded: &Recorded, revoke: Option<(Side, Timestamp)>) {
        let early = Early { pos: recorded.pos, revoke };
        self.early.push(target, early, recorded.pos, recorded.recorded_at, PARKED_FOR);
    }
}

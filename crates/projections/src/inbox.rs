//! The inbox: one compact [`Row`] per conversation, sorted lists over them ([`query`]) and counts ([`counts`]).
//! `app` asks for pages and counts and brings the access predicate; names, previews and texts are not here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::conversation::{Clocks, Status};
use domain::event::campaign::CampaignRecipientsQueued;
use domain::event::contact::{ContactWindowChanged, WindowCause};
use domain::event::conversation::ConversationOpened;
use domain::event::{Event, Recorded, StreamId};
use domain::ids::*;
use domain::sla::book::Standing;
use domain::time::{MaybeTimestamp, Timestamp};

use crate::digest::Digest;
use domain::paged::{NO_SLOT, SlotIndex, chain};

mod collaborators;
pub mod counts;
mod dispositions;
mod indexes;
mod order;
mod participants;
pub mod query;
mod row;
mod rows;
mod sight;
mod subsets;
mod tags;
mod tally;
mod unread;
mod windows;

pub use query::{InboxQuery, Keyset, Page, Sort, View};
pub use row::Row;
pub use unread::UNREAD_MAX;
pub use windows::Window;

/// Every conversation.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Inbox {
    rows: rows::Rows,
    by_id: SlotIndex,
    /// The newest conversation of a contact; the row leads to the one before.
    by_contact: SlotIndex,
    indexes: indexes::Indexes,
    tallies: counts::Tallies,
    tags: tags::TagSets,
    dispositions: dispositions::Dispositions,
    unread: unread::Unread,
    collaborators: collaborators::Collaborators,
    participants: participants::Participants,
    windows: windows::Windows,
    /// Views of few.
    subsets: subsets::Subsets,
    /// Those that each campaign wrote in.
    of_campaign: BTreeMap<CampaignId, BTreeSet<u32>>,
}

impl Inbox {
    /// One conversation.
    pub fn get(&self, id: ConversationId) -> Option<Row> {
        self.slot(id).map(|slot| self.rows.at(slot))
    }

    /// All conversations of a contact, newest first. Those of merged contacts are under their own ids.
    pub fn of_contact(&self, contact: ContactId) -> impl Iterator<Item = Row> {
        self.slots_of_contact(contact).map(|slot| self.rows.at(slot))
    }

    /// Conversations in the order in which they were opened, from a place on. A place means the same conversation at every
    /// position of the log.
    pub fn opened_from(&self, place: u32) -> impl Iterator<Item = (u32, Row)> {
        (place..).zip(self.rows.from(place))
    }

    /// The conversation opened at a place.
    pub fn opened_at(&self, place: u32) -> Option<Row> {
        self.rows.get(place)
    }

    /// The place at which a conversation was opened.
    pub fn place(&self, id: ConversationId) -> Option<u32> {
        self.slot(id)
    }

    /// A row's tags in alphabetical order.
    pub fn tags(&self, row: &Row) -> &[Arc<str>] {
        self.tags.get(row.tag_set)
    }

    /// How many customer messages of the running episode the user has not read, up to [`UNREAD_MAX`].
    pub fn unread_count(&self, id: ConversationId, user: UserId) -> usize {
        self.slot(id).map_or(0, |slot| self.unread.count(slot, user))
    }

    /// Up to which version of the stream the user has read; kept while the conversation is not resolved.
    pub fn read_version(&self, id: ConversationId, user: UserId) -> Option<u64> {
        self.slot(id).and_then(|slot| self.unread.read_version(slot, user))
    }

    /// When the customer of a row may be written to freely.
    pub fn window(&self, row: &Row) -> Window {
        self.windows.of(row.thread)
    }

    /// How many conversations there are.
    pub fn len(&self) -> usize {
        self.rows.len() as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// See [`Pages::pack`](domain::packed::Pages::pack).
    pub(crate) fn pack(&mut self) {
        self.rows.pack();
        self.windows.pack();
        self.indexes.pack();
    }

    pub(crate) fn digest(&self, digest: &mut Digest) {
        for row in self.rows.iter() {
            digest.add(&(row, self.tags(&row), self.disposition(&row)));
        }
        digest.add(&self.unread.snapshot());
        digest.add(&self.collaborators);
        digest.add(&self.participants);
        digest.add(&self.windows);
        digest.add(&self.of_campaign);
    }

    /// Applies an event of a conversation's stream.
    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ConversationOpened(event) => return self.open(event, recorded),
            Event::ContactWindowChanged(event) => return self.window_changed(event),
            _ => {}
        }
        let StreamId::Conversation(id) = recorded.stream else { return };
        let Some(slot) = self.slot(id) else { return };
        let old = self.rows.at(slot);
        let mut row = old;
        row.version = recorded.version as u32;
        self.change(slot, &mut row, recorded);
        row.pool = self.indexes.number_of(indexes::Pool::of(&row));
        let (before, after) = (indexes::Keys::of(&old), indexes::Keys::of(&row));
        self.rows.set(slot, &row);
        if before != after {
            self.indexes.shift(slot, &before, &after, &self.rows);
        }
        self.tallies.shift(&old, &row);
        self.unread.moved(slot, &old, &row);
        self.subsets.shift(slot, &old, &row, &mut self.unread);
        if row.status == Status::Resolved {
            self.participants.settle(slot);
        } else {
            self.participants.note(slot, recorded);
        }
    }

    /// A campaign wrote in these conversations.
    pub(crate) fn campaign_wrote(&mut self, event: &CampaignRecipientsQueued) {
        let slots: Vec<u32> = event.recipients.iter().filter_map(|each| self.slot(each.conversation_id)).collect();
        self.of_campaign.entry(event.campaign_id).or_default().extend(slots);
    }

    /// At most `limit` conversations that were active at `from` or later and that `visible` lets through, newest activity
    /// first.
    pub fn active_since(&self, from: Timestamp, limit: usize, visible: impl Fn(&Row) -> bool) -> Vec<ConversationId> {
        let newest = |status| self.indexes.all().walk(status, Sort::LastActivityDescending, None, &self.rows);
        let recent = indexes::STATUSES
            .into_iter()
            .flat_map(|status| newest(status).take_while(|(key, _)| *key >= from.as_millis()).map(|(_, slot)| slot));
        recent.filter(|slot| visible(&self.rows.at(*slot))).take(limit).map(|slot| self.rows.id(slot)).collect()
    }

    /// Where the conversation stands with what is promised in it.
    pub(crate) fn promised(&mut self, id: ConversationId, standing: Option<Standing>) {
        let Some(slot) = self.slot(id) else { return };
        let old = self.rows.at(slot);
        let mut row = old;
        row.sla_due_at = MaybeTimestamp::from(standing.and_then(|standing| standing.due_at));
        row.sla_state = standing.map(|standing| standing.state);
        let (before, after) = (indexes::Keys::of(&old), indexes::Keys::of(&row));
        self.rows.set(slot, &row);
        if before != after {
            self.indexes.shift(slot, &before, &after, &self.rows);
        }
        self.subsets.shift(slot, &old, &row, &mut self.unread);
    }

    fn open(&mut self, event: &ConversationOpened, recorded: &Recorded) {
        if self.slot(event.conversation_id).is_some() {
            return;
        }
        let contact = event.contact_id.as_u128();
        let previous =
            self.by_contact.get(contact, |slot| self.rows.at(slot).contact_id().as_u128()).unwrap_or(NO_SLOT);
        let mut row = Row::opened(event, recorded.occurred_at, recorded.version, previous);
        let sibling = self.of_thread(event.channel_id, event.contact_id).next();
        row.thread = match sibling {
            Some(sibling) => self.rows.at(sibling).thread,
            None => self.windows.open(event.channel_id, event.contact_id),
        };
        row.pool = self.indexes.number_of(indexes::Pool::of(&row));
        let slot = self.rows.push(row);
        self.dispositions.open();
        self.by_id.set(row.id().as_u128(), slot, |slot| self.rows.id(slot).as_u128());
        self.by_contact.set(contact, slot, |slot| self.rows.at(slot).contact_id().as_u128());
        self.indexes.insert(slot, &indexes::Keys::of(&row), &self.rows);
        self.tallies.add(&row);
    }

    fn change(&mut self, slot: u32, row: &mut Row, recorded: &Recorded) {
        let (at, pos) = (recorded.occurred_at, recorded.pos);
        match &recorded.event {
            Event::ConversationReopened(event) => {
                row.status = Status::Open;
                row.episode = event.episode;
                row.snoozed_until = MaybeTimestamp::NONE;
                row.resolved_at = MaybeTimestamp::NONE;
                row.bot = MaybeTimestamp::NONE;
                row.set_clocks(&event.clocks);
                row.active_at(at);
            }
            Event::ConversationResolved(event) => {
                row.status = Status::Resolved;
                row.snoozed_until = MaybeTimestamp::NONE;
                row.bot_gone();
                row.resolved_at = MaybeTimestamp::at(at);
                row.set_clocks(&event.clocks);
                row.active_at(at);
                self.dispositions.set(slot, event.disposition.as_deref());
                self.unread.settle(slot, row);
                self.collaborators.settle(row.id());
            }
            Event::ConversationStatusChanged(event) => {
                row.status = event.to;
                row.snoozed_until = MaybeTimestamp::from(event.until);
                row.active_at(at);
            }
            Event::ConversationAssigned(event) => {
                row.assign(event.assignee_id, event.team_id);
                if event.assignee_id.is_some() {
                    row.bot_gone();
                }
                row.active_at(at);
            }
            Event::ConversationBotStarted(_) => row.bot = row::BOT_RUNNING,
            Event::ConversationHandedOff(_) => row.bot = MaybeTimestamp::at(at),
            Event::CollaboratorAdded(event) => self.collaborators.invite(row.id(), event.user_id),
            Event::CollaboratorRemoved(event) => self.collaborators.uninvite(row.id(), event.user_id),
            Event::ConversationPriorityChanged(event) => row.priority = event.priority,
            Event::ConversationTagged(event) => row.tag_set = self.tags.with(row.tag_set, &event.tag),
            Event::ConversationUntagged(event) => row.tag_set = self.tags.without(row.tag_set, &event.tag),
            // A mark on a resolved conversation matters only where it says "unread".
            Event::ConversationRead(event) if row.status != Status::Resolved || event.up_to_version == 0 => {
                self.unread.read(slot, row, event.user_id, event.up_to_version as u32);
            }
            Event::ConversationCallObserved(_) | Event::NoteAdded(_) => row.active_at(at),
            Event::MessageReceived(event) => {
                if let Some(until) = event.window_until {
                    self.windows.extend(row.thread, until);
                }
                row.set_clocks(&event.clocks);
                row.message_at(pos, at);
                row.last_inbound_pos = pos;
                if !event.blocked {
                    row.active_at(at);
                }
                if event.asks() {
                    self.unread.received(slot, row);
                }
            }
            Event::MessageEchoed(event) => self.outbound(row, recorded, &event.clocks),
            Event::MessageQueued(event) => self.outbound(row, recorded, &event.clocks),
            Event::MessageImported(_) => {
                let only_imported = row.last_inbound_pos == 0 && row.last_outbound_pos == 0;
                if only_imported && row.last_message_at.get().is_none_or(|newest| newest <= at) {
                    row.message_at(pos, at);
                }
            }
            Event::MessageResendRequested(event) => row.set_clocks(&event.clocks),
            Event::MessageAccepted(event) => {
                if let Some(until) = event.free_entry_until {
                    self.windows.enter_free(row.thread, until);
                }
            }
            Event::MessageRefused(event) => {
                if let Some(clocks) = &event.clocks {
                    row.set_clocks(clocks);
                }
            }
            Event::MessageStatusObserved(event) => {
                if let Some(clocks) = &event.clocks {
                    row.set_clocks(clocks);
                }
            }
            // The rest of a conversation's events move the version only.
            _ => {}
        }
    }

    fn outbound(&self, row: &mut Row, recorded: &Recorded, clocks: &Clocks) {
        row.set_clocks(clocks);
        row.message_at(recorded.pos, recorded.occurred_at);
        row.last_outbound_pos = recorded.pos;
        row.active_at(recorded.occurred_at);
    }

    /// A window moved without a message, perhaps before the first one.
    fn window_changed(&mut self, event: &ContactWindowChanged) {
        let Some(slot) = self.of_thread(event.channel_id, event.contact_id).next() else {
            return self.windows.early(event.channel_id, event.contact_id, event.window_until);
        };
        let thread = self.rows.at(slot).thread;
        if event.cause == WindowCause::ProviderRefused {
            self.windows.close(thread, event.window_until);
        } else {
            self.windows.extend(thread, event.window_until);
        }
    }

    fn of_thread(&self, channel: ChannelId, contact: ContactId) -> impl Iterator<Item = u32> {
        self.slots_of_contact(contact).filter(move |slot| self.rows.at(*slot).channel_id() == channel)
    }

    fn slot(&self, id: ConversationId) -> Option<u32> {
        self.by_id.get(id.as_u128(), |slot| self.rows.id(slot).as_u128())
    }

    fn slots_of_contact(&self, contact: ContactId) -> impl Iterator<Item = u32> {
        let newest = self.by_contact.get(contact.as_u128(), |slot| self.rows.at(slot).contact_id().as_u128());
        chain(newest, |slot| self.rows.at(slot).previous_of_contact)
    }
}

//! A contact on a channel: their newest conversation there, and when they may be written to freely. Every conversation leads to
//! its thread, also one that was resolved long ago, so what is kept of each is packed.

use super::{Thread, Window};
use crate::ids::*;
use crate::packed;
use crate::packed::Pages;
use crate::paged::SlotIndex;
use crate::time::Timestamp;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub(super) struct Threads {
    rows: Pages<Row>,
    /// The contact's newest thread; it leads to those before.
    by_contact: SlotIndex,
    /// In the order in which they began.
    conversations: Pages<Begun>,
    by_conversation: SlotIndex,
}

packed! {
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Row {
        contact: ContactId,
        channel: ChannelId,
        /// The newest, in [`Threads::conversations`].
        conversation: Option<u32>,
        resolved_at: Option<Timestamp>,
        until: Option<Timestamp>,
        referred_until: Option<Timestamp>,
        free_entry_until: Option<Timestamp>,
        /// The contact's thread before this one.
        previous: Option<u32>,
    }
}

packed! {
    /// A conversation, and the thread it is of.
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Begun {
        id: ConversationId,
        thread: u32,
    }
}

/// A thread that is there: threads never go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place(u32);

impl Row {
    fn window(&self) -> Window {
        let Self { until, referred_until, free_entry_until, .. } = *self;
        Window { until, referred_until, free_entry_until }
    }
}

impl Threads {
    pub(super) fn newest(&self, channel: ChannelId, contact: ContactId) -> Option<Thread> {
        self.newest_of(self.place(channel, contact)?)
    }

    fn newest_of(&self, place: u32) -> Option<Thread> {
        let row = self.rows.at(place);
        let conversation_id = ConversationId::from_u128(self.conversations.id(row.conversation?));
        Some(Thread { conversation_id, resolved_at: row.resolved_at })
    }

    /// The newest conversations of a contact on all channels.
    pub(super) fn of_contact(&self, contact: ContactId) -> impl Iterator<Item = Thread> {
        self.places(contact).filter_map(|place| self.newest_of(place))
    }

    pub(super) fn window(&self, channel: ChannelId, contact: ContactId) -> Window {
        self.place(channel, contact).map(|place| self.rows.at(place).window()).unwrap_or_default()
    }

    pub(super) fn of(&self, conversation: ConversationId) -> Option<(ChannelId, ContactId)> {
        self.place_of(conversation).map(|place| self.whose(place))
    }

    pub(super) fn place_of(&self, conversation: ConversationId) -> Option<Place> {
        let slot = self.by_conversation.get(conversation.as_u128(), |slot| self.conversations.id(slot))?;
        Some(Place(self.conversations.at(slot).thread))
    }

    pub(super) fn whose(&self, place: Place) -> (ChannelId, ContactId) {
        let row = self.rows.at(place.0);
        (row.channel, row.contact)
    }

    /// A conversation begins, resolved already where it comes from elsewhere.
    pub(super) fn open(
        &mut self,
        (channel, contact): (ChannelId, ContactId),
        conversation: ConversationId,
        resolved_at: Option<Timestamp>,
    ) {
        let Place(place) = self.place_or_new(channel, contact);
        let slot = self.conversations.push(Begun { id: conversation, thread: place });
        self.by_conversation.set(conversation.as_u128(), slot, |slot| self.conversations.id(slot));
        self.rows.change(place, |row| (row.conversation, row.resolved_at) = (Some(slot), resolved_at));
    }

    /// A conversation was resolved, or goes on; it counts while it is the newest.
    pub(super) fn resolved(&mut self, place: Place, conversation: ConversationId, at: Option<Timestamp>) {
        let newest = self.rows.at(place.0).conversation.map(|slot| self.conversations.id(slot));
        if newest == Some(conversation.as_u128()) {
            self.rows.change(place.0, |row| row.resolved_at = at);
        }
    }

    pub(super) fn change_window(&mut self, place: Place, change: impl FnOnce(&mut Window)) {
        self.rows.change(place.0, |row| {
            let mut window = row.window();
            change(&mut window);
            Window { until: row.until, referred_until: row.referred_until, free_entry_until: row.free_entry_until } =
                window;
        });
    }

    /// See [`Pages::pack`].
    pub(super) fn pack(&mut self) {
        self.rows.pack();
        self.conversations.pack();
    }

    fn place(&self, channel: ChannelId, contact: ContactId) -> Option<u32> {
        self.places(contact).find(|place| self.rows.at(*place).channel == channel)
    }

    pub(super) fn place_or_new(&mut self, channel: ChannelId, contact: ContactId) -> Place {
        if let Some(place) = self.place(channel, contact) {
            return Place(place);
        }
        let row = Row {
            contact,
            channel,
            conversation: None,
            resolved_at: None,
            until: None,
            referred_until: None,
            free_entry_until: None,
            previous: self.places(contact).next(),
        };
        let place = self.rows.push(row);
        self.by_contact.set(contact.as_u128(), place, |place| self.rows.id(place));
        Place(place)
    }

    /// All of a contact, newest first.
    fn places(&self, contact: ContactId) -> impl Iterator<Item = u32> {
        let newest = self.by_contact.get(contact.as_u128(), |place| self.rows.id(place));
        std::iter::successors(newest, |place| self.rows.at(*place).previous)
    }
}

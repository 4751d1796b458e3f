//! Customer service windows. A window belongs to a contact on a channel, and all their conversations there show the same one, so
//! it is kept once for all of them: kept in every row, each message would have changed rows of any age, and with them pages that
//! earlier copies of the inbox share.

use std::collections::BTreeMap;

use domain::ids::{ChannelId, ContactId};
use domain::time::{MaybeTimestamp, Timestamp};

use domain::packed::Pages;

/// When a customer may be written to freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// The end of the customer service window.
    pub until: Option<Timestamp>,
    /// The end of a free entry point.
    pub free_entry_until: Option<Timestamp>,
}

/// By thread: a contact on a channel, numbered when their first conversation there opens.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Windows {
    threads: Pages<Ends>,
    /// Of those that have no conversation on the channel yet.
    early: BTreeMap<(ChannelId, ContactId), Timestamp>,
}

domain::packed! {
    #[derive(Debug, Clone, Copy)]
    struct Ends {
        until: MaybeTimestamp,
        free_entry_until: MaybeTimestamp,
    }
}

impl Windows {
    /// A number for a new thread; its window may have opened before.
    pub(super) fn open(&mut self, channel: ChannelId, contact: ContactId) -> u32 {
        let until = MaybeTimestamp::from(self.early.remove(&(channel, contact)));
        self.threads.push(Ends { until, free_entry_until: MaybeTimestamp::NONE })
    }

    /// A window moved before the first conversation.
    pub(super) fn early(&mut self, channel: ChannelId, contact: ContactId, until: Timestamp) {
        self.early.insert((channel, contact), until);
    }

    pub(super) fn of(&self, thread: u32) -> Window {
        let Ends { until, free_entry_until } = self.threads.at(thread);
        Window { until: until.get(), free_entry_until: free_entry_until.get() }
    }

    pub(super) fn extend(&mut self, thread: u32, until: Timestamp) {
        self.threads.change(thread, |ends| ends.until.extend(until));
    }

    pub(super) fn enter_free(&mut self, thread: u32, until: Timestamp) {
        self.threads.change(thread, |ends| ends.free_entry_until.extend(until));
    }

    /// The provider says when it ended.
    pub(super) fn close(&mut self, thread: u32, at: Timestamp) {
        self.threads.change(thread, |ends| ends.until = MaybeTimestamp::at(at));
    }

    /// See [`Pages::pack`].
    pub(super) fn pack(&mut self) {
        self.threads.pack();
    }
}

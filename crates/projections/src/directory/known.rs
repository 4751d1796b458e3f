//! What is known of a contact beside who they are: when they were seen, where they were met, and labels of those who have some, shared
//! by copies of the views until one of the two changes them.

use std::sync::Arc;

use domain::contact::attributes::{self, Attributes};
use domain::contact::tags::Tags;
use domain::event::{Event, Recorded};
use domain::ids::ChannelId;
use domain::packed::{Fields, Pages};
use domain::paged::Paged;
use domain::segment::SeenOn;
use domain::segment::facts::Consents;
use domain::time::{MaybeTimestamp, Timestamp};

use crate::digest::Digest;

domain::packed! {
    /// What changes with everything they write.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Seen {
        last_seen_at: MaybeTimestamp,
        /// How many conversations they had.
        pub conversations: u32,
    }
}

domain::packed! {
    /// What hardly ever changes.
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Row {
        /// The channel they were met on first; 0: none. Nearly everybody is met on no second one.
        channel: u128,
        /// Where those of who has some are.
        labels: Option<u32>,
    }
}

/// What is known of everybody, by their place.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct AllKnown {
    rows: Pages<Row>,
    labels: Paged<Arc<Labels>>,
}

/// What is known of one contact.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    channel: Option<ChannelId>,
    labels: Option<&'a Labels>,
}

/// What people, programs and customers said of a contact.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Labels {
    pub attributes: Attributes,
    pub tags: Tags,
    pub consents: Consents,
    /// The channels they were met on after the first one.
    channels: Vec<ChannelId>,
}

/// Of those who have none.
static NONE: Labels =
    Labels { attributes: Attributes::new(), tags: Tags::new(), consents: Consents::new(), channels: Vec::new() };

impl Seen {
    pub(super) const NEVER: Self = Self { last_seen_at: MaybeTimestamp::NONE, conversations: 0 };

    /// When they last wrote.
    pub fn last_seen_at(&self) -> Option<Timestamp> {
        self.last_seen_at.get()
    }
    pub(super) fn wrote(&mut self, at: Timestamp) {
        self.last_seen_at.extend(at);
    }
}

impl<'a> Known<'a> {
    /// The channels they were met on.
    pub fn channels(self) -> impl Iterator<Item = ChannelId> {
        self.channel.into_iter().chain(self.others().iter().copied())
    }
    pub(super) fn seen_on(self) -> SeenOn<'a> {
        SeenOn::Listed(self.channel, self.others())
    }
    pub(super) fn labels(self) -> Option<&'a Labels> {
        self.labels
    }
    pub(super) fn labels_or_none(self) -> &'a Labels {
        self.labels.unwrap_or(&NONE)
    }
    fn others(self) -> &'a [ChannelId] {
        self.labels.map_or(&[], |labels| &labels.channels)
    }
}

impl AllKnown {
    /// The next contact comes, of whom nothing is known.
    pub(super) fn push(&mut self) {
        self.rows.push(Row { channel: 0, labels: None });
    }

    pub(super) fn of(&self, slot: u32) -> Known<'_> {
        let Row { channel, labels } = self.rows.at(slot);
        let channel = Some(channel).filter(|channel| *channel != 0).map(ChannelId::from_u128);
        Known { channel, labels: labels.map(|place| &*self.labels[place]) }
    }

    /// Of those from a place on.
    pub(super) fn from(&self, slot: u32) -> impl Iterator<Item = Known<'_>> {
        (slot..self.rows.len()).map(|slot| self.of(slot))
    }

    /// Applies an event that is about a contact.
    pub(super) fn apply(&mut self, slot: u32, recorded: &Recorded) {
        match &recorded.event {
            Event::ContactConsentChanged(event) => {
                self.write(slot).consents.insert(event.category.clone(), (event.at, event.granted));
            }
            Event::ContactAttributesChanged(event) => {
                attributes::apply(&mut self.write(slot).attributes, &event.attributes)
            }
            Event::ContactTagged(event) => {
                self.write(slot).tags.insert(event.tag.clone());
            }
            Event::ContactUntagged(event) => {
                self.write(slot).tags.remove(&event.tag);
            }
            _ => {}
        }
    }

    pub(super) fn met_on(&mut self, slot: u32, channel: ChannelId) {
        let known = self.of(slot);
        // Looked at first: what is not changed stays shared with copies.
        if known.channel.is_none() {
            self.rows.change(slot, |row| row.channel = channel.as_u128());
        } else if known.channels().all(|other| other != channel) {
            self.write(slot).channels.push(channel);
        }
    }

    /// Of an erased contact only numbers stay.
    pub(super) fn forget(&mut self, slot: u32) {
        if self.rows.at(slot).labels.is_some() {
            let labels = self.write(slot);
            labels.attributes.clear();
            labels.tags.clear();
        }
    }

    /// See [`Pages::pack`].
    pub(super) fn pack(&mut self) {
        self.rows.pack();
    }

    pub(super) fn digest(&self, digest: &mut Digest) {
        self.rows.iter().for_each(|row| digest.add(&row.numbers()));
        self.labels.iter().for_each(|labels| digest.add(labels));
    }

    fn write(&mut self, slot: u32) -> &mut Labels {
        let place = self.rows.at(slot).labels.unwrap_or_else(|| {
            let place = self.labels.push(Arc::default());
            self.rows.change(slot, |row| row.labels = Some(place));
            place
        });
        Arc::make_mut(&mut self.labels[place])
    }
}

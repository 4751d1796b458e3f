//! What is known of a contact beside who they are: when they were seen, where they were met, and labels of those who have some, shared
//! by copies of the views until one of the two changes them.

use std::sync::Arc;

use domain::contact::attributes::{self, Attributes};
use domain::contact::tags::Tags;
use domain::event::{Event, Recorded};
use domain::ids::ChannelId;
use domain::segment::facts::Consents;
use domain::time::{MaybeTimestamp, Timestamp};

domain::packed! {
    /// What changes with everything they write.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Seen {
        last_seen_at: MaybeTimestamp,
        /// How many conversations they had.
        pub conversations: u32,
    }
}

/// What hardly ever changes.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The channel they were met on first; nearly everybody is met on no second one.
    channel: Option<ChannelId>,
    labels: Option<Arc<Labels>>,
}

/// What people, programs and customers said of a contact.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Labels {
    pub attributes: Attributes,
    pub tags: Tags,
    pub consents: Consents,
    /// All channels they were met on, in the order of their ids, if there are several.
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

impl Known {
    /// The channels they were met on, in the order of their ids.
    pub fn channels(&self) -> &[ChannelId] {
        match &self.labels {
            Some(labels) if !labels.channels.is_empty() => &labels.channels,
            _ => self.channel.as_slice(),
        }
    }
    pub(super) fn labels(&self) -> Option<&Labels> {
        self.labels.as_deref()
    }
    pub(super) fn labels_or_none(&self) -> &Labels {
        self.labels.as_deref().unwrap_or(&NONE)
    }

    /// Applies an event that is about this contact.
    pub(super) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ContactConsentChanged(event) => {
                self.write().consents.insert(event.category.clone(), (event.at, event.granted));
            }
            Event::ContactAttributesChanged(event) => {
                attributes::apply(&mut self.write().attributes, &event.attributes)
            }
            Event::ContactTagged(event) => {
                self.write().tags.insert(event.tag.clone());
            }
            Event::ContactUntagged(event) => {
                self.write().tags.remove(&event.tag);
            }
            _ => {}
        }
    }

    pub(super) fn met_on(&mut self, channel: ChannelId) {
        let Some(first) = self.channel else {
            self.channel = Some(channel);
            return;
        };
        if let Err(place) = self.channels().binary_search(&channel) {
            let channels = &mut self.write().channels;
            if channels.is_empty() {
                channels.push(first);
            }
            channels.insert(place, channel);
        }
    }

    /// Of an erased contact only numbers stay.
    pub(super) fn forget(&mut self) {
        if let Some(labels) = &mut self.labels {
            let labels = Arc::make_mut(labels);
            labels.attributes.clear();
            labels.tags.clear();
        }
    }

    fn write(&mut self) -> &mut Labels {
        Arc::make_mut(self.labels.get_or_insert_default())
    }
}

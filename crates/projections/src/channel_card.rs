//! A number's credentials for the connector, folded from the channel's stream with the sealed parts opened.

use domain::event::channel::Credentials;
use domain::event::{Event, Recorded};
use domain::ids::ChannelId;

/// What opens the provider's doors now.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelCard {
    pub id: ChannelId,
    /// `None`: the workspace key is not at hand.
    pub credentials: Option<Credentials>,
    /// The event they come from.
    pub credentials_pos: u64,
}

impl ChannelCard {
    /// Folds the channel's stream, or only the events at
    /// [`crate::directory::Channel::credential_positions`]; `None` where there is no connecting event first.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let Event::ChannelConnected(connected) = &first.event else { return None };
        let mut card =
            Self { id: connected.channel_id, credentials: connected.private.clone(), credentials_pos: first.pos };
        for recorded in events {
            if let Event::ChannelSecretRotated(event) = &recorded.event {
                card.credentials.clone_from(&event.private);
                card.credentials_pos = recorded.pos;
            }
        }
        Some(card)
    }
}

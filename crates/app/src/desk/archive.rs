//! What decisions may look up in the log: a conversation's state folded from its stream, and look-up keys.

use domain::conversation::Conversation;
use domain::event::Recorded;
use domain::identity::BlindKey;
use domain::ids::{ContactId, ConversationId, UserId};
use domain::step::Archive;
use event_log::Reader;
use parking_lot::RwLock;
use projections::contact_card::ContactCard;

use crate::accounts::UserBook;
use crate::codec::{decode, decode_open};

/// Events of a stream read at a time.
const STREAM_PAGE: usize = 1_000;

/// The log as the domain's archive.
pub(super) struct LogArchive<'a> {
    pub(super) reader: &'a Reader,
    /// Accounts, where they are kept: what a text calls somebody.
    pub(super) users: Option<&'a RwLock<UserBook>>,
}

/// The log as it was before a position: what is played from there on finds nothing that came later.
pub(crate) struct ArchiveBefore<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) pos: u64,
}

impl Archive for LogArchive<'_> {
    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        folded(self.reader, id, u64::MAX)
    }

    fn find(&self, key: BlindKey) -> Option<Vec<u8>> {
        match self.reader.find(&key.0) {
            Ok(entry) => entry.map(|entry| entry.value),
            Err(error) => panic!("the look-up keys cannot be read: {error}"),
        }
    }

    fn contact_name(&self, id: ContactId) -> Option<String> {
        ContactCard::fold(&opened(self.reader, &id.to_string())?)?.display_name()
    }

    fn user_name(&self, id: UserId) -> Option<String> {
        self.users.and_then(|users| users.read().get(id).map(|account| account.name.clone()))
    }
}

/// A stream with its personal parts; `None`: it cannot be read now, and whoever asks for a name does without.
fn opened(reader: &Reader, stream: &str) -> Option<Vec<Recorded>> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let page = reader.stream(stream, events.len() as u64 + 1, STREAM_PAGE).ok()?;
        let full = page.len() == STREAM_PAGE;
        for stored in &page {
            events.push(decode_open(reader, stored).ok()?);
        }
        if !full {
            return Some(events);
        }
    }
}

impl Archive for ArchiveBefore<'_> {
    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        folded(self.reader, id, self.pos)
    }

    /// Nothing that is played is looked up by a key.
    fn find(&self, _: BlindKey) -> Option<Vec<u8>> {
        None
    }
}

/// A conversation of what its stream had before a position.
fn folded(reader: &Reader, id: ConversationId, before: u64) -> Option<Conversation> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let from = events.len() as u64 + 1;
        let page = match reader.stream(&id.to_string(), from, STREAM_PAGE) {
            Ok(page) => page,
            Err(error) => {
                // Deciding on half a conversation would be worse than stopping.
                panic!("{id} cannot be read: {error}");
            }
        };
        let full = page.len() == STREAM_PAGE && page.last().is_some_and(|last| last.pos < before);
        for stored in page.iter().take_while(|stored| stored.pos < before) {
            match decode(stored) {
                Ok(recorded) => events.push(recorded),
                Err(error) => panic!("{id} cannot be read: {error}"),
            }
        }
        if !full {
            break;
        }
    }
    Conversation::from_stream(events.iter())
}

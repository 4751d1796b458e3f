//! What decisions may look up in the log: a conversation's state folded from its stream, and look-up keys.

use domain::conversation::Conversation;
use domain::event::Recorded;
use domain::identity::BlindKey;
use domain::ids::ConversationId;
use domain::step::Archive;
use event_log::Reader;

use crate::codec::decode;

/// Events of a stream read at a time.
const STREAM_PAGE: usize = 1_000;

/// The log as the domain's archive.
pub(super) struct LogArchive<'a>(pub(super) &'a Reader);

/// The log as it was before a position: what is played from there on finds nothing that came later.
pub(crate) struct ArchiveBefore<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) pos: u64,
}

impl Archive for LogArchive<'_> {
    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        folded(self.0, id, u64::MAX)
    }

    fn find(&self, key: BlindKey) -> Option<Vec<u8>> {
        match self.0.find(&key.0) {
            Ok(entry) => entry.map(|entry| entry.value),
            Err(error) => panic!("the look-up keys cannot be read: {error}"),
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

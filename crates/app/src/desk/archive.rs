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

impl Archive for LogArchive<'_> {
    fn conversation(&self, id: ConversationId) -> Option<Conversation> {
        let mut events: Vec<Recorded> = Vec::new();
        loop {
            let from = events.len() as u64 + 1;
            let page = match self.0.stream(&id.to_string(), from, STREAM_PAGE) {
                Ok(page) => page,
                Err(error) => {
                    // Deciding on half a conversation would be worse than stopping.
                    panic!("{id} cannot be read: {error}");
                }
            };
            let full = page.len() == STREAM_PAGE;
            for stored in page {
                match decode(&stored) {
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

    fn find(&self, key: BlindKey) -> Option<Vec<u8>> {
        match self.0.find(&key.0) {
            Ok(entry) => entry.map(|entry| entry.value),
            Err(error) => panic!("the look-up keys cannot be read: {error}"),
        }
    }
}

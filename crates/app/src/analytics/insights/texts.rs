//! Opens messages of customers: what they say now, if they can still be opened and were not revoked. Only what was typed counts;
//! what a bot offered to press are its own words, and names of files are nobody's.

use std::collections::BTreeMap;

use domain::content::{Content, MessageKind};
use domain::event::message::{MessageEdited, MessageReceived, MessageRevoked};
use domain::event::{Event, Payload, StreamId};
use domain::ids::*;
use projections::insights::Place;

use super::by_conversation;
use crate::Desk;
use crate::codec::decode_open;
use crate::queries::Answer;

/// Messages of one answer that are opened at most; of more only every second, fourth and so on.
pub const READ_MAX: usize = 20_000;

/// Every so many of what is handed in, so that it is never more than [`READ_MAX`].
#[derive(Debug)]
pub(super) struct Thinned<T> {
    every: usize,
    seen: usize,
    most: usize,
    pub(super) kept: Vec<T>,
}

impl<T> Thinned<T> {
    pub(super) fn to(most: usize) -> Self {
        Self { every: 1, seen: 0, most, kept: Vec::new() }
    }

    pub(super) fn add(&mut self, one: T) {
        if self.seen.is_multiple_of(self.every) {
            self.kept.push(one);
        }
        self.seen += 1;
        if self.kept.len() > self.most {
            self.every *= 2;
            let mut place = 0;
            self.kept.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
    }

    /// Whether some were left out.
    pub(super) fn is_thinned(&self) -> bool {
        self.every > 1
    }
}

impl Desk {
    /// What is said in these places. For callers that have checked access.
    pub(super) fn typed_at(&self, places: &mut [Place], mut each: impl FnMut(&Place, String)) -> Answer<()> {
        by_conversation(places);
        for of_one in places.chunk_by(|one, other| one.slot == other.slot) {
            let [(conversation, _)] = self.conversations_at([of_one[0].slot].into_iter())[..] else { continue };
            let mut texts = self.texts(conversation, of_one)?;
            for place in of_one {
                if let Some(text) = texts.remove(&place.pos) {
                    each(place, text);
                }
            }
        }
        Ok(())
    }

    fn texts(&self, conversation: ConversationId, places: &[Place]) -> Answer<BTreeMap<u64, String>> {
        let wanted = |pos: u64| places.iter().any(|place| place.pos == pos);
        let events = self.stream_with(StreamId::Conversation(conversation), |stored| {
            let open = match &*stored.kind {
                MessageReceived::KIND => wanted(stored.pos),
                MessageEdited::KIND | MessageRevoked::KIND => true,
                _ => false,
            };
            if open { decode_open(self.reader(), stored).map(Some) } else { Ok(None) }
        })?;
        let (mut texts, mut places) = (BTreeMap::new(), BTreeMap::<MessageId, u64>::new());
        for recorded in events {
            match recorded.event {
                // What came of it before it came itself is left to those who show it.
                Event::MessageReceived(event) if event.early.is_empty() => {
                    places.insert(event.message_id, recorded.pos);
                    let text = event.private.as_ref().and_then(|private| typed(&private.content));
                    texts.extend(text.map(|text| (recorded.pos, text)));
                }
                Event::MessageEdited(MessageEdited { message_id: Some(id), private, completes: false, .. }) => {
                    let Some(pos) = places.get(&id) else { continue };
                    match private.as_ref().and_then(|private| typed(&private.content)) {
                        Some(text) => texts.insert(*pos, text),
                        None => texts.remove(pos),
                    };
                }
                Event::MessageRevoked(MessageRevoked { message_id: Some(id), .. }) => {
                    if let Some(pos) = places.get(&id) {
                        texts.remove(pos);
                    }
                }
                _ => {}
            }
        }
        Ok(texts)
    }
}

/// What somebody typed.
fn typed(content: &Content) -> Option<String> {
    let text = match content.kind {
        MessageKind::Text => content.preview(),
        MessageKind::Image | MessageKind::Video | MessageKind::Document => {
            content.body.get("caption").and_then(serde_json::Value::as_str)
        }
        _ => None,
    };
    text.filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_every_second_is_kept_and_then_every_fourth() {
        let mut few = Thinned::to(4);
        (0..4).for_each(|n| few.add(n));
        assert_eq!((few.kept.as_slice(), few.is_thinned()), ([0, 1, 2, 3].as_slice(), false));
        let mut many = Thinned::to(4);
        (0..17).for_each(|n| many.add(n));
        assert_eq!(many.kept, [0, 8, 16]);
        assert!(many.is_thinned());
    }
}

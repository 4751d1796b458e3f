//! A sorted list of conversations that stays cheap at a million of them: in chunks of at most [`CHUNK_MAX`], of which those that were
//! changed lately lie open and the others take some 5 bytes an entry; found by two binary searches over memory that lies together. A
//! tree with 24-byte keys took ten times the memory. Entries order by sort key, then conversation id. A copy shares its chunks until
//! they change.

use std::cmp::Ordering;

use borsh::{BorshDeserialize, BorshSerialize, io};
use domain::ids::ConversationId;
use domain::packed::Page;

use super::rows::Rows;

/// Entries in one chunk: moving half of it costs less than 50 ns.
const CHUNK_MAX: usize = 256;
/// Entries that a chunk grows by.
const GROWTH: usize = 32;
/// A chunk below this joins its neighbour where both fit into three quarters of one.
const CHUNK_MIN: usize = 64;

domain::packed! {
    /// A conversation at its place.
    #[derive(Debug, Clone, Copy)]
    struct Entry {
        key: i64,
        slot: u32,
    }
}

impl Entry {
    fn compare(self, place: &Place, rows: &Rows) -> Ordering {
        self.key.cmp(&place.key).then_with(|| rows.id(self.slot).cmp(&place.id))
    }
}

/// A point in the order; need not be taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) key: i64,
    pub(super) id: ConversationId,
}

/// The sorted list.
#[derive(Debug, Clone, Default)]
pub(super) struct Order {
    /// The last entry of each chunk.
    maxima: Vec<Entry>,
    chunks: Vec<Page<Entry>>,
    len: usize,
}

impl Order {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds `slot` under `key`; it must not be there yet.
    pub(super) fn insert(&mut self, key: i64, slot: u32, rows: &Rows) {
        self.len += 1;
        let entry = Entry { key, slot };
        let place = Place { key, id: rows.id(slot) };
        if self.chunks.is_empty() {
            self.chunks.push(Page::new(vec![entry]));
            self.maxima.push(entry);
            return;
        }
        let mut at = self.chunk_of(&place, rows);
        if at == self.chunks.len() {
            at -= 1;
            if self.chunks[at].len() == CHUNK_MAX {
                // Growing at the end is the usual case (times go up): leave full chunks behind, not halves.
                self.chunks.push(Page::new(vec![entry]));
                self.maxima.push(entry);
                return;
            }
        } else if self.chunks[at].len() == CHUNK_MAX {
            let upper = self.chunks[at].open().split_off(CHUNK_MAX / 2);
            self.chunks.insert(at + 1, Page::new(upper));
            self.maxima.insert(at + 1, self.maxima[at]);
            self.set_maximum(at);
            if self.maxima[at].compare(&place, rows) == Ordering::Less {
                at += 1;
            }
        }
        let chunk = self.chunks[at].open();
        let index = chunk.partition_point(|other| other.compare(&place, rows) == Ordering::Less);
        if chunk.len() == chunk.capacity() {
            // Doubling would leave a third of all chunks empty, and one that was copied as full as it is, twice as large.
            chunk.reserve_exact(GROWTH);
        }
        chunk.insert(index, entry);
        self.set_maximum(at);
    }

    /// Takes `slot` out, which lies under `key`.
    pub(super) fn remove(&mut self, key: i64, slot: u32, rows: &Rows) {
        let place = Place { key, id: rows.id(slot) };
        let at = self.chunk_of(&place, rows);
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        let index = chunk.partition_point(|other| other.compare(&place, rows) == Ordering::Less);
        if chunk.get(index).is_none_or(|entry| entry.slot != slot) {
            return;
        }
        let chunk = chunk.open();
        chunk.remove(index);
        self.len -= 1;
        if chunk.is_empty() {
            self.chunks.remove(at);
            self.maxima.remove(at);
            return;
        }
        if chunk.len() < CHUNK_MIN && at + 1 < self.chunks.len() {
            let both = self.chunks[at].len() + self.chunks[at + 1].len();
            if both <= CHUNK_MAX / 4 * 3 {
                let mut upper = self.chunks.remove(at + 1);
                self.maxima.remove(at + 1);
                self.chunks[at].open().append(upper.open());
            }
        }
        self.set_maximum(at);
    }

    /// Walks upwards from just after `place`, or from the beginning.
    pub(super) fn ascending<'a>(&'a self, after: Option<Place>, rows: &Rows) -> Walk<'a> {
        let Some(place) = after else { return Walk { order: self, chunk: 0, index: 0, backwards: false } };
        let chunk = self.chunk_of(&place, rows);
        let index = self
            .chunks
            .get(chunk)
            .map_or(0, |entries| entries.partition_point(|other| other.compare(&place, rows) != Ordering::Greater));
        Walk { order: self, chunk, index, backwards: false }
    }

    /// Walks downwards from just before `place`, or from the end.
    pub(super) fn descending<'a>(&'a self, before: Option<Place>, rows: &Rows) -> Walk<'a> {
        let Some(place) = before else {
            return Walk { order: self, chunk: self.chunks.len(), index: 0, backwards: true };
        };
        let chunk = self.chunk_of(&place, rows);
        let index = self
            .chunks
            .get(chunk)
            .map_or(0, |entries| entries.partition_point(|other| other.compare(&place, rows) == Ordering::Less));
        Walk { order: self, chunk, index, backwards: true }
    }

    /// The first chunk whose last entry is not before `place`.
    fn chunk_of(&self, place: &Place, rows: &Rows) -> usize {
        self.maxima.partition_point(|last| last.compare(place, rows) == Ordering::Less)
    }

    /// Closes all chunks: see [`Page::close`].
    pub(super) fn pack(&mut self) {
        self.chunks.iter_mut().for_each(Page::close);
    }

    fn set_maximum(&mut self, at: usize) {
        let chunk = &self.chunks[at];
        self.maxima[at] = chunk.at(chunk.len() - 1);
    }
}

/// What is found again from the chunks is not written.
impl BorshSerialize for Order {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        self.chunks.serialize(out)
    }
}
impl BorshDeserialize for Order {
    fn deserialize_reader<R: io::Read>(from: &mut R) -> io::Result<Self> {
        let chunks = Vec::<Page<Entry>>::deserialize_reader(from)?;
        let last = |chunk: &Page<Entry>| chunk.len().checked_sub(1).map(|last| chunk.at(last));
        let maxima = chunks.iter().map(last).collect::<Option<_>>();
        let maxima = maxima.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a chunk is empty"))?;
        Ok(Self { maxima, len: chunks.iter().map(Page::len).sum(), chunks })
    }
}

/// Entries in order, as `(key, slot)`.
pub(super) struct Walk<'a> {
    order: &'a Order,
    chunk: usize,
    /// Ahead: the next entry. Backwards: one past the next entry.
    index: usize,
    backwards: bool,
}

impl Iterator for Walk<'_> {
    type Item = (i64, u32);

    fn next(&mut self) -> Option<(i64, u32)> {
        let entry = if self.backwards {
            while self.index == 0 {
                self.chunk = self.chunk.checked_sub(1)?;
                self.index = self.order.chunks[self.chunk].len();
            }
            self.index -= 1;
            self.order.chunks[self.chunk].at(self.index)
        } else {
            while self.index >= self.order.chunks.get(self.chunk)?.len() {
                self.chunk += 1;
                self.index = 0;
            }
            self.index += 1;
            self.order.chunks[self.chunk].at(self.index - 1)
        };
        Some((entry.key, entry.slot))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::conversation::Status;
    use domain::event::conversation::{ConversationOpened, Origin};
    use domain::ids::*;
    use domain::paged::NO_SLOT;
    use domain::time::Timestamp;
    use proptest::prelude::*;

    use super::super::row::Row;
    use super::*;

    /// Rows whose ids are not in the order of their slots.
    fn rows(n: u32) -> Rows {
        let mut rows = Rows::default();
        for slot in 0..n {
            let id = u128::from(slot.wrapping_mul(2_654_435_761));
            let event = ConversationOpened {
                conversation_id: ConversationId::from_u128(id),
                number: 1,
                channel_id: ChannelId::from_u128(1),
                brand_id: BrandId::from_u128(1),
                contact_id: ContactId::from_u128(1),
                origin: Origin::Inbound,
                status: Status::Open,
                team_id: None,
                previous: None,
            };
            rows.push(Row::opened(&event, Timestamp::from_millis(0), 1, NO_SLOT));
        }
        rows
    }

    fn place(key: i64, slot: u32, rows: &Rows) -> (i64, ConversationId) {
        (key, rows.id(slot))
    }

    /// Walks must give exactly the plain set, from any point, both ways.
    fn check(order: &Order, plain: &BTreeSet<(i64, ConversationId)>, rows: &Rows, from: (i64, ConversationId)) {
        let id = |(key, slot): (i64, u32)| place(key, slot, rows);
        let start = Some(Place { key: from.0, id: from.1 });
        assert_eq!(order.len(), plain.len());
        assert!(order.ascending(None, rows).map(id).eq(plain.iter().copied()));
        assert!(order.descending(None, rows).map(id).eq(plain.iter().rev().copied()));
        let (below, above): (Vec<_>, Vec<_>) = plain.iter().filter(|at| **at != from).partition(|at| **at < from);
        assert!(order.ascending(start, rows).map(id).eq(above));
        assert!(order.descending(start, rows).map(id).eq(below.into_iter().rev()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn behaves_like_a_sorted_set(
            moves in prop::collection::vec((0u32..3_000, -40i64..40), 100..6_000),
            from in (-41i64..41, 0u32..3_000),
        ) {
            let rows = rows(3_000);
            let mut keys: Vec<Option<i64>> = vec![None; 3_000];
            let mut order = Order::default();
            let mut plain = BTreeSet::new();
            for (slot, key) in moves {
                if let Some(old) = keys[slot as usize].take() {
                    order.remove(old, slot, &rows);
                    plain.remove(&place(old, slot, &rows));
                }
                // Every fourth one only leaves, so that chunks empty and join too.
                if key % 4 != 0 {
                    keys[slot as usize] = Some(key << 30);
                    order.insert(key << 30, slot, &rows);
                    plain.insert(place(key << 30, slot, &rows));
                }
            }
            check(&order, &plain, &rows, place(from.0 << 30, from.1, &rows));
        }
    }

    #[test]
    fn growing_at_the_end_fills_chunks_and_emptying_gives_them_back() {
        let rows = rows(2_000);
        let mut order = Order::default();
        for slot in 0..2_000 {
            order.insert(i64::from(slot), slot, &rows);
        }
        assert_eq!(order.chunks.len(), 2_000_usize.div_ceil(CHUNK_MAX));
        for slot in 0..2_000 {
            order.remove(i64::from(slot), slot, &rows);
        }
        assert_eq!((order.len(), order.chunks.len(), order.maxima.len()), (0, 0, 0));
    }

    #[test]
    fn taking_out_what_is_not_there_changes_nothing() {
        let rows = rows(2);
        let mut order = Order::default();
        order.remove(1, 0, &rows);
        order.insert(1, 0, &rows);
        order.remove(1, 1, &rows);
        order.remove(2, 0, &rows);
        assert_eq!(order.len(), 1);
    }
}

//! Pieces of state that copies of it share. A state is written with what its pieces hold, unless several are:
//!
//! * [`written_together`] and [`read_together`]: of each piece the first is written, and of the others which one it was. So copies cost in a
//!   file what they cost in memory, and share again.
//! * [`Parts`]: a copy at rest. It holds the pieces themselves, and what is not in pieces written down, which takes a third of what it takes
//!   in trees and tables.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize, io};

/// See the module.
#[derive(Debug, Default, PartialEq)]
pub struct Shared<T: ?Sized>(Arc<T>);

/// What may lie in a piece: [`Content`] of any kind, and bytes and words, whose number is not known.
pub trait Piece: Send + Sync + 'static {
    /// Without its type, and back.
    fn hold(this: &Arc<Self>) -> Held;
    fn held(held: &Held) -> Option<Arc<Self>>;
}

/// A piece without its type.
#[derive(Clone)]
pub enum Held {
    Bytes(Arc<[u8]>),
    Words(Arc<[u64]>),
    Other(Arc<dyn Content>),
}

pub trait Content: Any + Send + Sync {
    /// Bytes it takes, without the pieces within it.
    fn bytes(&self) -> usize;
    /// Every piece within it, with its address and its bytes.
    fn within(&self, _each: &mut dyn FnMut(usize, usize)) {}
}

impl<const N: usize> Content for [u32; N] {
    fn bytes(&self) -> usize {
        size_of::<Self>()
    }
}
/// Of rows that keep nothing elsewhere, or little.
impl<T: Send + Sync + 'static> Content for Vec<T> {
    fn bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

impl<T: Content> Piece for T {
    fn hold(this: &Arc<Self>) -> Held {
        Held::Other(this.clone())
    }
    fn held(held: &Held) -> Option<Arc<Self>> {
        let Held::Other(other) = held else { return None };
        (other.clone() as Arc<dyn Any + Send + Sync>).downcast().ok()
    }
}
impl Piece for [u8] {
    fn hold(this: &Arc<Self>) -> Held {
        Held::Bytes(this.clone())
    }
    fn held(held: &Held) -> Option<Arc<Self>> {
        if let Held::Bytes(bytes) = held { Some(bytes.clone()) } else { None }
    }
}
impl Piece for [u64] {
    fn hold(this: &Arc<Self>) -> Held {
        Held::Words(this.clone())
    }
    fn held(held: &Held) -> Option<Arc<Self>> {
        if let Held::Words(words) = held { Some(words.clone()) } else { None }
    }
}

impl Held {
    /// Itself and every piece within it, with its address and its bytes, the counts of those that share it among them.
    fn each(&self, each: &mut dyn FnMut(usize, usize)) {
        const COUNTS: usize = 2 * size_of::<usize>();
        match self {
            Self::Bytes(bytes) => each(bytes.as_ptr().addr(), bytes.len() + COUNTS),
            Self::Words(words) => each(words.as_ptr().addr(), size_of_val(&**words) + COUNTS),
            Self::Other(other) => {
                each(Arc::as_ptr(other).cast::<()>().addr(), other.bytes() + COUNTS);
                other.within(each);
            }
        }
    }
}

impl<T> Shared<T> {
    pub fn new(content: T) -> Self {
        Self(Arc::new(content))
    }
}

impl<T: Clone> Shared<T> {
    /// To change it. Whoever shares it keeps what it was.
    pub fn make_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: ?Sized> Shared<T> {
    /// Whether it is the very same, and not only alike.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Tells it from all others there are at the same time.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<()>().addr()
    }

    /// Writes another piece in its place, as which it is read.
    pub fn write_as<Like: Piece + BorshSerialize + ?Sized, W: io::Write>(
        &self,
        out: &mut W,
        like: impl FnOnce() -> Shared<Like>,
    ) -> io::Result<()> {
        enum Way {
            Content,
            Number(u32, bool),
            Keep,
        }
        let way = TOGETHER.with_borrow_mut(|together| match together {
            None | Some(Together::Read(_) | Together::Put(_)) => Way::Content,
            Some(Together::Written(numbers)) => {
                let next = numbers.len() as u32;
                let number = *numbers.entry(self.address()).or_insert(next);
                Way::Number(number, number == next)
            }
            Some(Together::Taken(_)) => Way::Keep,
        });
        match way {
            Way::Content => like().0.serialize(out),
            Way::Number(number, is_new) => {
                number.serialize(out)?;
                if is_new { like().0.serialize(out) } else { Ok(()) }
            }
            Way::Keep => {
                let held = Like::hold(&like().0);
                TOGETHER.with_borrow_mut(|together| {
                    if let Some(Together::Taken(pieces)) = together {
                        pieces.push(held);
                    }
                });
                Ok(())
            }
        }
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
impl<T> From<Vec<T>> for Shared<[T]> {
    fn from(content: Vec<T>) -> Self {
        Self(content.into())
    }
}

impl<T: ?Sized + Piece + BorshSerialize> BorshSerialize for Shared<T> {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        self.write_as(out, || self.clone())
    }
}
impl<T: ?Sized + Piece> BorshDeserialize for Shared<T>
where
    Arc<T>: BorshDeserialize,
{
    fn deserialize_reader<R: io::Read>(from: &mut R) -> io::Result<Self> {
        enum Next<T: ?Sized> {
            Content,
            Known(Arc<T>),
            Numbered,
        }
        let next = TOGETHER.with_borrow_mut(|together| match together {
            Some(Together::Put(pieces)) => pieces.next().and_then(|held| T::held(&held)).map(Next::Known).ok_or(()),
            Some(Together::Read(_)) => Ok(Next::Numbered),
            _ => Ok(Next::Content),
        });
        match next.map_err(|()| no_piece())? {
            Next::Content => Ok(Self(Arc::deserialize_reader(from)?)),
            Next::Known(piece) => Ok(Self(piece)),
            Next::Numbered => Self::read_numbered(from),
        }
    }
}

impl<T: ?Sized + Piece> Shared<T> {
    fn read_numbered<R: io::Read>(from: &mut R) -> io::Result<Self>
    where
        Arc<T>: BorshDeserialize,
    {
        let number = u32::deserialize_reader(from)? as usize;
        let known = with_read(|pieces| match pieces.get(number) {
            Some(Some(piece)) => T::held(piece).map(Some).ok_or(()),
            None if number == pieces.len() => {
                // Those within it come after it.
                pieces.push(None);
                Ok(None)
            }
            _ => Err(()),
        });
        if let Some(piece) = known.map_err(|()| no_piece())? {
            return Ok(Self(piece));
        }
        let piece = Arc::deserialize_reader(from)?;
        with_read(|pieces| pieces[number] = Some(T::hold(&piece)));
        Ok(Self(piece))
    }
}

fn no_piece() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "there is no such piece")
}

/// How pieces are written and read on this thread.
enum Together {
    /// Numbers by address. Whoever is written is there until the end, so no address is that of another one meanwhile.
    Written(HashMap<usize, u32>),
    /// By number; none while it is being read.
    Read(Vec<Option<Held>>),
    /// Kept instead of written, in the order in which they come.
    Taken(Vec<Held>),
    /// Given instead of read, in the same order.
    Put(std::vec::IntoIter<Held>),
}

thread_local! {
    static TOGETHER: RefCell<Option<Together>> = const { RefCell::new(None) };
}

fn with_read<T>(f: impl FnOnce(&mut Vec<Option<Held>>) -> T) -> T {
    TOGETHER.with_borrow_mut(|together| match together {
        Some(Together::Read(pieces)) => f(pieces),
        _ => unreachable!("whoever reads has looked"),
    })
}

/// All that is written within, on this thread.
pub fn written_together<T>(write: impl FnOnce() -> T) -> T {
    together(Together::Written(HashMap::new()), write).0
}

/// All that is read within, on this thread: what was written together, in the same order, to any place after the first.
pub fn read_together<T>(read: impl FnOnce() -> T) -> T {
    together(Together::Read(Vec::new()), read).0
}

/// Within another one it is as if that were not.
fn together<T>(what: Together, work: impl FnOnce() -> T) -> (T, Option<Together>) {
    /// Puts back what was before, also where the work panics.
    struct Before(Option<Together>);
    impl Drop for Before {
        fn drop(&mut self) {
            TOGETHER.set(self.0.take());
        }
    }
    let _before = Before(TOGETHER.replace(Some(what)));
    let done = work();
    (done, TOGETHER.take())
}

/// A copy of a state at rest.
pub struct Parts {
    /// What is not in pieces.
    pub rest: Vec<u8>,
    pieces: Vec<Held>,
}

impl Parts {
    /// Of a state whose pieces are not changed from then on where they lie.
    pub fn of(state: &impl BorshSerialize) -> Self {
        let (rest, taken) = together(Together::Taken(Vec::new()), || borsh::to_vec(state));
        let Some(Together::Taken(mut pieces)) = taken else { unreachable!("nobody else ends it") };
        pieces.shrink_to_fit();
        Self { rest: rest.expect("memory takes what is written"), pieces }
    }

    /// The state again, sharing with whoever shares these pieces. `rest` is what [`Self::rest`] was.
    pub fn put_together<T: BorshDeserialize>(&self, rest: &[u8]) -> io::Result<T> {
        together(Together::Put(self.pieces.clone().into_iter()), || borsh::from_slice(rest)).0
    }

    /// Bytes it takes.
    pub fn bytes(&self) -> usize {
        self.apart(None)
    }

    /// Bytes of it that another one does not share.
    pub fn apart(&self, other: Option<&Self>) -> usize {
        let mut theirs = HashSet::new();
        if let Some(other) = other {
            other.pieces.iter().for_each(|piece| piece.each(&mut |address, _| _ = theirs.insert(address)));
        }
        let mut bytes = self.rest.len() + self.pieces.len() * size_of::<Held>();
        self.pieces.iter().for_each(|piece| {
            piece.each(&mut |address, own| bytes += if theirs.contains(&address) { 0 } else { own });
        });
        bytes
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pieces and {} bytes", self.pieces.len(), self.rest.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pieces = Vec<Shared<Vec<Shared<[u8]>>>>;

    /// Pieces of pieces, some of them the same.
    fn pieces() -> Pieces {
        let [one, two, three] = [b"one", b"two", b"one"].map(|word| Shared::from(word.to_vec()));
        let both = Shared::new(vec![one.clone(), two.clone()]);
        vec![both.clone(), Shared::new(vec![two, three, one]), both]
    }

    #[test]
    fn what_is_written_together_is_shared_again() {
        let (first, then) = (pieces(), pieces());
        let bytes = written_together(|| [&first, &then, &first].map(|pieces| borsh::to_vec(pieces).unwrap()));
        let read = read_together(|| bytes.each_ref().map(|bytes| borsh::from_slice::<Pieces>(bytes).unwrap()));
        assert_eq!(read, [first.clone(), then, first]);
        let [first, then, again] = read;
        assert!(first[0].is(&first[2]) && first[0].is(&again[0]) && first[1].is(&again[1]));
        assert!(first[0][0].is(&first[1][2]) && first[0][1].is(&first[1][0]));
        assert!(!first[0][0].is(&first[1][1]), "it is only alike");
        assert!(!first[0].is(&then[0]));
        // A length, and a number for each.
        assert_eq!(bytes[2].len(), 4 + 3 * 4);
    }

    #[test]
    fn what_is_written_alone_is_what_it_holds() {
        let bytes = borsh::to_vec(&pieces()).unwrap();
        let plain: Vec<Vec<Vec<u8>>> = borsh::from_slice(&bytes).unwrap();
        let held = |some: &Shared<Vec<Shared<[u8]>>>| some.iter().map(|one| one.to_vec()).collect::<Vec<_>>();
        assert_eq!(plain, pieces().iter().map(held).collect::<Vec<_>>());
        assert_eq!(borsh::from_slice::<Pieces>(&bytes).unwrap(), pieces());
    }

    #[test]
    fn a_number_that_was_not_given_is_damage() {
        let bytes = written_together(|| borsh::to_vec(&pieces()).unwrap());
        let read = |bytes: &[u8]| read_together(|| borsh::from_slice::<Pieces>(bytes));
        assert!(read(&bytes).is_ok());
        let with = |at: usize, number: u32| {
            let mut bytes = bytes.clone();
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
            bytes
        };
        // Later than the next one; itself; of another kind.
        for (at, number) in [(4, 1), (12, 0), (bytes.len() - 4, 1)] {
            assert!(read(&with(at, number)).is_err(), "{number} at {at}");
        }
        assert!(borsh::from_slice::<Pieces>(&bytes[..bytes.len() - 1]).is_err());
    }

    /// A number beside two pieces, one of which is written as another.
    #[derive(Debug, Clone, PartialEq, BorshDeserialize)]
    struct State {
        number: u16,
        one: Shared<[u64]>,
        leaf: Shared<[u32; 4]>,
    }
    impl BorshSerialize for State {
        fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
            self.number.serialize(out)?;
            let doubled = || self.one.iter().map(|word| word * 2).collect::<Vec<_>>().into();
            self.one.write_as(out, doubled)?;
            self.leaf.serialize(out)
        }
    }

    #[test]
    fn a_copy_at_rest_holds_what_it_was_and_shares_again() {
        let mut state = State { number: 7, one: vec![1, 2, 3].into(), leaf: Shared::new([1; 4]) };
        let parts = Parts::of(&state);
        assert_eq!(parts.rest, [7, 0]);
        // Their bytes, with two counts for each, and where they are.
        assert_eq!(parts.bytes(), 2 + 2 * size_of::<Held>() + (24 + 16) + (16 + 16));
        let again: State = parts.put_together(&parts.rest).unwrap();
        assert_eq!((again.number, &again.one[..], again.leaf.is(&state.leaf)), (7, &[2, 4, 6][..], true));
        // The words were made for it.
        let shared = 16 + 16;
        assert_eq!(parts.apart(Some(&Parts::of(&state))), parts.bytes() - shared);
        state.leaf.make_mut()[2] = 5;
        assert_eq!(parts.apart(Some(&Parts::of(&state))), parts.bytes());
        assert_eq!(parts.put_together::<State>(&parts.rest).unwrap(), again);
        // Another state is not made of them.
        assert!(parts.put_together::<Pieces>(&[1, 0, 0, 0]).is_err());
    }

    #[test]
    fn each_is_by_itself_within_another() {
        let state = State { number: 7, one: vec![1].into(), leaf: Shared::new([1; 4]) };
        let (alone, bytes) = (borsh::to_vec(&state).unwrap(), written_together(|| borsh::to_vec(&state).unwrap()));
        let both = written_together(|| {
            let before = borsh::to_vec(&state.leaf).unwrap();
            assert_eq!(Parts::of(&state).rest, [7, 0]);
            [before, borsh::to_vec(&state).unwrap()]
        });
        assert_eq!(both[1].len(), bytes.len() - 16);
        let panicked = std::panic::catch_unwind(|| written_together(|| panic!("in the middle")));
        assert!(panicked.is_err());
        assert_eq!(borsh::to_vec(&state).unwrap(), alone);
    }
}

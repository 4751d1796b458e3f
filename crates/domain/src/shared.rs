//! Pieces of state that copies of it share. Copies that are [`written_together`] and [`read_together`] share them again: of each piece
//! the first is written, and of the others which one it was. So a copy costs in a file what it costs in memory. Otherwise a piece is written
//! as what it holds, whoever shares it.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize, io};

/// See the module.
#[derive(Debug, Default, PartialEq)]
pub struct Shared<T: ?Sized>(Arc<T>);

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
        Arc::as_ptr(&self.0).cast::<()>() as usize
    }

    /// Writes it as something else than what it holds, as which it will be read.
    pub fn write_as<W: io::Write>(
        &self,
        out: &mut W,
        content: impl FnOnce(&mut W) -> io::Result<()>,
    ) -> io::Result<()> {
        let number = TOGETHER.with_borrow_mut(|together| match together {
            Some(Together::Written(numbers)) => {
                let next = numbers.len() as u32;
                let number = *numbers.entry(self.address()).or_insert(next);
                Some((number, number == next))
            }
            _ => None,
        });
        if let Some((number, is_new)) = number {
            number.serialize(out)?;
            if !is_new {
                return Ok(());
            }
        }
        content(out)
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

impl<T: ?Sized + BorshSerialize> BorshSerialize for Shared<T> {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        self.write_as(out, |out| self.0.serialize(out))
    }
}
impl<T: ?Sized + 'static> BorshDeserialize for Shared<T>
where
    Arc<T>: BorshDeserialize,
{
    fn deserialize_reader<R: io::Read>(from: &mut R) -> io::Result<Self> {
        if !TOGETHER.with_borrow(|together| matches!(together, Some(Together::Read(_)))) {
            return Ok(Self(Arc::deserialize_reader(from)?));
        }
        let number = u32::deserialize_reader(from)? as usize;
        let known = with_read(|pieces| match pieces.get(number) {
            Some(Some(piece)) => piece.downcast_ref::<Arc<T>>().cloned().map(Some).ok_or(()),
            None if number == pieces.len() => {
                // Those within it come after it.
                pieces.push(None);
                Ok(None)
            }
            _ => Err(()),
        });
        match known {
            Ok(Some(piece)) => return Ok(Self(piece)),
            Ok(None) => {}
            Err(()) => return Err(io::Error::new(io::ErrorKind::InvalidData, "there is no such piece")),
        }
        let piece = Arc::deserialize_reader(from)?;
        with_read(|pieces| pieces[number] = Some(Box::new(piece.clone())));
        Ok(Self(piece))
    }
}

/// What comes together on this thread.
enum Together {
    /// Numbers by address. Whoever is written is there until the end, so no address is that of another one meanwhile.
    Written(HashMap<usize, u32>),
    /// Each an `Arc` of what it holds, by number; none while it is being read.
    Read(Vec<Option<Box<dyn Any>>>),
}

thread_local! {
    static TOGETHER: RefCell<Option<Together>> = const { RefCell::new(None) };
}

fn with_read<T>(f: impl FnOnce(&mut Vec<Option<Box<dyn Any>>>) -> T) -> T {
    TOGETHER.with_borrow_mut(|together| match together {
        Some(Together::Read(pieces)) => f(pieces),
        _ => unreachable!("whoever reads has looked"),
    })
}

/// All that is written within, on this thread.
pub fn written_together<T>(write: impl FnOnce() -> T) -> T {
    together(Together::Written(HashMap::new()), write)
}

/// All that is read within, on this thread: what was written together, in the same order, to any place after the first.
pub fn read_together<T>(read: impl FnOnce() -> T) -> T {
    together(Together::Read(Vec::new()), read)
}

fn together<T>(what: Together, work: impl FnOnce() -> T) -> T {
    /// Also where the work panics.
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            TOGETHER.set(None);
        }
    }
    let before = TOGETHER.replace(Some(what));
    assert!(before.is_none(), "nothing is written or read together within another");
    let _ended = Ended;
    work()
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
        assert_eq!(
            plain,
            pieces().iter().map(|some| some.iter().map(|one| one.to_vec()).collect()).collect::<Vec<Vec<_>>>()
        );
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

    #[test]
    fn together_ends_with_a_panic() {
        let panicked = std::panic::catch_unwind(|| written_together(|| panic!("in the middle")));
        assert!(panicked.is_err());
        let bytes = borsh::to_vec(&Shared::from(vec![b'x'])).unwrap();
        assert_eq!(bytes, [1, 0, 0, 0, b'x']);
    }
}

//! Some rows that lie together, open to be changed or closed: a block of a few bits a field.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize, io};

use super::{Block, Fields};
use crate::shared::Shared;

/// See the module. A copy shares the rows until one of the two changes them.
#[derive(Clone)]
pub struct Page<R>(State<R>);

#[derive(Clone)]
enum State<R> {
    Open(Shared<Vec<R>>),
    Closed(Block<R>),
}

impl<R: Fields> Page<R> {
    /// An open one.
    pub fn new(rows: Vec<R>) -> Self {
        Self(State::Open(Shared::new(rows)))
    }

    pub fn is_open(&self) -> bool {
        matches!(self.0, State::Open(_))
    }

    /// Takes least, and so does what a copy that is made next has for itself later.
    pub fn close(&mut self) {
        if let State::Open(rows) = &self.0 {
            self.0 = State::Closed(Block::new(rows));
        }
    }

    /// Its rows, to be changed. It stays open.
    pub fn open(&mut self) -> &mut Vec<R> {
        if let State::Closed(block) = &self.0 {
            self.0 = State::Open(Shared::new(block.iter().collect()));
        }
        match &mut self.0 {
            State::Open(rows) => rows.make_mut(),
            State::Closed(_) => unreachable!("it was just opened"),
        }
    }

    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            State::Open(rows) => rows.len(),
            State::Closed(block) => block.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row that is there.
    #[inline]
    pub fn at(&self, index: usize) -> R {
        match &self.0 {
            State::Open(rows) => rows[index],
            State::Closed(block) => block.get(index),
        }
    }

    /// One row, if it is there.
    pub fn get(&self, index: usize) -> Option<R> {
        (index < self.len()).then(|| self.at(index))
    }

    /// One number of a row that is there, of those that [`Fields::numbers`] makes.
    #[inline]
    pub fn number(&self, index: usize, wanted: usize) -> u64 {
        match &self.0 {
            State::Open(rows) => rows[index].numbers().as_ref()[wanted],
            State::Closed(block) => block.number(index, wanted),
        }
    }

    /// How many rows at the beginning are so, where none behind the first that is not is.
    pub fn partition_point(&self, is_so: impl Fn(&R) -> bool) -> usize {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            if is_so(&self.at(middle)) { from = middle + 1 } else { to = middle }
        }
        from
    }

    /// Bytes it takes beside itself.
    pub fn size(&self) -> usize {
        match &self.0 {
            State::Open(rows) => rows.capacity() * size_of::<R>(),
            State::Closed(block) => block.size(),
        }
    }
}

impl<R: Fields + fmt::Debug> fmt::Debug for Page<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..self.len()).map(|index| self.at(index))).finish()
    }
}

/// Written closed, and read so: what lies open differs with the way that was gone, and says nothing.
impl<R: Fields> BorshSerialize for Page<R> {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        match &self.0 {
            State::Open(rows) => rows.write_as(out, || Block::new(rows).words),
            State::Closed(block) => block.serialize(out),
        }
    }
}
impl<R: Fields> BorshDeserialize for Page<R> {
    fn deserialize_reader<From: io::Read>(from: &mut From) -> io::Result<Self> {
        Block::deserialize_reader(from).map(|block| Self(State::Closed(block)))
    }
}

//! Small numbers for the ids that rows repeat millions of times. 0 stands for nobody, or nothing.

use std::hash::Hash;

use borsh::{BorshDeserialize, BorshSerialize, io};
use domain::id_map::IdMap;

/// The number of an id within one kind: of people, of teams, of channels, …
#[derive(
    borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default,
)]
pub struct No(pub u16);

impl No {
    /// Nobody, or nothing.
    pub const NONE: Self = Self(0);
    /// Somebody beyond [`NAMES_MAX`].
    pub const OTHER: Self = Self(u16::MAX);
}

domain::packed_as!(No: u16);

/// Ids of one kind that get a number of their own. Those beyond share [`No::OTHER`], and are then told apart no more.
pub const NAMES_MAX: usize = u16::MAX as usize - 1;

/// Numbers of ids, in the order they first appeared.
#[derive(Debug, Clone)]
pub struct Names<Id> {
    ids: Vec<Id>,
    numbers: IdMap<Id, No>,
}

impl<Id> Default for Names<Id> {
    fn default() -> Self {
        Self { ids: Vec::new(), numbers: IdMap::default() }
    }
}

/// Numbers follow from the order.
impl<Id: BorshSerialize> BorshSerialize for Names<Id> {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        self.ids.serialize(out)
    }
}
impl<Id: BorshDeserialize + Copy + Eq + Hash> BorshDeserialize for Names<Id> {
    fn deserialize_reader<R: io::Read>(from: &mut R) -> io::Result<Self> {
        let ids = Vec::<Id>::deserialize_reader(from)?;
        let numbers = ids.iter().zip(1..).map(|(id, number)| (*id, No(number))).collect();
        Ok(Self { ids, numbers })
    }
}

impl<Id: Copy + Eq + Hash> Names<Id> {
    /// The id's number; a new one where it has none.
    pub(super) fn number(&mut self, id: Id) -> No {
        if let Some(no) = self.numbers.get(&id) {
            return *no;
        }
        if self.ids.len() >= NAMES_MAX {
            return No::OTHER;
        }
        self.ids.push(id);
        let no = No(self.ids.len() as u16);
        self.numbers.insert(id, no);
        no
    }

    pub(super) fn of(&mut self, id: Option<Id>) -> No {
        id.map_or(No::NONE, |id| self.number(id))
    }

    /// The number an id has, if it appeared.
    pub fn find(&self, id: Id) -> Option<No> {
        self.numbers.get(&id).copied()
    }

    /// Whose number it is; `None` for nobody, and beyond [`NAMES_MAX`].
    pub fn id(&self, no: No) -> Option<Id> {
        self.ids.get(usize::from(no.0).checked_sub(1)?).copied()
    }

    /// How many have a number. Numbers are 1 to this.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

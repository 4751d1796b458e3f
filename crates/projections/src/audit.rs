//! Where the audit entries are: eight bytes each, in order, with the kind and the actor beside the position, so that most
//! questions open only what they show. What an entry says is read from the log.

use std::collections::BTreeMap;
use std::fmt;

use domain::audit::{AuditKind, entry};
use domain::event::Recorded;
use domain::ids::UserId;

/// position (40 bits) | kind (8) | actor (16)
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Clone, Copy, PartialEq, Eq)]
struct Packed(u64);

/// No user.
const NOBODY: u16 = 0;
/// One of those who came after the numbers were given out; the entry itself says who.
const SOMEBODY: u16 = u16::MAX;

impl Packed {
    fn new(pos: u64, kind: AuditKind, actor: u16) -> Self {
        Self(pos << 24 | u64::from(kind as u8) << 16 | u64::from(actor))
    }
    fn pos(self) -> u64 {
        self.0 >> 24
    }
    fn kind(self) -> AuditKind {
        AuditKind::ALL[usize::from((self.0 >> 16) as u8)]
    }
    fn actor(self) -> u16 {
        self.0 as u16
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.pos(), self.kind().name(), self.actor())
    }
}

/// All entries.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Audit {
    entries: Vec<Packed>,
    actors: BTreeMap<UserId, u16>,
}

/// What to look for, by what is at hand. Entries that fit may still not be by this actor where there were too many people
/// to number.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditFilter {
    /// Only positions from this on.
    pub from: u64,
    /// Only positions before this.
    pub before: Option<u64>,
    pub actor: Option<UserId>,
    /// Empty: all kinds.
    pub kinds: Vec<AuditKind>,
}

impl Audit {
    /// Positions of entries that fit, newest first.
    pub fn newest<'a>(&'a self, filter: &'a AuditFilter) -> impl Iterator<Item = (u64, AuditKind)> + 'a {
        let end = filter.before.map_or(self.entries.len(), |before| self.place(before));
        let start = self.place(filter.from).min(end);
        let actor = filter.actor.map(|user| self.actors.get(&user).copied());
        let by = move |packed: &Packed| match actor {
            None => true,
            Some(number) => packed.actor() == SOMEBODY || number == Some(packed.actor()),
        };
        let of_kind = |packed: &Packed| filter.kinds.is_empty() || filter.kinds.contains(&packed.kind());
        let entries = self.entries[start..end].iter().rev().copied();
        entries.filter(move |packed| of_kind(packed) && by(packed)).map(|packed| (packed.pos(), packed.kind()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
    /// The position of the entry at a place in the order, oldest first: for searching by time.
    pub fn at(&self, place: usize) -> Option<u64> {
        self.entries.get(place).map(|packed| packed.pos())
    }

    pub(crate) fn apply(&mut self, recorded: &Recorded) {
        let Some(kind) = entry(&recorded.event) else { return };
        let actor = recorded.actor.user().map_or(NOBODY, |user| self.number(user));
        self.entries.push(Packed::new(recorded.pos, kind, actor));
    }

    fn number(&mut self, user: UserId) -> u16 {
        let next = u16::try_from(self.actors.len() + 1).unwrap_or(SOMEBODY);
        if next == SOMEBODY {
            return self.actors.get(&user).copied().unwrap_or(SOMEBODY);
        }
        *self.actors.entry(user).or_insert(next)
    }

    /// How many entries lie before a position.
    fn place(&self, pos: u64) -> usize {
        self.entries.partition_point(|packed| packed.pos() < pos)
    }
}

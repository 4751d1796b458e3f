//! The tracks of all conversations, by slot. Those of conversations that were resolved, which nearly all are, lie side by side, a few in
//! one piece of memory: alone, each would take a third again for what points to it. Those of which more is expected are apart.

use std::collections::BTreeMap;

use domain::shared::{Content, Shared};

use super::moment::{Moment, Running, Track, What};
use crate::digest::Digest;

/// Tracks that lie side by side. What a change makes anew, and a copy has for itself, is so many.
const GROUP: usize = 16;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub(super) struct Tracks {
    /// Where each of [`GROUP`] tracks ends, four bytes each, little-endian, and behind that the tracks. One that is in `running` is
    /// empty here.
    resting: Vec<Shared<[u8]>>,
    running: BTreeMap<u32, Shared<Running>>,
    len: u32,
}

/// Bytes before a group's tracks.
const HEAD: usize = GROUP * size_of::<u32>();

impl Content for Running {
    fn bytes(&self) -> usize {
        self.size()
    }
}

impl Tracks {
    pub(super) fn get(&self, slot: u32) -> Track<'_> {
        match self.running.get(&slot) {
            Some(running) => Track::of(running.bytes()),
            None => self.rests(slot),
        }
    }

    /// The next conversation begins.
    pub(super) fn begin(&mut self) {
        if (self.len as usize).is_multiple_of(GROUP) {
            self.resting.push(vec![0; HEAD].into());
        }
        self.running.insert(self.len, Shared::default());
        self.len += 1;
    }

    /// A settled one stays settled, unless an episode begins.
    pub(super) fn push(&mut self, slot: u32, moment: Moment) {
        if let Some(running) = self.running.get_mut(&slot) {
            running.make_mut().push(moment);
            return;
        }
        let mut running = Running::going_on(self.rests(slot));
        running.push(moment);
        if matches!(moment.what, What::Reopened { .. }) {
            self.lay(slot, &[]);
            self.running.insert(slot, Shared::new(running));
        } else {
            self.lay(slot, running.bytes());
        }
    }

    /// Nothing more is expected for now.
    pub(super) fn settle(&mut self, slot: u32) {
        if let Some(running) = self.running.remove(&slot) {
            self.lay(slot, running.bytes());
        }
    }

    /// Bytes they take.
    pub(super) fn size(&self) -> usize {
        let pointers = self.resting.capacity() * size_of::<Shared<[u8]>>();
        let running = self.running.values().map(|running| running.size() + 2 * size_of::<(u32, Shared<Running>)>());
        self.resting.iter().map(heap).sum::<usize>() + running.sum::<usize>() + pointers
    }

    pub(super) fn digest(&self, digest: &mut Digest) {
        for slot in 0..self.len {
            match self.running.get(&slot) {
                Some(running) => digest.add(&**running),
                None => digest.add(&self.bytes(slot)),
            }
        }
    }

    fn rests(&self, slot: u32) -> Track<'_> {
        Track::of(self.bytes(slot))
    }

    /// What lies in its group.
    fn bytes(&self, slot: u32) -> &[u8] {
        let group = &self.resting[slot as usize / GROUP];
        let (head, tracks) = group.split_at(HEAD);
        let place = slot as usize % GROUP;
        &tracks[place.checked_sub(1).map_or(0, |before| end(head, before))..end(head, place)]
    }

    /// Puts other bytes in its place.
    fn lay(&mut self, slot: u32, bytes: &[u8]) {
        let first = slot / GROUP as u32 * GROUP as u32;
        let tracks = (first..first + GROUP as u32).map(|other| if other == slot { bytes } else { self.bytes(other) });
        let tracks: Vec<_> = tracks.collect();
        let mut group = Vec::with_capacity(HEAD + tracks.iter().map(|track| track.len()).sum::<usize>());
        let mut end = 0;
        for track in &tracks {
            end += track.len() as u32;
            group.extend(end.to_le_bytes());
        }
        tracks.iter().for_each(|track| group.extend(*track));
        self.resting[slot as usize / GROUP] = group.into();
    }
}

/// Where a group's track ends.
fn end(head: &[u8], place: usize) -> usize {
    let (ends, _) = head.as_chunks();
    u32::from_le_bytes(ends[place]) as usize
}

/// Bytes of a group, with the counts of those that share it.
fn heap(group: &Shared<[u8]>) -> usize {
    group.len() + 2 * size_of::<usize>()
}

#[cfg(test)]
mod tests {
    use domain::shared::Parts;
    use domain::time::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::facts::names::No;

    #[derive(Debug, Clone, Copy)]
    enum Act {
        Begin,
        Push(u32),
        Reopen(u32),
        Settle(u32),
    }

    fn act() -> impl Strategy<Value = Act> {
        let slot = || 0..40u32;
        prop_oneof![
            2 => Just(Act::Begin),
            6 => slot().prop_map(Act::Push),
            1 => slot().prop_map(Act::Reopen),
            3 => slot().prop_map(Act::Settle),
        ]
    }

    proptest! {
        /// As a list for each conversation would have them, also in a copy that was made on the way and in one that was written.
        #[test]
        fn moments_stay_what_they_were_whatever_rests(acts in prop::collection::vec(act(), 0..300), at in 0..300usize) {
            let mut tracks = Tracks::default();
            let mut expected: Vec<Vec<Moment>> = Vec::new();
            let mut copied = None;
            for (n, act) in acts.into_iter().enumerate() {
                if n == at {
                    copied = Some((tracks.clone(), expected.clone()));
                }
                let moment = |what| Moment { pos: n as u64 + 1, at: Timestamp::from_millis(n as i64 * 700), what };
                let reopened = What::Reopened { inbound: true, waiting_since: None, team: No::NONE, owner: No(7) };
                match act {
                    Act::Begin => {
                        tracks.begin();
                        expected.push(Vec::new());
                    }
                    Act::Push(slot) | Act::Reopen(slot) if (slot as usize) < expected.len() => {
                        let what = if matches!(act, Act::Push(_)) { What::Machine } else { reopened };
                        tracks.push(slot, moment(what));
                        expected[slot as usize].push(moment(what));
                    }
                    Act::Settle(slot) => tracks.settle(slot),
                    Act::Push(_) | Act::Reopen(_) => {}
                }
            }
            let written: Tracks = borsh::from_slice(&borsh::to_vec(&tracks).unwrap()).unwrap();
            let digest = |tracks: &Tracks| {
                let mut digest = Digest::default();
                tracks.digest(&mut digest);
                digest.finish()
            };
            prop_assert_eq!(digest(&written), digest(&tracks));
            for (tracks, expected) in [(written, expected.clone()), (tracks, expected)].into_iter().chain(copied) {
                let found: Vec<Vec<Moment>> = (0..tracks.len).map(|slot| tracks.get(slot).iter().collect()).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_copy_has_for_itself_what_changed() {
        let mut tracks = Tracks::default();
        for slot in 0..100 {
            tracks.begin();
            tracks.push(slot, Moment { pos: 1, at: Timestamp::from_millis(5), what: What::Machine });
            tracks.settle(slot);
        }
        let copy = tracks.clone();
        let own = |copy: &Tracks, other: &Tracks| Parts::of(copy).apart(Some(&Parts::of(other)));
        assert_eq!(own(&copy, &tracks), own(&copy, &copy));
        tracks.push(20, Moment { pos: 2, at: Timestamp::from_millis(6), what: What::Machine });
        assert_eq!(own(&copy, &tracks), own(&copy, &copy) + heap(&copy.resting[1]));
        assert_eq!((copy.get(20).iter().count(), tracks.get(20).iter().count()), (1, 2));
    }
}

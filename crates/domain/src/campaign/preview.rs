//! What a launch would come to at this moment: who is meant, who would be left out and why.

use std::collections::BTreeMap;

use super::eligible::address;
use super::{Campaign, Reason};
use crate::ids::ContactId;
use crate::world::World;

/// Looked at in one command at most: an agent's command waits for no more than that.
pub const LOOKED_MAX: usize = 1_000;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    pub audience: u32,
    pub excluded: BTreeMap<Reason, u32>,
    /// The first who would be written to.
    pub sample: Vec<ContactId>,
}

impl Preview {
    /// With some more of those who are meant; nothing is written down. `sample`: how many are named.
    pub fn and(mut self, world: &World, campaign: &Campaign, meant: &[ContactId], sample: usize) -> Self {
        for id in meant {
            self.audience += 1;
            match address(world, campaign, *id) {
                Ok(_) if self.sample.len() < sample => self.sample.push(*id),
                Ok(_) => {}
                Err(reason) => *self.excluded.entry(reason).or_default() += 1,
            }
        }
        self
    }
}

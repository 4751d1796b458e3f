//! What a launch would come to at this moment: who is meant, who would be left out and why.

use std::collections::BTreeMap;

use super::eligible::address;
use super::{Campaign, Reason, launch};
use crate::ids::ContactId;
use crate::time::Timestamp;
use crate::world::World;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    pub audience: u32,
    pub excluded: BTreeMap<Reason, u32>,
    /// The first who would be written to.
    pub sample: Vec<ContactId>,
}

/// Looks at everybody, and writes nothing down. `sample`: how many are named.
pub fn preview(world: &World, campaign: &Campaign, sample: usize, now: Timestamp) -> Preview {
    let mut found = Preview::default();
    for id in launch::audience(world, campaign, now) {
        found.audience += 1;
        match address(world, campaign, id) {
            Ok(_) if found.sample.len() < sample => found.sample.push(id),
            Ok(_) => {}
            Err(reason) => *found.excluded.entry(reason).or_default() += 1,
        }
    }
    found
}

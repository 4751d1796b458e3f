//! The brands.

use std::collections::BTreeMap;

use domain::event::{Event, Recorded};
use domain::ids::BrandId;
use domain::time::Timestamp;

/// A brand.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Brand {
    pub id: BrandId,
    pub name: String,
    pub created_at: Timestamp,
    pub version: u64,
}

/// All brands.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Brands {
    by_id: BTreeMap<BrandId, Brand>,
}

impl Brands {
    pub fn get(&self, id: BrandId) -> Option<&Brand> {
        self.by_id.get(&id)
    }
    /// In order of creation.
    pub fn iter(&self) -> impl Iterator<Item = &Brand> {
        self.by_id.values()
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        if let Event::BrandCreated(event) = &recorded.event {
            let brand = Brand {
                id: event.brand_id,
                name: event.name.clone(),
                created_at: recorded.occurred_at,
                version: recorded.version,
            };
            self.by_id.insert(event.brand_id, brand);
        }
    }
}

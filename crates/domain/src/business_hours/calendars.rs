//! All calendars, and every version of each. Folded by decisions and by read models alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Calendar, Spec};
use crate::event::{Event, Recorded};
use crate::ids::*;

/// A calendar as it stands.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: HoursId,
    pub name: String,
    /// `None`: for the whole workspace.
    pub brand_id: Option<BrandId>,
    pub spec: Spec,
    /// Of its stream; facts that were computed with it name it.
    pub version: u64,
    pub calendar: Arc<Calendar>,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Calendars {
    entries: BTreeMap<HoursId, Entry>,
    versions: BTreeMap<(HoursId, u64), Arc<Calendar>>,
    /// Of all there ever were.
    brands: BTreeMap<HoursId, Option<BrandId>>,
}

impl Calendars {
    /// The newest version; `None` also where it was removed.
    pub fn get(&self, id: HoursId) -> Option<&Entry> {
        self.entries.get(&id)
    }
    /// Any version there ever was, also of one that was removed since.
    pub fn of_version(&self, id: HoursId, version: u64) -> Option<&Calendar> {
        self.versions.get(&(id, version)).map(|calendar| &**calendar)
    }
    /// All that exist, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = (HoursId, &str)> {
        self.entries.values().map(|entry| (entry.id, entry.name.as_str()))
    }
    /// Whether something of this brand (`None`: of the whole workspace) can go by it.
    pub fn serves(&self, id: HoursId, brand: Option<BrandId>) -> bool {
        self.get(id).is_some_and(|entry| entry.brand_id.is_none() || entry.brand_id == brand)
    }
    /// The brand of one, also of one that was removed; the inner `None`: the whole workspace's.
    pub fn brand_of(&self, id: HoursId) -> Option<Option<BrandId>> {
        self.brands.get(&id).copied()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::BusinessHoursCreated(event) => {
                let calendar = Arc::new(Calendar::of(&event.spec));
                self.brands.insert(event.hours_id, event.brand_id);
                self.keep(Entry {
                    id: event.hours_id,
                    name: event.name.clone(),
                    brand_id: event.brand_id,
                    spec: event.spec.clone(),
                    version: recorded.version,
                    calendar,
                });
            }
            Event::BusinessHoursChanged(event) => {
                let Some(before) = self.entries.remove(&event.hours_id) else { return };
                // A new name makes no new calendar: versions that agree share one.
                let calendar = Calendar::of(&event.spec);
                let same = calendar == *before.calendar;
                self.keep(Entry {
                    name: event.name.clone(),
                    spec: event.spec.clone(),
                    version: recorded.version,
                    calendar: if same { before.calendar } else { Arc::new(calendar) },
                    ..before
                });
            }
            Event::BusinessHoursRemoved(event) => {
                self.entries.remove(&event.hours_id);
            }
            _ => {}
        }
    }

    fn keep(&mut self, entry: Entry) {
        self.versions.insert((entry.id, entry.version), entry.calendar.clone());
        self.entries.insert(entry.id, entry);
    }
}

//! By what numbers are worked out: the time a contact has to come back, the courtesies, the calendars. Each change of one makes
//! the next version of the definition; all versions can be asked for side by side, over the same facts.

use std::collections::{BTreeMap, BTreeSet};

use domain::business_hours::{Calendar, Calendars};
use domain::event::{Event, Recorded};
use domain::identity::BlindKey;
use domain::ids::*;
use domain::queue::QueueId;
use domain::settings::MetricSettings;
use domain::time::{Millis, Timestamp};

/// What made a version differ from the one before.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The first version.
    Began,
    FcrWindow,
    Courtesies,
    /// Which calendar counts where a queue has none of its own.
    WorkspaceHours,
    /// Which calendar a queue goes by.
    QueueHours(QueueId),
    /// A calendar that counts was changed.
    Calendar(HoursId),
}

/// One version.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Definition {
    /// From 1.
    pub version: u32,
    /// Of the event that made it, and when that was.
    pub pos: u64,
    pub since: Timestamp,
    pub change: Change,
    /// How long a contact has to come back (`W`).
    pub fcr_window: Millis,
    /// Which list of courtesies.
    courtesies: usize,
    /// The workspace's calendar and its version.
    hours: Option<(HoursId, u64)>,
    queue_hours: BTreeMap<QueueId, (HoursId, u64)>,
}

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone)]
pub struct Definitions {
    /// Never empty: before the log begins, the product's defaults count.
    versions: Vec<Definition>,
    /// Lists of courtesies there were, newest last, as the beginnings of their keys.
    lists: Vec<BTreeSet<u64>>,
    /// The newest version of each calendar.
    calendars: BTreeMap<HoursId, u64>,
}

impl Default for Definitions {
    fn default() -> Self {
        let began = Definition {
            version: 1,
            pos: 0,
            since: Timestamp::from_millis(0),
            change: Change::Began,
            fcr_window: MetricSettings::default().fcr_window_ms,
            courtesies: 0,
            hours: None,
            queue_hours: BTreeMap::new(),
        };
        Self { versions: vec![began], lists: vec![BTreeSet::new()], calendars: BTreeMap::new() }
    }
}

/// What of a key is kept: enough that two phrases never share it.
pub(super) fn word(key: BlindKey) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = key.0;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl Definition {
    /// The calendar by which a conversation's business time counts: its queue's, else the workspace's.
    pub fn hours(&self, team: Option<TeamId>, brand: BrandId) -> Option<(HoursId, u64)> {
        self.queue_hours.get(&QueueId::of(brand, team)).copied().or(self.hours)
    }

    /// The same, ready to count.
    pub fn calendar<'a>(&self, calendars: &'a Calendars, team: Option<TeamId>, brand: BrandId) -> Option<&'a Calendar> {
        let (id, version) = self.hours(team, brand)?;
        calendars.of_version(id, version)
    }

    /// Whether there is business time at all.
    pub fn has_hours(&self) -> bool {
        self.hours.is_some() || !self.queue_hours.is_empty()
    }

    /// Which list of courtesies: versions with the same number have the same.
    pub fn courtesies(&self) -> usize {
        self.courtesies
    }
}

impl Definitions {
    /// The version that stood at a position.
    pub fn at(&self, as_of: u64) -> &Definition {
        let after = self.versions.partition_point(|version| version.pos <= as_of);
        &self.versions[after.saturating_sub(1)]
    }

    /// A version by its number.
    pub fn get(&self, version: u32) -> Option<&Definition> {
        self.versions.get((version as usize).checked_sub(1)?)
    }

    /// All versions, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.versions.iter()
    }

    pub fn newest(&self) -> &Definition {
        self.versions.last().expect("there is always one")
    }

    /// Whether a phrase is a courtesy by this list.
    pub(super) fn is_courtesy(&self, list: usize, phrase: u64) -> bool {
        self.lists.get(list).is_some_and(|list| list.contains(&phrase))
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::WorkspaceOpened(event) => self.settle(recorded, &event.settings.metrics, &event.courtesy_keys),
            Event::WorkspaceSettingsChanged(event) => {
                self.settle(recorded, &event.settings.metrics, &event.courtesy_keys);
            }
            Event::BusinessHoursCreated(event) => {
                self.calendars.insert(event.hours_id, recorded.version);
            }
            Event::BusinessHoursChanged(event) => {
                self.calendars.insert(event.hours_id, recorded.version);
                let newest = self.newest();
                let used = newest.queue_hours.values().chain(&newest.hours).any(|(id, _)| *id == event.hours_id);
                if used {
                    self.next(recorded, Change::Calendar(event.hours_id), |next| {
                        let all = next.queue_hours.values_mut().chain(&mut next.hours);
                        all.filter(|(id, _)| *id == event.hours_id)
                            .for_each(|(_, version)| *version = recorded.version);
                    });
                }
            }
            Event::QueueChanged(event) => {
                let hours = self.used(event.settings.hours_id);
                if self.newest().queue_hours.get(&event.queue_id).copied() != hours {
                    self.next(recorded, Change::QueueHours(event.queue_id), |next| {
                        match hours {
                            Some(hours) => next.queue_hours.insert(event.queue_id, hours),
                            None => next.queue_hours.remove(&event.queue_id),
                        };
                    });
                }
            }
            _ => {}
        }
    }

    fn settle(&mut self, recorded: &Recorded, metrics: &MetricSettings, courtesies: &[BlindKey]) {
        if self.newest().fcr_window != metrics.fcr_window_ms {
            self.next(recorded, Change::FcrWindow, |next| next.fcr_window = metrics.fcr_window_ms);
        }
        let hours = self.used(metrics.hours_id);
        if self.newest().hours.map(|(id, _)| id) != hours.map(|(id, _)| id) {
            self.next(recorded, Change::WorkspaceHours, |next| next.hours = hours);
        }
        let list: BTreeSet<u64> = courtesies.iter().map(|key| word(*key)).collect();
        if self.lists.last() != Some(&list) {
            self.lists.push(list);
            let newest = self.lists.len() - 1;
            // The first list is the one that was there before anything was asked.
            if matches!(recorded.event, Event::WorkspaceOpened(_)) {
                self.versions.iter_mut().for_each(|version| version.courtesies = newest);
            } else {
                self.next(recorded, Change::Courtesies, |next| next.courtesies = newest);
            }
        }
    }

    fn used(&self, id: Option<HoursId>) -> Option<(HoursId, u64)> {
        id.and_then(|id| Some((id, *self.calendars.get(&id)?)))
    }

    fn next(&mut self, recorded: &Recorded, change: Change, make: impl FnOnce(&mut Definition)) {
        let mut next = self.newest().clone();
        (next.version, next.change) = (next.version + 1, change);
        (next.pos, next.since) = (recorded.pos, recorded.recorded_at);
        make(&mut next);
        self.versions.push(next);
    }
}

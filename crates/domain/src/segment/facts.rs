//! What a condition's fields are worth for a contact. Contacts that were merged are one person: labels are the standing
//! contact's, and where it has none those of the others; whoever of them is blocked or said no speaks for all.

use std::collections::BTreeMap;

use super::{DEPTH_MAX, Segment, Segments};
use crate::condition::{Fact, Facts, Field, Test};
use crate::contact::attributes::{AttributeValue, Attributes, LANGUAGE};
use crate::contact::consent::Purpose;
use crate::contact::tags::Tags;
use crate::ids::*;
use crate::time::Timestamp;
use crate::world::World;

/// What a customer said to each category: when, and whether yes.
pub type Consents = BTreeMap<String, (Timestamp, bool)>;

/// The fields that mean something for a contact by itself.
pub const ASKED: &[Field] = &[
    Field::ChannelId,
    Field::BrandId,
    Field::Language,
    Field::Returning,
    Field::ContactTag,
    Field::Blocked,
    Field::Consent(Purpose::Marketing),
    Field::Consent(Purpose::Service),
    Field::Consent(Purpose::Csat),
    Field::SecondsSinceLastSeen,
    Field::SecondsSinceCreated,
    Field::Conversations,
    Field::SegmentId,
];

/// One contact, as whoever asks keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    pub id: ContactId,
    pub brand_id: BrandId,
    pub created_at: Timestamp,
    /// When they last wrote.
    pub last_seen_at: Option<Timestamp>,
    /// Conversations with them, also those the business began.
    pub conversations: u32,
    pub blocked: bool,
    pub attributes: &'a Attributes,
    pub tags: &'a Tags,
    pub consents: &'a Consents,
    pub seen_on: SeenOn<'a>,
}

/// The channels that somebody has conversations on.
#[derive(Debug, Clone, Copy)]
pub enum SeenOn<'a> {
    /// To be looked up where it is asked.
    World(&'a World),
    /// The first one, and others.
    Listed(Option<ChannelId>, &'a [ChannelId]),
}

/// A person: the contact that stands for them, and those merged into it in the order of their ids.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    pub standing: Person<'a>,
    pub merged: Vec<Person<'a>>,
}

impl<'a> Group<'a> {
    fn all(&self) -> impl Iterator<Item = &Person<'a>> {
        std::iter::once(&self.standing).chain(&self.merged)
    }
    fn attribute(&self, key: &str) -> Option<&'a AttributeValue> {
        self.all().find_map(|person| person.attributes.get(key))
    }
    /// The newest word, unless one of them said no: that holds for all.
    fn consent(&self, purpose: Purpose) -> Option<bool> {
        let said = self.all().filter_map(|person| person.consents.get(purpose.category()));
        said.map(|(_, granted)| *granted).reduce(|all, granted| all && granted)
    }
    fn channels(&self) -> Vec<String> {
        let of = |person: &Person<'a>| -> Vec<ChannelId> {
            match person.seen_on {
                SeenOn::Listed(first, others) => first.into_iter().chain(others.iter().copied()).collect(),
                SeenOn::World(world) => {
                    let has = |channel: &&ChannelId| world.thread(**channel, person.id).is_some();
                    world.channels.keys().filter(has).copied().collect()
                }
            }
        };
        let mut found: Vec<_> = self.all().flat_map(of).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|id| id.to_string()).collect()
    }
    fn conversations(&self) -> u32 {
        self.all().map(|person| person.conversations).fold(0, u32::saturating_add)
    }

    /// Whether they belong to a segment at this time.
    pub fn belongs(&self, segments: &Segments, segment: &Segment, now: Timestamp) -> bool {
        ContactFacts { group: self, segments, now, depth: 0 }.belongs(segment)
    }

    /// Whether a condition fits them at this time.
    pub fn fits(&self, segments: &Segments, condition: &crate::condition::Condition, now: Timestamp) -> bool {
        condition.fits(&ContactFacts { group: self, segments, now, depth: 0 })
    }
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct ContactFacts<'a, 'g> {
    pub group: &'g Group<'a>,
    pub segments: &'g Segments,
    pub now: Timestamp,
    /// How many segments deep it is asked.
    pub depth: usize,
}

impl<'a> ContactFacts<'a, '_> {
    fn belongs(&self, segment: &Segment) -> bool {
        let group = self.group;
        segment.brand_id.is_none_or(|brand| brand == group.standing.brand_id)
            && (group.all().any(|person| segment.contact_ids.contains(&person.id)) || segment.when.fits(self))
    }

    /// Those of these segments that hold the contact.
    pub fn held_by(&self, asked: impl Iterator<Item = SegmentId>) -> Fact<'a> {
        // Segments cannot name each other in a circle; this bounds what a log could still say.
        if self.depth >= DEPTH_MAX {
            return Fact::Absent;
        }
        let inner = Self { depth: self.depth + 1, ..*self };
        let held = asked.filter(|id| self.segments.get(*id).is_some_and(|entry| inner.belongs(&entry.segment)));
        words(held.map(|id| id.to_string()).collect())
    }

    /// What a field is worth; of fields that mean a message or a conversation there is none.
    pub fn value(&self, field: &Field) -> Fact<'a> {
        let group = self.group;
        let since = |at: Timestamp| Fact::Number(((self.now - at).0.max(0) / 1_000) as f64);
        match field {
            Field::BrandId => Fact::Owned(group.standing.brand_id.to_string()),
            Field::ChannelId => words(group.channels()),
            Field::Language => group.attribute(LANGUAGE).into(),
            Field::Attribute(key) => group.attribute(key).into(),
            Field::Returning => Fact::Bool(group.conversations() > 1),
            Field::ContactTag => {
                let tags: Vec<&'a str> =
                    group.all().flat_map(|person| person.tags.iter().map(String::as_str)).collect();
                if tags.is_empty() { Fact::Absent } else { Fact::Words(tags) }
            }
            Field::Blocked => Fact::Bool(group.all().any(|person| person.blocked)),
            Field::Consent(purpose) => match group.consent(*purpose) {
                Some(true) => Fact::Text(OPTED_IN),
                Some(false) => Fact::Text(OPTED_OUT),
                None => Fact::Absent,
            },
            Field::SecondsSinceLastSeen => {
                group.all().filter_map(|person| person.last_seen_at).max().map_or(Fact::Absent, since)
            }
            Field::SecondsSinceCreated => {
                let first = group.all().map(|person| person.created_at).min();
                first.map_or(Fact::Absent, since)
            }
            Field::Conversations => Fact::Number(f64::from(group.conversations())),
            Field::SegmentId => self.held_by(self.segments.iter().map(|entry| entry.id)),
            Field::Text
            | Field::MessageType
            | Field::TeamId
            | Field::Tag
            | Field::Priority
            | Field::Status
            | Field::Origin
            | Field::Episode
            | Field::SecondsSinceResolved
            | Field::LastAssigneeId
            | Field::ReferralSource
            | Field::OpenHoursId
            | Field::CampaignId
            | Field::AssigneeId
            | Field::Rating
            | Field::SlaMetric
            | Field::Author => Fact::Absent,
        }
    }

    /// What a test's field is worth: of segments only those are looked at that it names.
    pub fn value_for(&self, test: &Test) -> Fact<'a> {
        match test.field {
            Field::SegmentId if !test.values().is_empty() => {
                self.held_by(test.values().iter().filter_map(|value| value.as_str()?.parse().ok()))
            }
            ref field => self.value(field),
        }
    }
}

/// The words of [`Field::Consent`].
pub const OPTED_IN: &str = "opted_in";
pub const OPTED_OUT: &str = "opted_out";

impl Facts for ContactFacts<'_, '_> {
    fn fact(&self, field: &Field) -> Fact<'_> {
        self.value(field)
    }
    fn asked(&self, test: &Test) -> Fact<'_> {
        self.value_for(test)
    }
}

fn words(found: Vec<String>) -> Fact<'static> {
    if found.is_empty() { Fact::Absent } else { Fact::OwnedWords(found) }
}

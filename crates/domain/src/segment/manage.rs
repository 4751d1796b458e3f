//! Setting segments up.

use std::collections::BTreeSet;

use super::facts::ASKED;
use super::*;
use crate::access::Principal;
use crate::campaign::{Audience, Campaign, State};
use crate::condition::{Known, check};
use crate::event::StreamId;
use crate::event::segment::*;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::routing::rule::manages;
use crate::step::Step;
use crate::world::World;

/// Creates a segment.
pub fn create(step: &mut Step<'_>, by: &Principal, segment: Segment) -> Result<SegmentId, Rejection> {
    Rejection::unless_clean(errors(step.world, by, None, &segment))?;
    if step.world.segments.iter().len() >= SEGMENTS_MAX {
        return Err(Rejection::Invalid { field: "name", detail: format!("at most {SEGMENTS_MAX} segments") });
    }
    let segment_id: SegmentId = step.mint.fresh();
    step.emit(StreamId::Segment(segment_id), SegmentCreated { segment_id, segment });
    Ok(segment_id)
}

/// Changes a segment.
pub fn change(step: &mut Step<'_>, by: &Principal, id: SegmentId, segment: Segment) -> Result<(), Rejection> {
    let known = seen(step.world, by, id)?.segment.clone();
    manages(by, known.brand_id)?;
    Rejection::unless_clean(errors(step.world, by, Some(id), &segment))?;
    if known != segment {
        step.emit(StreamId::Segment(id), SegmentChanged { segment_id: id, segment });
    }
    Ok(())
}

/// Removes a segment that nothing names: whoever left its members out would suddenly include them.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: SegmentId) -> Result<(), Rejection> {
    manages(by, seen(step.world, by, id)?.segment.brand_id)?;
    let world = &*step.world;
    if world.segments.iter().any(|entry| entry.segment.names().any(|named| named == id)) {
        return Err(Rejection::InUse("another segment names it"));
    }
    if world.rules.iter().any(|entry| named_in(&entry.rule.when).any(|named| named == id)) {
        return Err(Rejection::InUse("a routing rule names it"));
    }
    if world.automation.iter().any(|entry| named_in(&entry.rule.when).any(|named| named == id)) {
        return Err(Rejection::InUse("an automation rule names it"));
    }
    // One that was launched has its audience written down.
    let meant = |campaign: &Campaign| matches!(campaign.audience, Audience::Segment { segment_id } if segment_id == id);
    if world.campaigns.iter().any(|entry| entry.state == State::Draft && meant(&entry.campaign)) {
        return Err(Rejection::InUse("a draft of a campaign means it"));
    }
    step.emit(StreamId::Segment(id), SegmentRemoved { segment_id: id });
    Ok(())
}

/// Writes down how many belong to it: counted by whoever asks, at a position.
pub fn snapshot(
    step: &mut Step<'_>,
    by: &Principal,
    id: SegmentId,
    members: u64,
    as_of: u64,
) -> Result<Snapshot, Rejection> {
    manages(by, seen(step.world, by, id)?.segment.brand_id)?;
    step.emit(StreamId::Segment(id), SegmentSnapshotted { segment_id: id, members, as_of });
    Ok(Snapshot { at: step.now, as_of, members })
}

/// A segment that somebody may know of: the whole workspace's, and those of their brands.
pub fn seen<'w>(world: &'w World, by: &Principal, id: SegmentId) -> Result<&'w Entry, Rejection> {
    let entry = world.segments.get(id).ok_or(Rejection::NotFound)?;
    let seen = entry.segment.brand_id.is_none_or(|brand| by.rights().in_brand(brand));
    seen.then_some(entry).ok_or(Rejection::NotFound)
}

/// Everything that is wrong with a segment. `id`: the one it replaces.
pub fn errors(world: &World, by: &Principal, id: Option<SegmentId>, segment: &Segment) -> Vec<FieldError> {
    let mut errors = check_condition(world, by, id, segment.brand_id, &segment.when);
    let mut say = |pointer: &str, code, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code, detail });
    };
    let name = segment.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        say("/name", "wrong_length", format!("1 to {NAME_MAX} printable characters"));
    }
    match segment.brand_id {
        Some(brand) if !world.brands.contains_key(&brand) || !by.rights().in_brand(brand) => {
            say("/brand_id", "unknown_reference", "names no brand of yours".to_owned());
        }
        None if by.rights().brands().is_some() => {
            say("/brand_id", "required", "name one of your brands".to_owned());
        }
        _ => {}
    }
    if segment.contact_ids.len() > NAMED_MAX {
        say("/contact_ids", "too_many", format!("at most {NAMED_MAX}"));
    }
    for (index, contact) in segment.contact_ids.iter().take(NAMED_MAX).enumerate() {
        let known = world.contacts.get(contact).filter(|contact| !contact.erased);
        let fits = known.is_some_and(|contact| {
            by.rights().in_brand(contact.brand_id) && segment.brand_id.is_none_or(|brand| brand == contact.brand_id)
        });
        // Erased ones may stay in a segment that has them already: they belong to nothing any more.
        let stays =
            || id.and_then(|id| world.segments.get(id)).is_some_and(|it| it.segment.contact_ids.contains(contact));
        if !fits && !stays() {
            say(&format!("/contact_ids/{index}"), "unknown_reference", "names no contact of the brand".to_owned());
        }
    }
    errors
}

/// Everything that is wrong with a segment's condition, which stands at `/when`.
pub fn check_condition(
    world: &World,
    by: &Principal,
    id: Option<SegmentId>,
    brand_id: Option<BrandId>,
    when: &Condition,
) -> Vec<FieldError> {
    let mut errors = check(when, "/when", &Askable { world, by, brand_id });
    if errors.is_empty()
        && let Some(detail) = too_deep(world, id, when)
    {
        errors.push(FieldError { pointer: "/when".to_owned(), code: "circular", detail });
    }
    errors
}

/// Whether the segments that a condition names lead back to the one it is of, or too far.
fn too_deep(world: &World, id: Option<SegmentId>, when: &Condition) -> Option<String> {
    let mut layer: BTreeSet<SegmentId> = named_in(when).collect();
    for _ in 0..DEPTH_MAX {
        if layer.is_empty() {
            return None;
        }
        if id.is_some_and(|id| layer.contains(&id)) {
            return Some("the segments it names lead back to it".to_owned());
        }
        layer = layer.iter().filter_map(|id| world.segments.get(*id)).flat_map(|entry| entry.segment.names()).collect();
    }
    (!layer.is_empty()).then(|| format!("segments name each other at most {DEPTH_MAX} deep"))
}

/// What a segment's condition may ask and name.
struct Askable<'a> {
    world: &'a World,
    by: &'a Principal,
    brand_id: Option<BrandId>,
}

impl Askable<'_> {
    fn of_brand(&self, brand: BrandId) -> bool {
        self.by.rights().in_brand(brand) && self.brand_id.is_none_or(|own| own == brand)
    }
}

impl Known for Askable<'_> {
    fn channel(&self, id: ChannelId) -> bool {
        self.world.channels.get(&id).is_some_and(|channel| self.of_brand(channel.config.brand_id))
    }
    fn brand(&self, id: BrandId) -> bool {
        self.world.brands.contains_key(&id) && self.of_brand(id)
    }
    fn team(&self, _: TeamId) -> bool {
        false
    }
    fn user(&self, _: UserId) -> bool {
        false
    }
    fn hours(&self, _: HoursId) -> bool {
        false
    }
    fn segment(&self, id: SegmentId) -> bool {
        let known = self.world.segments.get(id);
        known.is_some_and(|entry| entry.segment.brand_id.is_none_or(|brand| self.of_brand(brand)))
    }
    fn refuses(&self, field: &Field) -> Option<String> {
        let asked = ASKED.contains(field) || matches!(field, Field::Attribute(_));
        let of_messages = || format!("{field} cannot be asked of a contact");
        if asked { self.world.refuses(field) } else { Some(of_messages()) }
    }
}

//! Changing how a queue is worked: checked as a whole before it is taken, all errors at once.

use super::QueueId;
use super::settings::*;
use crate::access::Principal;
use crate::event::StreamId;
use crate::event::queue::QueueChanged;
use crate::ids::BrandId;
use crate::outbound_content::FieldError;
use crate::rejection::Rejection;
use crate::routing::rule::wrong_strategies;
use crate::step::Step;
use crate::time::Millis;
use crate::world::World;

/// Characters of a warning at most: what one message holds.
pub const WARNING_CHARS_MAX: usize = 1_024;

/// Says how a queue is worked from now on. What is the same already makes no event.
pub fn change(step: &mut Step<'_>, by: &Principal, id: QueueId, wanted: QueueSettings) -> Result<(), Rejection> {
    seen(step.world, by, id)?;
    if brand_of(step.world, id).is_none() && by.rights().brands().is_some() {
        return Err(Rejection::Forbidden);
    }
    let errors = errors(step.world, by, id, &wanted);
    if !errors.is_empty() {
        return Err(Rejection::Fields(errors));
    }
    if *step.world.queues.settings(id) != wanted {
        step.emit(StreamId::Queue(id), QueueChanged { queue_id: id, settings: wanted });
    }
    Ok(())
}

/// A queue that exists and that somebody may know of by its brand.
pub fn seen(world: &World, by: &Principal, id: QueueId) -> Result<(), Rejection> {
    let exists = match id {
        QueueId::Team(team) => world.roster.team(team).is_some(),
        QueueId::Common(brand) => world.brands.contains_key(&brand),
    };
    let in_brand = brand_of(world, id).is_none_or(|brand| by.rights().in_brand(brand));
    if exists && in_brand { Ok(()) } else { Err(Rejection::NotFound) }
}

/// The brand whose conversations a queue holds; `None`: all brands'.
pub fn brand_of(world: &World, id: QueueId) -> Option<BrandId> {
    match id {
        QueueId::Team(team) => world.roster.team(team).and_then(|team| team.brand_id),
        QueueId::Common(brand) => Some(brand),
    }
}

/// Everything that is wrong with settings for a queue.
pub fn errors(world: &World, by: &Principal, id: QueueId, wanted: &QueueSettings) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |pointer: &str, code, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code, detail });
    };
    let fits = |time: Millis| time.0 > 0 && time <= TIME_MAX;
    let range = || format!("1 to {} seconds", TIME_MAX.0 / 1_000);
    if let Some(detail) = wrong_strategies(&wanted.strategies) {
        say("/strategies", "not_allowed", detail.to_owned());
    }
    let times = [
        ("/sticky_within_seconds", Some(wanted.sticky_within_ms)),
        ("/relax_skills_after_seconds", wanted.relax_skills_after_ms),
        ("/lease_seconds", wanted.lease_ms),
        ("/spill/after_seconds", wanted.spill.map(|spill| spill.after_ms)),
        ("/auto_resolve/after_seconds", wanted.auto_resolve.as_ref().map(|auto| auto.after_ms)),
    ];
    for (pointer, time) in times {
        if time.is_some_and(|time| !fits(time)) {
            say(pointer, "out_of_range", range());
        }
    }
    if wanted.capacity.is_some_and(|most| !(1..=CAPACITY_MAX).contains(&most)) {
        say("/capacity", "out_of_range", format!("1 to {CAPACITY_MAX}"));
    }
    if let Some(spill) = wanted.spill {
        if seen(world, by, spill.to).is_err() || !takes_from(world, spill.to, id) {
            say("/spill/to_queue_id", "unknown_reference", "names no queue that could take these".to_owned());
        } else if runs_in_a_circle(world, id, spill.to) {
            say("/spill/to_queue_id", "conflict", "what spills over would come back here".to_owned());
        }
    }
    if wanted.hours_id.is_some_and(|hours| !world.calendars.serves(hours, brand_of(world, id))) {
        say("/hours_id", "unknown_reference", "names no business hours".to_owned());
    }
    if wanted.dispositions.len() > DISPOSITIONS_MAX {
        say("/dispositions", "too_many", format!("at most {DISPOSITIONS_MAX}"));
    }
    for (index, word) in wanted.dispositions.iter().enumerate() {
        let plain = !word.trim().is_empty() && !word.chars().any(char::is_control);
        if !plain || word.chars().count() > DISPOSITION_CHARS_MAX {
            let detail = format!("1 to {DISPOSITION_CHARS_MAX} printable characters");
            say(&format!("/dispositions/{index}"), "wrong_length", detail);
        } else if wanted.dispositions[..index].contains(word) {
            say(&format!("/dispositions/{index}"), "duplicate", "named before".to_owned());
        }
    }
    if let Some(auto) = &wanted.auto_resolve {
        if auto.warn_before_ms.is_some() != auto.warning.is_some() {
            let detail = "a warning has a time and a text, or neither".to_owned();
            say("/auto_resolve/warning", "conflict", detail);
        }
        if auto.warn_before_ms.is_some_and(|before| before.0 <= 0 || before >= auto.after_ms) {
            let detail = "at least a second, and less than the time to resolve".to_owned();
            say("/auto_resolve/warn_before_seconds", "out_of_range", detail);
        }
        let length = auto.warning.as_ref().map(|text| text.chars().count());
        if length.is_some_and(|length| length == 0 || length > WARNING_CHARS_MAX) {
            say("/auto_resolve/warning", "wrong_length", format!("1 to {WARNING_CHARS_MAX} characters"));
        }
        match &auto.disposition {
            Some(word) if !wanted.dispositions.is_empty() && !wanted.dispositions.contains(word) => {
                say("/auto_resolve/disposition", "unknown_value", "is none of the dispositions".to_owned());
            }
            None if wanted.disposition_required => {
                let detail = "is required here, also of what is resolved by itself".to_owned();
                say("/auto_resolve/disposition", "required", detail);
            }
            _ => {}
        }
    }
    errors
}

/// Whether conversations of one queue can lie in another.
fn takes_from(world: &World, to: QueueId, from: QueueId) -> bool {
    match (brand_of(world, to), brand_of(world, from)) {
        (None, _) => true,
        (Some(to), Some(from)) => to == from,
        // What lies in a queue of all brands may be of any.
        (Some(_), None) => false,
    }
}

/// Whether following the queues' spilling from `to` leads to `from`.
fn runs_in_a_circle(world: &World, from: QueueId, to: QueueId) -> bool {
    let mut at = to;
    // A chain without a circle names each queue once.
    for _ in 0..=world.queues.changed().count() {
        if at == from {
            return true;
        }
        match world.queues.settings(at).spill {
            Some(spill) => at = spill.to,
            None => return false,
        }
    }
    true
}

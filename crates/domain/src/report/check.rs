//! Everything that is wrong with what somebody asks a report about. What they may not see is as unknown as what there is not.

use std::collections::BTreeSet;

use super::{Filters, Kind, Spec};
use crate::access::Principal;
use crate::ids::*;
use crate::outbound_content::FieldError;
use crate::time::Millis;
use crate::world::World;
use crate::zone::Zone;

/// The longest time one export covers.
pub const RANGE_MAX: Millis = Millis::days(3 * 366);
/// Ids or tags in one filter at most.
pub const ENTRIES_MAX: usize = 50;
/// Characters of a tag at most.
pub const TAG_MAX: usize = 64;

/// What is wrong with the whole of it.
pub(super) fn spec(world: &World, by: &Principal, spec: &Spec) -> Vec<FieldError> {
    let mut errors = filters(world, by, &spec.question.filters, "/filters");
    let mut say = |pointer: &str, code, detail: String| errors.push(error(pointer, code, detail));
    if spec.question.kind == Kind::Contacts {
        say("/kind", "not_allowed", "contacts are exported by themselves: POST /v1/contact-exports".to_owned());
    }
    if spec.from >= spec.to {
        say("/to", "out_of_range", "must be after `from`".to_owned());
    } else if spec.to - spec.from > RANGE_MAX {
        say("/to", "out_of_range", format!("at most {} days after `from`", RANGE_MAX.0 / Millis::days(1).0));
    }
    if spec.time_zone.parse::<Zone>().is_err() {
        say("/time_zone", "unknown", "no name of the IANA time zone database".to_owned());
    }
    if !(1..=world.head).contains(&spec.as_of_pos) {
        say("/as_of_pos", "out_of_range", format!("the log ends at {}", world.head));
    }
    errors
}

/// What is wrong with filters that stand at `pointer` of a body.
pub(super) fn filters(world: &World, by: &Principal, filters: &Filters, pointer: &str) -> Vec<FieldError> {
    let rights = by.rights();
    let brand = |id: &BrandId| world.brands.contains_key(id) && rights.in_brand(*id);
    let channel =
        |id: &ChannelId| world.channels.get(id).is_some_and(|channel| rights.in_brand(channel.config.brand_id));
    let team = |id: &TeamId| {
        let team = world.roster.any_team(*id);
        team.is_some_and(|team| team.brand_id.is_none_or(|brand| rights.in_brand(brand)))
    };
    let mut errors = Vec::new();
    errors.extend(unknown(&filters.brand_ids, brand, &format!("{pointer}/brand_ids"), "names no brand of yours"));
    errors.extend(unknown(
        &filters.channel_ids,
        channel,
        &format!("{pointer}/channel_ids"),
        "names no number of yours",
    ));
    errors.extend(unknown(&filters.team_ids, team, &format!("{pointer}/team_ids"), "names no team of yours"));
    let agent = |id: &UserId| shares_a_brand(world, by, *id);
    errors.extend(unknown(&filters.agent_ids, agent, &format!("{pointer}/agent_ids"), "names no colleague of yours"));
    for (index, tag) in filters.tags.iter().enumerate() {
        if tag.is_empty() || tag.chars().count() > TAG_MAX {
            let detail = format!("1 to {TAG_MAX} characters");
            errors.push(error(&format!("{pointer}/tags/{index}"), "wrong_length", detail));
        }
    }
    errors
}

/// Whether somebody is known to whoever asks: they work for a brand that the asker works for.
pub(super) fn shares_a_brand(world: &World, by: &Principal, id: UserId) -> bool {
    let Some(member) = world.roster.member(id) else { return false };
    match (by.rights().brands(), &member.brands) {
        (None, _) | (_, None) => true,
        (Some(mine), Some(theirs)) => !mine.is_disjoint(theirs),
    }
}

fn unknown<Id: Ord>(ids: &BTreeSet<Id>, known: impl Fn(&Id) -> bool, pointer: &str, detail: &str) -> Vec<FieldError> {
    if ids.len() > ENTRIES_MAX {
        return vec![error(pointer, "too_many", format!("at most {ENTRIES_MAX}"))];
    }
    let wrong = ids.iter().enumerate().filter(|(_, id)| !known(id));
    wrong.map(|(index, _)| error(&format!("{pointer}/{index}"), "unknown_reference", detail.to_owned())).collect()
}

pub(super) fn error(pointer: &str, code: &'static str, detail: String) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code, detail }
}

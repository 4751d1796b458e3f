//! What a campaign must be to be kept: all errors at once, each with a pointer to its place. Whether its template can be sent is
//! asked when it is launched.

use std::collections::BTreeSet;

use super::parameters::{BUTTONS_MAX, PARAMETERS_MAX, TEXT_MAX};
use super::{Audience, Campaign, NAME_MAX, NAMED_MAX, Part, RATE_MAX, REPLIES_MAX};
use crate::access::Principal;
use crate::conversation::label;
use crate::ids::BrandId;
use crate::outbound_content::FieldError;
use crate::routing::rule::queue_exists;
use crate::variables;
use crate::world::World;

/// Characters of a language at most.
const LANGUAGE_MAX: usize = 64;
/// Characters of a template's name at most.
const TEMPLATE_MAX: usize = 512;

/// Everything that is wrong with a campaign.
pub fn errors(world: &World, by: &Principal, campaign: &Campaign) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |pointer: &str, code, detail: String| {
        errors.push(FieldError { pointer: pointer.to_owned(), code, detail });
    };
    let name = campaign.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        say("/name", "wrong_length", format!("1 to {NAME_MAX} printable characters"));
    }
    match world.channels.get(&campaign.channel_id) {
        Some(channel) if by.rights().in_brand(channel.config.brand_id) => {}
        _ => say("/channel_id", "unknown_reference", "names no number of yours".to_owned()),
    }
    if let Audience::Contacts { contact_ids } = &campaign.audience {
        if contact_ids.is_empty() || contact_ids.len() > NAMED_MAX {
            say("/audience/contact_ids", "wrong_number", format!("1 to {NAMED_MAX} contacts"));
        } else if contact_ids.iter().collect::<BTreeSet<_>>().len() != contact_ids.len() {
            say("/audience/contact_ids", "duplicate", "names a contact twice".to_owned());
        }
        let known = |id| world.contacts.get(id).is_some_and(|contact| contact.brand_id == campaign.brand_id);
        for (index, _) in contact_ids.iter().enumerate().filter(|(_, id)| !known(id)) {
            say(&format!("/audience/contact_ids/{index}"), "unknown_reference", "no contact of the brand".to_owned());
        }
    }
    if let Audience::Segment { segment_id } = campaign.audience {
        let of_brand = |brand: Option<BrandId>| brand.is_none_or(|brand| brand == campaign.brand_id);
        if !world.segments.get(segment_id).is_some_and(|entry| of_brand(entry.segment.brand_id)) {
            say("/audience/segment_id", "unknown_reference", "names no segment of the brand".to_owned());
        }
    }
    for (at, text, max) in [
        ("/template/name", &campaign.template.name, TEMPLATE_MAX),
        ("/template/language", &campaign.template.language, LANGUAGE_MAX),
    ] {
        if text.is_empty() || text.chars().count() > max {
            say(at, "wrong_length", format!("1 to {max} characters"));
        }
    }
    if !(1..=RATE_MAX).contains(&campaign.rate_per_minute) {
        say("/rate_per_minute", "out_of_range", format!("1 to {RATE_MAX}"));
    }
    if let Some(routing) = &campaign.reply_routing {
        if !queue_exists(world, by, routing.queue_id, Some(campaign.brand_id)) {
            say("/reply_routing/queue_id", "unknown_reference", "names no queue that could take these".to_owned());
        }
        if routing.tag.as_deref().is_some_and(|tag| label::normal(tag).is_err()) {
            say("/reply_routing/tag", "wrong_length", format!("1 to {} printable characters", label::TAG_MAX));
        }
        if routing.expires_after_ms.0 <= 0 || routing.expires_after_ms > REPLIES_MAX {
            let most = REPLIES_MAX.0 / 1_000;
            say("/reply_routing/expires_after_seconds", "out_of_range", format!("1 to {most} seconds"));
        }
    }
    if campaign.parameters.len() > PARAMETERS_MAX {
        say("/parameters", "too_many", format!("at most {PARAMETERS_MAX}"));
    }
    for (index, parameter) in campaign.parameters.iter().enumerate() {
        let at = format!("/parameters/{index}");
        if parameter.text.is_empty() || parameter.text.chars().count() > TEXT_MAX {
            say(&format!("{at}/text"), "wrong_length", format!("1 to {TEXT_MAX} characters"));
        }
        let button = parameter.part == Part::Button;
        if button != parameter.index.is_some() || parameter.index.is_some_and(|index| index >= BUTTONS_MAX) {
            say(&format!("{at}/index"), "out_of_range", "which button, from 0; of buttons only".to_owned());
        }
        for error in variables::errors(&parameter.text, &format!("{at}/text")) {
            say(&error.pointer, error.code, error.detail);
        }
    }
    errors.extend(campaign.quiet_hours.iter().flat_map(super::QuietHours::errors));
    errors
}

//! Setting up one part of a preset.

use std::collections::BTreeMap;

use super::Preset;
use super::part::{Around, Kind, Part, Thing};
use crate::access::{Decision, Principal, Standing, authorize};
use crate::event::StreamId;
use crate::event::preset::PresetPartInstalled;
use crate::ids::*;
use crate::knowledge::{self, Status};
use crate::rejection::Rejection;
use crate::step::Step;
use crate::world::World;
use crate::{automation, campaign, replies, segment, team, template};

/// For whom a preset is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub preset: Preset,
    pub brand_id: BrandId,
    /// The number that templates and campaigns belong to.
    pub channel_id: ChannelId,
}

/// A part that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub key: &'static str,
    pub kind: Kind,
    pub id: String,
    /// Whether it was made now.
    pub created: bool,
}

/// Makes a part unless it is there. One that was set up before and still exists stays as it is, whatever became of it; of
/// what has a name of its own (a team, a shortcut, a template), what is called so already is taken.
pub fn make(step: &mut Step<'_>, by: &Principal, place: Place, part: &'static Part) -> Result<Made, Rejection> {
    let Place { preset, brand_id, channel_id } = place;
    let channel = step.world.channels.get(&channel_id).map(|channel| channel.config.brand_id);
    if channel != Some(brand_id) || !by.rights().in_brand(brand_id) {
        return Err(Rejection::UnknownReference { field: "channel_id" });
    }
    if authorize(by, part.kind.action(), Standing::Workspace) != Decision::Allow {
        return Err(Rejection::Forbidden);
    }
    let (key, kind) = (part.key, part.kind);
    let parts = step.world.presets.of(preset, brand_id).cloned().unwrap_or_default();
    if let Some(id) = parts.get(key).filter(|id| exists(step.world, kind, id)) {
        return Ok(Made { key, kind, id: id.clone(), created: false });
    }
    let around = Around { brand_id, channel_id, parts: &parts };
    let says = (part.says)(&around)?;
    let there = called_so(step.world, &around, &says);
    let created = there.is_none();
    let id = match there {
        Some(id) => id,
        None => create(step, by, &around, says)?,
    };
    let event = PresetPartInstalled { preset, brand_id, part: key.to_owned(), id: id.clone(), created };
    step.emit(StreamId::Workspace, event);
    Ok(Made { key, kind, id, created })
}

fn create(step: &mut Step<'_>, by: &Principal, around: &Around<'_>, says: Thing) -> Result<String, Rejection> {
    Ok(match says {
        Thing::Team(name, walls) => {
            let new = team::NewTeam { name: name.to_owned(), brand_id: Some(around.brand_id), walls };
            team::create(step, by, &new)?.to_string()
        }
        Thing::AutomationRule(rule) => automation::rule::create(step, by, rule)?.to_string(),
        Thing::Article(draft) => {
            let texts = draft.translations.clone();
            let id = knowledge::write::create(step, by, Some(around.brand_id), draft)?;
            let version = step.world.version(StreamId::Article(id));
            // What could be created can be published by whoever may publish, which was asked before.
            let published = knowledge::publish::set(step, by, id, version, Status::Published, Some(texts));
            debug_assert_eq!(published, Ok(()));
            id.to_string()
        }
        Thing::CannedReply(reply) => replies::canned::create(step, by, reply)?.to_string(),
        Thing::Macro(says) => replies::macros::create(step, by, says)?.to_string(),
        Thing::Template(draft) => {
            let id = template::manage::create(step, by, around.channel_id, draft)?;
            // A draft just written can be handed in: what stands against it was asked when it was written.
            let submitted = template::manage::submit(step, by, id);
            debug_assert_eq!(submitted, Ok(()));
            id.to_string()
        }
        Thing::Segment(says) => segment::manage::create(step, by, says)?.to_string(),
        Thing::Campaign(says) => campaign::manage::create(step, by, *says)?.to_string(),
    })
}

/// What has the part's name already, where a name belongs to one thing only.
fn called_so(world: &World, around: &Around<'_>, says: &Thing) -> Option<String> {
    match says {
        Thing::Team(name, _) => {
            let same = |team: &&crate::access::Team| {
                team.brand_id == Some(around.brand_id) && team.name.eq_ignore_ascii_case(name)
            };
            world.roster.teams().find(same).map(|team| team.id.to_string())
        }
        Thing::CannedReply(reply) => {
            let mut known = world.canned_replies.iter();
            let same = known.find(|entry| entry.reply.scope == reply.scope && entry.reply.shortcut == reply.shortcut);
            same.map(|entry| entry.id.to_string())
        }
        Thing::Template(draft) => {
            let waba = &world.channels.get(&around.channel_id)?.config.waba_id;
            let mut known = world.templates.iter();
            known.find(|(_, template)| template.is(waba, &draft.name, &draft.language)).map(|(id, _)| id.to_string())
        }
        Thing::AutomationRule(_) | Thing::Article(_) | Thing::Macro(_) | Thing::Segment(_) | Thing::Campaign(_) => None,
    }
}

fn exists(world: &World, kind: Kind, id: &str) -> bool {
    fn is<I: std::str::FromStr>(id: &str, known: impl FnOnce(I) -> bool) -> bool {
        id.parse().is_ok_and(known)
    }
    match kind {
        Kind::Team => is(id, |id| world.roster.team(id).is_some()),
        Kind::AutomationRule => is(id, |id| world.automation.get(id).is_some()),
        Kind::Article => is(id, |id| world.articles.get(id).is_some()),
        Kind::CannedReply => is(id, |id| world.canned_replies.get(id).is_some()),
        Kind::Macro => is(id, |id| world.macros.get(id).is_some()),
        Kind::Template => is(id, |id: TemplateId| world.templates.contains_key(&id)),
        Kind::Segment => is(id, |id| world.segments.get(id).is_some()),
        Kind::Campaign => is(id, |id| world.campaigns.get(id).is_some()),
    }
}

/// The parts of a preset by key that exist for a brand.
pub fn installed(world: &World, preset: Preset, brand: BrandId) -> BTreeMap<&'static str, String> {
    let Some(parts) = world.presets.of(preset, brand) else { return BTreeMap::new() };
    let there = preset.parts().iter().filter_map(|part| {
        let id = parts.get(part.key).filter(|id| exists(world, part.kind, id))?;
        Some((part.key, id.clone()))
    });
    there.collect()
}

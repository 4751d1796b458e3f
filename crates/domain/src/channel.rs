//! Connected numbers: connecting and changing them, and what the provider tells about them and their templates.

use crate::event::StreamId;
use crate::event::channel::*;
use crate::event::{LookupKey, workspace::BrandCreated};
use crate::ids::*;
use crate::inbound::{AccountChange, TemplateChange};
use crate::rejection::Rejection;
use crate::step::Step;

/// Characters of a name at most.
pub const NAME_MAX: usize = 100;

/// Adds a brand.
pub fn create_brand(step: &mut Step<'_>, name: &str) -> Result<BrandId, Rejection> {
    let name = checked_name(name)?;
    if step.world.brands.values().any(|known| known.eq_ignore_ascii_case(&name)) {
        return Err(Rejection::Duplicate("a brand of this name"));
    }
    let brand_id: BrandId = step.mint.fresh();
    step.emit(StreamId::Brand(brand_id), BrandCreated { brand_id, name });
    Ok(brand_id)
}

/// What a number needs to be connected.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub name: String,
    pub phone_e164: String,
    /// `None`: the first brand, or a new one of the channel's name where there is none.
    pub brand_id: Option<BrandId>,
    pub graph_base_url: Option<String>,
    pub graph_version: Option<String>,
    pub phone_number_id: String,
    pub waba_id: String,
    pub credentials: Credentials,
}

/// The Graph version of a channel that names none.
pub const GRAPH_VERSION: &str = "v25.0";

/// Connects a number.
pub fn connect(step: &mut Step<'_>, wanted: &Connection) -> Result<ChannelId, Rejection> {
    let name = checked_name(&wanted.name)?;
    if step.world.channel_by_number(&wanted.phone_number_id).is_some() {
        return Err(Rejection::Duplicate("a channel with this phone_number_id"));
    }
    if wanted.brand_id.is_some_and(|brand| !step.world.brands.contains_key(&brand)) {
        return Err(Rejection::UnknownReference { field: "brand_id" });
    }
    let brand_id = match wanted.brand_id.or_else(|| step.world.brands.keys().next().copied()) {
        Some(brand) => brand,
        None => create_brand(step, &name)?,
    };
    let channel_id: ChannelId = step.mint.fresh();
    let event = ChannelConnected {
        channel_id,
        channel_type: ChannelType::Whatsapp,
        brand_id,
        name,
        phone_e164: wanted.phone_e164.clone(),
        phone_number_id: wanted.phone_number_id.clone(),
        waba_id: wanted.waba_id.clone(),
        graph_base_url: wanted.graph_base_url.clone(),
        graph_version: wanted.graph_version.clone().unwrap_or_else(|| GRAPH_VERSION.to_owned()),
        private: Some(wanted.credentials.clone()),
    };
    step.emit(StreamId::Channel(channel_id), event);
    Ok(channel_id)
}

/// Changes what is not secret. `team`: the queue that new conversations begin in, where that changes.
pub fn change(
    step: &mut Step<'_>,
    id: ChannelId,
    mut wanted: ChannelChanged,
    team: Option<Option<TeamId>>,
    expected: Option<u64>,
) -> Result<(), Rejection> {
    at_version(step, id, expected)?;
    if let Some(name) = &wanted.name {
        wanted.name = Some(checked_name(name)?);
    }
    let channel = step.world.channels.get(&id).ok_or(Rejection::NotFound)?;
    if let Some(Some(team)) = team {
        crate::team::takes_from(step, team, channel.config.brand_id)?;
    }
    let team = team.filter(|team| *team != channel.team_id);
    let nothing = ChannelChanged { channel_id: wanted.channel_id, ..ChannelChanged::default() };
    if wanted != nothing {
        wanted.channel_id = Some(id);
        step.emit(StreamId::Channel(id), wanted);
    }
    if let Some(team_id) = team {
        step.emit(StreamId::Channel(id), ChannelTeamChanged { channel_id: id, team_id });
    }
    Ok(())
}

/// New credentials. The caller passes the old app secret along, so that webhooks signed with it still pass while the
/// rotation is under way.
pub fn rotate(
    step: &mut Step<'_>,
    id: ChannelId,
    credentials: Credentials,
    expected: Option<u64>,
) -> Result<(), Rejection> {
    at_version(step, id, expected)?;
    step.emit(StreamId::Channel(id), ChannelSecretRotated { channel_id: id, private: Some(credentials) });
    Ok(())
}

/// The outbox or a probe learned that the number may, or may not, send.
pub fn observe_sending(step: &mut Step<'_>, id: ChannelId, sending: bool, code: Option<i64>) -> Result<(), Rejection> {
    let channel = step.world.channels.get(&id).ok_or(Rejection::NotFound)?;
    if channel.health.sending != sending || (!sending && channel.health.code != code) {
        let event = ChannelHealthObserved { channel_id: Some(id), sending: Some(sending), code, ..Default::default() };
        step.emit(StreamId::Channel(id), event);
    }
    Ok(())
}

/// A number's quality and budget, as a probe read them.
pub fn observe_health(step: &mut Step<'_>, id: ChannelId, observed: ChannelHealthObserved) -> Result<(), Rejection> {
    let health = &step.world.channels.get(&id).ok_or(Rejection::NotFound)?.health;
    let new = observed.quality.is_some() && observed.quality != health.quality
        || observed.throughput_mps.is_some_and(|mps| mps != health.throughput_mps)
        || observed.messaging_limit.is_some() && observed.messaging_limit != health.messaging_limit
        || observed.sending.is_some_and(|sending| sending != health.sending);
    if new {
        step.emit(StreamId::Channel(id), ChannelHealthObserved { channel_id: Some(id), ..observed });
    }
    Ok(())
}

/// An account-level item: kept for people, and applied where it bears on sending. `item` names it for deduplication.
pub fn notice(step: &mut Step<'_>, waba_id: Option<&str>, channels: &[ChannelId], change: &AccountChange, item: &str) {
    let key = step.blind.blind(&format!("account:{item}"));
    if step.find(key).is_some() {
        return;
    }
    let at = change.at.unwrap_or(step.now);
    let channel_id = (channels.len() == 1).then(|| channels[0]);
    let event = ChannelNoticed {
        channel_id,
        waba_id: waba_id.map(str::to_owned),
        field: change.field.clone(),
        event: change.event.clone(),
        at,
        private: Some(Notice { body: change.body.clone() }),
    };
    let stream = channel_id.map_or(StreamId::Workspace, StreamId::Channel);
    step.emit_at(stream, event, at.clamped_to(step.now), vec![LookupKey { key, value: Vec::new() }]);
    let bears = change.throughput_mps.is_some()
        || change.quality.is_some()
        || change.business_initiated_barred.is_some()
        || change.enabled.is_some();
    for id in channels.iter().filter(|_| bears) {
        let event = ChannelHealthObserved {
            channel_id: Some(*id),
            quality: change.quality.clone(),
            throughput_mps: change.throughput_mps,
            business_initiated: change.business_initiated_barred,
            sending: change.enabled,
            code: None,
            messaging_limit: None,
        };
        step.emit(StreamId::Channel(*id), event);
    }
}

/// A template changed, as a webhook or the template list tells. `item` deduplicates webhooks.
pub fn change_template(step: &mut Step<'_>, waba_id: &str, change: &TemplateChange, item: Option<&str>) {
    let key = item.map(|item| step.blind.blind(&format!("template:{waba_id}:{item}")));
    if key.is_some_and(|key| step.find(key).is_some()) {
        return;
    }
    let known = step.world.templates.iter().find(|(_, template)| {
        template.is(waba_id, &change.name, &change.language)
            || (change.provider_id.is_some() && template.provider_id == change.provider_id)
    });
    let template_id = match known {
        Some((id, template)) => {
            let mut after = template.clone();
            after.merge(change);
            if after == *template && item.is_none() {
                return;
            }
            *id
        }
        None => step.mint.fresh(),
    };
    let event = TemplateChanged { template_id, waba_id: waba_id.to_owned(), change: change.clone() };
    let keys = key.map(|key| LookupKey { key, value: Vec::new() }).into_iter().collect();
    let at = change.at.unwrap_or(step.now).clamped_to(step.now);
    step.emit_at(StreamId::Workspace, event, at, keys);
}

/// The whole list of an account's templates: those it no longer has are gone.
pub fn sync_templates(step: &mut Step<'_>, waba_id: &str, listed: &[TemplateChange]) {
    for change in listed {
        change_template(step, waba_id, change, None);
    }
    let gone: Vec<TemplateId> = step
        .world
        .templates
        .iter()
        // A draft is nobody's but ours, and what was handed over a moment ago may not be listed yet.
        .filter(|(_, template)| template.waba_id == waba_id && !template.is_draft())
        .filter(|(_, template)| !template.is_under_way() && !template.may_be_unlisted(step.now))
        .filter(|(_, template)| !listed.iter().any(|change| template.is(waba_id, &change.name, &change.language)))
        .map(|(id, _)| *id)
        .collect();
    for template_id in gone {
        step.emit(StreamId::Workspace, TemplateRemoved { template_id });
    }
}

fn at_version(step: &Step<'_>, id: ChannelId, expected: Option<u64>) -> Result<(), Rejection> {
    let actual = step.world.channels.get(&id).ok_or(Rejection::NotFound)?.version;
    match expected {
        Some(expected) if expected != actual => Err(Rejection::VersionMismatch { actual }),
        _ => Ok(()),
    }
}

fn checked_name(name: &str) -> Result<String, Rejection> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Rejection::Invalid { field: "name", detail: format!("1 to {NAME_MAX} printable characters") });
    }
    Ok(name.to_owned())
}

//! Playbooks, set up for a brand.

use domain::access::Action;
use domain::preset::make::{Made, make};
use domain::preset::{Kind as Part, Preset as Known};

use crate::answer::Found;
use crate::caller::Caller;
use crate::dto::preset::*;
use crate::endpoint::Endpoint;
use crate::extract::{MaybeJson, Path, Then};
use crate::front::Front;
use crate::openapi::Tag;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/presets", "list_presets", list)
            .about(Tag::Presets, "List playbooks that can be set up")
            .needs(Action::PresetInstall),
        Endpoint::post("/v1/presets/{preset}/installations", "install_preset", install)
            .about(Tag::Presets, "Set up a playbook for a brand")
            .description(
                "Makes what the playbook needs and is not there yet. What was set up before and still exists stays as it is, \
                 also where somebody changed it, so that doing it twice is the same as once. It takes the permission for \
                 each kind of part (`automation.manage` for rules, and so on); a part that cannot be made stops it, and the \
                 next try goes on from there.",
            )
            .needs(Action::PresetInstall)
            .refuses(&[Kind::NotFound, Kind::Forbidden, Kind::UnknownReference, Kind::Unprocessable])
            .refuses_too(&[Kind::InUse, Kind::NameTaken]),
    ]
}

const fn kind(part: Part) -> PresetPartKind {
    match part {
        Part::Team => PresetPartKind::Team,
        Part::AutomationRule => PresetPartKind::AutomationRule,
        Part::Article => PresetPartKind::Article,
        Part::CannedReply => PresetPartKind::CannedReply,
        Part::Macro => PresetPartKind::Macro,
        Part::Template => PresetPartKind::Template,
        Part::Segment => PresetPartKind::Segment,
        Part::Campaign => PresetPartKind::Campaign,
    }
}

async fn list(caller: Caller, Then(front, _): Then) -> Result<Found<PresetList>, Problem> {
    let as_of = front.position();
    let cards = front.presets(&caller.principal)?;
    let shown = |card: app::presets::PresetCard| Preset {
        name: card.preset.name().to_owned(),
        about: card.preset.about().to_owned(),
        parts: card.preset.parts().iter().map(|part| kind(part.kind)).collect(),
        brand_ids: card.brand_ids.into_iter().map(Into::into).collect(),
    };
    Ok(Found(PresetList { data: cards.into_iter().map(shown).collect(), as_of: as_of.into() }))
}

async fn install(
    caller: Caller,
    front: Front,
    Path(name): Path<String>,
    MaybeJson(body, _): MaybeJson<InstallPreset>,
) -> Result<Found<PresetInstallation>, Problem> {
    let preset = Known::named(&name).ok_or(Kind::NotFound)?;
    let InstallPreset { brand_id: brand, channel_id: channel } = body;
    let place = front.preset_place(&caller.principal, preset, brand.map(Into::into), channel.map(Into::into))?;
    let mut parts = Vec::new();
    for part in preset.parts() {
        let made = front.command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::PresetInstall)?;
            let by = step.principal();
            make(step, &by, place, part)
        });
        let Made { key, kind: what, id, created } = made.await?.value;
        parts.push(PresetPart { name: key.to_owned(), kind: kind(what), id, created });
    }
    Ok(Found(PresetInstallation {
        preset: preset.name().to_owned(),
        brand_id: place.brand_id.into(),
        channel_id: place.channel_id.into(),
        parts,
        next_steps: preset.next_steps().iter().map(|&step| step.to_owned()).collect(),
    }))
}

//! Playbooks that were set up.

use domain::event::Event;
use domain::event::preset::PresetPartInstalled;
use domain::ids::TeamId;
use domain::preset::Preset;

use super::id;

pub(super) fn samples() -> Vec<Event> {
    let team: TeamId = id(20);
    let event = PresetPartInstalled {
        preset: Preset::LeadQualification,
        brand_id: id(10),
        part: "sales".to_owned(),
        id: team.to_string(),
        created: true,
    };
    vec![event.into()]
}

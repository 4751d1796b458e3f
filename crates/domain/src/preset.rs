//! Presets: what the playbooks of a support team need, ready to be set up for a brand: teams, rules, articles, templates,
//! canned replies. Each is a list of parts, and each part is made by the same decision that a person's request takes, in a
//! command of its own: a crash in the middle leaves whole parts, and installing again makes the rest.
//!
//! What was installed belongs to the team from then on: whoever changed a part keeps their change, whoever removed one gets it
//! back only by installing again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Event, Recorded};
use crate::ids::*;

mod instant_answers;
mod lead_qualification;
pub mod make;
mod outage;
mod part;
mod triage;

pub use part::{Kind, Part};

/// The playbooks.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    LeadQualification,
    InstantAnswers,
    Triage,
    Outage,
}

impl Preset {
    pub const ALL: [Self; 4] = [Self::LeadQualification, Self::InstantAnswers, Self::Triage, Self::Outage];

    /// Its name on the command line and in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeadQualification => "lead-qualification",
            Self::InstantAnswers => "instant-answers",
            Self::Triage => "triage",
            Self::Outage => "outage",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// What it is for.
    pub const fn about(self) -> &'static str {
        match self {
            Self::LeadQualification => {
                "Asks who writes for the first time whether they are a customer, gives new leads to Sales, and has the CRM told \
                 how it ended."
            }
            Self::InstantAnswers => {
                "Answers what is asked every day from the knowledge base, and hands over to people on request."
            }
            Self::Triage => {
                "A first line with a checklist and a second one it escalates to, in one step and before a promise is broken."
            }
            Self::Outage => "A notice to whom an outage concerns, and a queue of its own for what they answer.",
        }
    }

    /// What is left to people, once it is set up.
    pub const fn next_steps(self) -> &'static [&'static str] {
        match self {
            Self::LeadQualification => &[
                "add people to the Sales team",
                "connect a CRM, or read its intents from the log (integration.call_requested)",
            ],
            Self::InstantAnswers => &["put your own hours, address and terms into the three articles"],
            Self::Triage => &["add people to Support L1 and Support L2", "let channels begin in Support L1"],
            Self::Outage => &[
                "add people to the Outage team",
                "wait for the provider to approve the template service_outage",
                "set the attributes plan and region of contacts, then fit the segment to whom it concerns",
            ],
        }
    }

    /// Its parts, each after what it names.
    pub fn parts(self) -> &'static [Part] {
        match self {
            Self::LeadQualification => lead_qualification::PARTS,
            Self::InstantAnswers => instant_answers::PARTS,
            Self::Triage => triage::PARTS,
            Self::Outage => outage::PARTS,
        }
    }
}

/// What was set up for whom: the ids by the parts' keys. Folded by decisions and by read models alike.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Installations(BTreeMap<(Preset, BrandId), BTreeMap<String, String>>);

impl Installations {
    /// The parts of a preset that were set up for a brand; they may have been removed since.
    pub fn of(&self, preset: Preset, brand: BrandId) -> Option<&BTreeMap<String, String>> {
        self.0.get(&(preset, brand))
    }
    /// The brands a preset was set up for.
    pub fn brands(&self, preset: Preset) -> impl Iterator<Item = BrandId> {
        self.0.keys().filter(move |(of, _)| *of == preset).map(|(_, brand)| *brand)
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        if let Event::PresetPartInstalled(event) = &recorded.event {
            let parts = self.0.entry((event.preset, event.brand_id)).or_default();
            parts.insert(event.part.clone(), event.id.clone());
        }
    }
}

//! Message templates, each the sum of what webhooks and synchronisations said about it, and of what the team wrote.

use std::collections::BTreeMap;

use domain::event::Recorded;
use domain::ids::TemplateId;
use domain::template::{Template, progress};
use domain::time::Timestamp;

/// A template with when it last changed.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct TemplateEntry {
    pub id: TemplateId,
    pub template: Template,
    pub updated_at: Timestamp,
    /// Changes so far: a template has no stream of its own.
    pub version: u64,
}

/// All templates there are.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Templates {
    by_id: BTreeMap<TemplateId, TemplateEntry>,
}

impl Templates {
    pub fn get(&self, id: TemplateId) -> Option<&TemplateEntry> {
        self.by_id.get(&id)
    }
    /// In the order they became known.
    pub fn iter(&self) -> impl Iterator<Item = &TemplateEntry> {
        self.by_id.values()
    }
    /// The templates of an account.
    pub fn of_waba<'a>(&'a self, waba_id: &'a str) -> impl Iterator<Item = &'a TemplateEntry> {
        self.by_id.values().filter(move |entry| entry.template.waba_id == waba_id)
    }
    /// By what a sender writes; `en_US` and `en-US` are one language.
    pub fn by_name(&self, waba_id: &str, name: &str, language: &str) -> Option<&TemplateEntry> {
        self.by_id.values().find(|entry| entry.template.is(waba_id, name, language))
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        let Some(id) = progress::subject(&recorded.event) else { return };
        let known = self.by_id.remove(&id).map(|entry| entry.template);
        if let Some(template) = progress::fold(known, recorded) {
            let (updated_at, version) = (recorded.occurred_at, template.version);
            self.by_id.insert(id, TemplateEntry { id, template, updated_at, version });
        }
    }
}

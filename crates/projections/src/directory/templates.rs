//! Message templates, each the sum of what webhooks and synchronisations said about it.

use std::collections::BTreeMap;

use domain::event::{Event, Recorded};
use domain::ids::TemplateId;
use domain::inbound::TemplateChange;
use domain::template::normal_language;
use domain::time::Timestamp;
use serde_json::Value;

/// A template as last told.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub id: TemplateId,
    pub waba_id: String,
    pub provider_id: Option<String>,
    pub name: String,
    /// As the provider wrote it first.
    pub language: String,
    /// `APPROVED`, `PAUSED`, …; open.
    pub status: Option<String>,
    pub reason: Option<String>,
    pub category: Option<String>,
    /// Announced, not yet in force.
    pub coming_category: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`; open.
    pub quality: Option<String>,
    pub components: Option<Value>,
    pub updated_at: Timestamp,
    /// Changes so far. Several templates share a stream, so this is their own count.
    pub version: u64,
}

/// All templates the provider lists.
#[derive(Debug, Default)]
pub struct Templates {
    by_id: BTreeMap<TemplateId, Template>,
}

impl Templates {
    pub fn get(&self, id: TemplateId) -> Option<&Template> {
        self.by_id.get(&id)
    }
    /// In the order they became known.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.by_id.values()
    }
    /// The templates of an account.
    pub fn of_waba<'a>(&'a self, waba_id: &'a str) -> impl Iterator<Item = &'a Template> {
        self.by_id.values().filter(move |template| template.waba_id == waba_id)
    }
    /// By what a sender writes; `en_US` and `en-US` are one language.
    pub fn by_name(&self, waba_id: &str, name: &str, language: &str) -> Option<&Template> {
        let language = normal_language(language);
        self.of_waba(waba_id).find(|known| known.name == name && normal_language(&known.language) == language)
    }

    pub(super) fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::TemplateChanged(event) => {
                let template = self.by_id.entry(event.template_id).or_insert_with(|| Template {
                    id: event.template_id,
                    waba_id: event.waba_id.clone(),
                    provider_id: None,
                    name: event.change.name.clone(),
                    language: event.change.language.clone(),
                    status: None,
                    reason: None,
                    category: None,
                    coming_category: None,
                    quality: None,
                    components: None,
                    updated_at: recorded.occurred_at,
                    version: 0,
                });
                template.change(&event.change);
                template.updated_at = recorded.occurred_at;
                template.version += 1;
            }
            Event::TemplateRemoved(event) => {
                self.by_id.remove(&event.template_id);
            }
            _ => {}
        }
    }
}

impl Template {
    fn change(&mut self, change: &TemplateChange) {
        fn take<T: Clone>(field: &mut Option<T>, news: &Option<T>) {
            if news.is_some() {
                field.clone_from(news);
            }
        }
        take(&mut self.provider_id, &change.provider_id);
        take(&mut self.category, &change.category);
        take(&mut self.coming_category, &change.coming_category);
        take(&mut self.quality, &change.quality);
        take(&mut self.components, &change.components);
        if change.status.is_some() {
            // A reason belongs to its status: "approved" does not keep the words of an earlier rejection.
            self.status.clone_from(&change.status);
            self.reason.clone_from(&change.reason);
        }
        if self.coming_category == self.category {
            self.coming_category = None;
        }
    }
}

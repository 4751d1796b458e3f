//! Message templates: what the provider lists and what its webhooks change.

use serde_json::Value;

use crate::inbound::TemplateChange;

/// A template of a WhatsApp Business Account. Its identity is (account, name, language).
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub waba_id: String,
    pub name: String,
    /// As the provider last wrote it.
    pub language: String,
    pub provider_id: Option<String>,
    /// `APPROVED`, `PAUSED`, …; open.
    pub status: Option<String>,
    pub reason: Option<String>,
    pub category: Option<String>,
    /// Announced, not yet in force.
    pub coming_category: Option<String>,
    pub quality: Option<String>,
    pub components: Option<Value>,
}

impl Template {
    /// The template as its first change tells it.
    pub fn new(waba_id: &str, change: &TemplateChange) -> Self {
        Self {
            waba_id: waba_id.to_owned(),
            name: change.name.clone(),
            language: change.language.clone(),
            provider_id: None,
            status: None,
            reason: None,
            category: None,
            coming_category: None,
            quality: None,
            components: None,
        }
    }

    /// Takes over what a change tells and keeps the rest.
    pub fn merge(&mut self, change: &TemplateChange) {
        fn keep<T: Clone>(old: &mut Option<T>, new: &Option<T>) {
            if new.is_some() {
                old.clone_from(new);
            }
        }
        keep(&mut self.provider_id, &change.provider_id);
        if change.status.is_some() {
            self.status.clone_from(&change.status);
            self.reason.clone_from(&change.reason);
        }
        if change.category.is_some() && change.category == self.coming_category {
            self.coming_category = None;
        }
        keep(&mut self.category, &change.category);
        keep(&mut self.coming_category, &change.coming_category);
        keep(&mut self.quality, &change.quality);
        keep(&mut self.components, &change.components);
    }

    /// Whether the provider would take it.
    pub fn is_sendable(&self) -> bool {
        self.status.as_deref() == Some("APPROVED")
    }

    /// What does not fit between a send and the template.
    pub fn check(&self, _content: &crate::content::Content) -> Vec<crate::outbound_content::FieldError> {
        Vec::new()
    }

    /// Whether this is the one a send names.
    pub fn is(&self, waba_id: &str, name: &str, language: &str) -> bool {
        self.waba_id == waba_id && self.name == name && normal_language(&self.language) == normal_language(language)
    }
}

/// WhatsApp writes a language as `en_US` in one place and `en-US` in another; this is the form to compare.
pub fn normal_language(language: &str) -> String {
    language.replace('-', "_")
}

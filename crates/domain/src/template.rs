//! Message templates: what the provider lists and what its webhooks change, what the team writes and submits, and whether a send
//! fits one.

pub mod draft;
mod fit;
pub mod manage;
pub mod progress;
mod shown;

use serde_json::Value;

use crate::content::Content;
use crate::inbound::TemplateChange;
use crate::outbound_content::FieldError;
use crate::time::Timestamp;

use self::draft::{Category, Draft};
use self::progress::{Deletion, Submission};
pub use self::shown::{Button, Header, Shown};

/// A template of a WhatsApp Business Account. Its identity is (account, name, language).
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
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
    #[borsh(
        serialize_with = "crate::snapshot::write_json_option",
        deserialize_with = "crate::snapshot::read_json_option"
    )]
    pub components: Option<Value>,
    /// What the provider advises, or explains, beside its reason.
    pub advice: Option<String>,
    /// What the team wrote and the provider has not taken yet.
    pub draft: Option<Draft>,
    /// The last time a draft was handed to the provider.
    pub submission: Option<Submission>,
    pub deletion: Deletion,
    /// Accepted changes while it was approved, oldest first.
    pub edited_at: Vec<Timestamp>,
    /// Events about it.
    pub version: u64,
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
            advice: None,
            draft: None,
            submission: None,
            deletion: Deletion::None,
            edited_at: Vec::new(),
            version: 0,
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
        // The list says nothing of it, and leaves it while the status stays.
        if change.status.is_some() && (change.detail.is_some() || change.status != self.status) {
            self.advice = change.detail.as_ref().and_then(advice);
        }
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
        let untold = self.media_header().filter(|_| change.detail.is_some());
        keep(&mut self.components, &change.components);
        if let (Some(header), Some(Value::Array(components))) = (untold, &mut self.components)
            && change.components.is_some()
            && !components.iter().any(|component| component.get("type").is_some_and(|kind| kind == "HEADER"))
        {
            components.insert(0, header);
        }
    }

    /// A header that is a file or a place. Webhooks (which carry a detail, unlike the list) never tell of one.
    fn media_header(&self) -> Option<Value> {
        let components = self.components.as_ref()?.as_array()?;
        let of = |component: &Value, key: &str| component.get(key).and_then(Value::as_str).map(str::to_uppercase);
        let media = |component: &&Value| {
            of(component, "type").as_deref() == Some("HEADER") && of(component, "format").as_deref() != Some("TEXT")
        };
        components.iter().find(media).cloned()
    }

    /// Whether the provider would take it.
    pub fn is_sendable(&self) -> bool {
        self.status.as_deref() == Some("APPROVED")
    }

    /// What does not fit between a send and the template: the number and names of its parameters, the kind of its
    /// header, its buttons. Pointers are into the content, as `/template/components/0/parameters`. Nothing is found where
    /// the template's components are not known.
    pub fn check(&self, content: &Content) -> Vec<FieldError> {
        match &self.components {
            Some(Value::Array(components)) => fit::check(components, &content.body),
            _ => Vec::new(),
        }
    }

    /// The distinct places of its texts, in the order of their first use.
    pub fn variables(&self) -> Vec<String> {
        let components = self.components.as_ref().and_then(Value::as_array);
        components.map(|components| draft::variables(components)).unwrap_or_default()
    }

    /// What a change of it begins with: the draft there is, or what the provider has.
    pub fn as_draft(&self) -> Draft {
        self.draft.clone().unwrap_or_else(|| Draft {
            name: self.name.clone(),
            language: normal_language(&self.language),
            category: self.category.as_deref().and_then(Category::named).unwrap_or(Category::Utility),
            components: self.components.as_ref().and_then(Value::as_array).cloned().unwrap_or_default(),
            message_send_ttl_seconds: None,
        })
    }

    /// What the customer would see of a send.
    pub fn shown(&self, content: &Content) -> Shown {
        let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
        shown::shown(&list(self.components.as_ref()), &list(content.body.get("components")))
    }

    /// Whether this is the one a send names.
    pub fn is(&self, waba_id: &str, name: &str, language: &str) -> bool {
        self.waba_id == waba_id && self.name == name && normal_language(&self.language) == normal_language(language)
    }
}

/// What a webhook of a status says beside the reason: how to mend a rejected one, why and how long one is paused.
fn advice(detail: &Value) -> Option<String> {
    let text = |pointer: &str| detail.pointer(pointer)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let told = ["/rejection_info/recommendation", "/other_info/description", "/rejection_info/reason"];
    told.into_iter().find_map(text)
}

/// WhatsApp writes a language as `en_US` in one place and `en-US` in another; this is the form to compare.
pub fn normal_language(language: &str) -> String {
    language.replace('-', "_")
}

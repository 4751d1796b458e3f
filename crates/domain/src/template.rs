//! Message templates: what the provider lists and what its webhooks change, and whether a send fits one.

mod fit;

use serde_json::Value;

use crate::content::Content;
use crate::inbound::TemplateChange;
use crate::outbound_content::FieldError;

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

    /// The body as a send makes it: its places filled in. `None`: the body is not known.
    pub fn filled_body(&self, content: &Content) -> Option<String> {
        let listed = self.components.as_ref()?.as_array()?;
        let is = |component: &&Value, kind: &str| {
            component.get("type").and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case(kind))
        };
        let mut text = listed.iter().find(|it| is(it, "BODY"))?.get("text")?.as_str()?.to_owned();
        let sent = content.body.get("components").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let body = sent.iter().find(|it| is(it, "body"));
        let parameters = body.and_then(|body| body.get("parameters")).and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let name = parameter.get("parameter_name").and_then(Value::as_str).map(str::to_owned);
            let place = format!("{{{{{}}}}}", name.unwrap_or_else(|| (index + 1).to_string()));
            text = text.replace(&place, parameter.get("text").and_then(Value::as_str).unwrap_or_default());
        }
        Some(text)
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

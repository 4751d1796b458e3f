//! Facts about templates that the team writes: drafts, what was submitted to the provider, and what it said. What the provider
//! tells by itself is [`super::channel::TemplateChanged`].

use serde::{Deserialize, Serialize};

use super::facts;
use crate::ids::*;
use crate::template::draft::Draft;

/// A draft as it is from now on: of a new template, or of a change of one that the provider has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateDrafted {
    pub template_id: TemplateId,
    pub waba_id: String,
    pub draft: Draft,
}
facts!(TemplateDrafted = "template.drafted");

/// The draft is to go to the provider. The call follows this event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateSubmitted {
    pub template_id: TemplateId,
}
facts!(TemplateSubmitted = "template.submitted");

/// The provider took it and reviews it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateSubmissionAccepted {
    pub template_id: TemplateId,
    pub provider_id: Option<String>,
    /// As it answered; absent where it has told of a later one by itself.
    pub status: Option<String>,
    pub category: Option<String>,
}
facts!(TemplateSubmissionAccepted = "template.submission_accepted");

/// The provider did not take it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateSubmissionRefused {
    pub template_id: TemplateId,
    pub refusal: Refusal,
}
facts!(TemplateSubmissionRefused = "template.submission_refused");

/// It is to be removed at the provider. The call follows this event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateDeletionRequested {
    pub template_id: TemplateId,
}
facts!(TemplateDeletionRequested = "template.deletion_requested");

/// The provider did not remove it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TemplateDeletionRefused {
    pub template_id: TemplateId,
    pub refusal: Refusal,
}
facts!(TemplateDeletionRefused = "template.deletion_refused");

/// The provider's no.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Refusal {
    /// Absent: it could not be asked.
    pub code: Option<i64>,
    /// In its own words.
    pub reason: String,
}

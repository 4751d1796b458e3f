//! Templates as the API shows them.

use domain::event::template::Refusal;
use domain::outbound_content::FieldError;
use domain::template::draft::{Category, Draft};
use domain::template::progress::{Deletion, SubmissionState};
use domain::template::{Shown, progress};
use projections::directory::TemplateEntry;

use crate::dto::template::*;
use crate::present::conversation::shortened;

pub(crate) fn template(entry: &TemplateEntry) -> Template {
    let of = &entry.template;
    let short = |text: &Option<String>, chars| text.as_deref().map(|text| shortened(text, chars));
    Template {
        id: entry.id.into(),
        version: entry.version.into(),
        waba_id: shortened(&of.waba_id, 64),
        name: shortened(&of.name, 512),
        language: shortened(&of.language, 32),
        status: short(&of.status, 64),
        category: short(&of.category, 64),
        quality: short(&of.quality, 64),
        reason: short(&of.reason, 2_000),
        advice: short(&of.advice, 2_000),
        coming_category: short(&of.coming_category, 64),
        sendable: of.is_sendable(),
        variables: of.variables(),
        draft: of.draft.as_ref().map(draft),
        submission: of.submission.as_ref().map(submission),
        deletion: deletion(&of.deletion),
        updated_at: entry.updated_at.into(),
        components: of.components.clone(),
    }
}

fn draft(of: &Draft) -> TemplateDraft {
    TemplateDraft {
        name: of.name.clone(),
        language: of.language.clone(),
        category: match of.category {
            Category::Utility => TemplateCategory::Utility,
            Category::Marketing => TemplateCategory::Marketing,
            Category::Authentication => TemplateCategory::Authentication,
        },
        components: of.components.clone(),
        message_send_ttl_seconds: of.message_send_ttl_seconds,
    }
}

/// The category somebody asks for.
pub(crate) fn category_asked(category: TemplateCategory) -> Category {
    match category {
        TemplateCategory::Utility => Category::Utility,
        TemplateCategory::Marketing => Category::Marketing,
        TemplateCategory::Authentication => Category::Authentication,
    }
}

fn submission(of: &progress::Submission) -> TemplateSubmission {
    let (state, refused) = match &of.state {
        SubmissionState::Requested => (TemplateSubmissionState::Requested, None),
        SubmissionState::Accepted => (TemplateSubmissionState::Accepted, None),
        SubmissionState::Refused(refusal) => (TemplateSubmissionState::Refused, Some(refusal)),
    };
    TemplateSubmission { state, at: of.at.into(), refusal: refused.map(refusal) }
}

fn deletion(of: &Deletion) -> Option<TemplateDeletion> {
    match of {
        Deletion::None => None,
        Deletion::Requested => Some(TemplateDeletion { state: TemplateDeletionState::Requested, refusal: None }),
        Deletion::Refused(refused) => {
            Some(TemplateDeletion { state: TemplateDeletionState::Refused, refusal: Some(refusal(refused)) })
        }
    }
}

fn refusal(of: &Refusal) -> ProviderRefusal {
    ProviderRefusal { code: of.code, reason: shortened(&of.reason, 1_000) }
}

pub(crate) fn preview(shown: Shown, sendable: bool, errors: Vec<FieldError>, missing: Vec<String>) -> TemplatePreview {
    let header = shown.header.map(|header| TemplatePreviewHeader {
        format: shortened(&header.format, 64),
        text: header.text,
        media: header.media,
    });
    let button = |button: domain::template::Button| TemplatePreviewButton {
        r#type: shortened(&button.kind, 64),
        text: button.text.map(|text| shortened(&text, 1_024)),
        target: button.target,
    };
    TemplatePreview {
        header,
        body: shown.body,
        footer: shown.footer.map(|text| shortened(&text, 1_024)),
        buttons: shown.buttons.into_iter().map(button).collect(),
        sendable,
        errors: errors.into_iter().map(fault).collect(),
        missing,
    }
}

/// What is wrong with a field of a content.
pub(crate) fn fault(error: FieldError) -> PreviewFault {
    PreviewFault {
        pointer: Some(shortened(&error.pointer, 512)),
        code: error.code.replace('_', "-"),
        detail: shortened(&error.detail, 2_000),
    }
}

//! How a template comes to be as it is: what the provider tells of it, and what the team writes and submits. One fold, for
//! decisions and read models alike.

use super::Template;
use super::draft::Draft;
use crate::event::template::Refusal;
use crate::event::{Event, Recorded};
use crate::ids::TemplateId;
use crate::inbound::TemplateChange;
use crate::time::{Millis, Timestamp};

/// Our own status: the provider has not seen it.
pub const DRAFT: &str = "DRAFT";
/// What a template is once the provider has it and before it has said anything.
const PENDING: &str = "PENDING";
/// For so long a template that was accepted may be missing in the provider's list: removed for that, it would come back as
/// another one.
const UNLISTED_MAX: Millis = Millis::minutes(10);
/// Accepted changes of an approved template that are remembered: as many as count for what the provider allows.
const EDITS_MAX: usize = 10;

/// The last time it was handed to the provider.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Submission {
    pub at: Timestamp,
    pub state: SubmissionState,
    /// It was approved then, so that this counts as a change of an approved one.
    of_approved: bool,
    /// The provider told of a status since.
    told: bool,
}

/// What came of it.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq, Eq)]
pub enum SubmissionState {
    /// On its way.
    Requested,
    Accepted,
    Refused(Refusal),
}

/// Whether a removal is under way.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq, Eq)]
pub enum Deletion {
    #[default]
    None,
    Requested,
    Refused(Refusal),
}

/// The template an event is about.
pub fn subject(event: &Event) -> Option<TemplateId> {
    match event {
        Event::TemplateChanged(event) => Some(event.template_id),
        Event::TemplateRemoved(event) => Some(event.template_id),
        Event::TemplateDrafted(event) => Some(event.template_id),
        Event::TemplateSubmitted(event) => Some(event.template_id),
        Event::TemplateSubmissionAccepted(event) => Some(event.template_id),
        Event::TemplateSubmissionRefused(event) => Some(event.template_id),
        Event::TemplateDeletionRequested(event) => Some(event.template_id),
        Event::TemplateDeletionRefused(event) => Some(event.template_id),
        _ => None,
    }
}

/// The template after an event about it; `None`: it is gone.
pub fn fold(known: Option<Template>, recorded: &Recorded) -> Option<Template> {
    let at = recorded.recorded_at;
    let mut template = match (known, &recorded.event) {
        (_, Event::TemplateRemoved(_)) => return None,
        (Some(known), _) => known,
        (None, Event::TemplateChanged(event)) => Template::new(&event.waba_id, &event.change),
        (None, Event::TemplateDrafted(event)) => first_draft(&event.waba_id, &event.draft),
        (None, _) => return None,
    };
    template.version += 1;
    match &recorded.event {
        Event::TemplateChanged(event) => {
            template.merge(&event.change);
            if let (Some(submission), Some(_)) = (&mut template.submission, &event.change.status) {
                submission.told = true;
            }
        }
        Event::TemplateDrafted(event) => template.write(&event.draft),
        Event::TemplateSubmitted(_) => {
            let of_approved = template.is_sendable();
            let state = SubmissionState::Requested;
            template.submission = Some(Submission { at, state, of_approved, told: false });
        }
        Event::TemplateSubmissionAccepted(event) => {
            let (status, category) = (event.status.clone(), event.category.clone());
            template.accepted(event.provider_id.clone(), status, category, at);
        }
        Event::TemplateSubmissionRefused(event) => {
            if let Some(submission) = &mut template.submission {
                submission.state = SubmissionState::Refused(event.refusal.clone());
            }
        }
        Event::TemplateDeletionRequested(_) => template.deletion = Deletion::Requested,
        Event::TemplateDeletionRefused(event) => template.deletion = Deletion::Refused(event.refusal.clone()),
        _ => {}
    }
    Some(template)
}

fn first_draft(waba_id: &str, draft: &Draft) -> Template {
    let named =
        TemplateChange { name: draft.name.clone(), language: draft.language.clone(), ..TemplateChange::default() };
    Template { status: Some(DRAFT.to_owned()), ..Template::new(waba_id, &named) }
}

impl Template {
    /// Whether the provider has never had it.
    pub fn is_draft(&self) -> bool {
        self.status.as_deref() == Some(DRAFT)
    }

    /// Whether it is on its way to the provider.
    pub fn is_under_way(&self) -> bool {
        self.submission.as_ref().is_some_and(|submission| submission.state == SubmissionState::Requested)
    }

    /// Whether the provider took it so lately that its list may not have it yet.
    pub fn may_be_unlisted(&self, now: Timestamp) -> bool {
        self.submission.as_ref().is_some_and(|submission| {
            submission.state == SubmissionState::Accepted && now < submission.at + UNLISTED_MAX
        })
    }

    /// Whether the provider has shown since the last submission that it took it: a new one by having it at all, a changed one by
    /// telling of another status.
    pub fn shows_acceptance(&self) -> bool {
        let told = self.submission.as_ref().is_some_and(|submission| submission.told);
        self.is_under_way() && told
    }

    fn write(&mut self, draft: &Draft) {
        if self.is_draft() {
            self.name.clone_from(&draft.name);
            self.language.clone_from(&draft.language);
            self.category = Some(draft.category.as_str().to_owned());
            self.components = Some(draft.components.clone().into());
        }
        self.draft = Some(draft.clone());
    }

    fn accepted(
        &mut self,
        provider_id: Option<String>,
        status: Option<String>,
        category: Option<String>,
        at: Timestamp,
    ) {
        let told = self.submission.as_ref().is_some_and(|submission| submission.told);
        self.provider_id = provider_id.or_else(|| self.provider_id.take());
        if !told {
            self.status = Some(status.unwrap_or_else(|| PENDING.to_owned()));
            self.reason = None;
            self.category = category.or_else(|| self.category.take());
        }
        if let Some(draft) = self.draft.take() {
            self.components = Some(draft.components.into());
        }
        if let Some(submission) = &mut self.submission {
            submission.state = SubmissionState::Accepted;
            if submission.of_approved {
                self.edited_at.push(at);
                let over = self.edited_at.len().saturating_sub(EDITS_MAX);
                self.edited_at.drain(..over);
            }
        }
    }
}

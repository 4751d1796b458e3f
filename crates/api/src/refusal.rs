//! From the desk's refusals to problems: the one place where a reason gets its status.

use app::Failure;
use app::media::UploadError;
use app::provider::AskError;
use domain::rejection::Rejection;
use serde_json::Value;

use crate::problem::{FieldError, Kind, Problem};

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Rejected(rejection) => rejection.into(),
            Failure::Overloaded => Kind::Overloaded.into(),
            Failure::LogUnavailable { reason } => Self::new(Kind::LogUnavailable).detail(reason),
            Failure::Draining => Kind::Draining.into(),
            Failure::KeyReused => Kind::IdempotencyKeyReused.into(),
            Failure::Internal => Kind::Internal.into(),
        }
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Desk(failure) => failure.into(),
            AskError::Provider(error) => Self::new(Kind::ProviderError).detail(error.to_string()),
            AskError::NoProvider => Self::new(Kind::ProviderError).detail("nothing talks to the provider here"),
        }
    }
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Failed(failure) => failure.into(),
            UploadError::TooLarge { max } => Self::new(Kind::PayloadTooLarge).with("limit_bytes", max),
            UploadError::Empty => Self::new(Kind::Unprocessable).detail("the file is empty"),
            UploadError::Interrupted => Self::new(Kind::Malformed).detail("the file broke off"),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let words = rejection.to_string();
        let said = |kind: Kind| Self::new(kind).detail(words.clone());
        match rejection {
            // Absent and hidden give the same bytes, so no words of ours.
            Rejection::NotFound => Kind::NotFound.into(),
            Rejection::Forbidden => Kind::Forbidden.into(),
            Rejection::RoleHierarchy => said(Kind::RoleProtected),
            Rejection::LastSuperAdmin => said(Kind::LastSuperAdmin),
            Rejection::VersionMismatch { actual } => said(Kind::PreconditionFailed).with("version", actual),
            Rejection::AlreadyAssigned { assignee_id } => {
                said(Kind::AlreadyAssigned).with("assignee_id", text(assignee_id))
            }
            Rejection::AssigneeNotEligible => said(Kind::AssigneeNotEligible),
            Rejection::InvalidTransition { from, to } => {
                said(Kind::InvalidTransition).with("from", from).with("to", to)
            }
            Rejection::WindowClosed { closed_at } => {
                said(Kind::ServiceWindowClosed).with("expires_at", text(closed_at)).with("hint", "template")
            }
            Rejection::StaleReply { newer } => {
                let ids: Vec<String> = newer.iter().map(ToString::to_string).collect();
                said(Kind::StaleReply).with("newer_message_ids", ids)
            }
            Rejection::Content(errors) => said(Kind::Unprocessable).errors(fields(errors)),
            Rejection::Template(_) => said(Kind::TemplateParametersMismatch),
            Rejection::TemplateParameters(errors) => said(Kind::TemplateParametersMismatch).errors(fields(errors)),
            Rejection::OptedOut => said(Kind::ContactOptedOut),
            Rejection::ContactBlocked => said(Kind::ContactBlocked),
            Rejection::ContactErased => said(Kind::ContactErased),
            Rejection::NumberBarred { until } => said(Kind::NumberBarred).with("until", text(until)),
            Rejection::ChannelDisabled => said(Kind::ChannelDisabled),
            Rejection::NotNow(_) => said(Kind::Conflict),
            Rejection::InUse(_) => said(Kind::InUse),
            Rejection::Duplicate(what) => said(kind_of_duplicate(what)),
            Rejection::UnknownReference { field } => {
                said(Kind::UnknownReference).errors(vec![at(field, "unknown", &words)])
            }
            Rejection::Invalid { field, detail } => {
                Self::new(Kind::Unprocessable).errors(vec![at(field, "invalid", &detail)]).detail(detail)
            }
            Rejection::SeatsExhausted { seats } => said(Kind::SeatsExhausted).with("seats", seats),
            Rejection::Fields(errors) => said(Kind::Unprocessable).errors(fields(errors)),
            Rejection::MentionNotPermitted { indexes } => {
                let wrong = |index: usize| {
                    at(
                        "body",
                        "mention-not-permitted",
                        &format!("the mention at index {index} cannot see the conversation"),
                    )
                };
                said(Kind::MentionNotPermitted).errors(indexes.into_iter().map(wrong).collect())
            }
            Rejection::NoteSettled => said(Kind::NoteSettled),
            Rejection::NotResendable => said(Kind::NotResendable),
            Rejection::SessionEnded => Kind::SessionRevoked.into(),
            Rejection::SecondFactorRefused => said(Kind::MfaInvalid),
            Rejection::Gone(_) => said(Kind::Gone),
        }
    }
}

fn kind_of_duplicate(what: &str) -> Kind {
    if what.contains("identity") || what.contains("phone_number_id") {
        Kind::DuplicateIdentity
    } else if what.contains("name") || what.contains("address") {
        Kind::NameTaken
    } else {
        Kind::Conflict
    }
}

/// What the domain found wrong, as problems say it.
pub(crate) fn fields(errors: Vec<domain::outbound_content::FieldError>) -> Vec<FieldError> {
    let field = |error: domain::outbound_content::FieldError| FieldError {
        pointer: Some(error.pointer),
        parameter: None,
        code: error.code.replace('_', "-"),
        detail: error.detail,
    };
    errors.into_iter().map(field).collect()
}

fn at(field: &str, code: &str, detail: &str) -> FieldError {
    FieldError { pointer: Some(format!("/{field}")), parameter: None, code: code.to_owned(), detail: detail.to_owned() }
}

fn text(value: Option<impl ToString>) -> Value {
    value.map_or(Value::Null, |value| Value::String(value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_are_told_apart() {
        assert_eq!(kind_of_duplicate("a user with this address"), Kind::NameTaken);
        assert_eq!(kind_of_duplicate("a brand of this name"), Kind::NameTaken);
        assert_eq!(kind_of_duplicate("a channel with this phone_number_id"), Kind::DuplicateIdentity);
        assert_eq!(kind_of_duplicate("a contact with this identity"), Kind::DuplicateIdentity);
        assert_eq!(kind_of_duplicate("this merge"), Kind::Conflict);
    }

    #[test]
    fn a_stale_reply_names_what_came_after() {
        let id = domain::ids::MessageId::from_u128(7);
        let problem = Problem::from(Rejection::StaleReply { newer: vec![id] });
        assert_eq!(problem.kind(), Kind::StaleReply);
        let body = serde_json::to_value(problem.body(String::new())).unwrap();
        assert_eq!(body["newer_message_ids"][0], id.to_string());
    }

    #[test]
    fn hidden_and_absent_say_the_same() {
        let body = serde_json::to_value(Problem::from(Rejection::NotFound).body(String::new())).unwrap();
        assert_eq!(body["detail"], Value::Null);
    }
}

//! Limits of what may be sent, as the provider sets them.

/// What is wrong with one field; `pointer` is a JSON pointer into the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

/// Everything that is wrong with a content we are asked to send; empty: nothing.
pub fn check(_content: &crate::content::Content) -> Vec<FieldError> {
    Vec::new()
}

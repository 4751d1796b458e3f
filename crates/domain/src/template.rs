//! Message templates.

/// WhatsApp writes a language as `en_US` in one place and `en-US` in another; this is the form to compare.
pub fn normal_language(language: &str) -> String {
    language.replace('-', "_")
}

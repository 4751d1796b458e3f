//! The knowledge base: articles that agents read and that answer customers.
//!
//! An article is written in revisions, each kept, and approved revision by revision: draft, in review, published, archived.
//! While a published one is written anew, what is published stays. Whoever may manage articles approves them, those they
//! wrote themselves included: a workspace that wants two people for it gives one of them a role without
//! `knowledge.manage`.
//!
//! Searching by words is a read model's (`projections::knowledge`); what decisions need, keywords, is [`find`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::*;

mod articles;
mod check;
pub mod find;
pub mod learnt;
mod plain;
pub mod publish;
pub mod rate;
pub mod write;

pub use articles::{Article, Articles, Published, Revision, Status};
pub use plain::plain_text;

/// Articles at most.
pub const ARTICLES_MAX: usize = 5_000;
/// Revisions of one at most.
pub const REVISIONS_MAX: usize = 1_000;
/// Languages of one at most.
pub const LOCALES_MAX: usize = 20;
/// Characters of a title at most.
pub const TITLE_MAX: usize = 200;
/// Characters of a body (Markdown) at most.
pub const BODY_MAX: usize = 20_000;
/// Characters of what is sent to a customer at most: those of a text message.
pub const ANSWER_MAX: usize = crate::outbound_content::TEXT_MAX;
/// Keywords of one language at most, and characters of one.
pub const KEYWORDS_MAX: usize = 50;
pub const KEYWORD_CHARS_MAX: usize = 60;
/// Characters of a category's name at most.
pub const CATEGORY_MAX: usize = 60;
/// The highest priority.
pub const PRIORITY_MAX: u8 = 100;

/// Who may read what an article says, once it is published.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Colleagues alone.
    Internal,
    /// Customers as well: it answers them.
    Public,
}

/// What an article is, beside what it says. Part of each revision.
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
pub struct Particulars {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    pub visibility: Visibility,
    /// Of several that answer equally well the highest does.
    #[serde(default)]
    pub priority: u8,
    /// The language for whoever speaks none of its others.
    pub default_locale: String,
}

/// What an article says in one language.
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
pub struct Translation {
    pub title: String,
    /// What customers write who are to be answered with it: whole words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Markdown.
    pub body_md: String,
    /// What is sent to a customer; absent: the body as plain text, as much of it as a message holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_text: Option<String>,
}

impl Translation {
    /// What is sent to a customer.
    pub fn answer(&self) -> Cow<'_, str> {
        match &self.answer_text {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(plain::cut(&plain_text(&self.body_md), ANSWER_MAX)),
        }
    }
}

/// By language, a BCP 47 tag.
pub type Translations = BTreeMap<String, Translation>;

/// The note an article was made from.
#[derive(
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Source {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
    pub contact_id: ContactId,
}

/// The best of some languages for somebody who speaks this one: the same, else that of another region.
pub fn nearest_locale<'l>(locales: impl Iterator<Item = &'l str> + Clone, language: &str) -> Option<&'l str> {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let wanted = primary(language);
    let same = locales.clone().find(|locale| locale.eq_ignore_ascii_case(language));
    // The plain language before any of its regions.
    let plain = || locales.clone().find(|locale| locale.eq_ignore_ascii_case(&wanted));
    same.or_else(plain).or_else(|| locales.clone().find(|locale| primary(locale) == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_language_is_the_same_then_the_plain_one_then_another_regions() {
        let nearest = |locales: &[&'static str], language| nearest_locale(locales.iter().copied(), language);
        assert_eq!(nearest(&["pt", "pt-PT", "pt-BR"], "pt-br"), Some("pt-BR"));
        assert_eq!(nearest(&["pt-PT", "pt"], "pt-BR"), Some("pt"));
        assert_eq!(nearest(&["en", "pt-PT"], "pt"), Some("pt-PT"));
        assert_eq!(nearest(&["en", "es"], "pt"), None);
    }
}

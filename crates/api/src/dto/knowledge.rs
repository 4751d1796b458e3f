//! The knowledge base: articles, what is found in it, what comes of it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::conversation::UserSummary;
use super::page::page;
use super::scalar::*;
use crate::extract::Patch;

/// Who reads an article once it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArticleVisibility {
    /// Colleagues alone.
    Internal,
    /// Customers as well: it answers them.
    Public,
}

/// How far an article's newest revision has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArticleStatus {
    Draft,
    InReview,
    Published,
    Archived,
}

/// What an article says in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleTranslation {
    /// A BCP 47 tag.
    #[schema(max_length = 64)]
    pub locale: String,
    #[schema(max_length = 200)]
    pub title: String,
    /// Whole words by which a customer is answered with it.
    #[schema(max_items = 50)]
    pub keywords: Vec<String>,
    /// Markdown.
    #[schema(max_length = 20_000)]
    pub body_md: String,
    /// What is sent to a customer; null: `answer_default`.
    #[schema(required, max_length = 4_096)]
    pub answer_text: Option<String>,
    /// The body as plain text, as much of it as a message holds.
    #[schema(max_length = 4_096)]
    pub answer_default: String,
}

/// The note an article was made from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ArticleSource {
    pub conversation_id: ConversationId,
    pub note_id: NoteId,
}

/// An article. Who writes the knowledge base is shown its newest revision, everybody else what is published.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Article {
    pub id: ArticleId,
    /// For `If-Match`.
    pub version: Position,
    /// Null: the whole workspace's.
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    #[schema(required, max_length = 60)]
    pub category: Option<String>,
    pub visibility: ArticleVisibility,
    /// Of several that answer equally well the highest does.
    #[schema(minimum = 0, maximum = 100)]
    pub priority: u8,
    #[schema(max_length = 64)]
    pub default_locale: String,
    pub status: ArticleStatus,
    /// The revision shown.
    #[schema(minimum = 1, maximum = 1_000)]
    pub revision: u32,
    /// The one that is published.
    #[schema(required, minimum = 1, maximum = 1_000)]
    pub published_revision: Option<u32>,
    /// Null: erased with the customer it came from.
    #[schema(required, max_items = 20)]
    pub translations: Option<Vec<ArticleTranslation>>,
    /// Null also where you do not see the conversation, and once its customer is erased.
    #[schema(required)]
    pub source: Option<ArticleSource>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[schema(required)]
    pub published_at: Option<Timestamp>,
}

/// An article in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleSummary {
    pub id: ArticleId,
    pub version: Position,
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    #[schema(required, max_length = 60)]
    pub category: Option<String>,
    pub visibility: ArticleVisibility,
    pub status: ArticleStatus,
    #[schema(minimum = 1, maximum = 1_000)]
    pub revision: u32,
    #[schema(required, minimum = 1, maximum = 1_000)]
    pub published_revision: Option<u32>,
    /// In its default language; null: erased with the customer it came from.
    #[schema(required, max_length = 200)]
    pub title: Option<String>,
    #[schema(max_items = 20)]
    pub locales: Vec<String>,
    pub updated_at: Timestamp,
}
page! { /// Articles, the newest first.
ArticlePage of ArticleSummary }

#[derive(Debug, Deserialize, IntoParams)]
pub struct ArticleListQuery {
    #[param(inline)]
    pub brand_id: Option<BrandId>,
    #[param(inline)]
    pub status: Option<ArticleStatus>,
    #[param(inline)]
    pub visibility: Option<ArticleVisibility>,
    #[param(min_length = 1, max_length = 60)]
    pub category: Option<String>,
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct ArticleQuery {
    /// An earlier revision; absent: the newest.
    #[param(minimum = 1, maximum = 1_000)]
    pub revision: Option<u32>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetArticleTranslation {
    /// A BCP 47 tag.
    #[schema(min_length = 2, max_length = 64)]
    pub locale: String,
    #[schema(min_length = 1, max_length = 200)]
    pub title: String,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub keywords: Vec<String>,
    #[schema(min_length = 1, max_length = 20_000)]
    pub body_md: String,
    #[schema(min_length = 1, max_length = 4_096)]
    pub answer_text: Option<String>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateArticle {
    /// The brand it is about, for good; absent: the whole workspace's.
    pub brand_id: Option<BrandId>,
    #[schema(min_length = 1, max_length = 60)]
    pub category: Option<String>,
    /// `internal` when absent.
    pub visibility: Option<ArticleVisibility>,
    #[schema(minimum = 0, maximum = 100)]
    pub priority: Option<u8>,
    /// The first of `translations` when absent.
    #[schema(min_length = 2, max_length = 64)]
    pub default_locale: Option<String>,
    #[schema(min_items = 1, max_items = 20)]
    pub translations: Vec<SetArticleTranslation>,
}

/// What is absent stays; `translations` are replaced whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateArticle {
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60)]
    pub category: Patch<String>,
    pub visibility: Option<ArticleVisibility>,
    #[schema(minimum = 0, maximum = 100)]
    pub priority: Option<u8>,
    #[schema(min_length = 2, max_length = 64)]
    pub default_locale: Option<String>,
    #[schema(min_items = 1, max_items = 20)]
    pub translations: Option<Vec<SetArticleTranslation>>,
    /// Begins with what this earlier revision said.
    #[schema(minimum = 1, maximum = 1_000)]
    pub restore_revision: Option<u32>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPublication {
    pub status: ArticleStatus,
}

/// A revision of an article.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleRevision {
    #[schema(minimum = 1, maximum = 1_000)]
    pub revision: u32,
    #[schema(required)]
    pub author: Option<UserSummary>,
    pub at: Timestamp,
    /// The earlier revision it began with.
    #[schema(required, minimum = 1, maximum = 1_000)]
    pub restored_from: Option<u32>,
    /// Whether it was published, then or now.
    pub published: bool,
}
page! { /// Revisions, the newest first.
ArticleRevisionPage of ArticleRevision }

#[derive(Debug, Deserialize, IntoParams)]
pub struct ArticleRevisionQuery {
    /// Where the page before ended.
    #[param(max_length = 512)]
    pub cursor: Option<String>,
    /// Rows of the page; 50 when absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// A category, as articles name it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleCategory {
    #[schema(max_length = 60)]
    pub name: String,
    /// Articles you are shown.
    pub articles: Position,
}

/// The categories there are, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleCategories {
    #[schema(max_items = 5_000)]
    pub data: Vec<ArticleCategory>,
    pub as_of: Position,
}

#[derive(Debug, Deserialize, IntoParams)]
pub struct ArticleSearchQuery {
    /// What is looked for. Absent: what the customer of `conversation_id` wrote last.
    #[param(min_length = 1, max_length = 1_000)]
    pub q: Option<String>,
    /// Only articles for conversations of its brand.
    #[param(inline)]
    pub conversation_id: Option<ConversationId>,
    /// Only in this language and its regions (BCP 47).
    #[param(min_length = 2, max_length = 64)]
    pub locale: Option<String>,
    #[param(min_length = 1, max_length = 60)]
    pub category: Option<String>,
    #[param(inline)]
    pub visibility: Option<ArticleVisibility>,
    /// 5 when absent.
    #[param(minimum = 1, maximum = 50)]
    pub limit: Option<u16>,
}

/// Where words that were looked for stand, in characters.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Highlight {
    #[schema(minimum = 0, maximum = 1_000)]
    pub from: u32,
    #[schema(minimum = 0, maximum = 1_000)]
    pub to: u32,
}

/// A published article that has some of the words.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ArticleHit {
    pub article_id: ArticleId,
    #[schema(minimum = 1, maximum = 1_000)]
    pub revision: u32,
    #[schema(required)]
    pub brand_id: Option<BrandId>,
    #[schema(required, max_length = 60)]
    pub category: Option<String>,
    pub visibility: ArticleVisibility,
    /// The language in which it was found.
    #[schema(max_length = 64)]
    pub locale: String,
    #[schema(max_length = 200)]
    pub title: String,
    /// How well it fits, of 100: its BM25 against that of an article with every word in its title.
    #[schema(minimum = 0, maximum = 100)]
    pub score: u8,
    /// Plain text, never markup.
    #[schema(max_length = 1_000)]
    pub snippet: String,
    #[schema(max_items = 200)]
    pub highlights: Vec<Highlight>,
    /// To be sent to the customer; null of an internal article.
    #[schema(required, max_length = 4_096)]
    pub answer_text: Option<String>,
}

/// What was found, the best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleHits {
    #[schema(max_items = 50)]
    pub data: Vec<ArticleHit>,
    pub as_of: Position,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateArticle {
    pub helpful: bool,
    /// Where it was to help.
    pub conversation_id: Option<ConversationId>,
    #[schema(min_length = 1, max_length = 1_000)]
    pub comment: Option<String>,
}

/// What came of an article, counted from the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleMetrics {
    pub article_id: ArticleId,
    /// Customers that automation answered with it.
    pub answered_by_keyword: Position,
    pub answered_by_search: Position,
    /// Episodes in which it answered and that were resolved without an answer of a person.
    pub deflected: Position,
    /// Of several ratings by one person about one conversation the last counts.
    pub helpful: Position,
    pub unhelpful: Position,
    pub as_of: Position,
}

/// A note that becomes an article.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftArticle {
    pub note_id: NoteId,
    /// The note's first line when absent.
    #[schema(min_length = 1, max_length = 200)]
    pub title: Option<String>,
    /// The language of the note (BCP 47); `en` when absent.
    #[schema(min_length = 2, max_length = 64)]
    pub locale: Option<String>,
    #[schema(min_length = 1, max_length = 60)]
    pub category: Option<String>,
    /// `internal` when absent.
    pub visibility: Option<ArticleVisibility>,
}

//! Facts about articles of the knowledge base. What is being written is sealed: with the key of the workspace, or, where it
//! began as a note about a customer and nobody has approved it yet, with that customer's key, so that it goes when they are
//! erased. What is published was approved as naming nobody, and stands open in the event: whoever answers customers needs
//! it at hand, and whoever looks at the past finds what they were told.

use serde::{Deserialize, Serialize};

use super::{facts, facts_and_private};
use crate::ids::*;
use crate::knowledge::{Particulars, Source, Translations};

/// An article that did not exist before: a draft, its revision 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleCreated {
    pub article_id: ArticleId,
    /// The brand it is about, for good; absent: all of the workspace.
    pub brand_id: Option<BrandId>,
    pub particulars: Particulars,
    /// The note it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    #[serde(skip)]
    pub private: Option<ArticleTexts>,
}
facts_and_private!(ArticleCreated = "article.created");

/// What an article says, in every language it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleTexts {
    pub translations: Translations,
}

/// Written anew, as a draft; what is published stays published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleRevised {
    pub article_id: ArticleId,
    /// Counted up from 1.
    pub revision: u32,
    pub particulars: Particulars,
    /// The earlier revision it says again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_from: Option<u32>,
    #[serde(skip)]
    pub private: Option<ArticleTexts>,
}
facts_and_private!(ArticleRevised = "article.revised");

/// Its author asks for it to be approved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleSubmitted {
    pub article_id: ArticleId,
    pub revision: u32,
}
facts!(ArticleSubmitted = "article.submitted");

/// Not as it is: back to its author.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleReturned {
    pub article_id: ArticleId,
    pub revision: u32,
}
facts!(ArticleReturned = "article.returned");

/// Approved: from now on this is what it says, to customers as well if it is public.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticlePublished {
    pub article_id: ArticleId,
    pub revision: u32,
    pub particulars: Particulars,
    pub translations: Translations,
}
facts!(ArticlePublished = "article.published");

/// Taken back: a draft again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleUnpublished {
    pub article_id: ArticleId,
}
facts!(ArticleUnpublished = "article.unpublished");

/// Put away: nobody is told what it says, and it can be taken out again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleArchived {
    pub article_id: ArticleId,
}
facts!(ArticleArchived = "article.archived");

/// Taken out of the archive, as a draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleUnarchived {
    pub article_id: ArticleId,
}
facts!(ArticleUnarchived = "article.unarchived");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleRemoved {
    pub article_id: ArticleId,
}
facts!(ArticleRemoved = "article.removed");

/// A customer was answered with it, by automation. Lies in the conversation's stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleAnswered {
    pub article_id: ArticleId,
    pub revision: u32,
    pub locale: String,
    pub conversation_id: ConversationId,
    /// The answer.
    pub message_id: MessageId,
    pub by: Lookup,
    /// How well it fitted, of 100, where it was searched for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
}
facts!(ArticleAnswered = "article.answered");

/// How an article was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    Keyword,
    Search,
}

/// Somebody says whether it helped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleRated {
    pub article_id: ArticleId,
    /// The published one at that time.
    pub revision: u32,
    pub helpful: bool,
    /// Where it was to help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    #[serde(skip)]
    pub private: Option<RatingComment>,
}
facts_and_private!(ArticleRated = "article.rated");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RatingComment {
    pub comment: String,
}

//! How far an article has come: handed in by who wrote it, approved or given back by who manages the knowledge base.

use super::check::check;
use super::write::{at_version, drafted, may};
use super::*;
use crate::access::{Action, Principal};
use crate::event::StreamId;
use crate::event::knowledge::*;
use crate::rejection::Rejection;
use crate::routing::rule::manages;
use crate::step::Step;

/// Takes an article where it is wanted. To publish takes the texts of its newest revision, as the caller has read them at
/// this version; what is there already makes no event.
///
/// `draft`: out of review, out of the archive, or no longer published. `in_review`: only from a draft.
pub fn set(
    step: &mut Step<'_>,
    by: &Principal,
    id: ArticleId,
    expected: u64,
    wanted: Status,
    texts: Option<Translations>,
) -> Result<(), Rejection> {
    let article = at_version(drafted(step, by, id)?, expected)?;
    manages(by, article.brand_id)?;
    if wanted != Status::InReview && !may(by, Action::KnowledgeManage) {
        return Err(Rejection::Forbidden);
    }
    let (article_id, revision) = (id, article.revision());
    let stream = StreamId::Article(id);
    match (article.status, wanted) {
        (Status::Published, Status::Published)
        | (Status::InReview, Status::InReview)
        | (Status::Archived, Status::Archived) => {}
        (Status::Draft, Status::InReview) => step.emit(stream, ArticleSubmitted { article_id, revision }),
        (from, Status::InReview) => {
            return Err(Rejection::InvalidTransition { from: from.as_str(), to: wanted.as_str() });
        }
        (_, Status::Published) => {
            // Gone with the customer it came from.
            let translations = texts.ok_or(Rejection::Gone("the text"))?;
            let particulars = article.particulars.clone();
            check(&particulars, &translations)?;
            step.emit(stream, ArticlePublished { article_id, revision, particulars, translations });
        }
        (Status::InReview, Status::Draft) => step.emit(stream, ArticleReturned { article_id, revision }),
        (Status::Archived, Status::Draft) => step.emit(stream, ArticleUnarchived { article_id }),
        (_, Status::Draft) if article.published.is_some() => step.emit(stream, ArticleUnpublished { article_id }),
        (_, Status::Draft) => {}
        (_, Status::Archived) => step.emit(stream, ArticleArchived { article_id }),
    }
    Ok(())
}

/// Removes an article.
pub fn remove(step: &mut Step<'_>, by: &Principal, id: ArticleId, expected: u64) -> Result<(), Rejection> {
    let article = at_version(drafted(step, by, id)?, expected)?;
    manages(by, article.brand_id)?;
    step.emit(StreamId::Article(id), ArticleRemoved { article_id: id });
    Ok(())
}

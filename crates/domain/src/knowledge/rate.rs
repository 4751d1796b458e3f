//! Whether an article helped, as those say who read it or sent it.

use super::write::seen;
use crate::access::Principal;
use crate::event::StreamId;
use crate::event::knowledge::{ArticleRated, RatingComment};
use crate::ids::*;
use crate::rejection::Rejection;
use crate::step::Step;

/// Characters of a comment at most.
pub const COMMENT_MAX: usize = 1_000;

/// What somebody says.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    pub helpful: bool,
    pub conversation_id: Option<ConversationId>,
    pub comment: Option<String>,
}

/// Writes it down. Of several by one person about one conversation the last counts.
pub fn rate(step: &mut Step<'_>, by: &Principal, id: ArticleId, rating: Rating) -> Result<(), Rejection> {
    let article = seen(step, by, id)?;
    let Some(published) = &article.published else {
        return Err(Rejection::InvalidTransition { from: article.status.as_str(), to: "rated" });
    };
    let Rating { helpful, conversation_id, comment } = rating;
    if comment.as_ref().is_some_and(|comment| comment.trim().is_empty() || comment.chars().count() > COMMENT_MAX) {
        return Err(Rejection::Invalid { field: "comment", detail: format!("1 to {COMMENT_MAX} characters") });
    }
    if let Some(id) = conversation_id {
        let place = step.conversation(id).map(|conversation| conversation.placement(by.user_id));
        if place.is_none_or(|place| !by.sees(&place)) {
            return Err(Rejection::UnknownReference { field: "conversation_id" });
        }
    }
    let private = comment.map(|comment| RatingComment { comment });
    let event = ArticleRated { article_id: id, revision: published.revision, helpful, conversation_id, private };
    step.emit(StreamId::Article(id), event);
    Ok(())
}

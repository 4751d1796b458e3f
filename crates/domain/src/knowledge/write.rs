//! Writing articles: drafts, their revisions, and what was learnt in a conversation.

use std::sync::Arc;

use super::check::{brand_errors, check};
use super::*;
use crate::access::{Action, Decision, Principal, Standing, authorize};
use crate::event::StreamId;
use crate::event::knowledge::*;
use crate::rejection::Rejection;
use crate::routing::rule::manages;
use crate::step::Step;

/// What somebody wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub particulars: Particulars,
    pub translations: Translations,
}

/// Creates a draft.
pub fn create(
    step: &mut Step<'_>,
    by: &Principal,
    brand_id: Option<BrandId>,
    draft: Draft,
) -> Result<ArticleId, Rejection> {
    Rejection::unless_clean(brand_errors(step.world, by, brand_id))?;
    begin(step, brand_id, draft, None)
}

/// Creates a draft of what a note says. Until somebody approves it, it is for those who see the conversation, and sealed
/// with the customer's key. For callers that have checked access to the conversation.
pub fn from_note(
    step: &mut Step<'_>,
    by: &Principal,
    conversation_id: ConversationId,
    note_id: NoteId,
    draft: Draft,
) -> Result<ArticleId, Rejection> {
    if !may(by, Action::KnowledgeDraft) {
        return Err(Rejection::Forbidden);
    }
    let place = step.note(note_id).filter(|place| place.conversation_id == conversation_id);
    let unknown = Rejection::UnknownReference { field: "note_id" };
    let Some(conversation) = place.and_then(|_| step.conversation(conversation_id)) else { return Err(unknown) };
    if conversation.notes.get(&note_id).is_none_or(|note| note.deleted_at.is_some()) {
        return Err(unknown);
    }
    let (brand_id, contact_id) = (conversation.brand_id, conversation.contact_id);
    if step.world.contacts.get(&contact_id).is_none_or(|contact| contact.erased) {
        return Err(Rejection::ContactErased);
    }
    begin(step, Some(brand_id), draft, Some(Source { conversation_id, note_id, contact_id }))
}

fn begin(
    step: &mut Step<'_>,
    brand_id: Option<BrandId>,
    draft: Draft,
    source: Option<Source>,
) -> Result<ArticleId, Rejection> {
    let Draft { particulars, translations } = draft;
    check(&particulars, &translations)?;
    if step.world.articles.iter().len() >= ARTICLES_MAX {
        return Err(Rejection::Invalid { field: "translations", detail: format!("at most {ARTICLES_MAX} articles") });
    }
    let article_id: ArticleId = step.mint.fresh();
    let private = Some(ArticleTexts { translations });
    let event = ArticleCreated { article_id, brand_id, particulars, source, private };
    step.emit(StreamId::Article(article_id), event);
    Ok(article_id)
}

/// Writes an article anew. What is published stays until this is.
pub fn revise(
    step: &mut Step<'_>,
    by: &Principal,
    id: ArticleId,
    expected: u64,
    draft: Draft,
    restored_from: Option<u32>,
) -> Result<(), Rejection> {
    let article = at_version(drafted(step, by, id)?, expected)?;
    manages(by, article.brand_id)?;
    if article.status == Status::Archived {
        return Err(Rejection::InvalidTransition { from: Status::Archived.as_str(), to: "revised" });
    }
    let Draft { particulars, translations } = draft;
    check(&particulars, &translations)?;
    if article.revisions.len() >= REVISIONS_MAX {
        return Err(Rejection::Invalid { field: "translations", detail: format!("at most {REVISIONS_MAX} revisions") });
    }
    let revision = article.revision() + 1;
    let private = Some(ArticleTexts { translations });
    let event = ArticleRevised { article_id: id, revision, particulars, restored_from, private };
    step.emit(StreamId::Article(id), event);
    Ok(())
}

/// An article somebody may read as it is published, or write: that of the workspace and of their brands.
pub fn seen(step: &mut Step<'_>, by: &Principal, id: ArticleId) -> Result<Arc<Article>, Rejection> {
    let article = in_reach(step, by, id)?;
    if article.published.is_some() { Ok(article) } else { drafted(step, by, id) }
}

/// An article as those who write it see it. A draft made from a note is for those who see the conversation.
pub fn drafted(step: &mut Step<'_>, by: &Principal, id: ArticleId) -> Result<Arc<Article>, Rejection> {
    let article = in_reach(step, by, id)?;
    if !may(by, Action::KnowledgeDraft) {
        return Err(if article.published.is_some() { Rejection::Forbidden } else { Rejection::NotFound });
    }
    if let Some(source) = article.confined_to() {
        let place = step.conversation(source.conversation_id).map(|conversation| conversation.placement(by.user_id));
        if place.is_none_or(|place| !by.sees(&place)) {
            return Err(Rejection::NotFound);
        }
    }
    Ok(article)
}

fn in_reach(step: &Step<'_>, by: &Principal, id: ArticleId) -> Result<Arc<Article>, Rejection> {
    let article = step.world.articles.get(id).ok_or(Rejection::NotFound)?;
    let reached = article.brand_id.is_none_or(|brand| by.rights().in_brand(brand));
    if reached { Ok(Arc::clone(article)) } else { Err(Rejection::NotFound) }
}

/// Refuses a change by somebody who saw an older version.
pub(super) fn at_version(article: Arc<Article>, expected: u64) -> Result<Arc<Article>, Rejection> {
    let actual = article.version;
    Rejection::unless_current(actual, expected)?;
    Ok(article)
}

pub(super) fn may(by: &Principal, action: Action) -> bool {
    authorize(by, action, Standing::Workspace) == Decision::Allow
}

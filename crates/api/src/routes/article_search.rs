//! Finding articles, and what comes of them: search, suggestions, categories, whether they helped, drafts from notes.

use domain::access::Action;
use domain::ids;
use domain::knowledge::learnt::{self, Learnt};
use domain::knowledge::rate::{self, Rating};
use domain::knowledge::{Visibility, write};
use domain::rejection::Rejection;
use projections::knowledge::Asked;

use super::articles::found;
use crate::answer::{Created, Done, Found};
use crate::caller::Caller;
use crate::dto::knowledge::*;
use crate::dto::scalar::{ArticleId, ConversationId};
use crate::endpoint::Endpoint;
use crate::extract::{Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::present::knowledge as present;
use crate::problem::{Kind, Problem};

/// Articles found where the request does not say how many.
const HITS: u16 = 5;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/v1/kb/categories", "list_article_categories", categories)
            .about(Tag::Knowledge, "List the categories of articles")
            .needs(Action::KnowledgeRead),
        Endpoint::get("/v1/kb/search", "search_articles", search)
            .about(Tag::Knowledge, "Search published articles, or have some suggested for a conversation")
            .description(
                "By words, on their stems where the language has a stemmer, whatever their accents and case. A word in the \
                 title counts three times what it counts in the body, one among the keywords twice. Without `q` what the \
                 customer of the conversation wrote last is looked for.",
            )
            .needs(Action::KnowledgeRead)
            .refuses(&[Kind::NotFound]),
        Endpoint::post("/v1/kb/articles/{article_id}/feedback", "rate_article", give_feedback)
            .about(Tag::Knowledge, "Say whether a published article helped")
            .needs(Action::KnowledgeRead)
            .refuses(&[Kind::NotFound, Kind::Unprocessable, Kind::UnknownReference, Kind::InvalidTransition]),
        Endpoint::get("/v1/kb/articles/{article_id}/metrics", "get_article_metrics", metrics)
            .about(Tag::Knowledge, "Get what came of an article")
            .needs(Action::KnowledgeManage),
        Endpoint::post("/v1/conversations/{conversation_id}/article-drafts", "draft_article", draft)
            .about(Tag::Knowledge, "Make the draft of an article from a note")
            .description(
                "The note's text is its body, the conversation's tags are its keywords, its brand is the conversation's. Until \
                 it is published it is for those who see the conversation, and goes when the customer is erased.",
            )
            .needs(Action::KnowledgeDraft)
            .refuses(&[Kind::NotFound, Kind::Unprocessable, Kind::UnknownReference, Kind::ContactErased]),
    ]
}

async fn categories(caller: Caller, Then(front, _): Then) -> Result<Found<ArticleCategories>, Problem> {
    let (categories, as_of) = front.article_categories(&caller.principal)?;
    let shown = |category: app::knowledge::Category| ArticleCategory {
        name: category.name,
        articles: category.articles.into(),
    };
    Ok(Found(ArticleCategories { data: categories.into_iter().map(shown).collect(), as_of: as_of.into() }))
}

async fn search(caller: Caller, Then(front, query): Then<ArticleSearchQuery>) -> Result<Found<ArticleHits>, Problem> {
    let about = query.conversation_id.map(|id| front.customer_words(&caller.principal, id.0)).transpose()?;
    let (words, brand) = about.map_or((None, None), |(words, brand)| (Some(words), Some(brand)));
    let missing = || Problem::parameter("q", "required", "words to look for, or a conversation_id");
    let text = query.q.or(words).ok_or_else(missing)?;
    let asked = Asked {
        text: &text,
        locale: query.locale.as_deref(),
        category: query.category.as_deref(),
        visibility: query.visibility.map(present::visibility_asked),
        limit: usize::from(query.limit.unwrap_or(HITS)),
    };
    let (hits, as_of) = front.search_articles(&caller.principal, &asked, brand)?;
    Ok(Found(ArticleHits { data: hits.iter().map(present::hit).collect(), as_of: as_of.into() }))
}

async fn give_feedback(
    caller: Caller,
    front: Front,
    Path(id): Path<ArticleId>,
    Json(body, _): Json<RateArticle>,
) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let rating =
        Rating { helpful: body.helpful, conversation_id: body.conversation_id.map(Into::into), comment: body.comment };
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::KnowledgeRead)?;
            let principal = step.principal();
            rate::rate(step, &principal, id.0, rating)
        })
        .await?;
    Ok(Done)
}

async fn metrics(
    caller: Caller,
    Then(front, _): Then,
    Path(id): Path<ArticleId>,
) -> Result<Found<ArticleMetrics>, Problem> {
    let (numbers, as_of) = front.article_numbers(&caller.principal, id.0)?;
    Ok(Found(present::metrics(id, numbers, as_of)))
}

async fn draft(
    caller: Caller,
    front: Front,
    Path(id): Path<ConversationId>,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<DraftArticle>,
) -> Result<Created<Article>, Problem> {
    let note_id: ids::NoteId = body.note_id.into();
    let row = front.conversation(&caller.principal, id.0)?;
    let timeline = front.timeline(&caller.principal, id.0)?;
    let text = timeline.note(note_id).and_then(|note| note.body.clone());
    let learnt = Learnt {
        title: body.title,
        locale: body.locale.unwrap_or_else(|| "en".to_owned()),
        category: body.category,
        visibility: body.visibility.map_or(Visibility::Internal, present::visibility_asked),
    };
    let tags: Vec<String> = front.view(|views| views.inbox.tags(&row).iter().map(ToString::to_string).collect());
    let what = format!("draft_article {}", id.0);
    let made = front
        .creation(&caller, Repeatable { key, what: &what, body: print }, move |gate| {
            let step = &mut gate.conversation(Action::KnowledgeDraft, id.0)?;
            let principal = step.principal();
            let text = text.ok_or(Rejection::UnknownReference { field: "note_id" })?;
            let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
            write::from_note(step, &principal, id.0, note_id, learnt::draft(&text, &tags, learnt))
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/kb/articles/{}", made.value), body, replayed: made.replayed })
}

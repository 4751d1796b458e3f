//! Articles of the knowledge base: written in revisions, approved one by one.

use domain::access::Action;
use domain::ids;
use domain::knowledge::write::{self, Draft};
use domain::knowledge::{Particulars, Translation, Translations, Visibility, publish};
use domain::outbound_content::FieldError;
use domain::rejection::Rejection;

use crate::answer::{Created, Done, Found, Versioned};
use crate::caller::Caller;
use crate::context::Shared;
use crate::dto::knowledge::*;
use crate::dto::scalar::ArticleId;
use crate::endpoint::Endpoint;
use crate::extract::{IfMatch, Json, OptionalIdempotencyKey, Path, Then};
use crate::front::{Front, Repeatable};
use crate::openapi::Tag;
use crate::paging::Pager;
use crate::present::conversation::user_summary;
use crate::present::knowledge as present;
use crate::problem::{Kind, Problem};

pub(super) fn endpoints() -> Vec<Endpoint> {
    const CURSOR: &[Kind] = &[Kind::CursorInvalid, Kind::CursorMismatch];
    const CHANGE: &[Kind] = &[Kind::NotFound, Kind::PreconditionRequired, Kind::PreconditionFailed];
    vec![
        Endpoint::get("/v1/kb/articles", "list_articles", list)
            .about(Tag::Knowledge, "List articles, the newest first")
            .description("Those of the whole workspace and of your brands. Who does not write articles is shown what is published.")
            .needs(Action::KnowledgeRead)
            .refuses(CURSOR),
        Endpoint::post("/v1/kb/articles", "create_article", create)
            .about(Tag::Knowledge, "Create an article, as a draft")
            .needs(Action::KnowledgeDraft)
            .refuses(&[Kind::Unprocessable]),
        Endpoint::get("/v1/kb/articles/{article_id}", "get_article", read)
            .about(Tag::Knowledge, "Get an article, or an earlier revision of it")
            .needs(Action::KnowledgeRead),
        Endpoint::patch("/v1/kb/articles/{article_id}", "update_article", update)
            .about(Tag::Knowledge, "Write an article anew")
            .description(
                "Makes its next revision, a draft; what is published stays until that is published. `restore_revision` \
                 begins with what an earlier one said.",
            )
            .needs(Action::KnowledgeDraft)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable, Kind::InvalidTransition]),
        Endpoint::delete("/v1/kb/articles/{article_id}", "remove_article", remove)
            .about(Tag::Knowledge, "Remove an article")
            .needs(Action::KnowledgeManage)
            .refuses(CHANGE),
        Endpoint::put("/v1/kb/articles/{article_id}/publication", "set_article_publication", set_publication)
            .about(Tag::Knowledge, "Hand an article in, approve it, take it back or put it away")
            .description(
                "`in_review` hands a draft in, which whoever writes it may. The rest takes `knowledge.manage`, for one's own \
                 articles as well: `published` approves the newest revision, `draft` gives it back, takes what is published \
                 back or an archived one out, `archived` puts it away.",
            )
            .needs(Action::KnowledgeDraft)
            .refuses(CHANGE)
            .refuses_too(&[Kind::Unprocessable, Kind::InvalidTransition, Kind::Gone]),
        Endpoint::get("/v1/kb/articles/{article_id}/revisions", "list_article_revisions", revisions)
            .about(Tag::Knowledge, "List the revisions of an article")
            .needs(Action::KnowledgeDraft)
            .refuses(CURSOR),
    ]
}

/// Texts by language; a language that stands there twice is refused at its place.
fn texts(translations: Vec<SetArticleTranslation>) -> Result<Translations, Rejection> {
    let mut texts = Translations::new();
    for (index, translation) in translations.into_iter().enumerate() {
        let SetArticleTranslation { locale, title, keywords, body_md, answer_text } = translation;
        let keywords = keywords.iter().map(|keyword| keyword.trim().to_owned()).collect();
        let text = Translation { title: title.trim().to_owned(), keywords, body_md, answer_text };
        if texts.insert(locale, text).is_some() {
            let pointer = format!("/translations/{index}/locale");
            let detail = "this language stands there before".to_owned();
            return Err(Rejection::Fields(vec![FieldError { pointer, code: "duplicate", detail }]));
        }
    }
    Ok(texts)
}

/// The domain names translations by their language, a body by their place in it.
fn at_places(rejection: Rejection, locales: &[String]) -> Rejection {
    let Rejection::Fields(mut errors) = rejection else { return rejection };
    for error in &mut errors {
        for (index, locale) in locales.iter().enumerate() {
            let named = format!("/translations/{}", locale.replace('~', "~0").replace('/', "~1"));
            let rest = error.pointer.strip_prefix(&named).filter(|rest| rest.is_empty() || rest.starts_with('/'));
            if let Some(rest) = rest {
                error.pointer = format!("/translations/{index}{rest}");
                break;
            }
        }
    }
    Rejection::Fields(errors)
}

fn locales(translations: &[SetArticleTranslation]) -> Vec<String> {
    translations.iter().map(|translation| translation.locale.clone()).collect()
}

async fn list(
    caller: Caller,
    Then(front, query): Then<ArticleListQuery>,
    shared: Shared,
) -> Result<Found<ArticlePage>, Problem> {
    let filter = app::knowledge::ArticleFilter {
        brand_id: query.brand_id.map(Into::into),
        status: query.status.map(present::status_asked),
        visibility: query.visibility.map(present::visibility_asked),
        category: query.category,
    };
    let question = front.dated(format!("articles {filter:?}"));
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let below = pager.after::<ids::ArticleId>()?;
    let (cards, as_of) = front.articles(&caller.principal, &filter, below, pager.limit() + 1)?;
    let (cards, page) = pager.cut(cards, |card| card.article.id);
    Ok(Found(ArticlePage { data: cards.iter().map(present::summary).collect(), page, as_of: as_of.into() }))
}

pub(super) fn found(front: &Front, caller: &Caller, id: ids::ArticleId) -> Result<Article, Problem> {
    Ok(present::article(&front.article(&caller.principal, id)?))
}

async fn read(
    caller: Caller,
    Then(front, query): Then<ArticleQuery>,
    Path(id): Path<ArticleId>,
) -> Result<Versioned<Article>, Problem> {
    let card = match query.revision {
        Some(revision) => front.article_revision(&caller.principal, id.0, revision)?,
        None => front.article(&caller.principal, id.0)?,
    };
    let version = card.article.version;
    Ok(Versioned(present::article(&card), version))
}

async fn create(
    caller: Caller,
    front: Front,
    key: OptionalIdempotencyKey,
    Json(body, print): Json<CreateArticle>,
) -> Result<Created<Article>, Problem> {
    let locales = locales(&body.translations);
    let default_locale = body.default_locale.or_else(|| locales.first().cloned()).unwrap_or_default();
    let particulars = Particulars {
        category: body.category.map(|category| category.trim().to_owned()),
        visibility: body.visibility.map_or(Visibility::Internal, present::visibility_asked),
        priority: body.priority.unwrap_or(0),
        default_locale,
    };
    let brand = body.brand_id.map(Into::into);
    let translations = body.translations;
    let made = front
        .creation(&caller, Repeatable { key, what: "create_article", body: print }, move |gate| {
            let step = &mut gate.workspace(Action::KnowledgeDraft)?;
            let principal = step.principal();
            let draft = Draft { particulars, translations: texts(translations)? };
            write::create(step, &principal, brand, draft).map_err(|rejection| at_places(rejection, &locales))
        })
        .await?;
    let body = found(&front, &caller, made.value)?;
    Ok(Created { location: format!("/v1/kb/articles/{}", made.value), body, replayed: made.replayed })
}

async fn update(
    caller: Caller,
    front: Front,
    Path(id): Path<ArticleId>,
    expected: IfMatch,
    Json(body, _): Json<UpdateArticle>,
) -> Result<Found<Article>, Problem> {
    // What it says now is read here; that nobody changed it meanwhile is looked at where it is decided.
    let newest = front.article(&caller.principal, id.0)?;
    let expected = expected.required()?;
    let begun = match body.restore_revision {
        Some(revision) => front.article_revision(&caller.principal, id.0, revision)?,
        None => newest.clone(),
    };
    let mut particulars = begun.particulars;
    particulars.category = body.category.into_option().map_or(particulars.category, |category| category);
    particulars.visibility = body.visibility.map_or(particulars.visibility, present::visibility_asked);
    particulars.priority = body.priority.unwrap_or(particulars.priority);
    particulars.default_locale = body.default_locale.unwrap_or(particulars.default_locale);
    let restored_from = body.restore_revision;
    let (asked, begun) = (body.translations, begun.translations);
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::KnowledgeDraft)?;
            let principal = step.principal();
            let locales = asked.as_deref().map(locales).unwrap_or_default();
            let translations = match asked {
                Some(asked) => texts(asked)?,
                None => begun.ok_or(Rejection::Gone("the text"))?,
            };
            let same = newest.translations.as_ref() == Some(&translations) && newest.particulars == particulars;
            if same && restored_from.is_none() && newest.article.version == expected {
                return write::drafted(step, &principal, id.0).map(|_| ());
            }
            let draft = Draft { particulars, translations };
            let revised = write::revise(step, &principal, id.0, expected, draft, restored_from);
            revised.map_err(|rejection| at_places(rejection, &locales))
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn remove(caller: Caller, front: Front, Path(id): Path<ArticleId>, expected: IfMatch) -> Result<Done, Problem> {
    found(&front, &caller, id.0)?;
    let expected = expected.required()?;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::KnowledgeManage)?;
            let principal = step.principal();
            publish::remove(step, &principal, id.0, expected)
        })
        .await?;
    Ok(Done)
}

async fn set_publication(
    caller: Caller,
    front: Front,
    Path(id): Path<ArticleId>,
    expected: IfMatch,
    Json(body, _): Json<SetPublication>,
) -> Result<Found<Article>, Problem> {
    let newest = front.article(&caller.principal, id.0)?;
    let expected = expected.required()?;
    let wanted = present::status_asked(body.status);
    let texts = newest.translations;
    front
        .command(&caller, move |gate| {
            let step = &mut gate.workspace(Action::KnowledgeDraft)?;
            let principal = step.principal();
            publish::set(step, &principal, id.0, expected, wanted, texts)
        })
        .await?;
    Ok(Found(found(&front, &caller, id.0)?))
}

async fn revisions(
    caller: Caller,
    Then(front, query): Then<ArticleRevisionQuery>,
    shared: Shared,
    Path(id): Path<ArticleId>,
) -> Result<Found<ArticleRevisionPage>, Problem> {
    let question = front.dated(format!("article revisions {}", id.0));
    let pager = Pager::new(&shared, &caller, question, query.cursor, query.limit);
    let below = pager.after::<u32>()?;
    let as_of = front.position();
    let all = front.article_revisions(&caller.principal, id.0)?;
    let older = all.into_iter().filter(|(number, _)| below.is_none_or(|below| *number < below));
    let (rows, page) = pager.cut(older.take(pager.limit() + 1).collect(), |(number, _)| *number);
    let shown = |(number, revision): (u32, domain::knowledge::Revision)| ArticleRevision {
        revision: number,
        author: revision.author_id.map(|id| user_summary(&front, id)),
        at: revision.at.into(),
        restored_from: revision.restored_from,
        published: revision.published_pos.is_some(),
    };
    Ok(Found(ArticleRevisionPage { data: rows.into_iter().map(shown).collect(), page, as_of: as_of.into() }))
}

//! Articles as the API shows them.

use app::knowledge::ArticleCard;
use domain::knowledge as kb;
use projections::knowledge::Hit;

use crate::dto::knowledge::*;
use crate::dto::scalar::{ArticleId, Position};

pub(crate) fn visibility(visibility: kb::Visibility) -> ArticleVisibility {
    match visibility {
        kb::Visibility::Internal => ArticleVisibility::Internal,
        kb::Visibility::Public => ArticleVisibility::Public,
    }
}

pub(crate) fn visibility_asked(visibility: ArticleVisibility) -> kb::Visibility {
    match visibility {
        ArticleVisibility::Internal => kb::Visibility::Internal,
        ArticleVisibility::Public => kb::Visibility::Public,
    }
}

fn status(status: kb::Status) -> ArticleStatus {
    match status {
        kb::Status::Draft => ArticleStatus::Draft,
        kb::Status::InReview => ArticleStatus::InReview,
        kb::Status::Published => ArticleStatus::Published,
        kb::Status::Archived => ArticleStatus::Archived,
    }
}

pub(crate) fn status_asked(status: ArticleStatus) -> kb::Status {
    match status {
        ArticleStatus::Draft => kb::Status::Draft,
        ArticleStatus::InReview => kb::Status::InReview,
        ArticleStatus::Published => kb::Status::Published,
        ArticleStatus::Archived => kb::Status::Archived,
    }
}

pub(crate) fn article(card: &ArticleCard) -> Article {
    let (article, particulars) = (&card.article, &card.particulars);
    let published = article.published.as_deref();
    let translations = card.translations.as_ref().map(|all| all.iter().map(translation).collect());
    Article {
        id: article.id.into(),
        version: article.version.into(),
        brand_id: article.brand_id.map(Into::into),
        category: particulars.category.clone(),
        visibility: visibility(particulars.visibility),
        priority: particulars.priority,
        default_locale: particulars.default_locale.clone(),
        status: status(card.status),
        revision: card.revision,
        published_revision: published.map(|published| published.revision),
        translations,
        source: card.source.map(|source| ArticleSource {
            conversation_id: source.conversation_id.into(),
            note_id: source.note_id.into(),
        }),
        created_at: article.created_at.into(),
        updated_at: article.updated_at.into(),
        published_at: published.map(|published| published.at.into()),
    }
}

fn translation((locale, text): (&String, &kb::Translation)) -> ArticleTranslation {
    let default = kb::Translation { answer_text: None, ..text.clone() };
    ArticleTranslation {
        locale: locale.clone(),
        title: text.title.clone(),
        keywords: text.keywords.clone(),
        body_md: text.body_md.clone(),
        answer_text: text.answer_text.clone(),
        answer_default: default.answer().into_owned(),
    }
}

pub(crate) fn summary(card: &ArticleCard) -> ArticleSummary {
    let (article, particulars) = (&card.article, &card.particulars);
    let texts = card.translations.as_ref();
    ArticleSummary {
        id: article.id.into(),
        version: article.version.into(),
        brand_id: article.brand_id.map(Into::into),
        category: particulars.category.clone(),
        visibility: visibility(particulars.visibility),
        status: status(card.status),
        revision: card.revision,
        published_revision: article.published.as_ref().map(|published| published.revision),
        title: texts.and_then(|texts| texts.get(&particulars.default_locale)).map(|text| text.title.clone()),
        locales: texts.into_iter().flatten().map(|(locale, _)| locale.clone()).collect(),
        updated_at: article.updated_at.into(),
    }
}

pub(crate) fn hit(hit: &Hit) -> ArticleHit {
    let particulars = &hit.published.particulars;
    let text = hit.translation();
    let public = particulars.visibility == kb::Visibility::Public;
    let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    let highlights = hit.snippet.highlights.iter().map(|(from, to)| Highlight { from: place(*from), to: place(*to) });
    ArticleHit {
        article_id: hit.article_id.into(),
        revision: hit.published.revision,
        brand_id: hit.brand_id.map(Into::into),
        category: particulars.category.clone(),
        visibility: visibility(particulars.visibility),
        locale: hit.locale.clone(),
        title: text.map(|text| text.title.clone()).unwrap_or_default(),
        score: hit.score,
        snippet: hit.snippet.text.clone(),
        highlights: highlights.collect(),
        answer_text: text.filter(|_| public).map(|text| text.answer().into_owned()),
    }
}

pub(crate) fn metrics(id: ArticleId, numbers: projections::knowledge::Numbers, as_of: u64) -> ArticleMetrics {
    let count = Position;
    ArticleMetrics {
        article_id: id,
        answered_by_keyword: count(numbers.answered_by_keyword),
        answered_by_search: count(numbers.answered_by_search),
        deflected: count(numbers.deflected),
        helpful: count(numbers.helpful),
        unhelpful: count(numbers.unhelpful),
        as_of: as_of.into(),
    }
}

//! Reading the knowledge base, with access applied. Who only reads it is shown what is published; who writes it, the newest
//! revisions as well, but drafts made from a note only where they see the conversation.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::{Action, Decision, Principal, Standing, authorize};
use domain::event::Event;
use domain::ids::*;
use domain::knowledge::{Article, Particulars, Published, Revision, Source, Status, Translations, Visibility};
use domain::rejection::Rejection;
use projections::Views;
use projections::knowledge::{Asked, Hit, Numbers};
use projections::timeline::{Author, Direction, Timeline};

use crate::queries::Answer;
use crate::{Desk, reach};

/// Messages of a customer that are looked for together at most, and characters of them.
const WORDS_MESSAGES: usize = 5;
const WORDS_CHARS: usize = 1_000;

/// Which articles; what is absent is not asked for.
#[derive(Debug, Clone, Default)]
pub struct ArticleFilter {
    pub brand_id: Option<BrandId>,
    pub status: Option<Status>,
    pub visibility: Option<Visibility>,
    pub category: Option<String>,
}

/// An article as somebody is shown it.
#[derive(Debug, Clone)]
pub struct ArticleCard {
    pub article: Arc<Article>,
    pub status: Status,
    pub revision: u32,
    pub particulars: Particulars,
    /// `None`: gone with the customer it came from.
    pub translations: Option<Translations>,
    /// Where it came from, for those who see that.
    pub source: Option<Source>,
}

/// A category of those somebody is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    pub name: String,
    pub articles: u64,
}

/// How much somebody is shown of an article.
#[derive(Debug, Clone)]
enum Sight {
    /// Its newest revision.
    Written,
    Published(Arc<Published>),
}

impl Desk {
    /// The articles somebody is shown, the newest first, below one.
    pub fn articles(
        &self,
        principal: &Principal,
        filter: &ArticleFilter,
        below: Option<ArticleId>,
        limit: usize,
    ) -> Answer<(Vec<ArticleCard>, u64)> {
        self.allow(principal, Action::KnowledgeRead)?;
        let (found, as_of) = self.view(|views| {
            let older = views.knowledge.articles.iter().rev();
            let older = older.filter(|article| below.is_none_or(|below| article.id < below));
            let seen = older.filter_map(|article| Some((article, sight(views, principal, article)?)));
            let fitting = seen.filter(|(article, sight)| filter.admits(article, sight));
            let found = fitting.map(|(article, sight)| (Arc::clone(article), sight)).take(limit);
            (found.collect::<Vec<_>>(), views.position())
        });
        let cards = found.into_iter().map(|(article, sight)| self.article_card(principal, article, sight));
        Ok((cards.collect::<Answer<_>>()?, as_of))
    }

    /// One article.
    pub fn article(&self, principal: &Principal, id: ArticleId) -> Answer<ArticleCard> {
        let (article, sight) = self.sighted(principal, id)?;
        self.article_card(principal, article, sight)
    }

    /// An earlier revision of an article; what was written in confidence, to those who see the conversation.
    pub fn article_revision(&self, principal: &Principal, id: ArticleId, number: u32) -> Answer<ArticleCard> {
        let (article, sight) = self.sighted(principal, id)?;
        let card = self.article_card(principal, Arc::clone(&article), sight.clone())?;
        if card.revision == number {
            return Ok(card);
        }
        let hidden = Rejection::NotFound;
        let Sight::Written = sight else { return Err(hidden.into()) };
        let revision = article.revisions.get((number as usize).wrapping_sub(1)).ok_or(hidden.clone())?;
        if !self.view(|views| reads(views, principal, &article, revision)) {
            return Err(hidden.into());
        }
        let (particulars, translations) = self.revision_texts(revision)?;
        Ok(ArticleCard { revision: number, particulars, translations, ..card })
    }

    /// The revisions of an article, the newest first, each with its number.
    pub fn article_revisions(&self, principal: &Principal, id: ArticleId) -> Answer<Vec<(u32, Revision)>> {
        self.allow(principal, Action::KnowledgeDraft)?;
        let (article, _) = self.sighted(principal, id)?;
        let mut numbered: Vec<(u32, Revision)> = (1..).zip(article.revisions.iter().copied()).collect();
        numbered.reverse();
        Ok(numbered)
    }

    /// The categories of the articles somebody is shown, by name.
    pub fn article_categories(&self, principal: &Principal) -> Answer<(Vec<Category>, u64)> {
        self.allow(principal, Action::KnowledgeRead)?;
        Ok(self.view(|views| {
            let mut counted = BTreeMap::<String, u64>::new();
            for article in views.knowledge.articles.iter() {
                let Some(sight) = sight(views, principal, article) else { continue };
                if let Some(name) = &particulars(article, &sight).category {
                    *counted.entry(name.clone()).or_default() += 1;
                }
            }
            let found = counted.into_iter().map(|(name, articles)| Category { name, articles });
            (found.collect(), views.position())
        }))
    }

    /// What came of an article.
    pub fn article_numbers(&self, principal: &Principal, id: ArticleId) -> Answer<(Numbers, u64)> {
        self.allow(principal, Action::KnowledgeManage)?;
        self.sighted(principal, id)?;
        Ok(self.view(|views| (views.knowledge.numbers(id), views.position())))
    }

    /// Published articles that have some of the words, the best first; `about`: only those for conversations of this brand.
    pub fn search_articles(
        &self,
        principal: &Principal,
        asked: &Asked<'_>,
        about: Option<BrandId>,
    ) -> Answer<(Vec<Hit>, u64)> {
        self.allow(principal, Action::KnowledgeRead)?;
        // What takes time is done beside the views, not while others wait for them.
        let (library, as_of) = self.view(|views| (views.knowledge.library(), views.position()));
        let ours = |brand: Option<BrandId>| {
            reach::sees_configured(principal, brand) && (about.is_none() || brand.is_none() || brand == about)
        };
        Ok((library.search(asked, ours), as_of))
    }

    /// What a customer wrote last in a conversation, for suggestions: their messages since the last answer, or the newest
    /// ones; and the brand it lies in.
    pub fn customer_words(&self, principal: &Principal, id: ConversationId) -> Answer<(String, BrandId)> {
        let row = self.conversation(principal, id)?;
        let timeline = self.timeline(principal, id)?;
        Ok((words_of(&timeline), row.brand_id()))
    }

    fn sighted(&self, principal: &Principal, id: ArticleId) -> Answer<(Arc<Article>, Sight)> {
        self.allow(principal, Action::KnowledgeRead)?;
        let found = self.view(|views| {
            let article = views.knowledge.articles.get(id)?;
            Some((Arc::clone(article), sight(views, principal, article)?))
        });
        Ok(found.ok_or(Rejection::NotFound)?)
    }

    fn article_card(&self, principal: &Principal, article: Arc<Article>, sight: Sight) -> Answer<ArticleCard> {
        let sees = |source: &Source| {
            self.view(|views| {
                views.inbox.get(source.conversation_id).is_some_and(|row| views.inbox.sees(principal, &row))
            })
        };
        let source = article.source.filter(sees);
        let published = match (&sight, &article.published) {
            (Sight::Published(published), _) => Some(published),
            // What is written is what is published: it need not be opened.
            (Sight::Written, Some(published)) if published.revision == article.revision() => Some(published),
            (Sight::Written, _) => None,
        };
        let (revision, particulars, translations) = match published {
            Some(published) => {
                (published.revision, published.particulars.clone(), Some(published.translations.clone()))
            }
            None => {
                let newest = article.revisions.last().ok_or(Rejection::NotFound)?;
                (article.revision(), article.particulars.clone(), self.revision_texts(newest)?.1)
            }
        };
        let status = status(&article, &sight);
        Ok(ArticleCard { article, status, revision, particulars, translations, source })
    }

    /// What a revision says; where its key is gone, what was published of it.
    fn revision_texts(&self, revision: &Revision) -> Answer<(Particulars, Option<Translations>)> {
        let written = match self.event_open(revision.pos)?.map(|recorded| recorded.event) {
            Some(Event::ArticleCreated(event)) => Some((event.particulars, event.private)),
            Some(Event::ArticleRevised(event)) => Some((event.particulars, event.private)),
            _ => None,
        };
        let (particulars, private) = written.ok_or(Rejection::NotFound)?;
        if let Some(texts) = private {
            return Ok((particulars, Some(texts.translations)));
        }
        let published = revision.published_pos.map(|pos| self.event_open(pos)).transpose()?.flatten();
        match published.map(|recorded| recorded.event) {
            Some(Event::ArticlePublished(event)) => Ok((event.particulars, Some(event.translations))),
            _ => Ok((particulars, None)),
        }
    }
}

impl ArticleFilter {
    fn admits(&self, article: &Article, sight: &Sight) -> bool {
        let particulars = particulars(article, sight);
        self.brand_id.is_none_or(|brand| article.brand_id == Some(brand))
            && self.status.is_none_or(|wanted| status(article, sight) == wanted)
            && self.visibility.is_none_or(|visibility| particulars.visibility == visibility)
            && self.category.as_ref().is_none_or(|category| particulars.category.as_ref() == Some(category))
    }
}

fn sight(views: &Views, viewer: &Principal, article: &Article) -> Option<Sight> {
    if !reach::sees_configured(viewer, article.brand_id) {
        return None;
    }
    let drafts = authorize(viewer, Action::KnowledgeDraft, Standing::Workspace) == Decision::Allow;
    let confided = article.confined_to().is_none_or(|source| sees_source(views, viewer, source));
    match &article.published {
        _ if drafts && confided => Some(Sight::Written),
        Some(published) => Some(Sight::Published(Arc::clone(published))),
        None => None,
    }
}

fn sees_source(views: &Views, viewer: &Principal, source: &Source) -> bool {
    views.inbox.get(source.conversation_id).is_some_and(|row| views.inbox.sees(viewer, &row))
}

/// Whether they read a revision that is not the newest.
fn reads(views: &Views, viewer: &Principal, article: &Article, revision: &Revision) -> bool {
    let open = !revision.confined || revision.published_pos.is_some();
    open || article.source.is_some_and(|source| sees_source(views, viewer, &source))
}

fn status(article: &Article, sight: &Sight) -> Status {
    match sight {
        Sight::Written => article.status,
        Sight::Published(_) => Status::Published,
    }
}

fn particulars<'a>(article: &'a Article, sight: &'a Sight) -> &'a Particulars {
    match sight {
        Sight::Written => &article.particulars,
        Sight::Published(published) => &published.particulars,
    }
}

fn words_of(timeline: &Timeline) -> String {
    let mut words = Vec::new();
    for message in timeline.messages().rev() {
        match (message.direction, message.author) {
            (Direction::Inbound, _) => words.extend(message.content.as_ref().and_then(|content| content.preview())),
            // What a program said does not end the question.
            (Direction::Outbound, Author::System) => {}
            (Direction::Outbound, _) if words.is_empty() => {}
            (Direction::Outbound, _) => break,
        }
        if words.len() == WORDS_MESSAGES {
            break;
        }
    }
    words.reverse();
    words.join("\n").chars().take(WORDS_CHARS).collect()
}

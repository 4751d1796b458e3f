//! The fold of articles: where each stands, and what is published. Texts of revisions that are not published are not here;
//! they are sealed in the events whose positions stand here. Folded by decisions and by read models alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Particulars, Source, Translation, Translations, nearest_locale};
use crate::event::{Event, Recorded};
use crate::ids::*;
use crate::time::Timestamp;

/// How far the newest revision has come.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    Draft,
    InReview,
    /// It is what is published.
    Published,
    Archived,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }
}

/// One article.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Article {
    pub id: ArticleId,
    pub brand_id: Option<BrandId>,
    /// Events in its stream at its newest change; what people say of it changes nothing.
    pub version: u64,
    pub status: Status,
    /// Those of the newest revision.
    pub particulars: Particulars,
    /// Oldest first; the first is revision 1.
    pub revisions: Vec<Revision>,
    /// What everybody reads who may; kept while a newer revision is written.
    pub published: Option<Arc<Published>>,
    /// The note it was made from, until the customer is erased.
    pub source: Option<Source>,
    /// Whether somebody ever approved it.
    pub approved: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Where a revision lies.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Copy, PartialEq)]
pub struct Revision {
    /// Position of its event.
    pub pos: u64,
    pub at: Timestamp,
    pub author_id: Option<UserId>,
    pub restored_from: Option<u32>,
    /// It may hold what a customer said: only who sees the conversation reads it.
    pub confined: bool,
    /// Position of its publication, which has its texts as well.
    pub published_pos: Option<u64>,
}

/// What an article says to those it is for.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, PartialEq)]
pub struct Published {
    pub revision: u32,
    /// Position of its event.
    pub pos: u64,
    pub at: Timestamp,
    pub approved_by: Option<UserId>,
    pub particulars: Particulars,
    pub translations: Translations,
}

impl Published {
    /// What it says to somebody who speaks this language, else in its default one.
    pub fn translation(&self, language: Option<&str>) -> Option<(&str, &Translation)> {
        let locales = self.translations.keys().map(String::as_str);
        let near = language.and_then(|language| nearest_locale(locales, language));
        let (locale, translation) =
            self.translations.get_key_value(near.unwrap_or(&self.particulars.default_locale))?;
        Some((locale, translation))
    }
}

impl Article {
    /// The newest revision's number.
    pub fn revision(&self) -> u32 {
        u32::try_from(self.revisions.len()).unwrap_or(u32::MAX)
    }
    /// The conversation whose people alone may read it: it came from there, and nobody has approved it.
    pub fn confined_to(&self) -> Option<&Source> {
        self.source.as_ref().filter(|_| !self.approved)
    }
    fn revise(&mut self, recorded: &Recorded, restored_from: Option<u32>) {
        self.revisions.push(Revision {
            pos: recorded.pos,
            at: recorded.occurred_at,
            author_id: recorded.actor.user(),
            restored_from,
            confined: self.confined_to().is_some(),
            published_pos: None,
        });
    }
}

/// All there are.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq)]
pub struct Articles {
    by_id: BTreeMap<ArticleId, Arc<Article>>,
    /// The brand of every article there ever was.
    brands: BTreeMap<ArticleId, Option<BrandId>>,
}

impl Articles {
    pub fn get(&self, id: ArticleId) -> Option<&Arc<Article>> {
        self.by_id.get(&id)
    }
    /// In the order of their ids, which is that of their making.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Article>> + DoubleEndedIterator {
        self.by_id.values()
    }
    /// The brand of one, also of one that was removed; the inner `None`: the whole workspace's.
    pub fn brand_of(&self, id: ArticleId) -> Option<Option<BrandId>> {
        self.brands.get(&id).copied()
    }

    /// Applies an event.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ArticleCreated(event) => {
                let mut article = Article {
                    id: event.article_id,
                    brand_id: event.brand_id,
                    version: recorded.version,
                    status: Status::Draft,
                    particulars: event.particulars.clone(),
                    revisions: Vec::new(),
                    published: None,
                    source: event.source,
                    approved: false,
                    created_at: recorded.occurred_at,
                    updated_at: recorded.occurred_at,
                };
                article.revise(recorded, None);
                self.brands.insert(event.article_id, event.brand_id);
                self.by_id.insert(event.article_id, Arc::new(article));
            }
            Event::ArticleRevised(event) => self.change(event.article_id, recorded, |article| {
                article.particulars.clone_from(&event.particulars);
                article.status = Status::Draft;
                article.revise(recorded, event.restored_from);
            }),
            Event::ArticleSubmitted(event) => {
                self.change(event.article_id, recorded, |article| article.status = Status::InReview);
            }
            Event::ArticleReturned(event) => {
                self.change(event.article_id, recorded, |article| article.status = Status::Draft);
            }
            Event::ArticlePublished(event) => self.change(event.article_id, recorded, |article| {
                article.status = Status::Published;
                article.approved = true;
                let place = (event.revision as usize).checked_sub(1);
                if let Some(revision) = place.and_then(|place| article.revisions.get_mut(place)) {
                    revision.published_pos = Some(recorded.pos);
                }
                article.published = Some(Arc::new(Published {
                    revision: event.revision,
                    pos: recorded.pos,
                    at: recorded.occurred_at,
                    approved_by: recorded.actor.user(),
                    particulars: event.particulars.clone(),
                    translations: event.translations.clone(),
                }));
            }),
            Event::ArticleUnpublished(event) => self.change(event.article_id, recorded, |article| {
                article.published = None;
                article.status = Status::Draft;
            }),
            Event::ArticleArchived(event) => self.change(event.article_id, recorded, |article| {
                article.published = None;
                article.status = Status::Archived;
            }),
            Event::ArticleUnarchived(event) => {
                self.change(event.article_id, recorded, |article| article.status = Status::Draft);
            }
            Event::ArticleRemoved(event) => {
                self.by_id.remove(&event.article_id);
            }
            Event::ContactErasureStarted(event) => {
                let of = |contact: ContactId| contact == event.contact_id || event.merged.contains(&contact);
                self.forget(of);
            }
            _ => {}
        }
    }

    fn change(&mut self, id: ArticleId, recorded: &Recorded, change: impl FnOnce(&mut Article)) {
        if let Some(article) = self.by_id.get_mut(&id) {
            let article = Arc::make_mut(article);
            article.version = recorded.version;
            article.updated_at = recorded.occurred_at;
            change(article);
        }
    }

    /// What was made from a note about an erased customer and approved by nobody can be read no more, and goes; of the rest
    /// the link goes.
    fn forget(&mut self, erased: impl Fn(ContactId) -> bool) {
        let from = |article: &Article| article.source.is_some_and(|source| erased(source.contact_id));
        self.by_id.retain(|_, article| article.approved || !from(article));
        for article in self.by_id.values_mut().filter(|article| from(article)) {
            Arc::make_mut(article).source = None;
        }
    }
}

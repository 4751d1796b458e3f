//! What the knowledge base was asked on behalf of customers, what it answered, and what it did not: those put together by the
//! words they share.

use std::collections::BTreeMap;

use domain::access::Principal;
use domain::ids::*;
use projections::insights::{Place, questions};
use projections::knowledge::{How, Lookup};

use super::texts::Thinned;
use super::{Evidence, InsightsQuery};
use crate::analytics::Unanswered;
use crate::{Desk, reach};

/// Unanswered questions that are read at most.
const QUESTIONS_MAX: usize = 5_000;
/// Looked at under the lock at once.
const PAGE: usize = 500;

/// Questions that share words.
#[derive(Debug, Clone)]
pub struct QuestionGroup {
    pub words: String,
    pub contacts: u32,
    /// In the order of time.
    pub messages: Vec<Evidence>,
}

/// An article that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    pub article_id: ArticleId,
    /// As it is published now, for those who see it.
    pub title: Option<String>,
    pub count: u64,
}

/// What came of questions.
#[derive(Debug, Default)]
pub struct Answering {
    pub asked: u64,
    pub by_keyword: u64,
    pub by_search: u64,
    pub unanswered: u64,
    /// Those of them in conversations that the asker does not see.
    pub withheld: u64,
    /// Those of them that share no words with enough others, or have none.
    pub ungrouped: u64,
    /// Not all of them were read.
    pub truncated: bool,
    /// The largest first.
    pub groups: Vec<QuestionGroup>,
    /// What answered most first.
    pub articles: Vec<Answered>,
}

impl Desk {
    pub(super) fn answering(&self, principal: &Principal, query: &InsightsQuery) -> Result<Answering, Unanswered> {
        let spoken = self.spoken(principal, query)?;
        let numbers = &query.numbers;
        let asked: Vec<Lookup> = self.view(|views| {
            let known = views.knowledge.lookups.iter().take_while(|lookup| lookup.pos <= numbers.moment.pos);
            known.filter(|lookup| (numbers.from..numbers.to).contains(&lookup.at)).copied().collect()
        });
        let mut found = Answering::default();
        let mut articles: BTreeMap<ArticleId, u64> = BTreeMap::new();
        let mut open: Thinned<Place> = Thinned::to(QUESTIONS_MAX);
        let mut asked_in = std::collections::BTreeSet::new();
        for page in asked.chunks(PAGE) {
            self.view(|views| {
                for lookup in page {
                    let place = lookup.message_pos.and_then(|pos| {
                        let slot = views.facts.slot(lookup.conversation_id)?;
                        spoken.at(views, slot, &[pos]).first().copied()
                    });
                    // What the filters, or the asker's walls, leave out.
                    let Some(place) = place else { continue };
                    match (lookup.article_id, lookup.how) {
                        (Some(article), how) => {
                            found.asked += 1;
                            *articles.entry(article).or_default() += 1;
                            match how {
                                How::Keyword | How::Choice => found.by_keyword += 1,
                                How::Search => found.by_search += 1,
                            }
                        }
                        // Several rules may have looked for the same words.
                        (None, _) if asked_in.insert(place.pos) => {
                            found.asked += 1;
                            found.unanswered += 1;
                            let row = views.inbox.get(lookup.conversation_id);
                            match row.is_some_and(|row| views.inbox.sees(principal, &row)) {
                                true => open.add(place),
                                false => found.withheld += 1,
                            }
                        }
                        (None, _) => {}
                    }
                }
            });
        }
        found.truncated = open.is_thinned();
        let (mut texts, mut places) = (Vec::new(), Vec::new());
        let mut read = open.kept;
        self.typed_at(&mut read, |place, text| {
            texts.push((place.contact_id, text));
            places.push(*place);
        })?;
        let groups = questions::grouped(&texts, query.contacts_min);
        let grouped: usize = groups.iter().map(|group| group.questions.len()).sum();
        found.ungrouped = (read.len() - grouped) as u64;
        for group in groups {
            let messages: Vec<Place> = group.questions.iter().map(|question| places[*question]).collect();
            let messages = self.evidence_of(messages);
            found.groups.push(QuestionGroup { words: group.words, contacts: group.contacts, messages });
        }
        found.articles = self.titled(principal, articles);
        Ok(found)
    }

    fn titled(&self, principal: &Principal, articles: BTreeMap<ArticleId, u64>) -> Vec<Answered> {
        let mut titled: Vec<Answered> = self.view(|views| {
            let of = |(article_id, count): (ArticleId, u64)| {
                let known = views.knowledge.articles.get(article_id);
                let known = known.filter(|article| reach::sees_configured(principal, article.brand_id));
                let published = known.and_then(|article| article.published.as_ref());
                let title = published.and_then(|published| published.translation(None));
                Answered { article_id, title: title.map(|(_, text)| text.title.clone()), count }
            };
            articles.into_iter().map(of).collect()
        });
        titled.sort_by_key(|answered| (std::cmp::Reverse(answered.count), answered.article_id));
        titled
    }
}

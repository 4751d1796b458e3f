//! The knowledge base as it is read: where each article stands, what comes of it, and search by words.
//!
//! Search is over what is published. Its indexes are made when somebody first looks for something and thrown away when what
//! they hold changes, each by itself; copies of these views share them. Texts that are still being written are sealed, so
//! they are listed, not searched.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::knowledge::{Articles, Published};

use crate::digest::Digest;
use crate::inbox::Inbox;

mod analysis;
pub mod asked;
mod library;
mod metrics;
mod shard;
mod snippet;
pub(crate) mod stop_words;

pub use asked::{How, Lookup, Lookups};
pub use library::{Asked, Hit, Library};
pub use metrics::{Metrics, Numbers};
pub use snippet::Snippet;

/// See the module.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default)]
pub struct Knowledge {
    pub articles: Articles,
    metrics: Metrics,
    /// What it was asked, and what it answered.
    pub lookups: Lookups,
    library: Library,
}

impl Knowledge {
    /// What came of an article.
    pub fn numbers(&self, id: ArticleId) -> Numbers {
        self.metrics.of(id)
    }

    /// What is published, to look for words in. A copy that costs little: looking takes time that nobody else need wait.
    pub fn library(&self) -> Library {
        self.library.clone()
    }

    /// Applies an event, after the inbox has.
    pub(crate) fn apply(&mut self, recorded: &Recorded, inbox: &Inbox) {
        self.metrics.apply(recorded, inbox);
        self.lookups.apply(recorded, inbox);
        let concerned = match &recorded.event {
            Event::ArticlePublished(event) => Some(event.article_id),
            Event::ArticleUnpublished(event) => Some(event.article_id),
            Event::ArticleArchived(event) => Some(event.article_id),
            Event::ArticleRemoved(event) => Some(event.article_id),
            _ => None,
        };
        let published = |articles: &Articles, id| articles.get(id).and_then(|article| article.published.clone());
        let before = concerned.and_then(|id| published(&self.articles, id));
        self.articles.apply(recorded);
        let Some(id) = concerned else { return };
        let Some(brand) = self.articles.brand_of(id) else { return };
        let after = published(&self.articles, id);
        let locales = |published: &Option<Arc<Published>>| -> BTreeSet<String> {
            published.iter().flat_map(|published| published.translations.keys().cloned()).collect()
        };
        for locale in locales(&before).union(&locales(&after)) {
            self.library.set(brand, locale, id, after.as_ref());
        }
    }

    pub(crate) fn digest(&self, digest: &mut Digest) {
        digest.add(&self.articles);
        digest.add(&self.metrics);
        self.lookups.digest(digest);
        self.library.digest(digest);
    }
}

//! Searches the knowledge base for what customers wrote, where a rule of automation wants to answer by it, and hands in what was
//! found. What is asked lies in the log as an event, so what was not answered when the process ended is looked up after it
//! starts.

use domain::bot::answer::{Found, found};
use domain::bot::book::Wanted;
use domain::event::Event;
use domain::ids::ConversationId;
use domain::knowledge::Visibility;
use domain::time::Millis;
use projections::knowledge::Asked;

use crate::Desk;
use crate::workers::{Next, Worker};

/// Looked up for one command at most.
const BATCH_MAX: usize = 64;
/// When to try again what could not be done.
const AGAIN_AFTER: Millis = Millis::seconds(5);

/// See the module.
pub(crate) struct LookupWorker {
    desk: Desk,
}

impl LookupWorker {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }

    /// What fits a customer's words; `None`: the log cannot be read now, which says nothing about them.
    fn search(&self, id: ConversationId, wanted: &Wanted) -> Option<Vec<Found>> {
        let recorded = self.desk.event_open(wanted.message_pos).ok()?;
        // Erased, or without words: nothing fits.
        let content = match recorded.map(|recorded| recorded.event) {
            Some(Event::MessageReceived(event)) => event.private.map(|private| private.content),
            _ => None,
        };
        let text = content.as_ref().and_then(|content| content.preview()).unwrap_or_default();
        let place = self.desk.view(|views| Some((views.inbox.get(id)?.brand_id(), views.knowledge.library())));
        let Some((brand, library)) = place.filter(|_| !text.is_empty()) else { return Some(Vec::new()) };
        let (category, visibility) = (wanted.category.as_deref(), Some(Visibility::Public));
        let asked = Asked { text, locale: None, category, visibility, limit: 1 };
        let hits = library.search(&asked, |of| of.is_none_or(|of| of == brand)).into_iter();
        Some(hits.map(|hit| Found { article_id: hit.article_id, locale: hit.locale, score: hit.score }).collect())
    }
}

impl Worker for LookupWorker {
    const NAME: &'static str = "lookups";

    async fn step(&mut self) -> Next {
        // Whoever a restored copy was copied from may have answered since.
        if self.desk.outbox_is_frozen() {
            return Next::on_change();
        }
        let wanted = |views: &projections::Views| -> Vec<(ConversationId, Wanted)> {
            views.bot.lookups().take(BATCH_MAX).map(|(id, wanted)| (id, wanted.clone())).collect()
        };
        let asked = self.desk.view(wanted);
        if asked.is_empty() {
            return Next::on_change();
        }
        let searched = |(id, wanted): (ConversationId, Wanted)| {
            let hits = self.search(id, &wanted)?;
            Some((id, wanted.message_id, hits))
        };
        let results: Vec<_> = asked.iter().cloned().filter_map(searched).collect();
        let handed_in = self.desk.work(move |step| {
            for (id, message_id, hits) in results {
                found(step, id, message_id, &hits);
            }
            Ok(())
        });
        if let Err(failure) = handed_in.await {
            tracing::warn!(%failure, "what was found is handed in later");
            return Next::at(self.desk.now() + AGAIN_AFTER);
        }
        let stuck = self.desk.view(wanted) == asked;
        let now = self.desk.now();
        Next::on_change().or_at(Some(if stuck { now + AGAIN_AFTER } else { now }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use domain::automation::action::{AutomationAction, KnowledgeAnswer, KnowledgeLookup};
    use domain::event::Actor;
    use domain::knowledge::write::Draft;
    use domain::knowledge::{Particulars, Status, Translation, Translations, publish, write};

    /// A desk that answers by search, and knows when it is open.
    async fn knowing() -> Bench {
        let bench = Bench::new().await;
        let title = "Opening hours of our shops".to_owned();
        let body_md = "We are open from nine to five.".to_owned();
        let text = Translation { title, keywords: Vec::new(), body_md, answer_text: None };
        let translations: Translations = [("en".to_owned(), text)].into();
        let (visibility, default_locale) = (Visibility::Public, "en".to_owned());
        let particulars = Particulars { category: None, visibility, priority: 0, default_locale };
        let draft = Draft { particulars, translations: translations.clone() };
        let by = bench.principal();
        let made = move |step: &mut domain::step::Step<'_>| {
            let id = write::create(step, &by, None, draft)?;
            let version = step.world.articles.get(id).map_or(0, |article| article.version);
            publish::set(step, &by, id, version, Status::Published, Some(translations))
        };
        bench.desk.run(Actor::User(bench.agent), made).await.unwrap();
        let (category, offer_human, otherwise) = (None, None, Vec::new());
        let lookup = KnowledgeLookup::Search { score_min: 50 };
        bench
            .rule(AutomationAction::AnswerFromKnowledge(KnowledgeAnswer { lookup, category, offer_human, otherwise }))
            .await;
        bench
    }

    fn kinds(bench: &Bench) -> Vec<&'static str> {
        let of_bot = |kind: &&str| {
            kind.starts_with("article.answered") || kind.starts_with("knowledge.") || *kind == "conversation.handed_off"
        };
        bench.events().iter().map(Event::kind).filter(of_bot).collect()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_was_asked_before_a_crash_is_answered_after_it_and_once() {
        let bench = knowing().await;
        let id = bench.says("34600000001", "What are your opening hours?").await;
        assert_eq!(kinds(&bench), ["knowledge.lookup_requested"]);
        // The process ends between the question and the answer.
        let bench = bench.restarted();
        let mut worker = LookupWorker::new(bench.desk.clone());
        worker.step().await;
        assert_eq!(worker.step().await, Next::on_change());
        drop(worker);
        let bench = bench.restarted();
        LookupWorker::new(bench.desk.clone()).step().await;
        assert_eq!(kinds(&bench), ["knowledge.lookup_requested", "article.answered", "knowledge.lookup_ended"]);
        assert!(bench.desk.view(|views| views.inbox.get(id).unwrap().has_bot()));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_nothing_fits_comes_to_people() {
        let bench = knowing().await;
        let id = bench.says("34600000001", "My parcel is broken").await;
        LookupWorker::new(bench.desk.clone()).step().await;
        assert_eq!(kinds(&bench), ["knowledge.lookup_requested", "conversation.handed_off", "knowledge.lookup_ended"]);
        assert!(!bench.desk.view(|views| views.inbox.get(id).unwrap().has_bot()));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_restored_copy_answers_nobody_until_somebody_says_that_it_sends() {
        let bench = knowing().await;
        bench.says("34600000001", "What are your opening hours?").await;
        let (copy, _dir) = bench.restored_copy();
        let mut worker = LookupWorker::new(copy.clone());
        worker.step().await;
        assert_eq!(copy.view(|views| views.bot.lookups().count()), 1);
        copy.release_outbox(Actor::System).await.unwrap();
        worker.step().await;
        assert_eq!(copy.view(|views| views.bot.lookups().count()), 0);
        copy.close();
    }
}

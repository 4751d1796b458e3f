//! Keeps the templates as the provider lists them: a new number's at once, all once a day, and an account's whenever a
//! webhook left one in a state that only the list can explain (`FLAGGED`, `REINSTATED`, words we do not know). What the team writes
//! is handed over in [`submissions`].

mod submissions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::access::{Action, Principal};
use domain::ids::ChannelId;
use domain::rejection::Rejection;
use domain::time::{Millis, Timestamp};

use crate::provider::{AskError, Provider};
use crate::workers::{Next, Worker};
use crate::{Desk, Done};

use self::submissions::Submissions;

/// Changes are collected this long before one look at the list answers them all.
const SETTLE: Millis = Millis::seconds(5);
/// An account is listed again at most this often by itself.
const AGAIN_AFTER: Millis = Millis::minutes(10);
/// And at least this often.
const EVERY: Millis = Millis::hours(24);
/// States the list uses itself.
const SETTLED: [&str; 11] = [
    // Ours: the provider has not seen it.
    "DRAFT",
    "APPROVED",
    "PENDING",
    "REJECTED",
    "PAUSED",
    "DISABLED",
    "IN_APPEAL",
    "PENDING_DELETION",
    "DELETED",
    "LIMIT_EXCEEDED",
    "ARCHIVED",
];

impl Desk {
    /// Takes over the list of a number's account now. Gives how many templates it has.
    pub async fn sync_templates(&self, principal: &Principal, channel: ChannelId) -> Result<Done<usize>, AskError> {
        self.allow(principal, Action::TemplateSync)?;
        self.channel(principal, channel)?;
        let provider = self.provider()?;
        self.list_templates(&*provider, channel).await
    }

    async fn list_templates(&self, provider: &dyn Provider, channel: ChannelId) -> Result<Done<usize>, AskError> {
        let connector = self.shared.channels.read().get(channel).cloned().ok_or(Rejection::NotFound)?;
        let listed = provider.templates(&connector).await?;
        let count = listed.len();
        let done = self
            .work(move |step| {
                domain::channel::sync_templates(step, &connector.waba_id, &listed);
                Ok(count)
            })
            .await?;
        Ok(done)
    }
}

/// See the module.
pub(crate) struct TemplateWorker {
    desk: Desk,
    provider: Arc<dyn Provider>,
    looked_at: Option<Timestamp>,
    /// When each account was last listed, or tried to be.
    listed_at: BTreeMap<String, Timestamp>,
    seen: BTreeSet<ChannelId>,
    submissions: Submissions,
}

impl TemplateWorker {
    pub(crate) fn new(desk: Desk, provider: Arc<dyn Provider>) -> Self {
        Self {
            desk,
            provider,
            looked_at: None,
            listed_at: BTreeMap::new(),
            seen: BTreeSet::new(),
            submissions: Submissions::default(),
        }
    }

    /// The accounts to list, each through one of its numbers.
    fn due(&self, now: Timestamp) -> BTreeMap<String, ChannelId> {
        self.desk.view(|views| {
            let unsettled: BTreeSet<&str> = views
                .directory
                .templates
                .iter()
                .filter(|entry| entry.template.status.as_deref().is_some_and(|status| !SETTLED.contains(&status)))
                .map(|entry| entry.template.waba_id.as_str())
                .collect();
            let mut due = BTreeMap::new();
            for channel in views.directory.channels.iter().filter(|channel| channel.enabled) {
                let waba = channel.waba_id.as_str();
                let wait = if unsettled.contains(waba) { AGAIN_AFTER } else { EVERY };
                let listed = self.listed_at.get(waba).is_some_and(|at| now - *at < wait);
                if !listed || !self.seen.contains(&channel.id) {
                    due.insert(channel.waba_id.clone(), channel.id);
                }
            }
            due
        })
    }
}

impl Worker for TemplateWorker {
    const NAME: &'static str = "templates";

    async fn step(&mut self) -> Next {
        let again = self.submissions.work(&self.desk, &*self.provider).await;
        let now = self.desk.now();
        if let Some(at) = self.looked_at.filter(|at| now - *at < SETTLE) {
            return Next::on_change().or_at(Some(at + SETTLE)).or_at(again);
        }
        self.looked_at = Some(now);
        for (waba, channel) in self.due(now) {
            if let Err(error) = self.desk.list_templates(&*self.provider, channel).await {
                tracing::warn!(%channel, %error, "templates are listed again later");
            }
            self.listed_at.insert(waba, now);
        }
        self.seen = self.desk.view(|views| views.directory.channels.iter().map(|channel| channel.id).collect());
        Next::on_change().or_at(again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use domain::inbound::TemplateChange;

    fn template(name: &str, status: &str) -> TemplateChange {
        TemplateChange {
            name: name.to_owned(),
            language: "en".to_owned(),
            status: Some(status.to_owned()),
            ..Default::default()
        }
    }

    fn known(bench: &Bench) -> Vec<(String, String)> {
        bench.desk.view(|views| {
            let all = views.directory.templates.iter();
            all.map(|it| (it.template.name.clone(), it.template.status.clone().unwrap_or_default())).collect()
        })
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_new_numbers_templates_are_listed_and_what_is_gone_goes() {
        let bench = Bench::new().await;
        *bench.provider.listed.lock() = vec![template("hello", "APPROVED"), template("bye", "APPROVED")];
        let mut worker = TemplateWorker::new(bench.desk.clone(), bench.provider.clone());
        worker.step().await;
        assert_eq!(known(&bench).len(), 2);
        *bench.provider.listed.lock() = vec![template("hello", "APPROVED")];
        bench.clock.advance(Millis::minutes(1));
        worker.step().await;
        assert_eq!(known(&bench).len(), 2, "not listed again without a reason");
        bench.clock.advance(EVERY);
        worker.step().await;
        assert_eq!(known(&bench), [("hello".to_owned(), "APPROVED".to_owned())]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_state_that_only_the_list_explains_is_looked_up_once_in_a_while() {
        let bench = Bench::new().await;
        *bench.provider.listed.lock() = vec![template("hello", "APPROVED")];
        let mut worker = TemplateWorker::new(bench.desk.clone(), bench.provider.clone());
        worker.step().await;
        bench
            .desk
            .work(|step| {
                domain::channel::change_template(step, "900", &template("hello", "FLAGGED"), Some("item"));
                Ok(())
            })
            .await
            .unwrap();
        bench.clock.advance(SETTLE);
        worker.step().await;
        assert_eq!(known(&bench), [("hello".to_owned(), "FLAGGED".to_owned())]);
        bench.clock.advance(AGAIN_AFTER);
        worker.step().await;
        assert_eq!(known(&bench), [("hello".to_owned(), "APPROVED".to_owned())]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn asking_needs_a_provider_and_the_right() {
        let bench = Bench::new().await;
        let asked = bench.desk.sync_templates(&bench.principal(), bench.channel).await;
        assert_eq!(asked, Err(AskError::NoProvider));
        let agent = Principal::plain(bench.principal().user_id, domain::access::Role::Agent);
        let asked = bench.desk.sync_templates(&agent, bench.channel).await;
        assert_eq!(asked, Err(Rejection::Forbidden.into()));
    }

    mod submitting {
        use super::*;
        use crate::provider::{CallError, ErrorClass};
        use crate::testing::refusal;
        use domain::ids::TemplateId;
        use domain::template::draft::{Category, Draft};
        use domain::template::manage;
        use serde_json::json;

        fn draft(name: &str) -> Draft {
            Draft {
                name: name.to_owned(),
                language: "en".to_owned(),
                category: Category::Utility,
                components: vec![json!({"type": "BODY", "text": "Hello"})],
                message_send_ttl_seconds: None,
            }
        }

        async fn submitted(bench: &Bench, name: &str) -> TemplateId {
            let (principal, channel, draft) = (bench.principal(), bench.channel, draft(name));
            let made = bench.desk.work(move |step| {
                let id = manage::create(step, &principal, channel, draft)?;
                manage::submit(step, &principal, id)?;
                Ok(id)
            });
            made.await.unwrap().value
        }

        fn state(bench: &Bench, id: TemplateId) -> String {
            bench.desk.view(|views| {
                let template = &views.directory.templates.get(id).unwrap().template;
                let submission = template.submission.as_ref().map(|it| format!("{:?}", it.state));
                format!("{} {}", template.status.as_deref().unwrap_or("-"), submission.unwrap_or_default())
            })
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_draft_is_handed_over_once_and_waits_for_its_review() {
            let bench = Bench::new().await;
            let mut worker = TemplateWorker::new(bench.desk.clone(), bench.provider.clone());
            worker.step().await;
            let id = submitted(&bench, "hello").await;
            worker.step().await;
            worker.step().await;
            assert_eq!(*bench.provider.submitted.lock(), ["hello"]);
            assert_eq!(state(&bench, id), "PENDING Accepted");
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn what_the_provider_refuses_stays_a_draft_with_its_words() {
            let bench = Bench::new().await;
            let mut worker = TemplateWorker::new(bench.desk.clone(), bench.provider.clone());
            worker.step().await;
            let no = CallError::Refused(refusal(100, ErrorClass::FixRequest));
            bench.provider.submission_failures.lock().push_back(no);
            let id = submitted(&bench, "hello").await;
            worker.step().await;
            let said = state(&bench, id);
            assert!(said.starts_with("DRAFT Refused") && said.contains("code 100"), "{said}");
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn a_call_without_an_answer_is_settled_by_the_list() {
            let bench = Bench::new().await;
            let mut worker = TemplateWorker::new(bench.desk.clone(), bench.provider.clone());
            worker.step().await;
            let lost = CallError::Unreachable { reason: "timeout" };
            bench.provider.submission_failures.lock().push_back(lost);
            let id = submitted(&bench, "hello").await;
            worker.step().await;
            assert_eq!(state(&bench, id), "DRAFT Requested");
            *bench.provider.listed.lock() = vec![template("hello", "APPROVED")];
            bench.clock.advance(Millis::hours(1));
            worker.step().await;
            assert_eq!(*bench.provider.submitted.lock(), ["hello"], "it is not handed over again");
            assert_eq!(state(&bench, id), "APPROVED Accepted");
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn what_was_under_way_when_the_process_ended_is_looked_up_first_and_handed_over_if_it_is_not_there() {
            let bench = Bench::new().await;
            let id = submitted(&bench, "hello").await;
            let bench = bench.restarted();
            *bench.provider.listed.lock() = vec![template("hello", "PENDING")];
            let mut worker = TemplateWorker::new(bench.desk.clone(), bench.provider.clone());
            worker.step().await;
            assert!(bench.provider.submitted.lock().is_empty());
            assert_eq!(state(&bench, id), "PENDING Accepted");
            let other = submitted(&bench, "other").await;
            // It holds the log, which has one owner.
            drop(worker);
            let bench = bench.restarted();
            let mut worker = TemplateWorker::new(bench.desk.clone(), bench.provider.clone());
            worker.step().await;
            assert_eq!(*bench.provider.submitted.lock(), ["other"]);
            assert_eq!(state(&bench, other), "PENDING Accepted");
        }
    }
}

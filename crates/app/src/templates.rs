//! Keeps the templates as the provider lists them: a new number's at once, all once a day, and an account's whenever a
//! webhook left one in a state that only the list can explain (`FLAGGED`, `REINSTATED`, words we do not know).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::access::{Action, Principal};
use domain::ids::ChannelId;
use domain::rejection::Rejection;
use domain::time::{Millis, Timestamp};

use crate::provider::{AskError, Provider};
use crate::workers::{Next, Worker};
use crate::{Desk, Done};

/// Changes are collected this long before one look at the list answers them all.
const SETTLE: Millis = Millis::seconds(5);
/// An account is listed again at most this often by itself.
const AGAIN_AFTER: Millis = Millis::minutes(10);
/// And at least this often.
const EVERY: Millis = Millis::hours(24);
/// States the list uses itself.
const SETTLED: [&str; 10] = [
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
}

impl TemplateWorker {
    pub(crate) fn new(desk: Desk, provider: Arc<dyn Provider>) -> Self {
        Self { desk, provider, looked_at: None, listed_at: BTreeMap::new(), seen: BTreeSet::new() }
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
        let now = self.desk.now();
        if let Some(at) = self.looked_at.filter(|at| now - *at < SETTLE) {
            return Next::at(at + SETTLE);
        }
        self.looked_at = Some(now);
        for (waba, channel) in self.due(now) {
            if let Err(error) = self.desk.list_templates(&*self.provider, channel).await {
                tracing::warn!(%channel, %error, "templates are listed again later");
            }
            self.listed_at.insert(waba, now);
        }
        self.seen = self.desk.view(|views| views.directory.channels.iter().map(|channel| channel.id).collect());
        Next::on_change()
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
}

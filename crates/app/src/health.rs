//! Asks the provider how each number stands, every ten minutes and on request. A number that was paused because sends
//! were refused is let go again when the provider says that it may send.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::Principal;
use domain::event::channel::ChannelHealthObserved;
use domain::ids::ChannelId;
use domain::rejection::Rejection;
use domain::time::{Millis, Timestamp};
use futures_util::future::join_all;

use crate::provider::{AskError, CallError, ErrorClass, Provider};
use crate::workers::{Next, Worker};
use crate::{Desk, Done};

/// Between two looks at a number, half a minute more or less so that numbers do not ask in step.
const EVERY: Millis = Millis::minutes(10);
const JITTER: Millis = Millis::seconds(60);
/// Numbers asked about at once.
const AT_ONCE_MAX: usize = 8;

impl Desk {
    /// Asks about one number now and takes over the answer.
    pub async fn probe_health(&self, principal: &Principal, channel: ChannelId) -> Result<Done<()>, AskError> {
        self.channel(principal, channel)?;
        let provider = self.provider()?;
        self.probe(&*provider, channel).await
    }

    async fn probe(&self, provider: &dyn Provider, channel: ChannelId) -> Result<Done<()>, AskError> {
        let connector = self.shared.channels.read().get(channel).cloned().ok_or(Rejection::NotFound)?;
        let observed = match provider.health(&connector).await {
            Ok(observed) => observed,
            // What refuses the question refuses the messages too.
            Err(CallError::Refused(refusal)) if refusal.class == ErrorClass::PauseChannel => {
                let code = Some(refusal.error.code);
                self.work(move |step| domain::channel::observe_sending(step, channel, false, code)).await?;
                return Err(CallError::Refused(refusal).into());
            }
            Err(error) => return Err(error.into()),
        };
        let done = self
            .work(move |step| {
                let observed = ChannelHealthObserved { channel_id: Some(channel), ..observed };
                domain::channel::observe_health(step, channel, observed)
            })
            .await?;
        Ok(done)
    }
}

/// See the module.
pub(crate) struct HealthWorker {
    desk: Desk,
    provider: Arc<dyn Provider>,
    next: BTreeMap<ChannelId, Timestamp>,
}

impl HealthWorker {
    pub(crate) fn new(desk: Desk, provider: Arc<dyn Provider>) -> Self {
        Self { desk, provider, next: BTreeMap::new() }
    }
}

impl Worker for HealthWorker {
    const NAME: &'static str = "health";

    async fn step(&mut self) -> Next {
        let now = self.desk.now();
        let enabled: Vec<ChannelId> = self.desk.view(|views| {
            let channels = views.directory.channels.iter().filter(|channel| channel.enabled);
            channels.map(|channel| channel.id).collect()
        });
        self.next.retain(|id, _| enabled.contains(id));
        let due: Vec<ChannelId> =
            enabled.into_iter().filter(|id| self.next.get(id).is_none_or(|at| *at <= now)).take(AT_ONCE_MAX).collect();
        let (desk, provider) = (&self.desk, &*self.provider);
        let probes = due.iter().map(|id| async move { (*id, desk.probe(provider, *id).await) });
        for (id, probed) in join_all(probes).await {
            if let Err(error) = probed {
                tracing::warn!(channel = %id, %error, "how a number stands is not known");
            }
            let jitter = Millis((self.desk.entropy() as u64 % JITTER.0 as u64) as i64);
            self.next.insert(id, now + EVERY - Millis(JITTER.0 / 2) + jitter);
        }
        Next::on_change().or_at(self.next.values().min().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, refusal};

    fn sending(bench: &Bench) -> (bool, Option<i64>) {
        bench.desk.view(|views| {
            let health = &views.directory.channels.get(bench.channel).unwrap().health;
            (health.sending, health.code)
        })
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_paused_number_may_send_again_when_a_probe_says_so() {
        let bench = Bench::new().await;
        let channel = bench.channel;
        bench
            .desk
            .work(move |step| domain::channel::observe_sending(step, channel, false, Some(131_031)))
            .await
            .unwrap();
        let mut worker = HealthWorker::new(bench.desk.clone(), bench.provider.clone());
        *bench.provider.probe.lock() = Some(Err(CallError::Unreachable { reason: "timeout" }));
        worker.step().await;
        assert_eq!(sending(&bench), (false, Some(131_031)), "silence settles nothing");
        *bench.provider.probe.lock() = None;
        worker.step().await;
        assert_eq!(sending(&bench), (false, Some(131_031)), "not before its time");
        bench.clock.advance(Millis::minutes(11));
        worker.step().await;
        assert_eq!(sending(&bench), (true, None));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_refused_token_pauses_the_number() {
        let bench = Bench::new().await;
        *bench.provider.probe.lock() = Some(Err(CallError::Refused(refusal(190, ErrorClass::PauseChannel))));
        HealthWorker::new(bench.desk.clone(), bench.provider.clone()).step().await;
        assert_eq!(sending(&bench), (false, Some(190)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn quality_and_budget_are_taken_over_and_nothing_is_said_twice() {
        let bench = Bench::new().await;
        let observed = ChannelHealthObserved {
            quality: Some("YELLOW".to_owned()),
            throughput_mps: Some(1_000),
            sending: Some(true),
            ..Default::default()
        };
        *bench.provider.probe.lock() = Some(Ok(observed));
        let mut worker = HealthWorker::new(bench.desk.clone(), bench.provider.clone());
        worker.step().await;
        let head = bench.desk.reader().head();
        let mps = bench.desk.view(|views| views.directory.channels.get(bench.channel).unwrap().health.throughput_mps);
        assert_eq!(mps, Some(1_000));
        bench.clock.advance(Millis::minutes(11));
        worker.step().await;
        assert_eq!(bench.desk.reader().head(), head);
    }
}

//! Handing drafts to the provider, and having it remove templates. Each call follows its event; where its end is not known, or the
//! process began anew meanwhile, the list is read first: a template that is in it was taken. The provider keeps account, name and
//! language unique, so that a new one cannot be made twice.

use std::collections::BTreeMap;

use domain::event::template::Refusal;
use domain::ids::{ChannelId, TemplateId};
use domain::template::Template;
use domain::template::draft::Draft;
use domain::template::manage;
use domain::template::progress::Deletion;
use domain::time::{Millis, Timestamp};

use crate::Desk;
use crate::provider::{CallError, CallRefused, ErrorClass, Provider};

/// The wait before a call that did not reach the provider is made again; it doubles up to the maximum.
const AGAIN: Millis = Millis::seconds(30);
const AGAIN_MAX: Millis = Millis::hours(1);
/// Waits where the provider says that it was asked too often.
const TOO_OFTEN: Millis = Millis::minutes(5);
/// Calls that are made for what may pass, but is explained by nothing.
const ATTEMPTS_MAX: u32 = 5;

/// What this process did for one template so far.
#[derive(Debug, Clone, Copy, Default)]
struct Attempt {
    calls: u32,
    /// Not before.
    at: Option<Timestamp>,
    /// A call was made whose end is not known.
    unclear: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Submissions {
    attempts: BTreeMap<TemplateId, Attempt>,
    /// What was under way when the process began was looked at.
    begun: bool,
}

/// What is wanted of the provider.
#[derive(Debug, Clone)]
enum Task {
    Create(Draft),
    Edit(String, Draft),
    Delete(String, String),
}

impl Task {
    fn of(template: &Template) -> Option<Self> {
        if template.deletion == Deletion::Requested {
            return Some(Self::Delete(template.provider_id.clone()?, template.name.clone()));
        }
        let draft = template.draft.clone().filter(|_| template.is_under_way())?;
        Some(match &template.provider_id {
            Some(id) => Self::Edit(id.clone(), draft),
            None => Self::Create(draft),
        })
    }
}

impl Submissions {
    /// Does what is due; when to look again, if nothing happens.
    pub(super) async fn work(&mut self, desk: &Desk, provider: &dyn Provider) -> Option<Timestamp> {
        let pending = pending(desk);
        self.attempts.retain(|id, _| pending.iter().any(|(known, ..)| known == id));
        if !std::mem::replace(&mut self.begun, true) {
            let before = pending.iter().map(|(id, ..)| (*id, Attempt { unclear: true, ..Attempt::default() }));
            self.attempts.extend(before);
        }
        let now = desk.now();
        for (id, channel, task, shown) in pending {
            let attempt = self.attempts.entry(id).or_default();
            if attempt.at.is_some_and(|at| now < at) {
                continue;
            }
            *attempt = one(desk, provider, id, channel, task, shown, *attempt).await;
        }
        self.attempts.values().filter_map(|attempt| attempt.at).min()
    }
}

/// What is to be done, each through a number of its account, and whether the provider has shown that it took it.
fn pending(desk: &Desk) -> Vec<(TemplateId, ChannelId, Task, bool)> {
    desk.view(|views| {
        let task = |entry: &projections::directory::TemplateEntry| {
            let task = Task::of(&entry.template)?;
            let channel = views.directory.channels.of_waba(&entry.template.waba_id).find(|channel| channel.enabled)?;
            Some((entry.id, channel.id, task, entry.template.shows_acceptance()))
        };
        views.directory.templates.iter().filter_map(task).collect()
    })
}

async fn one(
    desk: &Desk,
    provider: &dyn Provider,
    id: TemplateId,
    channel: ChannelId,
    task: Task,
    shown: bool,
    attempt: Attempt,
) -> Attempt {
    let deletes = matches!(task, Task::Delete(..));
    if shown && !deletes {
        settle(desk, move |step| manage::accepted(step, id, None, None, None)).await;
        return Attempt::default();
    }
    if attempt.unclear && !deletes {
        // The list says what became of it; what it shows is taken over, and looked at again.
        let Ok(_) = desk.list_templates(provider, channel).await else { return later(desk, attempt, None) };
        let showed = desk.view(|views| views.directory.templates.get(id).map(|it| it.template.shows_acceptance()));
        if showed == Some(true) {
            settle(desk, move |step| manage::accepted(step, id, None, None, None)).await;
            return Attempt::default();
        }
    }
    let connector = desk.shared.channels.read().get(channel).cloned();
    let Some(connector) = connector else { return later(desk, attempt, None) };
    let outcome = match &task {
        Task::Create(draft) => provider.create_template(&connector, draft).await.map(Some),
        Task::Edit(provider_id, draft) => provider.edit_template(&connector, provider_id, draft).await.map(|()| None),
        Task::Delete(provider_id, name) => provider.delete_template(&connector, provider_id, name).await.map(|()| None),
    };
    match outcome {
        Ok(_) if deletes => settle(desk, move |step| manage::deleted(step, id)).await,
        Ok(Some(made)) => {
            let accept = move |step: &mut domain::step::Step<'_>| {
                manage::accepted(step, id, Some(made.provider_id), made.status, made.category);
            };
            settle(desk, accept).await;
        }
        Ok(None) => settle(desk, move |step| manage::accepted(step, id, None, None, None)).await,
        Err(CallError::Unreachable { reason }) => {
            tracing::warn!(%id, reason, "the provider's word on a template is not known; it is asked again");
            return later(desk, Attempt { unclear: true, ..attempt }, None);
        }
        Err(CallError::Refused(refused)) => match wait(&refused, attempt.calls) {
            Some(wait) => return later(desk, attempt, Some(wait)),
            None => {
                let refusal = Refusal { code: Some(refused.error.code), reason: words(&refused) };
                let refuse = move |step: &mut domain::step::Step<'_>| match deletes {
                    true => manage::deletion_refused(step, id, refusal),
                    false => manage::refused(step, id, refusal),
                };
                settle(desk, refuse).await;
            }
        },
    }
    Attempt::default()
}

/// Writes down what came of it. What could not be written is found anew as if the process had begun here.
async fn settle(desk: &Desk, write: impl FnOnce(&mut domain::step::Step<'_>) + Send + 'static) {
    let written = desk.work(move |step| {
        write(step);
        Ok(())
    });
    if let Err(error) = written.await {
        tracing::warn!(%error, "what the provider said to a template is not written down");
    }
}

fn later(desk: &Desk, attempt: Attempt, wait: Option<Millis>) -> Attempt {
    let doubled = Millis(AGAIN.0 << attempt.calls.min(10)).min(AGAIN_MAX);
    Attempt { calls: attempt.calls + 1, at: Some(desk.now() + wait.unwrap_or(doubled)), ..attempt }
}

/// How long to wait before asking once more; `None`: its no is final.
fn wait(refused: &CallRefused, calls: u32) -> Option<Millis> {
    let least = refused.retry_after.unwrap_or_default();
    match refused.class {
        ErrorClass::WaitLong | ErrorClass::NumberBackOff => Some(least.max(TOO_OFTEN)),
        ErrorClass::BackOff { attempts } => {
            (calls < attempts.min(ATTEMPTS_MAX)).then(|| least.max(Millis(AGAIN.0 << calls.min(10))))
        }
        _ => None,
    }
}

/// The provider's words, each once.
fn words(refused: &CallRefused) -> String {
    let error = &refused.error;
    let mut words: Vec<&str> = [&error.title, &error.detail].into_iter().filter_map(|word| word.as_deref()).collect();
    words.dedup();
    let said = words.join(": ");
    let said = if said.is_empty() { format!("refused with code {}", error.code) } else { said };
    said.chars().take(REASON_MAX).collect()
}

/// Characters of a refusal that are kept.
const REASON_MAX: usize = 1_000;

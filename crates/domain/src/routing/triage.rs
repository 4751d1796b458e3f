//! Where a conversation belongs: the rules are asked in their order when a customer begins an episode, and again with their
//! next words as long as none has applied and nobody has taken it.

use super::facts::{ConversationFacts, Said};
use super::rule::{Entry as Rule, LanguageMatch};
use crate::campaign::follow;
use crate::condition::{Fact, Facts, Field};
use crate::conversation::assign::{Assignment, assign};
use crate::conversation::label::prioritize;
use crate::event::conversation::Origin;
use crate::event::routing::*;
use crate::event::{Event, StreamId};
use crate::ids::*;
use crate::queue::{Entry, QueueId, Triage};
use crate::step::Step;

/// Rules that did not apply and are named in the event, at most.
pub const PASSED_MAX: usize = 50;
/// Before a language in the name of a skill.
pub const LANGUAGE_SKILL: &str = "language-";

/// Asks the rules about a conversation, if a customer's words in this command call for it.
pub(crate) fn triage(step: &mut Step<'_>, id: ConversationId) {
    if step.world.rules.iter().len() == 0 && step.world.campaigns.iter().len() == 0 {
        return;
    }
    let chosen = handed_over(step, id);
    let is_asked = |entry: &&Entry| if chosen.is_some() { entry.assignee_id.is_none() } else { is_asked(entry) };
    let Some(entry) = step.world.queues.board().entry(id).filter(is_asked).cloned() else { return };
    if follow::triage(step, &entry) || step.world.rules.iter().len() == 0 {
        return;
    }
    let Some(said) = said(step, id, chosen.unwrap_or_default()) else { return };
    let Some(event) = decide(step, &entry, &said) else { return };
    // That no rule applied is said once in an episode, and not where none was asked; that the same does again, never.
    match event.rule {
        None if entry.triage != Triage::NotAsked || event.passed.is_empty() => return,
        Some(rule) if entry.triage == Triage::Ruled(rule.rule_id) => return,
        None | Some(_) => {}
    }
    let (queue, priority, rule) = (event.queue_id, event.priority, event.rule);
    step.emit(StreamId::Conversation(id), event);
    let Some(rule) = rule else { return };
    let reason = step.world.rules.get(rule.rule_id).map(|entry| format!("routing rule {}", entry.rule.name));
    if queue != entry.queue_id() {
        // The owner of before is only a hint: the conversation is another team's now.
        let moved = Assignment { team_id: Some(queue.team_id()), reason, ..Assignment::default() };
        // A rule whose queue is gone by now leaves the conversation where it is.
        let _ = assign(step, id, &moved);
    }
    let _ = prioritize(step, id, priority);
}

fn is_asked(entry: &Entry) -> bool {
    match entry.triage {
        Triage::NotAsked => true,
        Triage::NoRule => entry.assignee_id.is_none() && !entry.answered,
        Triage::Ruled(_) | Triage::Named | Triage::Campaign(_) => false,
    }
}

/// What the customer chose before a bot handed the conversation over, if it did in this command and named no queue.
fn handed_over(step: &Step<'_>, id: ConversationId) -> Option<Vec<String>> {
    let newest = step.made_in(StreamId::Conversation(id)).rev().find_map(|event| match event {
        Event::ConversationHandedOff(event) => Some(event),
        _ => None,
    });
    newest.filter(|event| event.queue_id.is_none()).map(|event| event.chosen.clone())
}

/// The newest words of the customer in this command, if they count, and what they chose before.
fn said(step: &Step<'_>, id: ConversationId, chosen: Vec<String>) -> Option<Said> {
    let newest = step.made_in(StreamId::Conversation(id)).rev().find_map(|event| match event {
        Event::MessageReceived(event) if event.asks() => {
            let private = event.private.as_ref()?;
            Some(Said::of(&private.content, private.referral.as_ref()))
        }
        _ => None,
    });
    match newest {
        None if chosen.is_empty() => None,
        newest => Some(newest.unwrap_or_default().with(&chosen)),
    }
}

/// What the rules say. `None`: the conversation is not there.
pub(crate) fn decide(step: &mut Step<'_>, entry: &Entry, said: &Said) -> Option<ConversationTriaged> {
    let (last_assignee_id, last_resolved_at) = last_owner(step, entry);
    let conversation = step.conversation(entry.id)?;
    let (tags, origin) = (conversation.tags.iter().cloned().collect(), conversation.origin);
    let facts = ConversationFacts {
        world: step.world,
        entry,
        said,
        tags,
        origin,
        last_assignee_id,
        last_resolved_at,
        returning: entry.episode > 1 || entry.previous.is_some(),
        now: step.now,
    };
    Some(ask(step.world.rules.iter(), entry, &facts))
}

/// Asks rules in their order.
pub fn ask<'r>(rules: impl Iterator<Item = &'r Rule>, entry: &Entry, facts: &dyn Facts) -> ConversationTriaged {
    let mut event = ConversationTriaged {
        conversation_id: entry.id,
        episode: entry.episode,
        rule: None,
        campaign_id: None,
        queue_id: entry.queue_id(),
        priority: entry.priority,
        demand: Demand::default(),
        passed: Vec::new(),
    };
    for Rule { id, version, rule } in rules {
        if !rule.enabled || rule.brand_id.is_some_and(|brand| brand != entry.brand_id) {
            continue;
        }
        let fits_brand = match rule.then.queue_id {
            Some(QueueId::Common(brand)) => brand == entry.brand_id,
            _ => true,
        };
        match rule.when.refused_by(facts).or_else(|| (!fits_brand).then(|| "/then/queue_id".to_owned())) {
            Some(failed_at) => {
                if event.passed.len() < PASSED_MAX {
                    event.passed.push(PassedRule { rule_id: *id, version: *version, failed_at });
                }
            }
            None => {
                event.rule = Some(RuleVersion { rule_id: *id, version: *version });
                event.queue_id = rule.then.queue_id.unwrap_or(event.queue_id);
                event.priority = rule.then.priority.unwrap_or(event.priority);
                event.demand = rule.then.demand.clone();
                add_language(&mut event.demand, rule.then.language, facts);
                break;
            }
        }
    }
    event
}

/// The contact's language as a skill.
fn add_language(demand: &mut Demand, wanted: Option<LanguageMatch>, facts: &dyn Facts) {
    let language = match facts.fact(&Field::Language) {
        Fact::Text(text) => text.to_lowercase(),
        Fact::Owned(text) => text.to_lowercase(),
        _ => return,
    };
    let skill = format!("{LANGUAGE_SKILL}{language}");
    match wanted {
        Some(LanguageMatch::Required) => demand.skills.required.insert(skill),
        Some(LanguageMatch::Preferred) => demand.skills.preferred.insert(skill),
        None => return,
    };
}

/// Who had the contact last, and when that ended: in this conversation, in the one before it, or on another channel.
pub(crate) fn last_owner(step: &mut Step<'_>, entry: &Entry) -> (Option<UserId>, Option<crate::time::Timestamp>) {
    let mut ids: Vec<ConversationId> = entry.previous.into_iter().collect();
    if ids.is_empty() && entry.hint.is_none() {
        let threads = step.world.threads_of(entry.contact_id).into_iter();
        ids.extend(threads.map(|thread| thread.conversation_id).filter(|id| *id != entry.id));
    }
    let mut last = (entry.hint, None);
    for id in ids {
        let Some(conversation) = step.conversation(id) else { continue };
        let ended = conversation.resolved_at;
        if ended > last.1 || last == (None, None) {
            last = (conversation.assignee_id.or(last.0), ended);
        }
    }
    last
}

impl Origin {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Campaign => "campaign",
            Self::PhoneApp => "phone_app",
            Self::History => "history",
        }
    }
}

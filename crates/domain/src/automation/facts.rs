//! What a rule's condition sees: the event that fired it, and its conversation as it stands when the rule is asked.

use crate::condition::{Fact, Facts, Field};
use crate::conversation::Conversation;
use crate::event::{Actor, Event};
use crate::ids::*;
use crate::queue::Entry;
use crate::routing::facts::{ConversationFacts, Said};
use crate::sla::Metric;
use crate::step::Step;
use crate::time::Timestamp;

/// What the event says.
#[derive(Debug, Clone, Default)]
pub(super) struct OnEvent {
    pub(super) said: Said,
    pub(super) author: Option<&'static str>,
    pub(super) rating: Option<u8>,
    pub(super) metric: Option<Metric>,
}

impl OnEvent {
    pub(super) fn of(event: &Event, actor: Actor) -> Self {
        let author = Some(match (event, actor) {
            (Event::MessageReceived(_) | Event::CsatAnswered(_), _) | (_, Actor::Contact(_) | Actor::Provider) => {
                "customer"
            }
            (_, Actor::User(_) | Actor::Key { .. }) => "agent",
            (_, Actor::Rule(_)) => "automation",
            (_, Actor::System) => "system",
        });
        match event {
            Event::MessageReceived(event) => {
                let private = event.private.as_ref();
                let said = private.map(|private| Said::of(&private.content, private.referral.as_ref()));
                Self { said: said.unwrap_or_default(), author, ..Self::default() }
            }
            Event::CsatAnswered(event) => Self { rating: Some(event.score), author, ..Self::default() },
            Event::SlaAtRisk(event) => Self { metric: Some(event.metric), author, ..Self::default() },
            Event::SlaBreached(event) => Self { metric: Some(event.metric), author, ..Self::default() },
            _ => Self { author, ..Self::default() },
        }
    }
}

/// See the module.
pub(super) struct AutomationFacts<'a> {
    base: ConversationFacts<'a>,
    conversation: &'a Conversation,
    on: &'a OnEvent,
}

/// What is put together once for all rules that are asked about an event.
pub(super) struct Ground {
    entry: Entry,
    last: (Option<UserId>, Option<Timestamp>),
}

impl Ground {
    /// `looks_back`: whether any condition asks who had the contact before.
    pub(super) fn of(step: &mut Step<'_>, id: ConversationId, looks_back: bool) -> Option<Self> {
        let running = step.world.queues.board().entry(id).cloned();
        let entry = running.or_else(|| step.conversation(id).map(Entry::of))?;
        let last = if looks_back { crate::routing::triage::last_owner(step, &entry) } else { (None, None) };
        Some(Self { entry, last })
    }

    pub(super) fn facts<'a>(
        &'a self,
        step: &'a Step<'_>,
        conversation: &'a Conversation,
        on: &'a OnEvent,
    ) -> AutomationFacts<'a> {
        let base = ConversationFacts {
            world: step.world,
            entry: &self.entry,
            said: &on.said,
            tags: conversation.tags.iter().cloned().collect(),
            origin: conversation.origin,
            last_assignee_id: self.last.0,
            last_resolved_at: self.last.1,
            returning: conversation.returning || conversation.episode > 1,
            now: step.now,
        };
        AutomationFacts { base, conversation, on }
    }
}

impl Facts for AutomationFacts<'_> {
    fn fact(&self, field: &Field) -> Fact<'_> {
        let conversation = self.conversation;
        match field {
            Field::AssigneeId => conversation.assignee_id.map_or(Fact::Absent, |user| Fact::Owned(user.to_string())),
            Field::Rating => self.on.rating.map_or(Fact::Absent, |rating| Fact::Number(f64::from(rating))),
            Field::SlaMetric => self.on.metric.map_or(Fact::Absent, |metric| Fact::Text(metric.as_str())),
            Field::Author => self.on.author.map_or(Fact::Absent, Fact::Text),
            field => self.base.fact(field),
        }
    }
}

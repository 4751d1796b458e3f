//! What would become of a conversation under other rules: the same questions, asked without making anything happen.

use super::facts::{ConversationFacts, Said};
use super::route::{Decision, route};
use super::rule::Entry as Rule;
use super::triage::ask;
use crate::conversation::Status;
use crate::event::conversation::Origin;
use crate::event::routing::{ConversationTriaged, Demand};
use crate::ids::*;
use crate::queue::{Entry, QueueId};
use crate::time::Timestamp;
use crate::world::World;

/// A conversation at the moment of its customer's words.
#[derive(Debug, Clone)]
pub struct Case {
    pub entry: Entry,
    pub said: Said,
    pub tags: Vec<String>,
    pub origin: Origin,
    pub returning: bool,
    pub last_resolved_at: Option<Timestamp>,
}

/// What would have happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    pub triaged: ConversationTriaged,
    /// Whom it would have been given to; absent where people take for themselves.
    pub decision: Option<Decision>,
}

impl Case {
    /// A customer's first words on a channel, made up.
    pub fn sample(
        world: &World,
        channel: ChannelId,
        contact: Option<ContactId>,
        said: Said,
        now: Timestamp,
    ) -> Option<Self> {
        let known = world.channels.get(&channel)?;
        let brand = known.config.brand_id;
        let entry = Entry::sample(channel, brand, contact.unwrap_or(ContactId::from_u128(0)), known.team_id, now);
        let returning = contact.is_some_and(|contact| !world.threads_of(contact).is_empty());
        Some(Self { entry, said, tags: Vec::new(), origin: Origin::Inbound, returning, last_resolved_at: None })
    }
}

/// Asks these rules, and then the queue they lead to.
pub fn simulate(world: &World, rules: &[Rule], case: &Case, now: Timestamp) -> Simulated {
    let facts = ConversationFacts {
        world,
        entry: &case.entry,
        said: &case.said,
        tags: case.tags.clone(),
        origin: case.origin,
        last_assignee_id: case.entry.hint,
        last_resolved_at: case.last_resolved_at,
        returning: case.returning,
        now,
    };
    let triaged = ask(rules.iter(), &case.entry, &facts);
    let mut entry = case.entry.clone();
    entry.team_id = triaged.queue_id.team_id();
    entry.priority = triaged.priority;
    entry.demand = (triaged.demand != Demand::default()).then(|| Box::new(triaged.demand.clone()));
    (entry.status, entry.assignee_id, entry.entered_at) = (Status::Open, None, now);
    let overridden = entry.demand.as_ref().is_some_and(|demand| demand.strategies.is_some());
    let given_out = overridden || world.queues.settings(entry.queue_id()).assigns();
    let decision = given_out.then(|| route(world, &entry, entry.hint, now));
    Simulated { triaged, decision }
}

impl Simulated {
    /// The queue it would lie in.
    pub fn queue_id(&self) -> QueueId {
        self.triaged.queue_id
    }
    /// Who would have it.
    pub fn user_id(&self) -> Option<UserId> {
        self.decision.as_ref().and_then(|decision| decision.choice.ok()).map(|(user, _)| user)
    }
}

//! Dry runs of routing: what other rules would have done with a sample, or with what really came in, without anything
//! happening. A range of the log is replayed into a world of its own, so that every question is asked on the state of then.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use domain::access::{Action, Principal};
use domain::condition::folded;
use domain::conversation::Priority;
use domain::event::routing::{HoldReason, Outcome};
use domain::event::{Event, Recorded};
use domain::ids::*;
use domain::queue::{QueueId, Triage};
use domain::rejection::Rejection;
use domain::routing::Said;
use domain::routing::rule::{self, RoutingRule};
use domain::routing::simulate::{Case, Simulated, simulate};
use domain::world::World;

use crate::codec::{decode, decode_open};
use crate::queries::{Answer, unreadable};
use crate::{Desk, Failure};

/// Positions of a range at most.
pub const RANGE_MAX: u64 = 100_000;
/// Conversations answered at most, those that differ first.
pub const SHOWN_MAX: usize = 500;
/// Events read at a time.
const PAGE: usize = 2_000;

/// A customer's first words, made up.
#[derive(Debug, Clone)]
pub struct Sample {
    pub channel_id: ChannelId,
    pub contact_id: Option<ContactId>,
    pub text: String,
}

/// What really became of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Actual {
    pub rule_id: Option<RoutingRuleId>,
    pub queue_id: QueueId,
    pub priority: Priority,
    /// Whoever was first given it, up to the end of the range.
    pub user_id: Option<UserId>,
}

/// One conversation's episode in a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    pub conversation_id: ConversationId,
    pub pos: u64,
    pub simulated: Simulated,
    pub actual: Actual,
}

impl Compared {
    /// Whether it would have come to somebody, or somewhere, else.
    pub fn differs(&self) -> bool {
        let simulated = &self.simulated;
        let given = simulated.decision.is_some() && simulated.user_id() != self.actual.user_id;
        simulated.queue_id() != self.actual.queue_id || simulated.triaged.priority != self.actual.priority || given
    }
}

/// A range's answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// Episodes that began in the range, of those the asker sees.
    pub looked_at: usize,
    pub differing: usize,
    /// At most [`SHOWN_MAX`], those that differ first.
    pub shown: Vec<Compared>,
}

/// Held while a range is read. A desk reads one at a time, for whichever kind of simulation: each reads the log from its beginning.
pub(crate) struct Running(Desk);

impl Running {
    pub(crate) fn begin(desk: &Desk) -> Option<Self> {
        let runs = desk.shared.simulating.swap(true, Ordering::AcqRel);
        (!runs).then(|| Self(desk.clone()))
    }
}
impl Drop for Running {
    fn drop(&mut self) {
        self.0.shared.simulating.store(false, Ordering::Release);
    }
}

impl Desk {
    /// What a customer's first words would lead to at this moment. `rules`: instead of those there are.
    pub async fn simulate_sample(
        &self,
        principal: &Principal,
        rules: Option<Vec<RoutingRule>>,
        sample: Sample,
    ) -> Answer<Simulated> {
        let by = principal.clone();
        let done = self
            .run(principal.actor(), move |step| {
                let by = step.world.roster.current(&by).ok_or(Rejection::SessionEnded)?;
                Rejection::unless_allowed(domain::access::authorize(
                    &by,
                    Action::RoutingRead,
                    domain::access::Standing::Workspace,
                ))?;
                let unknown = |field| Rejection::UnknownReference { field };
                let brand = step.world.channels.get(&sample.channel_id).map(|channel| channel.config.brand_id);
                let brand = brand.filter(|brand| by.rights().in_brand(*brand)).ok_or(unknown("sample/channel_id"))?;
                let of_brand = |id: &ContactId| step.world.contacts.get(id).is_some_and(|it| it.brand_id == brand);
                if sample.contact_id.as_ref().is_some_and(|id| !of_brand(id)) {
                    return Err(unknown("sample/contact_id"));
                }
                let rules = numbered(step.world, &by, rules)?;
                let said = Said { text: Some(folded(&sample.text).into_owned()), ..Said::default() };
                let case = Case::sample(step.world, sample.channel_id, sample.contact_id, said, step.now);
                let case = case.ok_or(unknown("sample/channel_id"))?;
                Ok(simulate(step.world, &rules, &case, step.now))
            })
            .await?;
        Ok(done.value)
    }

    /// What other rules would have done with what began in these positions. Blocks: for a thread that may.
    pub fn simulate_range(
        &self,
        principal: &Principal,
        rules: Option<Vec<RoutingRule>>,
        from_pos: u64,
        to_pos: u64,
    ) -> Answer<Comparison> {
        self.allow(principal, Action::RoutingRead)?;
        let to_pos = to_pos.min(self.position());
        if from_pos > to_pos || to_pos - from_pos >= RANGE_MAX {
            let detail = format!("1 to {RANGE_MAX} positions that exist, from the lower to the higher");
            return Err(Rejection::Invalid { field: "range", detail }.into());
        }
        let _running = Running::begin(self).ok_or(Failure::Overloaded)?;
        let mut replay =
            Replay { desk: self, world: World::new(), found: BTreeMap::new(), rules: Vec::new(), asker: principal };
        let mut after = 0;
        let mut begun = false;
        while after < to_pos {
            let events = self.reader().read(after, PAGE).map_err(|error| unreadable(error.into()))?;
            let Some(last) = events.last().map(|stored| stored.pos) else { break };
            for stored in events.iter().take_while(|stored| stored.pos <= to_pos) {
                let inside = stored.pos >= from_pos;
                if inside && !begun {
                    replay.rules = numbered(&replay.world, principal, rules.clone())?;
                    begun = true;
                }
                let recorded = decode(stored).map_err(unreadable)?;
                if inside && matches!(recorded.event, Event::MessageReceived(_)) {
                    let open = decode_open(self.reader(), stored).map_err(unreadable)?;
                    replay.message(&open, rules.is_none());
                }
                replay.apply(&recorded);
            }
            after = last;
        }
        Ok(replay.finish())
    }
}

/// The rules to ask, with those that are only a draft numbered from 1.
fn numbered(world: &World, by: &Principal, rules: Option<Vec<RoutingRule>>) -> Result<Vec<rule::Entry>, Rejection> {
    let Some(rules) = rules else { return Ok(world.rules.iter().cloned().collect()) };
    let mut numbered = Vec::with_capacity(rules.len());
    for (index, draft) in rules.into_iter().enumerate() {
        let mut errors = rule::errors(world, by, &draft);
        if !errors.is_empty() {
            for error in &mut errors {
                error.pointer = format!("/rules/{index}{}", error.pointer);
            }
            return Err(Rejection::Fields(errors));
        }
        let id = RoutingRuleId::from_u128(index as u128 + 1);
        numbered.push(rule::Entry { id, version: 0, rule: draft });
    }
    Ok(numbered)
}

struct Replay<'a> {
    desk: &'a Desk,
    world: World,
    rules: Vec<rule::Entry>,
    asker: &'a Principal,
    found: BTreeMap<(ConversationId, u32), Compared>,
}

impl Replay<'_> {
    /// A customer's words, before their event is applied: begins, or is the next of, an episode that nobody has taken.
    fn message(&mut self, recorded: &Recorded, present_rules: bool) {
        let Event::MessageReceived(event) = &recorded.event else { return };
        let id = event.conversation_id;
        let Some(entry) = self.world.queues.board().entry(id).cloned() else { return };
        let sees =
            |views: &projections::Views| views.inbox.get(id).is_some_and(|row| views.inbox.sees(self.asker, &row));
        if !event.asks() || !self.desk.view(sees) {
            return;
        }
        let known = self.found.get(&(id, entry.episode)).map(|known| known.simulated.triaged.rule.is_some());
        let is_first = known.is_none() && entry.triage == Triage::NotAsked && !entry.answered;
        // Later words are asked where the earlier ones led nowhere, as the desk does.
        let is_next = known == Some(false) && entry.assignee_id.is_none() && !entry.answered;
        if !is_first && !is_next {
            return;
        }
        if present_rules {
            self.rules = self.world.rules.iter().cloned().collect();
        }
        let Some(private) = &event.private else { return };
        let conversation = self.world.conversations.get(&id);
        let case = Case {
            said: Said::of(&private.content, private.referral.as_ref()),
            tags: conversation.map(|it| it.tags.iter().cloned().collect()).unwrap_or_default(),
            origin: conversation.map_or(domain::event::conversation::Origin::Inbound, |it| it.origin),
            returning: entry.episode > 1 || entry.previous.is_some(),
            last_resolved_at: None,
            entry,
        };
        let simulated = simulate(&self.world, &self.rules, &case, recorded.recorded_at);
        if is_next && simulated.triaged.rule.is_none() {
            return;
        }
        let actual = Actual {
            rule_id: None,
            queue_id: case.entry.queue_id(),
            priority: case.entry.priority,
            user_id: case.entry.assignee_id,
        };
        let key = (id, case.entry.episode);
        let actual = self.found.remove(&key).map_or(actual, |known| known.actual);
        self.found.insert(key, Compared { conversation_id: id, pos: recorded.pos, simulated, actual });
    }

    fn apply(&mut self, recorded: &Recorded) {
        self.world.follow(recorded);
        match &recorded.event {
            Event::ConversationResolved(event) => {
                // What is resolved leaves memory, as it does in the desk.
                self.world.conversations.remove(&event.conversation_id);
            }
            Event::ConversationTriaged(event) => self.change(event.conversation_id, |actual| {
                actual.rule_id = event.rule.map(|rule| rule.rule_id);
                (actual.queue_id, actual.priority) = (event.queue_id, event.priority);
            }),
            Event::ConversationRouted(event) => {
                if let Outcome::Assigned { user_id, .. } = event.outcome {
                    self.change(event.conversation_id, |actual| actual.user_id = actual.user_id.or(Some(user_id)));
                }
            }
            Event::ConversationAssigned(event) => {
                self.change(event.conversation_id, |actual| actual.user_id = actual.user_id.or(event.assignee_id));
            }
            _ => {}
        }
    }

    fn change(&mut self, id: ConversationId, change: impl FnOnce(&mut Actual)) {
        if let Some((_, compared)) = self.found.range_mut((id, 0)..=(id, u32::MAX)).next_back() {
            change(&mut compared.actual);
        }
    }

    fn finish(self) -> Comparison {
        let (looked_at, mut shown) = (self.found.len(), self.found.into_values().collect::<Vec<_>>());
        let differing = shown.iter().filter(|compared| compared.differs()).count();
        shown.sort_by_key(|compared| (!compared.differs(), compared.pos));
        shown.truncate(SHOWN_MAX);
        Comparison { looked_at, differing, shown }
    }
}

/// What kept somebody from having it.
pub fn hold_reason(simulated: &Simulated) -> Option<HoldReason> {
    simulated.decision.as_ref().and_then(|decision| decision.choice.err())
}

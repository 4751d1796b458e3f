//! The year itself: what people do next, in the order of time. Conversations follow scripts that chance writes as they go;
//! what the desk makes of it (who is given what, which promise breaks) is the desk's own.
//!
//! Memory follows the open work: a conversation leaves it once it can not be reopened any more.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use app::History;
use domain::availability::{self, Availability};
use domain::content::Content;
use domain::conversation::assign::Assignment;
use domain::conversation::change_status::{self, Resolve, resolve, snooze_due};
use domain::conversation::dispatch::{self, Outcome, Refusal};
use domain::conversation::receive_message::receive;
use domain::conversation::reply::{Reply, reply};
use domain::conversation::{Priority, Status, add_note, assign, label, observe_status};
use domain::event::Actor;
use domain::event::message::{AfterRefusal, Sender as Author};
use domain::identity::IdentityKind;
use domain::ids::{ConversationId, MessageId};
use domain::inbound::{CustomerMessage, Identity, ProviderError, Sender, StatusObservation};
use domain::time::{Millis, Timestamp};

use super::company::{Agent, Company};
use super::random::Random;
use super::{day, words};
use crate::exit::Exit;

/// Of new conversations, those of somebody who wrote before.
const RETURNING: f64 = 0.45;
/// A second message right after the first, by either side.
const TWICE: f64 = 0.25;
/// What may follow an answer.
const TAGGED: f64 = 0.12;
const NOTED: f64 = 0.05;
const PRIORITIZED: f64 = 0.02;
const PASSED_ON: f64 = 0.02;
const SNOOZED: f64 = 0.02;
const PENDING: f64 = 0.04;
/// Conversations that are left pending for weeks or months.
const LEFT: f64 = 0.12;
/// What may follow a resolution.
const THANKS: f64 = 0.25;
const ASKS_AGAIN: f64 = 0.10;
/// Of answers.
const REFUSED: f64 = 0.01;
const FAILED_LATER: f64 = 0.004;
const READ: f64 = 0.75;
/// After it, nothing reopens a conversation: the reopen window, and an hour.
const KEPT: Millis = Millis::hours(73);
/// How soon somebody looks again for what nobody could answer.
const AGAIN: Millis = Millis::minutes(5);

/// What comes next, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Begins {
        agent: usize,
    },
    Pauses {
        agent: usize,
    },
    Returns {
        agent: usize,
    },
    Ends {
        agent: usize,
    },
    Arrives,
    Writes {
        id: ConversationId,
        thanks: bool,
    },
    /// Somebody turns to it.
    Answers {
        id: ConversationId,
    },
    /// What they were writing is written.
    Replies {
        id: ConversationId,
        agent: usize,
    },
    Sent {
        id: ConversationId,
        message: MessageId,
    },
    Reported {
        message: u64,
        what: Report,
    },
    Wakes {
        id: ConversationId,
    },
    Resolves {
        id: ConversationId,
    },
    Forgotten {
        id: ConversationId,
        episode: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Report {
    Delivered { channel: usize },
    Read { channel: usize },
    Failed { channel: usize, id: ConversationId },
}

/// A conversation as its script knows it.
struct Story {
    customer: u64,
    channel: usize,
    /// Answers until it is resolved.
    left: u32,
    /// Somebody's turn is in the queue of what comes next.
    answering: bool,
}

pub(super) struct Year {
    history: History,
    company: Company,
    random: Random,
    messages: u32,
    next: BinaryHeap<Reverse<(Timestamp, u64, Next)>>,
    /// Breaks ties, and numbers what the provider numbers.
    count: u64,
    stories: HashMap<ConversationId, Story>,
    /// Those who wrote so far.
    customers: u64,
    /// Who has a conversation that runs or could be reopened.
    busy: HashMap<u64, ConversationId>,
    /// Conversations that were to begin and did not, in whole and parts.
    owed: f64,
    made: Made,
}

#[derive(Default)]
struct Made {
    conversations: u64,
    received: u64,
    replied: u64,
    resolved: u64,
}

impl Year {
    pub(super) fn new(history: History, company: Company, random: Random, messages: u32) -> Self {
        Self {
            history,
            company,
            random,
            messages,
            next: BinaryHeap::new(),
            count: 0,
            stories: HashMap::new(),
            customers: 0,
            busy: HashMap::new(),
            owed: 0.0,
            made: Made::default(),
        }
    }

    /// Everything that happens within an hour.
    pub(super) fn hour(&mut self, from: Timestamp, conversations: u64, length: Millis) -> Result<(), Exit> {
        let until = from + Millis::hours(1);
        if day::midnight(from) == from {
            self.shifts(from);
        }
        let weeks = length.0 as f64 / Millis::days(7).0 as f64;
        self.owed += conversations as f64 / weeks * day::share(from);
        while self.owed >= 1.0 {
            self.owed -= 1.0;
            let at = from + self.random.between(Millis(0), Millis::hours(1));
            self.push(at, Next::Arrives);
        }
        while let Some(Reverse((at, _, _))) = self.next.peek()
            && *at < until
        {
            let Some(Reverse((at, _, what))) = self.next.pop() else { break };
            self.history.pass(at)?;
            self.happens(at, what)?;
        }
        self.history.pass(until)?;
        Ok(())
    }

    pub(super) fn progress(&self, at: Timestamp, took: Duration) -> String {
        let (head, Made { conversations, received, replied, resolved }) = (self.history.head(), &self.made);
        format!(
            "{}: {conversations} conversations, {received} messages in, {replied} out, {resolved} resolutions, {} open; \
             {head} events, {:.0}/s",
            &at.to_rfc3339()[..10],
            self.history.world().queues.board().entries().len(),
            head as f64 / took.as_secs_f64()
        )
    }

    /// The provider's part of what was sent last is told, then the log is closed.
    pub(super) fn close(mut self) -> Result<(), Exit> {
        while let Some(Reverse((at, _, what))) = self.next.pop() {
            if matches!(what, Next::Sent { .. } | Next::Reported { .. }) {
                self.happens(at, what)?;
            }
        }
        Ok(self.history.close()?)
    }

    fn push(&mut self, at: Timestamp, what: Next) {
        self.count += 1;
        self.next.push(Reverse((at, self.count, what)));
    }

    fn shifts(&mut self, midnight: Timestamp) {
        for agent in 0..self.company.agents.len() {
            let well = !self.random.chance(0.03);
            if well && day::works(agent, midnight) {
                let begins = midnight + Millis::hours(day::begins(agent));
                let soon = |random: &mut Random| random.between(Millis::minutes(-8), Millis::minutes(8));
                let moments = [
                    (begins + soon(&mut self.random), Next::Begins { agent }),
                    (begins + Millis::hours(4) + soon(&mut self.random), Next::Pauses { agent }),
                    (begins + Millis::minutes(285) + soon(&mut self.random), Next::Returns { agent }),
                    (begins + Millis::minutes(510) + soon(&mut self.random), Next::Ends { agent }),
                ];
                moments.into_iter().for_each(|(at, what)| self.push(at, what));
            }
        }
    }

    fn happens(&mut self, at: Timestamp, what: Next) -> Result<(), Exit> {
        match what {
            Next::Begins { agent } | Next::Returns { agent } => self.turns(at, agent, Availability::Available),
            Next::Pauses { agent } => self.turns(at, agent, Availability::Away),
            Next::Ends { agent } => self.turns(at, agent, Availability::Offline),
            Next::Arrives => self.arrives(at),
            Next::Writes { id, thanks } => self.writes(at, id, thanks),
            Next::Answers { id } => self.answers(at, id),
            Next::Replies { id, agent } => self.replies(at, id, agent),
            Next::Sent { id, message } => self.sent(at, id, message),
            Next::Reported { message, what } => self.reported(at, message, what),
            Next::Wakes { id } => self.wakes(at, id),
            Next::Resolves { id } => self.resolves(at, id),
            Next::Forgotten { id, episode } => self.forgotten(id, episode),
        }
    }

    fn turns(&mut self, at: Timestamp, agent: usize, to: Availability) -> Result<(), Exit> {
        let Agent { id, .. } = self.company.agents[agent];
        let Some(principal) = self.history.world().roster.principal(id).cloned() else { return Ok(()) };
        let wish = availability::Wish { availability: to, until: None, note: None };
        let set = |step: &mut domain::step::Step<'_>| availability::set(step, &principal, id, wish, false);
        self.history.decide(at, Actor::User(id), set)?.map_err(Exit::software)
    }

    fn arrives(&mut self, at: Timestamp) -> Result<(), Exit> {
        let customer = if self.customers > 100 && self.random.chance(RETURNING) {
            // Whoever is being answered already writes there, and somebody else begins.
            let known = (0..4).map(|_| self.random.below(self.customers as usize) as u64);
            known.collect::<Vec<_>>().into_iter().find(|customer| !self.busy.contains_key(customer))
        } else {
            None
        };
        let customer = customer.unwrap_or_else(|| {
            self.customers += 1;
            self.customers - 1
        });
        let channel = [0, 0, 0, 1, 2, 2, 2, 2, 3, 3][(customer % 10) as usize];
        let text = words::opening(&mut self.random);
        let mean = f64::from(self.messages) / (2.0 * (1.0 + TWICE)) + 0.3;
        let left = self.random.count(mean.max(1.0));
        let Some(id) = self.message(at, customer, channel, text)? else { return Ok(()) };
        self.made.conversations += 1;
        self.busy.insert(customer, id);
        self.stories.insert(id, Story { customer, channel, left, answering: false });
        self.asked(at, id);
        Ok(())
    }

    /// A customer's message, stored.
    fn message(
        &mut self,
        at: Timestamp,
        customer: u64,
        channel: usize,
        text: String,
    ) -> Result<Option<ConversationId>, Exit> {
        self.count += 1;
        let number = 15_550_000_000 + customer;
        let identity = |kind, value| Identity { kind, value };
        let message = CustomerMessage {
            from: Sender {
                identities: vec![
                    identity(IdentityKind::Bsuid, format!("US.{number}0001")),
                    identity(IdentityKind::WaId, number.to_string()),
                ],
                profile_name: Some(format!("Customer {customer}")),
                username: None,
            },
            group_id: None,
            provider_id: format!("wamid.in{:020}", self.count),
            at: at - self.random.between(Millis(200), Millis(2_000)),
            content: Content::text(text),
            context: None,
            referral: None,
            errors: None,
            raw: None,
        };
        let (channel, _) = self.company.numbers[channel];
        let place = self.history.decide(at, Actor::Provider, |step| receive(step, channel, message))?;
        self.made.received += u64::from(place.is_some());
        Ok(place.map(|place| place.conversation_id))
    }

    /// Somebody's turn comes, unless it is to come already. Now and then the customer adds something first.
    fn asked(&mut self, at: Timestamp, id: ConversationId) {
        if self.random.chance(TWICE) {
            let again = at + self.random.about(Millis::seconds(40));
            self.push(again, Next::Writes { id, thanks: false });
        }
        let soon = at + self.random.about(Millis::seconds(70));
        self.turn(soon, id);
    }

    fn turn(&mut self, at: Timestamp, id: ConversationId) {
        let waits = self.stories.get_mut(&id).is_some_and(|story| !std::mem::replace(&mut story.answering, true));
        if waits {
            self.push(at, Next::Answers { id });
        }
    }

    fn writes(&mut self, at: Timestamp, id: ConversationId, thanks: bool) -> Result<(), Exit> {
        let Some(story) = self.stories.get(&id) else { return Ok(()) };
        let (customer, channel) = (story.customer, story.channel);
        let resolved = self.status(id) == Some(Status::Resolved);
        // An afterthought that came too late is not sent.
        let text = if thanks { "Thanks".to_owned() } else { words::follow_up(&mut self.random) };
        let Some(into) = self.message(at, customer, channel, text)? else { return Ok(()) };
        if thanks || into != id {
            return Ok(());
        }
        if resolved {
            let left = self.random.count(2.0);
            if let Some(story) = self.stories.get_mut(&id) {
                (story.left, story.answering) = (left, false);
            }
        }
        let soon = at + self.random.about(Millis::seconds(90));
        self.turn(soon, id);
        Ok(())
    }

    fn status(&self, id: ConversationId) -> Option<Status> {
        self.history.world().conversations.get(&id).map(|conversation| conversation.status)
    }

    fn answers(&mut self, at: Timestamp, id: ConversationId) -> Result<(), Exit> {
        let world = self.history.world();
        let Some(conversation) = world.conversations.get(&id) else { return Ok(()) };
        if conversation.status == Status::Resolved {
            self.stories.get_mut(&id).into_iter().for_each(|story| story.answering = false);
            return Ok(());
        }
        let owner = conversation.assignee_id;
        let there = |agent: &Agent| {
            let state = world.availability.of(agent.id);
            Some(agent.id) == owner && state.is_some_and(|state| state.availability == Availability::Available)
        };
        let Some(agent) = self.company.agents.iter().position(there) else {
            let again = at + AGAIN + self.random.between(Millis(0), Millis::minutes(2));
            self.push(again, Next::Answers { id });
            return Ok(());
        };
        let begins = self.company.agents[agent].busy_until.max(at);
        if begins > at {
            self.push(begins + Millis::seconds(1), Next::Answers { id });
            return Ok(());
        }
        let user = self.company.agents[agent].id;
        if self.random.chance(0.6) {
            let read = |step: &mut domain::step::Step<'_>| label::mark_read(step, id, user, None, false);
            self.history.try_decide(at, Actor::User(user), read)?.map_err(Exit::software)?;
        }
        let written = at + self.random.about(Millis::seconds(45));
        // They write to several at once.
        self.company.agents[agent].busy_until = at + Millis((written - at).0 / 3);
        self.push(written, Next::Replies { id, agent });
        Ok(())
    }

    fn replies(&mut self, at: Timestamp, id: ConversationId, agent: usize) -> Result<(), Exit> {
        let user = self.company.agents[agent].id;
        let Some(conversation) = self.history.world().conversations.get(&id) else { return Ok(()) };
        let (theirs, status) = (conversation.assignee_id == Some(user), conversation.status);
        let Some(story) = self.stories.get_mut(&id) else { return Ok(()) };
        story.answering = false;
        if status == Status::Resolved {
            return Ok(());
        }
        if !theirs {
            self.turn(at, id);
            return Ok(());
        }
        let answers = 1 + usize::from(self.random.chance(TWICE));
        for n in 0..answers {
            let wanted = Reply {
                conversation_id: id,
                sender: Author::User(user),
                content: Content::text(words::answer(&mut self.random)),
                reply_to_id: None,
                context_provider_id: None,
                client_ref: None,
                media_id: None,
                after_pos: None,
            };
            let written = at + Millis::seconds(20 * n as i64);
            match self.history.try_decide(written, Actor::User(user), |step| reply(step, &wanted))? {
                Ok(message) => {
                    self.made.replied += 1;
                    self.push(written + Millis(120), Next::Sent { id, message });
                }
                // The window is closed: nobody may write any more.
                Err(_) => {
                    self.push(at + Millis::minutes(1), Next::Resolves { id });
                    return Ok(());
                }
            }
        }
        self.beside(at + Millis::seconds(25), id, user)?;
        self.goes_on(at + Millis::seconds(30), id, user)
    }

    /// What somebody does while they are at it.
    fn beside(&mut self, at: Timestamp, id: ConversationId, user: domain::ids::UserId) -> Result<(), Exit> {
        let actor = Actor::User(user);
        if self.random.chance(TAGGED) {
            let tag = *self.random.of(&words::TAGS);
            self.history.try_decide(at, actor, |step| label::tag(step, id, tag))?.map_err(Exit::software)?;
        }
        if self.random.chance(NOTED) {
            let new = add_note::NewNote { body: words::note(&mut self.random), ..Default::default() };
            self.history.try_decide(at, actor, |step| add_note::add(step, id, user, &new))?.map_err(Exit::software)?;
        }
        if self.random.chance(PRIORITIZED) {
            let priority = *self.random.of(&[Priority::Low, Priority::High, Priority::Urgent]);
            let set = |step: &mut domain::step::Step<'_>| label::prioritize(step, id, priority);
            self.history.try_decide(at, actor, set)?.map_err(Exit::software)?;
        }
        Ok(())
    }

    fn goes_on(&mut self, at: Timestamp, id: ConversationId, user: domain::ids::UserId) -> Result<(), Exit> {
        let Some(story) = self.stories.get_mut(&id) else { return Ok(()) };
        story.left = story.left.saturating_sub(1);
        let (over, channel) = (story.left == 0, story.channel);
        let actor = Actor::User(user);
        if over {
            let later = at + self.random.about(Millis::minutes(4));
            self.push(later, Next::Resolves { id });
            return Ok(());
        }
        if self.random.chance(LEFT / f64::from(self.messages) * 2.0) {
            self.change(at, actor, id, Status::Pending, None)?;
            let later = at + self.random.between(Millis::days(20), Millis::days(160));
            self.push(later, Next::Resolves { id });
            return Ok(());
        }
        if self.random.chance(PASSED_ON) {
            let brand = self.company.numbers[channel].1;
            let teams: Vec<_> = self.company.teams.iter().filter(|(_, of)| *of == brand).collect();
            let team = self.random.of(&teams).0;
            let wanted = Assignment { team_id: Some(Some(team)), ..Assignment::default() };
            self.history.try_decide(at, actor, |step| assign::assign(step, id, &wanted))?.map_err(Exit::software)?;
        }
        if self.random.chance(SNOOZED) {
            let until = at + self.random.between(Millis::hours(1), Millis::hours(20));
            self.change(at, actor, id, Status::Snoozed, Some(until))?;
            self.push(until, Next::Wakes { id });
            self.turn(until + Millis::minutes(2), id);
            return Ok(());
        }
        if self.random.chance(PENDING) {
            self.change(at, actor, id, Status::Pending, None)?;
        }
        let pause = if self.random.chance(0.08) { Millis::hours(3) } else { Millis::minutes(2) };
        let writes = at + self.random.about(pause);
        self.push(writes, Next::Writes { id, thanks: false });
        Ok(())
    }

    fn change(
        &mut self,
        at: Timestamp,
        actor: Actor,
        id: ConversationId,
        to: Status,
        until: Option<Timestamp>,
    ) -> Result<(), Exit> {
        // A customer who wrote in the same moment may have woken it; both are fine.
        let changed = |step: &mut domain::step::Step<'_>| change_status::change(step, id, to, until, None);
        self.history.try_decide(at, actor, changed)?.map_err(Exit::software)
    }

    fn wakes(&mut self, at: Timestamp, id: ConversationId) -> Result<(), Exit> {
        self.history.try_decide(at, Actor::System, |step| snooze_due(step, id))?.map_err(Exit::software)
    }

    fn resolves(&mut self, at: Timestamp, id: ConversationId) -> Result<(), Exit> {
        let Some(conversation) = self.history.world().conversations.get(&id) else { return Ok(()) };
        if conversation.status == Status::Resolved {
            return Ok(());
        }
        let by = conversation.assignee_id.or_else(|| {
            let brand = self.stories.get(&id).map(|story| self.company.numbers[story.channel].1);
            self.company.agents.iter().find(|agent| Some(agent.brand) == brand).map(|agent| agent.id)
        });
        let disposition = Some((*self.random.of(&words::DISPOSITIONS)).to_owned());
        let how = Resolve { disposition, ..Resolve::default() };
        let actor = by.map_or(Actor::System, Actor::User);
        self.history.try_decide(at, actor, |step| resolve(step, id, how))?.map_err(Exit::software)?;
        self.made.resolved += 1;
        let episode = self.history.world().conversations.get(&id).map_or(0, |conversation| conversation.episode);
        self.push(at + KEPT, Next::Forgotten { id, episode });
        if self.random.chance(THANKS) {
            let thanks = at + self.random.about(Millis::minutes(2));
            self.push(thanks, Next::Writes { id, thanks: true });
        }
        if self.random.chance(ASKS_AGAIN) {
            let again = at + self.random.between(Millis::hours(1), Millis::hours(70));
            self.push(again, Next::Writes { id, thanks: false });
        }
        Ok(())
    }

    fn forgotten(&mut self, id: ConversationId, episode: u32) -> Result<(), Exit> {
        let same = self
            .history
            .world()
            .conversations
            .get(&id)
            .is_none_or(|conversation| conversation.status == Status::Resolved && conversation.episode == episode);
        if same && let Some(story) = self.stories.remove(&id) {
            if self.busy.get(&story.customer) == Some(&id) {
                self.busy.remove(&story.customer);
            }
            self.history.forget(id)?;
        }
        Ok(())
    }

    fn sent(&mut self, at: Timestamp, id: ConversationId, message: MessageId) -> Result<(), Exit> {
        let start = |step: &mut domain::step::Step<'_>| dispatch::start(step, message);
        let Some(attempt) = self.history.try_decide(at, Actor::System, start)?.map_err(Exit::software)? else {
            return Ok(());
        };
        let ends = at + self.random.between(Millis(80), Millis(400));
        self.count += 1;
        let number = self.count;
        let refused = self.random.chance(REFUSED);
        let outcome = if refused {
            let error = Some(undeliverable());
            Outcome::Refused(Refusal { reason: "provider_refused", error, then: AfterRefusal::Fail, retry_at: None })
        } else {
            Outcome::Accepted { provider_id: provider_id(number), held: false, recipient: Vec::new() }
        };
        let finish = |step: &mut domain::step::Step<'_>| dispatch::finish(step, message, attempt, outcome);
        self.history.try_decide(ends, Actor::System, finish)?.map_err(Exit::software)?;
        if refused {
            self.repeats(ends, id);
            return Ok(());
        }
        let Some(channel) = self.stories.get(&id).map(|story| story.channel) else { return Ok(()) };
        let told = ends + self.random.about(Millis(900));
        if self.random.chance(FAILED_LATER) {
            self.push(told, Next::Reported { message: number, what: Report::Failed { channel, id } });
            return Ok(());
        }
        self.push(told, Next::Reported { message: number, what: Report::Delivered { channel } });
        if self.random.chance(READ) {
            let read = told + self.random.about(Millis::minutes(1));
            self.push(read, Next::Reported { message: number, what: Report::Read { channel } });
        }
        Ok(())
    }

    /// What did not arrive is written again.
    fn repeats(&mut self, at: Timestamp, id: ConversationId) {
        if self.status(id).is_some_and(|status| status != Status::Resolved) {
            self.stories.get_mut(&id).into_iter().for_each(|story| story.left += 1);
            let soon = at + self.random.about(Millis::minutes(3));
            self.turn(soon, id);
        }
    }

    fn reported(&mut self, at: Timestamp, number: u64, what: Report) -> Result<(), Exit> {
        let (status, channel, failed) = match what {
            Report::Delivered { channel } => ("delivered", channel, None),
            Report::Read { channel } => ("read", channel, None),
            Report::Failed { channel, id } => ("failed", channel, Some(id)),
        };
        let report = StatusObservation {
            provider_id: provider_id(number),
            status: status.to_owned(),
            at,
            participant: None,
            callback_data: None,
            recipient: Vec::new(),
            error: failed.map(|_| undeliverable()),
            pricing: None,
            conversation: None,
        };
        let (channel, _) = self.company.numbers[channel];
        self.history.decide(at, Actor::Provider, |step| observe_status::observe(step, channel, &report))?;
        if let Some(id) = failed {
            self.repeats(at, id);
        }
        Ok(())
    }
}

fn provider_id(number: u64) -> String {
    format!("wamid.out{number:020}")
}

fn undeliverable() -> ProviderError {
    ProviderError { code: 131_026, title: Some("Message undeliverable".to_owned()), detail: None }
}

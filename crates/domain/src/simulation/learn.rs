//! Reads a range as it was: how long people took, and what each customer's message came to, which is the matter's own and so stays
//! as it was whoever has it. Whether it was answered at all, and whether the conversation was then put aside or resolved.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{Command, is_decided};
use super::measures::brand_of;
use super::service::{Act, Observation, Service};
use crate::content::MessageKind;
use crate::conversation::Status;
use crate::event::conversation::{Cause, Origin};
use crate::event::message::Sender;
use crate::event::{Event, Recorded, StreamId};
use crate::ids::*;
use crate::time::{Millis, Timestamp};
use crate::world::World;

/// A customer's message in a conversation; without one, what was there before the range began.
pub type Mark = (ConversationId, Option<MessageId>);

/// What a message came to before the customer's next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matter {
    pub answered: bool,
    pub then: Then,
    /// It began an episode.
    pub began: bool,
}

/// What a person did with the conversation after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Then {
    #[default]
    Nothing,
    Pending,
    /// For how long; `None`: until the customer writes.
    Snoozed(Option<Millis>),
    Resolved,
}

/// What was learned.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    pub service: Service,
    pub matters: BTreeMap<Mark, Matter>,
    /// People who worked, and of whom it was never said whether they take work: they are taken to be at their desk throughout.
    pub always_there: BTreeSet<UserId>,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, Default)]
struct Course {
    /// A customer began the episode in the range.
    fresh: bool,
    message: Option<MessageId>,
    /// Since when the customer waits.
    asked: Option<Timestamp>,
    owner: Option<(UserId, Timestamp)>,
    /// Since when it lies in a queue.
    queued: Option<Timestamp>,
    answered: bool,
    last_word: Option<Timestamp>,
}

/// What somebody did last, and since when they are there.
#[derive(Debug, Clone, Copy, Default)]
struct Hands {
    busy_until: Option<Timestamp>,
    there_since: Option<Timestamp>,
    there: bool,
}

/// See the module.
pub struct Learner {
    courses: BTreeMap<ConversationId, Course>,
    hands: BTreeMap<UserId, Hands>,
    observed: Vec<Observation>,
    matters: BTreeMap<Mark, Matter>,
    spoken_of: BTreeSet<UserId>,
}

impl Learner {
    /// Before the range begins.
    pub fn new(world: &World) -> Self {
        let course = |entry: &crate::queue::Entry| Course {
            fresh: false,
            message: None,
            asked: entry.waiting_since,
            owner: entry.assignee_id.map(|user| (user, entry.entered_at)),
            queued: entry.assignee_id.is_none().then_some(entry.entered_at),
            answered: entry.answered,
            last_word: entry.waiting_since,
        };
        let courses = world.queues.board().entries().map(|entry| (entry.id, course(entry))).collect();
        let states = world.users.keys().filter_map(|user| Some((*user, world.availability.of(*user)?)));
        let hands = states
            .clone()
            .map(|(user, state)| (user, Hands { there: state.availability.is_at_desk(), ..Hands::default() }));
        let spoken_of = states.filter(|(_, state)| state.cause.is_some()).map(|(user, _)| user).collect();
        Self { courses, hands: hands.collect(), observed: Vec::new(), matters: BTreeMap::new(), spoken_of }
    }

    /// Takes a command of the log, in the world it led to.
    pub fn observe(&mut self, world: &World, command: &Command) {
        for recorded in &command.events {
            match (&recorded.event, recorded.stream) {
                (Event::AgentAvailabilityChanged(event), _) => {
                    self.spoken_of.insert(event.user_id);
                    let hands = self.hands.entry(event.user_id).or_default();
                    if event.to.is_at_desk() && !hands.there {
                        hands.there_since = Some(recorded.recorded_at);
                    }
                    hands.there = event.to.is_at_desk();
                }
                (_, StreamId::Conversation(id)) => self.of_conversation(world, id, recorded),
                _ => {}
            }
        }
    }

    /// Whether a message began an episode.
    pub fn began(&self, id: ConversationId, message: MessageId) -> bool {
        self.matters.get(&(id, Some(message))).is_some_and(|matter| matter.began)
    }

    pub fn finish(self, world: &World) -> Learned {
        // Whoever did nothing is not taken to be there to do something.
        let acted: BTreeSet<_> = self.observed.iter().map(|each| each.user_id).collect();
        let known = world.users.keys().filter(|user| acted.contains(user) && !self.spoken_of.contains(user));
        let always_there = known.copied().collect();
        Learned { service: Service::new(self.observed), matters: self.matters, always_there }
    }

    fn of_conversation(&mut self, world: &World, id: ConversationId, recorded: &Recorded) {
        let now = recorded.recorded_at;
        match &recorded.event {
            Event::ConversationOpened(event) => {
                let fresh = event.origin == Origin::Inbound;
                self.courses.insert(id, Course { fresh, queued: Some(now), ..Course::default() });
            }
            Event::ConversationReopened(event) => {
                let owner = event.assignee_id.map(|user| (user, now));
                let fresh = event.cause == Cause::CustomerMessage;
                let course = Course { fresh, queued: owner.is_none().then_some(now), owner, ..Course::default() };
                self.courses.insert(id, course);
            }
            Event::MessageReceived(event) if !event.blocked && !event.courtesy_after_resolve => {
                let course = self.courses.entry(id).or_default();
                let began = course.fresh && course.message.is_none();
                (course.message, course.last_word) = (Some(event.message_id), Some(now));
                course.asked = course.asked.or(Some(now));
                self.matters.insert((id, course.message), Matter { began, ..Matter::default() });
            }
            Event::ConversationAssigned(event) => {
                let course = self.courses.entry(id).or_default();
                let queued = course.queued;
                course.owner = event.assignee_id.map(|user| (user, now));
                course.queued = event.assignee_id.is_none().then_some(now);
                if let (Some(user), true) = (event.assignee_id, recorded.actor.user() == event.assignee_id) {
                    self.acted(world, id, user, Act::PickUp, queued, now);
                }
            }
            Event::MessageQueued(event) if event.kind != MessageKind::Reaction => {
                if let Sender::User(user) = event.sender {
                    self.answered(world, id, Some(user), now);
                }
            }
            Event::MessageEchoed(_) => self.answered(world, id, None, now),
            Event::ConversationStatusChanged(event) if event.cause == Cause::Request => {
                self.matter(id).then = match event.to {
                    Status::Pending => Then::Pending,
                    Status::Snoozed => Then::Snoozed(event.until.map(|until| until - now)),
                    Status::Open | Status::Resolved => Then::Nothing,
                };
            }
            Event::ConversationResolved(event) if !is_decided(recorded) => {
                self.matter(id).then = Then::Resolved;
                let course = self.courses.remove(&id).unwrap_or_default();
                let user = recorded.actor.user().or(event.assignee_id);
                if let Some(user) = user {
                    let (act, ready) = match course.asked {
                        Some(asked) => (Act::Dismiss, Some(answerable(&course, user, asked))),
                        None => (Act::Closing, course.last_word),
                    };
                    self.acted(world, id, user, act, ready, now);
                }
            }
            Event::ConversationResolved(_) => {
                self.courses.remove(&id);
            }
            _ => {}
        }
    }

    fn matter(&mut self, id: ConversationId) -> &mut Matter {
        let message = self.courses.get(&id).and_then(|course| course.message);
        self.matters.entry((id, message)).or_default()
    }

    fn answered(&mut self, world: &World, id: ConversationId, user: Option<UserId>, now: Timestamp) {
        let course = self.courses.entry(id).or_default();
        let (asked, first, before) = (course.asked.take(), !course.answered, *course);
        (course.answered, course.last_word) = (true, Some(now));
        self.matter(id).answered = true;
        if let (Some(user), Some(asked)) = (user, asked) {
            let act = if first { Act::FirstAnswer } else { Act::NextAnswer };
            self.acted(world, id, user, act, Some(answerable(&before, user, asked)), now);
        }
    }

    /// Somebody did something that could have been done since `ready`.
    fn acted(
        &mut self,
        world: &World,
        id: ConversationId,
        user_id: UserId,
        act: Act,
        ready: Option<Timestamp>,
        now: Timestamp,
    ) {
        let hands = self.hands.entry(user_id).or_default();
        let since = match act {
            Act::Closing => ready,
            _ => [ready, hands.busy_until, hands.there_since].into_iter().flatten().max(),
        };
        if act != Act::Closing {
            hands.busy_until = Some(now);
        }
        if let Some(since) = since {
            let effort = Millis((now - since).0.max(0));
            self.observed.push(Observation { act, user_id, brand_id: brand_of(world, id), effort });
        }
    }
}

/// Since when somebody could answer: the customer waited and it was theirs.
fn answerable(course: &Course, user: UserId, asked: Timestamp) -> Timestamp {
    course.owner.filter(|(owner, _)| *owner == user).map_or(asked, |(_, since)| since.max(asked))
}

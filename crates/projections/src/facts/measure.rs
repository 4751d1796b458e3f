//! The one reducer: what the moments of a conversation measure. Every number that anybody is shown about responses and
//! resolutions follows from here, and here stands which events it follows from.
//!
//! Messages count in the order in which they came to count (one that is sent again counts anew); those that failed before
//! they arrived count for nothing, whenever that became known. So a reply that fails late gives the wait back to the reply
//! after it.

use std::collections::BTreeSet;

use domain::conversation::Reckoning;
use domain::ids::MessageId;
use domain::time::{Millis, Timestamp};

use super::moment::{Moment, Resolution, What};
use super::names::No;
use super::rows::*;

/// What was measured in one conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// Oldest first.
    pub episodes: Vec<Episode>,
    /// Every message of a person that did not fail, in the order in which they came to count.
    pub written: Vec<Wrote>,
    /// What the customer wrote, courtesies too, in the order in which it came to count.
    pub asked: Vec<Asked>,
    /// How satisfied the customer was, episode by episode.
    pub surveys: Vec<Survey>,
    /// In whose queue it lies, or lay last.
    pub team: No,
    /// The earliest customer message that no person has answered.
    pub waiting_since: Option<Timestamp>,
    /// The same where an automatic answer counts too.
    pub waiting_any_since: Option<Timestamp>,
}

/// A customer's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub pos: u64,
    pub at: Timestamp,
    /// Where it came to count: later than `pos` for a courtesy that was none.
    pub counts_pos: u64,
    /// 0: the conversation was resolved.
    pub episode: u32,
    /// Of a short text at the edge of an episode.
    pub phrase: Option<u64>,
    /// It was taken for a courtesy, and nobody said that it was none.
    pub courtesy: bool,
}

/// A survey, and what the customer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    pub episode: u32,
    pub at: Timestamp,
    pub pos: u64,
    pub resolver: No,
    pub team: No,
    /// The newest score, when it was given, and where.
    pub rated: Option<(u8, Timestamp, u64)>,
}

/// One episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// From 1.
    pub episode: u32,
    pub opened_at: Timestamp,
    pub opened_pos: u64,
    /// In whose queue it began.
    pub team: No,
    pub inbound: bool,
    /// When the customer first wrote in it (`t0`), and where.
    pub customer_since: Option<Timestamp>,
    pub customer_pos: Option<u64>,
    /// When a bot handed it over to people, and where.
    pub handed_off: Option<(Timestamp, u64)>,
    pub first: Option<First>,
    pub resolution: Option<Ended>,
    pub customer_messages: u32,
    pub human_messages: u32,
    /// Who wrote; nobody stands for the phone app.
    pub humans: BTreeSet<No>,
    /// Who had it, one after the other.
    pub owners: BTreeSet<No>,
    /// The customer wrote and no person answered.
    pub unanswered: bool,
}

/// A first response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct First {
    pub at: Timestamp,
    /// Of the reply.
    pub pos: u64,
    pub agent: No,
    pub team: No,
    pub total: Millis,
    pub of_people: Millis,
}

/// A resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    pub at: Timestamp,
    pub pos: u64,
    pub resolution: Resolution,
}

/// A message to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrote {
    pub at: Timestamp,
    pub pos: u64,
    /// Where it came to count: later than `pos` where it was sent again.
    pub counts_pos: u64,
    pub episode: u32,
    pub agent: No,
    /// Whose conversation it was then.
    pub team: No,
    /// Since when the customer had waited, and where they wrote.
    pub answers: Option<(Timestamp, u64)>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Author {
    Customer,
    Person(No),
    Machine,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    pos: u64,
    /// Where it came to count.
    order: u64,
    at: Timestamp,
    author: Author,
    team: No,
    counts: bool,
    failed: bool,
    /// 0: of none.
    episode: u32,
    phrase: Option<u64>,
}

#[derive(Default)]
struct Fold {
    episodes: Vec<Episode>,
    surveys: Vec<Survey>,
    messages: Vec<Message>,
    resolved: bool,
    team: No,
    /// The running or last episode.
    running: u32,
}

impl Measured {
    /// What these moments measure: those of one conversation, from its opening on.
    pub fn of(moments: impl Iterator<Item = Moment>) -> Self {
        let mut fold = Fold::default();
        moments.for_each(|moment| fold.apply(moment));
        fold.finish()
    }

    /// From the first episode's beginning to an episode's end.
    fn since_first(&self, ended: &Ended) -> Millis {
        let first = self.episodes.first().and_then(|first| first.resolution);
        let begin = first.map_or(ended.at, |first| first.at - first.resolution.total);
        ended.at - begin
    }

    /// The rows that follow, each at position 0: they come to be where they are first seen.
    pub fn rows(&self, slot: Slot) -> RowSet {
        let mut rows = RowSet::default();
        for episode in &self.episodes {
            let number = episode.episode;
            if let Some(First { at, agent, team, total, of_people, .. }) = episode.first {
                rows.first.push(FirstResponse { at, pos: 0, slot, episode: number, agent, team, total, of_people });
            }
            let Some(ended) = episode.resolution else { continue };
            let Resolution { resolver, assignee, team, ending, total, active } = ended.resolution;
            rows.resolved.push(Resolved {
                at: ended.at,
                pos: 0,
                slot,
                episode: number,
                resolver,
                assignee,
                team,
                ending,
                total,
                active,
                since_first: self.since_first(&ended),
                unanswered: episode.unanswered,
                customer_messages: episode.customer_messages,
                human_messages: episode.human_messages,
                humans: episode.humans.len() as u32,
                owners: episode.owners.len() as u32,
            });
        }
        rows.written.extend(self.written.iter().map(|wrote| Written {
            at: wrote.at,
            pos: 0,
            slot,
            episode: wrote.episode,
            agent: wrote.agent,
            team: wrote.team,
            wait: wrote.answers.map(|(since, _)| wrote.at - since),
        }));
        rows.surveyed.extend(self.surveys.iter().map(|survey| Surveyed {
            at: survey.at,
            pos: 0,
            slot,
            episode: survey.episode,
            resolver: survey.resolver,
            team: survey.team,
            score: survey.rated.map(|(score, ..)| score),
        }));
        rows
    }
}

/// Rows of one conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowSet {
    pub first: Vec<FirstResponse>,
    pub written: Vec<Written>,
    pub resolved: Vec<Resolved>,
    pub surveyed: Vec<Surveyed>,
}

impl Asked {
    fn of(message: &Message) -> Self {
        let Message { pos, at, order, episode, phrase, counts, .. } = *message;
        Self { pos, at, counts_pos: order, episode, phrase, courtesy: !counts }
    }
}

impl Fold {
    fn apply(&mut self, Moment { pos, at, what }: Moment) {
        match what {
            What::Opened { inbound, resolved, team } => {
                self.team = team;
                self.resolved = resolved;
                self.begin(1, pos, at, inbound, BTreeSet::new());
            }
            What::Awaited { team } => (self.team, self.resolved) = (team, true),
            What::Reopened { inbound, waiting_since, team, owner } => {
                self.team = team;
                self.resolved = false;
                let next = self.running + 1;
                let owners = (owner != No::NONE).then_some(owner).into_iter().collect();
                self.begin(next, pos, at, inbound, owners);
                self.take_along(next, waiting_since);
            }
            What::Resolved(resolution) => {
                self.resolved = true;
                if let Some(episode) = self.episodes.last_mut() {
                    episode.resolution = Some(Ended { at, pos, resolution });
                }
            }
            What::Customer { courtesy, phrase } => self.wrote(pos, at, Author::Customer, !courtesy, phrase),
            What::Person { agent } => self.wrote(pos, at, Author::Person(agent), true, None),
            What::Machine => self.wrote(pos, at, Author::Machine, true, None),
            What::Failed { message } => self.change(message, |message| message.failed = true),
            What::Unfailed { message } => self.change(message, |message| message.failed = false),
            What::Resent { message } => self.change(message, |message| {
                (message.at, message.order, message.failed) = (at, pos, false);
            }),
            What::CourtesyUndone { message } => {
                let next = self.running + 1;
                self.change(message, |message| {
                    (message.counts, message.episode, message.order) = (true, next, pos);
                    // Somebody said so: no list makes it a courtesy again.
                    message.phrase = None;
                });
            }
            What::Assigned { owner, team } => {
                self.team = team;
                // Whoever is given what is resolved had no part in it.
                let had = owner != No::NONE && !self.resolved;
                if let Some(episode) = self.episodes.last_mut().filter(|_| had) {
                    episode.owners.insert(owner);
                }
            }
            What::HandedOff => {
                if let Some(episode) = self.episodes.last_mut() {
                    episode.handed_off.get_or_insert((at, pos));
                }
            }
            What::Surveyed { episode, resolver, team } => {
                self.surveys.push(Survey { episode, at, pos, resolver, team, rated: None });
            }
            What::Rated { episode, score } => {
                if let Some(survey) = self.surveys.iter_mut().rfind(|survey| survey.episode == episode) {
                    survey.rated = Some((score, at, pos));
                }
            }
            What::BotStarted | What::Status(_) | What::Tagged { .. } | What::Untagged { .. } => {}
        }
    }

    fn begin(&mut self, number: u32, pos: u64, at: Timestamp, inbound: bool, owners: BTreeSet<No>) {
        self.running = number;
        self.episodes.push(Episode {
            episode: number,
            opened_at: at,
            opened_pos: pos,
            team: self.team,
            inbound,
            customer_since: None,
            customer_pos: None,
            handed_off: None,
            first: None,
            resolution: None,
            customer_messages: 0,
            human_messages: 0,
            humans: BTreeSet::new(),
            owners,
            unanswered: false,
        });
    }

    /// An episode that begins with somebody waiting is also that of the messages they wait with.
    fn take_along(&mut self, next: u32, waiting_since: Option<Timestamp>) {
        let Some(since) = waiting_since else { return };
        let waits = |message: &&mut Message| {
            message.author == Author::Customer && message.episode + 1 == next && message.at >= since
        };
        self.messages.iter_mut().filter(waits).for_each(|message| message.episode = next);
    }

    fn wrote(&mut self, pos: u64, at: Timestamp, author: Author, counts: bool, phrase: Option<u64>) {
        let episode = if self.resolved { 0 } else { self.running };
        let (order, team, failed) = (pos, self.team, false);
        self.messages.push(Message { pos, order, at, author, team, counts, failed, episode, phrase });
    }

    fn change(&mut self, pos: u64, change: impl FnOnce(&mut Message)) {
        if let Some(message) = self.messages.iter_mut().rfind(|message| message.pos == pos) {
            change(message);
        }
    }

    fn finish(mut self) -> Measured {
        self.messages.retain(|message| !message.failed);
        self.messages.sort_by_key(|message| message.order);
        let (episodes, surveys, team) = (self.episodes, self.surveys, self.team);
        let mut measured = Measured { episodes, surveys, team, ..Measured::default() };
        let asked = self.messages.iter().filter(|message| message.author == Author::Customer);
        measured.asked = asked.map(Asked::of).collect();
        self.messages.retain(|message| message.counts);
        for episode in &mut measured.episodes {
            let reckoned = reckon(episode, &self.messages, &mut measured.written);
            let waits = episode.resolution.is_none();
            measured.waiting_since = reckoned.clocks.waiting_since.filter(|_| waits);
            measured.waiting_any_since = reckoned.clocks.waiting_any_since.filter(|_| waits);
        }
        // Nobody waits in a conversation that is resolved.
        for message in self.messages.iter().filter(|message| message.episode == 0) {
            if let Author::Person(agent) = message.author {
                let Message { at, pos, order, team, .. } = *message;
                measured.written.push(Wrote { at, pos, counts_pos: order, episode: 0, agent, team, answers: None });
            }
        }
        measured
    }
}

/// Runs an episode's clocks over its messages.
fn reckon(episode: &mut Episode, messages: &[Message], written: &mut Vec<Wrote>) -> Reckoning {
    // A message's position stands for its id.
    let id = |message: &Message| MessageId::from_u128(message.pos.into());
    let pos = |id: MessageId| id.as_u128() as u64;
    let mut reckoned = Reckoning::default();
    let mut handed_off = episode.handed_off;
    for message in messages.iter().filter(|message| message.episode == episode.episode) {
        if let Some((at, _)) = handed_off.take_if(|(_, pos)| *pos < message.order) {
            reckoned.handed_off(at);
        }
        match message.author {
            Author::Customer => {
                episode.customer_messages += 1;
                let before = reckoned.clocks.t0;
                reckoned.customer_wrote(id(message), message.at);
                if reckoned.clocks.t0 != before {
                    episode.customer_pos = Some(message.pos);
                }
            }
            Author::Person(agent) => {
                episode.human_messages += 1;
                episode.humans.insert(agent);
                let (before, first) = (reckoned.longest(), reckoned.clocks.first_response);
                reckoned.human_replied(id(message), message.at, None);
                let left = reckoned.longest();
                // It answers where the wait that ended is gone.
                let answers = before.filter(|(since, _)| left.is_none_or(|(left, _)| left > *since));
                written.push(Wrote {
                    at: message.at,
                    pos: message.pos,
                    counts_pos: message.order,
                    episode: message.episode,
                    agent,
                    team: message.team,
                    answers: answers.map(|(since, asked)| (since, pos(asked))),
                });
                if first.is_none()
                    && let Some(response) = reckoned.clocks.first_response
                {
                    episode.first = Some(First {
                        at: message.at,
                        pos: message.pos,
                        agent,
                        team: message.team,
                        total: response.frt_total_ms,
                        of_people: response.frt_agent_ms,
                    });
                }
            }
            Author::Machine => reckoned.machine_replied(),
        }
    }
    episode.customer_since = reckoned.clocks.t0;
    episode.unanswered = episode.customer_since.is_some() && episode.human_messages == 0;
    reckoned
}

//! The response clocks against a reference that works from the plain list of what happened, by the words of the definitions:
//! it looks everything up anew for each question and knows no running clock.

use std::collections::BTreeMap;

use domain::content::Content;
use domain::conversation::assign::{Assignment, assign};
use domain::conversation::dispatch::{self, Outcome, Refusal};
use domain::conversation::{Status, add_note, change_status, hand_off, reply};
use domain::event::Actor;
use domain::event::message::{AfterRefusal, Sender};
use domain::ids::*;
use domain::time::Timestamp;
use proptest::prelude::*;

use crate::desk::{Desk, minute, note};
use crate::reference::EpisodeFigures;

/// One thing that happened, in the order in which we learned of it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Customer,
    /// A reply of a person's; it may turn out to have failed.
    Human(MessageId),
    Bot,
    HandOff,
    /// Into a status: the first one opens the conversation, `Open` after `Resolved` an episode.
    Status(Status),
}

#[derive(Debug, Clone, Copy)]
struct Fact {
    what: What,
    /// When it happened, which is not when we learned of it.
    at: i64,
    learned: i64,
}

/// What the definitions say of one episode, in minutes.
#[derive(Debug, PartialEq)]
struct Said {
    frt_total: Option<i64>,
    frt_agent: Option<i64>,
    resolution: Option<(i64, i64, bool)>,
}

/// The list of an episode, with what of it failed.
struct Listed<'a> {
    facts: &'a [Fact],
    failed: &'a [MessageId],
}

impl Listed<'_> {
    fn customers(&self) -> impl Iterator<Item = (usize, i64)> {
        self.facts
            .iter()
            .enumerate()
            .filter(|(_, fact)| fact.what == What::Customer)
            .map(|(place, fact)| (place, fact.at))
    }
    fn humans(&self) -> impl Iterator<Item = (usize, i64)> {
        let stands = |fact: &Fact| matches!(fact.what, What::Human(id) if !self.failed.contains(&id));
        self.facts.iter().enumerate().filter(move |(_, fact)| stands(fact)).map(|(place, fact)| (place, fact.at))
    }

    /// `t0`, `t1` and the place of the latter: the first reply we know of that was written when somebody had written before.
    fn first_response(&self) -> Option<(i64, i64, usize)> {
        self.humans().find_map(|(place, at)| {
            let t0 = self.customers().filter(|(asked, _)| *asked < place).map(|(_, asked)| asked).min()?;
            (t0 <= at).then_some((t0, at, place))
        })
    }

    fn handoff_before(&self, place: usize) -> Option<i64> {
        self.facts[..place].iter().find(|fact| fact.what == What::HandOff).map(|fact| fact.at)
    }

    /// The earliest customer message not yet followed by a reply; `any`: where a bot's reply also counts.
    fn waiting_since(&self, any: bool) -> Option<i64> {
        let bots = self.facts.iter().enumerate().filter(|(_, fact)| any && fact.what == What::Bot);
        let answers: Vec<_> = self.humans().chain(bots.map(|(place, fact)| (place, fact.at))).collect();
        let followed = |asked: usize, at: i64| answers.iter().any(|(place, said)| *place > asked && *said >= at);
        self.customers().filter(|(asked, at)| !followed(*asked, *at)).map(|(_, at)| at).min()
    }

    fn said(&self) -> Said {
        let first = self.first_response();
        let frt_agent = first.map(|(t0, t1, place)| {
            let handoff = self.handoff_before(place).filter(|handoff| *handoff <= t1);
            t1 - t0.max(handoff.unwrap_or(t0))
        });
        let end = self.facts.last().filter(|fact| fact.what == What::Status(Status::Resolved));
        let resolution = end.map(|end| {
            let before = first.map_or(self.facts.len(), |(_, _, place)| place);
            // What was measured stays measured, also when an older message comes to light after it.
            let t0 = self.customers().filter(|(asked, _)| *asked < before).map(|(_, at)| at).min();
            let opened = t0.map_or(self.facts[0].at, |t0| t0.min(self.facts[0].at));
            let moves: Vec<_> = self.facts.iter().filter(|fact| matches!(fact.what, What::Status(_))).collect();
            let paused =
                moves.windows(2).filter(|pair| matches!(pair[0].what, What::Status(Status::Pending | Status::Snoozed)));
            let total = end.at - opened;
            let active = total - paused.map(|pair| pair[1].learned - pair[0].learned).sum::<i64>();
            (total, active, self.customers().next().is_some() && self.humans().next().is_none())
        });
        Said { frt_total: first.map(|(t0, t1, _)| t1 - t0), frt_agent, resolution }
    }
}

fn minutes(at: Timestamp) -> i64 {
    let millis = (at - minute(0)).0;
    assert_eq!(millis % 60_000, 0, "to the second");
    millis / 60_000
}

fn shown(episode: &EpisodeFigures) -> Said {
    let length = |millis: domain::time::Millis| millis.0 / 60_000;
    Said {
        frt_total: episode.first_response.map(|response| length(response.after)),
        frt_agent: episode.frt_agent.map(length),
        resolution: episode.resolution.as_ref().map(|it| (length(it.total), length(it.active), it.unanswered)),
    }
}

/// One conversation, the desk's and the list's.
struct Case {
    desk: Desk,
    id: ConversationId,
    now: i64,
    status: Status,
    /// Of all episodes, one after the other.
    episodes: Vec<Vec<Fact>>,
    failed: Vec<MessageId>,
    sent: Vec<(MessageId, String)>,
    /// How long each resolved episode took, by what was known when it was resolved.
    took: BTreeMap<usize, (i64, i64)>,
}

impl Case {
    fn new() -> Self {
        let mut desk = Desk::new();
        let (id, _) = desk.says(0, "c", "hello");
        let open = Fact { what: What::Status(Status::Open), at: 0, learned: 0 };
        let hello = Fact { what: What::Customer, ..open };
        let episodes = vec![vec![open, hello]];
        Self {
            desk,
            id,
            now: 0,
            status: Status::Open,
            episodes,
            failed: Vec::new(),
            sent: Vec::new(),
            took: BTreeMap::new(),
        }
    }

    fn note(&mut self, what: What, at: i64) {
        let fact = Fact { what, at, learned: self.now };
        self.episodes.last_mut().unwrap().push(fact);
    }

    fn moved(&mut self, to: Status, at: i64) {
        if self.status == Status::Resolved {
            self.episodes.push(Vec::new());
        }
        self.note(What::Status(to), at);
        self.status = to;
        let last = self.episodes.len() - 1;
        if let Some((total, active, _)) = self.said(last).resolution {
            self.took.insert(last, (total, active));
        }
    }

    fn customer(&mut self, ago: i64) {
        let at = (self.now - ago).max(0);
        self.desk.says_late(at, self.now, "c", "hello");
        match self.status {
            Status::Open => {}
            Status::Resolved => self.moved(Status::Open, at),
            Status::Pending | Status::Snoozed => self.moved(Status::Open, self.now),
        }
        self.note(What::Customer, at);
    }

    fn writes(&mut self, sender: Sender) {
        let Ok(message) = self.desk.queue(self.now, sender, self.id, Content::text("hi"), None) else { return };
        if sender == Sender::System && self.status != Status::Resolved {
            self.note(What::Bot, self.now);
        } else if self.status != Status::Resolved {
            self.note(What::Human(message), self.now);
        }
        if sender != Sender::System {
            let wamid = self.desk.sent(self.now, message);
            self.sent.push((message, wamid));
        }
    }

    /// One that the provider does not take at all.
    fn writes_in_vain(&mut self, user: UserId) {
        let sender = Sender::User(user);
        let Ok(message) = self.desk.queue(self.now, sender, self.id, Content::text("hi"), None) else { return };
        if self.status != Status::Resolved {
            self.note(What::Human(message), self.now);
        }
        let attempt = self.desk.started(self.now, message);
        let refusal = Refusal { reason: "provider_refused", error: None, then: AfterRefusal::Fail, retry_at: None };
        let outcome = Outcome::Refused(refusal);
        self.desk.run(self.now, Actor::System, |step| dispatch::finish(step, message, attempt, outcome)).unwrap();
        self.failed.push(message);
    }

    fn echo(&mut self, ago: i64) {
        let at = (self.now - ago).max(0);
        let message = self.desk.echoes_late(at, self.now, "c", "from the counter");
        if self.status != Status::Resolved {
            self.note(What::Human(message), at);
        }
    }

    /// A report about one of the newest replies.
    fn report(&mut self, which: usize, word: &str) {
        let Some((message, wamid)) = self.sent.iter().rev().nth(which).cloned() else { return };
        self.desk.report(self.now, &wamid, word, self.now);
        let arrived = self.desk.timeline(self.id).message(message).unwrap().status;
        self.failed.retain(|id| *id != message);
        if arrived == domain::message::DeliveryStatus::Failed {
            self.failed.push(message);
        }
    }

    /// One that failed is sent again: a reply of now.
    fn again(&mut self) {
        let Some(message) = self.failed.last().copied() else { return };
        let known = self.episodes.last().unwrap().iter().any(|fact| fact.what == What::Human(message));
        if !known || self.status == Status::Resolved {
            return;
        }
        if self.desk.run(self.now, Actor::System, |step| reply::resend(step, message)).is_err() {
            return;
        }
        self.failed.pop();
        self.episodes.last_mut().unwrap().retain(|fact| fact.what != What::Human(message));
        self.note(What::Human(message), self.now);
        let wamid = self.desk.sent(self.now, message);
        self.sent.retain(|(id, _)| *id != message);
        self.sent.push((message, wamid));
    }

    fn change(&mut self, to: Status) {
        let until = (to == Status::Snoozed).then(|| minute(self.now + 100_000));
        let (id, ana) = (self.id, self.desk.ana);
        let same = self.status == to;
        let done =
            self.desk.run(self.now, Actor::User(ana), |step| change_status::change(step, id, to, until, None)).is_ok();
        if done && !same {
            self.moved(to, self.now);
        }
    }

    fn act(&mut self, what: u8, after: i64, ago: i64) {
        self.now += after;
        let (now, id, ana, ben) = (self.now, self.id, self.desk.ana, self.desk.ben);
        match what {
            0..=3 => self.customer(ago),
            4 => self.writes(Sender::User(ana)),
            5 => self.writes(Sender::User(ben)),
            6 => self.writes(Sender::System),
            7 | 8 => self.echo(ago),
            9 => self.report(ago as usize % 3, "failed"),
            10 => self.report(ago as usize % 3, "delivered"),
            11 => self.writes_in_vain(ben),
            12 => {
                self.desk.run(now, Actor::User(ana), |step| add_note::add(step, id, ana, &note("hm"))).unwrap();
            }
            13 => {
                let wanted = Assignment { assignee_id: (ago % 2 == 0).then_some(ben), ..Assignment::default() };
                self.desk.run(now, Actor::User(ana), |step| assign(step, id, &wanted)).unwrap();
            }
            14 => self.change(Status::Snoozed),
            15 => self.change(Status::Pending),
            16 => self.change(Status::Open),
            17 => self.change(Status::Resolved),
            18 => {
                let first = !self.episodes.last().unwrap().iter().any(|fact| fact.what == What::HandOff);
                let done = self.desk.run(now, Actor::System, |step| hand_off::hand_off(step, id, None));
                if done.is_ok() && first {
                    self.note(What::HandOff, now);
                }
            }
            _ => self.again(),
        }
    }

    fn listed(&self, episode: usize) -> Listed<'_> {
        Listed { facts: &self.episodes[episode], failed: &self.failed }
    }

    fn said(&self, episode: usize) -> Said {
        let mut said = self.listed(episode).said();
        // What was measured at its end stays measured, whichever answer failed since.
        if let (Some(resolution), Some(took)) = (&mut said.resolution, self.took.get(&episode)) {
            (resolution.0, resolution.1) = *took;
        }
        said
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        let figures = self.desk.figures(self.id);
        let said: Vec<_> = (0..self.episodes.len()).map(|episode| self.said(episode)).collect();
        let shown: Vec<_> = figures.episodes.iter().map(shown).collect();
        prop_assert_eq!(shown, said);
        let running = (self.status != Status::Resolved).then(|| self.listed(self.episodes.len() - 1));
        let waits = |any| running.as_ref().and_then(|listed| listed.waiting_since(any));
        prop_assert_eq!(figures.waiting_since.map(minutes), waits(false));
        prop_assert_eq!(figures.waiting_any_since.map(minutes), waits(true));
        let row = self.desk.views.inbox.get(self.id).unwrap();
        prop_assert_eq!(row.waiting_since(), figures.waiting_since);
        Ok(())
    }
}

/// An older message came to light after the first answer, and counts for the next one once that answer failed; by then the episode is over.
#[test]
fn an_answer_that_fails_after_the_end_leaves_the_wait_to_the_next_one() {
    let mut case = Case::new();
    for (what, after, ago) in [(17, 0, 0), (0, 1, 0), (4, 0, 0), (0, 0, 1), (4, 0, 0), (17, 0, 0), (9, 0, 1)] {
        case.act(what, after, ago);
        case.compare().unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn the_clocks_are_what_the_definitions_say_of_the_list_of_what_happened(
        history in prop::collection::vec((0u8..20, 0i64..9, 0i64..12), 1..40),
    ) {
        let mut case = Case::new();
        for (what, after, ago) in history {
            case.act(what, after, ago);
            case.compare()?;
        }
    }
}

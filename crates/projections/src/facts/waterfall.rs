//! Where an episode's time went: cut into stretches without a gap and without an overlap, each with the one that somebody would
//! have to look at to shorten it.
//!
//! At each moment the first that holds: *snoozed*; *pending*, which is waiting on the customer or a third party; held by a
//! *bot* that has not handed over; nobody waits for an answer, which is *waiting on the customer*; *outside hours*, where there
//! is a calendar; *queued*, if nobody has it; *unanswered* at whoever has it.

use std::collections::BTreeMap;

use domain::business_hours::Calendar;
use domain::conversation::Status;
use domain::time::{Millis, Timestamp};

use super::measure::{Episode, Measured};
use super::moment::{Moment, What};
use super::names::No;

/// Whom a stretch waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Share {
    /// The customer waits, and nobody has the conversation.
    Queued,
    /// The customer waits for whoever has it.
    Unanswered(No),
    OnCustomer,
    Bot,
    Snoozed,
    /// The customer waits, and nobody is there.
    OutsideHours,
}

/// A stretch of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub share: Share,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// An episode's stretches from its beginning (the customer's first message, or the opening) to its end, or to `now` while it
/// runs.
pub fn stretches(
    moments: impl Iterator<Item = Moment>,
    measured: &Measured,
    episode: &Episode,
    now: Timestamp,
    calendar: Option<&Calendar>,
) -> Vec<Stretch> {
    let (begin, end) = span(episode, now);
    if begin >= end {
        return Vec::new();
    }
    let course = Course::of(moments, measured, episode, begin, end);
    let open = calendar.map(|calendar| calendar.open_times(begin, end));
    let hours = open.iter().flatten().flat_map(|(from, to)| [*from, *to]);
    let mut edges: Vec<Timestamp> = course.edges().chain(hours).filter(|at| (begin..end).contains(at)).collect();
    edges.extend([begin, end]);
    edges.sort_unstable();
    edges.dedup();
    let is_open = |at: Timestamp| open.as_ref().is_none_or(|open| covers(open, at));
    let mut stretches: Vec<Stretch> = Vec::new();
    for (from, to) in edges.iter().zip(&edges[1..]) {
        let share = course.share(*from, is_open(*from));
        match stretches.last_mut() {
            Some(last) if last.share == share => last.to = *to,
            _ => stretches.push(Stretch { share, from: *from, to: *to }),
        }
    }
    stretches
}

/// How much of each share there is.
pub fn totals(stretches: &[Stretch]) -> BTreeMap<Share, Millis> {
    let mut totals: BTreeMap<Share, Millis> = BTreeMap::new();
    for stretch in stretches {
        let total = totals.entry(stretch.share).or_default();
        *total = Millis(total.0 + (stretch.to - stretch.from).0);
    }
    totals
}

/// From the episode's beginning to its end: what `res_total` measures.
fn span(episode: &Episode, now: Timestamp) -> (Timestamp, Timestamp) {
    match &episode.resolution {
        Some(ended) => (ended.at - ended.resolution.total, ended.at),
        None => (episode.customer_since.filter(|_| episode.inbound).unwrap_or(episode.opened_at), now),
    }
}

fn covers(spans: &[(Timestamp, Timestamp)], at: Timestamp) -> bool {
    let after = spans.partition_point(|(from, _)| *from <= at);
    after > 0 && at < spans[after - 1].1
}

/// How an episode went: what held from when on.
struct Course {
    /// By time; of two at one time the later in the log.
    statuses: Vec<(Timestamp, Status)>,
    owners: Vec<(Timestamp, No)>,
    /// When somebody waited, one after the other.
    waits: Vec<(Timestamp, Timestamp)>,
    /// Until when a bot had it.
    bot_until: Option<Timestamp>,
}

impl Course {
    fn of(
        moments: impl Iterator<Item = Moment>,
        measured: &Measured,
        episode: &Episode,
        begin: Timestamp,
        end: Timestamp,
    ) -> Self {
        let (mut statuses, mut owners) = (vec![(begin, Status::Open)], vec![(begin, No::NONE)]);
        let ended = episode.resolution.map_or(u64::MAX, |ended| ended.pos);
        let (mut wrote_by_itself, mut held) = (false, false);
        for Moment { pos, at, what } in moments.take_while(|moment| moment.pos < ended) {
            if pos < episode.opened_pos {
                continue;
            }
            match what {
                What::Status(status) => statuses.push((at, status)),
                What::Assigned { owner, .. } => owners.push((at, owner)),
                What::Reopened { owner, .. } => owners.push((begin, owner)),
                What::Machine => wrote_by_itself = true,
                What::BotStarted => held = true,
                _ => {}
            }
        }
        statuses.sort_by_key(|(at, _)| *at);
        owners.sort_by_key(|(at, _)| *at);
        let of_episode = measured.written.iter().filter(|wrote| wrote.episode == episode.episode);
        let answered = of_episode.filter_map(|wrote| wrote.answers.map(|(since, _)| (since, wrote.at)));
        let mut waits: Vec<_> = answered.collect();
        waits.extend(unanswered(measured, episode).map(|since| (since, end)));
        waits.sort_unstable();
        // A greeting holds nothing: who only was greeted waits in the queue. What ended without a person was its all the same.
        let ended_alone = wrote_by_itself && episode.resolution.is_some();
        let alone = (held || ended_alone) && episode.human_messages == 0;
        let bot_until = episode.handed_off.map(|(at, _)| at).or(alone.then_some(end));
        Self { statuses, owners, waits, bot_until }
    }

    /// Where something may change.
    fn edges(&self) -> impl Iterator<Item = Timestamp> {
        let states = self.statuses.iter().map(|(at, _)| *at).chain(self.owners.iter().map(|(at, _)| *at));
        states.chain(self.waits.iter().flat_map(|(from, to)| [*from, *to])).chain(self.bot_until)
    }

    fn share(&self, at: Timestamp, open: bool) -> Share {
        let status = holding(&self.statuses, at).unwrap_or(Status::Open);
        let owner = holding(&self.owners, at).unwrap_or(No::NONE);
        match status {
            Status::Snoozed => Share::Snoozed,
            Status::Pending => Share::OnCustomer,
            _ if self.bot_until.is_some_and(|until| at < until) => Share::Bot,
            _ if !covers(&self.waits, at) => Share::OnCustomer,
            _ if !open => Share::OutsideHours,
            _ if owner == No::NONE => Share::Queued,
            _ => Share::Unanswered(owner),
        }
    }
}

/// What held at a moment.
fn holding<T: Copy>(states: &[(Timestamp, T)], at: Timestamp) -> Option<T> {
    let after = states.partition_point(|(since, _)| *since <= at);
    after.checked_sub(1).map(|place| states[place].1)
}

/// Since when somebody waits whom nobody has answered in the episode.
fn unanswered(measured: &Measured, episode: &Episode) -> Option<Timestamp> {
    let asked = measured.asked.iter().filter(|asked| !asked.courtesy && asked.episode == episode.episode);
    let wrote = || measured.written.iter().filter(|wrote| wrote.episode == episode.episode);
    // A message is answered by whatever a person wrote at its time or later, and that counted after it.
    let open = asked.filter(|asked| !wrote().any(|it| it.counts_pos > asked.counts_pos && it.at >= asked.at));
    open.map(|asked| asked.at).min()
}

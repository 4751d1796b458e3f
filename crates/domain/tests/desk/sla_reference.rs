//! Promises against a second opinion: the same history, looked at by a reference that knows nothing of instances, clocks or
//! timers. It keeps what happened as a plain list and the status of every second as an array, and counts seconds. Timers run
//! late, or hardly ever; what they write must be what the seconds say.

use std::collections::{BTreeMap, BTreeSet};

use domain::business_hours::{self, Draft, DraftSegment, DraftWeekly, NewCalendar};
use domain::content::Content;
use domain::conversation::label::prioritize;
use domain::conversation::{Priority, Status, change_status};
use domain::event::Event;
use domain::event::message::Sender as Author;
use domain::ids::*;
use domain::inbound::{EchoMessage, InboundFact};
use domain::sla::{CancelReason, End, Instance, Instances, Metric, Pausing, SlaPolicy, Target, pause};
use domain::time::{Millis, Timestamp};
use proptest::prelude::*;

use crate::desk::{Desk, message, minute, report, sender, text_reply};
use crate::sla::policy;

fn second(n: i64) -> Timestamp {
    minute(0) + Millis::seconds(n)
}

/// The customer's waits; a message is named by its place among all.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Said {
    Customer,
    Reply { failed: bool },
    Echo,
}

#[derive(Debug, Clone, Copy)]
struct Told {
    what: Said,
    at: i64,
    episode: u32,
}

/// What the seconds say of one promise.
#[derive(Debug, Clone, PartialEq)]
struct Expected {
    metric: Metric,
    start: i64,
    target: i64,
    breached: Option<i64>,
    /// Somebody looked at it after that, and it was written.
    noticed: bool,
    /// The end, and the margin where it was kept.
    end: Option<(i64, Option<i64>)>,
    /// It is part of another wait.
    merged: bool,
}

/// Episode, metric, and the message that waits.
type Key = (u32, Metric, usize);

/// Since when, and its end with whether that kept it.
type Wanted = (Key, i64, Option<(i64, bool)>);

/// See the module.
struct Reference {
    calendar: bool,
    /// The status of each second so far.
    statuses: Vec<Status>,
    /// Whether somebody had stopped all clocks, in each second so far.
    stopped: Vec<bool>,
    told: Vec<Told>,
    episode: u32,
    opened: i64,
    resolved: Option<i64>,
    priority: Priority,
    promises: BTreeMap<Key, Expected>,
}

fn target_of(metric: Metric, priority: Priority) -> i64 {
    match (metric, priority) {
        (Metric::FirstResponse, Priority::Urgent) => 120,
        (Metric::FirstResponse, _) => 600,
        (Metric::NextResponse, Priority::Urgent) => 90,
        (Metric::NextResponse, _) => 300,
        (Metric::Resolution, _) => 2_400,
    }
}

fn pauses(metric: Metric, status: Status) -> bool {
    match metric {
        Metric::FirstResponse => status == Status::Pending,
        Metric::NextResponse => matches!(status, Status::Pending | Status::Snoozed),
        Metric::Resolution => status == Status::Snoozed,
    }
}

impl Reference {
    fn counts(&self, metric: Metric, second: i64) -> bool {
        // Beyond what is known, the clock is taken to run.
        self.open(second) && !self.stands(metric, second)
    }
    fn stands(&self, metric: Metric, second: i64) -> bool {
        let Ok(second) = usize::try_from(second) else { return false };
        let status = self.statuses.get(second).is_some_and(|status| pauses(metric, *status));
        status || self.stopped.get(second).is_some_and(|stopped| *stopped)
    }
    fn open(&self, second: i64) -> bool {
        !self.calendar || second.div_euclid(60).rem_euclid(60) < 30
    }

    /// The second at which so many have counted, if that is not after `until`.
    fn reached(&self, promise: &Expected, until: i64) -> Option<i64> {
        let (mut counted, mut second) = (0, promise.start);
        while counted < promise.target {
            if second >= until {
                return None;
            }
            counted += i64::from(self.counts(promise.metric, second));
            second += 1;
        }
        Some(second)
    }

    fn margin(&self, promise: &Expected, at: i64) -> i64 {
        if let Some(due) = self.reached(promise, at) {
            return due - at;
        }
        let counted = (promise.start..at).filter(|second| self.counts(promise.metric, *second)).count() as i64;
        let mut left = promise.target - counted;
        if self.stands(promise.metric, at) {
            return left;
        }
        let mut second = at.max(promise.start);
        while left > 0 {
            left -= i64::from(self.open(second));
            second += 1;
        }
        second - at
    }

    /// The waits of the episode, by the message that waits: since when, and how they ended.
    fn waits(&self) -> Vec<(usize, i64, Option<i64>)> {
        let mut waits: Vec<(usize, i64, Option<i64>)> = Vec::new();
        let mut unanswered: Vec<(i64, usize)> = Vec::new();
        for (place, told) in self.told.iter().enumerate().filter(|(_, told)| told.episode == self.episode) {
            let open = waits.last_mut().filter(|(_, _, end)| end.is_none());
            match (told.what, open) {
                (Said::Customer, open) => {
                    unanswered.push((told.at, place));
                    match open {
                        Some((_, since, _)) => *since = (*since).min(told.at),
                        None => waits.push((place, unanswered.iter().min().map_or(told.at, |(at, _)| *at), None)),
                    }
                }
                (Said::Reply { failed: true }, _) => {}
                (Said::Reply { failed: false } | Said::Echo, open) => {
                    unanswered.retain(|(asked, _)| *asked > told.at);
                    if let Some((named, _, end)) = open.filter(|(_, since, _)| *since <= told.at) {
                        *end = Some(told.at);
                        // Asked after it was written, though we learned of it later: that waits on, under another name.
                        let left = unanswered.iter().min().copied().filter(|(_, place)| place != named);
                        waits.extend(left.map(|(asked, place)| (place, asked, None)));
                    }
                }
            }
        }
        waits
    }

    /// Deadlines of what still runs that passed before this second.
    fn passes(&mut self, until: i64) {
        let late: Vec<_> = self
            .promises
            .iter()
            .filter(|(_, promise)| promise.end.is_none() && promise.breached.is_none() && !promise.merged)
            .filter_map(|(key, promise)| Some((*key, self.reached(promise, until)?)))
            .collect();
        for (key, due) in late {
            self.promises.get_mut(&key).unwrap().breached = Some(due);
        }
    }

    /// What must be after something happened at `now`, if anything did.
    fn settle(&mut self, now: i64, happened: bool) {
        let waits = self.waits();
        let opened = waits.iter().map(|(_, since, _)| *since).chain([self.opened]).min().unwrap_or(self.opened);
        let mut wanted: Vec<Wanted> = waits
            .iter()
            .enumerate()
            .map(|(index, (place, since, end))| {
                let metric = if index == 0 { Metric::FirstResponse } else { Metric::NextResponse };
                let end = end.map(|at| (at, true)).or(self.resolved.map(|at| (at, false)));
                ((self.episode, metric, *place), *since, end)
            })
            .collect();
        wanted.push(((self.episode, Metric::Resolution, 0), opened, self.resolved.map(|at| (at, true))));
        let episode = self.episode;
        let mut was_merged = BTreeSet::new();
        // Waits that are part of others again are promised nothing of their own.
        for (key, promise) in self.promises.iter_mut().filter(|(key, _)| key.0 == episode) {
            was_merged.extend(promise.merged.then_some(*key));
            promise.merged = !wanted.iter().any(|(wanted, ..)| wanted == key);
        }
        for (key, since, end) in wanted {
            // A wait that turns out afterwards to have been one of its own, and over, was promised nothing.
            if end.is_some() && !self.promises.contains_key(&key) {
                continue;
            }
            let was_merged = was_merged.contains(&key);
            let target = target_of(key.1, self.priority);
            let mut promise = self.promises.remove(&key).unwrap_or(Expected {
                metric: key.1,
                start: since,
                target,
                breached: None,
                noticed: false,
                end: None,
                merged: false,
            });
            // Whoever looks only now sees that it was kept before.
            if !promise.noticed && end.is_some_and(|(at, _)| promise.breached.is_some_and(|breached| breached >= at)) {
                promise.breached = None;
            }
            // A deadline of this very second stands before what changes it.
            let until = end.map_or(now, |(at, _)| at - 1);
            if promise.breached.is_none() && promise.end.is_none() && !was_merged {
                promise.breached = self.reached(&promise, until.max(promise.start));
            }
            if promise.breached.is_none() {
                promise.start = since;
                if end.is_none() {
                    promise.target = target;
                }
            }
            if promise.breached.is_none() {
                promise.breached = self.reached(&promise, until.max(promise.start));
            }
            promise.end = end.map(|(at, kept)| (at, kept.then(|| self.margin(&promise, at))));
            self.promises.insert(key, promise);
        }
        for promise in self.promises.values_mut() {
            promise.noticed |= happened && promise.breached.is_some();
        }
    }
}

/// One thing that happens, so many seconds after the one before.
#[derive(Debug, Clone)]
struct Act {
    what: u8,
    after: i64,
    late: i64,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0u8..20, 1i64..400, 0i64..900).prop_map(|(what, after, late)| Act { what, after, late });
    prop::collection::vec(act, 3..40)
}

struct Case {
    desk: Desk,
    reference: Reference,
    conversation: ConversationId,
    /// Replies by their place among what was said, with the provider's name.
    replies: Vec<(usize, String)>,
    now: i64,
}

fn calendar(desk: &mut Desk) -> HoursId {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let of_day = |day: &&str| {
        let day = serde_json::from_value(serde_json::json!(day)).unwrap();
        let hour = move |hour: u32| {
            let (start, end) = (format!("{hour:02}:00"), format!("{hour:02}:30"));
            DraftWeekly { day, segment: DraftSegment { start, end, ends_next_day: false } }
        };
        (0..12).map(hour).collect::<Vec<_>>()
    };
    let weekly = days.iter().flat_map(of_day).collect();
    let draft = Draft { time_zone: "UTC".to_owned(), weekly, overrides: Vec::new() };
    let by = desk.principal(desk.ana);
    let new = NewCalendar { name: "half hours".to_owned(), brand_id: None, draft };
    desk.run(|step| business_hours::create(step, &by, &new)).unwrap()
}

impl Case {
    fn new(with_calendar: bool) -> Self {
        let mut desk = Desk::new();
        let hours_id = with_calendar.then(|| calendar(&mut desk));
        let target = |metric, pause_on: &[Pausing], urgent: Option<u32>| Target {
            metric,
            target_s: target_of(metric, Priority::None) as u32,
            target_s_by_priority: urgent.map(|urgent| (Priority::Urgent, urgent)).into_iter().collect(),
            hours_id,
            pause_on: pause_on.iter().copied().collect(),
            at_risk_percent: 80,
        };
        let targets = vec![
            target(Metric::FirstResponse, &[Pausing::Pending], Some(120)),
            target(Metric::NextResponse, &[Pausing::Pending, Pausing::Snoozed], Some(90)),
            target(Metric::Resolution, &[Pausing::Snoozed], None),
        ];
        desk.promises(&SlaPolicy { ..policy("standard", targets) });
        desk.says(0, "491", "c0", "where is it?");
        let conversation = desk.conversation_of("491");
        let reference = Reference {
            calendar: with_calendar,
            statuses: Vec::new(),
            stopped: Vec::new(),
            told: vec![Told { what: Said::Customer, at: 0, episode: 1 }],
            episode: 1,
            opened: 0,
            resolved: None,
            priority: Priority::None,
            promises: BTreeMap::new(),
        };
        let mut case = Self { desk, reference, conversation, replies: Vec::new(), now: 0 };
        case.reference.settle(0, true);
        case
    }

    fn status(&self) -> Status {
        self.desk.state(self.conversation).status
    }

    /// Time goes by until the next thing happens.
    fn passes(&mut self, after: i64) {
        let (status, stopped) = (self.status(), self.desk.state(self.conversation).promises_paused());
        for _ in 0..after {
            self.reference.statuses.push(status);
            self.reference.stopped.push(stopped);
        }
        self.now += after;
        self.desk.now = second(self.now);
        // What came to its end before this second did so whatever happens now.
        self.reference.passes(self.now - 1);
    }

    fn tells(&mut self, what: Said, at: i64) {
        let episode = self.reference.episode;
        self.reference.told.push(Told { what, at, episode });
    }

    fn act(&mut self, act: &Act) {
        self.passes(act.after);
        let (id, now, n) = (self.conversation, self.now, self.reference.told.len());
        let (resolved, before) = (self.status() == Status::Resolved, self.desk.log.events.len());
        match act.what {
            0..=4 => {
                // Some arrive long after they were written, but in their episode.
                let late = if act.what == 0 && !resolved { act.late.min(now - self.reference.opened) } else { 0 };
                let at = now - late;
                if resolved {
                    self.reference.episode += 1;
                    self.reference.opened = at;
                    self.reference.resolved = None;
                }
                self.tells(Said::Customer, at);
                let said = message("491", &format!("c{n}"), second(at), "and now what?");
                assert!(self.desk.takes(InboundFact::Message(said)));
            }
            5..=8 if !resolved => {
                self.tells(Said::Reply { failed: false }, now);
                let wanted = text_reply(id, Author::User(self.desk.ana));
                let sent = self.desk.run(|step| domain::conversation::reply::reply(step, &wanted)).unwrap();
                self.desk.sends(sent, &format!("o{n}"));
                self.replies.push((n, format!("o{n}")));
            }
            9 if !resolved => {
                let at = now - act.late.min(now - self.reference.opened);
                self.tells(Said::Echo, at);
                let content = Content::text("from the phone");
                let echo = EchoMessage { to: sender("491"), provider_id: format!("e{n}"), at: second(at), content };
                self.desk.takes(InboundFact::Echo(echo));
            }
            // A reply turns out to have failed, or to have arrived after all.
            10..=12 if !self.replies.is_empty() => {
                let index = act.late as usize % self.replies.len();
                let (place, wamid) = self.replies[index].clone();
                let told = &mut self.reference.told[place];
                let failed = told.what == Said::Reply { failed: false };
                told.what = Said::Reply { failed };
                if !failed {
                    self.replies.remove(index);
                }
                let word = if failed { "failed" } else { "delivered" };
                self.desk.takes(InboundFact::Status(report(&wamid, word, second(now))));
            }
            13 if !resolved => self.moves(Status::Pending, None),
            14 if !resolved => self.moves(Status::Snoozed, Some(second(now + 1_000_000))),
            15 => self.moves(Status::Open, None),
            16 if !resolved => {
                self.moves(Status::Resolved, None);
                self.reference.resolved = Some(now);
            }
            17 if !resolved => {
                let priority = if act.late % 2 == 0 { Priority::Urgent } else { Priority::Low };
                self.reference.priority = priority;
                self.desk.run(|step| prioritize(step, id, priority)).unwrap();
            }
            18 => self.desk.timer(0),
            19 if self.desk.state(id).promises_paused() => {
                self.desk.run(|step| pause::resume(step, id)).unwrap();
            }
            19 if !resolved => self.desk.run(|step| pause::pause(step, id, "the supplier is asked")).unwrap(),
            _ => return,
        }
        // What changes nothing does not look at what is promised either.
        self.reference.settle(now, act.what == 18 || self.desk.log.events.len() > before);
    }

    fn moves(&mut self, to: Status, until: Option<Timestamp>) {
        let id = self.conversation;
        if self.status() == Status::Resolved && to == Status::Open {
            // Reopened by hand: an episode without a word.
            self.reference.episode += 1;
            self.reference.opened = self.now;
            self.reference.resolved = None;
        }
        let _ = self.desk.run(|step| change_status::change(step, id, to, until, None));
    }

    /// What the log says, in the reference's words.
    fn found(&self) -> BTreeMap<Key, Instance> {
        let mut places = BTreeMap::new();
        let mut told = 0;
        let mut instances = Instances::default();
        for recorded in &self.desk.log.events {
            match &recorded.event {
                Event::MessageReceived(event) => {
                    places.insert(event.message_id, told);
                    told += 1;
                }
                Event::MessageQueued(_) | Event::MessageEchoed(_) => told += 1,
                _ => {}
            }
            instances.apply(recorded);
        }
        let resumed = |instance: &&Instance| {
            matches!(instance.end, Some(End::Cancelled { reason: CancelReason::WaitResumed, .. }))
        };
        let place = |instance: &Instance| instance.message_id.map_or(0, |message| places[&message]);
        let kept = instances.iter().filter(|instance| !resumed(instance));
        kept.map(|instance| ((instance.episode, instance.metric, place(instance)), instance.clone())).collect()
    }
}

fn seconds(at: Timestamp) -> i64 {
    assert_eq!((at - second(0)).0 % 1_000, 0);
    (at - second(0)).0 / 1_000
}

fn check(acts: &[Act], with_calendar: bool) -> Result<(), TestCaseError> {
    let mut case = Case::new(with_calendar);
    acts.iter().for_each(|act| case.act(act));
    case.passes(700);
    case.desk.timer(0);
    let now = case.now;
    case.reference.settle(now, true);
    let found = case.found();
    case.reference.promises.retain(|_, promise| !promise.merged);
    let (known, wanted): (Vec<_>, Vec<_>) = (found.keys().collect(), case.reference.promises.keys().collect());
    prop_assert_eq!(known, wanted);
    for (key, expected) in &case.reference.promises {
        let instance = &found[key];
        let end = match instance.end {
            None => None,
            Some(End::Fulfilled { at, margin_s, .. }) => Some((seconds(at), Some(margin_s))),
            Some(End::Cancelled { at, .. }) => Some((seconds(at), None)),
        };
        prop_assert_eq!(end, expected.end, "{:?} {:?}", key, expected);
        prop_assert_eq!(
            (seconds(instance.started_at), instance.target_ms),
            (expected.start, Millis::seconds(expected.target))
        );
        prop_assert_eq!(instance.breached.map(seconds), expected.breached, "{:?} {:?}", key, expected);
        if let (None, None, Some(due_at)) = (instance.end, instance.breached, instance.clock.due_at()) {
            let due = case.reference.margin(expected, now) + now;
            prop_assert_eq!(seconds(due_at), due, "{:?}", key);
        }
    }
    // The same after a restart, and nothing more to say.
    let before = case.desk.world.sla.clone();
    case.desk.restart();
    prop_assert!(case.desk.world.sla == before);
    let events = case.desk.log.events.len();
    case.desk.timer(0);
    prop_assert_eq!(case.desk.log.events.len(), events);
    Ok(())
}

/// What a random history came to once in some ten thousand: a reply fails after the wait that followed it is over, and what it
/// had answered has no wait left to go back to, because that one ended by what the phone wrote before. The wait that is over had
/// begun earlier than it was promised.
#[test]
fn a_wait_that_is_over_turns_out_to_have_begun_earlier() {
    let act = |(what, after, late)| Act { what, after, late };
    let acts = [
        (5, 2, 0),
        (1, 3, 0),
        (5, 1, 0),
        // Written before all that, and here only now; then the phone's answer to it.
        (0, 2, 8),
        (9, 1, 5),
        (0, 257, 0),
        (5, 1, 0),
        // The second reply.
        (10, 2, 1),
    ];
    check(&acts.map(act), false).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_what_the_seconds_say(acts in acts(), with_calendar in any::<bool>()) {
        check(&acts, with_calendar)?;
    }
}

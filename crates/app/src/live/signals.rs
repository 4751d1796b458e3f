//! What colleagues do at this moment in a conversation: look at it, type, have a draft. Said again it lasts longer, unsaid
//! it ends by itself; nothing of it is written down, and any of it may be lost. Whoever follows is given the newest state,
//! never the steps to it.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{ConversationId, UserId};
use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;
use tokio::sync::watch;

/// The shortest time between two tellings about one conversation.
pub const TOLD_EVERY: Millis = Millis(250);
/// Conversations that one source can signal in at once; the oldest gives way.
const OF_SOURCE_MAX: usize = 32;
/// What is signalled at once, in all.
const SIGNALS_MAX: usize = 50_000;

/// From weak to strong: of several the strongest shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Viewing,
    Replying,
    Typing,
}

impl State {
    /// How long it holds unless it is said again.
    pub fn lasts(self) -> Millis {
        match self {
            Self::Viewing => Millis::seconds(30),
            Self::Replying => Millis::seconds(60),
            Self::Typing => Millis::seconds(6),
        }
    }
}

/// What one colleague does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doing {
    pub user_id: UserId,
    pub state: State,
    pub since: Timestamp,
}

/// Where a signal came from: a connection, or a session that signals by request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source(pub u128);

#[derive(Debug, Clone, Copy)]
struct Said {
    since: Timestamp,
    until: Timestamp,
    /// The end as it was when it was last told.
    told_until: Timestamp,
}

/// One person on one source, one kind of doing.
type Key = (UserId, Source, State);

#[derive(Debug, Default)]
struct Room {
    said: BTreeMap<Key, Said>,
    /// Its newest telling.
    told_at: Option<Timestamp>,
    /// Grows with every telling.
    version: u64,
}

#[derive(Debug, Default)]
struct All {
    rooms: BTreeMap<ConversationId, Room>,
    /// Rooms by the version of their newest telling, for those who follow.
    by_version: BTreeMap<u64, ConversationId>,
    /// Changed and not told yet.
    dirty: BTreeSet<ConversationId>,
    of_source: BTreeMap<Source, BTreeMap<ConversationId, Timestamp>>,
    held: usize,
    version: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Signals {
    all: Mutex<All>,
    version: watch::Sender<u64>,
}

impl Default for Signals {
    fn default() -> Self {
        Self { all: Mutex::default(), version: watch::Sender::new(0) }
    }
}

impl Signals {
    /// Somebody does something in a conversation. `false`: so much is going on that it is not taken.
    pub fn say(&self, room: ConversationId, user: UserId, source: Source, state: State, now: Timestamp) -> bool {
        let mut all = self.all.lock();
        if all.held >= SIGNALS_MAX {
            return false;
        }
        let of_source = all.of_source.entry(source).or_default();
        of_source.insert(room, now);
        let crowded = of_source.len() > OF_SOURCE_MAX;
        let oldest = of_source.iter().min_by_key(|(_, at)| **at).map(|(room, _)| *room).filter(|_| crowded);
        if let Some(oldest) = oldest {
            all.leave(oldest, source);
        }
        let until = now + state.lasts();
        let said = &mut all.rooms.entry(room).or_default().said;
        match said.get_mut(&(user, source, state)) {
            // Said again: whoever lets it end by itself must be told in time that it goes on.
            Some(known) => {
                known.until = until;
                if (known.told_until - now).0 * 2 <= state.lasts().0 {
                    known.told_until = until;
                    all.dirty.insert(room);
                }
            }
            None => {
                said.insert((user, source, state), Said { since: now, until, told_until: until });
                all.held += 1;
                all.dirty.insert(room);
            }
        }
        self.tell(&mut all, now);
        true
    }

    /// Somebody does nothing there any more, as far as this source knows.
    pub fn stop(&self, room: ConversationId, source: Source, now: Timestamp) {
        let mut all = self.all.lock();
        all.leave(room, source);
        self.tell(&mut all, now);
    }

    /// A connection ended, and with it all it said.
    pub fn gone(&self, source: Source, now: Timestamp) {
        let mut all = self.all.lock();
        let rooms: Vec<_> = all.of_source.get(&source).into_iter().flat_map(|rooms| rooms.keys().copied()).collect();
        rooms.into_iter().for_each(|room| all.leave(room, source));
        self.tell(&mut all, now);
    }

    /// Lets go what was not said again, and tells what waited to be told. Called a few times a second.
    pub fn step(&self, now: Timestamp) {
        let mut all = self.all.lock();
        let late = |said: &Said| said.until <= now;
        let over: Vec<_> =
            all.rooms.iter().filter(|(_, room)| room.said.values().any(late)).map(|(id, _)| *id).collect();
        for id in over {
            let Some(room) = all.rooms.get_mut(&id) else { continue };
            let ended: Vec<Key> = room.said.iter().filter(|(_, said)| late(said)).map(|(key, _)| *key).collect();
            for key in &ended {
                room.said.remove(key);
            }
            let sources: BTreeSet<_> = room.said.keys().map(|(_, source, _)| *source).collect();
            all.held -= ended.len();
            all.dirty.insert(id);
            for (_, source, _) in ended.iter().filter(|(_, source, _)| !sources.contains(source)) {
                all.forget(*source, id);
            }
        }
        self.tell(&mut all, now);
    }

    /// What goes on in a conversation, the strongest of each colleague.
    pub fn of(&self, room: ConversationId, now: Timestamp) -> Vec<Doing> {
        let all = self.all.lock();
        let mut strongest: BTreeMap<UserId, Doing> = BTreeMap::new();
        for ((user_id, _, state), said) in all.rooms.get(&room).into_iter().flat_map(|room| &room.said) {
            if said.until <= now {
                continue;
            }
            let doing = Doing { user_id: *user_id, state: *state, since: said.since };
            let known = strongest.entry(*user_id).or_insert(doing);
            if doing.state > known.state || (doing.state == known.state && doing.since < known.since) {
                *known = doing;
            }
        }
        strongest.into_values().collect()
    }

    /// The conversations that were told of after a version, oldest first, and the newest version.
    pub fn told_after(&self, version: u64) -> (Vec<ConversationId>, u64) {
        let all = self.all.lock();
        (all.by_version.range(version + 1..).map(|(_, room)| *room).collect(), all.version)
    }

    /// Conversations in which something goes on.
    pub fn rooms(&self) -> (Vec<ConversationId>, u64) {
        let all = self.all.lock();
        let busy = all.rooms.iter().filter(|(_, room)| !room.said.is_empty());
        (busy.map(|(id, _)| *id).collect(), all.version)
    }

    /// Wakes whenever there is something to tell.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Publishes what changed, each conversation at most every [`TOLD_EVERY`].
    fn tell(&self, all: &mut All, now: Timestamp) {
        let due = |room: Option<&Room>| {
            room.is_none_or(|room| room.told_at.is_none_or(|at| now - at >= TOLD_EVERY || now < at))
        };
        let ready: Vec<_> = all.dirty.iter().filter(|id| due(all.rooms.get(id))).copied().collect();
        if ready.is_empty() {
            return;
        }
        for id in ready {
            all.dirty.remove(&id);
            all.version += 1;
            let version = all.version;
            let Some(room) = all.rooms.get_mut(&id) else { continue };
            let before = std::mem::replace(&mut room.version, version);
            room.told_at = Some(now);
            all.by_version.remove(&before);
            all.by_version.insert(version, id);
        }
        all.settle(now);
        self.version.send_replace(all.version);
    }
}

impl All {
    fn leave(&mut self, id: ConversationId, source: Source) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let before = room.said.len();
        room.said.retain(|(_, from, _), _| *from != source);
        let ended = before - room.said.len();
        self.held -= ended;
        if ended > 0 {
            self.dirty.insert(id);
        }
        self.forget(source, id);
    }

    fn forget(&mut self, source: Source, id: ConversationId) {
        if let Some(rooms) = self.of_source.get_mut(&source) {
            rooms.remove(&id);
            if rooms.is_empty() {
                self.of_source.remove(&source);
            }
        }
    }

    /// Forgets rooms in which nothing goes on and that everybody had time to be told of.
    fn settle(&mut self, now: Timestamp) {
        const REMEMBERED: Millis = Millis::seconds(60);
        let dirty = &self.dirty;
        let by_version = &mut self.by_version;
        self.rooms.retain(|id, room| {
            let old = room.told_at.is_some_and(|at| now - at > REMEMBERED);
            let keep = !room.said.is_empty() || dirty.contains(id) || !old;
            if !keep {
                by_version.remove(&room.version);
            }
            keep
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: ConversationId = ConversationId::from_u128(1);
    const ANA: UserId = UserId::from_u128(2);
    const LAPTOP: Source = Source(3);
    const PHONE: Source = Source(4);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn states(signals: &Signals, ms: i64) -> Vec<State> {
        signals.of(ROOM, at(ms)).iter().map(|doing| doing.state).collect()
    }

    #[test]
    fn the_strongest_shows_and_each_ends_by_itself() {
        let signals = Signals::default();
        assert!(signals.say(ROOM, ANA, LAPTOP, State::Viewing, at(0)));
        assert!(signals.say(ROOM, ANA, LAPTOP, State::Typing, at(0)));
        assert_eq!(states(&signals, 5_999), [State::Typing]);
        assert_eq!(states(&signals, 6_000), [State::Viewing]);
        assert_eq!(states(&signals, 30_000), []);
        signals.say(ROOM, ANA, LAPTOP, State::Viewing, at(29_000));
        assert_eq!(states(&signals, 58_000), [State::Viewing]);
    }

    #[test]
    fn what_goes_on_is_told_again_before_it_would_end_by_itself() {
        let signals = Signals::default();
        let mut told = Vec::new();
        let mut version = 0;
        for seconds in 0..30 {
            signals.say(ROOM, ANA, LAPTOP, State::Typing, at(seconds * 1_000));
            if let (rooms, newer) = signals.told_after(version)
                && !rooms.is_empty()
            {
                version = newer;
                told.push(seconds);
            }
        }
        assert!(told.windows(2).all(|pair| pair[1] - pair[0] < 6), "{told:?}");
        assert!(told.len() <= 11, "and not each time: {told:?}");
    }

    #[test]
    fn what_ends_is_told() {
        let signals = Signals::default();
        signals.say(ROOM, ANA, LAPTOP, State::Typing, at(0));
        let (_, version) = signals.told_after(0);
        signals.step(at(1_000));
        assert_eq!(signals.told_after(version), (vec![], version));
        signals.step(at(6_000));
        let (told, newer) = signals.told_after(version);
        assert_eq!(told, [ROOM]);
        assert!(newer > version);
    }

    #[test]
    fn a_closed_connection_takes_what_it_said_along_and_leaves_the_other_device() {
        let signals = Signals::default();
        signals.say(ROOM, ANA, LAPTOP, State::Replying, at(0));
        signals.say(ROOM, ANA, PHONE, State::Viewing, at(0));
        signals.gone(LAPTOP, at(1_000));
        assert_eq!(states(&signals, 1_000), [State::Viewing]);
        signals.stop(ROOM, PHONE, at(2_000));
        assert_eq!(states(&signals, 2_000), []);
    }

    #[test]
    fn a_conversation_is_told_of_four_times_a_second_at_most_and_its_last_state_always() {
        let signals = Signals::default();
        let mut told = 0;
        for ms in 0..1_000 {
            let state = if ms % 2 == 0 { State::Typing } else { State::Viewing };
            let before = *signals.watch().borrow();
            signals.say(ROOM, ANA, LAPTOP, state, at(ms));
            signals.stop(ROOM, LAPTOP, at(ms));
            signals.say(ROOM, ANA, PHONE, State::Viewing, at(ms));
            signals.step(at(ms));
            told += u64::from(*signals.watch().borrow() > before);
        }
        assert!((3..=5).contains(&told), "{told}");
        let (_, version) = signals.told_after(0);
        signals.gone(PHONE, at(1_000));
        signals.step(at(2_000));
        assert_eq!(signals.told_after(version).0, [ROOM]);
    }

    #[test]
    fn rooms_in_which_nothing_goes_on_are_forgotten() {
        let signals = Signals::default();
        for n in 0..100 {
            signals.say(ConversationId::from_u128(n), ANA, LAPTOP, State::Typing, at(0));
        }
        assert!(signals.rooms().0.len() <= OF_SOURCE_MAX);
        signals.gone(LAPTOP, at(10));
        signals.step(at(1_000));
        signals.say(ROOM, ANA, PHONE, State::Typing, at(120_000));
        assert_eq!(signals.all.lock().rooms.len(), 1);
        assert_eq!(signals.all.lock().by_version.len(), 1);
    }
}

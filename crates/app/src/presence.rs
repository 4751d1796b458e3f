//! Who has a live connection open at this moment. A registry in memory and nowhere else: it begins empty with the process,
//! and nothing of it is logged. What must outlast it, whether somebody takes work, is an event
//! ([`domain::availability`]), which a worker (`attendance.rs`) writes from what is seen here.
//!
//! Keys for programs are nobody's presence: only people's sessions are registered. Who may learn of whom is the caller's to
//! ask ([`crate::reach::sees_user`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{SessionId, UserId};
use domain::time::{Millis, Timestamp};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::workers::Wake;

/// Somebody connected who has not done anything for so long is idle.
pub const IDLE_AFTER: Millis = Millis::minutes(5);

/// How near somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PresenceState {
    /// Connected, and did something lately.
    Online,
    /// Connected.
    Idle,
    Offline,
}

/// One person's presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserPresence {
    pub user_id: UserId,
    pub state: PresenceState,
    /// Sessions with a connection; several windows of one are one.
    pub devices: usize,
    /// When something of theirs was last connected or done; `None`: not since the process began.
    pub last_seen: Option<Timestamp>,
}

/// The registry. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Presence(Arc<Registry>);

struct Registry {
    clock: Arc<dyn Clock>,
    began_at: Timestamp,
    people: Mutex<BTreeMap<UserId, Person>>,
    version: watch::Sender<u64>,
    /// The worker that writes down who came and went.
    worker: Mutex<Option<Wake>>,
}

struct Person {
    /// Open connections of each session.
    sessions: BTreeMap<SessionId, usize>,
    /// When they last connected or did something.
    active_at: Timestamp,
    last_seen: Timestamp,
    /// What followers were last told.
    told: PresenceState,
}

impl Person {
    fn state(&self, now: Timestamp) -> PresenceState {
        match () {
            () if self.sessions.is_empty() => PresenceState::Offline,
            () if now - self.active_at >= IDLE_AFTER => PresenceState::Idle,
            () => PresenceState::Online,
        }
    }

    fn acts(&mut self, now: Timestamp) {
        self.active_at = self.active_at.max(now);
        self.last_seen = self.last_seen.max(now);
    }
}

impl Presence {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let (began_at, version) = (clock.now(), watch::Sender::new(0));
        Self(Arc::new(Registry { clock, began_at, people: Mutex::default(), version, worker: Mutex::default() }))
    }

    /// A live connection of a session is open, until the guard is dropped.
    #[must_use = "dropping it says that the connection is gone"]
    pub fn connect(&self, user: UserId, session: SessionId) -> Connected {
        let now = self.0.clock.now();
        {
            let mut people = self.0.people.lock();
            let offline = PresenceState::Offline;
            let unseen = || Person { sessions: BTreeMap::new(), active_at: now, last_seen: now, told: offline };
            let person = people.entry(user).or_insert_with(unseen);
            *person.sessions.entry(session).or_default() += 1;
            person.acts(now);
            person.told = person.state(now);
        }
        self.changed();
        self.wake_worker();
        Connected { presence: self.clone(), user, session }
    }

    /// Somebody's presence.
    pub fn of(&self, user_id: UserId) -> UserPresence {
        let now = self.0.clock.now();
        let people = self.0.people.lock();
        let unseen = UserPresence { user_id, state: PresenceState::Offline, devices: 0, last_seen: None };
        people.get(&user_id).map_or(unseen, |person| shown(user_id, person, now))
    }

    /// Everybody who is connected, in the order of their ids; whoever is missing is offline.
    pub fn everybody(&self) -> Vec<UserPresence> {
        let now = self.0.clock.now();
        let people = self.0.people.lock();
        let here = people.iter().filter(|(_, person)| !person.sessions.is_empty());
        here.map(|(user, person)| shown(*user, person, now)).collect()
    }

    /// Whether something of theirs is connected.
    pub fn is_connected(&self, user: UserId) -> bool {
        self.absent_since(user).is_none()
    }

    /// Since when nothing of theirs is connected; since the process began, for whom it has not seen. `None`: something is.
    pub fn absent_since(&self, user: UserId) -> Option<Timestamp> {
        match self.0.people.lock().get(&user) {
            Some(person) if person.sessions.is_empty() => Some(person.last_seen),
            Some(_) => None,
            None => Some(self.0.began_at),
        }
    }

    /// A number that moves whenever somebody's state or devices have changed.
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.0.version.subscribe()
    }

    /// Tells followers of those who have become idle, which nobody does but the clock. Gives the time of the next.
    pub(crate) fn settle_idle(&self, now: Timestamp) -> Option<Timestamp> {
        let (mut moved, mut next) = (false, None::<Timestamp>);
        for person in self.0.people.lock().values_mut().filter(|person| person.told == PresenceState::Online) {
            person.told = person.state(now);
            if person.told == PresenceState::Online {
                let at = person.active_at + IDLE_AFTER;
                next = Some(next.map_or(at, |next| next.min(at)));
            } else {
                moved = true;
            }
        }
        if moved {
            self.changed();
        }
        next
    }

    /// Has this worker woken by whoever comes and goes.
    pub(crate) fn wakes(&self, worker: Wake) {
        *self.0.worker.lock() = Some(worker);
    }

    fn touch(&self, user: UserId) {
        let now = self.0.clock.now();
        let woken = {
            let mut people = self.0.people.lock();
            let Some(person) = people.get_mut(&user) else { return };
            person.acts(now);
            std::mem::replace(&mut person.told, PresenceState::Online) != PresenceState::Online
        };
        if woken {
            self.changed();
        }
    }

    fn disconnect(&self, user: UserId, session: SessionId) {
        let now = self.0.clock.now();
        {
            let mut people = self.0.people.lock();
            let Some(person) = people.get_mut(&user) else { return };
            if let Some(open) = person.sessions.get_mut(&session) {
                *open -= 1;
                if *open == 0 {
                    person.sessions.remove(&session);
                }
            }
            person.last_seen = person.last_seen.max(now);
            person.told = person.state(now);
        }
        self.changed();
        self.wake_worker();
    }

    fn changed(&self) {
        self.0.version.send_modify(|version| *version += 1);
    }

    fn wake_worker(&self) {
        if let Some(worker) = &*self.0.worker.lock() {
            worker.wake();
        }
    }
}

fn shown(user_id: UserId, person: &Person, now: Timestamp) -> UserPresence {
    UserPresence {
        user_id,
        state: person.state(now),
        devices: person.sessions.len(),
        last_seen: Some(if person.sessions.is_empty() { person.last_seen } else { now }),
    }
}

/// An open connection. Dropping it ends it.
pub struct Connected {
    presence: Presence,
    user: UserId,
    session: SessionId,
}

impl Connected {
    /// They did something on it: who is touched is not idle.
    pub fn touch(&self) {
        self.presence.touch(self.user);
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.presence.disconnect(self.user, self.session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::HandClock;
    use PresenceState::*;

    fn registry() -> (Presence, Arc<HandClock>) {
        let clock = HandClock::at_nine();
        (Presence::new(clock.clone()), clock)
    }

    fn user(n: u128) -> UserId {
        UserId::from_u128(n)
    }

    fn seen(presence: &Presence) -> Vec<(UserId, PresenceState, usize)> {
        presence.everybody().into_iter().map(|each| (each.user_id, each.state, each.devices)).collect()
    }

    #[test]
    fn somebody_is_online_with_as_many_devices_as_sessions_until_the_last_connection_is_gone() {
        let (presence, clock) = registry();
        let (phone, desk) = (SessionId::from_u128(1), SessionId::from_u128(2));
        let windows = [presence.connect(user(1), desk), presence.connect(user(1), desk)];
        let pocket = presence.connect(user(1), phone);
        assert_eq!(seen(&presence), [(user(1), Online, 2)]);
        let [one, other] = windows;
        drop(one);
        assert_eq!(seen(&presence), [(user(1), Online, 2)]);
        drop(other);
        assert_eq!(seen(&presence), [(user(1), Online, 1)]);
        clock.advance(Millis::minutes(1));
        drop(pocket);
        let gone_at = clock.now();
        clock.advance(Millis::minutes(1));
        assert_eq!(seen(&presence), []);
        let offline = UserPresence { user_id: user(1), state: Offline, devices: 0, last_seen: Some(gone_at) };
        assert_eq!((presence.of(user(1)), presence.absent_since(user(1))), (offline, Some(gone_at)));
    }

    #[test]
    fn somebody_who_was_never_seen_is_absent_since_the_beginning() {
        let (presence, clock) = registry();
        let began_at = clock.now();
        clock.advance(Millis::minutes(1));
        assert_eq!((presence.of(user(1)).last_seen, presence.absent_since(user(1))), (None, Some(began_at)));
    }

    #[test]
    fn who_does_nothing_for_five_minutes_is_idle_and_online_again_with_the_next_thing_they_do() {
        let (presence, clock) = registry();
        let connection = presence.connect(user(1), SessionId::from_u128(1));
        clock.advance(Millis(IDLE_AFTER.0 - 1));
        assert_eq!(seen(&presence), [(user(1), Online, 1)]);
        clock.advance(Millis(1));
        assert_eq!(seen(&presence), [(user(1), Idle, 1)]);
        connection.touch();
        assert_eq!(seen(&presence), [(user(1), Online, 1)]);
    }

    #[test]
    fn followers_are_told_of_every_change_and_of_nothing_else() {
        let (presence, clock) = registry();
        let mut follower = presence.follow();
        let mut told = || {
            let told = follower.has_changed().unwrap();
            follower.borrow_and_update();
            told
        };
        let connection = presence.connect(user(1), SessionId::from_u128(1));
        assert!(told());
        connection.touch();
        assert_eq!(presence.settle_idle(clock.now()), Some(clock.now() + IDLE_AFTER));
        assert!(!told());
        clock.advance(IDLE_AFTER);
        assert_eq!(presence.settle_idle(clock.now()), None);
        assert!(told());
        connection.touch();
        assert!(told());
        drop(connection);
        assert!(told());
    }
}

//! What the live connections of one HTTP worker share. One ear, and one clock: what happens or is due wakes a worker once, and
//! that tells or wakes its connections where they are, instead of every connection across threads from the loop that everybody
//! waits for. And the frames that say the same to several: they are written once.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::future::pending;
use std::rc::{Rc, Weak};
use std::task::{Context, Waker};
use std::time::Duration;

use app::Desk;
use app::live::{Briefs, Outline, ToldAs, Unjudged};
use app::queries::Answer;
use domain::event::StreamId;
use domain::ids::ConversationId;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use super::limits::BEAT;
use super::wire::Frame;

/// Connections that are told something before requests get a turn.
const TOLD_AT_ONCE: usize = 64;
/// Connections that are told of one thing before the desk gets the processor, should it have something to do.
const GIVEN_WAY_EVERY: usize = 16;
/// What is due within so long after something else waits for it, and wakes nobody again.
const DUE_TOGETHER: Duration = Duration::from_millis(20);
/// Where several things happened while everybody was told of those before, half as long is waited for more, within these
/// bounds: what is told together costs little more than one thing. Readers of a busy desk hear of everything sooner for it.
const COMPANY_MIN: Duration = Duration::from_millis(1);
const COMPANY_MAX: Duration = Duration::from_millis(20);
/// Frames kept, all of the newest position: readers who were told up to different places need different ones.
const FRAMES_KEPT: usize = 16;
/// Events that are read once for several.
const EVENTS_SHARED: usize = 64;
/// How long a frame is good for: a customer service window in it may close.
const FRAME_LIFE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub(crate) struct Switchboard {
    begun: Instant,
    listening: Cell<bool>,
    /// The newest position that was heard of.
    head: Cell<u64>,
    /// Counts what else happens: signals, presence, that the server stops.
    stirs: Cell<u64>,
    /// The newest version of who is connected.
    presence: Cell<u64>,
    /// When something is due for somebody who waits, or earlier.
    due: Cell<Option<Instant>>,
    due_earlier: Rc<Notify>,
    seats: RefCell<Seats>,
    frames: RefCell<VecDeque<Rc<Written>>>,
    /// Events that were read last.
    read: RefCell<Option<Rc<Unjudged>>>,
}

#[derive(Debug, Default)]
struct Seats {
    all: Vec<Taken>,
    free: Vec<usize>,
}

/// What is known of who has a seat.
#[derive(Debug, Default)]
struct Taken {
    /// Of one that waits; a connection that is busy, or whose reader is, does not.
    waker: Option<Waker>,
    told: Option<Weak<dyn Told>>,
    /// When it wants to be told or woken at the latest.
    due: Option<Instant>,
}

/// Somebody who can be told what happened without being woken.
pub(crate) trait Told: fmt::Debug {
    /// Says everything there is to say at this time. If it did and goes on waiting: until when.
    fn tell(&self, now: Instant) -> Option<Instant>;
}

/// A connection's place at the switchboard.
#[derive(Debug)]
pub(crate) struct Seat {
    board: Rc<Switchboard>,
    number: usize,
}

/// A batch's frame, and what it is made of: batches of which that is equal have the same words.
#[derive(Debug)]
pub(crate) struct Written {
    head: u64,
    prev: u64,
    upto: u64,
    parts: Vec<Part>,
    at: Instant,
    pub(crate) frame: Frame,
    /// Where it leaves its reader.
    pub(crate) pos: u64,
}

/// An item, and whether it is told whole.
#[derive(Debug, PartialEq)]
struct Part(Outline, bool);

/// What one reader is to be told after `prev`.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) prev: u64,
    pub(crate) briefs: &'a Briefs<'a>,
    /// Conversations they have open.
    pub(crate) open: &'a BTreeSet<ConversationId>,
    pub(crate) now: Instant,
}

impl Wanted<'_> {
    fn parts(&self) -> impl Iterator<Item = Part> {
        self.briefs.outlines().map(|outline| {
            let whole = matches!(outline.stream, Some(StreamId::Conversation(id)) if self.open.contains(&id));
            Part(outline, whole)
        })
    }
}

impl Written {
    fn serves(&self, wanted: Wanted<'_>) -> bool {
        let place = (wanted.briefs.head, wanted.prev, wanted.briefs.pos);
        place == (self.head, self.prev, self.upto)
            && wanted.briefs.len() == self.parts.len()
            && wanted.parts().zip(&self.parts).all(|(part, known)| part == *known)
    }

    /// What it tells.
    pub(crate) fn outlines(&self) -> impl Iterator<Item = &Outline> {
        self.parts.iter().map(|part| &part.0).take_while(|outline| outline.pos <= self.pos)
    }
}

/// The makings of a frame that is not written yet.
pub(crate) struct Draft {
    head: u64,
    prev: u64,
    upto: u64,
    parts: Vec<Part>,
    at: Instant,
}

impl Default for Switchboard {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            listening: Cell::default(),
            head: Cell::default(),
            stirs: Cell::default(),
            presence: Cell::default(),
            due: Cell::default(),
            due_earlier: Rc::default(),
            seats: RefCell::default(),
            frames: RefCell::default(),
            read: RefCell::default(),
        }
    }
}

impl Switchboard {
    /// A place for one more connection. Listens from the first on.
    pub(crate) fn seat(self: &Rc<Self>, desk: &Desk) -> Seat {
        if !self.listening.replace(true) {
            let (applied, signals, presence) = (desk.applied(), desk.signals().watch(), desk.presence().follow());
            self.head.set(*applied.borrow());
            self.presence.set(*presence.borrow());
            actix_web::rt::spawn(listen(Rc::downgrade(self), desk.clone(), applied, signals, presence));
        }
        let mut seats = self.seats.borrow_mut();
        let number = seats.free.pop().unwrap_or(seats.all.len());
        if number == seats.all.len() {
            seats.all.push(Taken::default());
        }
        drop(seats);
        Seat { board: self.clone(), number }
    }

    /// Tells everybody who waits, or wakes them. Asks now and then to give way to others.
    async fn rouse(&self, give_way: impl Fn()) {
        let mut next = 0;
        loop {
            let now = Instant::now();
            for number in next..next + TOLD_AT_ONCE {
                if number >= self.seats.borrow().all.len() {
                    return;
                }
                if number % GIVEN_WAY_EVERY == 0 {
                    give_way();
                }
                self.tell(number, now);
            }
            next += TOLD_AT_ONCE;
            // Requests go on in between.
            tokio::task::yield_now().await;
        }
    }

    /// Tells or wakes those for whom something is due.
    async fn ring(&self, now: Instant) {
        self.due.set(None);
        let (mut number, mut told) = (0, 0);
        loop {
            let due = match self.seats.borrow().all.get(number) {
                None => return,
                Some(taken) => taken.waker.as_ref().and(taken.due),
            };
            match due {
                Some(due) if due <= now => {
                    self.tell(number, now);
                    told += 1;
                    if told % TOLD_AT_ONCE == 0 {
                        tokio::task::yield_now().await;
                    }
                }
                Some(due) => self.is_due(due),
                None => {}
            }
            number += 1;
        }
    }

    fn tell(&self, number: usize, now: Instant) {
        let told = match self.seats.borrow().all.get(number) {
            Some(Taken { waker: Some(_), told, .. }) => told.as_ref().and_then(Weak::upgrade),
            _ => return,
        };
        let due = told.and_then(|told| told.tell(now));
        // Out of the way first: whoever is woken may come back at once.
        let waker = match self.seats.borrow_mut().all.get_mut(number) {
            Some(taken) if due.is_some() => {
                taken.due = due;
                None
            }
            taken => taken.and_then(|taken| taken.waker.take()),
        };
        if let Some(due) = due {
            self.is_due(due);
        }
        waker.into_iter().for_each(Waker::wake);
    }

    /// Something is due for somebody then.
    fn is_due(&self, at: Instant) {
        if self.due.get().is_none_or(|due| at < due) {
            self.due.set(Some(at));
            self.due_earlier.notify_one();
        }
    }
}

async fn listen(
    board: Weak<Switchboard>,
    desk: Desk,
    mut applied: watch::Receiver<u64>,
    mut signals: watch::Receiver<u64>,
    mut presence: watch::Receiver<u64>,
) {
    let mut signalled = *signals.borrow();
    let Some(earlier) = board.upgrade().map(|board| board.due_earlier.clone()) else { return };
    loop {
        let Some(due) = board.upgrade().map(|board| board.due.get()) else { return };
        let alarm = async {
            match due {
                Some(due) => sleep_until(due + DUE_TOGETHER).await,
                None => pending().await,
            }
        };
        let stirred = tokio::select! {
            changed = applied.changed() => Some(changed.is_ok()),
            changed = signals.changed() => Some(changed.is_ok()),
            changed = presence.changed() => Some(changed.is_ok()),
            () = earlier.notified() => continue,
            () = alarm => None,
        };
        let Some(board) = board.upgrade().filter(|_| stirred.unwrap_or(true)) else { return };
        if stirred.is_none() {
            board.ring(Instant::now()).await;
            continue;
        }
        let head = *applied.borrow_and_update();
        let signal = *signals.borrow_and_update();
        let present = *presence.borrow_and_update();
        let before = board.head.replace(head);
        let same_head = before == head;
        let same_presence = board.presence.replace(present) == present;
        // Whoever has been up to the new head already would not look for what came with it.
        let same_signals = std::mem::replace(&mut signalled, signal) == signal;
        if same_head || !same_presence || !same_signals || desk.is_draining() {
            board.stirs.set(board.stirs.get() + 1);
        }
        let begun = Instant::now();
        // One thing is not worth waiting for with what comes next; of several, see below.
        let give_way = || {
            if head <= before + 1 && desk.is_busy() {
                std::thread::yield_now();
            }
        };
        board.rouse(give_way).await;
        let company = (begun.elapsed() / 2).min(COMPANY_MAX);
        if company >= COMPANY_MIN && *applied.borrow() > head + 1 {
            sleep_until(Instant::now() + company).await;
        }
    }
}

impl Seat {
    /// The newest position that the worker heard of.
    pub(crate) fn head(&self) -> u64 {
        self.board.head.get()
    }

    /// Changes with everything else that happens.
    pub(crate) fn stirs(&self) -> u64 {
        self.board.stirs.get()
    }

    pub(crate) fn presence(&self) -> u64 {
        self.board.presence.get()
    }

    /// That time or a little later, when others are due as well: what ten thousand idle connections are woken for now and then
    /// wakes a worker once a beat, and not once for each.
    pub(crate) fn on_the_beat(&self, at: Instant) -> Instant {
        let since = (at - self.board.begun).as_millis().next_multiple_of(BEAT.as_millis());
        self.board.begun + Duration::from_millis(since as u64)
    }

    /// Is told or woken when one of these changes, or something is due.
    pub(crate) fn wait(&self, context: &Context<'_>, due: Instant) {
        let taken = &mut self.board.seats.borrow_mut().all[self.number];
        if !taken.waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            taken.waker = Some(context.waker().clone());
        }
        taken.due = Some(due);
        self.board.is_due(due);
    }

    /// Who is asked first when something happened.
    pub(crate) fn is_told_by(&self, told: Weak<impl Told + 'static>) {
        self.board.seats.borrow_mut().all[self.number].told = Some(told);
    }

    /// Events after a position, read once for all who stand there.
    pub(crate) fn events(&self, desk: &Desk, after: u64) -> Answer<Rc<Unjudged>> {
        let mut read = self.board.read.borrow_mut();
        let known = read.as_ref().filter(|read| read.after == after && !read.is_empty());
        if let Some(known) = known.filter(|read| read.last_pos() >= self.head()) {
            return Ok(known.clone());
        }
        let events = Rc::new(desk.unjudged(after)?);
        // Few at a time are what many have in common; whoever catches up stands alone.
        *read = (events.len() <= EVENTS_SHARED).then(|| events.clone());
        Ok(events)
    }

    /// There are newer ones than were read.
    pub(crate) fn read_anew(&self) {
        *self.board.read.borrow_mut() = None;
    }

    /// What somebody was told already and is wanted again, or what it takes to write it.
    pub(crate) fn written(&self, wanted: Wanted<'_>) -> Result<Rc<Written>, Draft> {
        let mut frames = self.board.frames.borrow_mut();
        frames.retain(|written| written.head == wanted.briefs.head && wanted.now - written.at < FRAME_LIFE);
        let known = frames.iter().find(|written| written.serves(wanted)).cloned();
        let Briefs { head, pos: upto, .. } = *wanted.briefs;
        known.ok_or_else(|| Draft { head, prev: wanted.prev, upto, parts: wanted.parts().collect(), at: wanted.now })
    }

    /// Keeps a frame for the others, unless some of it is for its reader's eyes only.
    pub(crate) fn write(&self, draft: Draft, frame: Frame, pos: u64) -> Rc<Written> {
        let Draft { head, prev, upto, parts, at } = draft;
        let private = parts.iter().any(|part| part.0.told == ToldAs::Notice);
        let frame = if private { frame } else { frame.shared() };
        let written = Rc::new(Written { head, prev, upto, parts, at, frame, pos });
        let mut frames = self.board.frames.borrow_mut();
        if !private {
            if frames.len() == FRAMES_KEPT {
                frames.pop_back();
            }
            frames.push_front(written.clone());
        }
        written
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.board.seats.borrow_mut();
        seats.all[self.number] = Taken::default();
        seats.free.push(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;

    use super::*;

    /// Says that it was told, and goes on waiting for so long; or does not.
    #[derive(Debug, Default)]
    struct Listener {
        told: Cell<u32>,
        again: Option<Duration>,
    }

    impl Told for Listener {
        fn tell(&self, now: Instant) -> Option<Instant> {
            self.told.set(self.told.get() + 1);
            self.again.map(|again| now + again)
        }
    }

    #[derive(Default)]
    struct Woken(AtomicU32);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn waits(board: &Switchboard, told: &Rc<Listener>, woken: &Arc<Woken>, due: Instant) {
        let told: Weak<Listener> = Rc::downgrade(told);
        let (waker, due) = (Some(woken.clone().into()), Some(due));
        board.seats.borrow_mut().all.push(Taken { waker, told: Some(told), due });
    }

    #[tokio::test]
    async fn only_those_are_told_for_whom_something_is_due_and_the_next_one_is_known() {
        let (board, woken) = (Switchboard::default(), Arc::default());
        let nine = || Rc::new(Listener { again: Some(Duration::from_secs(9)), ..Listener::default() });
        let (first, later, begun) = (nine(), nine(), Instant::now());
        let after = |seconds| begun + Duration::from_secs(seconds);
        waits(&board, &first, &woken, after(1));
        waits(&board, &later, &woken, after(5));
        board.ring(after(1)).await;
        assert_eq!((first.told.get(), later.told.get()), (1, 0));
        assert_eq!(board.due.get(), Some(after(5)));
        board.ring(after(5)).await;
        assert_eq!((first.told.get(), later.told.get()), (1, 1));
        assert_eq!(board.due.get(), Some(after(10)));
        assert_eq!(woken.0.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn whoever_cannot_be_told_is_woken_once_and_waits_no_more_until_it_says_so() {
        let (board, woken) = (Switchboard::default(), Arc::default());
        let (busy, now) = (Rc::new(Listener::default()), Instant::now());
        waits(&board, &busy, &woken, now);
        board.ring(now).await;
        board.rouse(|| ()).await;
        board.ring(now).await;
        assert_eq!((busy.told.get(), woken.0.load(Ordering::Relaxed)), (1, 1));
        assert_eq!(board.due.get(), None);
        // One that is gone is no listener.
        let gone = Rc::new(Listener::default());
        waits(&board, &gone, &woken, now);
        drop(gone);
        board.rouse(|| ()).await;
        assert_eq!(woken.0.load(Ordering::Relaxed), 2);
    }
}

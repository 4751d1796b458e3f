//! What the live connections of one HTTP worker share. One ear: what happens wakes a worker once, and that wakes its
//! connections where they are, instead of every connection across threads from the loop that everybody waits for. And the
//! frames that say the same to several: they are written once.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::task::{Context, Waker};
use std::time::Duration;

use app::Desk;
use app::live::{Chunk, Seen, What};
use domain::event::StreamId;
use domain::ids::ConversationId;
use tokio::sync::watch;
use tokio::time::Instant;

use super::wire::Frame;

/// Frames kept, all of the newest position: readers who were told up to different places need different ones.
const FRAMES_KEPT: usize = 16;
/// How long one is good for: a customer service window in it may close.
const FRAME_LIFE: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Switchboard {
    listening: Cell<bool>,
    /// The newest position that was heard of.
    head: Cell<u64>,
    /// Counts what else happens: signals, presence, that the server stops.
    stirs: Cell<u64>,
    /// The newest version of who is connected.
    presence: Cell<u64>,
    seats: RefCell<Seats>,
    frames: RefCell<VecDeque<Known>>,
}

#[derive(Debug, Default)]
struct Seats {
    /// Who waits; a connection that is busy, or whose reader is, is not among them.
    wakers: Vec<Option<Waker>>,
    free: Vec<usize>,
}

/// A connection's place at the switchboard.
#[derive(Debug)]
pub(crate) struct Seat {
    board: Rc<Switchboard>,
    number: usize,
}

/// What a batch is made of, apart from its words: batches of which this is equal have the same words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Makings {
    head: u64,
    prev: u64,
    upto: u64,
    parts: Vec<Part>,
}

/// An item: what of whose position, told as what, with its reader's numbers. Everything an item's words depend on beside
/// the state at `head` must be here: whoever is told other conversations is told other words.
#[derive(Debug, Clone, PartialEq)]
struct Part {
    pos: u64,
    what: Told,
    conversation: Option<(ConversationId, usize, usize)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Told {
    Thin,
    Whole,
    Enter,
    Leave,
}

#[derive(Debug)]
struct Known {
    makings: Makings,
    at: Instant,
    frame: Frame,
    pos: u64,
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
        let number = seats.free.pop().unwrap_or(seats.wakers.len());
        if number == seats.wakers.len() {
            seats.wakers.push(None);
        }
        drop(seats);
        Seat { board: self.clone(), number }
    }

    fn rouse(&self) {
        // Out of the way first: whoever is woken may come back at once.
        let mut woken: Vec<Waker> = self.seats.borrow_mut().wakers.iter_mut().filter_map(Option::take).collect();
        woken.drain(..).for_each(Waker::wake);
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
    loop {
        let open = tokio::select! {
            changed = applied.changed() => changed.is_ok(),
            changed = signals.changed() => changed.is_ok(),
            changed = presence.changed() => changed.is_ok(),
        };
        let Some(board) = board.upgrade().filter(|_| open) else { return };
        let head = *applied.borrow_and_update();
        let signal = *signals.borrow_and_update();
        let present = *presence.borrow_and_update();
        let same_head = board.head.replace(head) == head;
        let same_presence = board.presence.replace(present) == present;
        // Whoever has been up to the new head already would not look for what came with it.
        let same_signals = std::mem::replace(&mut signalled, signal) == signal;
        if same_head || !same_presence || !same_signals || desk.is_draining() {
            board.stirs.set(board.stirs.get() + 1);
        }
        board.rouse();
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

    /// Is woken when one of these changes.
    pub(crate) fn wait(&self, context: &Context<'_>) {
        let waker = &mut self.board.seats.borrow_mut().wakers[self.number];
        if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }

    /// A frame made of this and the position after it: one that somebody was told, or a new one.
    pub(crate) fn frame(&self, makings: Option<Makings>, write: impl FnOnce() -> (Frame, u64)) -> (Frame, u64) {
        let Some(makings) = makings else { return write() };
        let mut frames = self.board.frames.borrow_mut();
        let now = Instant::now();
        frames.retain(|known| known.makings.head == makings.head && now - known.at < FRAME_LIFE);
        if let Some(known) = frames.iter().find(|known| known.makings == makings) {
            return (known.frame.clone(), known.pos);
        }
        let (frame, pos) = write();
        if frames.len() == FRAMES_KEPT {
            frames.pop_back();
        }
        frames.push_front(Known { makings, at: now, frame: frame.clone(), pos });
        (frame, pos)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.board.seats.borrow_mut();
        seats.wakers[self.number] = None;
        seats.free.push(self.number);
    }
}

impl Makings {
    /// Of what somebody is told after `prev`; `None` where some of it is for their eyes only.
    pub(crate) fn of(chunk: &Chunk, prev: u64, is_open: impl Fn(&ConversationId) -> bool) -> Option<Self> {
        let mut parts = Vec::with_capacity(chunk.items.len());
        let of = |seen: &Seen| (seen.row.id(), seen.unread, seen.mentions_unread);
        for item in &chunk.items {
            let (what, conversation) = match &item.what {
                What::Event { happened, conversation } => match happened.recorded.stream {
                    StreamId::Conversation(id) if is_open(&id) => (Told::Whole, conversation.as_ref().map(of)),
                    _ => (Told::Thin, conversation.as_ref().map(of)),
                },
                What::Enter { conversation, .. } => (Told::Enter, Some(of(conversation))),
                What::Leave { id, .. } => (Told::Leave, Some((*id, 0, 0))),
                What::Notice(_) => return None,
            };
            parts.push(Part { pos: item.pos, what, conversation });
        }
        Some(Self { head: chunk.head, prev, upto: chunk.pos, parts })
    }
}

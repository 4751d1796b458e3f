//! What happened in a conversation, as far as numbers care, in about six bytes each: the compact form of its stream from which
//! every measured row follows, at any position. Kinds, ids by number, times and positions; no text.

use domain::conversation::Status;
use domain::time::{Millis, Timestamp};

use super::names::No;
use super::rows::Ending;

/// One moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Of the event that made it.
    pub pos: u64,
    pub at: Timestamp,
    pub what: What,
}

/// What happened. Messages are named by the position at which they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Episode 1 begins; imported ones begin resolved.
    Opened {
        inbound: bool,
        resolved: bool,
        team: No,
    },
    /// A campaign wrote first: no episode begins before the customer writes.
    Awaited {
        team: No,
    },
    /// The next episode begins, perhaps with somebody who has waited before.
    Reopened {
        inbound: bool,
        waiting_since: Option<Timestamp>,
        team: No,
        owner: No,
    },
    Resolved(Resolution),
    /// A customer's message; a courtesy counts for nothing. `phrase`: of a short text at the edge of an episode, which another
    /// list of courtesies may see otherwise.
    Customer {
        courtesy: bool,
        phrase: Option<u64>,
    },
    /// A person wrote; nobody: in the phone app.
    Person {
        agent: No,
    },
    /// A greeting, a bot, a survey.
    Machine,
    /// A message turned out not to have reached the customer.
    Failed {
        message: u64,
    },
    /// It has, after all.
    Unfailed {
        message: u64,
    },
    /// It is sent anew, and counts from now.
    Resent {
        message: u64,
    },
    /// A "thanks" counts after all, in the episode that begins with it.
    CourtesyUndone {
        message: u64,
    },
    /// Between open, pending and snoozed.
    Status(Status),
    Assigned {
        owner: No,
        team: No,
    },
    /// A bot has it from here on.
    BotStarted,
    /// A bot handed over to people.
    HandedOff,
    Tagged {
        tag: u32,
    },
    Untagged {
        tag: u32,
    },
    /// The customer was asked how satisfied they were with an episode that this person ended.
    Surveyed {
        episode: u32,
        resolver: No,
        team: No,
    },
    /// They said so; of several answers the newest counts.
    Rated {
        episode: u32,
        score: u8,
    },
}

/// An episode's end, with what its event measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    pub resolver: No,
    pub assignee: No,
    pub team: No,
    pub ending: Ending,
    pub total: Millis,
    pub active: Millis,
}

/// The moments of one conversation in the order of the log.
#[derive(Debug, Clone, Copy)]
pub struct Track<'f>(&'f [u8]);

impl<'f> Track<'f> {
    pub(super) fn of(bytes: &'f [u8]) -> Self {
        Self(bytes)
    }

    /// All moments, oldest first.
    pub fn iter(self) -> impl Iterator<Item = Moment> + use<'f> {
        let mut reader = Reader(self.0);
        let (mut pos, mut at) = (0, 0);
        std::iter::from_fn(move || {
            let head = reader.byte()?;
            pos += reader.number();
            at += reader.signed();
            Some(Moment { pos, at: Timestamp::from_millis(at), what: what(head, pos, at, &mut reader) })
        })
    }

    /// Those up to a position.
    pub fn until(self, pos: u64) -> impl Iterator<Item = Moment> + use<'f> {
        self.iter().take_while(move |moment| moment.pos <= pos)
    }
}

/// A track that is being written.
#[derive(borsh::BorshSerialize, borsh::BorshDeserialize, Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Running {
    bytes: Vec<u8>,
    last_pos: u64,
    last_at: i64,
}

impl Running {
    /// What was written goes on.
    pub(super) fn going_on(track: Track<'_>) -> Self {
        let last = track.iter().last();
        Self {
            bytes: track.0.to_vec(),
            last_pos: last.map_or(0, |moment| moment.pos),
            last_at: last.map_or(0, |moment| moment.at.as_millis()),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes it takes.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
    }

    pub(super) fn push(&mut self, moment: Moment) {
        let Moment { pos, at, what } = moment;
        let mut out = Writer(&mut self.bytes);
        let (kind, flag) = head(&what);
        out.0.push(kind << 2 | flag);
        out.number(pos - self.last_pos);
        out.signed(at.as_millis() - self.last_at);
        match what {
            What::Opened { team, .. } | What::Awaited { team } => out.no(team),
            What::Reopened { waiting_since, team, owner, .. } => {
                if let Some(since) = waiting_since {
                    out.signed(at.as_millis() - since.as_millis());
                }
                out.no(team);
                out.no(owner);
            }
            What::Resolved(Resolution { resolver, assignee, team, ending: _, total, active }) => {
                out.no(resolver);
                out.no(assignee);
                out.no(team);
                out.signed(total.0);
                out.signed(active.0);
            }
            What::Customer { phrase, .. } => {
                if let Some(phrase) = phrase {
                    out.0.extend(phrase.to_le_bytes());
                }
            }
            What::Machine | What::BotStarted | What::HandedOff | What::Status(_) => {}
            What::Person { agent } => out.no(agent),
            What::Failed { message }
            | What::Unfailed { message }
            | What::Resent { message }
            | What::CourtesyUndone { message } => out.number(pos - message),
            What::Assigned { owner, team } => {
                out.no(owner);
                out.no(team);
            }
            What::Tagged { tag } | What::Untagged { tag } => out.number(u64::from(tag)),
            What::Surveyed { episode, resolver, team } => {
                out.number(u64::from(episode));
                out.no(resolver);
                out.no(team);
            }
            What::Rated { episode, score } => {
                out.number(u64::from(episode));
                out.0.push(score);
            }
        }
        (self.last_pos, self.last_at) = (pos, at.as_millis());
    }
}

/// The number of a kind, and two bits that say more.
fn head(what: &What) -> (u8, u8) {
    let two = |low: bool, high: bool| u8::from(low) | u8::from(high) << 1;
    match *what {
        What::Opened { inbound, resolved, .. } => (0, two(inbound, resolved)),
        What::Reopened { inbound, waiting_since, .. } => (1, two(waiting_since.is_some(), inbound)),
        What::Resolved(Resolution { ending, .. }) => (2, ending as u8),
        What::Customer { courtesy, phrase } => (3, two(courtesy, phrase.is_some())),
        What::Person { .. } => (4, 0),
        What::Machine => (5, 0),
        What::Failed { .. } => (6, 0),
        What::Unfailed { .. } => (7, 0),
        What::Resent { .. } => (8, 0),
        What::CourtesyUndone { .. } => (9, 0),
        What::Status(Status::Open) => (10, 0),
        What::Status(Status::Pending) => (10, 1),
        What::Status(Status::Snoozed) => (10, 2),
        What::Status(Status::Resolved) => (10, 3),
        What::Assigned { .. } => (11, 0),
        What::HandedOff => (12, 0),
        What::Tagged { .. } => (13, 0),
        What::Untagged { .. } => (14, 0),
        What::Surveyed { .. } => (15, 0),
        What::Rated { .. } => (16, 0),
        What::BotStarted => (17, 0),
        What::Awaited { .. } => (18, 0),
    }
}

fn what(head: u8, pos: u64, at: i64, reader: &mut Reader<'_>) -> What {
    let (kind, flag) = (head >> 2, head & 3);
    let (low, high) = (flag & 1 == 1, flag & 2 == 2);
    match kind {
        0 => What::Opened { inbound: low, resolved: high, team: reader.no() },
        1 => {
            let waiting_since = low.then(|| Timestamp::from_millis(at - reader.signed()));
            What::Reopened { inbound: high, waiting_since, team: reader.no(), owner: reader.no() }
        }
        2 => What::Resolved(Resolution {
            ending: [Ending::Ordinary, Ending::Automatic, Ending::Blocked][usize::from(flag.min(2))],
            resolver: reader.no(),
            assignee: reader.no(),
            team: reader.no(),
            total: Millis(reader.signed()),
            active: Millis(reader.signed()),
        }),
        3 => What::Customer { courtesy: low, phrase: high.then(|| reader.word()) },
        4 => What::Person { agent: reader.no() },
        5 => What::Machine,
        6 => What::Failed { message: pos - reader.number() },
        7 => What::Unfailed { message: pos - reader.number() },
        8 => What::Resent { message: pos - reader.number() },
        9 => What::CourtesyUndone { message: pos - reader.number() },
        10 => What::Status([Status::Open, Status::Pending, Status::Snoozed, Status::Resolved][usize::from(flag)]),
        11 => What::Assigned { owner: reader.no(), team: reader.no() },
        12 => What::HandedOff,
        13 => What::Tagged { tag: reader.number() as u32 },
        14 => What::Untagged { tag: reader.number() as u32 },
        15 => What::Surveyed { episode: reader.number() as u32, resolver: reader.no(), team: reader.no() },
        16 => What::Rated { episode: reader.number() as u32, score: reader.byte().unwrap_or(0) },
        17 => What::BotStarted,
        18 => What::Awaited { team: reader.no() },
        _ => unreachable!("written by `head`"),
    }
}

/// Little-endian base 128; signed numbers in zigzag.
struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
    fn signed(&mut self, value: i64) {
        self.number((value << 1 ^ value >> 63) as u64);
    }
    fn no(&mut self, no: No) {
        self.number(u64::from(no.0));
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }
    fn number(&mut self) -> u64 {
        let (mut value, mut shift) = (0u64, 0);
        while let Some(byte) = self.byte() {
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        value
    }
    fn signed(&mut self) -> i64 {
        let value = self.number();
        (value >> 1) as i64 ^ -((value & 1) as i64)
    }
    fn word(&mut self) -> u64 {
        let (word, rest) = self.0.split_first_chunk().unwrap_or((&[0; 8], &[]));
        self.0 = rest;
        u64::from_le_bytes(*word)
    }
    fn no(&mut self) -> No {
        No(self.number() as u16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_moment_comes_back_as_it_was_written() {
        let at = Timestamp::from_millis;
        let (agent, team, owner) = (No(3), No(70), No(40_000));
        let resolution = |ending| Resolution {
            resolver: agent,
            assignee: owner,
            team,
            ending,
            total: Millis(86_400_000 * 40),
            active: Millis(-1),
        };
        let whats = [
            What::Opened { inbound: true, resolved: false, team },
            What::Customer { courtesy: false, phrase: None },
            What::Person { agent },
            What::Machine,
            What::Failed { message: 12 },
            What::Unfailed { message: 12 },
            What::Resent { message: 12 },
            What::Status(Status::Open),
            What::Status(Status::Pending),
            What::Status(Status::Snoozed),
            What::Status(Status::Resolved),
            What::Assigned { owner, team },
            What::BotStarted,
            What::HandedOff,
            What::Tagged { tag: 1_000_000 },
            What::Untagged { tag: 0 },
            What::Surveyed { episode: 300, resolver: agent, team },
            What::Rated { episode: 300, score: 5 },
            What::Resolved(resolution(Ending::Ordinary)),
            What::Resolved(resolution(Ending::Automatic)),
            What::Resolved(resolution(Ending::Blocked)),
            What::Customer { courtesy: true, phrase: Some(u64::MAX - 5) },
            What::CourtesyUndone { message: 20 },
            What::Reopened { inbound: true, waiting_since: Some(at(5)), team, owner: No::NONE },
            What::Reopened { inbound: false, waiting_since: None, team: No::NONE, owner },
            What::Opened { inbound: false, resolved: true, team: No::NONE },
            What::Awaited { team },
        ];
        // Times go back too: what was told late happened early.
        let times = [1_795_251_600_000, 1_795_251_599_000, 1_795_337_000_123];
        let moment = |(n, what): (usize, &What)| Moment {
            pos: 100 + n as u64 * 1_000,
            at: at(times[n % times.len()]),
            what: *what,
        };
        let moments: Vec<_> = whats.iter().enumerate().map(moment).collect();
        let mut running = Running::default();
        let mut broken_off = Running::default();
        for moment in &moments {
            running.push(*moment);
            // Broken off at any point, it goes on as if it had not been.
            broken_off = Running::going_on(Track::of(broken_off.bytes()));
            broken_off.push(*moment);
        }
        assert_eq!(running, broken_off);
        let track = Track::of(running.bytes());
        assert_eq!(track.iter().collect::<Vec<_>>(), moments);
        assert_eq!(track.until(2_100).count(), 3);
    }
}

//! Who has event streams open. A stream holds a connection for as long as its reader likes, so there are only so many, and
//! nobody takes all of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::event::Actor;
use parking_lot::Mutex;

use crate::problem::{Kind, Problem};

/// Streams open at once.
const STREAMS_MAX: usize = 256;
/// Of one person, and of one key.
const STREAMS_OF_ONE_MAX: usize = 8;
/// When somebody may try again who had none.
const RETRY_AFTER_S: u64 = 10;

/// The open ones, by who reads.
#[derive(Debug, Default)]
pub struct Streams(Arc<Mutex<BTreeMap<Actor, usize>>>);

/// A place among them, given back when the stream is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    all: Arc<Mutex<BTreeMap<Actor, usize>>>,
    reader: Actor,
}

impl Streams {
    /// A place for this reader.
    pub(crate) fn take(&self, reader: Actor) -> Result<Place, Problem> {
        let mut open = self.0.lock();
        if open.values().sum::<usize>() >= STREAMS_MAX {
            let problem = Problem::new(Kind::Overloaded).detail("too many streams are open");
            return Err(problem.retry_after_s(RETRY_AFTER_S));
        }
        let own = open.entry(reader).or_default();
        if *own >= STREAMS_OF_ONE_MAX {
            let said = format!("you have {STREAMS_OF_ONE_MAX} streams open, which is all you can have");
            return Err(Problem::new(Kind::RateLimited).detail(said).retry_after_s(RETRY_AFTER_S));
        }
        *own += 1;
        Ok(Place { all: self.0.clone(), reader })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.all.lock();
        if let Some(own) = open.get_mut(&self.reader) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.reader);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::UserId;

    use super::*;

    fn user(n: u128) -> Actor {
        Actor::User(UserId::from_u128(n))
    }

    #[test]
    fn nobody_takes_all_places_and_a_place_comes_back() {
        let streams = Streams::default();
        let mut held: Vec<_> = (0..STREAMS_OF_ONE_MAX).map(|_| streams.take(user(1)).unwrap()).collect();
        assert_eq!(streams.take(user(1)).unwrap_err().kind(), Kind::RateLimited);
        streams.take(user(2)).unwrap();
        held.pop();
        streams.take(user(1)).unwrap();
    }

    #[test]
    fn altogether_there_are_only_so_many() {
        let streams = Streams::default();
        let one = |n: usize| streams.take(user((n / STREAMS_OF_ONE_MAX) as u128));
        let held: Vec<_> = (0..STREAMS_MAX).map(|n| one(n).unwrap()).collect();
        assert_eq!(one(STREAMS_MAX).unwrap_err().kind(), Kind::Overloaded);
        drop(held);
        one(0).unwrap();
    }
}

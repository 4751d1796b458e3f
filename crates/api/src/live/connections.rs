//! How many connections there are, and whose: the limits on them are kept here, a place is given back when it is dropped.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use app::live::Standing;
use domain::ids::UserId;
use parking_lot::Mutex;

use super::limits::{OF_KEY_MAX, OF_USER_MAX, STRANGERS_MAX};
use crate::auth::throttle::network_of;

/// Whom a place is counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holder {
    /// Somebody of this network who has not said who they are.
    Stranger(IpAddr),
    User(UserId),
    /// A key, whoever made it.
    Key(domain::ids::KeyId),
}

impl Holder {
    const fn places(self) -> usize {
        match self {
            Self::Stranger(_) => STRANGERS_MAX,
            Self::User(_) => OF_USER_MAX,
            Self::Key(_) => OF_KEY_MAX,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Connections(Arc<Mutex<BTreeMap<Holder, usize>>>);

/// One connection's place.
#[derive(Debug)]
pub(crate) struct Place {
    all: Arc<Mutex<BTreeMap<Holder, usize>>>,
    holder: Holder,
}

impl Connections {
    /// For somebody unknown; `None`: too many of their network are.
    pub(crate) fn stranger(&self, address: IpAddr) -> Option<Place> {
        self.take(Holder::Stranger(network_of(address)))
    }

    /// For somebody known; `None`: they have too many.
    pub(crate) fn known(&self, standing: Standing, user: UserId) -> Option<Place> {
        self.take(match standing {
            Standing::Session(_) => Holder::User(user),
            Standing::Key(id) => Holder::Key(id),
        })
    }

    /// How many there are, strangers included.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().values().sum()
    }

    fn take(&self, holder: Holder) -> Option<Place> {
        let mut all = self.0.lock();
        let taken = all.entry(holder).or_default();
        if *taken >= holder.places() {
            return None;
        }
        *taken += 1;
        Some(Place { all: self.0.clone(), holder })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.all.lock();
        if let Some(taken) = all.get_mut(&self.holder) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{KeyId, SessionId};

    use super::*;

    #[test]
    fn places_are_limited_and_given_back() {
        let connections = Connections::default();
        let user = UserId::from_u128(1);
        let session = Standing::Session(SessionId::from_u128(2));
        let mut held: Vec<_> = (0..OF_USER_MAX).map(|_| connections.known(session, user).unwrap()).collect();
        assert!(connections.known(session, user).is_none());
        assert!(connections.known(Standing::Key(KeyId::from_u128(3)), user).is_some());
        held.pop();
        assert!(connections.known(session, user).is_some());
        drop(held);
        assert_eq!(connections.count(), 0);
    }

    #[test]
    fn strangers_of_one_network_do_not_lock_out_others() {
        let connections = Connections::default();
        let of = |text: &str| connections.stranger(text.parse().unwrap());
        let held: Vec<_> = (0..STRANGERS_MAX).map(|_| of("203.0.113.9").unwrap()).collect();
        assert!(of("203.0.113.9").is_none());
        assert!(of("203.0.113.10").is_some());
        drop(held);
    }
}

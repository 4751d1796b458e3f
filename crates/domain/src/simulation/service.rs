//! How long people take for what they do, as it was observed: no shape is assumed, what was observed is drawn from.
//!
//! What is learned of an act is its *effort*: the time since the latest of when it could be done, when the person finished their act
//! before, and when they came to their desk. So it does not contain the time in which the person was busy with others, and a
//! day with fewer people, or more, can be played with it.

use std::collections::{BTreeMap, BTreeSet};

use super::chance::Chance;
use super::measures::Scope;
use super::spread::Spread;
use crate::ids::*;
use crate::time::Millis;

/// Observations of one person from which on theirs are used, and not everybody's.
pub const OWN_MIN: usize = 20;

/// What people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Taking a conversation from a queue in which people take for themselves.
    PickUp,
    /// The first answer of an episode.
    FirstAnswer,
    /// An answer after that.
    NextAnswer,
    /// Ending an episode without an answer.
    Dismiss,
    /// From the last word of an episode to its end. Fills nobody's hands.
    Closing,
}

impl Act {
    pub const ALL: [Self; 5] = [Self::PickUp, Self::FirstAnswer, Self::NextAnswer, Self::Dismiss, Self::Closing];

    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PickUp => "pick_up",
            Self::FirstAnswer => "first_answer",
            Self::NextAnswer => "next_answer",
            Self::Dismiss => "dismiss",
            Self::Closing => "closing",
        }
    }

    /// What stands for it where it was never observed.
    const fn stand_in(self) -> Option<Self> {
        match self {
            Self::FirstAnswer => Some(Self::NextAnswer),
            Self::NextAnswer | Self::Dismiss => Some(Self::FirstAnswer),
            Self::PickUp | Self::Closing => None,
        }
    }
}

/// One act that was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    pub act: Act,
    pub user_id: UserId,
    pub brand_id: Option<BrandId>,
    pub effort: Millis,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Service {
    observed: Vec<Observation>,
    /// Everybody's, and of those with enough their own; from the least to the greatest.
    pooled: BTreeMap<Act, Vec<Millis>>,
    own: BTreeMap<(Act, UserId), Vec<Millis>>,
}

impl Service {
    pub fn new(observed: Vec<Observation>) -> Self {
        let (mut pooled, mut own) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for each in &observed {
            pooled.entry(each.act).or_default().push(each.effort);
            own.entry((each.act, each.user_id)).or_default().push(each.effort);
        }
        own.retain(|_, efforts| efforts.len() >= OWN_MIN);
        pooled.values_mut().for_each(|efforts| efforts.sort_unstable());
        own.values_mut().for_each(|efforts| efforts.sort_unstable());
        Self { observed, pooled, own }
    }

    /// How long somebody takes. `None`: nothing like it was ever observed, so nobody does it.
    pub fn effort(&self, act: Act, user: UserId, chance: Chance, about: u128) -> Option<Millis> {
        let known = |act: Act| self.own.get(&(act, user)).or_else(|| self.pooled.get(&act));
        let efforts = match known(act).or_else(|| act.stand_in().and_then(known)) {
            Some(efforts) => efforts,
            // Takes no time of its own.
            None if act.stand_in().is_none() => return Some(Millis(0)),
            None => return None,
        };
        let place = (chance.draw(about, act as u64) * efforts.len() as f64) as usize;
        efforts.get(place.min(efforts.len() - 1)).copied()
    }

    /// What was observed of an act, in conversations that count.
    pub fn observed(&self, act: Act, scope: &Scope) -> Spread {
        let inside = |each: &&Observation| each.act == act && each.brand_id.is_none_or(|brand| scope.has(brand));
        Spread::of(self.observed.iter().filter(inside).map(|each| each.effort).collect())
    }

    /// Of how many people enough was observed to use their own times for an act, of those seen in conversations that count.
    pub fn with_own(&self, act: Act, scope: &Scope) -> usize {
        let inside = |each: &&Observation| each.act == act && each.brand_id.is_none_or(|brand| scope.has(brand));
        let seen: BTreeSet<_> = self.observed.iter().filter(inside).map(|each| each.user_id).collect();
        seen.iter().filter(|user| self.own.contains_key(&(act, **user))).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(act: Act, user: u128, effort: i64) -> Observation {
        Observation { act, user_id: UserId::from_u128(user), brand_id: None, effort: Millis(effort) }
    }

    #[test]
    fn whoever_was_seen_often_enough_takes_as_long_as_they_did_and_others_as_long_as_all() {
        let mut observed: Vec<_> = (0..OWN_MIN).map(|_| seen(Act::FirstAnswer, 1, 5)).collect();
        observed.push(seen(Act::FirstAnswer, 2, 100));
        let service = Service::new(observed);
        let all = |user| {
            let drawn =
                (0..500).filter_map(|n| service.effort(Act::FirstAnswer, UserId::from_u128(user), Chance(1), n));
            drawn.collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(all(1), [Millis(5)].into());
        assert_eq!(all(2), [Millis(5), Millis(100)].into());
        assert_eq!(service.effort(Act::NextAnswer, UserId::from_u128(1), Chance(1), 1), Some(Millis(5)));
        assert_eq!(service.effort(Act::PickUp, UserId::from_u128(1), Chance(1), 1), Some(Millis(0)));
    }

    #[test]
    fn where_nobody_ever_answered_nobody_does() {
        let service = Service::new(Vec::new());
        assert_eq!(service.effort(Act::FirstAnswer, UserId::from_u128(1), Chance(1), 1), None);
    }
}

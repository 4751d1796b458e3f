//! Lengths and amounts of one number, in whatever order they came, and what is asked of them: sums and ranks. Nothing is put
//! in order: a rank is found by parting the values at it.

/// See the module. None is below nothing: a length never is, and what is counted neither.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Values {
    /// Lengths of up to 49 days, which is nearly all of them.
    short: Vec<u32>,
    long: Vec<i64>,
}

impl Values {
    #[inline]
    pub(super) fn push(&mut self, value: i64) {
        match u32::try_from(value.max(0)) {
            Ok(value) => self.short.push(value),
            Err(_) => self.long.push(value),
        }
    }

    /// All of them.
    pub(super) fn all<'a>(parts: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let mut all = Self::default();
        all.short.reserve_exact(parts.clone().map(|part| part.short.len()).sum());
        parts.for_each(|part| all.take_in(part));
        all
    }

    /// Those of another as well.
    pub(super) fn take_in(&mut self, other: &Self) {
        self.short.extend_from_slice(&other.short);
        self.long.extend_from_slice(&other.long);
    }

    pub(super) fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// The sum, and that of the squares. Exact: a million years of milliseconds would not fill them.
    pub(super) fn sums(&self) -> (i128, i128) {
        let total = self.short.iter().map(|value| u64::from(*value)).sum::<u64>();
        // Squares of 64 bits: so many of them at once that their halves cannot overflow.
        let squares = self.short.iter().map(|value| u64::from(*value) * u64::from(*value));
        let (low, high) = squares
            .fold((0_u64, 0_u64), |(low, high), square| (low + (square & u64::from(u32::MAX)), high + (square >> 32)));
        let squares = i128::from(low) + (i128::from(high) << 32);
        let long = self.long.iter().map(|value| i128::from(*value));
        (i128::from(total) + long.clone().sum::<i128>(), squares + long.map(|value| value * value).sum::<i128>())
    }

    /// The values that so many are before, were they in order; places rise. `None` where there are none.
    pub(super) fn ranked<const N: usize>(&mut self, places: [usize; N]) -> Option<[i64; N]> {
        if self.len() == 0 {
            return None;
        }
        let short = self.short.len();
        let (mut done_short, mut done_long) = (0, 0);
        Some(places.map(|place| match place.checked_sub(short) {
            None => i64::from(parted(&mut self.short, &mut done_short, place)),
            Some(place) => parted(&mut self.long, &mut done_long, place),
        }))
    }

    pub(super) fn max(&self) -> Option<i64> {
        self.long.iter().max().copied().or_else(|| self.short.iter().max().copied().map(i64::from))
    }

    /// How many are not above a bound.
    pub(super) fn up_to(&self, bound: i64) -> u64 {
        let of_short = match u32::try_from(bound) {
            Ok(bound) => self.short.iter().filter(|value| **value <= bound).count(),
            Err(_) if bound < 0 => 0,
            Err(_) => self.short.len(),
        };
        (of_short + self.long.iter().filter(|value| **value <= bound).count()) as u64
    }
}

/// The value at a place. Before `done` everything is where it belongs; what lies above the place is looked at next.
fn parted<T: Ord + Copy>(values: &mut [T], done: &mut usize, place: usize) -> T {
    if place >= *done {
        values[*done..].select_nth_unstable(place - *done);
        *done = place + 1;
    }
    values[place]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_sums_are_those_of_the_values_in_order() {
        let long = i64::from(u32::MAX);
        let all = [5, 0, long + 7, 3, 3, long, 90, long + 1, 12, 4];
        let mut values = Values::default();
        all.iter().for_each(|value| values.push(*value));
        let mut sorted = all;
        sorted.sort_unstable();
        for (first, second) in [(0, 0), (0, 9), (4, 8), (6, 7), (7, 7), (8, 9)] {
            assert_eq!(values.clone().ranked([first, second]), Some([sorted[first], sorted[second]]));
        }
        let squares = all.iter().map(|value| i128::from(*value) * i128::from(*value)).sum();
        assert_eq!(values.sums(), (all.iter().map(|value| i128::from(*value)).sum(), squares));
        assert_eq!((values.max(), values.up_to(4), values.up_to(long), values.up_to(-1)), (Some(long + 7), 4, 8, 0));
        assert_eq!(Values::default().ranked([0]), None);
    }
}

//! Rows in a few bits for each of their fields: a block holds the least value of every field once and of each row how much it is
//! above that, in as many bits as the largest such distance needs. Rows that lie together (those of some minutes, of some conversations)
//! have times, positions and numbers close to each other, and so take a third of what they take side by side in memory. Where a field
//! has few values far from each other, as ids of brands and channels are, the block holds each of them once. Nothing is rounded or cut
//! off. Any row is read by itself; a block is never changed, but made anew.

use std::fmt;
use std::marker::PhantomData;

use borsh::{BorshDeserialize, BorshSerialize, io};

use crate::shared::Shared;

mod page;
mod pages;

pub use page::Page;
pub use pages::Pages;

/// A row as numbers, and back.
pub trait Fields: Copy {
    /// `[u64; N]`.
    type Numbers: Copy + AsRef<[u64]> + AsMut<[u64]>;
    const ZEROS: Self::Numbers;
    fn numbers(&self) -> Self::Numbers;
    /// What [`Fields::numbers`] made.
    fn of_numbers(numbers: &Self::Numbers) -> Self;
}

/// What a field may be: so many numbers, in which near values are near.
pub trait Field: Copy {
    const COUNT: usize = 1;
    fn put(self, out: &mut [u64]);
    fn take(from: &[u64]) -> Self;
}

/// Defines a struct, and [`Fields`] for it.
#[macro_export]
macro_rules! packed {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident { $($(#[$of_field:meta])* $field_vis:vis $field:ident: $type:ty),* $(,)? }
    ) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$of_field])* $field_vis $field: $type),* }

        impl $crate::packed::Fields for $name {
            type Numbers = [u64; 0 $(+ <$type as $crate::packed::Field>::COUNT)*];
            const ZEROS: Self::Numbers = [0; 0 $(+ <$type as $crate::packed::Field>::COUNT)*];
            #[inline]
            fn numbers(&self) -> Self::Numbers {
                let mut numbers = Self::ZEROS;
                let rest = numbers.as_mut_slice();
                $(
                    let (field, rest) = rest.split_at_mut(<$type as $crate::packed::Field>::COUNT);
                    <$type as $crate::packed::Field>::put(self.$field, field);
                )*
                debug_assert!(rest.is_empty());
                numbers
            }
            #[inline]
            fn of_numbers(numbers: &Self::Numbers) -> Self {
                let rest = numbers.as_slice();
                $(
                    let ($field, rest) = rest.split_at(<$type as $crate::packed::Field>::COUNT);
                    let $field = <$type as $crate::packed::Field>::take($field);
                )*
                debug_assert!(rest.is_empty());
                Self { $($field),* }
            }
        }
    };
}

/// Implements [`Field`] for a struct that has one, without a name.
#[macro_export]
macro_rules! packed_as {
    ($name:ident: $type:ty) => {
        impl $crate::packed::Field for $name {
            const COUNT: usize = <$type as $crate::packed::Field>::COUNT;
            #[inline]
            fn put(self, out: &mut [u64]) {
                self.0.put(out);
            }
            #[inline]
            fn take(from: &[u64]) -> Self {
                Self(<$type as $crate::packed::Field>::take(from))
            }
        }
    };
}

/// The same for an enum without content, all of whose variants are named.
#[macro_export]
macro_rules! packed_enum {
    ($name:ident: $first:ident $(, $variant:ident)*) => {
        impl $crate::packed::Field for $name {
            #[inline]
            fn put(self, out: &mut [u64]) {
                out[0] = self as u64;
            }
            #[inline]
            fn take(from: &[u64]) -> Self {
                match from[0] {
                    $(number if number == Self::$variant as u64 => Self::$variant,)*
                    _ => Self::$first,
                }
            }
        }
        // A variant that is not named does not compile.
        const _: fn($name) = |value| match value {
            $name::$first $(| $name::$variant)* => {}
        };
    };
}

macro_rules! unsigned {
    ($($type:ty),*) => {
        $(impl Field for $type {
            #[inline]
            fn put(self, out: &mut [u64]) {
                out[0] = self.into();
            }
            #[inline]
            fn take(from: &[u64]) -> Self {
                from[0] as Self
            }
        })*
    };
}
unsigned!(u8, u16, u32, u64);

impl Field for bool {
    #[inline]
    fn put(self, out: &mut [u64]) {
        out[0] = self.into();
    }
    #[inline]
    fn take(from: &[u64]) -> Self {
        from[0] != 0
    }
}

/// Ids: their first half, which is a time, and their random one.
impl Field for u128 {
    const COUNT: usize = 2;
    #[inline]
    fn put(self, out: &mut [u64]) {
        (out[0], out[1]) = ((self >> 64) as u64, self as u64);
    }
    #[inline]
    fn take(from: &[u64]) -> Self {
        u128::from(from[0]) << 64 | u128::from(from[1])
    }
}

/// Flipped: below all positive ones lie the negative. The least, which stands for an absent moment, is 0.
impl Field for i64 {
    #[inline]
    fn put(self, out: &mut [u64]) {
        out[0] = self as u64 ^ 1 << 63;
    }
    #[inline]
    fn take(from: &[u64]) -> Self {
        (from[0] ^ 1 << 63) as Self
    }
}

/// Absent: 0. What is there comes after it, but for the last number there is.
impl<T: Field> Field for Option<T> {
    #[inline]
    fn put(self, out: &mut [u64]) {
        const { assert!(T::COUNT == 1) };
        out[0] = 0;
        if let Some(value) = self {
            value.put(out);
            out[0] = out[0].saturating_add(1);
        }
    }
    #[inline]
    fn take(from: &[u64]) -> Self {
        from[0].checked_sub(1).map(|number| T::take(&[number]))
    }
}

/// Rows that lie together. One allocation: how many rows and how many bits for each; a number for each field, which is the least of it
/// or where its values are; a byte for each field; the rows' bits; the values of fields that have few.
pub struct Block<R> {
    words: Shared<[u64]>,
    row: PhantomData<R>,
}

/// Of a field's byte: how many bits it takes.
const WIDTH: u8 = 0x7f;
/// Of a field's byte: some rows have a 0, which is written as 0; the others begin at 1. So the least is that of those that are there.
const HAS_ZERO: u8 = 0x80;
/// Of a field's byte, in place of its bits: this and more, where those say which of its values it is.
const OF_FEW: u8 = 65;
/// Values of a field that are looked for, at most.
const FEW: usize = 32;
/// Fields of no more bits take little in any form.
const NARROW: u32 = 8;

/// These numbers without those that come again, if there are few.
fn few(numbers: impl Iterator<Item = u64>) -> Option<Vec<u64>> {
    let mut values = Vec::new();
    for number in numbers {
        if !values.contains(&number) {
            if values.len() == FEW {
                return None;
            }
            values.push(number);
        }
    }
    Some(values)
}

/// Bits of the largest of so many numbers from 0 on.
fn bits_for(count: usize) -> u32 {
    usize::BITS - count.saturating_sub(1).leading_zeros()
}

impl<R: Fields> Block<R> {
    const COUNT: usize = size_of::<R::Numbers>() / size_of::<u64>();
    /// Words before the rows' bits.
    const HEAD: usize = 1 + Self::COUNT + Self::COUNT.div_ceil(8);

    pub fn new(rows: &[R]) -> Self {
        let rows: Vec<R::Numbers> = rows.iter().map(Fields::numbers).collect();
        let mut least = R::ZEROS;
        least.as_mut().fill(u64::MAX);
        let mut most = R::ZEROS;
        let mut has_zero = R::ZEROS;
        for row in &rows {
            let fields = row.as_ref().iter().zip(least.as_mut()).zip(most.as_mut()).zip(has_zero.as_mut());
            for (((number, least), most), has_zero) in fields {
                match *number {
                    0 => *has_zero = 1,
                    number => (*least, *most) = ((*least).min(number), (*most).max(number)),
                }
            }
        }
        let mut words = vec![0; Self::HEAD];
        let mut stride = 0;
        let mut values: Vec<(usize, Vec<u64>)> = Vec::new();
        for at in 0..Self::COUNT {
            let (most, has_zero) = (most.as_ref()[at], has_zero.as_ref()[at] != 0);
            // Nothing but zeros: no bits.
            let least = if most == 0 { 0 } else { least.as_ref()[at] };
            // What would need 65 bits begins at 0 instead.
            let apart = has_zero && most > 0 && most - least < u64::MAX;
            let least = if has_zero && !apart { 0 } else { least };
            let width = u64::BITS - (most - least + u64::from(apart)).leading_zeros();
            let takes = |width: u32, values: usize| width as usize * rows.len() + values * u64::BITS as usize;
            let few = (width > NARROW).then(|| few(rows.iter().map(|row| row.as_ref()[at]))).flatten();
            let few = few.filter(|few| takes(bits_for(few.len()), few.len()) < takes(width, 0));
            let (width, kind) = match few {
                Some(few) => {
                    let width = bits_for(few.len());
                    values.push((at, few));
                    (width, OF_FEW + width as u8)
                }
                None => (width, width as u8 | if apart { HAS_ZERO } else { 0 }),
            };
            words[1 + at] = least;
            words[1 + Self::COUNT + at / 8] |= u64::from(kind) << (at % 8 * 8);
            stride += width as usize;
        }
        words[0] = rows.len() as u64 | (stride as u64) << 32;
        // Two can be read everywhere, also where a field without bits ends the last row.
        words.resize(Self::HEAD + rows.len() * stride / 64 + 2, 0);
        for (at, values) in &values {
            words[1 + at] = words.len() as u64;
            words.extend(values);
        }
        let mut at = 0;
        for row in &rows {
            for (field, number) in row.as_ref().iter().enumerate() {
                let of = Of::field(&words, Self::COUNT, field);
                let code = of.code(&words, *number);
                let (word, shift) = (Self::HEAD + at / 64, at % 64);
                let bits = u128::from(code) << shift;
                words[word] |= bits as u64;
                words[word + 1] |= (bits >> 64) as u64;
                at += of.width as usize;
            }
        }
        Self { words: words.into(), row: PhantomData }
    }

    /// How many rows.
    #[inline]
    pub fn len(&self) -> usize {
        self.words[0] as u32 as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One row. Beyond the last, there is nothing that it could be.
    #[inline]
    pub fn get(&self, index: usize) -> R {
        assert!(index < self.len());
        let mut at = self.bit_of(index);
        let mut numbers = R::ZEROS;
        for (field, number) in numbers.as_mut().iter_mut().enumerate() {
            let of = Of::field(&self.words, Self::COUNT, field);
            *number = of.read(&self.words, at);
            at += of.width as usize;
        }
        R::of_numbers(&numbers)
    }

    /// One number of a row, of those that [`Fields::numbers`] makes.
    #[inline]
    pub fn number(&self, index: usize, wanted: usize) -> u64 {
        assert!(index < self.len());
        let of = |field| Of::field(&self.words, Self::COUNT, field);
        let before: usize = (0..wanted).map(|field| of(field).width as usize).sum();
        of(wanted).read(&self.words, self.bit_of(index) + before)
    }

    /// Where a row begins, counted from the first word's first bit.
    #[inline]
    fn bit_of(&self, index: usize) -> usize {
        Self::HEAD * u64::BITS as usize + index * (self.words[0] >> 32) as usize
    }

    /// All rows, in their order.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = R> + DoubleEndedIterator {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Whether a row with this number can be among them.
    pub fn may_have(&self, field: usize, number: u64) -> bool {
        let of = Of::field(&self.words, Self::COUNT, field);
        if of.few {
            let codes = 0..(self.words.len() - of.least as usize).min(1 << of.width);
            return codes.into_iter().any(|code| self.words[of.least as usize + code] == number);
        }
        let most = of.least.saturating_add(mask(of.width));
        (of.least..=most).contains(&number) || (of.apart && number == 0)
    }

    /// What it lies in.
    pub fn piece(&self) -> &Shared<[u64]> {
        &self.words
    }

    /// Bytes it takes.
    pub fn size(&self) -> usize {
        // With the counts of those that share it.
        size_of_val(&*self.words) + 2 * size_of::<usize>()
    }
}

/// How a block has a field.
#[derive(Clone, Copy)]
struct Of {
    /// The least number, or the word of the first of few values.
    least: u64,
    width: u32,
    /// Zeros are written as 0, and others from 1 on.
    apart: bool,
    few: bool,
}

impl Of {
    #[inline]
    fn field(words: &[u64], count: usize, field: usize) -> Self {
        let kind = (words[1 + count + field / 8] >> (field % 8 * 8)) as u8;
        let (least, width) = (words[1 + field], kind & WIDTH);
        match width.checked_sub(OF_FEW) {
            Some(width) => Self { least, width: u32::from(width), apart: false, few: true },
            None => Self { least, width: u32::from(width), apart: kind & HAS_ZERO != 0, few: false },
        }
    }

    /// The number that begins at a bit.
    #[inline]
    fn read(self, words: &[u64], at: usize) -> u64 {
        let both = &words[at / 64..][..2];
        let both = u128::from(both[0]) | u128::from(both[1]) << 64;
        let code = (both >> (at % 64)) as u64 & mask(self.width);
        match self {
            Self { few: true, least, .. } => words[(least + code) as usize],
            Self { apart: true, .. } if code == 0 => 0,
            Self { least, apart, .. } => least + (code - u64::from(apart)),
        }
    }

    /// What is written for a number.
    fn code(self, words: &[u64], number: u64) -> u64 {
        if self.few {
            let values = &words[self.least as usize..];
            return values.iter().position(|value| *value == number).expect("all values are there") as u64;
        }
        if self.apart && number == 0 { 0 } else { number - self.least + u64::from(self.apart) }
    }
}

#[inline]
fn mask(width: u32) -> u64 {
    u64::MAX.checked_shr(u64::BITS - width).unwrap_or(0)
}

impl<R> Clone for Block<R> {
    fn clone(&self) -> Self {
        Self { words: self.words.clone(), row: PhantomData }
    }
}
impl<R: Fields + fmt::Debug> fmt::Debug for Block<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
impl<R> BorshSerialize for Block<R> {
    fn serialize<W: io::Write>(&self, out: &mut W) -> io::Result<()> {
        self.words.serialize(out)
    }
}
impl<R> BorshDeserialize for Block<R> {
    fn deserialize_reader<From: io::Read>(from: &mut From) -> io::Result<Self> {
        Ok(Self { words: Shared::deserialize_reader(from)?, row: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::{MaybeTimestamp, Millis, Timestamp};

    packed! {
        #[derive(Debug, Clone, Copy, PartialEq)]
        struct Everything {
            id: u128,
            flag: bool,
            small: u16,
            large: u64,
            maybe: Option<u8>,
            length: Option<Millis>,
            at: Timestamp,
            until: MaybeTimestamp,
        }
    }

    fn any_row() -> impl Strategy<Value = Everything> {
        // Some of few values, which lie apart.
        let few = || prop_oneof![3 => Just(7u128), 3 => Just(u128::MAX / 3), 1 => any::<u128>()];
        // Near each other, at the ends, and anything.
        let number = || prop_oneof![4 => 1_000_000..1_000_100u64, 1 => Just(0), 1 => Just(u64::MAX), 1 => any::<u64>()];
        let moment = || prop_oneof![4 => 1_795_000_000_000..1_795_000_100_000i64, 1 => Just(-5), 1 => any::<i64>()];
        let length = prop::option::of((i64::MIN..i64::MAX).prop_map(Millis));
        (few(), any::<bool>(), any::<u16>(), number(), any::<Option<u8>>(), length, moment(), moment()).prop_map(
            |(id, flag, small, large, maybe, length, at, until)| Everything {
                id,
                flag,
                small,
                large,
                maybe,
                length,
                at: Timestamp::from_millis(at),
                until: MaybeTimestamp::at(Timestamp::from_millis(until)),
            },
        )
    }

    proptest! {
        #[test]
        fn every_row_comes_back_as_it_was(rows in prop::collection::vec(any_row(), 0..70)) {
            let block = Block::new(&rows);
            prop_assert_eq!(block.iter().collect::<Vec<_>>(), &rows[..]);
            for (index, row) in rows.iter().enumerate() {
                let numbers = row.numbers();
                for (field, number) in numbers.iter().enumerate() {
                    prop_assert_eq!(block.number(index, field), *number);
                    prop_assert!(block.may_have(field, *number));
                }
            }
        }

        #[test]
        fn it_comes_back_from_a_file(rows in prop::collection::vec(any_row(), 0..20)) {
            let bytes = borsh::to_vec(&Block::new(&rows)).unwrap();
            let block: Block<Everything> = borsh::from_slice(&bytes).unwrap();
            prop_assert_eq!(block.iter().collect::<Vec<_>>(), rows);
        }
    }

    packed! {
        #[derive(Debug, Clone, Copy, PartialEq)]
        struct Plain {
            at: Timestamp,
            until: MaybeTimestamp,
            always: u32,
        }
    }

    #[test]
    fn what_lies_together_takes_few_bits() {
        let at = |n: i64| Timestamp::from_millis(1_795_000_000_000 + n);
        let row = |n| Plain {
            at: at(n),
            until: if n % 2 == 0 { MaybeTimestamp::NONE } else { MaybeTimestamp::at(at(n)) },
            always: 7,
        };
        let block = Block::new(&(0..128).map(row).collect::<Vec<_>>());
        // 7 bits each for the times, none for what is the same in all.
        assert_eq!(block.words[0] >> 32, 14);
        assert!(!block.may_have(0, 0) && block.may_have(1, 0));
        assert!(block.size() < 128 * 3, "{}", block.size());
    }

    packed! {
        #[derive(Debug, Clone, Copy, PartialEq)]
        struct Owned {
            brand: u128,
            owner: u128,
        }
    }

    #[test]
    fn few_values_far_from_each_other_take_few_bits() {
        let id = |n: u128| if n == 0 { 0 } else { (0x019a_b000 << 96 | n << 80) + n * 0x1234_5678_9abc_def1 };
        let row = |n: u128| Owned { brand: id(n % 3 + 1), owner: id(n % 20) };
        let rows: Vec<_> = (0..256).map(row).collect();
        let block = Block::new(&rows);
        assert_eq!(block.iter().collect::<Vec<_>>(), rows);
        // 2 bits for each half of the one, 5 of the other.
        assert_eq!(block.words[0] >> 32, 2 * 2 + 2 * 5);
        let lower = |id: u128| id as u64;
        assert!(block.may_have(1, lower(id(3))) && !block.may_have(1, lower(id(4))) && block.may_have(3, 0));
        // Where each row has another one, the values are not apart.
        let all: Vec<_> = (0..30).map(|n| Owned { brand: id(n + 1), owner: 0 }).collect();
        assert!(Block::new(&all).size() < 30 * size_of::<u128>() + 80);
    }
}

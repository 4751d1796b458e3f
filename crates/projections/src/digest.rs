//! A short text that is equal when two read models are: FNV-1a (128 bits) over everything they hold, printed in a
//! fixed order. For tests and for comparing a rebuild with what runs; not a defence against anybody.

use std::fmt;

/// Takes text in, gives the hash out.
#[derive(Debug, Clone)]
pub(crate) struct Digest(u128);

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

impl Default for Digest {
    fn default() -> Self {
        Self(OFFSET)
    }
}

impl Digest {
    /// Adds a value by its debug form, which names every field.
    pub(crate) fn add(&mut self, value: &dyn fmt::Debug) {
        fmt::Write::write_fmt(self, format_args!("{value:?}\n")).expect("hashing never fails");
    }

    /// 32 hexadecimal digits.
    pub(crate) fn finish(&self) -> String {
        format!("{:032x}", self.0)
    }
}

impl fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u128::from(byte)).wrapping_mul(PRIME);
        }
        Ok(())
    }
}

//! Views at rest: whoever asks for the past goes on from a copy of them, and nobody reads the copy itself. It has no facts: those of
//! the present know what stood then.

use domain::shared::Parts;
use projections::Views;

/// See the module.
#[derive(Debug)]
pub(crate) struct Resting {
    pos: u64,
    /// Bytes of the rest as it was written.
    written: usize,
    /// The rest compressed.
    parts: Parts,
}

impl Resting {
    /// Of views that are packed: what lies open in them would not be shared.
    pub(crate) fn of(views: &mut Views) -> Self {
        let mut parts = views.beside_facts(Parts::of);
        let written = parts.rest.len();
        parts.rest = lz4_flex::compress_prepend_size(&parts.rest);
        parts.rest.shrink_to_fit();
        Self { pos: views.position(), written, parts }
    }

    /// Their position.
    pub(crate) fn pos(&self) -> u64 {
        self.pos
    }

    /// To go on with. They share with this whatever does not change.
    pub(crate) fn views(&self) -> Views {
        let rest = lz4_flex::decompress_size_prepended(&self.parts.rest).expect("it is as it was compressed");
        self.parts.put_together(&rest).expect("it is as it was written")
    }

    /// Bytes that what is not in pieces takes where it does not rest: in trees and tables, about half as much again as written.
    pub(crate) fn running(&self) -> usize {
        self.written * 3 / 2
    }

    /// Bytes of it.
    pub(crate) fn bytes(&self) -> usize {
        self.parts.bytes()
    }

    /// Bytes of it that another one does not share.
    pub(crate) fn apart(&self, other: &Self) -> usize {
        self.parts.apart(Some(&other.parts))
    }
}

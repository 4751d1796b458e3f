//! Writing down that personal data is about to leave in bulk. Whether it may is decided before.

use crate::event::StreamId;
use crate::event::disclosure::{DataExported, DataRevealed};
use crate::step::Step;

/// Sealed parts of events will be shown.
pub fn note_revealed(step: &mut Step<'_>, revealed: DataRevealed) {
    step.emit(StreamId::User(revealed.user_id), revealed);
}

/// A file was made.
pub fn note_exported(step: &mut Step<'_>, exported: DataExported) {
    step.emit(StreamId::User(exported.user_id), exported);
}

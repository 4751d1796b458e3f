//! Full text over messages, notes and contacts: an index of words that knows ids, times and places, and no text. What a hit
//! says is read from the log when it is shown; who may see it is asked of the views then.
//!
//! * [`document`] is what is known of something searchable, [`content`] what of a message is text.
//! * [`index`] takes documents in, forgets them, and is asked; its files lie on a [`shelf`] that somebody else provides.
//! * [`ask`] reads what a person typed; [`marks`] finds it again in a text.
//!
//! Like every read model it is disposable: [`index::Index::open`] says up to which position it was fed, and a shelf that cannot
//! be read is emptied and filled again from the log.

pub mod ask;
mod collect;
pub mod content;
pub mod document;
pub mod index;
pub mod marks;
pub mod shelf;
#[cfg(test)]
mod tests;

pub use ask::Ask;
pub use collect::{Hit, Narrow};
pub use document::{Document, Kind, Subject};
pub use index::{Index, Snapshot};

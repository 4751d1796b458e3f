//! What changed in a period, and what of it: which topics customers write about more than before, which hours brought far more
//! than usual and because of what, which questions found no answer.
//!
//! * [`spoken`] finds where customers wrote, as far as a question's filters reach; whoever may read them opens the texts.
//! * [`phrases`] makes words of a text, [`topics`] counts them, [`questions`] puts questions together.
//! * [`spikes`] holds arrivals against the same hours of the weeks before.
//!
//! Words are nowhere kept: they are made of messages when somebody asks, and are gone with them. What fewer than
//! [`CONTACTS_MIN`] different contacts wrote is not said at all, so that no insight quotes anybody. No roles here, as in
//! [`crate::analytics`].

pub mod phrases;
pub mod questions;
pub mod spikes;
pub mod spoken;
pub mod topics;

pub use spikes::{Cause, Spike, Spikes};
pub use spoken::{Place, Spoken};
pub use topics::{Counted, Period, Topic, Topics};

/// What fewer wrote is not said.
pub const CONTACTS_MIN: u32 = 3;

//! Who takes work.

use domain::availability::{Availability, Cause};
use domain::event::Event;
use domain::event::availability::*;

use super::{at, id, key, text};

pub(super) fn samples() -> Vec<Event> {
    vec![
        AgentAvailabilityChanged {
            user_id: id(5),
            from: Availability::Available,
            to: Availability::Busy,
            cause: Cause::Chosen,
            until: Some(at(90)),
            live: true,
            note_key: Some(key(7)),
            private: Some(AvailabilityNote { note: text("At the dentist (personal)") }),
        }
        .into(),
    ]
}

//! Who takes work, as their colleagues see it.

use app::Desk;
use domain::availability::{Availability as DomainAvailability, Cause, State};

use crate::dto::availability::{Availability, AvailabilityCause, AvailabilityState};

/// Somebody's availability, to whom may see them.
pub(crate) fn availability(desk: &Desk, state: &State) -> Availability {
    Availability {
        state: shown(state.availability),
        since: state.since.into(),
        until: state.until.map(Into::into),
        note: state.note.and_then(|note| desk.availability_note(note)),
        cause: state.cause.map(cause),
    }
}

pub(crate) fn shown(availability: DomainAvailability) -> AvailabilityState {
    match availability {
        DomainAvailability::Available => AvailabilityState::Available,
        DomainAvailability::Busy => AvailabilityState::Busy,
        DomainAvailability::Away => AvailabilityState::Away,
        DomainAvailability::Offline => AvailabilityState::Offline,
    }
}

/// The availability a request names.
pub(crate) fn availability_asked(state: AvailabilityState) -> DomainAvailability {
    match state {
        AvailabilityState::Available => DomainAvailability::Available,
        AvailabilityState::Busy => DomainAvailability::Busy,
        AvailabilityState::Away => DomainAvailability::Away,
        AvailabilityState::Offline => DomainAvailability::Offline,
    }
}

fn cause(cause: Cause) -> AvailabilityCause {
    match cause {
        Cause::Chosen => AvailabilityCause::Chosen,
        Cause::SetByOther => AvailabilityCause::SetByOther,
        Cause::Connected => AvailabilityCause::Connected,
        Cause::Disconnected => AvailabilityCause::Disconnected,
        Cause::Returned => AvailabilityCause::Returned,
        Cause::UntilPassed => AvailabilityCause::UntilPassed,
    }
}

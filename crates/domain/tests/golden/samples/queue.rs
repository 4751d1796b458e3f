//! How queues are worked.

use domain::event::Event;
use domain::event::queue::*;
use domain::ids::TeamId;
use domain::queue::QueueId;
use domain::queue::settings::*;
use domain::time::Millis;

use super::{id, text};

pub(super) fn samples() -> Vec<Event> {
    let queue = |n| QueueId::Team(id::<TeamId>(n));
    let settings = QueueSettings {
        strategies: vec![Strategy::Sticky, Strategy::Skill, Strategy::LeastLoaded],
        sticky_within_ms: Millis::days(7),
        relax_skills_after_ms: Some(Millis::minutes(10)),
        lease_ms: Some(Millis::minutes(5)),
        on_offline: Release::Open,
        on_away: Release::Waiting,
        spill: Some(Spill { after_ms: Millis::minutes(30), to: queue(2) }),
        capacity: Some(6),
        hours_id: Some(id(3)),
        dispositions: vec!["solved".to_owned(), "spam".to_owned()],
        disposition_required: true,
        auto_resolve: Some(AutoResolve {
            after_ms: Millis::days(3),
            warn_before_ms: Some(Millis::hours(12)),
            warning: text("Is there anything else?"),
            disposition: text("solved"),
        }),
    };
    vec![QueueChanged { queue_id: queue(1), settings }.into()]
}

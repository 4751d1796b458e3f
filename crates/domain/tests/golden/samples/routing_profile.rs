//! What people take and can.

use domain::event::Event;
use domain::event::routing_profile::UserRoutingChanged;
use domain::routing_profile::Profile;

use super::id;

pub(super) fn samples() -> Vec<Event> {
    let profile = Profile {
        max_open: Some(8),
        by_team: [(id(20), 5)].into(),
        by_channel: [(id(2), 3)].into(),
        skills: ["billing".to_owned(), "returns".to_owned()].into(),
        languages: ["de".to_owned(), "pt-br".to_owned()].into(),
    };
    vec![UserRoutingChanged { user_id: id(5), profile }.into()]
}

//! Groups of contacts.

use std::collections::BTreeSet;

use domain::event::Event;
use domain::event::segment::*;
use domain::segment::Segment;
use serde_json::json;

use super::id;

pub(super) fn samples() -> Vec<Event> {
    let when = json!({"all": [
        {"field": "attribute.plan", "op": "in", "value": ["gold", "silver"]},
        {"field": "consent.marketing", "op": "is", "value": "opted_in"},
        {"field": "seconds_since_last_seen", "op": "at_most", "value": 2_592_000},
        {"none": [{"field": "contact_tag", "op": "is", "value": "employee"}]},
    ]});
    let segment = Segment {
        name: "Active gold".to_owned(),
        brand_id: Some(id(3)),
        when: serde_json::from_value(when).expect("a condition"),
        contact_ids: BTreeSet::from([id(7)]),
    };
    vec![
        SegmentCreated { segment_id: id(1), segment: segment.clone() }.into(),
        SegmentChanged { segment_id: id(1), segment }.into(),
        SegmentRemoved { segment_id: id(1) }.into(),
        SegmentSnapshotted { segment_id: id(1), members: 1_204, as_of: 8_821 }.into(),
    ]
}

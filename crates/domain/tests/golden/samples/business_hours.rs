//! Calendars of business hours.

use domain::business_hours::*;
use domain::event::Event;
use domain::event::business_hours::*;

use super::{id, text};

pub(super) fn samples() -> Vec<Event> {
    let spec = || Spec {
        time_zone: "Europe/Madrid".to_owned(),
        weekly: vec![
            WeeklySegment { day: Weekday::Monday, start_s: 32_400, end_s: 61_200 },
            WeeklySegment { day: Weekday::Friday, start_s: 79_200, end_s: 93_600 },
        ],
        overrides: vec![Override {
            date: "2026-12-24".parse().expect("a date"),
            name: text("Christmas Eve"),
            segments: vec![Segment { start_s: 32_400, end_s: 43_200 }],
        }],
    };
    vec![
        BusinessHoursCreated { hours_id: id(31), brand_id: Some(id(1)), name: "Office".to_owned(), spec: spec() }
            .into(),
        BusinessHoursChanged { hours_id: id(31), name: "Day shift".to_owned(), spec: spec() }.into(),
        BusinessHoursRemoved { hours_id: id(31) }.into(),
    ]
}

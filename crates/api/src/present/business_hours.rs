//! Calendars as they are shown, and as they are asked for.

use domain::business_hours::{self, Draft, DraftOverride, DraftSegment, DraftWeekly, Entry};

use crate::dto::business_hours::*;

pub(crate) fn shown(entry: &Entry) -> BusinessHours {
    let Draft { time_zone, weekly, overrides } = entry.spec.draft();
    BusinessHours {
        id: entry.id.into(),
        version: entry.version.into(),
        name: entry.name.clone(),
        brand_id: entry.brand_id.map(Into::into),
        time_zone,
        weekly: weekly.into_iter().map(weekly_shown).collect(),
        overrides: overrides.into_iter().map(override_shown).collect(),
    }
}

pub(crate) fn summary(entry: &Entry) -> BusinessHoursSummary {
    BusinessHoursSummary {
        id: entry.id.into(),
        version: entry.version.into(),
        name: entry.name.clone(),
        brand_id: entry.brand_id.map(Into::into),
        time_zone: entry.spec.time_zone.clone(),
        override_count: u32::try_from(entry.spec.overrides.len()).unwrap_or(u32::MAX),
    }
}

fn weekly_shown(each: DraftWeekly) -> WeeklySegment {
    let DraftSegment { start, end, ends_next_day } = each.segment;
    WeeklySegment { day: day_shown(each.day), start, end, ends_next_day }
}

fn override_shown(each: DraftOverride) -> HoursOverride {
    let segment = |DraftSegment { start, end, ends_next_day }| HoursSegment { start, end, ends_next_day };
    HoursOverride { date: each.date, name: each.name, segments: each.segments.into_iter().map(segment).collect() }
}

pub(crate) fn weekly_asked(weekly: Vec<NewWeeklySegment>) -> Vec<DraftWeekly> {
    let segment = |each: NewWeeklySegment| DraftWeekly {
        day: day_asked(each.day),
        segment: DraftSegment {
            start: each.start,
            end: each.end,
            ends_next_day: each.ends_next_day.unwrap_or_default(),
        },
    };
    weekly.into_iter().map(segment).collect()
}

pub(crate) fn overrides_asked(overrides: Vec<NewHoursOverride>) -> Vec<DraftOverride> {
    let segment = |each: NewHoursSegment| DraftSegment {
        start: each.start,
        end: each.end,
        ends_next_day: each.ends_next_day.unwrap_or_default(),
    };
    let of_date = |each: NewHoursOverride| DraftOverride {
        date: each.date,
        name: each.name,
        segments: each.segments.into_iter().map(segment).collect(),
    };
    overrides.into_iter().map(of_date).collect()
}

fn day_shown(day: business_hours::Weekday) -> Weekday {
    match day {
        business_hours::Weekday::Monday => Weekday::Monday,
        business_hours::Weekday::Tuesday => Weekday::Tuesday,
        business_hours::Weekday::Wednesday => Weekday::Wednesday,
        business_hours::Weekday::Thursday => Weekday::Thursday,
        business_hours::Weekday::Friday => Weekday::Friday,
        business_hours::Weekday::Saturday => Weekday::Saturday,
        business_hours::Weekday::Sunday => Weekday::Sunday,
    }
}

fn day_asked(day: Weekday) -> business_hours::Weekday {
    match day {
        Weekday::Monday => business_hours::Weekday::Monday,
        Weekday::Tuesday => business_hours::Weekday::Tuesday,
        Weekday::Wednesday => business_hours::Weekday::Wednesday,
        Weekday::Thursday => business_hours::Weekday::Thursday,
        Weekday::Friday => business_hours::Weekday::Friday,
        Weekday::Saturday => business_hours::Weekday::Saturday,
        Weekday::Sunday => business_hours::Weekday::Sunday,
    }
}

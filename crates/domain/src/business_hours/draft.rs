//! A calendar as people write it: times as text. What is wrong in it is said of this form, so its places have its names.

use super::spec::{DAY_S, Override, Segment, Spec, Weekday};

/// `start` is `09:00` or `09:00:30`; `end` the same, or `24:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftSegment {
    pub start: String,
    pub end: String,
    /// Whether `end` is a time of the next day.
    pub ends_next_day: bool,
}

/// A segment of every week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftWeekly {
    pub day: Weekday,
    pub segment: DraftSegment,
}

/// A date that differs from the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOverride {
    /// `2026-12-25`.
    pub date: String,
    pub name: Option<String>,
    /// Empty: closed.
    pub segments: Vec<DraftSegment>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub time_zone: String,
    pub weekly: Vec<DraftWeekly>,
    pub overrides: Vec<DraftOverride>,
}

impl DraftSegment {
    pub(super) fn of(segment: Segment) -> Self {
        let ends_next_day = segment.end_s > DAY_S;
        let end_s = if ends_next_day { segment.end_s - DAY_S } else { segment.end_s };
        Self { start: clock(segment.start_s), end: clock(end_s), ends_next_day }
    }
}

impl Spec {
    /// The same in writing.
    pub fn draft(&self) -> Draft {
        let weekly = self.weekly.iter().map(|each| DraftWeekly {
            day: each.day,
            segment: DraftSegment::of(Segment { start_s: each.start_s, end_s: each.end_s }),
        });
        let of_date = |each: &Override| DraftOverride {
            date: each.date.to_string(),
            name: each.name.clone(),
            segments: each.segments.iter().copied().map(DraftSegment::of).collect(),
        };
        Draft {
            time_zone: self.time_zone.clone(),
            weekly: weekly.collect(),
            overrides: self.overrides.iter().map(of_date).collect(),
        }
    }
}

/// `09:00`, with seconds where there are any.
fn clock(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { format!("{hours:02}:{minutes:02}") } else { format!("{hours:02}:{minutes:02}:{rest:02}") }
}

/// Reads what [`clock`] writes; `24:00` is the end of a day.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split(':').collect();
    let number = |part: &&str| match part.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some(u32::from(tens - b'0') * 10 + u32::from(ones - b'0')),
        _ => None,
    };
    let numbers: Vec<u32> = parts.iter().map(number).collect::<Option<_>>()?;
    let (hours, minutes, rest) = match numbers[..] {
        [hours, minutes] => (hours, minutes, 0),
        [hours, minutes, rest] => (hours, minutes, rest),
        _ => return None,
    };
    let total = hours * 3_600 + minutes * 60 + rest;
    (minutes < 60 && rest < 60 && total <= DAY_S).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        for at in [0, 32_400, 32_430, 86_399, DAY_S] {
            assert_eq!(seconds(&clock(at)), Some(at));
        }
        assert_eq!(seconds("24:00:00"), Some(DAY_S));
        for wrong in ["9:00", "24:01", "09:60", "09:00:60", "0900", "", "09", "+9:00", "09:00:00:00", "０９:00"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}

//! Files as programs write them, and as nobody should.

use proptest::prelude::*;

use super::*;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 25).unwrap()
}

fn file(events: &[&str]) -> String {
    let each = |event: &&str| format!("BEGIN:VEVENT\r\nUID:1\r\n{}\r\nEND:VEVENT\r\n", event.replace('|', "\r\n"));
    let events: String = events.iter().map(each).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

/// The days of one event.
fn days(event: &str) -> Vec<String> {
    let found = holidays(&file(&[event]), today()).unwrap();
    assert_eq!(found.skipped, []);
    found.days.keys().map(ToString::to_string).collect()
}

fn skipped(event: &str) -> Skipped {
    let found = holidays(&file(&[event]), today()).unwrap();
    assert!(found.days.is_empty());
    found.skipped[0].why
}

#[test]
fn events_of_whole_days_are_holidays() {
    assert_eq!(days("DTSTART;VALUE=DATE:20261225|SUMMARY:Christmas"), ["2026-12-25"]);
    assert_eq!(days("DTSTART;VALUE=DATE:20261225|DTEND;VALUE=DATE:20261227"), ["2026-12-25", "2026-12-26"]);
    assert_eq!(days("DTSTART:20261225|DURATION:P1W").len(), 7);
    // Some programs write the last day as the end.
    assert_eq!(days("DTSTART:20261225|DTEND:20261225"), ["2026-12-25"]);
    // What lasts until after today counts from today on.
    assert_eq!(days("DTSTART:20261124|DTEND:20261127"), ["2026-11-25", "2026-11-26"]);
}

#[test]
fn yearly_ones_are_written_out_for_five_years() {
    let christmas = days("DTSTART;VALUE=DATE:20101225|RRULE:FREQ=YEARLY");
    assert_eq!(christmas, ["2026-12-25", "2027-12-25", "2028-12-25", "2029-12-25", "2030-12-25"]);
    let thanksgiving = days("DTSTART;VALUE=DATE:20101125|RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH");
    assert_eq!(thanksgiving, ["2026-11-26", "2027-11-25", "2028-11-23", "2029-11-22", "2030-11-28"]);
    let memorial = days("DTSTART:20200525|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;UNTIL=20281231");
    assert_eq!(memorial, ["2027-05-31", "2028-05-29"]);
    let election = days("DTSTART:20201103|RRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8");
    assert_eq!(election, ["2028-11-07"]);
    assert_eq!(days("DTSTART:20240229|RRULE:FREQ=YEARLY"), ["2028-02-29"]);
    assert_eq!(days("DTSTART:20240101|RRULE:FREQ=YEARLY;COUNT=4"), ["2027-01-01"]);
    assert_eq!(
        days("DTSTART:20260101|RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1;COUNT=2"),
        ["2026-12-31", "2027-12-31"]
    );
    let without = days("DTSTART:20251225|RRULE:FREQ=YEARLY;COUNT=4|EXDATE;VALUE=DATE:20261225,20281225|RDATE:20270106");
    assert_eq!(without, ["2027-01-06", "2027-12-25"]);
}

#[test]
fn what_is_no_holiday_is_told_with_its_reason() {
    assert_eq!(skipped("DTSTART:20261225T090000Z|DTEND:20261225T170000Z"), Skipped::NotAllDay);
    assert_eq!(skipped("DTSTART;TZID=Europe/Madrid:20261225T090000"), Skipped::NotAllDay);
    assert_eq!(skipped("DTSTART:20261225|STATUS:CANCELLED"), Skipped::Cancelled);
    assert_eq!(skipped("DTSTART:20261225|RECURRENCE-ID:20261225"), Skipped::ChangesASeries);
    assert_eq!(skipped("DTSTART:20261225|RRULE:FREQ=MONTHLY"), Skipped::UnknownRule);
    assert_eq!(skipped("DTSTART:20261225|RRULE:FREQ=YEARLY;BYSETPOS=1;BYDAY=MO"), Skipped::UnknownRule);
    assert_eq!(skipped("DTSTART:20201225"), Skipped::Past);
    assert_eq!(skipped("DTSTART:20200101|RRULE:FREQ=YEARLY;UNTIL=20240101"), Skipped::Past);
    assert_eq!(skipped("DTSTART:20401225"), Skipped::FarAhead);
    assert_eq!(skipped("DTSTART:20261225|DTEND:20270225"), Skipped::TooLong);
    for unreadable in ["SUMMARY:when?", "DTSTART:20260230", "DTSTART:next week", "DTSTART:20261225|DURATION:PT9H"] {
        assert_eq!(skipped(unreadable), Skipped::Unreadable, "{unreadable}");
    }
}

#[test]
fn names_are_unfolded_unescaped_and_the_first_of_a_day() {
    let event = "DTSTART:20261225|SUMMARY;LANGUAGE=\"x:y\":Christmas\\, the |  first\\nday";
    let found = holidays(&file(&[event, "DTSTART:20261225|SUMMARY:Another"]), today()).unwrap();
    assert_eq!(found.days.values().collect::<Vec<_>>(), [&Some("Christmas, the  first day".to_owned())]);
    let long = format!("DTSTART:20261225|SUMMARY:{}", "ñ".repeat(150));
    let found = holidays(&file(&[&long]), today()).unwrap();
    assert_eq!(found.days.values().next().unwrap().as_ref().unwrap().chars().count(), NAME_MAX);
    // An alarm's lines are not its event's.
    let alarm = "DTSTART:20261225|BEGIN:VALARM|SUMMARY:ring|DTSTART:20270101|END:VALARM";
    let found = holidays(&file(&[alarm]), today()).unwrap();
    assert_eq!(found.days.into_iter().collect::<Vec<_>>(), [(NaiveDate::from_ymd_opt(2026, 12, 25).unwrap(), None)]);
}

#[test]
fn what_is_no_calendar_is_refused_as_a_whole() {
    for text in ["", "hello", "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "DTSTART:20261225"] {
        assert_eq!(holidays(text, today()), Err(NoCalendar::NoBeginning), "{text}");
    }
    assert_eq!(holidays("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\n", today()), Err(NoCalendar::BrokenOff));
    let deep = "BEGIN:VCALENDAR\n".repeat(40_000);
    assert_eq!(holidays(&deep, today()), Err(NoCalendar::BrokenOff));
    let many = file(&vec!["DTSTART:20261225"; EVENTS_MAX + 1]);
    assert_eq!(holidays(&many, today()), Err(NoCalendar::TooMany));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(
        parts in prop::collection::vec(prop_oneof![
            Just("BEGIN:VCALENDAR\r\n".to_owned()), Just("BEGIN:VEVENT\n".to_owned()), Just("END:VEVENT\n".to_owned()),
            Just("END:VCALENDAR\n".to_owned()), "(DTSTART|DTEND|DURATION|RRULE|EXDATE|RDATE)[;:]\\PC{0,20}\n",
            "RRULE:FREQ=YEARLY;(BYDAY|BYMONTH|BYMONTHDAY|COUNT|INTERVAL|UNTIL)=[-0-9A-Z,]{0,8}\n",
            "DTSTART:[0-9]{8}\n", "[ \t]\\PC{0,10}\n", "\\PC{0,20}",
        ], 0..30),
    ) {
        let text = format!("BEGIN:VCALENDAR\n{}", parts.concat());
        if let Ok(found) = holidays(&text, today()) {
            prop_assert!(found.days.keys().all(|day| *day >= today()));
        }
    }
}

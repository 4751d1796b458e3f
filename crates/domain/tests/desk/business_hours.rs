//! Calendars: when they are open, what cannot be one, and what becomes of their versions.

use domain::business_hours::*;
use domain::event::StreamId;
use domain::event::queue::QueueChanged;
use domain::ids::*;
use domain::queue::{QueueId, QueueSettings};
use domain::rejection::Rejection;
use domain::time::{Millis, Timestamp};

use crate::desk::Desk;

fn segment(text: &str) -> DraftSegment {
    let (start, end) = text.split_once('-').unwrap();
    let ends_next_day = end.ends_with('+');
    DraftSegment { start: start.to_owned(), end: end.trim_end_matches('+').to_owned(), ends_next_day }
}

/// `"monday 09:00-17:00"`; a `+` behind the end is the next day's.
fn weekly(rows: &[&str]) -> Vec<DraftWeekly> {
    let row = |row: &&str| {
        let (day, times) = row.split_once(' ').unwrap();
        let day = serde_json::from_value(serde_json::json!(day)).unwrap();
        DraftWeekly { day, segment: segment(times) }
    };
    rows.iter().map(row).collect()
}

/// `"2026-12-25"` is closed, `"2026-12-24 09:00-12:00"` is open then.
fn overrides(rows: &[&str]) -> Vec<DraftOverride> {
    let row = |row: &&str| {
        let mut parts = row.split(' ');
        DraftOverride { date: parts.next().unwrap().to_owned(), name: None, segments: parts.map(segment).collect() }
    };
    rows.iter().map(row).collect()
}

pub(crate) fn draft(zone: &str, rows: &[&str], dates: &[&str]) -> Draft {
    Draft { time_zone: zone.to_owned(), weekly: weekly(rows), overrides: overrides(dates) }
}

const OFFICE: [&str; 5] = [
    "monday 09:00-17:00",
    "tuesday 09:00-17:00",
    "wednesday 09:00-17:00",
    "thursday 09:00-17:00",
    "friday 09:00-17:00",
];

pub(crate) fn made(desk: &mut Desk, draft: Draft) -> Result<HoursId, Rejection> {
    let by = desk.principal(desk.ana);
    let name = format!("calendar {}", desk.log.events.len());
    desk.run(|step| create(step, &by, &NewCalendar { name, brand_id: None, draft }))
}

/// Monday to Friday, nine to five, in UTC.
pub(crate) fn office_hours(desk: &mut Desk) -> HoursId {
    made(desk, draft("UTC", &OFFICE, &[])).unwrap()
}

fn calendar(zone: &str, rows: &[&str], dates: &[&str]) -> Calendar {
    let mut desk = Desk::new();
    let id = made(&mut desk, draft(zone, rows, dates)).unwrap();
    (*desk.world.calendars.get(id).unwrap().calendar).clone()
}

fn when(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn minutes(calendar: &Calendar, from: &str, to: &str) -> i64 {
    let open = calendar.between(when(from), when(to)).0;
    assert_eq!(open % 60_000, 0);
    open / 60_000
}

#[test]
fn vector_13_from_friday_afternoon_to_monday_morning_is_forty_minutes() {
    let office = calendar("UTC", &OFFICE, &[]);
    assert_eq!(minutes(&office, "2026-11-27T16:30:00Z", "2026-11-30T09:10:00Z"), 40);
    assert_eq!(office.add(when("2026-11-27T16:30:00Z"), Millis::minutes(40)), when("2026-11-30T09:10:00Z"));
}

#[test]
fn a_segment_is_open_from_its_start_to_just_before_its_end() {
    let office = calendar("UTC", &OFFICE, &[]);
    assert!(!office.is_open(when("2026-11-27T08:59:59.999Z")) && office.is_open(when("2026-11-27T09:00:00Z")));
    assert!(office.is_open(when("2026-11-27T16:59:59.999Z")) && !office.is_open(when("2026-11-27T17:00:00Z")));
    let from = when("2026-11-27T16:59:59.999Z");
    assert_eq!(office.between(from, when("2026-11-27T18:00:00Z")), Millis(1));
    // The earliest moment by which it has passed: the evening, not the next morning.
    assert_eq!(office.add(from, Millis(1)), when("2026-11-27T17:00:00Z"));
    assert_eq!(office.add(from, Millis(2)), when("2026-11-30T09:00:00.001Z"));
    // No time passes in no time, wherever that is.
    assert_eq!(office.add(when("2026-11-28T12:00:00Z"), Millis(0)), when("2026-11-28T12:00:00Z"));
    assert_eq!(office.between(when("2026-11-27T12:00:00Z"), when("2026-11-27T10:00:00Z")), Millis(0));
    assert_eq!(office.next_open(when("2026-11-28T12:00:00Z")), Some(when("2026-11-30T09:00:00Z")));
    assert_eq!(office.next_open(when("2026-11-27T12:00:00Z")), Some(when("2026-11-27T12:00:00Z")));
}

#[test]
fn several_segments_a_day_and_seconds_count() {
    let shop = calendar("UTC", &["monday 09:00:30-12:00", "monday 14:00-18:00"], &[]);
    let open = shop.between(when("2026-11-30T00:00:00Z"), when("2026-12-01T00:00:00Z"));
    assert_eq!(open, Millis(Millis::hours(7).0 - 30_000));
}

#[test]
fn a_segment_over_midnight_belongs_to_the_day_on_which_it_starts() {
    let bar = calendar("UTC", &["friday 22:00-02:00+"], &["2026-12-05", "2026-12-11"]);
    assert!(bar.is_open(when("2026-11-28T01:59:59Z")) && !bar.is_open(when("2026-11-28T02:00:00Z")));
    // A holiday on Saturday leaves Friday's night as it is; one on Friday takes all of it.
    assert!(bar.is_open(when("2026-12-05T01:00:00Z")));
    assert!(!bar.is_open(when("2026-12-11T23:00:00Z")) && !bar.is_open(when("2026-12-12T01:00:00Z")));
    // Sunday's night ends on Monday.
    let night = calendar("UTC", &["sunday 22:00-02:00+"], &[]);
    assert_eq!(minutes(&night, "2026-11-29T00:00:00Z", "2026-12-01T00:00:00Z"), 240);
}

#[test]
fn a_date_that_differs_replaces_the_weekly_table() {
    let office =
        calendar("Europe/Madrid", &OFFICE, &["2026-12-24 10:00-12:00", "2026-12-25", "2026-12-26 10:00-11:00"]);
    assert_eq!(minutes(&office, "2026-12-23T23:00:00Z", "2026-12-24T23:00:00Z"), 120);
    assert_eq!(minutes(&office, "2026-12-24T23:00:00Z", "2026-12-25T23:00:00Z"), 0);
    // A Saturday.
    assert_eq!(minutes(&office, "2026-12-25T23:00:00Z", "2026-12-26T23:00:00Z"), 60);
}

#[test]
fn where_special_hours_meet_the_night_before_no_time_counts_twice() {
    let bar = calendar("UTC", &["friday 22:00-02:00+"], &["2026-12-05 00:00-03:00"]);
    assert_eq!(minutes(&bar, "2026-12-04T00:00:00Z", "2026-12-06T00:00:00Z"), 300);
    let times = bar.open_times(when("2026-12-04T00:00:00Z"), when("2026-12-06T00:00:00Z"));
    assert_eq!(times, [(when("2026-12-04T22:00:00Z"), when("2026-12-05T03:00:00Z"))]);
}

#[test]
fn a_local_time_that_does_not_exist_moves_forward() {
    // On 2027-03-28 the clocks of Madrid go from 02:00 to 03:00, which is 01:00 UTC.
    let from_within = calendar("Europe/Madrid", &["sunday 02:30-04:00"], &[]);
    assert_eq!(from_within.next_open(when("2027-03-28T00:00:00Z")), Some(when("2027-03-28T01:00:00Z")));
    assert_eq!(minutes(&from_within, "2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z"), 60);
    let to_within = calendar("Europe/Madrid", &["sunday 01:00-02:30"], &[]);
    assert_eq!(minutes(&to_within, "2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z"), 60);
    let inside = calendar("Europe/Madrid", &["sunday 02:15-02:45"], &[]);
    assert_eq!(minutes(&inside, "2027-03-27T12:00:00Z", "2027-03-28T12:00:00Z"), 0);
    let over = calendar("Europe/Madrid", &["saturday 22:00-06:00+"], &[]);
    assert_eq!(minutes(&over, "2027-03-27T12:00:00Z", "2027-03-28T12:00:00Z"), 7 * 60);
}

#[test]
fn an_ambiguous_end_is_the_second_and_an_ambiguous_start_the_first() {
    // On 2026-10-25 the clocks of Madrid go from 03:00 back to 02:00, which is 01:00 UTC.
    let to_within = calendar("Europe/Madrid", &["sunday 01:00-02:30"], &[]);
    assert_eq!(minutes(&to_within, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 150);
    let from_within = calendar("Europe/Madrid", &["sunday 02:30-04:00"], &[]);
    assert_eq!(from_within.next_open(when("2026-10-24T12:00:00Z")), Some(when("2026-10-25T00:30:00Z")));
    assert_eq!(minutes(&from_within, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 150);
    // Two that would both have the repeated hour have it once.
    let both = calendar("Europe/Madrid", &["sunday 01:00-02:30", "sunday 02:30-04:00"], &[]);
    assert_eq!(minutes(&both, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"), 240);
}

#[test]
fn a_day_that_never_was_has_no_open_time() {
    // Samoa left out 2011-12-30, a Friday.
    let all_week: Vec<String> = Weekday::ALL
        .iter()
        .map(|day| format!("{} 00:00-24:00", serde_json::to_value(day).unwrap().as_str().unwrap()))
        .collect();
    let rows: Vec<&str> = all_week.iter().map(String::as_str).collect();
    let always = calendar("Pacific/Apia", &rows, &[]);
    assert_eq!(minutes(&always, "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"), 48 * 60);
    let fridays = calendar("Pacific/Apia", &["friday 00:00-24:00"], &[]);
    assert_eq!(minutes(&fridays, "2011-12-28T00:00:00Z", "2012-01-03T00:00:00Z"), 0);
}

#[test]
fn a_moment_knows_since_when_and_until_when() {
    let office = calendar("UTC", &OFFICE, &[]);
    let at = |text| office.change_around(when(text));
    let open =
        Change { open: true, since: Some(when("2026-11-27T09:00:00Z")), until: Some(when("2026-11-27T17:00:00Z")) };
    assert_eq!(at("2026-11-27T09:00:00Z"), open);
    assert_eq!(at("2026-11-27T16:59:59Z"), open);
    let closed =
        Change { open: false, since: Some(when("2026-11-27T17:00:00Z")), until: Some(when("2026-11-30T09:00:00Z")) };
    assert_eq!(at("2026-11-27T17:00:00Z"), closed);
    assert_eq!(at("2026-11-29T17:00:00Z"), closed);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let rows = days.map(|day| format!("{day} 00:00-24:00"));
    let always = calendar("Europe/Madrid", &rows.each_ref().map(String::as_str), &[]);
    assert_eq!(always.change_around(when("2026-11-27T09:00:00Z")), Change { open: true, since: None, until: None });
    let once = always.add(when("2026-03-01T00:00:00Z"), Millis::days(366));
    assert_eq!(once, when("2027-03-02T00:00:00Z"), "the clock's changes add and take nothing");
}

#[test]
fn beyond_the_years_it_knows_it_is_closed() {
    let office = calendar("UTC", &OFFICE, &[]);
    for far in [i64::MIN, -1, i64::MAX] {
        assert!(!office.is_open(Timestamp::from_millis(far)));
    }
    let end = when("2200-01-01T00:00:00Z");
    assert_eq!(office.add(when("2026-01-01T00:00:00Z"), Millis(i64::MAX)), end);
    assert_eq!(office.between(Timestamp::from_millis(i64::MIN), when("1970-01-01T10:00:00Z")), Millis::hours(1));
    assert_eq!(office.next_open(Timestamp::from_millis(i64::MAX)), None);
}

/// Pointers and codes of everything that is wrong.
fn wrong(draft: Draft) -> Vec<String> {
    match made(&mut Desk::new(), draft) {
        Err(Rejection::Fields(errors)) => {
            errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let rows = ["monday 09:00-17:00", "tuesday 25:00-9", "friday 22:00-02:00", "friday 10:00-11:00+"];
    let dates =
        ["2026-02-30", "2026-12-25", "2026-12-25 10:00-10:00", "1969-01-01", "2026-12-26 09:00-12:00 11:00-13:00"];
    assert_eq!(
        wrong(draft("Europe/Madird", &rows, &dates)),
        [
            "/time_zone unknown_value",
            "/weekly/1/start bad_format",
            "/weekly/1/end bad_format",
            "/weekly/2/end out_of_range",
            "/weekly/3/end out_of_range",
            "/overrides/0/date bad_format",
            "/overrides/2/segments/0/end out_of_range",
            "/overrides/2/date duplicate",
            "/overrides/3/date bad_format",
            "/overrides/4/segments/1 conflict",
        ]
    );
}

#[test]
fn segments_of_the_week_may_touch_and_not_overlap_also_round_its_end() {
    assert_eq!(wrong(draft("UTC", &["monday 09:00-12:00", "monday 11:59:59-13:00"], &[])), ["/weekly/1 conflict"]);
    assert_eq!(wrong(draft("UTC", &["monday 01:00-12:00", "sunday 22:00-02:00+"], &[])), ["/weekly/0 conflict"]);
    assert_eq!(wrong(draft("UTC", &["friday 22:00-02:00+", "saturday 01:00-03:00"], &[])), ["/weekly/1 conflict"]);
    calendar("UTC", &["sunday 22:00-02:00+", "monday 02:00-12:00", "monday 12:00-13:00"], &[]);
}

#[test]
fn a_calendar_is_open_at_least_once_in_366_days() {
    assert_eq!(wrong(draft("UTC", &[], &["2026-12-24 09:00-12:00"])), ["/weekly empty"]);
    // Every Monday from 2026-01-05 on closed: 51 leave a gap of 52 weeks, 52 one of 53.
    let mondays = |count: i64| -> Vec<String> {
        let day = |week| (when("2026-01-05T00:00:00Z") + Millis::days(7 * week)).to_rfc3339()[..10].to_owned();
        (0..count).map(day).collect()
    };
    let closed = |count| {
        let days = mondays(count);
        let mut desk = Desk::new();
        made(&mut desk, draft("UTC", &["monday 09:00-17:00"], &days.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    assert!(closed(51).is_ok());
    assert!(matches!(closed(52), Err(Rejection::Fields(errors)) if errors[0].pointer == "/overrides"));
    // Special hours in between are enough.
    let mut days = mondays(52);
    days[20].push_str(" 10:00-11:00");
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    made(&mut Desk::new(), draft("UTC", &["monday 09:00-17:00"], &days)).unwrap();
}

#[test]
fn limits_have_names_and_answers() {
    let many: Vec<String> = (0..13).map(|hour| format!("monday {hour:02}:00-{hour:02}:30")).collect();
    let rows: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(wrong(draft("UTC", &rows, &[])), ["/weekly too_many"]);
    let day =
        |day: i64| (when("2026-01-01T00:00:00Z") + Millis::days(day)).to_rfc3339()[..10].to_owned() + " 10:00-11:00";
    let days: Vec<String> = (0..1_001).map(day).collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    assert_eq!(wrong(draft("UTC", &OFFICE, &days)), ["/overrides too_many"]);
    calendar("UTC", &OFFICE, &days[1..]);
    let mut unprintable = draft("UTC", &OFFICE, &["2026-12-25"]);
    unprintable.overrides[0].name = Some("\n".to_owned());
    assert_eq!(wrong(unprintable), ["/overrides/0/name bad_format"]);
}

#[test]
fn every_version_stays_for_the_facts_that_name_it() {
    let mut desk = Desk::new();
    let by = desk.principal(desk.ana);
    let id = made(&mut desk, draft("UTC", &OFFICE, &[])).unwrap();
    let shorter = CalendarChange { weekly: Some(weekly(&["monday 09:00-10:00"])), ..Default::default() };
    assert_eq!(
        desk.run(|step| change(step, &by, id, 7, shorter.clone())),
        Err(Rejection::VersionMismatch { actual: 1 })
    );
    desk.run(|step| change(step, &by, id, 1, shorter.clone())).unwrap();
    // The same once more is nothing new.
    desk.run(|step| change(step, &by, id, 2, shorter)).unwrap();
    let renamed = CalendarChange { name: Some("Mornings".to_owned()), ..Default::default() };
    desk.run(|step| change(step, &by, id, 2, renamed)).unwrap();
    assert_eq!(desk.world.calendars.get(id).unwrap().version, 3);
    assert_eq!(desk.world.calendars.names().collect::<Vec<_>>(), [(id, "Mornings")]);
    desk.run(|step| remove(step, &by, id, 3)).unwrap();
    assert_eq!(desk.world.calendars.get(id), None);
    assert!(!domain::condition::Known::hours(&desk.world, id));
    let week = |version| {
        let calendar = desk.world.calendars.of_version(id, version).unwrap();
        calendar.between(when("2026-11-23T00:00:00Z"), when("2026-11-30T00:00:00Z"))
    };
    assert_eq!([week(1), week(2), week(3)], [Millis::hours(40), Millis::hours(1), Millis::hours(1)]);
    assert_eq!(desk.world.calendars.of_version(id, 4), None);
}

#[test]
fn a_calendar_that_a_queue_is_worked_by_stays() {
    let mut desk = Desk::new();
    let by = desk.principal(desk.ana);
    let id = made(&mut desk, draft("UTC", &OFFICE, &[])).unwrap();
    let queue_id = QueueId::Common(desk.brand);
    let settings = |hours_id| QueueChanged { queue_id, settings: QueueSettings { hours_id, ..Default::default() } };
    let say = |desk: &mut Desk, hours_id| {
        desk.run(|step| {
            step.emit(StreamId::Queue(queue_id), settings(hours_id));
            Ok(())
        })
    };
    say(&mut desk, Some(id)).unwrap();
    assert!(matches!(desk.run(|step| remove(step, &by, id, 1)), Err(Rejection::InUse(_))));
    say(&mut desk, None).unwrap();
    desk.run(|step| remove(step, &by, id, 1)).unwrap();
    assert_eq!(desk.run(|step| remove(step, &by, id, 2)), Err(Rejection::NotFound));
}

#[test]
fn names_are_taken_once_in_a_brand_and_brands_are_ones_own() {
    let mut desk = Desk::new();
    let by = desk.principal(desk.ana);
    let new = |name: &str, brand_id| NewCalendar { name: name.to_owned(), brand_id, draft: draft("UTC", &OFFICE, &[]) };
    let brand = Some(desk.brand);
    desk.run(|step| create(step, &by, &new("Office", None))).unwrap();
    assert!(matches!(desk.run(|step| create(step, &by, &new(" office ", None))), Err(Rejection::Duplicate(_))));
    let own = desk.run(|step| create(step, &by, &new("Office", brand))).unwrap();
    assert!(desk.world.calendars.serves(own, brand) && !desk.world.calendars.serves(own, None));
    let nowhere = new("Else", Some(BrandId::from_u128(99)));
    assert_eq!(desk.run(|step| create(step, &by, &nowhere)), Err(Rejection::UnknownReference { field: "brand_id" }));
}

#[test]
fn closing_on_dates_says_what_it_did() {
    let mut desk = Desk::new();
    let by = desk.principal(desk.ana);
    let id = made(&mut desk, draft("UTC", &OFFICE, &["2026-12-24 09:00-12:00"])).unwrap();
    let day = |date: &str, name: &str| (date.parse().unwrap(), Some(name.to_owned()));
    let days = [day("2026-12-24", "Christmas Eve"), day("2026-12-25", "Christmas")];
    let closed = desk.run(|step| close_on(step, &by, id, None, &days)).unwrap();
    assert_eq!((closed.added, closed.replaced), (vec![days[1].0], vec![days[0].0]));
    let again = desk.run(|step| close_on(step, &by, id, Some(2), &days)).unwrap();
    assert_eq!((again.unchanged.len(), desk.count("business_hours.changed")), (2, 1));
    let calendar = &desk.world.calendars.get(id).unwrap().calendar;
    assert!(!calendar.is_open(when("2026-12-24T10:00:00Z")) && calendar.is_open(when("2026-12-23T10:00:00Z")));
}

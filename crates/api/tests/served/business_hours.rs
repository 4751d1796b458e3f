//! Calendars of business hours through HTTP: who keeps them, what cannot be one, what they answer.

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, Served};
use crate::hall::{Hall, id};

/// Monday to Friday, nine to five.
fn office(name: &str) -> Value {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let weekly: Vec<Value> = days.iter().map(|day| json!({"day": day, "start": "09:00", "end": "17:00"})).collect();
    json!({"name": name, "time_zone": "Europe/Madrid", "weekly": weekly})
}

async fn versioned(client: &Client, method: Method, path: &str, version: u64, body: Value) -> Answer {
    let request = client.request(method, path).header("if-match", format!("\"v{version}\""));
    Served::send(request.json(&body)).await
}

/// Pointers and codes of what is wrong.
fn pointers(problem: &Value) -> Vec<(&str, &str)> {
    let errors = problem["errors"].as_array().expect("errors").iter();
    errors.map(|error| (error["pointer"].as_str().expect("a text"), error["code"].as_str().expect("a text"))).collect()
}

#[tokio::test]
async fn a_calendar_is_made_read_changed_from_its_version_and_removed() {
    let served = Served::start().await;
    let root = served.admin().await;
    let mut body = office("Office");
    body["overrides"] = json!([
        {"date": "2026-12-25", "name": "Christmas", "segments": []},
        {"date": "2026-12-24", "segments": [{"start": "22:00", "end": "01:30:15", "ends_next_day": true}]},
    ]);
    let made = root.post("/v1/business-hours", body).await.expect(201);
    let path = format!("/v1/business-hours/{}", id(&made));
    assert_eq!((&made["version"], &made["brand_id"]), (&json!(1), &Value::Null));
    assert_eq!(made["weekly"][0], json!({"day": "monday", "start": "09:00", "end": "17:00", "ends_next_day": false}));
    let eve = json!({"start": "22:00", "end": "01:30:15", "ends_next_day": true});
    assert_eq!(made["overrides"][0], json!({"date": "2026-12-24", "name": null, "segments": [eve]}), "sorted by date");
    assert_eq!(root.get(&path).await.expect(200), made);
    let row = &root.get("/v1/business-hours").await.expect(200)["data"][0];
    assert_eq!((&row["name"], &row["override_count"]), (&json!("Office"), &json!(2)));
    root.patch(&path, json!({"name": "Shop"})).await.refused(428, "precondition-required");
    let changed = versioned(&root, Method::PATCH, &path, 1, json!({"name": "Shop", "overrides": []})).await.expect(200);
    assert_eq!((&changed["version"], &changed["overrides"]), (&json!(2), &json!([])));
    assert_eq!(changed["weekly"], made["weekly"], "what is not named stays");
    versioned(&root, Method::PATCH, &path, 1, json!({"name": "Late"})).await.refused(412, "precondition-failed");
    root.post("/v1/business-hours", office("shop")).await.refused(409, "name-taken");
    versioned(&root, Method::DELETE, &path, 1, json!({})).await.refused(412, "precondition-failed");
    let request = root.request(Method::DELETE, &path).header("if-match", "\"v2\"");
    assert_eq!(Served::send(request).await.status, 204);
    root.get(&path).await.refused(404, "not-found");
    let audited = root.get("/v1/audit-log?limit=200").await.expect(200).to_string();
    for kind in ["created", "changed", "removed"] {
        assert!(audited.contains(&format!("business_hours.{kind}")), "{kind} is audited");
    }
}

#[tokio::test]
async fn an_impossible_calendar_is_refused_with_every_place_and_changes_nothing() {
    let served = Served::start().await;
    let root = served.admin().await;
    let body = json!({
        "name": "Office", "time_zone": "Europe/Nowhere",
        "weekly": [
            {"day": "monday", "start": "09:00", "end": "17:00"},
            {"day": "monday", "start": "16:00", "end": "18:00"},
            {"day": "friday", "start": "22:00", "end": "02:00"},
        ],
        "overrides": [
            {"date": "2026-02-30", "segments": []},
            {"date": "2026-12-25", "segments": [{"start": "9", "end": "25:00"}]},
            {"date": "2026-12-25", "segments": []},
        ],
    });
    let head = served.head();
    let problem = root.post("/v1/business-hours", body).await.refused(422, "unprocessable");
    assert_eq!(
        pointers(&problem),
        [
            ("/time_zone", "unknown-value"),
            ("/weekly/2/end", "out-of-range"),
            ("/weekly/1", "conflict"),
            ("/overrides/0/date", "bad-format"),
            ("/overrides/1/segments/0/start", "bad-format"),
            ("/overrides/1/segments/0/end", "bad-format"),
            ("/overrides/2/date", "duplicate"),
        ]
    );
    let mut never = office("Never");
    never["weekly"] = json!([]);
    let problem = root.post("/v1/business-hours", never).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), [("/weekly", "empty")]);
    let mut unknown = office("Office");
    unknown["weekly"][0]["day"] = json!("caturday");
    let problem = root.post("/v1/business-hours", unknown).await.refused(400, "invalid-body");
    assert_eq!(problem["errors"][0]["pointer"], "/weekly/0/day");
    assert_eq!(served.head(), head, "nothing happened");
}

#[tokio::test]
async fn it_says_whether_it_is_open_and_when_that_changes() {
    let served = Served::start().await;
    let root = served.admin().await;
    let made = root.post("/v1/business-hours", office("Office")).await.expect(201);
    let ask = async |at: &str| {
        let path = format!("/v1/business-hours/{}/is-open?at={at}", id(&made));
        let state = root.get(&path).await.expect(200);
        (state["open"].clone(), state["since"].clone(), state["until"].clone())
    };
    let times = |open: bool, since: &str, until: &str| (json!(open), json!(since), json!(until));
    let friday = times(true, "2026-11-27T08:00:00.000Z", "2026-11-27T16:00:00.000Z");
    assert_eq!(ask("2026-11-27T15:30:00Z").await, friday);
    let weekend = times(false, "2026-11-27T16:00:00.000Z", "2026-11-30T08:00:00.000Z");
    assert_eq!(ask("2026-11-27T16:00:00Z").await, weekend);
    assert_eq!(ask("2026-11-29T16:00:00%2B01:00").await, weekend);
    let now = root.get(&format!("/v1/business-hours/{}/is-open", id(&made))).await.expect(200);
    assert_eq!((&now["version"], &now["time_zone"]), (&json!(1), &json!("Europe/Madrid")));
}

#[tokio::test]
async fn it_counts_open_time_and_shows_where_it_lies_also_with_an_earlier_version() {
    let served = Served::start().await;
    let root = served.admin().await;
    let mut body = office("Office");
    body["time_zone"] = json!("UTC");
    let made = root.post("/v1/business-hours", body).await.expect(201);
    let path = format!("/v1/business-hours/{}", id(&made));
    // Friday 16:30 to Monday 09:10.
    let question = format!("{path}/elapsed?from=2026-11-27T16:30:00Z&to=2026-11-30T09:10:00Z");
    let answer = root.get(&question).await.expect(200);
    assert_eq!(
        (&answer["open_s"], &answer["open_ms"], &answer["more"]),
        (&json!(2_400), &json!(2_400_000), &json!(false))
    );
    let open = |from: &str, to: &str| json!({"from": from, "to": to});
    let times = [
        open("2026-11-27T16:30:00.000Z", "2026-11-27T17:00:00.000Z"),
        open("2026-11-30T09:00:00.000Z", "2026-11-30T09:10:00.000Z"),
    ];
    assert_eq!(answer["open_times"], json!(times));
    let shorter = json!({"weekly": [{"day": "monday", "start": "09:00", "end": "10:00"}]});
    versioned(&root, Method::PATCH, &path, 1, shorter).await.expect(200);
    assert_eq!(root.get(&question).await.expect(200)["open_s"], 600);
    assert_eq!(root.get(&format!("{question}&version=1")).await.expect(200)["open_s"], 2_400);
    root.get(&format!("{question}&version=3")).await.refused(404, "not-found");
    let backwards = format!("{path}/elapsed?from=2026-11-27T16:30:00Z&to=2026-11-26T09:10:00Z");
    root.get(&backwards).await.refused(400, "invalid-parameter");
    let long = format!("{path}/elapsed?from=2026-01-01T00:00:00Z&to=2027-01-03T09:10:00Z");
    root.get(&long).await.refused(400, "invalid-parameter");
    root.get(&format!("{path}/elapsed")).await.expect(200);
}

/// The file of a number of events.
fn file(events: &[&str]) -> String {
    let each = |event: &&str| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", event.replace('|', "\r\n"));
    format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", events.iter().map(each).collect::<String>())
}

#[tokio::test]
async fn holidays_of_a_file_close_the_calendar_once() {
    let served = Served::start().await;
    let root = served.admin().await;
    let year: i64 = served.desk.now().to_rfc3339()[..4].parse().expect("a year");
    let next = year + 1;
    let mut body = office("Office");
    body["overrides"] = json!([{"date": format!("{next}-05-01"), "segments": [{"start": "10:00", "end": "12:00"}]}]);
    let made = root.post("/v1/business-hours", body).await.expect(201);
    let path = format!("/v1/business-hours/{}", id(&made));
    let imports = format!("{path}/holiday-imports");
    let text = file(&[
        &format!("DTSTART;VALUE=DATE:{next}0501|SUMMARY:Labour Day"),
        &format!("DTSTART;VALUE=DATE:{next}0403|DTEND;VALUE=DATE:{next}0405|SUMMARY:Easter"),
        &format!("DTSTART:{next}0601T090000Z|SUMMARY:Team day"),
        "DTSTART;VALUE=DATE:20101106|SUMMARY:Founding day|RRULE:FREQ=YEARLY;UNTIL=20151231",
    ]);
    let post = async |text: &str| {
        let request = root.request(Method::POST, &imports).header("content-type", "text/calendar; charset=utf-8");
        Served::send(request.body(text.to_owned())).await
    };
    let done = post(&text).await.expect(200);
    let day = |date: &str, name: &str| json!({"date": format!("{next}-{date}"), "name": name});
    assert_eq!(done["added"], json!([day("04-03", "Easter"), day("04-04", "Easter")]));
    assert_eq!(done["replaced"], json!([day("05-01", "Labour Day")]));
    let skipped = [
        json!({"line": 11, "name": "Team day", "reason": "not_all_day"}),
        json!({"line": 15, "name": "Founding day", "reason": "past"}),
    ];
    assert_eq!((&done["skipped"], &done["version"]), (&json!(skipped), &json!(2)));
    let shown = root.get(&path).await.expect(200);
    assert_eq!(shown["overrides"].as_array().expect("dates").len(), 3);
    // Once more, as JSON: nothing new.
    let again = root.post(&imports, json!({"ical": text})).await.expect(200);
    assert_eq!((&again["version"], again["unchanged"].as_array().expect("dates").len()), (&json!(2), 3));
    let state = root.get(&format!("{path}/is-open?at={next}-05-01T09:30:00Z")).await.expect(200);
    assert_eq!(state["open"], json!(false));
}

#[tokio::test]
async fn a_file_that_is_no_calendar_is_refused() {
    let served = Served::start().await;
    let root = served.admin().await;
    let made = root.post("/v1/business-hours", office("Office")).await.expect(201);
    let imports = format!("/v1/business-hours/{}/holiday-imports", id(&made));
    let problem = root.post(&imports, json!({"ical": "Christmas"})).await.refused(422, "unprocessable");
    assert_eq!(pointers(&problem), [("/ical", "no-calendar")]);
    root.post(&imports, json!({"ical": "BEGIN:VCALENDAR\n".repeat(30_000)})).await.refused(422, "unprocessable");
    root.post(&imports, json!({"ical": ""})).await.refused(400, "invalid-body");
    let request = root.request(Method::POST, &imports).header("content-type", "text/plain").body("x");
    Served::send(request).await.refused(415, "unsupported-media-type");
    let request = root.request(Method::POST, &imports).header("content-type", "text/calendar");
    Served::send(request.body("x".repeat(600_000))).await.refused(413, "payload-too-large");
    let stale = root.request(Method::POST, &imports).header("if-match", "\"v7\"");
    let text = file(&["DTSTART:20900101|SUMMARY:far"]);
    Served::send(stale.json(&json!({"ical": text}))).await.refused(412, "precondition-failed");
    let far = root.post(&imports, json!({"ical": text})).await.expect(200);
    assert_eq!(far["skipped"][0]["reason"], "far_ahead");
}

#[tokio::test]
async fn everybody_reads_the_calendars_of_their_brands_and_admins_keep_those_of_theirs() {
    let hall = Hall::open().await;
    let (own, other) = (hall.hours_of(0).await, hall.hours_of(1).await);
    let common = id(&hall.root.post("/v1/business-hours", office("Everybody")).await.expect(201));
    for client in [&hall.admin, &hall.agent, &hall.operator] {
        let rows = client.get("/v1/business-hours").await.expect(200);
        let ids: Vec<String> = rows["data"].as_array().expect("rows").iter().map(id).collect();
        assert_eq!(ids, [own.clone(), common.clone()]);
        client.get(&format!("/v1/business-hours/{common}/is-open")).await.expect(200);
        client.get(&format!("/v1/business-hours/{other}/elapsed")).await.refused(404, "not-found");
    }
    let at = |hours: &str| format!("/v1/business-hours/{hours}");
    let rename = json!({"name": "Renamed"});
    versioned(&hall.agent, Method::PATCH, &at(&own), 1, rename.clone()).await.refused(403, "forbidden");
    versioned(&hall.admin, Method::PATCH, &at(&own), 1, rename.clone()).await.expect(200);
    versioned(&hall.admin, Method::PATCH, &at(&common), 1, rename.clone()).await.refused(403, "forbidden");
    versioned(&hall.admin, Method::PATCH, &at(&other), 1, rename).await.refused(404, "not-found");
    hall.admin.post("/v1/business-hours", office("For all")).await.refused(422, "unprocessable");
    let mut body = office("Theirs");
    body["brand_id"] = json!(hall.brands[1]);
    hall.admin.post("/v1/business-hours", body.clone()).await.refused(422, "unknown-reference");
    body["brand_id"] = json!(hall.brands[0]);
    hall.admin.post("/v1/business-hours", body).await.expect(201);
}

#[tokio::test]
async fn a_thousand_dates_fit_and_survive_a_restart() {
    let served = Served::start().await;
    let root = served.admin().await;
    let mut body = office("Office");
    let date = |n: usize| {
        json!({"date": format!("{}-{:02}-{:02}", 2030 + n / 336, n / 28 % 12 + 1, n % 28 + 1),
        "name": "x".repeat(100), "segments": [{"start": "10:00", "end": "11:00"}]})
    };
    body["overrides"] = (0..1_000).map(date).collect();
    let made = root.post("/v1/business-hours", body.clone()).await.expect(201);
    assert_eq!(made["overrides"].as_array().expect("dates").len(), 1_000);
    body["overrides"].as_array_mut().expect("dates").push(date(1_000));
    root.post("/v1/business-hours", body).await.refused(400, "invalid-body");
    let served = served.restart().await;
    let root = served.admin().await;
    assert_eq!(root.get(&format!("/v1/business-hours/{}", id(&made))).await.expect(200), made);
}

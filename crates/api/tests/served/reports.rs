//! Reports as files: rows that open into events, walls at every step, and nothing lost to a crash. And those that come again
//! and again.

use std::task::{Context, Waker};

use domain::access::Standing;
use domain::time::Millis;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Answer, Client, HandClock, Served};
use crate::hall::{Hall, id};

const EXPORTS: &str = "/v1/report-exports";
const SCHEDULED: &str = "/v1/scheduled-reports";

/// Everything of a kind, until an hour from now.
fn wanted(served: &Served, kind: &str) -> Value {
    let at = |hours| (served.desk.now() + Millis::hours(hours)).to_rfc3339();
    json!({"kind": kind, "format": "ndjson", "from": at(-48), "to": at(1)})
}

/// Makes everything there is to make, as a worker does in the product.
async fn work(served: &Served) {
    while served.desk.work_on_reports().await.expect("it goes on") {}
}

async fn made(served: &Served, client: &Client, body: Value) -> Value {
    let export = client.post(EXPORTS, body).await.expect(202);
    assert_eq!((&export["state"], &export["rows"]), (&json!("queued"), &Value::Null));
    work(served).await;
    client.get(&format!("{EXPORTS}/{}", id(&export))).await.expect(200)
}

async fn content(client: &Client, export: &Value) -> Answer {
    client.get(&format!("{EXPORTS}/{}/content", id(export))).await
}

/// The objects of an NDJSON file.
async fn rows(client: &Client, export: &Value) -> Vec<Value> {
    let text = match content(client, export).await.expect(200) {
        Value::String(text) => text,
        // One line alone is read as an object.
        line => return vec![line],
    };
    text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

async fn rows_of(served: &Served, client: &Client, body: Value) -> Vec<Value> {
    let export = made(served, client, body).await;
    assert_eq!(export["state"], "completed", "{export}");
    let rows = rows(client, &export).await;
    assert_eq!(export["rows"], rows.len());
    rows
}

/// All events of a kind, however many pages they take.
async fn events(client: &Client, kind: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let page = client.get(&format!("/v1/events?limit=1000&types={kind}&after={after}")).await.expect(200);
        let next = page["next_after"].as_u64().expect("a position");
        found.extend(page["data"].as_array().expect("events").iter().cloned());
        if next <= after || next >= page["head_pos"].as_u64().unwrap_or(next) {
            return found;
        }
        after = next;
    }
}

/// Somebody is answered and helped; gives the conversation.
async fn helped(served: &Served, client: &Client, wa_id: &str) -> String {
    let conversation = id(&served.customer_writes(client, wa_id, "where is my parcel?").await);
    let key = format!("reply-{wa_id}");
    client.say(&conversation, &key, json!({"type": "text", "text": {"body": "On its way."}})).await.expect(202);
    client.put(&format!("/v1/conversations/{conversation}/tags/vip"), json!({})).await.expect(200);
    client.put(&format!("/v1/conversations/{conversation}/status"), json!({"status": "resolved"})).await.expect(200);
    conversation
}

#[tokio::test]
async fn every_row_opens_into_the_events_it_follows_from() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let conversation = helped(&served, &root, "49151000001").await;
    let kinds = [
        ("first_responses", vec!["message.received", "message.queued"]),
        ("replies", vec!["message.received", "message.queued"]),
        ("resolutions", vec!["conversation.opened", "message.received", "conversation.resolved"]),
        ("conversations", vec!["conversation.opened", "message.received", "message.queued", "conversation.resolved"]),
    ];
    for (kind, events) in kinds {
        let rows = rows_of(&served, &root, wanted(&served, kind)).await;
        assert_eq!(rows.len(), 1, "{kind}");
        let row = &rows[0];
        assert_eq!((&row["conversation_id"], &row["tags"]), (&json!(conversation), &json!(["vip"])), "{kind}");
        assert_eq!(row["definition"], 1, "{row}");
        let mut found = Vec::new();
        for pos in row["positions"].as_array().expect("positions") {
            let event = root.get(&format!("/v1/events/{pos}")).await.expect(200);
            assert_eq!(event["stream"], json!(conversation));
            found.push(event["type"].as_str().expect("a type").to_owned());
        }
        assert_eq!(found, events, "{kind}");
    }
    let whole = &rows_of(&served, &root, wanted(&served, "conversations")).await[0];
    assert_eq!((&whole["status"], &whole["episodes"]), (&json!("resolved"), &json!(1)));
    assert_eq!((&whole["first_responder_id"], &whole["channel"]), (&json!(root.user_id), &json!("Support")));
    assert_eq!(whole["first_contact_resolution"], "immature");
    let numbers = ["customer_messages", "human_messages", "unanswered_episodes"].map(|name| whole[name].clone());
    assert_eq!(numbers, [json!(1), json!(1), json!(0)]);
    assert!(whole["first_response_seconds"].is_number() && whole["full_resolution_seconds"].is_number());
}

#[tokio::test]
async fn as_of_a_position_it_is_what_was_known_then() {
    let served = Served::start().await;
    let root = served.admin().await;
    served.connect(&root).await;
    let conversation = id(&served.customer_writes(&root, "49151000001", "hello").await);
    let then = served.head();
    root.say(&conversation, "k", json!({"type": "text", "text": {"body": "Hello."}})).await.expect(202);
    let mut past = wanted(&served, "conversations");
    past["as_of_pos"] = json!(then);
    let row = &rows_of(&served, &root, past.clone()).await[0];
    assert_eq!((&row["first_response_at"], &row["human_messages"]), (&Value::Null, &json!(0)));
    assert!(row["waiting_since"].is_string());
    past["kind"] = json!("first_responses");
    assert!(rows_of(&served, &root, past).await.is_empty());
    let row = &rows_of(&served, &root, wanted(&served, "conversations")).await[0];
    assert!(row["first_response_at"].is_string() && row["waiting_since"].is_null());
}

#[tokio::test]
async fn a_csv_is_made_for_spreadsheets_that_run_nothing_and_making_it_is_on_record() {
    let served = Served::start().await;
    let root = served.admin().await;
    let brand = id(&root.post("/v1/brands", json!({"name": "=HYPERLINK(1)"})).await.expect(201));
    served.connect_number(&root, crate::desk::NUMBER_ID, Some(&brand)).await;
    helped(&served, &root, "49151000001").await;
    let mut body = wanted(&served, "resolutions");
    body["format"] = json!("csv");
    body["time_zone"] = json!("Asia/Kolkata");
    let export = made(&served, &root, body).await;
    let answer = content(&root, &export).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    let name = format!("attachment; filename=\"resolutions-{}.csv\"", id(&export));
    assert_eq!(answer.header("content-disposition"), name);
    let text = answer.expect(200).as_str().expect("text").to_owned();
    assert_eq!(export["bytes"], text.len());
    let mut lines = text.lines();
    assert!(lines.next().is_some_and(|line| line.starts_with("\"conversation_id\",\"conversation_number\"")));
    let row = lines.next().expect("a row");
    assert!(row.contains("\"'=HYPERLINK(1)\"") && row.contains("+05:30\"") && row.contains(r#""["#), "{row}");
    assert_eq!(lines.next(), None);
    let exported = root.events("data.exported").await;
    let facts = &exported[0]["facts"];
    assert_eq!((&facts["user_id"], &facts["count"]), (&json!(root.user_id), &json!(1)), "{exported:?}");
    assert!(facts["from_pos"].as_u64() < facts["to_pos"].as_u64());
}

#[tokio::test]
async fn a_file_holds_what_its_owner_may_see_and_is_fetched_with_the_rights_of_now() {
    let hall = Hall::open().await;
    let served = &hall.served;
    let mine = hall.case(&hall.admin, Standing::Team).await.conversation;
    let theirs = hall.case(&hall.admin, Standing::OtherBrand).await.conversation;
    let named = |rows: &[Value]| rows.iter().map(|row| row["conversation_id"].clone()).collect::<Vec<_>>();
    let export = made(served, &hall.admin, wanted(served, "conversations")).await;
    assert_eq!(named(&rows(&hall.admin, &export).await), [json!(mine)]);
    let all = made(served, &hall.root, wanted(served, "conversations")).await;
    assert_eq!(named(&rows(&hall.root, &all).await), [json!(mine), json!(theirs)]);
    // Hidden and absent filters answer alike.
    for brand in [&hall.brands[1], "brand_00000000000000000000000001"] {
        let mut body = wanted(served, "conversations");
        body["filters"] = json!({"brand_ids": [brand]});
        let problem = hall.admin.post(EXPORTS, body).await.refused(422, "unprocessable");
        assert_eq!(problem["errors"][0]["pointer"], "/filters/brand_ids/0");
    }
    // Another's is not there; a Super Admin finds it.
    for path in [format!("{EXPORTS}/{}", id(&all)), format!("{EXPORTS}/{}/content", id(&all))] {
        hall.admin.get(&path).await.refused(404, "not-found");
    }
    assert_eq!(named(&rows(&hall.root, &export).await), [json!(mine)]);
    let list = async |client: &Client| {
        let page = client.get(EXPORTS).await.expect(200);
        page["data"].as_array().expect("exports").iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!((list(&hall.admin).await, list(&hall.root).await), (vec![id(&export)], vec![id(&all), id(&export)]));
    for weak in [&hall.agent, &hall.operator] {
        weak.post(EXPORTS, wanted(served, "replies")).await.refused(403, "forbidden");
        for path in [EXPORTS.to_owned(), format!("{EXPORTS}/{}", id(&export)), SCHEDULED.to_owned()] {
            weak.get(&path).await.refused(403, "forbidden");
        }
        content(weak, &export).await.refused(403, "forbidden");
    }
    // Whoever lost the brand keeps the entry and not the file.
    let brands = format!("/v1/users/{}/brands", hall.admin.user_id);
    hall.root.put(&brands, json!({"brand_ids": [hall.brands[1]]})).await.expect(200);
    content(&hall.admin, &export).await.refused(403, "forbidden");
    hall.admin.get(&format!("{EXPORTS}/{}", id(&export))).await.expect(200);
    // Asked for as somebody who may, made for nobody.
    let late = hall.admin.post(EXPORTS, wanted(served, "conversations")).await.expect(202);
    let role = format!("/v1/users/{}/role", hall.admin.user_id);
    hall.root.put(&role, json!({"role": "agent"})).await.expect(200);
    work(served).await;
    let late = hall.root.get(&format!("{EXPORTS}/{}", id(&late))).await.expect(200);
    assert_eq!((&late["state"], &late["failure"]), (&json!("failed"), &json!("not_allowed")));
    content(&hall.root, &late).await.refused(409, "invalid-transition");
}

#[tokio::test]
async fn filters_let_through_what_fits_all_of_them() {
    let served = Served::start().await;
    let root = served.admin().await;
    let channel = id(&served.connect(&root).await);
    let conversation = helped(&served, &root, "49151000001").await;
    id(&served.customer_writes(&root, "49151000002", "hello").await);
    for (filters, count) in [
        (json!({}), 2),
        (json!({"channel_ids": [channel]}), 2),
        (json!({"tags": ["vip", "other"]}), 1),
        (json!({"tags": ["other"]}), 0),
        (json!({"agent_ids": [root.user_id]}), 1),
    ] {
        let mut body = wanted(&served, "conversations");
        body["filters"] = filters.clone();
        root.put(&format!("/v1/conversations/{conversation}/assignment"), json!({"assignee_id": root.user_id})).await;
        assert_eq!(rows_of(&served, &root, body).await.len(), count, "{filters}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_its_place() {
    let served = Served::start().await;
    let root = served.admin().await;
    for (change, place) in [
        (json!({"to": "2020-01-01T00:00:00Z"}), "/to"),
        (json!({"from": "2020-01-01T00:00:00Z"}), "/to"),
        (json!({"time_zone": "Mars/Olympus"}), "/time_zone"),
        (json!({"as_of_pos": 9_000_000}), "/as_of_pos"),
        (json!({"filters": {"tags": [""]}}), "/filters/tags/0"),
        (json!({"filters": {"team_ids": ["team_00000000000000000000000001"]}}), "/filters/team_ids/0"),
        (json!({"filters": {"agent_ids": ["usr_00000000000000000000000001"]}}), "/filters/agent_ids/0"),
        (json!({"filters": {"channel_ids": ["chan_00000000000000000000000001"]}}), "/filters/channel_ids/0"),
    ] {
        let mut body = wanted(&served, "replies");
        body.as_object_mut().expect("an object").extend(change.as_object().expect("one").clone());
        let problem = root.post(EXPORTS, body).await.refused(422, "unprocessable");
        assert_eq!(problem["errors"][0]["pointer"], place, "{change}");
    }
    if !app::reports::writes(domain::report::Format::Parquet) {
        let mut body = wanted(&served, "replies");
        body["format"] = json!("parquet");
        let problem = root.post(EXPORTS, body).await.refused(422, "unprocessable");
        assert_eq!(problem["errors"][0]["pointer"], "/format");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("this build")), "{problem}");
    }
    for wrong in [json!({}), json!({"kind": "everything", "from": "x", "to": "y"})] {
        root.post(EXPORTS, wrong).await.refused(400, "invalid-body");
    }
    let request = |key: &str, kind: &str| {
        let body = json!({"kind": kind, "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"});
        Served::send(root.request(Method::POST, EXPORTS).header("idempotency-key", key).json(&body))
    };
    let first = request("once", "replies").await.expect(202);
    let again = request("once", "replies").await;
    assert_eq!((again.header("idempotency-replayed"), id(&again.body)), ("true", id(&first)));
    request("once", "sla").await.refused(422, "idempotency-key-reused");
}

#[tokio::test]
async fn an_export_that_is_torn_down_in_the_middle_is_whole_after_a_restart() {
    let served = Served::start().await;
    let mut root = served.admin().await;
    served.connect(&root).await;
    for n in 0..3 {
        helped(&served, &root, &format!("4915100000{n}")).await;
    }
    let whole = rows_of(&served, &root, wanted(&served, "conversations")).await;
    let mut body = wanted(&served, "conversations");
    body["as_of_pos"] = json!(served.head());
    let export = root.post(EXPORTS, body).await.expect(202);
    let path = format!("{EXPORTS}/{}", id(&export));
    // Some pages are written, and then there is nobody to write on.
    let mut making = Box::pin(served.desk.work_on_reports());
    for _ in 0..3 {
        let polled = making.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending(), "{polled:?}");
    }
    drop(making);
    assert_eq!(root.get(&path).await.expect(200)["state"], "queued");
    root.get(&format!("{path}/content")).await.refused(409, "invalid-transition");
    let served = served.restart().await;
    root.moves_to(served.base());
    work(&served).await;
    let export = root.get(&path).await.expect(200);
    assert_eq!(export["state"], "completed");
    assert_eq!(rows(&root, &export).await, whole);
    let completed = events(&root, "report_export.completed").await;
    let exported = events(&root, "data.exported").await;
    assert_eq!((completed.len(), exported.len()), (2, 2), "once each");
    // What was made before is still there.
    let first = completed[0]["facts"]["export_id"].as_str().expect("an id").to_owned();
    root.get(&format!("{EXPORTS}/{first}/content")).await.expect(200);
}

#[tokio::test]
async fn a_file_goes_when_its_time_is_over() {
    let clock = HandClock::new();
    let served = Served::start_on(Default::default(), clock.clone(), std::sync::Arc::new(app::OsEntropy)).await;
    let root = served.admin().await;
    served.connect(&root).await;
    helped(&served, &root, "49151000001").await;
    let export = made(&served, &root, wanted(&served, "replies")).await;
    content(&root, &export).await.expect(200);
    clock.advance(Millis::days(7));
    let root = served.admin().await;
    // Whether or not anybody has come by to remove it.
    content(&root, &export).await.refused(410, "gone");
    assert!(served.desk.work_on_reports().await.expect("it goes on"));
    let over = root.get(&format!("{EXPORTS}/{}", id(&export))).await.expect(200);
    assert_eq!((&over["state"], &over["rows"], &over["expires_at"]), (&json!("expired"), &json!(1), &Value::Null));
    content(&root, &over).await.refused(410, "gone");
    assert!(!served.desk.work_on_reports().await.expect("it goes on"), "once");
}

fn weekly(recipients: &[&Client]) -> Value {
    json!({
        "name": "Weekly", "question": {"kind": "first_responses", "filters": {"tags": ["vip"]}},
        "cadence": {"every": "weekly", "weekday": "monday", "at": "07:30", "time_zone": "Europe/Madrid"},
        "recipient_ids": recipients.iter().map(|client| &client.user_id).collect::<Vec<_>>(),
    })
}

#[tokio::test]
async fn a_scheduled_report_is_looked_after_by_whoever_made_it() {
    let hall = Hall::open().await;
    let made = hall.admin.post(SCHEDULED, weekly(&[&hall.admin])).await.expect(201);
    assert_eq!((&made["cadence"]["weekday"], &made["cadence"]["at"]), (&json!("monday"), &json!("07:30")));
    assert_eq!(
        (&made["question"]["format"], &made["recipients"][0]["id"]),
        (&json!("csv"), &json!(hall.admin.user_id))
    );
    assert!(made["next_due_at"].is_string() && made["last_run_at"].is_null());
    let path = format!("{SCHEDULED}/{}", id(&made));
    let with = |client: &Client, method: Method, version: &str| {
        client.request(method, &path).header("if-match", version.to_owned())
    };
    let mut off = weekly(&[&hall.admin]);
    off["enabled"] = json!(false);
    off["cadence"] = json!({"every": "daily", "at": "00:00", "time_zone": "UTC"});
    hall.admin.put(&path, off.clone()).await.refused(428, "precondition-required");
    Served::send(with(&hall.admin, Method::PUT, "\"v9\"").json(&off)).await.refused(412, "precondition-failed");
    let changed = Served::send(with(&hall.admin, Method::PUT, "\"v1\"").json(&off)).await.expect(200);
    assert_eq!((&changed["next_due_at"], &changed["enabled"]), (&Value::Null, &json!(false)));
    // Whoever works for all brands sees every one; one of theirs is not there for others.
    hall.root.get(&path).await.expect(200);
    let roots = hall.root.post(SCHEDULED, weekly(&[&hall.root])).await.expect(201);
    hall.admin.get(&format!("{SCHEDULED}/{}", id(&roots))).await.refused(404, "not-found");
    let shared = hall.root.post(SCHEDULED, weekly(&[&hall.root, &hall.admin])).await.expect(201);
    let shared = format!("{SCHEDULED}/{}", id(&shared));
    hall.admin.get(&shared).await.expect(200);
    let request = hall.admin.request(Method::DELETE, &shared).header("if-match", "\"v1\"");
    Served::send(request).await.refused(403, "forbidden");
    for weak in [&hall.agent, &hall.operator] {
        weak.post(SCHEDULED, weekly(&[weak])).await.refused(403, "forbidden");
    }
    assert_eq!(Served::send(with(&hall.root, Method::DELETE, "\"v2\"")).await.status, 204);
    hall.admin.get(&path).await.refused(404, "not-found");
}

#[tokio::test]
async fn a_scheduled_report_that_makes_no_sense_is_refused_with_its_place() {
    let hall = Hall::open().await;
    let cadence = |cadence: Value| json!({"cadence": cadence});
    for (change, place) in [
        (json!({"recipient_ids": [hall.agent.user_id]}), "/recipient_ids/0"),
        (json!({"recipient_ids": ["usr_00000000000000000000000001"]}), "/recipient_ids/0"),
        (json!({"name": " "}), "/name"),
        (
            json!({"question": {"kind": "sla", "filters": {"brand_ids": [hall.brands[1]]}}}),
            "/question/filters/brand_ids/0",
        ),
        (cadence(json!({"every": "weekly", "at": "07:00", "time_zone": "UTC"})), "/cadence/weekday"),
        (cadence(json!({"every": "monthly", "at": "07:00", "time_zone": "UTC"})), "/cadence/day"),
        (cadence(json!({"every": "daily", "day": 3, "at": "07:00", "time_zone": "UTC"})), "/cadence/day"),
        (cadence(json!({"every": "daily", "at": "07:00", "time_zone": "Nowhere"})), "/cadence/time_zone"),
    ] {
        let mut body = weekly(&[&hall.admin]);
        body.as_object_mut().expect("an object").extend(change.as_object().expect("one").clone());
        let problem = hall.admin.post(SCHEDULED, body).await.refused(422, "unprocessable");
        assert_eq!(problem["errors"][0]["pointer"], place, "{change}");
    }
    let mut body = weekly(&[&hall.admin]);
    body["cadence"]["at"] = json!("25:00");
    hall.admin.post(SCHEDULED, body).await.refused(400, "invalid-body");
}

#[tokio::test]
async fn a_summary_as_a_file_says_what_the_dashboard_says() {
    let case = crate::analytics::Case::open().await;
    let (served, hall) = (&case.hall.served, &case.hall);
    case.later(10);
    let now = served.desk.now();
    // The second half of the day, so that there is something to compare it with.
    let (from, to) = ((now - Millis::seconds(200)).to_rfc3339(), now.to_rfc3339());
    for (who, filters, query) in [
        (&hall.root, json!({}), String::new()),
        (&hall.admin, json!({}), String::new()),
        (&hall.root, json!({"team_ids": [hall.teams[0]]}), format!("&team_id={}", hall.teams[0])),
        (&hall.root, json!({"agent_ids": [hall.mate.user_id]}), format!("&agent_id={}", hall.mate.user_id)),
        (&hall.root, json!({"channel_ids": [hall.channels[1]]}), format!("&channel_id={}", hall.channels[1])),
        (&hall.root, json!({"tags": ["none-has-it"]}), "&tag=none-has-it".to_owned()),
    ] {
        let body = json!({"kind": "summary", "format": "ndjson", "from": from, "to": to, "filters": filters});
        let rows = rows_of(served, who, body).await;
        let as_of = &rows[0]["as_of_pos"];
        let path = format!("/v1/analytics/summary?compare=previous&from={from}&to={to}&as_of_pos={as_of}{query}");
        let summary = who.get(&path).await.expect(200);
        let metrics = summary["data"]["total"]["metrics"].as_array().expect("metrics");
        assert_eq!(rows.len(), metrics.len());
        for (row, metric) in rows.iter().zip(metrics) {
            for field in ["metric", "unit", "count", "value", "median", "p90", "p95", "max", "hits"] {
                assert_eq!(row[field], metric[field], "{field} of {row} in {metric}");
            }
            for field in ["immature_n", "excluded_n", "open_n", "delta", "delta_ratio"] {
                assert_eq!(row[field], metric[field], "{field} of {row} in {metric}");
            }
            for field in ["count", "value", "median", "p90", "hits"] {
                assert_eq!(row[format!("previous_{field}")], metric["previous"][field], "{field} of {row} in {metric}");
            }
            assert_eq!(row["definition"], summary["definition"]);
        }
    }
    let csv = json!({"kind": "summary", "format": "csv", "from": from, "to": to});
    let export = made(served, &hall.root, csv).await;
    let Value::String(text) = content(&hall.root, &export).await.expect(200) else { panic!("a text") };
    assert!(text.starts_with("\"metric\",\"kind\",\"unit\","), "{text}");
}

/// The report runs as if its time had come; gives its export for each recipient.
async fn runs(served: &Served, report: &Value) {
    let report: domain::ids::ScheduledReportId = id(report).parse().expect("an id");
    let ran = served.desk.work(move |step| {
        domain::report::schedule::run(step, report);
        Ok(())
    });
    ran.await.expect("it runs");
}

async fn told(client: &Client) -> Vec<Value> {
    let all = client.get("/v1/notifications?kind=report_ready,report_failed").await.expect(200);
    all["data"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn whom_a_report_comes_to_is_told_when_it_is_ready_and_whoever_set_it_up_when_it_is_not() {
    let clock = HandClock::new();
    let served = Served::start_on(Default::default(), clock.clone(), std::sync::Arc::new(app::OsEntropy)).await;
    let hall = Hall::open_on(served).await;
    let daily = |recipients: &[&Client]| {
        let mut body = weekly(recipients);
        body["cadence"] = json!({"every": "daily", "at": "00:00", "time_zone": "UTC"});
        body["question"] = json!({"kind": "summary"});
        body
    };
    let report = hall.root.post(SCHEDULED, daily(&[&hall.admin])).await.expect(201);
    clock.advance(Millis::days(1));
    runs(&hall.served, &report).await;
    work(&hall.served).await;
    let again = async |name: &str| hall.served.log_in(&format!("{name}@example.com"), "eleven quiet lamps").await;
    let (root, admin) = (hall.served.admin().await, again("adam").await);
    let ready = told(&admin).await;
    assert_eq!((ready.len(), &ready[0]["kind"], &ready[0]["excerpt"]), (1, &json!("report_ready"), &report["name"]));
    assert_eq!((&ready[0]["scheduled_report_id"], &ready[0]["conversation_id"]), (&report["id"], &Value::Null));
    let export = ready[0]["report_export_id"].as_str().expect("a file");
    assert_eq!(admin.get(&format!("{EXPORTS}/{export}")).await.expect(200)["state"], "completed");
    assert!(told(&root).await.is_empty(), "it was for somebody else");
    let counts = admin.get("/v1/notification-counts").await.expect(200);
    assert_eq!(counts["by_kind"]["report_ready"], 1);
    let read = format!("/v1/notifications/{}/read", id(&ready[0]));
    assert!(admin.put(&read, json!({})).await.expect(200)["read_at"].is_string());
    // Asked for while they might have it, made when they may not.
    clock.advance(Millis::days(1));
    runs(&hall.served, &report).await;
    let root = hall.served.admin().await;
    root.put(&format!("/v1/users/{}/role", hall.admin.user_id), json!({"role": "agent"})).await.expect(200);
    work(&hall.served).await;
    let failed = told(&root).await;
    assert_eq!((failed.len(), &failed[0]["kind"]), (1, &json!("report_failed")));
    assert_eq!((&failed[0]["excerpt"], &failed[0]["contact"]), (&report["name"], &Value::Null));
    // Whoever may not have reports is not told of any.
    let admin = again("adam").await;
    assert!(told(&admin).await.is_empty());
    assert_eq!(admin.get("/v1/notification-counts").await.expect(200)["by_kind"]["report_ready"], 0);
}
